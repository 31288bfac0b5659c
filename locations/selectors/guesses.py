"""What a query that finds nothing as it stands may have meant: guesses with their costs.

A guess is a city, a name of streets and a house, each in the spelling of search keys. Its cost is
about the number of slips it takes: 1 for an edit, less for a word left out. Words may come in any
order, the city anywhere among them.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from locations.addresses import AMBIGUOUS
from locations.alphabets import LETTERS
from locations.selectors import vocabulary
from locations.selectors.gazetteer import Gazetteer, Place
from locations.spelling import Typed

_HOUSE = re.compile(r"\d+(?: [^\W\d](?![^ ]))?(?: [^\W\d]\d+)*")
_PASSED_OVER: list[str] = LETTERS["passed_over"]["words"]
# Longer texts are no addresses; each word costs some milliseconds.
_TOKENS = 12
_CITY_WORDS = 4
_CITIES_OF_SPAN = 6
_NAMES_OF_READING = 24
# Costs.
_LEFT_OUT = 0.3  # a word of the name was not typed
_INITIAL = 0.05  # only its first letter was
_SURPLUS = 2.0  # a typed word is no part of the address
_WITHOUT_CITY = 0.75  # although a city may have been typed
# How much worse than the best a guess may be to be looked at.
_SLACK = 2.0
_GUESSES = 40
_LETTERS_FOR_A_SLIP = 3
# Of fewer letters nothing is guessed.
_LEAST_LETTERS = 3


@dataclass(frozen=True, slots=True)
class Guess:
    """`city` None: any; `name` "": the city itself; `house` "": no house was typed."""

    cost: float
    city: Place | None
    name: str
    house: str


def guesses(keys: Sequence[str], cities: Gazetteer) -> list[Guess]:
    """Guesses for the folded readings of one query, the likeliest first; in two queries."""
    queries = [query for query in map(_Query, dict.fromkeys(keys)) if query.is_enough]
    if not queries:
        return []
    tokens = {token for query in queries for token in query.words.values()}
    near = vocabulary.words_like(tokens)
    names = vocabulary.names_holding({word for words in near.values() for word in words})
    found: dict[tuple[object, str, str], Guess] = {}
    for query in queries:
        for guess in query.guesses(cities, near, names):
            place = (guess.city, guess.name, guess.house)
            if place not in found or guess.cost < found[place].cost:
                found[place] = guess
    ordered = sorted(found.values(), key=_order)
    return [guess for guess in ordered if guess.cost <= ordered[0].cost + _SLACK][:_GUESSES]


def _order(guess: Guess) -> tuple[float, int, str]:
    return (guess.cost, -guess.city.population if guess.city else 0, guess.name)


class _Query:
    """The tokens of a folded query: words by their position, and figures and single letters."""

    def __init__(self, key: str) -> None:
        self.tokens = key.split()[:_TOKENS]
        self.words = {
            at: token for at, token in enumerate(self.tokens) if len(token) > 1 and token.isalpha()
        }
        self.shorts = [token for at, token in enumerate(self.tokens) if at not in self.words]

    @property
    def is_enough(self) -> bool:
        return any(len(word) >= _LEAST_LETTERS for word in self.words.values())

    def guesses(
        self,
        cities: Gazetteer,
        near: dict[str, dict[str, float]],
        names: dict[str, list[str]],
    ) -> Iterator[Guess]:
        spans = self._city_spans(cities)
        for span, places in spans:
            rest = [word for at, word in self.words.items() if at not in span]
            if all(_passing(word) is not None for word in rest):
                skipped = sum(_passing(word) or 0 for word in rest)
                for cost, place in places:
                    yield Guess(cost + skipped, place, "", _house(self.shorts))
            for cost, name in _names(rest, self.shorts, near, names):
                house = _house(_left_of(self.shorts, name))
                for of_city, place in places:
                    yield Guess(cost + of_city, place, name, house)
        everything = list(self.words.values())
        letters = sum(map(len, everything))
        for cost, name in _names(everything, self.shorts, near, names):
            # In a whole country something is always near to a short word.
            if cost <= letters / _LETTERS_FOR_A_SLIP:
                house = _house(_left_of(self.shorts, name))
                yield Guess(cost + (_WITHOUT_CITY if spans else 0), None, name, house)

    def _city_spans(self, cities: Gazetteer) -> list[tuple[range, list[tuple[float, Place]]]]:
        """Neighbouring words that may be a city, with the cities they may be."""
        found = []
        for first in self.words:
            for last in range(first, min(first + _CITY_WORDS, len(self.tokens))):
                if last not in self.words:
                    break
                places = cities.like(" ".join(self.tokens[first : last + 1]), _CITIES_OF_SPAN)
                if places:
                    found.append((range(first, last + 1), places))
        best = min((places[0][0] for _span, places in found), default=0.0)
        return [(span, places) for span, places in found if places[0][0] <= best + _SLACK]


def _names(
    words: Sequence[str],
    shorts: Sequence[str],
    near: dict[str, dict[str, float]],
    names: dict[str, list[str]],
) -> list[tuple[float, str]]:
    """Names that the words may be, the nearest first."""
    if not words:
        return []
    costs: dict[str, list[tuple[float, int]]] = {}
    for at, word in enumerate(words):
        for other, cost in near[word].items():
            costs.setdefault(other, []).append((cost, at))
    passing = [_passing(word) for word in words]
    needed = sum(cost is None for cost in passing)
    found = []
    for name, held in names.items():
        matches = sorted((cost, at, word) for word in held for cost, at in costs.get(word, ()))
        # All that must be are to be there, or all but one.
        if not matches or len({at for _cost, at, _word in matches}) < needed - 1:
            continue
        whole = _cost_of(name, matches, passing, shorts)
        if whole is not None:
            found.append((whole, name))
    return sorted(found)[:_NAMES_OF_READING]


def _cost_of(
    name: str,
    matches: list[tuple[float, int, str]],
    passing: list[float | None],
    shorts: Sequence[str],
) -> float | None:
    """What it costs to read the typed words as `name`; None for too much of it."""
    total = 0.0
    missing = [word for word in name.split() if len(word) > 1 and word.isalpha()]
    typed = set(range(len(passing)))
    for cost, at, word in matches:
        if at not in typed:
            continue
        if word in missing:
            missing.remove(word)
        elif len(word) == sum(map(len, missing)):
            missing = []  # the whole name, without its spaces
        else:
            continue
        typed.discard(at)
        total += cost
    surplus = [at for at in typed if passing[at] is None]
    if len(surplus) > 1 or len(typed) == len(passing):
        return None
    total += sum(passing[at] or 0.0 for at in typed) + _SURPLUS * len(surplus)
    total += sum(_INITIAL if word[0] in shorts else _LEFT_OUT for word in missing)
    figures = [word for word in name.split() if not word.isalpha()]
    return total + _LEFT_OUT * sum(figure not in shorts for figure in figures)


@lru_cache(maxsize=4096)
def _passing(word: str) -> float | None:
    """What it costs to read a word as a type or the like, and pass it over; None if it is none."""
    if word in AMBIGUOUS or word in _PASSED_OVER:
        return 0.1
    if len(word) < 4:
        # «рп-кт»: what is left of a misspelled abbreviation.
        return 0.5 if len(word) < 3 else None
    typed = Typed(word)
    costs = (typed.cost_of(other, begun=False) for other in _PASSED_OVER if len(other) > 3)
    return min((0.1 + cost / 2 for cost in costs if cost is not None), default=None)


def _left_of(shorts: Sequence[str], name: str) -> list[str]:
    """Figures and letters that are no part of the name: «8», «марта», «5» leave «5»."""
    left = list(shorts)
    for word in name.split():
        if word in left:
            left.remove(word)
    return left


def _house(shorts: Sequence[str]) -> str:
    """The house among figures and letters: the first run that is one."""
    found = _HOUSE.search(" ".join(shorts))
    return found.group() if found else ""
