"""One's own subscriptions on a map, by the filters of the list, with the list beside it."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET

from core.access import access, only
from core.choices import OrganizationKind
from core.errors import DomainError
from core.geojson import geojson
from core.http import Request
from core.parts.lists import Column, Columns
from core.parts.maps import MapLayer, feature_collection
from locations.viewport import Viewport
from subscriptions.centre_filters import CentreFilter
from subscriptions.centre_rights import holds_services
from subscriptions.choices import SubscriptionState
from subscriptions.selectors.centre.choices import service_names
from subscriptions.selectors.centre.rows import centre_rows
from subscriptions.selectors.map_places import places_of, seen_in
from subscriptions.selectors.request_page import place_in_words
from subscriptions.views.map import place_feature, subscriptions_in_words

_COLUMNS = Columns(
    Column("place", gettext_lazy("Address")), Column("service", gettext_lazy("Service"))
)
in_organization = access(only(*OrganizationKind))


@in_organization
@require_GET
def subscription_map(request: Request) -> HttpResponse:
    actor = request.actor
    filterset = CentreFilter(request.GET, actor=actor)
    query = _query(filterset)
    layer = reverse("subscription_map_places")
    page = centre_rows(actor, _standing(filterset), "", request.GET.get("after", ""))
    services = {pk: name for pk, (_code, name) in service_names(actor).items()}
    context = {
        "filterset": filterset,
        "layers": [
            MapLayer(
                "subscriptions",
                _("Subscriptions"),
                f"{layer}?{query}" if query else layer,
                tone="good",
                by_view=True,
            )
        ],
        "bounds": _bounds(request, filterset),
        "page": page,
        "columns": _COLUMNS,
        "lines": [
            (
                row,
                place_in_words(row.building__address, row.unit__number),
                services.get(row.category_id, ""),
            )
            for row in page.rows
        ],
        "base": reverse("subscription_list"),
        "list_url": f"{reverse('subscription_list')}?{query}",
        "holds": holds_services(actor),
        "crumbs": [(_("Subscriptions"), reverse("subscription_list")), (_("Map"), "")],
    }
    return render(request, "subscriptions/centre/map.html", context)


@in_organization
@require_GET
def subscription_map_places(request: Request) -> HttpResponse:
    """The layer: buildings with how many subscriptions pass the filters, or clusters of them."""
    filterset = CentreFilter(request.GET, actor=request.actor)
    filterset.check()
    if not request.GET.get("bbox"):
        raise DomainError(_("Say which part of the map: bbox=west,south,east,north."), field="bbox")
    view = Viewport.read(request.GET["bbox"], request.GET.get("zoom", ""))
    found = seen_in(places_of(_standing(filterset)), view)
    return geojson(
        request,
        feature_collection(place_feature(one, view, subscriptions_in_words) for one in found),
    )


def _standing(filterset: CentreFilter) -> Any:
    """What has ended stands nowhere, unless it is asked for."""
    rows = filterset.qs
    return rows if "state" in filterset.query else rows.exclude(state=SubscriptionState.ENDED)


def _query(filterset: CentreFilter) -> str:
    rest = filterset.query.copy()
    for name in filterset.not_filters:
        rest.pop(name, None)
    return rest.urlencode()


def _bounds(request: Request, filterset: CentreFilter) -> Any:
    """Around all that passes."""
    places = places_of(_standing(filterset))
    if not len(places.building):
        return None
    west, east = float(places.longitude.min()), float(places.longitude.max())
    south, north = float(places.latitude.min()), float(places.latitude.max())
    # Markers at the edge are to be seen whole.
    wide, high = 0.01 + (east - west) / 10, 0.01 + (north - south) / 10
    return (west - wide, south - high, east + wide, north + high)
