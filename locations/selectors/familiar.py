"""Which cities an organization works in: its addresses stand first among equals.

Apps above say how they know: each registers a function that is given an actor and returns ids of
cities, the most frequent first.

    @knows_cities
    def of_requests(actor: Actor) -> Iterable[int]: ...

The answer is kept in the process for some minutes: it is asked for with every letter typed.
"""

from collections.abc import Callable, Iterable
from functools import lru_cache
from itertools import chain
from time import monotonic

from core.actor import Actor

_SECONDS = 600
_ORGANIZATIONS = 4096
# An organization that works everywhere has no place of its own.
_MOST = 12

Knows = Callable[[Actor], Iterable[int]]
_known_by: dict[str, Knows] = {}


def knows_cities(function: Knows) -> Knows:
    """Registers a source of the cities that an actor's organization works in."""
    _known_by[f"{function.__module__}.{function.__qualname__}"] = function
    return function


def familiar_cities(actor: Actor) -> tuple[int, ...]:
    """Ids of at most a dozen cities in which the actor's organization works."""
    if actor.organization is None:
        return ()
    return _of(_Asked(actor), int(monotonic() // _SECONDS))


def forget() -> None:
    """Makes this process ask anew."""
    _of.cache_clear()


class _Asked:
    """An actor that stands for its organization: equal to any other of it."""

    __slots__ = ("actor",)

    def __init__(self, actor: Actor) -> None:
        self.actor = actor

    def __hash__(self) -> int:
        return hash(self.actor.organization_id)

    def __eq__(self, other: object) -> bool:
        return (
            isinstance(other, _Asked)
            and other.actor.organization_id == self.actor.organization_id
        )


@lru_cache(maxsize=_ORGANIZATIONS)
def _of(asked: _Asked, _slot: int) -> tuple[int, ...]:
    known = chain.from_iterable(know(asked.actor) for know in _known_by.values())
    return tuple(dict.fromkeys(known))[:_MOST]
