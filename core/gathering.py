"""Many changes in one transaction: what each would write beside its own row is written together.

    with gathered() as gathering:
        for number in numbers:
            with gathering.each():
                move_request(actor, number, "approve")

Services inside are none the wiser: `emit` and `core.tallies` keep what they are given until the end
of the block, and what is `remembered` is read once. A change that fails takes what it has given
with it, and none of the others.
"""

from collections.abc import Callable, Hashable, Iterable, Iterator
from contextlib import contextmanager, nullcontext
from contextvars import ContextVar
from typing import Any, TypeVar

from django.db import transaction

T = TypeVar("T")
Write = Callable[[list[Any]], None]


class Gathering:
    """What waits to be written, by the function that will write it."""

    def __init__(self) -> None:
        self._kept: dict[Write, list[Any]] = {}
        self._remembered: dict[Hashable, Any] = {}

    def keep(self, write: Write, items: Iterable[Any]) -> None:
        """Lets `write` be given `items`, with all others, at the end of the block."""
        self._kept.setdefault(write, []).extend(items)

    @contextmanager
    def each(self, *, savepoint: bool = True) -> Iterator[None]:
        """One of the changes: a savepoint of the database, and of what is kept.

        Without `savepoint` for a change that is one transaction by itself: its own will do.
        """
        before = {write: len(items) for write, items in self._kept.items()}
        try:
            with transaction.atomic() if savepoint else nullcontext():
                yield
        except BaseException:
            for write, items in self._kept.items():
                del items[before.get(write, 0) :]
            raise

    def read(self, key: Hashable, make: Callable[[], T]) -> T:
        if key not in self._remembered:
            self._remembered[key] = make()
        found: T = self._remembered[key]
        return found

    def write(self) -> None:
        for write, items in self._kept.items():
            if items:
                write(items)


_current: ContextVar[Gathering | None] = ContextVar("gathering", default=None)


def gathering_now() -> Gathering | None:
    """The block that the caller is in, if any."""
    return _current.get()


def remembered(key: Hashable, make: Callable[[], T]) -> T:
    """What `make` reads; within a block read once for each `key`.

    For what the block itself does not change: organizations, calendars.
    """
    gathering = _current.get()
    return make() if gathering is None else gathering.read(key, make)


@contextmanager
def gathered() -> Iterator[Gathering]:
    """A transaction at whose end everything that was kept is written; nothing where it failed."""
    gathering = Gathering()
    with transaction.atomic():
        token = _current.set(gathering)
        try:
            yield gathering
        finally:
            _current.reset(token)
        gathering.write()
