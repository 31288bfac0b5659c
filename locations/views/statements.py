"""The pages on which a provider says what it offers at single buildings."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from core.errors import Conflict, DomainError
from core.http import Request
from core.pagination import paginate
from core.parts.lists import Column, Columns
from core.querysets import get_visible
from core.registry import gather
from locations.filters import StatementFilter
from locations.forms import StatementForm
from locations.models import Building, BuildingCoverage
from locations.selectors.history import building_history
from locations.selectors.suggestions import suggest
from locations.services import (
    revise_statement,
    state_building_coverage,
    withdraw_building_coverage,
)
from locations.services.rights import may_state, require_provider_of
from locations.views.coverage import managers, readers

COLUMNS = Columns(
    Column("address", gettext_lazy("Address")),
    Column("category", gettext_lazy("Service")),
    Column("technology", gettext_lazy("Technology")),
    Column("speed", gettext_lazy("Speed, Mbit/s"), numeric=True),
    Column("state", gettext_lazy("State")),
    Column("stated", gettext_lazy("Stated")),
    Column("until", gettext_lazy("Valid until")),
)


@readers
@require_GET
def coverage_buildings(request: Request) -> HttpResponse:
    filterset = StatementFilter(request.GET, actor=request.actor)
    rows = filterset.qs.select_related("building", "category", "provider")
    context = {
        "filterset": filterset,
        "query": filterset.query.urlencode(),
        "columns": COLUMNS,
        "page": paginate(rows, ["-id"], request.GET.get("after", "")),
        "may_change": may_state(request.actor),
    }
    return render(request, "locations/coverage/buildings.html", context)


@managers
@require_http_methods(["GET", "POST"])
def coverage_building_new(request: Request) -> HttpResponse:
    """First the building (`?building=`), found by its address (`?address=`); then the form."""
    public_id = request.GET.get("building", "")
    if not public_id:
        return _choose(request)
    building = get_visible(Building.objects, request.actor, public_id=public_id)
    form = StatementForm(request.POST or None, actor=request.actor)
    if request.method == "POST" and form.is_valid() and _state(request, building, form):
        return redirect("coverage_buildings")
    return _form(request, form, building)


@managers
@require_http_methods(["GET", "POST"])
def coverage_building_edit(request: Request, pk: int) -> HttpResponse:
    statement = _statement(request, pk)
    require_provider_of(request.actor, statement)
    form = StatementForm(request.POST or None, actor=request.actor, statement=statement)
    building, conflict = statement.building, ""
    own: dict[str, Any] = {"provider": statement.provider}
    if request.method == "POST" and form.is_valid():
        own["version"] = form.cleaned_data["version"]
        try:
            if _state(request, building, form, **own):
                return redirect("coverage_buildings")
        except Conflict as changed:
            conflict = str(changed.message)
            form.seen(statement.version)
    return _form(request, form, building, statement, conflict)


@managers
@require_POST
def coverage_building_confirm(request: Request, pk: int) -> HttpResponse:
    """States again what was said of a building: as of now."""
    statement = revise_statement(request.actor, _statement(request, pk), {})
    messages.success(
        request, _("%(address)s: confirmed as of today.") % {"address": statement.building}
    )
    return redirect("coverage_building_edit", pk)


@managers
@require_POST
def coverage_withdraw(request: Request, pk: int) -> HttpResponse:
    statement = _statement(request, pk)
    withdraw_building_coverage(request.actor, statement)
    messages.success(
        request, _("%(address)s: zones speak for it again.") % {"address": statement.building}
    )
    return redirect("coverage_buildings")


def _choose(request: Request) -> HttpResponse:
    text = request.GET.get("address", "")
    found = [place for place in suggest(request.actor, text) if place.kind == "building"]
    if len(found) == 1 or (found and found[0].text == text):
        return redirect(f"{reverse('coverage_building_new')}?building={found[0].public_id}")
    context = {"text": text, "found": found, "crumbs": _crumbs(_("State a building"))}
    return render(request, "locations/coverage/building_choose.html", context)


def _state(request: Request, building: Building, form: StatementForm, **provider: Any) -> bool:
    try:
        state_building_coverage(
            request.actor,
            building=building,
            **{**form.terms(), **form.chosen_provider(), **provider},
        )
    except Conflict:
        raise
    except DomainError as error:
        form.refuse(error)
        return False
    messages.success(request, _("%(address)s: saved.") % {"address": building})
    return True


def _form(
    request: Request,
    form: StatementForm,
    building: Building,
    statement: BuildingCoverage | None = None,
    conflict: str = "",
) -> HttpResponse:
    context: dict[str, Any] = {
        "form": form,
        "building": building,
        "statement": statement,
        "conflict": conflict,
        "crumbs": _crumbs(building.address),
    }
    if statement is not None:
        said = (statement.provider_id, statement.category_id, statement.technology)
        context["history"] = building_history(request.actor, building, *said)
        context["panels"] = gather("coverage.panels", request.actor, statement)
    status = 409 if conflict else 200
    return render(request, "locations/coverage/building_form.html", context, status=status)


def _statement(request: Request, pk: int) -> BuildingCoverage:
    rows = BuildingCoverage.objects.select_related("building", "provider", "category")
    return get_visible(rows, request.actor, pk=pk)


def _crumbs(last: str) -> list[tuple[str, str]]:
    return [
        (_("Coverage"), reverse("coverage_list")),
        (_("Buildings"), reverse("coverage_buildings")),
        (last, ""),
    ]
