"""Which buildings may be the same house as one that is added or waits for verification."""

import math
from dataclasses import dataclass

import h3.api.basic_int as h3

from core.actor import Actor
from locations.models import Building

NEAR_METRES = 30
_EARTH_RADIUS_M = 6_371_008.8
_MOST = 10
# Of one crowded cell's neighbourhood: more than the houses of any real one.
_LOOKED_AT = 500


@dataclass(frozen=True, slots=True)
class Duplicate:
    """A building that may be meant: of the same address, or `metres` away from the point."""

    building: Building
    same_address: bool
    metres: int


def near_duplicates(actor: Actor, wanted: Building) -> list[Duplicate]:
    """What the actor sees at the same address (of whatever street type) or within NEAR_METRES.

    `wanted` may be unsaved, with its derived fields filled. The same address first, then the
    nearest. Two queries, each by an index.
    """
    rows = Building.objects.visible_to(actor).select_related("street", "city")
    rows = rows.filter(status__in=[Building.Status.VERIFIED, Building.Status.PENDING])
    rows = rows.exclude(pk=wanted.pk)
    same = rows.filter(city_id=wanted.city_id, search_key=wanted.search_key)[:_MOST]
    # A ring of cells around the point's own reaches at least a cell's edge (65 m) beyond it.
    near = rows.filter(cell__in=h3.grid_disk(wanted.cell, 1))[:_LOOKED_AT]
    found = {row.pk: Duplicate(row, True, metres_between(wanted, row)) for row in same}
    for row in near:
        metres = metres_between(wanted, row)
        if metres <= NEAR_METRES:
            found.setdefault(row.pk, Duplicate(row, False, metres))
    ordered = sorted(found.values(), key=lambda one: (not one.same_address, one.metres))
    return ordered[:_MOST]


def metres_between(one: Building, other: Building) -> int:
    """The way along the sphere (haversine)."""
    north, south = math.radians(one.latitude), math.radians(other.latitude)
    east = math.radians(other.longitude - one.longitude)
    half = (
        math.sin((south - north) / 2) ** 2
        + math.cos(north) * math.cos(south) * math.sin(east / 2) ** 2
    )
    return round(2 * _EARTH_RADIUS_M * math.asin(math.sqrt(min(half, 1))))
