"""Filters of what came out of requests: subscriptions; those of commissions build on them."""

from typing import Any

import django_filters
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from core.actor import Actor
from core.choices import OrganizationKind
from core.filters import StrictFilterSet
from core.widgets import LeanSelect
from subscriptions.filters import provider_named
from subscriptions.selectors.request_choices import Reference, request_choices


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
