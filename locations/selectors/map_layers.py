"""What the map shows of places: buildings, counted or one by one, and zones of coverage.

The cost follows what is on the screen, not what is stored: counts are read by ranges of cells,
zones by the boxes around them.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import h3.api.basic_int as h3
import shapely
from django.db.models import Case, F, FloatField, JSONField, Q, QuerySet, Sum, When
from django.db.models.functions import Cast

from core import clock
from core.actor import Actor
from locations.cells import COUNTED, cell_of_key, mask_of
from locations.drawing import DRAWN_PX, SKETCHED_PX, geometry_within
from locations.geometry import Shape
from locations.models import Building, BuildingCount, City, CoverageZone, ZoneDrawing
from locations.selectors.coverage import in_force, shapes_of_zones
from locations.viewport import Viewport, around

# More single buildings than this are counted as well: nobody reads a carpet of dots.
MOST_BUILDINGS = 400
MOST_ZONES = 300
# What would be smaller on the screen is no zone, but dirt.
_LEAST_PX = 3
# Cells of this resolution cover a screen on which buildings are shown one by one.
_HOUSES_RESOLUTION = 8
# Outlines are cut so far outside of the screen, in shares of it: cuts are not seen.
_BEYOND = 0.25


@dataclass(frozen=True, slots=True)
class Cluster:
    """Buildings of one cell: how many, their middle, and the box that shows them closer."""

    key: int
    count: int
    latitude: float
    longitude: float
    expand: tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class Dot:
    public_id: str
    address: str
    latitude: float
    longitude: float


@dataclass(frozen=True, slots=True)
class ZoneOutline:
    public_id: str
    name: str
    provider_id: int
    provider: str
    category_id: int
    technology: str
    max_speed: int | None
    state: str
    geometry: dict[str, Any]


def buildings_in(actor: Actor, view: Viewport) -> list[Cluster] | list[Dot]:
    """Buildings of the view: clusters of verified ones, or from close by each that is visible."""
    if view.resolution is not None:
        return clusters_in(view, view.resolution)
    dots = list(visible_in(actor, view).order_by("cell", "pk")[: MOST_BUILDINGS + 1])
    if len(dots) > MOST_BUILDINGS:
        return clusters_in(view, COUNTED[0])
    return [Dot(row.public_id, row.address, row.latitude, row.longitude) for row in dots]


def visible_in(actor: Actor, view: Viewport) -> QuerySet[Building]:
    """Buildings of the view that the actor sees; merged and refused ones stand nowhere."""
    rows = Building.objects.visible_to(actor).standing()
    near = view.cells(_HOUSES_RESOLUTION if view.resolution is None else view.resolution - 1)
    return rows.filter(near, view.q()).only("public_id", "address", "latitude", "longitude")


def clusters_in(view: Viewport, resolution: int) -> list[Cluster]:
    """Verified buildings by cells of `resolution`, of those whose middle is in the view."""
    kept = min(level for level in COUNTED if level >= resolution)
    rows = BuildingCount.objects.filter(
        view.cells(max(resolution - 1, 0)), resolution=kept, count__gt=0
    )
    if kept == resolution:
        found: Iterable[Any] = rows.values_list("cell", "count", "latitude", "longitude")
    else:
        found = _summed(rows, resolution)
    placed = (cluster_of(resolution, *row) for row in found)
    return sorted(
        (one for one in placed if view.contains(one.latitude, one.longitude)),
        key=lambda one: -one.count,
    )


def weighted() -> tuple[Sum, Sum]:
    """Sums of coordinates over counts, each place as often as buildings stand there."""
    share = Cast("count", FloatField())
    return (
        Sum(F("latitude") * share, output_field=FloatField()),
        Sum(F("longitude") * share, output_field=FloatField()),
    )


def _summed(rows: QuerySet[BuildingCount], resolution: int) -> Iterator[tuple[Any, ...]]:
    latitude, longitude = weighted()
    keyed = rows.order_by().values(key=F("cell").bitor(mask_of(resolution)))
    summed = keyed.annotate(n=Sum("count"), lat=latitude, lon=longitude)
    for key, count, lat, lon in summed.values_list("key", "n", "lat", "lon"):
        yield int(key), int(count), lat / count, lon / count


def cluster_of(resolution: int, key: int, count: int, latitude: float, longitude: float) -> Cluster:
    """A cluster at the middle of its buildings.

    Where the cell lies on the 180th meridian their mean is on the other side of the world: there
    the middle of the cell stands for it.
    """
    cell = cell_of_key(key, resolution)
    ring = h3.cell_to_boundary(cell)
    lats, lons = [place[0] for place in ring], [place[1] for place in ring]
    if max(lons) - min(lons) > 180:
        lons = [lon % 360 for lon in lons]
        latitude, longitude = h3.cell_to_latlng(cell)
    expand = (min(lons), min(lats), max(lons), max(lats))
    return Cluster(int(key), int(count), latitude, longitude, expand)


# --- zones ------------------------------------------------------------------------------------


def shown_zones(actor: Actor) -> QuerySet[CoverageZone]:
    """Zones as answers take them: in force, of providers that work here; and the actor's own."""
    sandbox = actor.organization is not None and actor.organization.is_sandbox
    open_to_all = in_force(clock.now()) & Q(provider__is_sandbox=sandbox)
    own = Q(provider_id=actor.organization_id) if actor.organization_id else Q(pk__in=[])
    return CoverageZone.objects.filter(open_to_all | own, is_active=True)


def zones_in(zones: QuerySet[CoverageZone], view: Viewport) -> tuple[list[ZoneOutline], bool]:
    """Outlines of `zones` in the view, the large ones first; and whether there are more.

    Drawn to the pixel and cut to the view; those smaller than a speck of it are left out.
    """
    near = Q(pk__in=[])
    for west, south, east, north in view.boxes:
        near |= Q(west__lte=east, east__gte=west, south__lte=north, north__gte=south)
    rows = list(
        ZoneDrawing.objects.filter(near, zone__in=zones, extent__gte=_LEAST_PX * view.pixel)
        .annotate(drawn=_as_large_as(view))
        .order_by("-extent", "pk")
        .values_list(*_COLUMNS)[: MOST_ZONES + 1]
    )
    shown = rows[:MOST_ZONES]
    close = {(row[0], row[1]) for row in shown if row[2] > DRAWN_PX * view.pixel}
    shapes = shapes_of_zones(close)
    outlines = (_outline(row, shapes.get(row[0]), view) for row in shown)
    return [one for one in outlines if one is not None], len(rows) > MOST_ZONES


def _as_large_as(view: Viewport) -> Case:
    """The drawing that is fine enough for what a zone measures on the screen."""
    limits = (SKETCHED_PX * view.pixel, DRAWN_PX * view.pixel)
    return Case(
        When(extent__range=limits, then=F("outline")),
        default=F("sketch"),
        output_field=JSONField(),
    )


_COLUMNS = (
    "zone_id",
    "zone__version",
    "extent",
    "drawn",
    "zone__public_id",
    "zone__name",
    "zone__provider_id",
    "zone__provider__name",
    "zone__category_id",
    "zone__technology",
    "zone__max_speed",
    "zone__state",
)


def _outline(row: tuple[Any, ...], shape: Shape | None, view: Viewport) -> ZoneOutline | None:
    _pk, _version, _extent, outline, *facts = row
    if shape is not None:
        cut = _cut(shape, view)
        if cut.is_empty:
            return None
        outline = geometry_within(cut, view.pixel)
    public_id, name, provider_id, provider, category_id, technology, speed, state = facts
    return ZoneOutline(
        public_id, name, provider_id, provider, category_id, technology, speed, state, outline
    )


def _cut(shape: Shape, view: Viewport) -> Shape:
    """The part of a shape on the screen and around it, each part by the name it has there."""
    wide = (view.east - view.west) * _BEYOND
    high = (view.north - view.south) * _BEYOND
    parts = [
        shapely.clip_by_rect(shape, west - wide, south - high, east + wide, north + high)
        for west, south, east, north in view.boxes
    ]
    return parts[0] if len(parts) == 1 else shapely.union_all(parts)


# --- where one looks --------------------------------------------------------------------------


def city_view(city_id: int) -> Viewport:
    """The box around a city."""
    latitude, longitude = City.objects.values_list("latitude", "longitude").get(pk=city_id)
    return around(latitude, longitude)


def cities_in(view: Viewport) -> QuerySet[City]:
    """Cities of the view; what is listed where buildings would be too many."""
    return City.objects.filter(view.q())
