"""From the rings of a file to an outline that is valid: mended where little is wrong.

Every step says what it did, and a refusal says where the fault is. Costs are bounded before they
are paid: GEOS takes minutes over a few hundred lines that all cross each other.
"""

import re
from dataclasses import dataclass

import numpy as np
import shapely
import shapely.affinity
import shapely.errors
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from shapely.geometry import MultiPolygon, Polygon
from shapely.geometry.polygon import orient
from shapely.validation import explain_validity

from core.errors import DomainError
from locations.geometry import Shape, area_km2

# The largest region, Yakutia, has 3.08 million square kilometres.
MAX_AREA_KM2 = 3_100_000
# Mending a fault may change the area by this share; more would change what was meant.
_MENDABLE = 0.01
# Neighbouring sides of an ordinary outline meet in their boxes, others seldom do: so many pairs
# beyond some for each side a file may have in all, a second's work.
_NEAR_PAIRS = 1_000_000
_PAIRS_OF_A_SIDE = 8
_MENDED_CROSSINGS = 100
_SIDES_AT_ONCE = 16
_PLACE = re.compile(r"\[(\S+) (\S+)\]")
Ring = list[tuple[float, float]]
Place = tuple[float, float]


class OutlineFault(DomainError):
    """What is wrong with an outline; `place` is longitude and latitude where it has one."""

    def __init__(self, message: str, place: Place | None = None) -> None:
        super().__init__(message, field="file")
        self.place = place


@dataclass(frozen=True, slots=True)
class Made:
    """A valid shape, outer rings counter-clockwise, and what was done to get it."""

    shape: Shape
    notes: tuple[str, ...]


class Effort:
    """What looking at outlines may still cost: shared by all of a file."""

    def __init__(self) -> None:
        self.pairs = _NEAR_PAIRS

    def spend(self, pairs: int) -> bool:
        """Whether it could be afforded."""
        self.pairs -= max(pairs, 0)
        return self.pairs >= 0


def make_shape(polygons: list[list[Ring]], effort: Effort | None = None) -> Made:
    """The outline of closed rings, by polygon the outer one first. Raises OutlineFault."""
    notes: list[str] = []
    unrolled = [[_unrolled(ring) for ring in rings] for rings in polygons]
    shapes = [Polygon(rings[0], rings[1:]) for rings in unrolled]
    shape: Shape = shapes[0] if len(shapes) == 1 else MultiPolygon(shapes)
    _refuse_tangle(shape, effort or Effort())
    if not shape.is_valid:
        shape, note = _mended(shape)
        notes.append(note)
    west, _south, east, _north = shape.bounds
    if west < -180 or east > 180:
        shape = _cut_at_antimeridian(shape)
        notes.append(_("It crosses the 180th meridian, and is cut there."))
    shape = _oriented(shape)
    if area_km2(shape) > MAX_AREA_KM2:
        raise OutlineFault(_("The outline is larger than the largest region."))
    shapely.prepare(shape)
    return Made(shape, tuple(notes))


def place_text(place: Place) -> str:
    """The place of a fault in words."""
    return _("near latitude %(latitude)s, longitude %(longitude)s") % {
        "latitude": f"{place[1]:.5f}",
        "longitude": f"{place[0]:.5f}",
    }


# --- the 180th meridian -----------------------------------------------------------------------


def _unrolled(ring: Ring) -> Ring:
    """The ring without jumps from one side of the map to the other, beginning where it did.

    Raises OutlineFault for one that goes round a pole: it has no inside on a map.
    """
    points = np.array(ring, dtype=float)
    turns = np.round(np.diff(points[:, 0]) / 360)
    if not turns.any():
        return ring
    points[1:, 0] -= np.cumsum(turns) * 360
    if abs(points[-1, 0] - points[0, 0]) > 180:
        raise OutlineFault(_("The outline goes round a pole."), (ring[0][0], ring[0][1]))
    return [(float(x), float(y)) for x, y in points]


def _cut_at_antimeridian(shape: Shape) -> Shape:
    """The same ground within −180° and 180° (RFC 7946, 3.1.9)."""
    pieces = []
    for turn in (-360, 0, 360):
        world = shapely.box(-180 + turn, -90, 180 + turn, 90)
        piece = shapely.affinity.translate(shapely.intersection(shape, world), xoff=-turn)
        pieces += [part for part in _polygons(piece) if part.area > 0]
    whole = shapely.union_all(pieces)
    if not isinstance(whole, Polygon | MultiPolygon):
        raise OutlineFault(_("The outline encloses nothing."))
    return whole


# --- faults -----------------------------------------------------------------------------------


def _refuse_tangle(shape: Shape, effort: Effort) -> None:
    """Raises OutlineFault for an outline so tangled that looking at it would take minutes."""
    sides = _sides(shape)
    tree = shapely.STRtree(sides)
    for start in range(0, len(sides), _SIDES_AT_ONCE):
        some = sides[start : start + _SIDES_AT_ONCE]
        found = tree.query(some)
        if not effort.spend(found.shape[1] - _PAIRS_OF_A_SIDE * len(some)):
            place = shapely.get_coordinates(sides[start])[0]
            raise _crosses((float(place[0]), float(place[1])))


def _sides(shape: Shape) -> np.ndarray:
    rings = [ring for part in _polygons(shape) for ring in (part.exterior, *part.interiors)]
    ends = []
    for ring in rings:
        corners = shapely.get_coordinates(ring)
        ends.append(np.stack([corners[:-1], corners[1:]], axis=1))
    return shapely.linestrings(np.concatenate(ends))


def _crossings(shape: Shape) -> int:
    """How many pairs of sides cross, counted no further than matters."""
    sides, count = _sides(shape), 0
    tree = shapely.STRtree(sides)
    for start in range(0, len(sides), _SIDES_AT_ONCE):
        found = tree.query(sides[start : start + _SIDES_AT_ONCE], predicate="crosses")
        count += found.shape[1]
        if count > 2 * _MENDED_CROSSINGS:
            break
    return count // 2


def _mended(shape: Shape) -> tuple[Shape, str]:
    """A valid shape of nearly the same area, and what was mended."""
    place = _place(shape)
    if _crossings(shape) > _MENDED_CROSSINGS:
        raise _crosses(place)
    try:
        # The other method takes minutes where many sides cross.
        mended = shapely.make_valid(shape, method="structure", keep_collapsed=False)
        parts = [part for part in _polygons(mended) if part.area > 0]
        whole = shapely.union_all(parts) if parts else None
    except shapely.errors.GEOSException as error:
        raise _crosses(place) from error
    if not isinstance(whole, Polygon | MultiPolygon) or whole.is_empty:
        raise OutlineFault(_with_place(_("The outline encloses nothing"), place), place)
    meant = sum(abs(part.area) for part in _polygons(shape))
    changed = abs(whole.area - meant) / whole.area
    if changed > _MENDABLE:
        raise _crosses(place)
    return whole, _what_was_mended(shape, whole, changed, place)


def _what_was_mended(before: Shape, after: Shape, changed: float, place: Place | None) -> str:
    more = len(_polygons(after)) - len(_polygons(before))
    text = _with_place(_("It touched or crossed itself, and was mended"), place)
    share = _("The area changed by %(share)s %%.") % {"share": f"{changed * 100:.2f}"}
    if more > 0:
        share += " " + ngettext(
            "It fell into %(count)s more part.", "It fell into %(count)s more parts.", more
        ) % {"count": more}
    return f"{text} {share}"


def _crosses(place: Place | None) -> OutlineFault:
    return OutlineFault(_with_place(_("The outline crosses or repeats itself"), place), place)


def _with_place(text: str, place: Place | None) -> str:
    return f"{text} {place_text(place)}." if place else f"{text}."


def _place(shape: Shape) -> Place | None:
    found = _PLACE.search(explain_validity(shape))
    if found is None:
        return None
    longitude, latitude = (float(number) for number in found.groups())
    return (longitude + 180) % 360 - 180, latitude


def _polygons(shape: shapely.Geometry) -> list[Polygon]:
    return [part for part in shapely.get_parts(shape) if isinstance(part, Polygon)]


def _oriented(shape: Shape) -> Shape:
    if isinstance(shape, Polygon):
        return orient(shape)
    return MultiPolygon([orient(part) for part in _polygons(shape)])
