"""Where an address is, and what stands at a point: asked of services that an operator turned on.

One class in one file for each; to add one, a module here with a subclass of `Geocoder`, its place
in `GEOCODERS`, and what it answers in `locations/tests/geocoders.py`, where the contract that all
pass is tested. Each is on when its variable `GEOCODER_<NAME>_URL` is set.
"""

from django.conf import settings

from locations.geocoding.asking import Places, locate, what_is_at
from locations.geocoding.base import Found, Geocoder, GeocoderError
from locations.geocoding.dadata import DaData
from locations.geocoding.nominatim import Nominatim
from locations.geocoding.yandex import Yandex

# In the order in which they are asked.
GEOCODERS: dict[str, type[Geocoder]] = {kind.name: kind for kind in (DaData, Yandex, Nominatim)}


def geocoders() -> list[Geocoder]:
    """Those that are turned on."""
    urls: dict[str, str] = settings.GEOCODER_URLS
    return [kind(urls[name]) for name, kind in GEOCODERS.items() if urls.get(name)]


def are_on() -> bool:
    return any(settings.GEOCODER_URLS.values())


__all__ = [
    "GEOCODERS",
    "Found",
    "Geocoder",
    "GeocoderError",
    "Places",
    "are_on",
    "geocoders",
    "locate",
    "what_is_at",
]
