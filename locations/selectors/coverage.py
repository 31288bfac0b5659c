"""What providers state of a place: the ground of every availability answer.

Precedence (DOMAIN.md, Availability): a statement about the building before zones; within one
provider, category and technology the newest; then the best state first. Expired statements, retired
zones and providers that do not work on the portal are left out.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Literal

from django.db import models
from shapely.geometry import Polygon

from core import clock
from core.prepared_rows import PreparedRows
from locations.geometry import Shape, cell_of, cells_above, contains, shape_of, slot_of
from locations.models import Building, BuildingCoverage, CoverageState, CoverageZone, ZoneCell
from users.models import Organization

_ORDER = {state: place for place, state in enumerate(CoverageState.values)}
_FIELDS = (
    "provider_id",
    "category_id",
    "technology",
    "max_speed",
    "state",
    "planned_from",
    "stated_at",
    "expires_at",
)
_ZONE_FIELDS = (
    "zone_id",
    "zone__version",
    "is_border",
    "zone__name",
    *(f"zone__{field}" for field in _FIELDS),
)


@dataclass(frozen=True, slots=True)
class Statement:
    """What one provider says of one place for a category and technology ("" for any technology)."""

    provider_id: int
    category_id: int
    technology: str
    max_speed: int | None
    state: str
    planned_from: date | None
    origin: Literal["building", "zone"]
    zone_name: str
    stated_at: datetime
    expires_at: datetime | None


def statements_at(building: Building) -> list[Statement]:
    """Statements in force at a building: one per provider, category and technology, best first.

    A building's statement without a technology speaks for all of them. At most 3 queries.
    """
    explicit = _newest(_of_building(building.pk))
    spoken_for = {(said.provider_id, said.category_id, said.technology) for said in explicit}
    zones = [
        said
        for said in _newest(_of_zones(building.cell, building.latitude, building.longitude))
        if (said.provider_id, said.category_id, said.technology) not in spoken_for
        and (said.provider_id, said.category_id, "") not in spoken_for
    ]
    return _best_first([*explicit, *zones])


def statements_at_point(latitude: float, longitude: float) -> list[Statement]:
    """Statements of zones in force at a point, one per provider, category and technology."""
    return _best_first(_newest(_of_zones(cell_of(latitude, longitude), latitude, longitude)))


def _of_building(building_id: int) -> list[Statement]:
    rows = _BUILDING_ROWS.fetch(building=building_id, moment=clock.now())
    return [_statement("building", "", row) for row in rows]


def _of_zones(cell: int, latitude: float, longitude: float) -> list[Statement]:
    rows = _ZONE_ROWS.fetch(cells=cells_above(cell), moment=clock.now())
    shapes = shapes_of_zones(
        {(zone_id, version) for zone_id, version, is_border, *_ in rows if is_border}
    )
    return [
        _statement("zone", name, fields)
        for zone_id, _version, is_border, name, *fields in rows
        if not is_border or contains(shapes[zone_id], latitude, longitude)
    ]


def in_force(moment: datetime, prefix: str = "") -> models.Q:
    """Statements that have not expired, of providers that may publish."""
    working = Organization.objects.working_providers()
    lasting = models.Q((f"{prefix}expires_at", None))
    lasting |= models.Q((f"{prefix}expires_at__gt", moment))
    return models.Q((f"{prefix}provider__in", working.order_by().values("pk"))) & lasting


# Every answer begins with these two: their SQL is worked out once per process.
_BUILDING_ROWS = PreparedRows(
    lambda building, moment: BuildingCoverage.objects.filter(
        in_force(moment), building_id=building
    ).values_list(*_FIELDS)
)
_ZONE_ROWS = PreparedRows(
    lambda cells, moment: ZoneCell.objects.filter(
        in_force(moment, "zone__"), cell__in=cells, zone__is_active=True
    ).values_list(*_ZONE_FIELDS)
)


def shapes_of_zones(zones: set[tuple[int, int]]) -> dict[int, Shape]:
    """Shapes by the id of their zone; those that this process has not met yet in one query."""
    slots = {zone_id: slot_of(zone_id, version) for zone_id, version in zones}
    missing = [zone_id for zone_id, slot in slots.items() if slot.shape is None]
    if missing:
        read = CoverageZone.objects.filter(pk__in=missing).values_list("pk", "geometry")
        for zone_id, geometry in read:
            slots[zone_id].shape = shape_of(geometry)
    # A zone deleted between the two reads has no shape, and covers nothing.
    return {zone_id: slot.shape or Polygon() for zone_id, slot in slots.items()}


def _statement(
    origin: Literal["building", "zone"], zone_name: str, row: Sequence[Any]
) -> Statement:
    provider, category, technology, speed, state, planned, stated, expires = row
    return Statement(
        provider, category, technology, speed, state, planned, origin, zone_name, stated, expires
    )


def _newest(statements: Iterable[Statement]) -> list[Statement]:
    """One per provider, category and technology; of two of one moment the better."""
    newest: dict[tuple[int, int, str], Statement] = {}
    for said in sorted(statements, key=lambda said: (said.stated_at, -_ORDER[said.state])):
        newest[said.provider_id, said.category_id, said.technology] = said
    return list(newest.values())


def _best_first(statements: Iterable[Statement]) -> list[Statement]:
    return sorted(
        statements,
        key=lambda said: (
            said.category_id,
            _ORDER[said.state],
            said.planned_from or date.min,
            said.origin,
            said.provider_id,
            said.technology,
        ),
    )
