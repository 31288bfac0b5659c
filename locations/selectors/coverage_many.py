"""What providers state of many buildings at once: a few queries to 500 of them.

The same answer as `statements_at` gives for each: lists of addresses and watches ask for thousands.
"""

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Any, NamedTuple, TypeVar

from core import clock
from locations.geometry import cells_above, contains
from locations.models import BuildingCoverage, ZoneCell
from locations.selectors.coverage import (
    FIELDS,
    ZONE_FIELDS,
    Statement,
    in_force,
    in_precedence,
    shapes_of_zones,
    statement_of,
)

BATCH = 500
# Cells to a query: few enough for every database's limit of parameters.
CELLS = 900
T = TypeVar("T")


class Spot(NamedTuple):
    """Where a building stands: what its coverage depends on."""

    pk: int
    cell: int
    latitude: float
    longitude: float


def statements_at_many(spots: Iterable[Spot]) -> Iterator[tuple[Spot, list[Statement]]]:
    """Statements in force at each building, as `statements_at` gives them, in the order given."""
    for batch in batched(spots, BATCH):
        explicit = _explicit([spot.pk for spot in batch])
        above = {spot.cell: cells_above(spot.cell) for spot in batch}
        rows = _zone_rows({cell for cells in above.values() for cell in cells})
        # A row's first column is its cell; zone, version and border follow.
        border = {(row[1], row[2]) for found in rows.values() for row in found if row[3]}
        shapes = shapes_of_zones(border)
        for spot in batch:
            near = (row for cell in above[spot.cell] for row in rows.get(cell, ()))
            zones = [
                statement_of("zone", row[1], row[4], row[5:])
                for row in near
                if not row[3] or contains(shapes[row[1]], spot.latitude, spot.longitude)
            ]
            yield spot, in_precedence(explicit.get(spot.pk, ()), zones)


def _explicit(buildings: list[int]) -> dict[int, list[Statement]]:
    rows = BuildingCoverage.objects.filter(in_force(clock.now()), building_id__in=buildings)
    found: dict[int, list[Statement]] = {}
    for building_id, pk, *fields in rows.values_list("building_id", "pk", *FIELDS):
        found.setdefault(building_id, []).append(statement_of("building", pk, "", fields))
    return found


def _zone_rows(cells: Iterable[int]) -> dict[int, list[Sequence[Any]]]:
    """Rows of zones in force by cell: the cell, then the columns of `ZONE_FIELDS`."""
    found: dict[int, list[Sequence[Any]]] = {}
    lasting = in_force(clock.now(), "zone__")
    for batch in batched(sorted(cells), CELLS):
        rows = ZoneCell.objects.filter(lasting, cell__in=batch, zone__is_active=True)
        for row in rows.values_list("cell", *ZONE_FIELDS):
            found.setdefault(row[0], []).append(row)
    return found


def batched(things: Iterable[T], size: int) -> Iterator[list[T]]:
    remaining = iter(things)
    while batch := list(islice(remaining, size)):
        yield batch
