"""Tickets as lists and pages need them."""

from django.db.models import QuerySet

from core.actor import Actor
from core.ids import normalize_number
from core.querysets import get_visible, refuse_invisible
from support.models import Ticket
from support.models.tickets import NUMBER_PREFIX

# Of people and organizations a list needs the names.
_NAMES = (
    "queue__name",
    "category__name",
    "category__icon",
    "owner__name",
    "owner__kind",
    "requester__full_name",
    "requester__email",
    "assignee__full_name",
    "assignee__email",
    "assignee__public_id",
    "building__address",
)
_RELATED = ("queue", "category", "owner", "requester", "assignee", "building")
_HEAVY = ("fields", "mail_token", "form_token", "search_name")


def ticket_rows(actor: Actor) -> QuerySet[Ticket]:
    """The tickets that the actor may see, each with the names that a list shows; in no order."""
    columns = [
        field.name
        for field in Ticket._meta.concrete_fields
        if field.name not in _HEAVY and field.name not in _RELATED
    ]
    rows = Ticket.objects.visible_to(actor).select_related(*_RELATED)
    return rows.only(*columns, *_RELATED, *_NAMES)


def get_ticket(actor: Actor, number: str) -> Ticket:
    """The ticket for its page, or NotVisible; one query. Whatever dashes `number` has."""
    cleaned = normalize_number(NUMBER_PREFIX, number)
    if cleaned is None:
        refuse_invisible()
    rows = Ticket.objects.select_related(
        "queue__calendar", "category", "owner", "requester", "assignee", "building", "unit", "city",
        "merged_into",
    )  # fmt: skip
    return get_visible(rows, actor, number=cleaned)
