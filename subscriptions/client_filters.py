"""The one definition of how clients are filtered."""

from typing import Any

import django_filters
from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from core.actor import Actor
from core.filters import StrictFilterSet
from subscriptions.choices import ClientKind
from subscriptions.models import Client
from subscriptions.selectors.clients import clients_found


class ClientFilter(StrictFilterSet):
    """Filters over `Client.objects.visible_to(actor)`."""

    q = django_filters.CharFilter(
        label=_("Search"),
        method="by_text",
        max_length=100,
        widget=forms.TextInput(
            attrs={
                "type": "search",
                "size": 36,
                "placeholder": _("Name or phone, or its last digits"),
            }
        ),
    )
    kind = django_filters.ChoiceFilter(
        label=_("Who it is"), choices=ClientKind.choices, empty_label=_("Anyone")
    )

    class Meta:
        model = Client
        fields: list[str] = []

    def __init__(self, data: Any, *, actor: Actor) -> None:
        super().__init__(data, Client.objects.visible_to(actor), actor=actor)

    def by_text(self, rows: QuerySet, name: str, value: str) -> QuerySet:
        return clients_found(rows, value, self.actor.organization_id)
