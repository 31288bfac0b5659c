"""Outlines of a provider's zones for its map: as fine as the map is, never finer."""

import json
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import shapely
from django.urls import reverse

from core.parts.maps import Bounds, feature
from locations.geometry import shape_of
from locations.models import CoverageState, CoverageZone, Standing

NEIGHBOURS = 40
# What a map shows of the box around everything: finer detail would not be seen.
_PARTS = 1_500
_DIGITS = 6
_TONES = {
    CoverageState.AVAILABLE: "good",
    CoverageState.PLANNED: "info",
    CoverageState.SURVEY: "wait",
    CoverageState.NOT_AVAILABLE: "bad",
}


def box_around(zones: Iterable[CoverageZone]) -> Bounds | None:
    """The box that holds the zones: west, south, east, north."""
    boxes = [zone.box for zone in zones]
    known = [box for box in boxes if box is not None]
    if not known:
        return None
    west, south, east, north = zip(*known, strict=True)
    return min(west), min(south), max(east), max(north)


def outlined(zones: Sequence[CoverageZone], tone: str = "") -> list[dict[str, Any]]:
    """Zones as features of a map, simplified to what can be seen of them side by side.

    In the colour of their states, or all of one `tone`.
    """
    west, south, east, north = box_around(zones) or (0.0, 0.0, 1.0, 1.0)
    tolerance = max(east - west, north - south) / _PARTS
    return [
        feature(
            simplified(zone.geometry, tolerance),
            {
                "title": zone.name,
                "lines": _lines(zone),
                "url": reverse("coverage_zone", args=[zone.public_id]),
                "tone": tone or tone_of(zone),
            },
            zone.public_id,
        )
        for zone in zones
    ]


def neighbours(zone: CoverageZone | None, provider_id: int | None) -> list[CoverageZone]:
    """Other zones of the provider in force whose boxes meet that of `zone` or lie near it."""
    if provider_id is None:
        return []
    rows = CoverageZone.objects.in_force().filter(provider=provider_id, is_active=True)
    if zone is not None and zone.box is not None:
        west, south, east, north = zone.box
        pad = max(east - west, north - south)
        rows = rows.exclude(pk=zone.pk).filter(
            west__lte=east + pad,
            east__gte=west - pad,
            south__lte=north + pad,
            north__gte=south - pad,
        )
    return list(rows.select_related("category").order_by("-pk")[:NEIGHBOURS])


def simplified(geometry: dict[str, Any], tolerance: float) -> dict[str, Any]:
    """The geometry with six decimals, and without detail finer than `tolerance` degrees."""
    shape = shapely.simplify(shape_of(geometry), tolerance, preserve_topology=True)
    rounded = shapely.transform(shape, lambda points: np.round(points, _DIGITS))
    found: dict[str, Any] = json.loads(shapely.to_geojson(rounded))
    return found


def tone_of(zone: CoverageZone) -> str:
    if zone.standing in (Standing.EXPIRED, Standing.RETIRED):
        return "neutral"
    return _TONES[CoverageState(zone.state)]


def _lines(zone: CoverageZone) -> list[str]:
    standing = zone.standing
    labels = dict(CoverageState.choices) | dict(Standing.choices)
    words = [zone.category.name, zone.technology, str(labels[standing])]
    return [" · ".join(word for word in words if word)]
