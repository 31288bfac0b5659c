"""Thousands of addresses understood at once: exact ones by a query to 500 of a city.

An address is folded as in suggestions (`locations.addresses.fold`): the city first or last, or
after a region, an index, a country; then street and house. What is not found so, or fits several
houses, is left to whoever asks.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from django.db.models import F, Window
from django.db.models.functions import RowNumber

from core.actor import Actor
from locations.addresses import fold, plain, street_type, without_unit
from locations.models import Building, City
from locations.selectors.coverage_many import batched
from locations.selectors.gazetteer import Gazetteer, gazetteer

KEYS = 500
# Houses of one key are shown so many; one more tells that there are more.
ALIKE = 4
_CITY_WORDS = 7
_READINGS = 5
_COLUMNS = (
    "search_key",
    "pk",
    "public_id",
    "address",
    "city_id",
    "cell",
    "latitude",
    "longitude",
    "street__type",
)
# What may stand before a city and says nothing that would tell cities apart.
_COUNTRY = frozenset({"россия", "рф", "российская", "федерация"})


@dataclass(frozen=True, slots=True)
class House:
    """A known building that an address may mean."""

    pk: int
    public_id: str
    address: str
    city_id: int
    cell: int
    latitude: float
    longitude: float
    # None where houses stand on no street.
    street_type: str | None = None


@dataclass(frozen=True, slots=True)
class _Reading:
    """A way to understand an address: `key` is looked for in `cities` (none: in all of them)."""

    key: str
    cities: tuple[int, ...]


def houses_named(actor: Actor, texts: Iterable[str]) -> dict[str, list[House]]:
    """For each text the houses it names in full: one when it is clear, several when it is not.

    Texts that name none are left out. Houses are those the actor may see. The cost is a query per
    city and 500 addresses of it, and one per 500 addresses without a city.
    """
    regions = _region_words()
    waiting = {text: list(_readings(text, gazetteer(), regions)) for text in dict.fromkeys(texts)}
    found: dict[str, list[House]] = {}
    while waiting:
        first = {text: readings.pop(0) for text, readings in waiting.items() if readings}
        houses = _houses(actor, set(first.values()))
        for text, reading in first.items():
            if houses.get(reading):
                found[text] = _of_type(houses[reading], text)
        waiting = {text: left for text, left in waiting.items() if left and text not in found}
    return found


def _of_type(houses: list[House], text: str) -> list[House]:
    """Of Lenin Street 12 and Lenin Avenue 12 the one whose type is written."""
    if len(houses) == 1:
        return houses
    types = {street_type(word) for word in plain(text).replace(",", " ").split()}
    typed = [house for house in houses if house.street_type in types]
    return typed or houses


# --- how a text may be read -------------------------------------------------------------------


def _readings(text: str, cities: Gazetteer, regions: dict[int, set[str]]) -> Iterator[_Reading]:
    words = fold(without_unit(text)).split()
    readings = dict.fromkeys([*_with_city(words, cities, regions)])
    yield from list(readings)[:_READINGS]
    if words and not words[0].isdecimal():
        yield _Reading(" ".join(words), ())


def _with_city(
    words: list[str], cities: Gazetteer, regions: dict[int, set[str]]
) -> Iterator[_Reading]:
    """The city first, the longest name first; last; or after what stands before a city."""
    counts = range(min(len(words) - 1, _CITY_WORDS), 0, -1)
    for start in range(len(words) - 1):
        for count in counts:
            named = cities.named(" ".join(words[start : start + count]))
            rest = words[start + count :]
            if named and rest:
                fitting = [one.pk for one in named if _goes_before(words[:start], one.pk, regions)]
                if fitting:
                    yield _Reading(" ".join(rest), tuple(fitting))
        if start == 0:
            for count in counts:
                named = cities.named(" ".join(words[-count:]))
                if named:
                    yield _Reading(" ".join(words[:-count]), tuple(one.pk for one in named))


def _goes_before(words: list[str], city: int, regions: dict[int, set[str]]) -> bool:
    known = _COUNTRY | regions.get(city, set())
    return all(word in known or (word.isdecimal() and len(word) == 6) for word in words)


def _region_words() -> dict[int, set[str]]:
    """Words by which the region of a city may be named, by the city's id."""
    rows = City.objects.order_by().values_list(
        "pk", "region__name", "region__type", "region__full_name"
    )
    return {pk: {word for name in names for word in plain(name).split()} for pk, *names in rows}


# --- what is there -----------------------------------------------------------------------------


def _houses(actor: Actor, readings: Iterable[_Reading]) -> dict[_Reading, list[House]]:
    """Houses by reading; by id where several cities are called the same."""
    by_city: dict[int, set[str]] = {}
    anywhere: set[str] = set()
    wanted = list(readings)
    for reading in wanted:
        for city in reading.cities:
            by_city.setdefault(city, set()).add(reading.key)
        if not reading.cities:
            anywhere.add(reading.key)
    rows = Building.objects.visible_to(actor).standing().order_by("pk")
    known: dict[tuple[int, str], list[House]] = {}
    for city, keys in by_city.items():
        for batch in batched(sorted(keys), KEYS):
            _keep(known, city, rows.filter(city_id=city, search_key__in=batch))
    for batch in batched(sorted(anywhere), KEYS):
        _keep(known, 0, _largest(rows.filter(search_key__in=batch)))
    return {
        reading: [
            house for city in reading.cities or (0,) for house in known.get((city, reading.key), ())
        ]
        for reading in wanted
    }


def _largest(rows: Any) -> Any:
    """Of each key the houses of the largest cities alone: «Lenin Street 12» stands in hundreds."""
    place = Window(RowNumber(), partition_by=[F("search_key")], order_by=["city_rank", "pk"])
    return rows.annotate(place=place).filter(place__lte=ALIKE)


def _keep(known: dict[tuple[int, str], list[House]], city: int, rows: Any) -> None:
    for key, *fields in rows.values_list(*_COLUMNS):
        known.setdefault((city, key), []).append(House(*fields))
