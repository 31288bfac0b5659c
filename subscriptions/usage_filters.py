"""The filter of an organization's use: the service, the month, the city."""

from datetime import date
from typing import Any

import django_filters
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from core import clock
from core.actor import Actor
from core.filters import StrictFilterSet
from core.widgets import LeanSelect
from subscriptions.commission_filters import month_in_words, month_of
from subscriptions.models import UsageMonth
from subscriptions.selectors.subscriptions import last_months
from subscriptions.selectors.usage.overview import cities_of, measured

MONTHS_OFFERED = 24


class UsageFilter(StrictFilterSet):
    """`rows` are the months of use of the service and the city, whatever the month."""

    category = django_filters.ChoiceFilter(
        label=_("Service"), method="by_category", empty_label=_("Any"), widget=LeanSelect
    )
    # Of the page and not of the rows: charts show the months around it.
    month = django_filters.ChoiceFilter(
        label=_("Month"), method="by_month", empty_label=_("This month"), widget=LeanSelect
    )
    city = django_filters.ChoiceFilter(
        label=_("City"), method="by_city", empty_label=_("Any"), widget=LeanSelect
    )

    class Meta:
        model = UsageMonth
        fields: list[str] = []

    def __init__(self, data: Any, *, actor: Actor) -> None:
        rows = UsageMonth.objects.visible_to(actor)
        # Nobody looks at the use of everybody: staff choose an organization first.
        super().__init__(data, rows if actor.organization else rows.none(), actor=actor)
        self.categories = {row.code: row for row in measured()}
        self._cities = cities_of(actor)
        self._months = last_months(clock.today(), MONTHS_OFFERED)[::-1]
        asked = month_of(self.query.get("month", ""))
        if asked is not None and asked not in self._months and asked < self._months[0]:
            self._months.append(asked)
        self.filters["category"].extra["choices"] = [
            (code, row.name) for code, row in self.categories.items()
        ]
        self.filters["month"].extra["choices"] = [
            (f"{first:%Y-%m}", month_in_words(first)) for first in self._months
        ]
        self.filters["city"].extra["choices"] = list(self._cities.items())

    @property
    def month_shown(self) -> date:
        self.check()
        return month_of(self.query.get("month", "")) or self._months[0]

    def by_category(self, rows: QuerySet, name: str, value: str) -> QuerySet:
        return rows.filter(subscription__category_id=self.categories[value].pk)

    def by_month(self, rows: QuerySet, name: str, value: str) -> QuerySet:
        return rows

    def by_city(self, rows: QuerySet, name: str, value: str) -> QuerySet:
        return rows.filter(subscription__city__public_id=value)
