"""The actor's own requests and subscriptions as the map shows them: gathered by building.

Read by owner, provider or holder alone, as every list is; who has more than a screen can hold is
read once in half a minute.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
from django.core.cache import caches
from django.db.models import Count, F, QuerySet

from core.actor import Actor
from locations.cells import mask_of
from locations.models import Building
from locations.selectors.map_layers import MOST_BUILDINGS, Cluster, cluster_of
from locations.viewport import Viewport
from subscriptions.choices import SubscriptionState
from subscriptions.models import ConnectionRequest, Subscription
from subscriptions.models.teams import works_at_places
from subscriptions.request_workflow import OPEN_STATES

KEPT_SECONDS = 30
# Fewer buildings are read anew every time.
_MANY = 2_000


@dataclass(frozen=True, slots=True)
class OwnDot:
    """A building with what the actor has there."""

    public_id: str
    address: str
    count: int
    latitude: float
    longitude: float


@dataclass(frozen=True, slots=True)
class Places:
    """Buildings as columns: millions of numbers pass through a cache as fast as they are copied."""

    building: np.ndarray
    count: np.ndarray
    cell: np.ndarray
    latitude: np.ndarray
    longitude: np.ndarray


def open_requests(actor: Actor) -> QuerySet[ConnectionRequest]:
    """Requests in work that are the organization's own; nobody's where there is none."""
    rows = ConnectionRequest.objects.visible_to(actor)
    return rows.filter(state__in=OPEN_STATES) if actor.organization else rows.none()


def standing_subscriptions(actor: Actor) -> QuerySet[Subscription]:
    """Subscriptions that have not ended, as above."""
    rows = Subscription.objects.visible_to(actor)
    return rows.exclude(state=SubscriptionState.ENDED) if actor.organization else rows.none()


LAYERS: dict[str, Callable[[Actor], QuerySet[Any]]] = {
    "requests": open_requests,
    "subscriptions": standing_subscriptions,
}


def own_places(
    actor: Actor, layer: str, terms: dict[str, int], view: Viewport
) -> list[Cluster] | list[OwnDot]:
    """A layer of LAYERS within the view: clusters as of buildings, or from close by each building.

    `terms`: lookups that narrow the layer. Counts are of rows, not of buildings.
    """
    return seen_in(_places(actor, layer, terms), view)


def seen_in(places: "Places", view: Viewport) -> list[Cluster] | list[OwnDot]:
    """What of `places` the view holds, as `own_places`."""
    places = _in_view(places, view)
    if view.resolution is not None:
        return _clusters(places, view.resolution, view)
    if len(places.building) > MOST_BUILDINGS:
        return _clusters(places, 9, view)
    counts = dict(zip(places.building.tolist(), places.count.tolist(), strict=True))
    rows = Building.objects.filter(pk__in=list(counts)).order_by("cell", "pk")
    return [
        OwnDot(public_id, address, counts[pk], latitude, longitude)
        for pk, public_id, address, latitude, longitude in rows.values_list(
            "pk", "public_id", "address", "latitude", "longitude"
        )
    ]


def counts_at(actor: Actor, layer: str, buildings: Iterable[int]) -> dict[int, int]:
    """How many rows of a layer stand in each of some buildings."""
    rows = LAYERS[layer](actor).filter(building_id__in=list(buildings)).order_by()
    return dict(rows.values("building_id").annotate(n=Count("pk")).values_list("building_id", "n"))


def _places(actor: Actor, layer: str, terms: dict[str, int]) -> Places:
    narrowed = ",".join(f"{name}={value}" for name, value in sorted(terms.items()))
    key = f"map:{layer}:{actor.kind}:{actor.organization_id}:{narrowed}"
    # What a team sees may change with its places: it is read anew, and is little.
    kept: Places | None = None if works_at_places(actor) else caches["local"].get(key)
    if kept is not None:
        return kept
    found = places_of(LAYERS[layer](actor).filter(**terms))
    if len(found.building) > _MANY and not works_at_places(actor):
        caches["local"].set(key, found, KEPT_SECONDS)
    return found


def places_of(rows: QuerySet[Any]) -> Places:
    """The buildings of `rows` (requests, subscriptions), with how many stand in each."""
    columns = (
        rows.order_by()
        .values("building_id")
        .annotate(
            n=Count("pk"),
            cell=F("building__cell"),
            latitude=F("building__latitude"),
            longitude=F("building__longitude"),
        )
    )
    return _columns(list(columns.values_list("building_id", "n", "cell", "latitude", "longitude")))


def _columns(rows: list[tuple[Any, ...]]) -> Places:
    building, count, cell, latitude, longitude = zip(*rows, strict=True) if rows else ((),) * 5
    return Places(
        np.array(building, dtype=np.int64),
        np.array(count, dtype=np.int64),
        np.array(cell, dtype=np.int64),
        np.array(latitude, dtype=float),
        np.array(longitude, dtype=float),
    )


def _in_view(places: Places, view: Viewport) -> Places:
    here = np.zeros(len(places.building), dtype=bool)
    for west, south, east, north in view.boxes:
        here |= (
            (places.latitude >= south)
            & (places.latitude <= north)
            & (places.longitude >= west)
            & (places.longitude <= east)
        )
    return Places(
        places.building[here],
        places.count[here],
        places.cell[here],
        places.latitude[here],
        places.longitude[here],
    )


def _clusters(places: Places, resolution: int, view: Viewport) -> list[Cluster]:
    keys, of = np.unique(places.cell | mask_of(resolution), return_inverse=True)
    total = np.bincount(of, places.count, len(keys))
    latitude = np.bincount(of, places.count * places.latitude, len(keys)) / total
    longitude = np.bincount(of, places.count * places.longitude, len(keys)) / total
    rows = zip(keys.tolist(), total.tolist(), latitude.tolist(), longitude.tolist(), strict=True)
    return sorted((cluster_of(resolution, *row) for row in rows), key=lambda one: -one.count)
