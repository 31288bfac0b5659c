"""Cells as keys of an index: everything below an H3 cell is one range of numbers.

An H3 index is, from the top: mode, resolution, base cell, then three bits for the child taken at
each finer resolution, 7 where there is none (https://h3geo.org/docs/core-library/h3Indexing). All
stored cells are of CELL_RESOLUTION, so those below one parent share a prefix. The key of a coarser
cell is that prefix with 7s behind it, the resolution's bits left as they are: a plain OR gives it
from any cell below, in Python and on every database alike.
"""

from collections.abc import Iterable
from typing import Any

import h3.api.basic_int as h3
import numpy as np
import shapely

from locations.geometry import CELL_RESOLUTION, cell_boxes

Range = tuple[int, int]
# What buildings are counted by, each from the one before; what lies between is added up when shown.
COUNTED = (9, 7, 5, 3)
_DIGITS, _BITS = 15, 3
# So many conditions are still one query on every database.
_MOST_CELLS = 150
_RESOLUTION_SHIFT = 52
_RESOLUTION_MASK = 0b1111 << _RESOLUTION_SHIFT
_STAMP = CELL_RESOLUTION << _RESOLUTION_SHIFT


def mask_of(resolution: int) -> int:
    """`cell | mask_of(r)` is the key of the cell of resolution r that holds a stored `cell`."""
    return (1 << _BITS * (_DIGITS - resolution)) - 1


def key_of(cell: int, resolution: int) -> int:
    """The key of the cell of `resolution` that holds the stored cell, or the finer key, `cell`."""
    return cell | mask_of(resolution)


def range_of(key: int, resolution: int) -> Range:
    """The first and the last number that a cell or key below `key` can have."""
    return key & ~mask_of(resolution), key


def cell_of_key(key: int, resolution: int) -> int:
    """The H3 index that a key of `resolution` stands for."""
    return (key & ~_RESOLUTION_MASK) | (resolution << _RESOLUTION_SHIFT)


def ranges_over(boxes: Iterable[shapely.Geometry], resolution: int) -> list[Range]:
    """Ranges of all stored cells with a point in `boxes` (degrees), by cells of `resolution`.

    They reach somewhat farther than the boxes: rows are looked at again. Coarser cells stand for
    those of `resolution` where these would be more than _MOST_CELLS. Found from the coarsest
    cells down, so that poles and the 180th meridian are places like any other.
    """
    area = shapely.union_all([*boxes])
    shapely.prepare(area)
    cells, reached = _touching(area, list(h3.get_res0_cells()), 0), 0
    for level in range(1, resolution + 1):
        children = [child for cell in cells for child in h3.cell_to_children(cell)]
        finer = _touching(area, children, level)
        if len(finer) > _MOST_CELLS:
            break
        cells, reached = finer, level
    keys = sorted((cell & ~_RESOLUTION_MASK) | _STAMP for cell in cells)
    return _joined(range_of(key, reached) for key in keys)


def _touching(area: shapely.Geometry, cells: list[int], level: int) -> list[int]:
    if not cells:
        return []
    outlines = cell_boxes(cells, level)
    touching = shapely.intersects(area, outlines)
    for turn in (-360.0, 360.0):
        # Around a cell at the 180th meridian: the area beyond it has other names.
        touching |= shapely.intersects(area, _turned(outlines, turn))
    numbers = np.array(cells, dtype=np.uint64)
    found: list[int] = numbers[touching].tolist()
    return found


def _turned(outlines: np.ndarray, degrees: float) -> Any:
    return shapely.transform(outlines, lambda points: points + np.array([degrees, 0.0]))


def _joined(ranges: Iterable[Range]) -> list[Range]:
    """Neighbouring ranges as one: fewer conditions for the database."""
    joined: list[Range] = []
    for first, last in ranges:
        if joined and first == joined[-1][1] + 1:
            joined[-1] = (joined[-1][0], last)
        else:
            joined.append((first, last))
    return joined
