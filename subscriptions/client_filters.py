"""The one definition of how clients are filtered: in pages, bulk actions and exports."""

from datetime import date
from functools import cached_property
from typing import Any

import django_filters
from django import forms
from django.core.exceptions import TooManyFieldsSent
from django.db.models import Q, QuerySet
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from core.actor import Actor
from core.errors import DomainError
from core.filters import StrictFilterSet
from core.widgets import DayInput, LeanSelect
from subscriptions.choices import ClientKind
from subscriptions.filters import midnight
from subscriptions.models import Client, ClientTag, ConnectionRequest
from subscriptions.selectors.clients import clients_found

GIVEN, MISSING, WITHDRAWN = "given", "missing", "withdrawn"
CONSENTS = {
    GIVEN: Q(consent_at__isnull=False, consent_withdrawn_at__isnull=True),
    MISSING: Q(consent_at__isnull=True),
    WITHDRAWN: Q(consent_withdrawn_at__isnull=False),
}
_TAGS = Client.tags.through


def _choice(label: Any, **extra: Any) -> django_filters.ChoiceFilter:
    return django_filters.ChoiceFilter(
        label=label, **{"empty_label": _("Any"), "widget": LeanSelect, **extra}
    )


class ClientFilter(StrictFilterSet):
    """Filters over `Client.objects.visible_to(actor)`; a tag is named by its folded name."""

    q = django_filters.CharFilter(
        label=_("Search"),
        method="by_text",
        max_length=100,
        widget=forms.TextInput(
            attrs={
                "type": "search",
                "class": "form-control",
                "size": 36,
                "placeholder": _("Name or phone, or its last digits"),
            }
        ),
    )
    tag = _choice(_("Tag"), method="by_tag")
    kind = _choice(_("Who it is"), choices=ClientKind.choices, empty_label=_("Anyone"))
    consent = _choice(
        _("Consent"),
        method="by_consent",
        choices=[
            (GIVEN, _("Given")),
            (MISSING, _("Not given yet")),
            (WITHDRAWN, _("Withdrawn")),
        ],
    )
    requests = _choice(_("Requests"), method="by_requests", choices=[("open", _("In work"))])
    since = django_filters.DateFilter(label=_("Added since"), method="by_day", widget=DayInput)

    class Meta:
        model = Client
        fields: list[str] = []

    def __init__(self, data: Any, *, actor: Actor) -> None:
        super().__init__(data, Client.objects.visible_to(actor), actor=actor)
        self.filters["tag"].extra["choices"] = [(tag.search_key, tag.name) for tag in self.tags]

    @classmethod
    def of_text(cls, query: str, *, actor: Actor) -> "ClientFilter":
        """The filter of a query string; DomainError for one that cannot be read."""
        try:
            return cls(QueryDict(query), actor=actor)
        except (TooManyFieldsSent, UnicodeDecodeError) as error:
            raise DomainError(_("This selection cannot be read."), field="query") from error

    @cached_property
    def tags(self) -> list[ClientTag]:
        """All tags of the portfolio; none for staff who look at every organization's."""
        if self.actor.organization is None:
            return []
        return list(ClientTag.objects.visible_to(self.actor))

    @property
    def order(self) -> tuple[str, ...]:
        """The order in which an index serves what is asked for, newest first."""
        return ("-created_at", "-id") if "since" in self.query else ("-id",)

    def bar_key(self, *places: object) -> str:
        """A tag that was just made is offered at once."""
        return super().bar_key(*places, *(tag.name for tag in self.tags))

    def by_text(self, rows: QuerySet, name: str, value: str) -> QuerySet:
        return clients_found(rows, value, self.actor.organization_id)

    def by_tag(self, rows: QuerySet, name: str, value: str) -> QuerySet:
        tag = next(tag for tag in self.tags if tag.search_key == value)
        return rows.filter(pk__in=_TAGS.objects.filter(clienttag=tag).values("client_id"))

    def by_consent(self, rows: QuerySet, name: str, value: str) -> QuerySet:
        return rows.filter(CONSENTS[value])

    def by_requests(self, rows: QuerySet, name: str, value: str) -> QuerySet:
        open_ = ConnectionRequest.objects.visible_to(self.actor).filter(due_at__isnull=False)
        return rows.filter(pk__in=open_.filter(client__isnull=False).values("client_id"))

    def by_day(self, rows: QuerySet, name: str, value: date) -> QuerySet:
        return rows.filter(created_at__gte=midnight(value))
