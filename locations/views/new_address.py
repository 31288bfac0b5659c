"""A new address, where the search knows none: typed, put on the map, and filed at right away."""

from typing import Any

from django.contrib import messages
from django.core.cache import cache
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.html import format_html_join
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from core.access import Policy, access
from core.choices import Role
from core.errors import DomainError
from core.http import Request
from locations import geocoding
from locations.address_forms import AddressForm
from locations.addresses import fold, split_street
from locations.fields import prefix_range
from locations.geocoding import Found, Places
from locations.models import Building, City, Street
from locations.selectors.added import typed_parts
from locations.selectors.duplicates import Duplicate, near_duplicates
from locations.selectors.gazetteer import city_named, gazetteer
from locations.services import add_building
from locations.views.addresses import layers_of

MEMBERS_WHO_WRITE = Policy(least=Role.MEMBER)
_OFFERED = 8
LOCATE, LOOK, ADD = "locate", "look", "add"
ASKED_IN_AN_HOUR = 60
_HOUR = 3600


@access(MEMBERS_WHO_WRITE)
@require_http_methods(["GET", "POST"])
def address_new(request: Request) -> HttpResponse:
    """`?address=` is what was typed in the search. Buttons: `do` = locate, look or add."""
    if request.method != "POST":
        form = AddressForm(initial=_initial(request.GET.get("address", "")))
        return _page(request, form)
    do = request.POST.get("do", ADD)
    if do in (LOCATE, LOOK) and geocoding.are_on():
        return _asked(request, do)
    form = AddressForm(_with_chosen_point(request.POST))
    if "point" in request.POST:
        return _page(request, AddressForm(initial=form.data.dict()))  # type: ignore[attr-defined]
    near: list[Duplicate] = []
    if form.is_valid():
        near = near_duplicates(request.actor, form.building())
        seen = set(form.cleaned_data["seen"].split())
        if all(one.building.public_id in seen for one in near):
            added = _add(request, form)
            if added is not None:
                return redirect("availability_building", added.public_id)
        form.show_seen(one.building.public_id for one in near)
    return _page(request, form, near=near, status=422)


@access(MEMBERS_WHO_WRITE)
@require_GET
def address_offers(request: Request) -> HttpResponse:
    """`?q=` with `city`: streets of that city that begin so; without it cities."""
    text = request.GET.get("q", "")[:150]
    city = request.GET.get("city")
    names = _cities(text) if city is None else _streets(text, city[:120])
    html = format_html_join("", '<li data-value="{}">{}</li>', ((name, name) for name in names))
    return HttpResponse(html, headers={"Cache-Control": "private, max-age=60"})


def _cities(text: str) -> list[str]:
    key = fold(text)
    return [place.title for place in gazetteer().beginning(key)[:_OFFERED]] if key else []


def _streets(text: str, city_name: str) -> list[str]:
    key = fold(split_street(text)[1])
    city = _city_of(city_name)
    if city is None or not key:
        return []
    rows = Street.objects.filter(city=city, **prefix_range("search_key", key))
    return [str(street) for street in rows.order_by("search_key", "pk")[:_OFFERED]]


def _initial(text: str) -> dict[str, Any]:
    parts = typed_parts(text[:200])
    return {"city_name": parts.city, "street": parts.street, "number": parts.number}


def _add(request: Request, form: AddressForm) -> Building | None:
    values = form.values()
    try:
        building = add_building(request.actor, city=form.cleaned_data["city_name"], **values)
    except DomainError as error:
        if error.status == 403:
            raise
        form.refuse(error)
        return None
    if building.status == Building.Status.PENDING:
        messages.success(
            request,
            _(
                "The address is added. File your request: only you and the provider see it until "
                "it is verified."
            ),
        )
    else:
        messages.info(request, _("This address is known already."))
    return building


# --- what geocoders say -----------------------------------------------------------------------
def _asked(request: Request, do: str) -> HttpResponse:
    """The form as it was typed, with what a geocoder makes of it."""
    typed = AddressForm(request.POST)
    values = {name: request.POST.get(name, "") for name in typed.fields}
    values["is_private_house"] = bool(values["is_private_house"])  # type: ignore[assignment]
    if not _may_ask(request):
        places = Places(is_busy=True)
    elif do == LOCATE:
        places = geocoding.locate(typed.text)
        if places.found:
            values |= _point_of(places.found[0])
    else:
        places = _what_is_there(typed)
        if places.found:
            values |= _address_of(places.found[0], values)
    form = AddressForm(initial=values)
    return _page(request, form, places=places, asked=do)


def _may_ask(request: Request) -> bool:
    """One person does not use up what geocoders answer to all."""
    key = f"geocoder.{request.actor.user_id}"
    cache.add(key, 0, _HOUR)
    try:
        return cache.incr(key) <= ASKED_IN_AN_HOUR
    except ValueError:
        # It ran out between the two: an hour begins anew.
        return True


def _what_is_there(form: AddressForm) -> Places:
    form.is_valid()
    if not {"latitude", "longitude"} <= form.cleaned_data.keys():
        return Places()
    return geocoding.what_is_at(form.cleaned_data["latitude"], form.cleaned_data["longitude"])


def _point_of(found: Found) -> dict[str, str]:
    return {"latitude": f"{found.latitude:.6f}", "longitude": f"{found.longitude:.6f}"}


def _address_of(found: Found, values: dict[str, Any]) -> dict[str, str]:
    """What the geocoder names and the person has not typed."""
    named = {"city_name": found.city, "street": found.street, "number": found.number}
    return {name: words for name, words in named.items() if words and not values.get(name)}


def _with_chosen_point(data: QueryDict) -> QueryDict:
    """`point=latitude,longitude` of a pressed suggestion goes into the two fields."""
    latitude, comma, longitude = data.get("point", "").partition(",")
    if not comma:
        return data
    changed = data.copy()
    changed["latitude"], changed["longitude"] = latitude, longitude
    return changed


# --- the page ---------------------------------------------------------------------------------
def _page(
    request: Request,
    form: AddressForm,
    *,
    near: list[Duplicate] | None = None,
    places: Places | None = None,
    asked: str = "",
    status: int = 200,
) -> HttpResponse:
    context = {
        "form": form,
        "near": near,
        "layers": layers_of(near or []),
        "places": places,
        "asked": asked,
        "may_ask": geocoding.are_on(),
        **_opening(form),
        "crumbs": [(_("Availability"), reverse("availability")), (_("New address"), "")],
    }
    return render(request, "locations/addresses/new.html", context, status=status)


def _opening(form: AddressForm) -> dict[str, Any]:
    """Where the map opens: at the point, or over the city until there is one."""
    given = form.data or form.initial
    try:
        latitude, longitude = (
            float(str(given.get(name, "")).replace(",", ".")) for name in ("latitude", "longitude")
        )
    except ValueError:
        city = _city_of(str(given.get("city_name", "")))
        return {"centre": (city.latitude, city.longitude) if city else None, "zoom": 12}
    on_earth = abs(latitude) <= 90 and abs(longitude) <= 180
    return {"centre": (latitude, longitude) if on_earth else None, "zoom": 17}


def _city_of(name: str) -> City | None:
    try:
        return city_named(name)
    except DomainError:
        return None
