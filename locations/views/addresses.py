"""Addresses that people add: the form, what became of them, and the decision on them."""

from collections.abc import Callable, Sequence
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_POST

from core.access import IN_CABINET, access
from core.errors import DomainError
from core.http import Request
from core.pagination import paginate
from core.parts.lists import Column, Columns
from core.parts.maps import MapLayer, feature, feature_collection, point
from locations.address_forms import PlaceForm, RefuseForm, VerifyForm
from locations.models import Building
from locations.selectors.added import added_building, added_buildings
from locations.selectors.buildings import visible_building
from locations.selectors.duplicates import Duplicate, near_duplicates
from locations.selectors.suggestions import Suggestion, suggest
from locations.services import merge_building, refuse_building, verify_building
from locations.services.rights import may_add, may_decide, may_refuse

COLUMNS = Columns(
    Column("address", gettext_lazy("Address")),
    Column("state", gettext_lazy("State")),
    Column("added_by", gettext_lazy("Added by")),
    Column("created", gettext_lazy("Added")),
)
STATES = [Building.Status.PENDING, Building.Status.REFUSED, Building.Status.MERGED]
_FOUND = 8


@access(IN_CABINET)
@require_GET
def address_list(request: Request) -> HttpResponse:
    """What waits for a decision, the oldest first; and what was decided."""
    actor = request.actor
    state = request.GET.get("state", Building.Status.PENDING)
    # Verified ones that an organization added; of all of them there are too many for one list.
    states = STATES if actor.organization is None else [*STATES, Building.Status.VERIFIED]
    if state not in states:
        raise DomainError(_("There is no such selection. Open the list anew."))
    order = ["id"] if state == Building.Status.PENDING else ["-id"]
    context = {
        "page": paginate(added_buildings(actor, state), order, request.GET.get("after", "")),
        "columns": COLUMNS,
        "state": state,
        "states": [(one.value, one.label) for one in states],
        "may_add": may_add(actor),
        "crumbs": [(_("Added addresses"), "")],
    }
    return render(request, "locations/addresses/list.html", context)


@access(IN_CABINET)
@require_GET
def address_detail(request: Request, public_id: str) -> HttpResponse:
    return _page(request, added_building(request.actor, public_id))


@access(IN_CABINET)
@require_POST
def address_verify(request: Request, public_id: str) -> HttpResponse:
    building = added_building(request.actor, public_id)
    form = VerifyForm(request.POST, building=building)
    return _decide(
        request,
        building,
        form,
        lambda: verify_building(request.actor, building, **form.corrections()),
        _("The address is verified: everybody finds it now."),
    )


@access(IN_CABINET)
@require_POST
def address_refuse(request: Request, public_id: str) -> HttpResponse:
    building = added_building(request.actor, public_id)
    form = RefuseForm(request.POST)
    return _decide(
        request,
        building,
        form,
        lambda: refuse_building(request.actor, building, **form.cleaned_data),
        _("Refused; whoever added the address is told."),
    )


@access(IN_CABINET)
@require_POST
def address_merge(request: Request, public_id: str) -> HttpResponse:
    """Into the building that `target` names by its public id."""
    building = added_building(request.actor, public_id)
    target = visible_building(request.actor, request.POST.get("target", ""))
    try:
        kept = merge_building(request.actor, building, target)
    except DomainError as error:
        if error.status in (403, 404):
            raise
        messages.error(request, str(error.message))
        return redirect("address_detail", public_id)
    done = _("Merged: the old address leads to %(address)s.") % {"address": kept.address}
    messages.success(request, done)
    return redirect("address_detail", public_id)


def _decide(
    request: Request,
    building: Building,
    form: Any,
    act: Callable[[], Building],
    done: str,
) -> HttpResponse:
    """Acts if the form is valid; shows the page again with what is wrong otherwise."""
    if form.is_valid():
        try:
            act()
        except DomainError as error:
            if error.status == 403:
                raise
            _refuse(form, error)
        else:
            messages.success(request, done)
            return redirect("address_detail", building.public_id)
    building.refresh_from_db()
    return _page(request, building, form, status=422)


def _refuse(form: Any, error: DomainError) -> None:
    if isinstance(form, PlaceForm):
        form.refuse(error)
    else:
        form.add_error(error.field if error.field in form.fields else None, str(error.message))


def _page(
    request: Request, building: Building, given: Any = None, status: int = 200
) -> HttpResponse:
    actor = request.actor
    waits = building.status == Building.Status.PENDING
    decides = waits and may_decide(actor, building)
    near = near_duplicates(actor, building) if waits else []
    verify = given if isinstance(given, VerifyForm) else VerifyForm(building=building)
    context = {
        "building": building,
        "duplicates": near,
        "layers": layers_of(near),
        "centre": (building.latitude, building.longitude),
        "may_decide": decides,
        "may_refuse": decides and may_refuse(actor),
        "form": verify,
        "refusal": given if isinstance(given, RefuseForm) else RefuseForm(),
        "crumbs": [(_("Added addresses"), reverse("address_list")), (building.address, "")],
        **(_looked_for(request, building) if decides else {}),
    }
    return render(request, "locations/addresses/detail.html", context, status=status)


def _looked_for(request: Request, building: Building) -> dict[str, Any]:
    """Buildings to merge into, beside the near ones: found by `?into=`, chosen by `?building=`."""
    text, chosen = request.GET.get("into", ""), request.GET.get("building", "")
    if chosen:
        one = visible_building(request.actor, chosen)
        found = [Suggestion("building", one.address, one.public_id)]
    else:
        found = suggest(request.actor, text) if text else []
    others = [
        place
        for place in found
        if place.kind == "building" and place.public_id != building.public_id
    ]
    return {"into": text, "into_found": others[:_FOUND]}


def layers_of(duplicates: Sequence[Duplicate]) -> list[MapLayer]:
    """The near ones on a map; none for none."""
    if not duplicates:
        return []
    features = [
        feature(
            point(one.building.longitude, one.building.latitude),
            {"title": one.building.address, "url": page_of(one.building)},
            key=one.building.public_id,
        )
        for one in duplicates
    ]
    data = feature_collection(features)
    return [MapLayer("near", _("Buildings near by"), data=data, tone="wait")]


def page_of(building: Building) -> str:
    return reverse("availability_building", args=[building.public_id])
