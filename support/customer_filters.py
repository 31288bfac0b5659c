"""How customers filter their own tickets: by what is to be done with them, and by text.

The desk has filters of its own (`support.filters`); what staff set stays theirs.
"""

import django_filters
from django import forms
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from core.filters import StrictFilterSet
from core.widgets import LeanSelect
from support.choices import OPEN_STATES, TicketState
from support.models import Ticket
from support.selectors.ticket_search import search

WAITING, OPEN, OVER = "waiting", "open", "over"
GROUPS = {
    WAITING: Q(state=TicketState.PENDING),
    OPEN: Q(state__in=sorted(OPEN_STATES)),
    OVER: Q(state__in=[TicketState.SOLVED, TicketState.CLOSED]),
}


class OwnTicketFilter(StrictFilterSet):
    """Filters over `Ticket.objects.visible_to(actor)`, of an actor who acts for an organization."""

    q = django_filters.CharFilter(
        label=_("Search"),
        method="by_text",
        max_length=100,
        widget=forms.TextInput(
            attrs={
                "type": "search",
                "class": "form-control",
                "size": 36,
                "placeholder": _("Number, or words of the subject"),
            }
        ),
    )
    state = django_filters.ChoiceFilter(
        label=_("State"),
        method="by_state",
        empty_label=_("Any"),
        widget=LeanSelect,
        choices=[
            (WAITING, _("Waiting for your answer")),
            (OPEN, _("Not solved yet")),
            (OVER, pgettext_lazy("tickets", "Solved and closed")),
        ],
    )

    class Meta:
        model = Ticket
        fields: tuple[str, ...] = ()

    def by_state(self, rows: QuerySet, name: str, value: str) -> QuerySet:
        return rows.filter(GROUPS[value])

    def by_text(self, rows: QuerySet, name: str, value: str) -> QuerySet:
        return search(rows, self.actor, value)
