"""Which district a point or a building lies in, and which districts a city has."""

from collections.abc import Iterable, Sequence
from functools import lru_cache

from django.core.cache import caches

from locations.geometry import Shape, Slot, cells_above, contains, shape_of
from locations.models import Building, District, DistrictCell


@lru_cache(maxsize=1024)
def _slot_of(district_id: int, version: int) -> Slot:
    """Where the prepared shape of one version of a district is kept in this process."""
    return Slot()


def district_of(building: Building) -> int | None:
    """The id of the district that holds the building. At most 2 queries."""
    return districts_of([building])[0]


def districts_of(buildings: Sequence[Building]) -> list[int | None]:
    """The district of each building, in their order; the older one where two overlap.

    Two queries for all of them, however many.
    """
    cells = {cell for building in buildings for cell in cells_above(building.cell)}
    by_cell: dict[int, list[tuple[int, int, int, bool]]] = {}
    rows = DistrictCell.objects.filter(cell__in=cells).order_by("district_id")
    for cell, *found in rows.values_list(
        "cell", "district_id", "district__version", "district__city_id", "is_border"
    ):
        by_cell.setdefault(cell, []).append(tuple(found))  # type: ignore[arg-type]
    shapes = _shapes(found for some in by_cell.values() for found in some)
    return [_holding(building, by_cell, shapes) for building in buildings]


def _holding(
    building: Building,
    by_cell: dict[int, list[tuple[int, int, int, bool]]],
    shapes: dict[int, Shape],
) -> int | None:
    here = sorted(found for cell in cells_above(building.cell) for found in by_cell.get(cell, ()))
    for district_id, _version, city_id, is_border in here:
        if city_id != building.city_id:
            continue
        if not is_border or _exact(shapes.get(district_id), building):
            return district_id
    return None


def _exact(shape: Shape | None, building: Building) -> bool:
    """A district that was deleted between two reads has no shape, and holds nothing."""
    return shape is not None and contains(shape, building.latitude, building.longitude)


def _shapes(found: Iterable[tuple[int, int, int, bool]]) -> dict[int, Shape]:
    slots = {
        district_id: _slot_of(district_id, version)
        for district_id, version, _city, is_border in found
        if is_border
    }
    missing = [district_id for district_id, slot in slots.items() if slot.shape is None]
    if missing:
        read = District.objects.filter(pk__in=missing).values_list("pk", "geometry")
        for district_id, geometry in read:
            slots[district_id].shape = shape_of(geometry)
    return {key: slot.shape for key, slot in slots.items() if slot.shape is not None}


def cities_with_districts() -> list[int]:
    return list(District.objects.order_by().values_list("city_id", flat=True).distinct())


def district_name(district_id: int | None) -> str:
    """The name of a district as it was at most a minute ago; "" for none."""
    if district_id is None:
        return ""
    rows = District.objects.filter(pk=district_id).values_list("name", flat=True)
    found: str | None = caches["local"].get_or_set(
        f"district:{district_id}", lambda: rows.first() or "", 60
    )
    return found or ""
