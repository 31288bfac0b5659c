"""Suggestions as one types an address: one field over city, street and house.

Cities are known in the process. Every other lookup is a range of a folded key
(`locations.addresses.fold`) over an index that holds the order too: its cost does not grow with the
number of buildings, and the answer is the same on every database (PERFORMANCE.md, suggestion).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

from core.actor import Actor
from locations.addresses import fold, street_label, without_ambiguous, without_unit
from locations.fields import prefix_range
from locations.models import Building, Street
from locations.selectors.gazetteer import Gazetteer, Place, gazetteer

LIMIT = 8
# Streets whose names begin alike, out of which those of the largest cities are shown.
_STREETS_LOOKED_AT = 64
_CITIES_SHOWN_AMONG_OTHERS = 3
# Of fewer letters half the streets of the country begin.
_LEAST_LETTERS = 3
_LONGEST_QUERY = 200
_CITY_WORDS = 7
_ATTEMPTS = 3


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A line to choose: `text` completes the field; a building has a page by its `public_id`."""

    kind: Literal["city", "street", "building"]
    text: str
    public_id: str = ""


@dataclass(frozen=True, slots=True)
class _Reading:
    """One way to understand a query: the rest of it is looked for in `cities` (None: in all)."""

    rest: str
    cities: tuple[Place, ...] | None


def suggest(actor: Actor, text: str, limit: int = LIMIT) -> list[Suggestion]:
    """At most `limit` places for what has been typed so far, the likeliest first.

    City and street may come in either order, and the city may be missing. Buildings are those the
    actor may see. Where nothing fits, the last word is left out: it is mostly half typed.
    """
    key = fold(without_unit(text[:_LONGEST_QUERY]))
    for _attempt in range(_ATTEMPTS):
        if not key:
            break
        found = _search(actor, key, limit)
        if found:
            return found
        shorter = without_ambiguous(key)
        key = shorter if shorter != key else key.rpartition(" ")[0]
    return []


def _search(actor: Actor, key: str, limit: int) -> list[Suggestion]:
    cities = gazetteer()
    found: list[Suggestion] = []
    for reading in _readings(key, cities):
        found += _places(actor, reading, limit - len(found))
        if found and not reading.rest.isdecimal():
            break
    begun = [Suggestion("city", place.title) for place in cities.beginning(key)[:limit]]
    first = begun if not found else begun[:_CITIES_SHOWN_AMONG_OTHERS]
    return list(dict.fromkeys([*first, *found, *begun]))[:limit]


def _readings(key: str, cities: Gazetteer) -> Iterator[_Reading]:
    """The query with a city at its beginning or end, the longest name first; then without one."""
    words = key.split()
    for count in range(min(len(words) - 1, _CITY_WORDS), 0, -1):
        for name, rest in (
            (words[:count], words[count:]),
            (words[-count:], words[:-count]),
        ):
            named = cities.named(" ".join(name))
            if named:
                yield _Reading(" ".join(rest), tuple(named))
    yield _Reading(key, None)


# --- streets and buildings --------------------------------------------------------------------


def _places(actor: Actor, reading: _Reading, limit: int) -> list[Suggestion]:
    if limit <= 0 or (reading.cities is None and len(reading.rest) < _LEAST_LETTERS):
        return []
    if _names_a_house(reading.rest):
        return _buildings(actor, reading, limit) or _streets(reading, limit)
    streets = _streets(reading, limit)
    if reading.rest.isdecimal():
        # A number alone may begin a street or be a house of a village without streets.
        streets += _buildings(actor, reading, limit - len(streets))
    elif reading.cities is not None and len(streets) == 1:
        # The street is chosen: its houses are what comes next.
        houses = _Reading(f"{reading.rest} ", reading.cities)
        streets += _buildings(actor, houses, limit - 1)
    return streets


def _names_a_house(key: str) -> bool:
    """Whether a number follows something: «8 марта» is a street, «8 марта 12» a house there."""
    words = key.split()
    if len(words) == 1:
        return key[-1].isdecimal() and not key.isdecimal()
    return any(word[-1].isdecimal() for word in words[1:])


def _streets(reading: _Reading, limit: int) -> list[Suggestion]:
    rows = Street.objects.filter(**prefix_range("search_key", reading.rest))
    if reading.cities is not None:
        titles = {city.pk: city.title for city in reading.cities}
        scoped = rows.filter(city_id__in=titles).order_by("search_key", "city_rank", "pk")
        found = scoped.values_list("city_id", "type", "name")[:limit]
        return [_street(titles[city], type_, name) for city, type_, name in found]
    looked_at = list(
        rows.order_by("search_key", "city_rank").values_list(
            "search_key", "city_rank", "type", "name", "city__name", "city__qualifier"
        )[:_STREETS_LOOKED_AT]
    )
    looked_at.sort(key=lambda row: (row[0] != reading.rest, row[1], row[0]))
    return [
        _street(f"{city} ({qualifier})" if qualifier else city, type_, name)
        for _key, _rank, type_, name, city, qualifier in looked_at[:limit]
    ]


def _street(city: str, type_: str, name: str) -> Suggestion:
    return Suggestion("street", f"{city}, {street_label(type_, name)}")


def _buildings(actor: Actor, reading: _Reading, limit: int) -> list[Suggestion]:
    conditions: dict[str, Any] = prefix_range("search_key", reading.rest)
    if reading.cities is not None:
        conditions["city_id__in"] = [city.pk for city in reading.cities]
    rows = Building.objects.visible_to(actor).filter(**conditions)
    if actor.system or actor.is_staff:
        # The others do not see merged buildings anyway; each condition costs time on every letter.
        rows = rows.exclude(status=Building.Status.MERGED)
    found = rows.order_by("search_key", "city_rank").values_list("address", "public_id")[:limit]
    return [Suggestion("building", address, public_id) for address, public_id in found]
