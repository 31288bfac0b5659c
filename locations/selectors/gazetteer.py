"""All cities by their names, kept in the process: suggestions find them without the database.

There are about a thousand of them and they seldom change; a change is seen within a minute.
"""

from bisect import bisect_left
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from django.core.cache import caches
from django.utils.translation import gettext as _

from core.errors import DomainError
from core.ids import new_public_id
from locations.addresses import fold
from locations.models import City

_TOKEN, _SECONDS = "locations.cities", 60


@dataclass(frozen=True, slots=True)
class Place:
    """A city as suggestions know it: `key` its folded name, `full_key` with what tells it apart."""

    pk: int
    title: str
    key: str
    full_key: str
    population: int


class Gazetteer:
    """Cities by name and by the beginning of a name, the largest first."""

    def __init__(self, places: Iterable[Place]) -> None:
        self._by_name: dict[str, list[Place]] = {}
        ordered = sorted(places, key=lambda place: (-place.population, place.pk))
        for place in ordered:
            for name in {place.key, place.full_key}:
                self._by_name.setdefault(name, []).append(place)
        self._names = sorted(self._by_name)

    def named(self, name: str) -> list[Place]:
        return self._by_name.get(name, [])

    def find(self, text: str) -> Place | None:
        """The city that a text names, of several of one name the largest."""
        found = self.named(fold(text))
        return found[0] if found else None

    def beginning(self, prefix: str) -> list[Place]:
        """Cities whose names begin with `prefix`."""
        first = bisect_left(self._names, prefix)
        last = bisect_left(self._names, f"{prefix}\uffff")
        found = {place for name in self._names[first:last] for place in self._by_name[name]}
        return sorted(found, key=lambda place: (-place.population, place.pk))


def gazetteer() -> Gazetteer:
    """The cities as they were at most a minute ago."""
    return _read(caches["local"].get_or_set(_TOKEN, new_public_id, _SECONDS))


def forget() -> None:
    """Makes this process read the cities anew."""
    caches["local"].delete(_TOKEN)


@lru_cache(maxsize=1)
def _read(token: str) -> Gazetteer:
    """Read once for every token; the cache that hands tokens out decides how long one lasts."""
    cities = City.objects.only("name", "qualifier", "search_key", "population")
    return Gazetteer(
        Place(
            city.pk,
            city.title,
            city.search_key,
            f"{city.search_key} {fold(city.qualifier)}".strip(),
            city.population,
        )
        for city in cities.order_by()
    )


def city_named(text: str) -> City | None:
    """The city that a typed name means; None when we know no such city.

    Raises DomainError on `city` when several are called so: its message names them.
    """
    found = gazetteer().named(fold(text)) if text.strip() else []
    if len(found) > 1:
        raise DomainError(
            _("Several are called so. Which one: %(cities)s?")
            % {"cities": "; ".join(place.title for place in found[:5])},
            field="city",
        )
    return City.objects.get(pk=found[0].pk) if found else None
