"""Words of the knowledge base: what is kept of an article, and what a reader may have meant.

Both sides are folded alike (`core.folding`), so that search is the same on every database. What a
reader typed on the wrong keyboard, in Latin letters or with a slip is read by the helpers that
addresses are searched with (`locations.alphabets`, `locations.spelling`).
"""

import re
import tomllib
from collections import Counter
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any

from core.folding import fold
from locations.alphabets import readings as readings_of_letters

_DATA: dict[str, Any] = tomllib.loads(
    (Path(__file__).parent / "data" / "search.toml").read_text(encoding="utf-8")
)
PASSED_OVER = frozenset(fold(word) for word in _DATA["passed_over"]["words"])
_ENDINGS = sorted(_DATA["endings"]["endings"], key=len, reverse=True)
_LEAST_LEFT: int = _DATA["endings"]["least"]
# Of a word so many letters are kept: the column's length.
LONGEST_WORD = 40
# What a word weighs by where it stands.
TITLE, SUMMARY, TEXT = 24, 8, 1
# A word repeated in the text weighs no more than this: an article is about what its title says.
TEXT_AT_MOST = 6
# Longer queries are texts of tickets: their first words tell what they are about.
TOKENS_AT_MOST = 16
# Addresses in links and images are not read by anybody.
_TARGETS = re.compile(r"\]\([^)]*\)")


def words_of_article(title: str, summary: str, body: str) -> dict[str, int]:
    """The folded words of an article, and what each weighs."""
    weights: dict[str, int] = {}
    for word, count in Counter(_words(_TARGETS.sub("]", body))).items():
        weights[word] = min(count * TEXT, TEXT_AT_MOST)
    for text, weight in ((summary, SUMMARY), (title, TITLE)):
        for word in set(_words(text)):
            weights[word] = weights.get(word, 0) + weight
    return weights


def tokens_of(text: str) -> list[str]:
    """Words of a query, each once; those that say nothing only where there are no others."""
    found = list(dict.fromkeys(word[:LONGEST_WORD] for word in fold(text).split()))
    telling = [word for word in found if word not in PASSED_OVER]
    return [word for word in telling or found if len(word) > 1 or word.isdigit()][:TOKENS_AT_MOST]


def readings(text: str) -> Iterator[str]:
    """What `text` may have been meant as, the likeliest first; itself before all."""
    yield text
    for reading in readings_of_letters(text):
        if fold(reading) != fold(text):
            yield reading


@lru_cache(maxsize=16_384)
def stem(word: str) -> str:
    """`word` without the ending by which its forms differ: «заявку» and «заявки» are «заявк»."""
    for ending in _ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= _LEAST_LEFT:
            return word[: -len(ending)]
    return word


def _words(text: str) -> Iterator[str]:
    for word in fold(text).split():
        if word not in PASSED_OVER and (len(word) > 1 or word.isdigit()):
            yield word[:LONGEST_WORD]
