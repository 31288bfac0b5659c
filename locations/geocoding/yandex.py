"""Yandex Geocoder (https://yandex.ru/maps-api/docs/geocoder-api/).

    https://geocode-maps.yandex.ru/1.x?key=KEY

Answers "LON LAT" in `Point.pos`; `precision` is "exact" where the house itself was found. Its terms
allow answers to be kept for 30 days at most, and want its results shown together with its name; a
point that a person confirms on the map is that person's. Not verified at the source: how often one
may ask; the defaults are those of the free plan as it was commonly stated (1,000 a day).
"""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from locations.geocoding.base import MOST_FOUND, Found, Geocoder, Question, place


class Yandex(Geocoder):
    name = "yandex"
    title = "Yandex"
    attribution = "Yandex Maps"
    kept = timedelta(days=30)
    per_second = 5
    per_day = 1_000

    def forward(self, text: str) -> Question:
        return self._question(geocode=text[:300], results=str(MOST_FOUND))

    def reverse(self, latitude: float, longitude: float) -> Question:
        return self._question(
            geocode=f"{longitude:.6f},{latitude:.6f}", sco="longlat", kind="house", results="1"
        )

    def _question(self, **asked: str) -> Question:
        params = {"apikey": self.address.key, "format": "json", "lang": "ru_RU", **asked}
        return Question("GET", f"{self.address.base}/", {"params": params})

    def read(self, document: Any) -> Iterator[Found | None]:
        for member in document["response"]["GeoObjectCollection"]["featureMember"]:
            found = member["GeoObject"]
            said = found["metaDataProperty"]["GeocoderMetaData"]
            longitude, latitude = found["Point"]["pos"].split()
            parts = {
                row.get("kind"): row.get("name")
                for row in said.get("Address", {}).get("Components", [])
            }
            yield place(
                latitude,
                longitude,
                said.get("text"),
                is_house=said.get("kind") == "house" and said.get("precision") == "exact",
                city=parts.get("locality"),
                street=parts.get("street"),
                number=parts.get("house"),
            )
