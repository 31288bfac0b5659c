"""Filters of commissions: the same on the page, in files to take away and in statements."""

from datetime import date
from typing import Any

import django_filters
from django import forms
from django.core.cache import caches
from django.db.models import Q, QuerySet
from django.utils.formats import date_format
from django.utils.translation import gettext as _text
from django.utils.translation import gettext_lazy as _

from core import clock
from core.actor import Actor
from core.choices import OrganizationKind
from core.errors import DomainError
from core.ids import normalize_number
from core.widgets import LeanSelect
from subscriptions.filters import midnight
from subscriptions.models import Commission
from subscriptions.models.requests import NUMBER_PREFIX
from subscriptions.outcome_filters import OutcomeFilter
from subscriptions.selectors.request_choices import Reference, request_choices
from subscriptions.selectors.subscriptions import MONTHS_SHOWN, last_months, next_month

# The newest commissions tell with which agencies a provider deals.
_WINDOW = 1_000
_FRESH_SECONDS = 120


def _choice(label: Any, method: str, **extra: Any) -> django_filters.ChoiceFilter:
    return django_filters.ChoiceFilter(
        label=label, method=method, empty_label=_("Any"), widget=LeanSelect, **extra
    )


class CommissionFilter(OutcomeFilter):
    """`month` is YYYY-MM, a month of the reader's time zone."""

    month = _choice(_("Month"), "by_month")
    agency = _choice(_("Agency"), "by_agency")
    category = _choice(_("Service"), "by_category")
    kind = _choice(_("Kind"), "by_kind", choices=Commission.Kind.choices)
    agent = _choice(_("Filed by"), "by_agent")
    number = django_filters.CharFilter(
        label=_("Request"),
        method="by_number",
        max_length=30,
        widget=forms.TextInput(
            attrs={"type": "search", "class": "form-control", "placeholder": "EC-0000-0000"}
        ),
    )

    class Meta:
        model = Commission
        fields: list[str] = []

    def __init__(self, data: Any, *, actor: Actor) -> None:
        super().__init__(data, Commission.objects.visible_to(actor), actor=actor)
        months = last_months(clock.today(), MONTHS_SHOWN)[::-1]
        asked = month_of(self.query.get("month", ""))
        # An older month is reached by its address.
        self._months = {f"{first:%Y-%m}": first for first in [*months, *filter(None, [asked])]}
        self._offer("month", [(key, month_in_words(first)) for key, first in self._months.items()])
        known = request_choices(actor)
        self._categories = known.categories
        self._offer("category", [(code, row.name) for code, row in known.categories.items()])
        self._people, self._agencies = known.people, {}
        if actor.kind == OrganizationKind.AGENCY:
            # Who filed is the agency's own affair.
            self._offer("agent", [(key, row.name) for key, row in known.people.items()])
        else:
            del self.filters["agent"]
        if actor.kind == OrganizationKind.PROVIDER:
            self._agencies = self._known_agencies()
            self._offer("agency", [(key, row.name) for key, row in self._agencies.items()])
        else:
            del self.filters["agency"]
        self.filters.move_to_end("number")

    def _offer(self, name: str, choices: list[tuple[str, Any]]) -> None:
        self.filters[name].extra["choices"] = choices

    def _known_agencies(self) -> dict[str, Reference]:
        """Agencies of the newest commissions, and the one that the address names."""
        key = f"commission-agencies:{self.actor.organization_id}"
        found: dict[str, Reference] = caches["local"].get_or_set(  # type: ignore[assignment]
            key, self._read_agencies, _FRESH_SECONDS
        )
        given = self.query.get("agency", "")
        if given and given not in found:
            owed = Commission.objects.visible_to(self.actor).filter(owner__public_id=given)
            row = owed.values_list("owner_id", "owner__name").first()
            if row is not None:
                found = found | {given: Reference(*row)}
        return found

    def _read_agencies(self) -> dict[str, Reference]:
        rows = Commission.objects.visible_to(self.actor).order_by("-accrued_at", "-id")
        newest = rows.values_list("owner__name", "owner__public_id", "owner_id")[:_WINDOW]
        return {public_id: Reference(pk, name) for name, public_id, pk in sorted(set(newest))}

    def by_month(self, rows: QuerySet, name: str, value: str) -> QuerySet:
        return rows.filter(within_month(self._months[value]))

    def by_agency(self, rows: QuerySet, name: str, value: str) -> QuerySet:
        return rows.filter(owner_id=self._agencies[value].pk)

    def by_category(self, rows: QuerySet, name: str, value: str) -> QuerySet:
        return rows.filter(request__category_id=self._categories[value].pk)

    def by_kind(self, rows: QuerySet, name: str, value: str) -> QuerySet:
        return rows.filter(kind=value)

    def by_agent(self, rows: QuerySet, name: str, value: str) -> QuerySet:
        return rows.filter(request__created_by_id=self._people[value].pk)

    def by_number(self, rows: QuerySet, name: str, value: str) -> QuerySet:
        number = normalize_number(NUMBER_PREFIX, value)
        if number is None:
            raise DomainError(
                _text("Write the number of a request, as EC-0000-0000."), field="number"
            )
        return rows.filter(request__number=number)

    def of_month(self, first: date) -> QuerySet:
        """Rows of one month that all filters but those of month and kind let through."""
        query = self.query.copy()
        for name in ("month", "kind"):
            query.pop(name, None)
        others: QuerySet = CommissionFilter(query, actor=self.actor).qs
        return others.filter(within_month(first))

    def asked_month(self) -> date:
        """The month asked for, or this one."""
        return month_of(self.query.get("month", "")) or clock.today().replace(day=1)

    def narrowed(self, **values: str) -> str:
        """The query string of what is shown, narrowed further: a figure leads to its rows."""
        query = self.query.copy()
        for name, value in values.items():
            query[name] = value
        return query.urlencode()


def within_month(first: date) -> Q:
    """Accrued in the month that begins on `first`: one range of the index of times."""
    return Q(accrued_at__gte=midnight(first), accrued_at__lt=midnight(next_month(first)))


def month_of(text: str) -> date | None:
    """The first day of "2026-11"; None for anything else."""
    try:
        return date.fromisoformat(f"{text}-01") if len(text) == len("2026-11") else None
    except ValueError:
        return None


def month_in_words(first: date) -> str:
    return date_format(first, "YEAR_MONTH_FORMAT")
