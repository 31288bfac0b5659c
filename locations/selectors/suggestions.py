"""Suggestions as one types an address: one field over city, street and house.

A query is looked for as it stands first: cities are known in the process, every other lookup is a
range of a folded key (`locations.addresses.fold`) over an index, and the answer is the same on
every database (PERFORMANCE.md, suggestion). Only where that finds nothing is it read as misspelled,
in other letters or in another order (docs/search.md).
"""

from collections.abc import Iterator

from core.actor import Actor
from locations.addresses import fold, plain, without_ambiguous, without_unit
from locations.alphabets import readings as readings_of
from locations.selectors.address_rows import Reading, Suggestion, places
from locations.selectors.corrected import Found, find_corrected
from locations.selectors.familiar import familiar_cities
from locations.selectors.gazetteer import Gazetteer, Place, gazetteer

__all__ = ["LIMIT", "Found", "Suggestion", "find_places", "suggest", "suggest_cities"]

LIMIT = 8
_CITIES_SHOWN_AMONG_OTHERS = 3
# Lines that are left to other cities, whatever one's own have.
_LEFT_TO_OTHERS = 3
_LONGEST_QUERY = 200
_CITY_WORDS = 7
_ATTEMPTS = 3


def suggest(actor: Actor, text: str, limit: int = LIMIT) -> list[Suggestion]:
    """At most `limit` places for what has been typed so far, the likeliest first."""
    return find_places(actor, text, limit).places


def find_places(actor: Actor, text: str, limit: int = LIMIT, *, guess: bool = True) -> Found:
    """At most `limit` places for what has been typed so far, and what they are shown for.

    City, street and house may come in any order, and the city may be missing. Buildings are those
    the actor may see; cities that its organization works in come first. What finds nothing is taken
    for misspelled; where that finds nothing either, the last word is left out: it is mostly half
    typed. Without `guess` it is looked for as it stands alone.
    """
    text = text[:_LONGEST_QUERY]
    variants = list(readings_of(text))
    keys = list(dict.fromkeys(fold(without_unit(variant)) for variant in variants))
    as_typed = variants[0] == plain(text)
    search = _Search(actor, limit)
    for key in keys:
        found = search.exact(key)
        if found:
            return Found(found, "" if as_typed and key == keys[0] else _title(key))
    if not guess:
        return Found([])
    corrected = find_corrected(actor, keys, search.cities, search.home, limit)
    return corrected if corrected.places else Found(search.shorter(keys[0]))


def suggest_cities(text: str, limit: int = LIMIT) -> list[Place]:
    """Cities whose names begin with what was typed; failing that, those spelled nearly so."""
    cities = gazetteer()
    keys = [key for key in map(fold, readings_of(text[:_LONGEST_QUERY])) if key]
    for key in keys:
        if begun := cities.beginning(key):
            return begun[:limit]
    near = sorted(
        (cost, -place.population, place.pk, place)
        for key in keys
        for cost, place in cities.like(key, limit)
    )
    return list(dict.fromkeys(place for *_order, place in near))[:limit]


def _title(key: str) -> str:
    return " ".join(word.capitalize() if len(word) > 1 else word for word in key.split())


class _Search:
    """Lookups of one query as it stands."""

    def __init__(self, actor: Actor, limit: int) -> None:
        self.actor, self.limit = actor, limit
        self.cities = gazetteer()
        self.home = self.cities.of_ids(familiar_cities(actor))

    def exact(self, key: str) -> list[Suggestion]:
        """Cities, streets and buildings that the words of the key begin, in their order."""
        if not key:
            return []
        found: list[Suggestion] = []
        for reading in _readings(key, self.cities):
            found += self._places(reading, self.limit - len(found))
            if found and not reading.rest.isdecimal():
                break
        cities = self._home_first(self.cities.beginning(key))[: self.limit]
        begun = [Suggestion("city", place.title) for place in cities]
        first = begun if not found else begun[:_CITIES_SHOWN_AMONG_OTHERS]
        return list(dict.fromkeys([*first, *found, *begun]))[: self.limit]

    def shorter(self, key: str) -> list[Suggestion]:
        """What is found without the last words: half typed, or no part of an address."""
        for _attempt in range(_ATTEMPTS):
            shorter = without_ambiguous(key)
            key = shorter if shorter != key else key.rpartition(" ")[0]
            if found := self.exact(key):
                return found
        return []

    def _places(self, reading: Reading, limit: int) -> list[Suggestion]:
        found = places(self.actor, reading, limit)
        if not self.home or not found:
            return found
        if len(found) >= limit and (reading.cities is None or len(reading.cities) > 1):
            # There are more than are shown: one's own may be among them.
            own = [place for place in self.home if place in (reading.cities or self.home)]
            share = limit - _LEFT_TO_OTHERS if reading.cities is None else limit
            if own:
                mine = places(self.actor, Reading(reading.rest, tuple(own)), share)
                return list(dict.fromkeys([*mine, *found]))[:limit]
        ids = {place.pk for place in self.home}
        return sorted(found, key=lambda place: place.city_id not in ids)

    def _home_first(self, cities: list[Place]) -> list[Place]:
        return sorted(cities, key=lambda place: place not in self.home) if self.home else cities


def _readings(key: str, cities: Gazetteer) -> Iterator[Reading]:
    """The query with a city at its beginning or end, the longest name first; then without one."""
    words = key.split()
    for count in range(min(len(words) - 1, _CITY_WORDS), 0, -1):
        for name, rest in (
            (words[:count], words[count:]),
            (words[-count:], words[:-count]),
        ):
            named = cities.named(" ".join(name))
            if named:
                yield Reading(" ".join(rest), tuple(named))
    yield Reading(key, None)
