"""Requests filed together: where they stand as one, and which of them can still be cancelled."""

from collections.abc import Iterable
from typing import Any

from core.actor import Actor
from subscriptions.choices import BundleState, RequestState
from subscriptions.models import ConnectionRequest
from subscriptions.request_workflow import FINAL_STATES, OPEN_STATES, offered_to

CANCEL = "cancel"


def bundle_state(rows: Iterable[Any]) -> BundleState:
    """The state of a bundle, from the states of its requests (rows with `state`)."""
    states = {str(row.state) for row in rows}
    if states & OPEN_STATES:
        return BundleState.IN_WORK
    if RequestState.DRAFT in states:
        return BundleState.DRAFT
    if RequestState.CONNECTED not in states:
        return BundleState.NONE
    return BundleState.DONE if states == {RequestState.CONNECTED} else BundleState.PARTLY


def others_to_cancel(actor: Actor, request: ConnectionRequest) -> list[ConnectionRequest]:
    """The other requests of the bundle that the actor may cancel now, oldest first."""
    if request.bundle_id is None:
        return []
    rows = ConnectionRequest.objects.visible_to(actor).filter(bundle_id=request.bundle_id)
    others = rows.exclude(pk=request.pk).exclude(state__in=FINAL_STATES).order_by("pk")
    return [row for row in others if CANCEL in {move.name for move in offered_to(actor, row)}]
