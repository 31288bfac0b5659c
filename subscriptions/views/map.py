"""The map: buildings, zones, own requests and subscriptions; and the same as a list beside it."""

from typing import Any

from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_GET

from core.access import MEMBERS, access
from core.errors import DomainError
from core.geojson import geojson
from core.http import Request
from core.pagination import Page, paginate
from core.parts.lists import Column, Columns
from core.parts.maps import EVERYWHERE, MapLayer, feature, feature_collection, point
from locations.models import Building, CoverageState
from locations.selectors.buildings import visible_building
from locations.selectors.map_layers import (
    MOST_ZONES,
    Cluster,
    Dot,
    ZoneOutline,
    buildings_in,
    cities_in,
    visible_in,
    zones_in,
)
from locations.viewport import Viewport
from subscriptions.map_filter import MapFilter
from subscriptions.selectors.catalogue import categories
from subscriptions.selectors.map_places import (
    LAYERS,
    OwnDot,
    counts_at,
    open_requests,
    own_places,
    standing_subscriptions,
)

# From here on a screen holds few enough buildings to be listed.
LISTED_FROM_ZOOM = 13
# What the script of the list sends: the list alone is wanted.
FRAGMENT = "map-list"
_SHOWN_HERE = 5
_TONES = {
    CoverageState.AVAILABLE: "accent",
    CoverageState.PLANNED: "info",
    CoverageState.SURVEY: "wait",
    CoverageState.NOT_AVAILABLE: "neutral",
}
_BUILDINGS = Columns(
    Column("address", gettext_lazy("Building")),
    Column("requests", gettext_lazy("Requests"), numeric=True),
    Column("subscriptions", gettext_lazy("Subscriptions"), numeric=True),
)
_CITIES = Columns(Column("city", gettext_lazy("City")))


@access(MEMBERS)
@require_GET
def map_page(request: Request) -> HttpResponse:
    """The map with its list; asked by the script of the list, the list alone."""
    filterset = MapFilter(request.GET, actor=request.actor)
    view = filterset.view
    context = _list(request, filterset, view) | {"request": request, "actor": request.actor}
    if request.headers.get("X-Requested-With") == FRAGMENT:
        response = HttpResponse(render_to_string("subscriptions/map/list.html", context))
        response["Cache-Control"] = "private, no-store"
        return response
    context |= {
        "filterset": filterset,
        "layers": _layers(request, filterset),
        "bounds": view.bounds if view else None,
        "centre": view.centre if view and filterset.query.get("zoom") else None,
        "zoom": view.zoom if view else 4,
    }
    return render(request, "subscriptions/map/page.html", context)


@access(MEMBERS)
@require_GET
def map_buildings(request: Request) -> HttpResponse:
    _filterset, view = _asked(request)
    found = buildings_in(request.actor, view)
    return geojson(
        request, feature_collection(place_feature(one, view, _buildings) for one in found)
    )


@access(MEMBERS)
@require_GET
def map_requests(request: Request) -> HttpResponse:
    return _own(request, "requests", _requests)


@access(MEMBERS)
@require_GET
def map_subscriptions(request: Request) -> HttpResponse:
    return _own(request, "subscriptions", subscriptions_in_words)


@access(MEMBERS)
@require_GET
def map_zones(request: Request) -> HttpResponse:
    filterset, view = _asked(request)
    zones = filterset.qs
    if not filterset.names_zones:
        own = request.actor.organization_id or 0
        zones = zones.filter(provider_id=own)
        notice = "" if request.actor.kind == "PROVIDER" else _("Choose a service to see zones.")
    else:
        notice = ""
    outlines, more = zones_in(zones, view)
    if more:
        notice = _("The %(most)s largest zones are shown: come closer to see the others.") % {
            "most": MOST_ZONES
        }
    names = {category.pk: category.name for category in categories()}
    rows = (_zone(request, one, names) for one in outlines)
    return geojson(request, feature_collection(rows, notice))


@access(MEMBERS)
@require_GET
def map_building(request: Request, public_id: str) -> HttpResponse:
    """What the actor has in one building, as the map's popup shows it."""
    building = visible_building(request.actor, public_id)
    requests = open_requests(request.actor).filter(building=building).order_by("-id")
    standing = standing_subscriptions(request.actor).filter(building=building).order_by("-id")
    context = {
        "building": building,
        "requests": requests.select_related("category", "unit")[: _SHOWN_HERE + 1],
        "subscriptions": standing.select_related("category", "unit")[: _SHOWN_HERE + 1],
        "most": _SHOWN_HERE,
        "all_requests_url": f"{reverse('request_list')}?building={building.public_id}",
    }
    return HttpResponse(render_to_string("subscriptions/map/building.html", context))


# --- the page ---------------------------------------------------------------------------------


def _layers(request: Request, filterset: MapFilter) -> list[MapLayer]:
    query = filterset.query_of_layers

    def address(name: str) -> str:
        return f"{reverse(name)}?{query}" if query else reverse(name)

    layers = [
        MapLayer("zones", _("Zones"), address("map_zones"), by_view=True),
        MapLayer(
            "buildings", _("Buildings"), address("map_buildings"), tone="neutral", by_view=True
        ),
    ]
    if request.actor.organization:
        # Beside the buildings that they are of, lest one hides the other.
        for name, label, tone, aside in (
            ("requests", _("Requests in work"), "wait", -22),
            ("subscriptions", _("Subscriptions"), "good", 22),
        ):
            url = address(f"map_{name}")
            layers.append(MapLayer(name, label, url, tone=tone, by_view=True, aside=aside))
    return layers


def _list(request: Request, filterset: MapFilter, view: Viewport | None) -> dict[str, Any]:
    """The list's rows: buildings of a city or of a close view, else the cities of the view."""
    after = request.GET.get("after", "")
    city = filterset.city_id
    lost = "" if city or not filterset.query.get("city") else filterset.query["city"]
    if view is not None and (city is not None or view.zoom >= LISTED_FROM_ZOOM):
        page = _buildings_page(request, city, view, after)
        ids = [row.pk for row in page.rows]
        counts = {name: counts_at(request.actor, name, ids) for name in LAYERS}
        lines = [(row, *(counts[name].get(row.pk, 0) for name in LAYERS)) for row in page.rows]
        return {"page": page, "lines": lines, "columns": _BUILDINGS, "is_close": True, "lost": ""}
    seen = view or Viewport(*EVERYWHERE, 4)
    page = paginate(cities_in(seen), ["-population", "id"], after)
    kept = filterset.query_of_layers
    return {"page": page, "columns": _CITIES, "is_close": False, "lost": lost, "kept": kept}


def _buildings_page(request: Request, city: int | None, view: Viewport, after: str) -> Page:
    rows: QuerySet[Building]
    if city is not None:
        rows = Building.objects.visible_to(request.actor).standing()
        rows = rows.filter(city_id=city)
    else:
        rows = visible_in(request.actor, view)
    return paginate(rows.only("public_id", "address", "search_key"), ["search_key", "id"], after)


# --- GeoJSON ----------------------------------------------------------------------------------


def _asked(request: Request) -> tuple[MapFilter, Viewport]:
    filterset = MapFilter(request.GET, actor=request.actor)
    filterset.check()
    view = filterset.view
    if view is None:
        raise DomainError(_("Say which part of the map: bbox=west,south,east,north."), field="bbox")
    return filterset, view


def _own(request: Request, layer: str, words: Any) -> HttpResponse:
    filterset, view = _asked(request)
    found = own_places(request.actor, layer, filterset.terms, view)
    return geojson(request, feature_collection(place_feature(one, view, words) for one in found))


def place_feature(one: Cluster | Dot | OwnDot, view: Viewport, words: Any) -> dict[str, Any]:
    """A cluster or a building with its count, `words` being how the count is said."""
    place = point(round(view.fitted(one.longitude), 6), round(one.latitude, 6))
    if isinstance(one, Cluster):
        west, south, east, north = one.expand
        shift = view.fitted(west) - west
        box = [round(degrees, 5) for degrees in (west + shift, south, east + shift, north)]
        shown = number_format(one.count, use_l10n=True, force_grouping=True)
        facts = {"count": one.count, "shown": shown, "title": words(one.count), "expand": box}
        return feature(place, facts, key=one.key)
    title = one.address
    if isinstance(one, OwnDot):
        title = f"{one.address}: {words(one.count)}"
    facts = {"title": title, "fragment": reverse("map_building", args=[one.public_id])}
    return feature(place, facts, key=one.public_id)


def _buildings(count: int) -> str:
    return ngettext("%(count)s building", "%(count)s buildings", count) % {"count": count}


def _requests(count: int) -> str:
    return ngettext("%(count)s request", "%(count)s requests", count) % {"count": count}


def subscriptions_in_words(count: int) -> str:
    return ngettext("%(count)s subscription", "%(count)s subscriptions", count) % {"count": count}


def _zone(request: Request, one: ZoneOutline, names: dict[int, str]) -> dict[str, Any]:
    state = CoverageState(one.state)
    speed = _("up to %(speed)s Mbit/s") % {"speed": one.max_speed} if one.max_speed else ""
    service = ", ".join(filter(None, (names.get(one.category_id, ""), one.technology, speed)))
    facts: dict[str, Any] = {
        "title": f"{one.provider}, {one.name}",
        "lines": [service, str(state.label)],
        "tone": _TONES[state],
    }
    if one.provider_id == request.actor.organization_id:
        facts["url"] = reverse("coverage_zone", args=[one.public_id])
    return feature(one.geometry, facts, key=one.public_id)
