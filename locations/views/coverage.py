"""The pages on which a provider keeps its zones."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
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
from core.querysets import get_visible
from locations.drawing import draw
from locations.filters import ZoneFilter
from locations.forms import ZoneForm, ZoneImportForm
from locations.geojson import geometry_of, read_outlines
from locations.geometry import area_km2, shape_of
from locations.models import CoverageZone
from locations.services import import_zones, restore_zone, retire_zone, save_zone
from locations.services.rights import may_state, require_provider_of
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
    context = {
        "filterset": filterset,
        "columns": COLUMNS,
        "page": paginate(rows, ["name", "id"], request.GET.get("after", "")),
        "may_change": may_state(request.actor),
    }
    return render(request, "locations/coverage/zones.html", context)


@readers
@require_GET
def coverage_zone(request: Request, public_id: str) -> HttpResponse:
    zone = _zone(request, public_id)
    context = {
        "zone": zone,
        "drawing": draw(zone.geometry),
        "area": area_km2(shape_of(zone.geometry)),
        "may_change": may_state(request.actor),
        "crumbs": [(_("Coverage"), reverse("coverage_list")), (zone.name, "")],
    }
    return render(request, "locations/coverage/zone.html", context)


@managers
@require_http_methods(["GET", "POST"])
def coverage_import(request: Request) -> HttpResponse:
    form = ZoneImportForm(request.POST or None, request.FILES or None, actor=request.actor)
    if request.method == "POST" and form.is_valid():
        fields: dict[str, Any] = {**form.terms(), **form.chosen_provider()}
        try:
            done = import_zones(
                request.actor,
                content=form.cleaned_data["file"],
                name=form.cleaned_data["name"],
                **fields,
            )
        except DomainError as error:
            form.refuse(error)
        else:
            messages.success(request, _imported(done.created, done.replaced))
            return redirect("coverage_list")
    crumbs = [(_("Coverage"), reverse("coverage_list")), (_("Import zones"), "")]
    return render(request, "locations/coverage/import.html", {"form": form, "crumbs": crumbs})


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
            named = name_outlines(read_outlines(content), form.cleaned_data.get("name", ""))
        except DomainError as error:
            form.refuse(error)
            context["reasons"] = form.errors["file"]
        else:
            shapes = [outline.shape for outline in named.values()]
            context |= {"names": list(named), "area": sum(map(area_km2, shapes))}
    return render(request, "locations/coverage/preview.html", context)


@managers
@require_http_methods(["GET", "POST"])
def coverage_zone_edit(request: Request, public_id: str) -> HttpResponse:
    zone = _zone(request, public_id)
    require_provider_of(request.actor, zone)
    form = ZoneForm(request.POST or None, request.FILES or None, actor=request.actor, zone=zone)
    if request.method == "POST" and form.is_valid():
        try:
            _change(request, zone, form)
        except DomainError as error:
            form.refuse(error)
        else:
            messages.success(request, _("The zone is saved."))
            return redirect("coverage_zone", public_id)
    crumbs = [
        (_("Coverage"), reverse("coverage_list")),
        (zone.name, reverse("coverage_zone", args=[public_id])),
        (_("Change"), ""),
    ]
    context = {"form": form, "zone": zone, "crumbs": crumbs}
    return render(request, "locations/coverage/zone_form.html", context)


@managers
@require_POST
def coverage_retire(request: Request, public_id: str) -> HttpResponse:
    zone = retire_zone(request.actor, _zone(request, public_id))
    messages.success(request, _("“%(zone)s” is retired: answers leave it out.") % {"zone": zone})
    return redirect("coverage_zone", public_id)


@managers
@require_POST
def coverage_restore(request: Request, public_id: str) -> HttpResponse:
    zone = restore_zone(request.actor, _zone(request, public_id))
    messages.success(request, _("“%(zone)s” is in force again.") % {"zone": zone})
    return redirect("coverage_zone", public_id)


def _zone(request: Request, public_id: str) -> CoverageZone:
    rows = CoverageZone.objects.select_related("category", "provider")
    return get_visible(rows, request.actor, public_id=public_id)


def _change(request: Request, zone: CoverageZone, form: ZoneForm) -> None:
    fields: dict[str, Any] = form.terms()
    content = form.cleaned_data["file"]
    if content:
        outlines = read_outlines(content)
        if len(outlines) > 1:
            raise DomainError(_("The file holds several zones; one is needed here."), field="file")
        fields["geometry"] = geometry_of(outlines[0].shape)
    save_zone(request.actor, zone=zone, name=form.cleaned_data["name"], **fields)


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
