"""Polygons on the map: reading GeoJSON, exact tests, and their H3 cells.

A zone is stored as H3 cells in an indexed table, so that one `IN` over a point's cell and its
parents finds the zones there at any number of them; only points in a cell on a border need the
exact polygon (DEPENDENCIES.md, geo). Cells: Uber H3, https://h3geo.org; areas: Lambert's
cylindrical equal-area projection of the sphere.
"""

import math
from collections.abc import Iterable
from functools import lru_cache
from typing import Any, TypeAlias

import h3.api.basic_int as h3
import numpy as np
import shapely
import shapely.affinity
from shapely.geometry import MultiPolygon, Polygon

CELL_RESOLUTION = 10
# A zone of a whole region begins with about two thousand cells of this size, 26 km to an edge.
_FIRST_RESOLUTION = 4
# Descendants of a cell stay within 1.15 of the average edge of its resolution, anywhere on earth.
_REACH = 1.3
# Cells are tested a little larger than they are, so that rounding never loses a border.
_SWELL = 1.002
# Where a border crosses more cells than this it is not followed into finer ones: the exact test
# takes 3 µs, a row takes more. It bounds the cells of a zone to about two thousand at any size.
_MAX_CROSSING = 400
_EARTH_RADIUS_KM = 6371.0088
_KM_PER_DEGREE = math.pi * _EARTH_RADIUS_KM / 180
Shape: TypeAlias = Polygon | MultiPolygon


def cell_of(latitude: float, longitude: float) -> int:
    """The H3 cell of resolution CELL_RESOLUTION that holds the point."""
    return h3.latlng_to_cell(latitude, longitude, CELL_RESOLUTION)


def cells_above(cell: int) -> list[int]:
    """`cell` and all cells that hold it, the finest first."""
    finest = h3.get_resolution(cell)
    return [cell, *(h3.cell_to_parent(cell, level) for level in range(finest - 1, -1, -1))]


def shape_of(geometry: dict[str, Any]) -> Shape:
    """The prepared shape of a stored GeoJSON geometry."""
    shape = shapely.geometry.shape(geometry)
    shapely.prepare(shape)
    return shape


class Slot:
    """Where the prepared shape of one version of a zone is kept once it has been read."""

    __slots__ = ("shape",)

    def __init__(self) -> None:
        self.shape: Shape | None = None


@lru_cache(maxsize=1024)
def slot_of(zone_id: int, version: int) -> Slot:
    """The place of that shape in this process; empty at first: readers fill many in one query."""
    return Slot()


def contains(geometry: dict[str, Any] | Shape, latitude: float, longitude: float) -> bool:
    """Whether the point is in the geometry; a point on an edge is."""
    shape = shape_of(geometry) if isinstance(geometry, dict) else geometry
    if abs(longitude) == 180:
        # One meridian with two names: a zone may end at either.
        return bool(shapely.intersects_xy(shape, [180.0, -180.0], latitude).any())
    return bool(shapely.intersects_xy(shape, longitude, latitude))


def area_km2(shape: Shape) -> float:
    """Area on the sphere, in square kilometres."""

    def flat(points: np.ndarray) -> np.ndarray:
        radians = np.radians(points)
        return np.column_stack([radians[:, 0], np.sin(radians[:, 1])]) * _EARTH_RADIUS_KM

    return float(shapely.transform(shape, flat).area)


# --- cells ------------------------------------------------------------------------------------


def cells_of(geometry: dict[str, Any] | Shape) -> tuple[list[int], list[int]]:
    """Cells wholly inside the geometry, and cells on its border; no cell is within another.

    Every point of the geometry lies in a cell of the one or the other, and every point of an inside
    cell lies in the geometry. A point lies in a cell that is among `cells_above` its own. Border
    cells are of CELL_RESOLUTION, coarser only where the outline is very long.
    """
    shape = _across_antimeridian(shape_of(geometry) if isinstance(geometry, dict) else geometry)
    inside: list[int] = []
    cells = _first_cells(shape)
    for resolution in range(_FIRST_RESOLUTION, CELL_RESOLUTION):
        within, crossing = _sort_cells(shape, cells, cell_boxes(cells, resolution))
        inside += within
        if len(crossing) > _MAX_CROSSING:
            return _compacted(inside), crossing
        cells = [child for cell in crossing for child in h3.cell_to_children(cell)]
    within, border = _sort_cells(shape, cells, _hexagons(cells))
    return _compacted(inside + within), border


def _across_antimeridian(shape: Shape) -> Shape:
    """The shape and, where it touches the 180th meridian, its copies a turn away on both sides."""
    west, _south, east, _north = shape.bounds
    if max(-west, east) < 179:
        return shape
    copies = [shapely.affinity.translate(shape, xoff=turn) for turn in (-360, 360)]
    whole = shapely.union_all([shape, *copies])
    shapely.prepare(whole)
    return whole


def _first_cells(shape: Shape) -> list[int]:
    """Coarse cells that together reach all of the shape, found by spreading from its parts."""
    seen: set[int] = set()
    found: list[int] = []
    corners = [part.exterior.coords[0] for part in shapely.get_parts(shape)]
    frontier = {
        h3.latlng_to_cell(latitude, (longitude + 180) % 360 - 180, _FIRST_RESOLUTION)
        for longitude, latitude in corners
    }
    while frontier:
        seen |= frontier
        layer = sorted(frontier)
        touching = shapely.intersects(shape, cell_boxes(layer, _FIRST_RESOLUTION))
        near = [cell for cell, touches in zip(layer, touching, strict=True) if touches]
        found += near
        frontier = {cell for at in near for cell in h3.grid_disk(at, 1)} - seen
    return found


def _sort_cells(
    shape: Shape, cells: list[int], outlines: np.ndarray
) -> tuple[list[int], list[int]]:
    """Which of `cells` have their outline wholly in the shape, and which only touch it."""
    if not cells:
        return [], []
    touching = shapely.intersects(shape, outlines)
    within = np.zeros(len(cells), dtype=bool)
    within[touching] = shapely.contains_properly(shape, outlines[touching])
    numbers = np.array(cells, dtype=np.uint64)
    return numbers[within].tolist(), numbers[touching & ~within].tolist()


def cell_boxes(cells: list[int], resolution: int) -> np.ndarray:
    """Boxes in degrees that hold all descendants of each cell."""
    centres = np.array([h3.cell_to_latlng(cell) for cell in cells]).reshape(-1, 2)
    reach = _REACH * h3.average_hexagon_edge_length(resolution, unit="km") / _KM_PER_DEGREE
    latitude, longitude = centres[:, 0], centres[:, 1]
    highest = np.minimum(np.abs(latitude) + reach, 89.9)
    wide = reach / np.cos(np.radians(highest))
    return shapely.box(longitude - wide, latitude - reach, longitude + wide, latitude + reach)


def _hexagons(cells: list[int]) -> np.ndarray:
    """The outlines of the finest cells, a little swollen, not torn at the 180th meridian."""
    rings = [h3.cell_to_boundary(cell) for cell in cells]
    # Cells have six corners, seldom five or more than six: which corner is of which cell.
    owner = np.repeat(np.arange(len(cells)), [len(ring) for ring in rings])
    corners = np.array([corner for ring in rings for corner in ring]).reshape(-1, 2)[:, ::-1]
    centres = np.array([h3.cell_to_latlng(cell) for cell in cells]).reshape(-1, 2)[owner, ::-1]
    offsets = corners - centres
    offsets[:, 0] -= np.round(offsets[:, 0] / 360) * 360
    return shapely.polygons(shapely.linearrings(centres + offsets * _SWELL, indices=owner))


def _compacted(cells: Iterable[int]) -> list[int]:
    """The same ground in fewer cells: where all children of a cell are there, the cell instead."""
    levels: dict[int, set[int]] = {}
    for cell in cells:
        levels.setdefault(h3.get_resolution(cell), set()).add(cell)
    for level in range(CELL_RESOLUTION, 0, -1):
        families: dict[int, list[int]] = {}
        for cell in levels.get(level, ()):
            families.setdefault(h3.cell_to_parent(cell, level - 1), []).append(cell)
        for parent, children in families.items():
            if len(children) == h3.cell_to_children_size(parent):
                levels[level].difference_update(children)
                levels.setdefault(level - 1, set()).add(parent)
    return sorted(cell for level in levels.values() for cell in level)
