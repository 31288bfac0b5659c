"""Reads the vocabulary: words near to typed ones, and the names that hold them."""

from collections.abc import Collection, Iterable

from locations.models import NameWord, WordKey
from locations.spelling import Typed

# Words looked at of those near a typed one; beyond them a name is not meant.
_NEAR_WORDS = 80
_NAMES = 3_000


def words_like(tokens: Collection[str]) -> dict[str, dict[str, float]]:
    """For each token the words near it with how far they are, in one query."""
    typed = [Typed(token) for token in tokens]
    keys = {token.word: token.found_under() for token in typed}
    wanted = set().union(*keys.values())
    words_of_key: dict[str, list[str]] = {}
    for key, word in WordKey.objects.filter(key__in=wanted).order_by().values_list("key", "word"):
        words_of_key.setdefault(key, []).append(word)
    return {token.word: _nearest(token, keys[token.word], words_of_key) for token in typed}


def _nearest(
    token: Typed, keys: Iterable[str], words_of_key: dict[str, list[str]]
) -> dict[str, float]:
    words = {word for key in keys for word in words_of_key.get(key, ())}
    costs = {word: token.cost_of(word, begun=True) for word in words}
    near = sorted((cost, word) for word, cost in costs.items() if cost is not None)
    return {word: cost for cost, word in near[:_NEAR_WORDS]}


def names_holding(words: Collection[str]) -> dict[str, list[str]]:
    """Folded names of streets that hold any of the words, with those they hold."""
    found: dict[str, list[str]] = {}
    rows = NameWord.objects.filter(word__in=words).order_by().values_list("name", "word")
    for name, word in rows[:_NAMES]:
        found.setdefault(name, []).append(word)
    return found
