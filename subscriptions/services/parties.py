"""Whom a change of a request concerns, and the figures it moves."""

from collections.abc import Mapping
from decimal import Decimal
from zoneinfo import ZoneInfo

from core import clock, tallies
from core.choices import PartyRole
from core.prepared import Prepared
from subscriptions.models import ConnectionRequest
from users.models import Organization

# Every move reads them: worked out once, two small queries cost less than building one.
_ORGANIZATION = Prepared(lambda pk: Organization.objects.filter(pk=pk))


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


def know_parties(request: ConnectionRequest) -> None:
    """Reads the organizations of a locked request, each once, whatever sides it stands on."""
    wanted = {request.owner_id, request.provider_id, request.holder_id} - {None}
    found = {pk: _ORGANIZATION.fetch(pk)[0] for pk in wanted}
    request.owner = found[request.owner_id]
    request.provider = found[request.provider_id]
    if request.holder_id is not None:
        request.holder = found[request.holder_id]
