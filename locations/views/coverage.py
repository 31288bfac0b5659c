"""The pages on which a provider keeps its zones."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from core.access import access, only
from core.choices import OrganizationKind, Role
from core.errors import DomainError
from core.http import Request
from core.pagination import paginate
from core.parts.lists import Column, Columns
from core.parts.maps import MapLayer, feature, feature_collection
from core.polling import not_modified, stamp
from core.querysets import get_visible
from core.registry import gather
from locations.drawing import Drawing, draw, draw_rings
from locations.filters import ZoneFilter
from locations.forms import ZoneImportForm
from locations.geojson import OutlinesError, read_outlines
from locations.geometry import area_km2, shape_of
from locations.models import CoverageZone
from locations.selectors.history import zone_history
from locations.selectors.outlines import box_around, outlined, tone_of
from locations.services import import_zones, restore_zone, retire_zone, revise_zone
from locations.services.rights import may_state
from locations.services.zones import name_outlines

readers = access(only(OrganizationKind.PROVIDER))
managers = access(only(OrganizationKind.PROVIDER, least=Role.MANAGER))

COLUMNS = Columns(
    Column("name", gettext_lazy("Zone")),
    Column("category", gettext_lazy("Service")),
    Column("technology", gettext_lazy("Technology")),
    Column("speed", gettext_lazy("Speed, Mbit/s"), numeric=True),
    Column("state", gettext_lazy("State")),
    Column("stated", gettext_lazy("Stated")),
    Column("until", gettext_lazy("Valid until")),
)


@readers
@require_GET
def coverage_list(request: Request) -> HttpResponse:
    filterset = ZoneFilter(request.GET, actor=request.actor)
    rows = filterset.qs.select_related("category", "provider").defer("geometry")
    page = paginate(rows, ["name", "id"], request.GET.get("after", ""))
    outlines = f"{reverse('coverage_outlines')}?{request.GET.urlencode()}"
    context = {
        "filterset": filterset,
        "columns": COLUMNS,
        "page": page,
        "layers": [MapLayer("zones", _("Zones"), url=outlines)],
        "bounds": box_around(page.rows),
        "query": filterset.query.urlencode(),
        "may_change": may_state(request.actor),
    }
    return render(request, "locations/coverage/zones.html", context)


@readers
@require_GET
def coverage_outlines(request: Request) -> HttpResponse:
    """The outlines of the zones that a page of the list holds, for the map beside it."""
    unchanged = not_modified(request)
    if unchanged is not None:
        return unchanged
    rows = ZoneFilter(request.GET, actor=request.actor).qs.select_related("category")
    page = paginate(rows, ["name", "id"], request.GET.get("after", ""))
    response = JsonResponse(feature_collection(outlined(page.rows)))
    return stamp(request, response)


@readers
@require_GET
def coverage_zone(request: Request, public_id: str) -> HttpResponse:
    zone = zone_of(request, public_id)
    context = {
        "zone": zone,
        "drawing": draw(zone.geometry),
        "area": area_km2(shape_of(zone.geometry)),
        "bounds": zone.box or shape_of(zone.geometry).bounds,
        "layers": _layers_of(request, zone),
        "history": zone_history(request.actor, zone),
        "panels": gather("coverage.panels", request.actor, zone),
        "may_change": may_state(request.actor),
        "crumbs": [(_("Coverage"), reverse("coverage_list")), (zone.name, "")],
    }
    return render(request, "locations/coverage/zone.html", context)


@managers
@require_http_methods(["GET", "POST"])
def coverage_import(request: Request) -> HttpResponse:
    form = ZoneImportForm(request.POST or None, request.FILES or None, actor=request.actor)
    faults: list[tuple[str, Drawing]] = []
    if request.method == "POST" and form.is_valid():
        fields: dict[str, Any] = {**form.terms(), **form.chosen_provider()}
        try:
            done = import_zones(
                request.actor,
                content=form.cleaned_data["file"],
                name=form.cleaned_data["name"],
                latitude_first=form.latitude_first(),
                **fields,
            )
        except DomainError as error:
            form.refuse(error)
            faults = _drawn_faults(error)
        else:
            messages.success(request, _imported(done.created, done.replaced))
            for name, notes in done.notes.items():
                messages.info(request, f"{name}: {' '.join(notes)}")
            return redirect("coverage_list")
    context = {
        "form": form,
        "faults": faults,
        "crumbs": [(_("Coverage"), reverse("coverage_list")), (_("Import zones"), "")],
    }
    return render(request, "locations/coverage/import.html", context)


@managers
@require_POST
def coverage_preview(request: Request) -> HttpResponse:
    """What a chosen file holds, before anything is saved: a fragment for the form."""
    form = ZoneImportForm(request.POST, request.FILES, actor=request.actor)
    form.is_valid()
    content = form.cleaned_data.get("file")
    context: dict[str, Any] = {"reasons": form.errors.get("file", [])}
    if content:
        try:
            read = read_outlines(content, latitude_first=form.latitude_first())
            named = name_outlines(read, form.cleaned_data.get("name", ""))
        except DomainError as error:
            form.refuse(error)
            context |= {"reasons": form.errors["file"], "faults": _drawn_faults(error)}
        else:
            shapes = [outline.shape for outline in named.values()]
            context |= {
                "names": list(named),
                "area": sum(map(area_km2, shapes)),
                "notes": [(name, row.notes) for name, row in named.items() if row.notes],
            }
    return render(request, "locations/coverage/preview.html", context)


@managers
@require_POST
def coverage_retire(request: Request, public_id: str) -> HttpResponse:
    zone = retire_zone(request.actor, zone_of(request, public_id))
    messages.success(request, _("“%(zone)s” is retired: answers leave it out.") % {"zone": zone})
    return redirect("coverage_zone", public_id)


@managers
@require_POST
def coverage_restore(request: Request, public_id: str) -> HttpResponse:
    zone = restore_zone(request.actor, zone_of(request, public_id))
    messages.success(request, _("“%(zone)s” is in force again.") % {"zone": zone})
    return redirect("coverage_zone", public_id)


@managers
@require_POST
def coverage_confirm(request: Request, public_id: str) -> HttpResponse:
    """States again what a zone says: as of now, and whatever was held against it is answered."""
    zone = revise_zone(request.actor, zone_of(request, public_id), {})
    messages.success(request, _("“%(zone)s” is confirmed as of today.") % {"zone": zone})
    return redirect("coverage_zone", public_id)


def zone_of(request: Request, public_id: str) -> CoverageZone:
    rows = CoverageZone.objects.select_related("category", "provider")
    return get_visible(rows, request.actor, public_id=public_id)


def _layers_of(request: Request, zone: CoverageZone) -> list[MapLayer]:
    """The zone itself, and those around it, to be ticked."""
    around = reverse("coverage_around", args=[zone.public_id])
    itself = feature_collection(
        [feature(zone.geometry, {"title": zone.name, "tone": tone_of(zone)}, zone.public_id)]
    )
    return [
        MapLayer("zone", _("This zone"), data=itself),
        MapLayer("around", _("Zones around"), url=around, tone="neutral", shown=False),
    ]


def _drawn_faults(error: DomainError) -> list[tuple[str, Drawing]]:
    """Refused outlines, each with its fault marked."""
    faults = error.faults if isinstance(error, OutlinesError) else []
    return [(fault.reason, draw_rings(fault.rings, fault.place)) for fault in faults]


def _imported(created: int, replaced: int) -> str:
    parts = []
    if created:
        parts.append(
            ngettext("%(count)s zone added.", "%(count)s zones added.", created)
            % {"count": created}
        )
    if replaced:
        parts.append(
            ngettext("%(count)s zone replaced.", "%(count)s zones replaced.", replaced)
            % {"count": replaced}
        )
    return " ".join(parts)
