"""Asking for a count of a holder's costs, once for however many changes wait for it."""

from collections.abc import Iterable

from core.jobs import enqueue_once, job
from subscriptions.services.spend import refresh


@job(queue="long", retries=3)
def refresh_spend(owner_id: int, thoroughly: bool = False) -> None:
    refresh(owner_id, thoroughly=thoroughly)


def refresh_later(owner_ids: Iterable[int | None]) -> None:
    """Within the caller's transaction: the count sees the change."""
    for owner_id in sorted({pk for pk in owner_ids if pk is not None}):
        enqueue_once(refresh_spend, str(owner_id), owner_id)
