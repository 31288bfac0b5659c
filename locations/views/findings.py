"""Overlaps and gaps of a provider's coverage, with their places on a map."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_POST

from core.choices import OrganizationKind
from core.http import Request
from core.pagination import Page, paginate
from core.parts.lists import Column, Columns
from core.parts.maps import MapLayer, bounds_of, feature, feature_collection, point
from locations.filters import FindingFilter
from locations.models import CoverageCheck, CoverageFinding, FindingKind
from locations.services.findings import check_coverage
from locations.services.rights import may_state
from locations.views.coverage import managers, readers

COLUMNS = Columns(
    Column("kind", gettext_lazy("What")),
    Column("where", gettext_lazy("Where")),
    Column("category", gettext_lazy("Service")),
    Column("area", gettext_lazy("Area, km²"), numeric=True),
)
_TONES = {
    FindingKind.CONTRADICTION: "bad",
    FindingKind.OVERLAP: "wait",
    FindingKind.GAP: "wait",
    FindingKind.OUTSIDE: "info",
}


@readers
@require_GET
def coverage_findings(request: Request) -> HttpResponse:
    filterset = FindingFilter(request.GET, actor=request.actor)
    rows = filterset.qs.select_related("category", "zone", "other", "building").defer(
        "zone__geometry", "other__geometry"
    )
    page = paginate(rows, ["id"], request.GET.get("after", ""))
    own = request.actor.kind == OrganizationKind.PROVIDER
    check = CoverageCheck.objects.filter(provider_id=request.actor.organization_id).first()
    context = {
        "filterset": filterset,
        "columns": COLUMNS,
        "page": page,
        "check": check,
        "layers": _layers(page),
        "bounds": bounds_of((row.latitude, row.longitude) for row in page.rows),
        "may_check": own and may_state(request.actor),
    }
    return render(request, "locations/coverage/findings.html", context)


@managers
@require_POST
def coverage_check_now(request: Request) -> HttpResponse:
    check_coverage(request.actor)
    messages.success(request, _("Your coverage is being checked: reload the page in a moment."))
    return redirect("coverage_findings")


def _layers(page: Page) -> list[MapLayer]:
    return [MapLayer("findings", _("Found"), data=feature_collection(map(_feature, page.rows)))]


def _feature(row: CoverageFinding) -> dict[str, Any]:
    kind = FindingKind(row.kind)
    lines = [str(part) for part in (row.zone, row.other, row.building) if part is not None]
    properties = {"title": str(kind.label), "lines": lines, "tone": _TONES[kind]}
    place = row.geometry or point(row.longitude, row.latitude)
    return feature(place, properties, row.pk)
