"""In which coordinates a GeoJSON file is written: what it says, and what its numbers betray.

RFC 7946 knows WGS 84 alone, longitude before latitude; its forerunner of 2008 had a member `crs`,
which programs still write. Web Mercator is turned into degrees; others are refused by name.
"""

import math
import re
from collections.abc import Callable
from typing import Any

from django.utils.translation import gettext as _

from core.errors import DomainError

Point = tuple[float, float]
Convert = Callable[[float, float], Point]

# Spherical Mercator (EPSG:3857): metres of a sphere of this radius.
_RADIUS = 6378137.0
_WGS84 = {"4326", "CRS84", "84"}
_MERCATOR = {"3857", "900913", "3785", "102100", "102113"}
_CODE = re.compile(r"(CRS84|\d+)\s*$", re.IGNORECASE)
# Beyond a turn and a half these are no degrees.
MOST_DEGREES = 360
# Where the portal's addresses lie: the country with its outermost islands.
_SOUTH, _NORTH, _WEST, _EAST_END = 41.0, 82.0, 19.0, -168.5


def conversion(document: Any) -> tuple[Convert | None, str]:
    """How points of a document become degrees (None: they are), and what to say of it.

    Raises DomainError for a system that is not known.
    """
    crs = document.get("crs") if isinstance(document, dict) else None
    if crs is None:
        return None, ""
    name = _name(crs)
    found = _CODE.search(name)
    code = found.group(1).upper() if found else ""
    if code in _WGS84:
        return None, ""
    if code in _MERCATOR:
        note = _("Its coordinates are Web Mercator (EPSG:3857), turned into degrees.")
        return degrees_of_mercator, note
    raise DomainError(
        _("The file is in the coordinates “%(name)s”: save it as WGS 84 (EPSG:4326).")
        % {"name": name[:60] or "?"}
    )


def degrees_of_mercator(x: float, y: float) -> Point:
    """Longitude and latitude of Web Mercator metres (EPSG Guidance Note 7-2, 1.3.3.2)."""
    return math.degrees(x / _RADIUS), math.degrees(math.atan(math.sinh(y / _RADIUS)))


def look_swapped(points: list[Point]) -> bool:
    """Whether latitude seems to come first: read so, and only so, the points lie in the country."""
    if not points:
        return False
    x, y = points[0]
    return not is_in_country(x, y) and is_in_country(y, x)


def is_in_country(longitude: float, latitude: float) -> bool:
    """Whether the point may be in Russia: a box, with Chukotka beyond the 180th meridian."""
    eastern = longitude >= _WEST or longitude <= _EAST_END
    return _SOUTH <= latitude <= _NORTH and eastern and abs(longitude) <= 180


def _name(crs: Any) -> str:
    properties = crs.get("properties") if isinstance(crs, dict) else None
    name = properties.get("name", "") if isinstance(properties, dict) else ""
    return name if isinstance(name, str) else ""
