"""Whether two addresses are one house, by where they stand and how they are spelled.

The rules are those of docs/imports.md: the same number on a street that is spelled a little
otherwise, within SAME_HOUSE_METRES, is the same house; anything else within SAME_POINT_METRES is a
doubt that a person must decide; two FIAS ids are two houses.
"""

import math
import tomllib
from collections.abc import Iterable, Iterator, Set
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import h3.api.basic_int as h3

from locations import addresses
from locations.models import Building
from locations.models.places import BuildingQuerySet

SAME_HOUSE_METRES = 150
SAME_POINT_METRES = 15
_METRES_PER_DEGREE = 111_195  # of the mean sphere, as in locations.geometry
# Two rings of cells of resolution 10 hold all within 150 m of any point of the cell in the middle;
# of these nineteen some thirteen come near a given point: those whose middle is no farther than a
# cell reaches beyond the 150 m.
_RINGS = 2
_CELL_REACH_METRES = 95
_TITLES = frozenset(
    tomllib.loads(
        (Path(__file__).resolve().parents[2] / "data" / "street_titles.toml").read_text("utf-8")
    )["titles"]["words"]
)

_FIELDS = (
    "cell",
    "pk",
    "city_id",
    "latitude",
    "longitude",
    "number",
    "street__search_key",
    "street__type",
    "fias_id",
    "address",
)


@dataclass(slots=True)
class Neighbour:
    """A building that is stored (`pk`), or that an earlier row makes (`building`)."""

    pk: int | None
    building: Building | None
    city_id: int
    latitude: float
    longitude: float
    number_key: str
    street_key: str
    type: str
    fias_id: str | None
    address: str

    @classmethod
    def of(cls, building: Building) -> "Neighbour":
        street = building.street
        return cls(
            building.pk,
            building,
            building.city_id,
            building.latitude,
            building.longitude,
            number_key(building.number),
            street.search_key if street else "",
            street.type if street else "",
            building.fias_id,
            building.address,
        )


class Neighbourhood:
    """Buildings around the houses of a batch, found by their cells."""

    def __init__(self) -> None:
        self._by_cell: dict[int, list[Neighbour]] = {}

    def load(self, rows: BuildingQuerySet, stated: Iterable[Building]) -> None:
        """Reads from the queryset `rows` what stands around the buildings that rows state."""
        around = {near for building in stated for near in cells_near(building)}
        found = rows.standing().filter(cell__in=around)
        for cell, pk, city_id, lat, lon, number, *spelled in found.values_list(*_FIELDS):
            street_key, type_, fias_id, address = spelled
            key, words, kind = number_key(number), street_key or "", type_ or ""
            near = Neighbour(pk, None, city_id, lat, lon, key, words, kind, fias_id, address)
            self._add(cell, near)

    def add(self, building: Building) -> None:
        """A building that the batch will make."""
        self._add(building.cell, Neighbour.of(building))

    def forget(self, ids: Set[int]) -> None:
        """Buildings that do not stand any longer."""
        if ids:
            for cell, rows in self._by_cell.items():
                self._by_cell[cell] = [row for row in rows if row.pk not in ids]

    def _add(self, cell: int, neighbour: Neighbour) -> None:
        self._by_cell.setdefault(cell, []).append(neighbour)

    def judge(self, stated: Building, has_type: bool) -> tuple[list[Neighbour], Neighbour | None]:
        """The buildings that are the same house, and the first that leaves a doubt."""
        same: list[Neighbour] = []
        doubt: Neighbour | None = None
        me = Neighbour.of(stated)
        for other in self._within(me, cells_near(stated)):
            if me.fias_id and other.fias_id and me.fias_id != other.fias_id:
                continue
            if is_same_house(me, other, has_type):
                same.append(other)
            elif metres(me, other) <= SAME_POINT_METRES:
                doubt = doubt or other
        return same, doubt

    def _within(self, me: Neighbour, cells: Iterable[int]) -> Iterator[Neighbour]:
        for near in cells:
            for other in self._by_cell.get(near, ()):
                if metres(me, other) <= SAME_HOUSE_METRES:
                    yield other


def is_same_house(me: Neighbour, other: Neighbour, has_type: bool) -> bool:
    """Of two within SAME_HOUSE_METRES: one number, one city, streets spelled alike.

    A type that the row leaves out (not `has_type`) may be any.
    """
    if me.city_id != other.city_id or me.number_key != other.number_key:
        return False
    if has_type and me.type != other.type:
        return False
    return bool(me.street_key) and are_alike(me.street_key, other.street_key)


def metres(one: Neighbour, other: Neighbour) -> float:
    """The distance of two points near each other, on the sphere."""
    return _metres(one.latitude, one.longitude, other.latitude, other.longitude)


def _metres(latitude: float, longitude: float, other_lat: float, other_lon: float) -> float:
    turned = abs(longitude - other_lon)
    east = min(turned, 360 - turned) * math.cos(math.radians(latitude))
    return math.hypot(latitude - other_lat, east) * _METRES_PER_DEGREE


def cells_near(building: Building) -> list[int]:
    """The cells that may hold a point within SAME_HOUSE_METRES of the building."""
    lat, lon, most = building.latitude, building.longitude, SAME_HOUSE_METRES + _CELL_REACH_METRES
    return [cell for cell, middle in _around(building.cell) if _metres(lat, lon, *middle) <= most]


@lru_cache(maxsize=8192)
def are_alike(one: str, other: str) -> bool:
    """Whether two folded names may be spellings of one street.

    Titles and the order of words do not count, an initial stands for its word, and one letter of a
    longer word may be wrong. Numbers and words like «большая» always count.
    """
    if not one or not other:
        return False
    mine, theirs = _name_words(one), _name_words(other)
    if mine == theirs:
        return bool(mine)
    only_mine, only_theirs = _without_shared(mine, theirs)
    if not only_mine or not only_theirs:
        return _are_initials(only_mine or only_theirs) and len(mine) > 0 < len(theirs)
    if len(only_mine) != len(only_theirs):
        return False
    return all(map(_stands_for, only_mine, only_theirs)) and _edits(only_mine, only_theirs) <= 1


def _name_words(key: str) -> list[str]:
    words = key.split()
    names = sorted(word for word in words if word not in _TITLES)
    return names or sorted(words)


def _without_shared(mine: list[str], theirs: list[str]) -> tuple[list[str], list[str]]:
    shared = set(mine) & set(theirs)
    return (
        [word for word in mine if word not in shared],
        [word for word in theirs if word not in shared],
    )


def _are_initials(words: list[str]) -> bool:
    return all(len(word) == 1 and word.isalpha() for word in words)


def _stands_for(one: str, other: str) -> bool:
    if min(len(one), len(other)) == 1:
        return one[0] == other[0] and one[0].isalpha()
    return min(len(one), len(other)) >= 6 and one.isalpha() and _one_edit_apart(one, other)


def _edits(mine: list[str], theirs: list[str]) -> int:
    return sum(min(len(one), len(other)) > 1 for one, other in zip(mine, theirs, strict=True))


def _one_edit_apart(one: str, other: str) -> bool:
    """One letter put in, left out, put for another, or two next to each other changed about."""
    if abs(len(one) - len(other)) > 1:
        return False
    start = 0
    while start < min(len(one), len(other)) and one[start] == other[start]:
        start += 1
    left, right = one[start:], other[start:]
    swapped = left[:2] == right[:2][::-1] and left[2:] == right[2:]
    return swapped or left[1:] == right[1:] or left[1:] == right or left == right[1:]


@lru_cache(maxsize=8192)
def number_key(number: str) -> str:
    """A house number as two of them are compared: «12 корп. 2» is «12к2»."""
    return addresses.fold(number)


@lru_cache(maxsize=8192)
def _around(cell: int) -> list[tuple[int, tuple[float, float]]]:
    """The cells around one, with their middles."""
    return [(near, h3.cell_to_latlng(near)) for near in h3.grid_disk(cell, _RINGS)]
