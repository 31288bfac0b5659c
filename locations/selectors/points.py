"""A point on the map: read as it is typed, and the known buildings around it."""

import math
import re
from dataclasses import dataclass

import h3.api.basic_int as h3

from core.actor import Actor
from locations.geometry import cell_of
from locations.models import Building

# Degrees with a fraction: «12, 5» is a house and a flat. A comma in numbers wants "; " or a space.
_NUMBER = r"[-+\N{MINUS SIGN}]?\d{1,3}[.,]\d{1,15}"
_POINT = re.compile(rf"\s*({_NUMBER})\s*(?:[,;]\s*|\s)({_NUMBER})\s*", re.ASCII)
# Rings of cells looked at: about 400 m around, and where nothing is there, 1.3 km.
_RINGS = (3, 10)
# In the densest blocks a ring holds some hundreds of buildings.
_LOOKED_AT = 2000
_EARTH_RADIUS = 6_371_009


@dataclass(frozen=True, slots=True)
class Near:
    """A known building and how far it stands from the point, in metres."""

    public_id: str
    address: str
    city_id: int
    metres: int


def read_point(text: str) -> tuple[float, float] | None:
    """Latitude and longitude typed as "55.79, 49.12" (a decimal comma: "55,79; 49,12"), or None.

    Whether the point is on earth is for `locations.services.buildings.check_point` to say.
    """
    found = _POINT.fullmatch(text[:80])
    if found is None:
        return None
    latitude, longitude = (
        float(part.replace(",", ".").replace("\N{MINUS SIGN}", "-")) for part in found.groups()
    )
    return latitude, longitude


def nearest_buildings(
    actor: Actor, latitude: float, longitude: float, limit: int = 5
) -> list[Near]:
    """Buildings the actor may see around a point, the nearest first; at most two queries."""
    rows = Building.objects.visible_to(actor).standing()
    columns = ("public_id", "address", "city_id", "latitude", "longitude")
    centre = cell_of(latitude, longitude)
    found: list[Near] = []
    for rings in _RINGS:
        near = rows.filter(cell__in=h3.grid_disk(centre, rings)).values_list(*columns)
        found = [
            Near(public_id, address, city, round(metres_between(latitude, longitude, north, east)))
            for public_id, address, city, north, east in near.order_by()[:_LOOKED_AT]
        ]
        if len(found) >= limit:
            break
    return sorted(found, key=lambda one: (one.metres, one.public_id))[:limit]


def metres_between(
    latitude: float, longitude: float, other_latitude: float, other_longitude: float
) -> float:
    """Distance along the sphere, by the haversine formula."""
    north, other_north = math.radians(latitude), math.radians(other_latitude)
    east = math.radians(other_longitude - longitude)
    half = (
        math.sin((other_north - north) / 2) ** 2
        + math.cos(north) * math.cos(other_north) * math.sin(east / 2) ** 2
    )
    return 2 * _EARTH_RADIUS * math.asin(math.sqrt(min(1.0, half)))
