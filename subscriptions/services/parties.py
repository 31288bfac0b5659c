"""Whom a change of a request concerns, and the figures it moves."""

from collections.abc import Mapping
from decimal import Decimal
from functools import partial
from zoneinfo import ZoneInfo

from core import clock, tallies
from core.choices import PartyRole
from core.gathering import remembered
from subscriptions.models import ConnectionRequest
from users.models import Organization
from users.selectors import organization_by_id


def parties_of(request: ConnectionRequest) -> dict[PartyRole, Organization | None]:
    """The sides that are told of a request: a draft is its owner's alone.

    Who files for itself is told once, as the owner.
    """
    if request.submitted_at is None:
        return {PartyRole.OWNER: request.owner}
    return {
        PartyRole.OWNER: request.owner,
        PartyRole.PROVIDER: request.provider,
        PartyRole.HOLDER: request.holder if request.holder_id != request.owner_id else None,
    }


def count(request: ConnectionRequest, amounts: Mapping[str, Decimal | int]) -> None:
    """Adds figures (`subscriptions.figures`) to the day of the owner and of the provider."""
    if not amounts:
        return
    tallies.add_many(
        (organization.pk, figure, amount, clock.today(ZoneInfo(organization.time_zone)))
        for organization in (request.owner, request.provider)
        for figure, amount in amounts.items()
    )


def know_parties(request: ConnectionRequest, acting: Organization | None = None) -> None:
    """Reads the organizations of a locked request, each once, whatever sides it stands on.

    `acting` is that of who acts, read already: where it files, it need not be read again.
    """
    parties = {request.owner_id, request.provider_id, request.holder_id}
    found: dict[int, Organization] = {}
    if acting is not None and acting.pk == request.owner_id:
        found[acting.pk] = acting
    found |= {
        pk: remembered(("organization", pk), partial(organization_by_id, pk))
        for pk in parties - found.keys()
        if pk is not None
    }
    request.owner = found[request.owner_id]
    request.provider = found[request.provider_id]
    if request.holder_id is not None:
        request.holder = found[request.holder_id]
