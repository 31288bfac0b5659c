"""The lists of the site that can be arranged."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from django.http import QueryDict
from django.urls import reverse

from core.actor import Actor
from core.choices import StaffScope
from core.errors import Text
from core.models import SavedView
from core.parts.lists import Column
from core.querysets import refuse_invisible

Layout = SavedView.Layout


@dataclass(frozen=True, slots=True)
class ListKind:
    """One list, and what can be chosen on it.

    `pages` are the names of its URLs by layout. `check` raises DomainError for a query string that
    the list does not understand. `columns` are all that an actor may choose from, `default_columns`
    the names of those that are shown where nothing was chosen, `fixed` of those always shown.
    `staff`: of a list of the staff's own, the scopes that have it; their shared views, which those
    of `staff_share` make, are seen by all of them.
    """

    name: str
    title: Text
    pages: Mapping[str, str]
    check: Callable[[Actor, QueryDict], None]
    columns: Callable[[Actor], Sequence[Column]]
    default_columns: Callable[[Actor], Sequence[str]]
    fixed: frozenset[str] = frozenset()
    staff: frozenset[StaffScope] = frozenset()
    staff_share: frozenset[StaffScope] = frozenset()

    def url(self, layout: str = Layout.LIST, query: str = "") -> str:
        page = self.pages.get(layout) or self.pages[Layout.LIST]
        return reverse(page) + (f"?{query}" if query else "")


_kinds: dict[str, ListKind] = {}


def register_list(kind: ListKind) -> None:
    """Makes a list known; the same name twice is a mistake (ValueError)."""
    if kind.name in _kinds:
        raise ValueError(f"The list {kind.name!r} is registered already.")
    _kinds[kind.name] = kind


def list_kind(name: str) -> ListKind:
    """The list called `name`; NotVisible where there is none."""
    return _kinds.get(name) or refuse_invisible()
