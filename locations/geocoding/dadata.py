"""DaData suggestions (https://dadata.ru/api/suggest/address/, /api/geolocate/).

    https://suggestions.dadata.ru/suggestions/api/4_1/rs?key=TOKEN

The token goes in a header. `qc_geo` is 0 where the point is that of the house. Not verified at the
source: how often one may ask (30 a second, 10,000 a day without a subscription); set them in the
address where your subscription allows more. Answers may be kept.
"""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from locations.geocoding.base import MOST_FOUND, Found, Geocoder, Question, place

_HOUSE = "0"
_NEAR_METRES = 50


class DaData(Geocoder):
    name = "dadata"
    title = "DaData"
    kept = timedelta(days=90)
    per_second = 20
    per_day = 10_000

    def forward(self, text: str) -> Question:
        return self._question("suggest/address", {"query": text[:300], "count": MOST_FOUND})

    def reverse(self, latitude: float, longitude: float) -> Question:
        near = {"lat": latitude, "lon": longitude, "radius_meters": _NEAR_METRES, "count": 1}
        return self._question("geolocate/address", near)

    def _question(self, path: str, body: dict[str, Any]) -> Question:
        headers = {"Authorization": f"Token {self.address.key}"}
        return Question("POST", f"{self.address.base}/{path}", {"json": body, "headers": headers})

    def read(self, document: Any) -> Iterator[Found | None]:
        for suggestion in document["suggestions"]:
            data = suggestion["data"]
            yield place(
                data.get("geo_lat"),
                data.get("geo_lon"),
                suggestion.get("value"),
                is_house=str(data.get("qc_geo")) == _HOUSE and bool(data.get("house")),
                city=data.get("city") or data.get("settlement"),
                street=data.get("street_with_type"),
                number=_number(data),
            )


def _number(data: dict[str, Any]) -> str:
    parts = (data.get("house"), data.get("block_type"), data.get("block"))
    return " ".join(part for part in parts if isinstance(part, str))
