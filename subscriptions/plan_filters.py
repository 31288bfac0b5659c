"""The one definition of how a provider's plans are filtered."""

from typing import Any

import django_filters
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from core.actor import Actor
from core.filters import StrictFilterSet
from subscriptions.models import Plan
from subscriptions.selectors.catalogue import categories

ON_SALE, NOT_ON_SALE = "yes", "no"


class PlanFilter(StrictFilterSet):
    """Filters over `Plan.objects.visible_to(actor)`."""

    category = django_filters.ChoiceFilter(
        label=_("Service"), field_name="category__code", empty_label=_("All services")
    )
    offered = django_filters.ChoiceFilter(
        label=_("On sale"),
        method="by_offered",
        choices=[(ON_SALE, _("On sale today")), (NOT_ON_SALE, _("Not on sale"))],
        empty_label=_("All plans"),
    )

    class Meta:
        model = Plan
        fields: list[str] = []

    def __init__(self, data: Any, *, actor: Actor) -> None:
        super().__init__(data, Plan.objects.visible_to(actor), actor=actor)
        self.filters["category"].extra["choices"] = [
            (category.code, category.name) for category in categories()
        ]

    def by_offered(self, rows: QuerySet, name: str, value: str) -> QuerySet:
        offered = Plan.objects.offered().values("pk")
        return rows.filter(pk__in=offered) if value == ON_SALE else rows.exclude(pk__in=offered)
