"""The catalogue of event kinds and the registry of handlers."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from django.utils.functional import Promise

from core.choices import PartyRole

if TYPE_CHECKING:
    from core.models import Event


@dataclass(frozen=True, slots=True)
class EventKind:
    """One thing that can happen.

    `audiences` says which fields of `data` each side may see; a side that is missing is not told.
    """

    name: str
    title: str | Promise
    audiences: Mapping[PartyRole, frozenset[str]]
    # Whom the bell and the mail tell by default: the sides other than the one that acted.
    notify: frozenset[PartyRole] = field(default_factory=frozenset)
    icon: str = "point"
    # Told to its parties alone, and not to all who stand on those sides: what an organization keeps
    # to itself. Its own people are told too, but for the one who acted.
    own_alone: bool = False
    # Off: a notice to persons, of which the timeline has told already.
    in_timeline: bool = True
    # Off: the app sends a letter of its own, so that the bell tells of it and the channel does not.
    mailed: bool = True

    def seen_by(self, sides: Iterable[PartyRole]) -> frozenset[str] | None:
        """The fields that `sides` together may see; None when none of them is told at all."""
        seen = [self.audiences[side] for side in sides if side in self.audiences]
        return frozenset().union(*seen) if seen else None


@dataclass(frozen=True, slots=True)
class Handler:
    """What runs, by a job of its own with retries, after an event of an interesting kind."""

    name: str
    kinds: frozenset[str]
    run: Callable[["Event"], None]
    queue: str


_handlers: dict[str, Handler] = {}


def kinds() -> Mapping[str, EventKind]:
    """Every kind of event by its name, in the order of the catalogue."""
    from core.events.kinds import CATALOGUE

    return CATALOGUE


def kind(name: str) -> EventKind:
    """The kind called `name`; KeyError when the catalogue has none."""
    return kinds()[name]


def handler(
    *kind_names: str, queue: str = "default"
) -> Callable[[Callable[["Event"], None]], Callable[["Event"], None]]:
    """Registers a function of one event. It may run twice: make its effect happen once."""

    def register(function: Callable[["Event"], None]) -> Callable[["Event"], None]:
        name = f"{function.__module__}.{function.__qualname__}"
        unknown = [wanted for wanted in kind_names if wanted not in kinds()]
        if unknown:
            raise LookupError(f"{name} handles kinds that are not in the catalogue: {unknown}")
        _handlers[name] = Handler(name, frozenset(kind_names), function, queue)
        return function

    return register


def handlers_of(kind_name: str) -> list[Handler]:
    return [found for found in _handlers.values() if kind_name in found.kinds]


def handler_named(name: str) -> Handler:
    return _handlers[name]
