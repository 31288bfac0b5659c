"""What part of the world a map shows: read from addresses, and so from strangers."""

import math
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Self

import shapely
from django.db.models import Q
from django.utils.translation import gettext as _

from core.errors import DomainError
from locations.cells import ranges_over

_NUMBER = re.compile(r"-?[0-9]{1,3}(\.[0-9]{1,15})?")
CLOSEST = 19
# No screen shows more: a box is not taken for closer than it would be on one so wide.
_WIDEST_SCREEN_PX = 4096
_TILE_PX = 256
# By zoom, the H3 resolution whose cells are 48 to 130 pixels across; beyond, buildings themselves.
_RESOLUTIONS = (1, 1, 1, 1, 2, 2, 3, 4, 4, 5, 6, 7, 7, 8, 9, 9)


@dataclass(frozen=True, slots=True)
class Viewport:
    """A box in degrees; `east` is beyond 180 where the box crosses that meridian."""

    west: float
    south: float
    east: float
    north: float
    zoom: int

    @classmethod
    def read(cls, bbox: str, zoom: str = "") -> Self:
        """From `west,south,east,north` as of RFC 7946 5, and a zoom of map tiles.

        Raises DomainError with `field` "bbox" or "zoom".
        """
        west, south, east, north = _numbers(bbox)
        if not (-180 <= west <= 180 and -90 <= south < north <= 90):
            raise _refused()
        if -180 <= east < west:
            east += 360
        if not west < east <= west + 360:
            raise _refused()
        widest = max(east - west, north - south)
        closest = math.floor(math.log2(360 * _WIDEST_SCREEN_PX / _TILE_PX / widest))
        return cls(west, south, east, north, max(0, min(_zoom(zoom, closest), closest, CLOSEST)))

    @property
    def resolution(self) -> int | None:
        """Of the H3 cells that buildings are counted by here; None where each is shown."""
        return _RESOLUTIONS[self.zoom] if self.zoom < len(_RESOLUTIONS) else None

    @property
    def boxes(self) -> list[tuple[float, float, float, float]]:
        """The box, cut where it crosses the 180th meridian."""
        if self.east <= 180:
            return [(self.west, self.south, self.east, self.north)]
        return [
            (self.west, self.south, 180.0, self.north),
            (-180.0, self.south, self.east - 360, self.north),
        ]

    @property
    def text(self) -> str:
        """As an address holds it."""
        return ",".join(f"{degrees:.5f}" for degrees in self.bounds)

    @property
    def bounds(self) -> tuple[float, float, float, float]:
        return self.west, self.south, self.east, self.north

    @property
    def centre(self) -> tuple[float, float]:
        """Latitude and longitude of the middle."""
        longitude = (self.west + self.east) / 2
        return (self.south + self.north) / 2, longitude - 360 if longitude > 180 else longitude

    @property
    def pixel(self) -> float:
        """Degrees of longitude to a pixel."""
        return 360 / _TILE_PX / 2**self.zoom

    def contains(self, latitude: float, longitude: float) -> bool:
        return self.south <= latitude <= self.north and self.fitted(longitude) <= self.east

    def fitted(self, longitude: float) -> float:
        """The longitude by the name that it has in this box: 181 for −179 where 180 is crossed."""
        return longitude + 360 if longitude < self.west else longitude

    def q(self, prefix: str = "") -> Q:
        """Rows whose `latitude` and `longitude` are in the box."""
        found = Q()
        for west, south, east, north in self.boxes:
            found |= Q(
                **{
                    f"{prefix}latitude__range": (south, north),
                    f"{prefix}longitude__range": (west, east),
                }
            )
        return found

    def cells(self, resolution: int, name: str = "cell") -> Q:
        """Rows whose stored cell is in or near the box, by ranges of cells of `resolution`."""
        return in_ranges(ranges_over(map(_box, self.boxes), resolution), name)


def around(latitude: float, longitude: float, degrees: float = 0.07) -> Viewport:
    """The box around a place, as it is seen on a middling screen."""
    latitude = min(max(latitude, -89.0), 89.0)
    south, north = latitude - degrees, latitude + degrees
    wide = degrees / max(math.cos(math.radians(latitude)), 0.1) * 1.4
    west = max(longitude - wide, -180.0)
    return Viewport.read(f"{west:.5f},{south:.5f},{longitude + wide:.5f},{north:.5f}", "11")


def in_ranges(ranges: Iterable[tuple[int, int]], name: str = "cell") -> Q:
    """Rows whose cell is in one of the ranges; none where there is no range."""
    found = Q(pk__in=[])
    for number, limits in enumerate(ranges):
        one = Q((f"{name}__range", limits))
        found = one if number == 0 else found | one
    return found


def _box(bounds: tuple[float, float, float, float]) -> shapely.Geometry:
    return shapely.box(*bounds)


def _numbers(text: str) -> list[float]:
    parts = text.split(",")
    if len(parts) != 4 or not all(_NUMBER.fullmatch(part.strip()) for part in parts):
        raise _refused()
    return [float(part) for part in parts]


def _zoom(text: str, default: int) -> int:
    if not text:
        return default
    if not re.fullmatch(r"[0-9]{1,2}", text):
        raise DomainError(_("The zoom is a whole number."), field="zoom")
    return int(text)


def _refused() -> DomainError:
    return DomainError(
        _("The part of the map must be west,south,east,north in degrees."), field="bbox"
    )
