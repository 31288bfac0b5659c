"""Filters of what came out of requests: subscriptions; those of commissions build on them."""

from typing import Any

import django_filters
from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from core.actor import Actor
from core.choices import OrganizationKind
from core.filters import StrictFilterSet
from core.ids import normalize_number
from core.widgets import LeanSelect
from subscriptions.choices import SubscriptionState
from subscriptions.filters import provider_named
from subscriptions.models import Subscription
from subscriptions.models.subscriptions import NUMBER_PREFIX
from subscriptions.selectors.request_choices import Reference, request_choices
from subscriptions.selectors.request_search import search_places
from subscriptions.selectors.subscriptions import numbered


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


class SubscriptionFilter(OutcomeFilter):
    q = django_filters.CharFilter(
        label=_("Search"),
        method="by_text",
        min_length=2,
        max_length=100,
        widget=forms.TextInput(
            attrs={
                "type": "search",
                "class": "form-control",
                "placeholder": _("Number, client, phone, address"),
            }
        ),
    )
    state = django_filters.ChoiceFilter(
        label=_("State"),
        choices=SubscriptionState.choices,
        empty_label=_("Any"),
        widget=LeanSelect,
    )
    category = django_filters.ChoiceFilter(
        label=_("Service"), method="by_category", empty_label=_("Any"), widget=LeanSelect
    )

    class Meta:
        model = Subscription
        fields: list[str] = []

    def __init__(self, data: Any, *, actor: Actor) -> None:
        super().__init__(data, Subscription.objects.visible_to(actor), actor=actor)
        self._categories = request_choices(actor).categories
        self.filters["category"].extra["choices"] = [
            (code, row.name) for code, row in self._categories.items()
        ]

    def by_text(self, rows: QuerySet, name: str, value: str) -> QuerySet:
        number = normalize_number(NUMBER_PREFIX, value)
        if number:
            return rows.filter(number=number)
        return rows.filter(numbered(value) | search_places(self.actor, value))

    def by_category(self, rows: QuerySet, name: str, value: str) -> QuerySet:
        return rows.filter(category_id=self._categories[value].pk)
