"""What a map is made of: its layers, where it opens, and the words that its scripts say.

Places come as GeoJSON (RFC 7946). What `properties` of a feature may hold is in docs/parts.md.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.utils.functional import Promise
from django.utils.translation import gettext as _

Text = str | Promise
# West, south, east, north in degrees, WGS 84, as in GeoJSON.
Bounds = tuple[float, float, float, float]

TONES = frozenset({"accent", "neutral", "info", "wait", "good", "bad"})
SIZES = frozenset({"small", "middle", "tall"})
# Where a map opens that was told nothing and shows nothing: Russia west of the Yenisei.
EVERYWHERE: Bounds = (27.0, 42.0, 92.0, 66.0)


@dataclass(frozen=True, slots=True)
class MapLayer:
    """One layer: GeoJSON in `data`, or at `url`.

    With `by_view` the address is asked anew with `?bbox=west,south,east,north&zoom=…` whenever the
    map has moved. `tone` colours features that name none of their own.
    """

    name: str
    label: Text
    url: str = ""
    data: dict[str, Any] | None = None
    tone: str = "accent"
    by_view: bool = False
    shown: bool = True
    # Pixels that its markers stand to the right of their places.
    aside: int = 0

    def __post_init__(self) -> None:
        if bool(self.url) == (self.data is not None):
            raise ValueError(f"Layer {self.name!r} needs an address or data, and not both.")
        if self.tone not in TONES:
            raise ValueError(f"{self.tone!r} is no tone of a map.")

    def option(self) -> dict[str, Any]:
        """What the script is told of this layer."""
        return {
            "name": self.name,
            "url": self.url,
            "data": self.data,
            "tone": self.tone,
            "byView": self.by_view,
            "shown": self.shown,
            "aside": self.aside,
        }


def options(
    layers: Sequence[MapLayer],
    *,
    bounds: Bounds | None,
    centre: tuple[float, float] | None,
    zoom: int,
    latitude: str,
    longitude: str,
    draw: str,
) -> dict[str, Any]:
    """What the scripts of one map are told; see `{% map %}` for the arguments."""
    names = [layer.name for layer in layers]
    if len(set(names)) != len(names):
        raise ValueError("Two layers of a map share a name.")
    if bool(latitude) != bool(longitude):
        raise ValueError("A map that chooses a point needs both fields: latitude and longitude.")
    west, south, east, north = bounds or EVERYWHERE
    return {
        "bounds": [[south, west], [north, east]],
        # Nobody said where: the map goes to what it shows, if it shows something.
        "fit": bounds is None and centre is None,
        "centre": centre,
        "zoom": zoom,
        "layers": [layer.option() for layer in layers],
        "latitude": latitude,
        "longitude": longitude,
        "draw": draw,
        "tiles": settings.MAP_TILES_URL,
        "texts": texts(bool(draw)),
    }


def texts(drawing: bool = False) -> dict[str, str]:
    """The words of the scripts, in the reader's language."""
    words = {
        "zoomIn": _("Closer"),
        "zoomOut": _("Farther"),
        "close": _("Close"),
        "loading": _("Loading the map…"),
        "failed": _("This part of the map could not be loaded. Move the map to try again."),
        "point": _("The chosen point: arrow keys move it, with Shift farther"),
        "chosen": _("Latitude %(lat)s, longitude %(lon)s"),
        "open": _("Open"),
        "m": _("m"),
        "km": _("km"),
    }
    return words | _drawing_texts() if drawing else words


def _drawing_texts() -> dict[str, str]:
    return {
        "firstVertex": _("Click where the outline begins"),
        "continueLine": _("Click for the next corner"),
        "finishPoly": _("Click the first corner to close the outline"),
        "crossing": _("The outline would cross itself here"),
        "drawn": _("Outlines drawn: %(count)s"),
        "broken": _("This is not GeoJSON of a Polygon or a MultiPolygon."),
    }


def bounds_of(points: Iterable[tuple[float, float]], margin: float = 0.004) -> Bounds | None:
    """The box around (latitude, longitude) points with a margin in degrees; None of no points."""
    rows = list(points)
    if not rows:
        return None
    latitudes = [latitude for latitude, _longitude in rows]
    longitudes = [longitude for _latitude, longitude in rows]
    return (
        min(longitudes) - margin,
        max(min(latitudes) - margin, -90.0),
        max(longitudes) + margin,
        min(max(latitudes) + margin, 90.0),
    )


# --- GeoJSON ----------------------------------------------------------------------------------
def point(longitude: float, latitude: float) -> dict[str, Any]:
    return {"type": "Point", "coordinates": [longitude, latitude]}


def feature(
    geometry: dict[str, Any], properties: dict[str, Any], key: str | int | None = None
) -> dict[str, Any]:
    """A feature; `key` is what it is known by when a layer is drawn anew (it keeps the focus)."""
    row = {"type": "Feature", "geometry": geometry, "properties": properties}
    return row if key is None else row | {"id": key}


def feature_collection(rows: Iterable[dict[str, Any]], notice: str = "") -> dict[str, Any]:
    """A FeatureCollection; `notice` is said under the map (a foreign member, RFC 7946 6.1)."""
    collection: dict[str, Any] = {"type": "FeatureCollection", "features": list(rows)}
    return collection | {"notice": notice} if notice else collection
