"""Nominatim, the geocoder of OpenStreetMap (https://nominatim.org/release-docs/latest/api/).

    https://nominatim.openstreetmap.org      (a server of your own has no such limits)

The public server's policy: one request a second for the whole application, a User-Agent that names
it, answers kept, OpenStreetMap named beside them, no suggestions while one types, no bulk work. The
portal asks only when a person presses the button.
"""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from locations.geocoding.base import MOST_FOUND, Found, Geocoder, Question, place

_CITIES = ("city", "town", "village", "hamlet")
_PUBLIC = "nominatim.openstreetmap.org"


class Nominatim(Geocoder):
    name = "nominatim"
    title = "OpenStreetMap"
    attribution = "© OpenStreetMap contributors"
    kept = timedelta(days=90)
    per_second = 1
    per_day = 2_000
    needs_key = False

    def __init__(self, url: str) -> None:
        super().__init__(url)
        if _PUBLIC in self.address.base:
            # Not the operator's to raise.
            self.per_second = min(self.per_second, 1)

    def forward(self, text: str) -> Question:
        return self._question("search", q=text[:300], limit=str(MOST_FOUND), countrycodes="ru")

    def reverse(self, latitude: float, longitude: float) -> Question:
        return self._question("reverse", lat=f"{latitude:.6f}", lon=f"{longitude:.6f}", zoom="18")

    def _question(self, path: str, **asked: str) -> Question:
        params = {"format": "jsonv2", "addressdetails": "1", "accept-language": "ru", **asked}
        return Question("GET", f"{self.address.base}/{path}", {"params": params})

    def read(self, document: Any) -> Iterator[Found | None]:
        """A list for a search; one object, or one with `error`, for a point."""
        rows = [document] if isinstance(document, dict) else document
        for row in rows:
            if "error" in row:
                continue
            parts = row.get("address", {})
            yield place(
                row["lat"],
                row["lon"],
                row.get("display_name"),
                is_house=bool(parts.get("house_number")),
                city=next((parts[name] for name in _CITIES if name in parts), ""),
                street=parts.get("road"),
                number=parts.get("house_number"),
            )
