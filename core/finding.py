"""One search over everything: each app says what of its own a text finds.

    @finds("clients", _("Clients"), "users", order=20, kinds=PORTFOLIO_KINDS)
    def clients(asked: Asked) -> list[Hit]: ...

    lead_by_number("EC", ConnectionRequest, "request_detail")

An app registers in its `finding.py`, which `core` imports at start.
"""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

from django.db.models import Model
from django.urls import reverse

from core.actor import Actor
from core.choices import OrganizationKind
from core.errors import Text
from core.ids import normalize_number

SHORTEST = 2
LONGEST = 100
# "EC" typed on a Russian keyboard: the Cyrillic letters that look the same.
_LATIN = str.maketrans({0x415: "E", 0x421: "C", 0x435: "e", 0x441: "c", 0x422: "T", 0x442: "t"})


@dataclass(frozen=True, slots=True)
class Hit:
    """One thing found: `lead` names it and leads to `url`; `text` and `note` tell it from others.

    `guessed`: the text was not found as it stands, this is what may have been meant.
    """

    url: str
    lead: str
    text: str = ""
    note: str = ""
    badge: str = ""
    guessed: bool = False


T = TypeVar("T")


@dataclass(slots=True)
class Asked:
    """One search: what `actor` typed, and how many of each kind are wanted.

    `is_known`: finders asked before have found it as it stands, so that no guess is wanted.
    """

    actor: Actor
    text: str
    limit: int
    is_known: bool = False
    _shared: dict[Callable[..., Any], Any] = field(default_factory=dict)

    def shared(self, work: Callable[[Actor, str], T]) -> T:
        """`work(actor, text)`, done once for all finders of the search."""
        if work not in self._shared:
            self._shared[work] = work(self.actor, self.text)
        found: T = self._shared[work]
        return found


Find = Callable[[Asked], Sequence[Hit]]


@dataclass(frozen=True, slots=True)
class Finder:
    """`list_page`: the URL name of the list that takes the same text as `?q=`; "" for none."""

    name: str
    title: Text
    icon: str
    order: int
    kinds: frozenset[OrganizationKind] | None
    staff: bool
    list_page: str
    find: Find

    def is_for(self, actor: Actor) -> bool:
        if actor.kind is None:
            return self.staff and actor.is_staff
        return self.kinds is None or actor.kind in self.kinds


@dataclass(frozen=True, slots=True)
class Group:
    """What one finder found."""

    finder: Finder
    hits: Sequence[Hit]


_finders: dict[str, Finder] = {}
_numbered: dict[str, tuple[type[Model], str]] = {}


def finds(
    name: str,
    title: Text,
    icon: str,
    *,
    order: int,
    kinds: Collection[OrganizationKind] | None = None,
    staff: bool = False,
    list_page: str = "",
) -> Callable[[Find], Find]:
    """Registers what finds one kind of thing among those that the actor may see.

    `kinds`: the organizations that have such things (None: all). `staff`: also for staff acting for
    no organization.
    """

    def register(find: Find) -> Find:
        limited = None if kinds is None else frozenset(kinds)
        _finders[name] = Finder(name, title, icon, order, limited, staff, list_page, find)
        return find

    return register


def lead_by_number(prefix: str, model: type[Model], page: str) -> None:
    """Makes a number with `prefix` (core.ids) lead to the URL named `page` with that number.

    `model` has a `number` and `objects.visible_to`.
    """
    _numbered[prefix] = (model, page)


def page_of_number(actor: Actor, text: str) -> str | None:
    """The address of what has the number `text`, if the actor sees it.

    The check digit tells a number from any other digits; without a prefix every kind is tried.
    """
    latin = text.translate(_LATIN)
    for prefix, (model, page) in _numbered.items():
        number = normalize_number(prefix, latin)
        rows: Any = model._default_manager
        if number and rows.visible_to(actor).filter(number=number).exists():
            return reverse(page, args=[number])
    return None


def find_everything(actor: Actor, text: str, limit: int) -> list[Group]:
    """At most `limit` of each kind; kinds of which nothing is found are left out.

    What is found as it stands is no misspelling of something else: then guesses are left out.
    """
    if len(text) < SHORTEST:
        return []
    asked = Asked(actor, text, limit)
    fitting = [row for row in _finders.values() if row.is_for(actor)]
    groups = []
    for finder in sorted(fitting, key=lambda row: row.order):
        hits = list(finder.find(asked))
        asked.is_known = asked.is_known or any(not hit.guessed for hit in hits)
        groups.append(Group(finder, hits))
    found = []
    for group in groups:
        hits = [hit for hit in group.hits if not (asked.is_known and hit.guessed)]
        if hits:
            found.append(Group(group.finder, hits))
    return found
