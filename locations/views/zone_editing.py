"""Zones drawn, changed and copied on the map, and taken away as GeoJSON."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse, JsonResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from core import clock
from core.errors import Conflict, DomainError
from core.http import Request
from core.parts.maps import MapLayer, feature_collection
from core.polling import not_modified, stamp
from core.querysets import get_visible
from locations.filters import ZoneFilter
from locations.forms import ZoneForm
from locations.models import CoverageZone
from locations.selectors.outlines import box_around, neighbours, outlined
from locations.services import save_zone
from locations.services.rights import require_provider_of
from locations.views.coverage import managers, readers, zone_of
from locations.zone_files import zones_as_geojson


@managers
@require_http_methods(["GET", "POST"])
def coverage_zone_new(request: Request) -> HttpResponse:
    """A zone drawn on the map; `?copy=` begins with that one's outline and terms."""
    model = _model(request)
    form = ZoneForm(request.POST or None, request.FILES or None, actor=request.actor, model=model)
    if request.method == "POST" and form.is_valid():
        saved = _save(request, form, None, **form.chosen_provider())
        if saved is not None:
            messages.success(request, _("“%(zone)s” is saved.") % {"zone": saved})
            return redirect("coverage_zone", saved.public_id)
    title = _("Copy the zone") if model else _("Draw a zone")
    return _form(request, form, title, [(title, "")], model)


@managers
@require_http_methods(["GET", "POST"])
def coverage_zone_edit(request: Request, public_id: str) -> HttpResponse:
    """A zone changed; what somebody else changed meanwhile is shown, and nothing is overwritten."""
    zone = zone_of(request, public_id)
    require_provider_of(request.actor, zone)
    form = ZoneForm(request.POST or None, request.FILES or None, actor=request.actor, zone=zone)
    conflict = ""
    if request.method == "POST" and form.is_valid():
        try:
            if _save(request, form, zone, version=form.cleaned_data["version"]) is not None:
                messages.success(request, _("The zone is saved."))
                return redirect("coverage_zone", public_id)
        except Conflict as changed:
            conflict = str(changed.message)
            form.seen(zone.version)
    crumbs = [(zone.name, reverse("coverage_zone", args=[public_id])), (_("Change"), "")]
    return _form(request, form, _("Change the zone"), crumbs, zone, conflict)


@readers
@require_GET
def coverage_around(request: Request, public_id: str = "") -> HttpResponse:
    """Zones in force around one, or (without one) the provider's newest: a layer of the map."""
    unchanged = not_modified(request)
    if unchanged is not None:
        return unchanged
    zone = zone_of(request, public_id) if public_id else None
    provider_id = zone.provider_id if zone else request.actor.organization_id
    around = outlined(neighbours(zone, provider_id), tone="neutral")
    return stamp(request, JsonResponse(feature_collection(around)))


@readers
@require_GET
def coverage_export(request: Request) -> HttpResponseBase:
    """The zones that the filters leave, as GeoJSON; the import takes it back."""
    rows = ZoneFilter(request.GET, actor=request.actor).qs.select_related("category")
    pieces = zones_as_geojson(rows.order_by("name", "id").iterator(chunk_size=20))
    response = StreamingHttpResponse(pieces, content_type="application/geo+json")
    day = timezone.localtime(clock.now())
    response["Content-Disposition"] = f'attachment; filename="zones-{day:%Y-%m-%d}.geojson"'
    return response


def _model(request: Request) -> CoverageZone | None:
    public_id = request.GET.get("copy", "")
    if not public_id:
        return None
    rows = CoverageZone.objects.select_related("category", "provider")
    found: CoverageZone = get_visible(rows, request.actor, public_id=public_id)
    return found


def _save(
    request: Request, form: ZoneForm, zone: CoverageZone | None, **more: Any
) -> CoverageZone | None:
    """The saved zone; None where the form says what is wrong."""
    try:
        return save_zone(
            request.actor,
            zone=zone,
            name=form.cleaned_data["name"],
            geometry=form.geometry(),
            **form.terms(),
            **more,
        )
    except Conflict:
        raise
    except DomainError as error:
        form.refuse(error)
        return None


def _form(
    request: Request,
    form: ZoneForm,
    title: str,
    crumbs: list[tuple[str, str]],
    shown: CoverageZone | None,
    conflict: str = "",
) -> HttpResponse:
    args = [shown.public_id] if shown else []
    around = neighbours(None, request.actor.organization_id) if shown is None else []
    context = {
        "form": form,
        "title": title,
        "zone": form.zone,
        "conflict": conflict,
        "layers": [
            MapLayer(
                "around",
                _("Other zones"),
                url=reverse("coverage_around", args=args),
                tone="neutral",
            )
        ],
        "bounds": shown.box if shown else box_around(around[:1]),
        "crumbs": [(_("Coverage"), reverse("coverage_list")), *crumbs],
    }
    return render(
        request, "locations/coverage/zone_form.html", context, status=409 if conflict else 200
    )
