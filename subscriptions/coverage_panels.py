"""What `subscriptions` adds to the pages of coverage: the requests refused there."""

from collections.abc import Iterator

from django.utils.translation import gettext_lazy as _

from core.actor import Actor
from core.choices import OrganizationKind
from core.registry import Panel, contributes
from locations.models import BuildingCoverage, CoverageZone
from locations.services.findings import places_of_work
from subscriptions.choices import RejectReason, RequestState
from subscriptions.models import ConnectionRequest
from subscriptions.services.coverage_refusals import refusals_of

SHOWN = 10
_PLACES = 50_000
# Where it works or has worked: what was refused or given up says nothing of the network.
_AT_WORK = (
    RequestState.APPROVED,
    RequestState.SCHEDULED,
    RequestState.IN_PROGRESS,
    RequestState.CONNECTED,
)


@contributes("coverage.panels", order=10, kinds={OrganizationKind.PROVIDER})
def refused_here(actor: Actor, statement: CoverageZone | BuildingCoverage) -> Panel | None:
    """Requests refused since this was stated; only those the actor may see are named."""
    is_zone = isinstance(statement, CoverageZone)
    rows = refusals_of(
        statement.pk if is_zone else None,
        None if is_zone else statement.pk,
        statement.stated_at,
    ).filter(request__in=ConnectionRequest.objects.visible_to(actor))
    wanted = rows.select_related("request__building").order_by("-refused_at")
    refusals = [
        (row.request, RejectReason(row.request.reason).label, row.refused_at)
        for row in wanted[:SHOWN]
    ]
    if not refusals:
        return None
    return Panel(
        "refusals",
        _("Refused here since it was stated"),
        "subscriptions/panels/coverage_refusals.html",
        {"refusals": refusals},
    )


@places_of_work
def buildings_of_requests(provider_id: int) -> Iterator[tuple[int, int]]:
    """Building and category of requests that were approved or connected, newest first."""
    rows = ConnectionRequest.objects.filter(provider=provider_id, state__in=_AT_WORK)
    pairs = rows.order_by("-pk").values_list("building_id", "category_id")
    yield from pairs[:_PLACES].iterator()
