"""Reads outlines of zones from GeoJSON (RFC 7946), and refuses what is not one, naming the place.

Files come from strangers: sizes are bounded before anything is computed, and every number is looked
at. Accepted: Polygon, MultiPolygon, Feature, FeatureCollection; longitude before latitude, WGS84.
"""

import json
import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import shapely
import shapely.errors
from django.utils.translation import gettext as _
from shapely.geometry import MultiPolygon, Polygon
from shapely.geometry.polygon import orient
from shapely.validation import explain_validity

from core.errors import DomainError
from locations.geometry import Shape, area_km2

MAX_BYTES = 5 * 1024 * 1024
MAX_FEATURES = 200
MAX_VERTICES = 20_000
# The largest region, Yakutia, has 3.08 million square kilometres.
MAX_AREA_KM2 = 3_100_000
# Mending a fault may change the area by this share; more would change what was meant.
_MENDABLE = 0.01
_NAME_LENGTH = 120
_REASONS_SHOWN = 10
_NAME_KEYS = ("name", "title", "Name", "NAME")
_PLACE = re.compile(r"\[(\S+) (\S+)\]")


@dataclass(frozen=True, slots=True)
class Outline:
    """One polygon or multipolygon of a file; `name` is "" where the file gives none."""

    name: str
    shape: Shape


class OutlinesError(DomainError):
    """A file that was not taken, with every reason (the first ten)."""

    def __init__(self, reasons: list[str]) -> None:
        self.reasons = reasons[:_REASONS_SHOWN]
        super().__init__(" ".join(self.reasons), field="file")


def read_outlines(content: bytes) -> list[Outline]:
    """All outlines of a GeoJSON file. Raises OutlinesError: a faulty file gives nothing."""
    if len(content) > MAX_BYTES:
        raise OutlinesError([_("The file is larger than 5 MB.")])
    outlines, reasons = [], []
    for number, feature in enumerate(_features(_json(content)), start=1):
        try:
            outlines.append(Outline(_name(feature), read_shape(feature.get("geometry"))))
        except DomainError as error:
            reasons.append(
                _("Feature %(number)s: %(reason)s") % {"number": number, "reason": error.message}
            )
    if reasons:
        raise OutlinesError(reasons)
    return outlines


def read_shape(geometry: Any) -> Shape:
    """The valid shape of a GeoJSON Polygon or MultiPolygon, outer rings counter-clockwise.

    Small faults are mended. Raises DomainError that says what is wrong and where.
    """
    kind = geometry.get("type") if isinstance(geometry, dict) else None
    if kind not in ("Polygon", "MultiPolygon"):
        raise DomainError(_("The geometry must be a Polygon or a MultiPolygon."))
    coordinates = geometry.get("coordinates")
    polygons = [coordinates] if kind == "Polygon" else coordinates
    if not isinstance(polygons, list) or not polygons:
        raise DomainError(_("The geometry has no coordinates."))
    count = _Count()
    shapes = [_polygon(polygon, count) for polygon in polygons]
    shape: Shape = shapes[0] if len(shapes) == 1 else MultiPolygon(shapes)
    shape = _oriented(shape if shape.is_valid else _mended(shape))
    if area_km2(shape) > MAX_AREA_KM2:
        raise DomainError(_("The outline is larger than the largest region."))
    shapely.prepare(shape)
    return shape


def geometry_of(shape: Shape) -> dict[str, Any]:
    """The GeoJSON geometry to store for a shape."""
    return json.loads(shapely.to_geojson(shape))


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


def _polygon(rings: Any, count: _Count) -> Polygon:
    if not isinstance(rings, list) or not rings:
        raise DomainError(_("A polygon has no rings."))
    read = []
    for number, ring in enumerate(rings, start=1):
        if not isinstance(ring, list):
            raise DomainError(_("Ring %(ring)s is not a list of points.") % {"ring": number})
        count.add(len(ring))
        read.append(_ring(ring, number))
    return Polygon(read[0], read[1:])


def _ring(ring: list[Any], number: int) -> list[tuple[float, float]]:
    if len(ring) < 4:
        raise DomainError(_("Ring %(ring)s has fewer than four points.") % {"ring": number})
    points = list(_points(ring, number))
    if points[0] != points[-1]:
        raise DomainError(
            _("Ring %(ring)s is not closed: its last point must repeat the first.")
            % {"ring": number}
        )
    return points


def _points(ring: list[Any], number: int) -> Iterator[tuple[float, float]]:
    for position, point in enumerate(ring, start=1):
        place = {"ring": number, "point": position}
        if not _is_position(point):
            raise DomainError(
                _("Ring %(ring)s, point %(point)s is not a longitude and a latitude.") % place
            )
        longitude, latitude = float(point[0]), float(point[1])
        if abs(longitude) > 180 or abs(latitude) > 90:
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


# --- the shape --------------------------------------------------------------------------------


def _mended(shape: Shape) -> Shape:
    """A valid shape of nearly the same area; raises DomainError with the place of the fault."""
    try:
        mended = shapely.make_valid(shape)
        parts = [part for part in shapely.get_parts(mended) if isinstance(part, Polygon)]
        whole = shapely.union_all(parts) if parts else None
    except shapely.errors.GEOSException as error:
        raise DomainError(
            _("The outline crosses or repeats itself%(place)s.") % {"place": _place(shape)}
        ) from error
    if not isinstance(whole, Polygon | MultiPolygon) or whole.is_empty:
        raise DomainError(_("The outline encloses nothing%(place)s.") % {"place": _place(shape)})
    meant = sum(abs(part.area) for part in shapely.get_parts(shape))
    if abs(whole.area - meant) > _MENDABLE * whole.area:
        raise DomainError(
            _("The outline crosses or repeats itself%(place)s.") % {"place": _place(shape)}
        )
    return whole


def _place(shape: Shape) -> str:
    found = _PLACE.search(explain_validity(shape))
    if found is None:
        return ""
    longitude, latitude = (float(number) for number in found.groups())
    return _(" near latitude %(latitude)s, longitude %(longitude)s") % {
        "latitude": f"{latitude:.5f}",
        "longitude": f"{longitude:.5f}",
    }


def _oriented(shape: Shape) -> Shape:
    if isinstance(shape, Polygon):
        return orient(shape)
    return MultiPolygon([orient(part) for part in shapely.get_parts(shape)])
