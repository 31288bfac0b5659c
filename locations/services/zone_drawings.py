"""Draws zones once, so that a map of hundreds of them reads no outline of thousands of points."""

from collections.abc import Iterable

from locations.drawing import DRAWN_PX, geometry_within
from locations.geometry import Shape, shape_of
from locations.models import CoverageZone, ZoneDrawing

_SLICE = 200


def draw_zones(zones: Iterable[CoverageZone]) -> None:
    """Draws zones (their ids and geometries) anew, within the caller's transaction."""
    drawings = [_drawing(zone.pk, shape_of(zone.geometry)) for zone in zones]
    ZoneDrawing.objects.filter(pk__in=[drawing.pk for drawing in drawings]).delete()
    ZoneDrawing.objects.bulk_create(drawings)


def draw_missing() -> int:
    """Draws the zones that nobody has drawn; returns how many."""
    missing = CoverageZone.objects.filter(drawing=None).order_by("pk")
    drawn = 0
    while zones := list(missing.only("pk", "geometry")[:_SLICE]):
        draw_zones(zones)
        drawn += len(zones)
    return drawn


def _drawing(zone_id: int, shape: Shape) -> ZoneDrawing:
    west, south, east, north = shape.bounds
    extent = max(east - west, north - south)
    return ZoneDrawing(
        zone_id=zone_id,
        west=west,
        south=south,
        east=east,
        north=north,
        extent=extent,
        outline=geometry_within(shape, extent / DRAWN_PX),
    )
