"""Who offers what anywhere in a city: for pages that speak of it as a whole."""

from collections import defaultdict

from core import clock
from locations.geometry import cells_above, contains
from locations.models import Building, BuildingCoverage, CoverageState, ZoneCell
from locations.selectors.coverage import in_force, shapes_of_zones
from locations.selectors.coverage_many import CELLS, batched

_ORDER = {state: place for place, state in enumerate(CoverageState.values)}
# Provider and category → the best state.
Offered = dict[tuple[int, int], str]


def offered_in(city_id: int) -> Offered:
    """The best that each provider states of a category at any verified building of the city.

    Statements in force of providers that may publish, but for NOT_AVAILABLE. A zone counts where
    a building stands in it. The cost follows the ground that the buildings stand on, not their
    number: a query to 900 cells.
    """
    found: Offered = {}
    for key, state in _stated(city_id):
        _better(found, key, state)
    places: dict[int, list[tuple[float, float]]] = defaultdict(list)
    rows = Building.objects.filter(city=city_id, status=Building.Status.VERIFIED).order_by()
    for cell, latitude, longitude in rows.values_list("cell", "latitude", "longitude").iterator():
        places[cell].append((latitude, longitude))
    _add_zones(found, places)
    return found


def _stated(city_id: int) -> list[tuple[tuple[int, int], str]]:
    rows = BuildingCoverage.objects.filter(
        in_force(clock.now()),
        building__city=city_id,
        building__status=Building.Status.VERIFIED,
    ).exclude(state=CoverageState.NOT_AVAILABLE)
    distinct = rows.order_by().values_list("provider_id", "category_id", "state").distinct()
    return [((provider, category), state) for provider, category, state in distinct]


def _add_zones(found: Offered, places: dict[int, list[tuple[float, float]]]) -> None:
    """Whole cells first; polygons are tested only where those left something open."""
    below: dict[int, list[int]] = defaultdict(list)
    for cell in places:
        for above in cells_above(cell):
            below[above].append(cell)
    crossing: list[tuple[int, int, int, tuple[int, int], str]] = []
    for batch in batched(sorted(below), CELLS):
        rows = ZoneCell.objects.filter(
            in_force(clock.now(), "zone__"), cell__in=batch, zone__is_active=True
        ).exclude(zone__state=CoverageState.NOT_AVAILABLE)
        for cell, zone, version, border, provider, category, state in rows.values_list(
            "cell", "zone_id", "zone__version", "is_border",
            "zone__provider_id", "zone__category_id", "zone__state",
        ):  # fmt: skip
            if border:
                crossing.append((cell, zone, version, (provider, category), state))
            else:
                _better(found, (provider, category), state)
    for cell, zone, version, key, state in crossing:
        if _ORDER[state] >= _ORDER.get(found.get(key, ""), len(_ORDER)):
            continue
        shape = shapes_of_zones({(zone, version)})[zone]
        points = (point for low in below[cell] for point in places[low])
        if any(contains(shape, *point) for point in points):
            _better(found, key, state)


def _better(found: Offered, key: tuple[int, int], state: str) -> None:
    if key not in found or _ORDER[state] < _ORDER[found[key]]:
        found[key] = state
