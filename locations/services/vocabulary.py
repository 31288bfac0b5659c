"""Keeps the vocabulary of street names in step with the streets (docs/search.md)."""

from collections.abc import Iterable
from functools import partial
from itertools import islice

from django.db import OperationalError, models, transaction

from locations.models import NameWord, Street, WordKey
from locations.models.vocabulary import WORD_LENGTH
from locations.spelling import keys_of, skeleton

# So many names are one transaction: others hardly wait, also on SQLite.
_BATCH = 200
_SLICE = 5_000
# On MariaDB two writers of the same words may deadlock; the next attempt meets what was written.
_ATTEMPTS = 4


def learn(names: Iterable[str]) -> int:
    """Makes folded names of streets findable by their words; returns how many were new.

    What is known already costs one read. Open no transaction around it: each batch is its own.
    """
    wanted = sorted({name for name in names if name})
    return sum(
        _learn_safely(wanted[start : start + _BATCH]) for start in range(0, len(wanted), _BATCH)
    )


def learn_soon(*names: str) -> None:
    """As `learn`, once the caller's transaction is committed; what is lost is learned hourly."""
    transaction.on_commit(partial(learn, names), robust=True)


def learn_missing() -> int:
    """Learns the names of all streets that are not known yet, however they came in."""
    known = NameWord.objects.filter(name=models.OuterRef("search_key"))
    rows = Street.objects.filter(~models.Exists(known)).order_by().values_list("search_key")
    return learn(name for (name,) in rows.distinct().iterator())


def forget_gone() -> int:
    """Takes away names that no street bears any more, and words that no name holds."""
    borne = Street.objects.filter(search_key=models.OuterRef("name"))
    gone = _delete(NameWord.objects.filter(~models.Exists(borne)))
    held = NameWord.objects.filter(word=models.OuterRef("word"))
    return gone + _delete(WordKey.objects.filter(~models.Exists(held)))


def rebuild() -> tuple[int, int]:
    """Makes the vocabulary anew while it is in use: rows taken away, names learned.

    For when the making of keys has changed: those that are missing are added before those that
    serve no more are taken away, so that search finds the same meanwhile.
    """
    gone, learned = forget_gone(), learn_missing()
    words = NameWord.objects.order_by("word").values_list("word", flat=True).distinct()
    remaining = words.iterator()
    while batch := list(islice(remaining, _BATCH)):
        _write_keys(batch)
    return gone + _drop_wrong_keys(), learned


def _drop_wrong_keys() -> int:
    gone = last = 0
    while rows := list(WordKey.objects.filter(pk__gt=last).order_by("pk")[:_SLICE]):
        last = rows[-1].pk
        wrong = [row.pk for row in rows if row.key not in keys_of(skeleton(row.word))]
        if wrong:
            gone += WordKey.objects.filter(pk__in=wrong).delete()[0]
    return gone


def words_of(name: str) -> list[str]:
    """The words under which a name is kept; figures and initials are compared once it is found.

    Of several words the whole is kept as one too: a space may be forgotten.
    """
    words = [word for word in name.split() if len(word) > 1 and word.isalpha()]
    if len(words) > 1:
        words.append("".join(words))
    return [word for word in dict.fromkeys(words) if len(word) <= WORD_LENGTH]


def _learn_safely(names: list[str]) -> int:
    for attempt in range(1, _ATTEMPTS + 1):
        try:
            with transaction.atomic():
                return _learn(names)
        except OperationalError:
            if attempt == _ATTEMPTS:
                raise
    return 0


def _learn(names: list[str]) -> int:
    known = set(NameWord.objects.filter(name__in=names).values_list("name", flat=True))
    rows = [
        NameWord(word=word, name=name)
        for name in names
        if name not in known
        for word in words_of(name)
    ]
    if not rows:
        return 0
    words = {row.word for row in rows}
    kept = set(NameWord.objects.filter(word__in=words).values_list("word", flat=True))
    _write_keys(sorted(words - kept))
    NameWord.objects.bulk_create(
        sorted(rows, key=lambda row: (row.word, row.name)), ignore_conflicts=True
    )
    return len({row.name for row in rows})


def _write_keys(words: Iterable[str]) -> None:
    WordKey.objects.bulk_create(
        [WordKey(key=key, word=word) for word in words for key in sorted(keys_of(skeleton(word)))],
        ignore_conflicts=True,
    )


def _delete(rows: models.QuerySet) -> int:
    gone = 0
    while ids := list(rows.order_by().values_list("pk", flat=True)[:_SLICE]):
        gone += rows.model._default_manager.filter(pk__in=ids).delete()[0]
    return gone
