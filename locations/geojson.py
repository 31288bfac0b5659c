"""Reads outlines of zones from GeoJSON (RFC 7946), and refuses what is not one, naming the place.

Files come from strangers: sizes are bounded before anything is computed, and every number is looked
at. Accepted: Polygon, MultiPolygon, Feature, FeatureCollection; longitude before latitude, WGS84
(`locations.projections` tells what else was meant, `locations.outlines` mends).
"""

import json
import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import shapely
from django.utils.translation import gettext as _

from core.errors import DomainError
from locations.geometry import Shape
from locations.outlines import Effort, Made, OutlineFault, Place, Ring, make_shape
from locations.projections import MOST_DEGREES, Convert, conversion, look_swapped

MAX_BYTES = 5 * 1024 * 1024
MAX_FEATURES = 200
MAX_VERTICES = 20_000
_NAME_LENGTH = 120
_REASONS_SHOWN = 10
_NAME_KEYS = ("name", "title", "Name", "NAME")


@dataclass(frozen=True, slots=True)
class Outline:
    """One polygon or multipolygon of a file; `name` is "" where the file gives none.

    `notes`: what was done to it; `properties`: what else the file says of it.
    """

    name: str
    shape: Shape
    notes: tuple[str, ...] = ()
    properties: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with one outline, where, and its rings as they were read, to be drawn."""

    reason: str
    place: Place | None
    rings: list[Ring]


class OutlinesError(DomainError):
    """A file that was not taken, with every reason (the first ten), and what can be shown."""

    def __init__(self, reasons: list[str], faults: list[Fault] | None = None) -> None:
        self.reasons = reasons[:_REASONS_SHOWN]
        self.faults = (faults or [])[:_REASONS_SHOWN]
        super().__init__(" ".join(self.reasons), field="file")


def read_outlines(content: bytes, *, latitude_first: bool = False) -> list[Outline]:
    """All outlines of a GeoJSON file. Raises OutlinesError: a faulty file gives nothing."""
    if len(content) > MAX_BYTES:
        raise OutlinesError([_("The file is larger than 5 MB.")])
    document = _json(content)
    features = _features(document)
    try:
        convert, note = conversion(document)
    except DomainError as error:
        raise OutlinesError([str(error.message)]) from error
    if latitude_first:
        convert, note = _swapped, _("Latitude came first, and was put second.")
    outlines, reasons, faults = [], [], []
    effort = Effort()
    for number, feature in enumerate(features, start=1):
        rings: list[list[Ring]] = []
        try:
            outlines.append(_outline(feature, convert, note, rings, effort))
        except DomainError as error:
            reason = {"number": number, "reason": error.message}
            reasons.append(_("Feature %(number)s: %(reason)s") % reason)
            place = error.place if isinstance(error, OutlineFault) else None
            if rings and place:
                flat = [ring for polygon in rings for ring in polygon]
                faults.append(Fault(reasons[-1], place, flat))
            if len(reasons) == _REASONS_SHOWN:
                # More would not be shown, and each may cost something to find.
                break
    if reasons:
        raise OutlinesError(reasons, faults)
    return outlines


def read_shape(geometry: Any) -> Shape:
    """The valid shape of a GeoJSON Polygon or MultiPolygon, outer rings counter-clockwise.

    Small faults are mended. Raises DomainError that says what is wrong and where.
    """
    return make_shape(_rings(geometry, None)).shape


def geometry_of(shape: Shape) -> dict[str, Any]:
    """The GeoJSON geometry to store for a shape."""
    return json.loads(shapely.to_geojson(shape))


def _outline(
    feature: dict[str, Any],
    convert: Convert | None,
    note: str,
    rings: list[list[Ring]],
    effort: Effort,
) -> Outline:
    """The outline of a feature; its rings are left in `rings`, also when it is refused."""
    rings += _rings(feature.get("geometry"), convert)
    if convert is None and look_swapped(rings[0][0]):
        raise OutlineFault(
            _(
                "Latitude seems to come first. Put longitude first, or choose this order where "
                "zones are imported."
            ),
            rings[0][0][0],
        )
    made: Made = make_shape(rings, effort)
    properties = feature.get("properties")
    return Outline(
        _name(feature),
        made.shape,
        (note, *made.notes) if note else made.notes,
        properties if isinstance(properties, dict) else {},
    )


def _swapped(first: float, second: float) -> tuple[float, float]:
    return second, first


def _rings(geometry: Any, convert: Convert | None) -> list[list[Ring]]:
    """Closed rings by polygon, in degrees."""
    kind = geometry.get("type") if isinstance(geometry, dict) else None
    if kind not in ("Polygon", "MultiPolygon"):
        raise DomainError(_("The geometry must be a Polygon or a MultiPolygon."))
    coordinates = geometry.get("coordinates")
    polygons = [coordinates] if kind == "Polygon" else coordinates
    if not isinstance(polygons, list) or not polygons:
        raise DomainError(_("The geometry has no coordinates."))
    count = _Count()
    return [_polygon(polygon, count, convert) for polygon in polygons]


# --- the file ---------------------------------------------------------------------------------


def _json(content: bytes) -> Any:
    try:
        return json.loads(content.decode("utf-8-sig"), parse_constant=_refuse_constant)
    except UnicodeDecodeError as error:
        raise OutlinesError([_("The file is not in UTF-8.")]) from error
    except json.JSONDecodeError as error:
        place = {"line": error.lineno, "column": error.colno}
        raise OutlinesError(
            [_("The file is not JSON: line %(line)s, column %(column)s.") % place]
        ) from error
    except (ValueError, RecursionError) as error:
        # NaN, integers of thousands of digits, brackets nested without end.
        raise OutlinesError([_("The file is not a map of zones.")]) from error


def _refuse_constant(name: str) -> None:
    raise ValueError(name)


def _features(document: Any) -> list[dict[str, Any]]:
    """The features of a document; a bare geometry is one feature without properties."""
    kind = document.get("type") if isinstance(document, dict) else None
    if kind == "FeatureCollection":
        features = document.get("features")
    elif kind == "Feature":
        features = [document]
    else:
        features = [{"geometry": document}]
    if not isinstance(features, list) or not all(isinstance(row, dict) for row in features):
        raise OutlinesError([_("The list of features is broken.")])
    if not features:
        raise OutlinesError([_("The file holds no zones.")])
    if len(features) > MAX_FEATURES:
        raise OutlinesError(
            [_("The file holds more than %(most)s zones: split it.") % {"most": MAX_FEATURES}]
        )
    return features


def _name(feature: dict[str, Any]) -> str:
    properties = feature.get("properties")
    if not isinstance(properties, dict):
        return ""
    for key in _NAME_KEYS:
        name = properties.get(key)
        if isinstance(name, str) and name.strip():
            printable = "".join(mark if mark.isprintable() else " " for mark in name)
            return " ".join(printable.split())[:_NAME_LENGTH]
    return ""


# --- the numbers ------------------------------------------------------------------------------


class _Count:
    """Vertices read so far in one geometry."""

    def __init__(self) -> None:
        self.vertices = 0

    def add(self, more: int) -> None:
        self.vertices += more
        if self.vertices > MAX_VERTICES:
            raise DomainError(
                _("The outline has more than %(most)s points: simplify it.")
                % {"most": f"{MAX_VERTICES:,}"}
            )


def _polygon(rings: Any, count: _Count, convert: Convert | None) -> list[Ring]:
    if not isinstance(rings, list) or not rings:
        raise DomainError(_("A polygon has no rings."))
    read = []
    for number, ring in enumerate(rings, start=1):
        if not isinstance(ring, list):
            raise DomainError(_("Ring %(ring)s is not a list of points.") % {"ring": number})
        count.add(len(ring))
        read.append(_ring(ring, number, convert))
    return read


def _ring(ring: list[Any], number: int, convert: Convert | None) -> Ring:
    if len(ring) < 4:
        raise DomainError(_("Ring %(ring)s has fewer than four points.") % {"ring": number})
    points = list(_points(ring, number, convert))
    if points[0] != points[-1]:
        raise OutlineFault(
            _("Ring %(ring)s is not closed: its last point must repeat the first.")
            % {"ring": number},
            points[-1],
        )
    return points


def _points(ring: list[Any], number: int, convert: Convert | None) -> Iterator[tuple[float, float]]:
    for position, point in enumerate(ring, start=1):
        place = {"ring": number, "point": position}
        if not _is_position(point):
            raise DomainError(
                _("Ring %(ring)s, point %(point)s is not a longitude and a latitude.") % place
            )
        x, y = float(point[0]), float(point[1])
        longitude, latitude = convert(x, y) if convert else (x, y)
        if convert is None and max(abs(longitude), abs(latitude)) > MOST_DEGREES:
            raise DomainError(
                _(
                    "Ring %(ring)s, point %(point)s is in metres, not in degrees: "
                    "save the file as WGS 84 (EPSG:4326)."
                )
                % place
            )
        if abs(longitude) > MOST_DEGREES or abs(latitude) > 90:
            raise DomainError(
                _("Ring %(ring)s, point %(point)s is not on earth: longitude comes first.") % place
            )
        yield longitude, latitude


def _is_position(point: Any) -> bool:
    """Two numbers, or three: a height is allowed and left out."""
    return isinstance(point, list) and 2 <= len(point) <= 3 and all(map(_is_number, point))


def _is_number(value: Any) -> bool:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    return abs(value) < 1e9 and math.isfinite(value)
