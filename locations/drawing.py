"""Outlines of zones: as SVG, where no map is needed to recognise a shape, and as maps show them."""

import json
import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import shapely

from locations.geometry import Shape, shape_of

WIDTH, HEIGHT, MARGIN = 640, 400, 16
_KM_PER_DEGREE = 111.195
# Detail finer than half a pixel is not drawn.
_TOLERANCE = 0.5
_NICE = (1, 2, 5)


@dataclass(frozen=True, slots=True)
class Drawing:
    """`path` fills the box `width` × `height`; a line of `bar` units is `bar_label` long."""

    path: str
    width: int
    height: int
    bar: float
    bar_km: float


def draw(geometry: dict[str, Any]) -> Drawing:
    """The outline of a GeoJSON geometry, north up, in the middle of its box."""
    shape = shape_of(geometry)
    west, south, east, north = shape.bounds
    stretch = math.cos(math.radians((south + north) / 2))
    scale = min(
        (WIDTH - 2 * MARGIN) / max((east - west) * stretch, 1e-9),
        (HEIGHT - 2 * MARGIN) / max(north - south, 1e-9),
    )
    left = (WIDTH - (east - west) * stretch * scale) / 2
    top = (HEIGHT - (north - south) * scale) / 2
    flat = shapely.transform(
        shape,
        lambda points: (points - [west, north]) * [stretch * scale, -scale] + [left, top],
    )
    simple = shapely.simplify(flat, _TOLERANCE)
    km = _nice_length(WIDTH / 4 / scale * _KM_PER_DEGREE)
    return Drawing(" ".join(_rings(simple)), WIDTH, HEIGHT, km / _KM_PER_DEGREE * scale, km)


def _rings(shape: shapely.Geometry) -> Iterator[str]:
    for part in shapely.get_parts(shape):
        for ring in (part.exterior, *part.interiors):
            points = " ".join(f"{x:.1f},{y:.1f}" for x, y in ring.coords[:-1])
            yield f"M{points}Z"


def _nice_length(most: float) -> float:
    """The longest of 1, 2, 5, 10, … kilometres (or 0.1, 0.2 …) that is not longer than `most`."""
    power = 10.0 ** math.floor(math.log10(most))
    return max(step * power for step in _NICE if step * power <= most)


# --- for maps ---------------------------------------------------------------------------------
# Points of a stored drawing lie within this share of its size: a pixel, up to so many across.
DRAWN_PX = 512
# Digits of a degree: a metre.
_DIGITS = 5


def geometry_within(shape: Shape, tolerance: float) -> dict[str, object]:
    """GeoJSON of a shape whose lines may lie `tolerance` degrees beside the true ones."""
    simple = shapely.set_precision(shape.simplify(tolerance), 10**-_DIGITS, mode="pointwise")
    drawn: dict[str, object] = json.loads(shapely.to_geojson(simple))
    return drawn
