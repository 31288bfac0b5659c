"""Filters that refuse what they do not understand: a mistyped parameter never widens a selection.

Used alike by pages, exports, bulk actions and the API (ARCHITECTURE.md, One list, one detail).
"""

from collections import OrderedDict
from collections.abc import Iterator
from copy import copy
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, ClassVar

import django_filters
from django import forms
from django.db import models
from django.http import QueryDict
from django.utils.formats import date_format
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from core.actor import Actor
from core.errors import DomainError, Text
from core.polling import pulse_of

# What an address may hold beside filters: the place on the list, its order, its part, and the saved
# view that is open.
NOT_FILTERS = frozenset({"after", "sort", "size", "fragment", "view"})


@dataclass(frozen=True, slots=True)
class Chip:
    """One active filter as it is shown: what it narrows, to what, and the address without it."""

    name: str
    label: Text
    value: str
    without: str  # a query string, without "?"


class StrictFilterSet(django_filters.FilterSet):
    """A filter set that raises DomainError (400) for an unknown parameter or an invalid value.

    `not_filters` names the parameters of the page that are no filters; a subclass may add its own.
    A parameter that takes one value and is given two is refused as well: the page would show one
    and the reader believe in the other.
    """

    not_filters: ClassVar[frozenset[str]] = NOT_FILTERS

    def __init__(
        self, data: QueryDict | None, queryset: models.QuerySet, *, actor: Actor, **kwargs: Any
    ) -> None:
        self.actor = actor
        given = data if data is not None else QueryDict()
        self.names = tuple(given)
        self.query = _without_blanks(given)
        # The library keeps them on the class, and copies what it finds on the set.
        declared = vars(type(self))["base_filters"]
        self.base_filters = _OwnFilters((name, _copy_of(one)) for name, one in declared.items())
        super().__init__(self.query, queryset, **kwargs)

    @property
    def qs(self) -> models.QuerySet:
        """The rows that pass; raises DomainError rather than return more than was asked for."""
        self.check()
        return super().qs if self.is_active else self.queryset.all()

    @property
    def cleaned(self) -> dict[str, Any]:
        """Valid values of all filters by name; None, "" or [] where a filter is not active."""
        self.check()
        self.form.is_valid()
        return self.form.cleaned_data

    def check(self) -> None:
        """Raises DomainError with `field` naming the first parameter that is unknown or invalid."""
        for name in self.names:
            if name not in self.filters and name not in self.not_filters:
                raise DomainError(
                    _("This list has no filter “%(name)s”.") % {"name": name}, field=name
                )
        for name in self._single():
            if len(self.query.getlist(name)) > 1:
                raise DomainError(_("Give “%(name)s” one value.") % {"name": name}, field=name)
        # Without filters there is nothing to validate; most lists are opened so.
        if not self.is_active or self.form.is_valid():
            return
        name, errors = next(iter(self.form.errors.items()))
        raise DomainError(
            _("The filter “%(name)s” cannot be used: %(error)s")
            % {"name": name, "error": " ".join(map(str, errors))},
            field=name,
        )

    @property
    def is_active(self) -> bool:
        """Whether anything is narrowed."""
        return any(name in self.filters for name in self.query)

    def chips(self) -> list[Chip]:
        """The active filters, in the order of the filter bar."""
        self.check()
        if not self.is_active:
            return []
        return [
            Chip(name, field.label or name, self.display(name, value), self._without(name, value))
            for name, field in self.form.fields.items()
            for value in self.query.getlist(name)
        ]

    def bar_key(self, *places: object) -> str:
        """What the drawn filter bar depends on, as a key of a cache.

        Choices are those of an organization, and of a team where its members see less; they change
        with what happens to it.
        """
        actor = self.actor
        parts = (
            type(self).__qualname__,
            actor.organization_id,
            pulse_of(actor.organization) if actor.organization else 0,
            actor.role,
            actor.team_id,
            actor.staff,
            None if actor.organization else actor.user_id,
            get_language(),
            self.query.urlencode(),
            *places,
        )
        return f"bar:{sha256(repr(parts).encode()).hexdigest()}"

    def display(self, name: str, value: str) -> str:
        """The raw `value` of filter `name` as a reader knows it."""
        field = self.form.fields[name]
        if isinstance(field, forms.DateField):
            return date_format(field.clean(value))
        for key, label in _flat(getattr(field, "choices", ())):
            if str(key) == value:
                return str(label)
        return value

    def _single(self) -> Iterator[str]:
        for name in self.query:
            chosen = self.filters.get(name)
            if not isinstance(chosen, django_filters.MultipleChoiceFilter):
                yield name

    def _without(self, name: str, value: str) -> str:
        rest = self.query.copy()
        rest.setlist(name, [other for other in rest.getlist(name) if other != value])
        rest.pop("after", None)
        return rest.urlencode()


class _OwnFilters(OrderedDict[str, django_filters.Filter]):
    """The filters of one set, copied as deep as they are changed.

    The library's copy of everything that they refer to costs more than reading the rows.
    """

    def __deepcopy__(self, memo: dict[int, Any]) -> "_OwnFilters":
        return self


def _copy_of(declared: django_filters.Filter) -> django_filters.Filter:
    own = copy(declared)
    own.extra = dict(declared.extra)
    own.__dict__.pop("_field", None)
    if own.method is not None:
        # Binds the method to the copy: it finds its set through the filter.
        own.method = own.method
    return own


def _without_blanks(data: QueryDict) -> QueryDict:
    """A form sent with empty fields says nothing about them."""
    kept = QueryDict(mutable=True)
    for name, values in data.lists():
        filled = [value.strip() for value in values if value.strip()]
        if filled:
            kept.setlist(name, filled)
    return kept


def _flat(choices: Any) -> Iterator[tuple[Any, Any]]:
    """Choices without their groups."""
    for key, label in choices:
        if isinstance(label, (list, tuple)):
            yield from label
        else:
            yield key, label
