"""Filters of what came out of requests: subscriptions and commissions."""

from datetime import date
from typing import Any

import django_filters
from django.db.models import Q, QuerySet
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _

from core import clock
from core.actor import Actor
from core.choices import OrganizationKind
from core.filters import StrictFilterSet
from core.widgets import LeanSelect
from subscriptions.filters import midnight, provider_named
from subscriptions.models import Commission
from subscriptions.selectors.request_choices import Reference, request_choices
from subscriptions.selectors.subscriptions import MONTHS_SHOWN, last_months, next_month


class OutcomeFilter(StrictFilterSet):
    """What both lists are filtered by: the provider, for those who deal with several."""

    provider = django_filters.ChoiceFilter(
        label=_("Provider"), method="by_provider", empty_label=_("Any"), widget=LeanSelect
    )

    def __init__(self, data: Any, queryset: QuerySet, *, actor: Actor) -> None:
        super().__init__(data, queryset, actor=actor)
        if actor.kind == OrganizationKind.PROVIDER:
            del self.filters["provider"]
            self.providers: dict[str, Reference] = {}
            return
        self.filters.move_to_end("provider")
        self.providers = dict(request_choices(actor).providers)
        given = self.query.get("provider")
        if given and given not in self.providers and (found := provider_named(actor, given)):
            self.providers[given] = found
        self.filters["provider"].extra["choices"] = [
            (key, row.name) for key, row in self.providers.items()
        ]

    def by_provider(self, rows: QuerySet, name: str, value: str) -> QuerySet:
        return rows.filter(provider_id=self.providers[value].pk)


class CommissionFilter(OutcomeFilter):
    """`month` is YYYY-MM, a month of the reader's time zone."""

    month = django_filters.ChoiceFilter(
        label=_("Month"), method="by_month", empty_label=_("Any"), widget=LeanSelect
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
        self.filters["month"].extra["choices"] = [
            (key, month_in_words(first)) for key, first in self._months.items()
        ]

    def by_month(self, rows: QuerySet, name: str, value: str) -> QuerySet:
        return rows.filter(within_month(self._months[value]))


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
