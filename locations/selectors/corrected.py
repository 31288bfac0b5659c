"""The places that guesses lead to: only what is there is offered."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from django.db.models import Q

from core.actor import Actor
from locations.models import Street
from locations.selectors.address_rows import (
    Reading,
    Suggestion,
    buildings,
    shown_to,
    street,
    streets,
)
from locations.selectors.gazetteer import Gazetteer, Place
from locations.selectors.guesses import Guess, guesses

# Guesses whose houses are looked for, in one query.
_LOOKED_AT = 12
# Names looked for in all cities: each is a query.
_EVERYWHERE = 3
# How much nearer a city of the actor's own is.
_AT_HOME = 0.3


@dataclass(frozen=True, slots=True)
class Found:
    """Places, and what they are shown for when that is not what was typed ("" when it is)."""

    places: list[Suggestion] = field(default_factory=list)
    meant: str = ""


def find_corrected(
    actor: Actor, keys: Sequence[str], cities: Gazetteer, home: tuple[Place, ...], limit: int
) -> Found:
    """What the folded readings of a query may have meant, the likeliest first."""
    possible = guesses(keys, cities)
    if not possible:
        return Found()
    search = _Search(actor, possible, home, limit)
    lines = search.houses() or search.streets()
    lines.sort(key=lambda line: line[0])
    if not lines:
        return Found()
    places = list(dict.fromkeys(place for _rank, _guess, place in lines))
    return Found(places[:limit], _title(lines[0][1]))


# Rank (cost, then the order within it), the guess, and what it led to.
_Line = tuple[tuple[float, int], Guess, Suggestion]


class _Search:
    def __init__(
        self, actor: Actor, possible: list[Guess], home: tuple[Place, ...], limit: int
    ) -> None:
        self.actor, self.home, self.limit = actor, home, limit
        self.stored = _stored(possible)
        there = [guess for guess in possible if self._is_there(guess)]
        self.placed = sorted((guess for guess in there if guess.city), key=self._cost)
        self.anywhere = [guess for guess in there if not guess.city][:_EVERYWHERE]

    def _is_there(self, guess: Guess) -> bool:
        return not guess.city or not guess.name or (guess.city.pk, guess.name) in self.stored

    def _cost(self, guess: Guess) -> float:
        return guess.cost - (_AT_HOME if guess.city in self.home else 0)

    def houses(self) -> list[_Line]:
        """Houses with the number that was typed; a guess without one falls behind."""
        asked = [guess for guess in self.placed if guess.house][:_LOOKED_AT]
        lines = self._numbered(asked)
        for guess in self.anywhere if asked or self.anywhere else ():
            if guess.house and not (lines and lines[0][0][0] <= guess.cost):
                lines += self._everywhere(guess, f"{guess.name} {guess.house}", buildings)
        if lines or not asked:
            return lines
        begun = Reading(_key(asked[0]), (asked[0].city,)) if asked[0].city else None
        found = buildings(self.actor, begun, self.limit) if begun else []
        return self._lines(asked[0], found)

    def streets(self) -> list[_Line]:
        """Cities and streets; with the houses of the street when it can be no other."""
        lines: list[_Line] = []
        for guess in self.placed[: self.limit]:
            lines += self._lines(guess, self._line_of(guess))
        for guess in self.anywhere:
            if not (lines and lines[0][0][0] <= guess.cost):
                lines += self._everywhere(guess, guess.name, _streets)
        if len(lines) == 1 and lines[0][1].city and lines[0][1].name and not lines[0][1].house:
            guess = lines[0][1]
            houses = Reading(f"{guess.name} ", (guess.city,)) if guess.city else None
            found = buildings(self.actor, houses, self.limit - 1) if houses else []
            lines += self._lines(guess, found, first=1)
        return lines

    def _line_of(self, guess: Guess) -> list[Suggestion]:
        if guess.city is None:
            return []
        if not guess.name:
            return [Suggestion("city", guess.city.title)]
        named = self.stored[guess.city.pk, guess.name]
        return [street(guess.city.title, type_, name) for type_, name in named]

    def _numbered(self, asked: list[Guess]) -> list[_Line]:
        """The very houses of several guesses: «12», «12 а» and «12 к2», not «120»."""
        if not asked:
            return []
        keys = {(guess.city.pk, _key(guess)): guess for guess in reversed(asked) if guess.city}
        wanted = Q()
        for city, key in keys:
            # "!" follows the space in the order of code points.
            wanted |= Q(city_id=city, search_key__gte=key, search_key__lt=f"{key}!")
        rows = shown_to(self.actor).filter(wanted).order_by("search_key", "pk")
        lines: list[_Line] = []
        values = rows.values_list("city_id", "search_key", "address", "public_id")
        for at, (city, search_key, address, public_id) in enumerate(values[: _LOOKED_AT * 8]):
            guess = _guess_of(keys, city, search_key)
            rank = (self._cost(guess), at)
            lines.append((rank, guess, Suggestion("building", address, public_id)))
        return sorted(lines, key=lambda line: line[0])

    def _everywhere(self, guess: Guess, rest: str, look: "_Look") -> list[_Line]:
        """At home first, then in all cities."""
        found = look(self.actor, Reading(rest, self.home), self.limit) if self.home else []
        if len(found) < self.limit:
            found += look(self.actor, Reading(rest, None), self.limit)
        return self._lines(guess, found)

    def _lines(self, guess: Guess, found: Iterable[Suggestion], first: int = 0) -> list[_Line]:
        return [
            ((self._cost(guess), at), guess, place) for at, place in enumerate(found, start=first)
        ]


class _Look(Protocol):
    def __call__(self, actor: Actor, reading: Reading, limit: int, /) -> list[Suggestion]: ...


def _streets(_actor: Actor, reading: Reading, limit: int) -> list[Suggestion]:
    return streets(reading, limit)


def _stored(possible: list[Guess]) -> dict[tuple[int, str], list[tuple[str, str]]]:
    """Type and name of the streets that guesses name, by city and folded name."""
    named = [(guess.city.pk, guess.name) for guess in possible if guess.city and guess.name]
    if not named:
        return {}
    rows = Street.objects.filter(
        city_id__in={city for city, _name in named}, search_key__in={name for _city, name in named}
    ).order_by("type")
    stored: dict[tuple[int, str], list[tuple[str, str]]] = {}
    for city, key, type_, name in rows.values_list("city_id", "search_key", "type", "name"):
        stored.setdefault((city, key), []).append((type_, name))
    return stored


def _key(guess: Guess) -> str:
    return f"{guess.name} {guess.house}".strip()


def _guess_of(keys: dict[tuple[int, str], Guess], city: int, search_key: str) -> Guess:
    """The guess within whose range the row lies: its key, or the longest that begins it."""
    key = search_key
    while (city, key) not in keys:
        key = key.rpartition(" ")[0]
    return keys[city, key]


def _title(guess: Guess) -> str:
    """A guess as people read it: «Казань, Чистопольская 12»."""
    named = [word.capitalize() if len(word) > 1 else word for word in guess.name.split()]
    street_ = " ".join([*named, *guess.house.split()])
    return ", ".join(part for part in (guess.city.title if guess.city else "", street_) if part)
