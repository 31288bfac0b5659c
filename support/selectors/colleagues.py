"""The owner's people around a ticket: who is told of it, and who may be."""

from collections.abc import Collection
from typing import Any

from core.actor import Actor
from support.models import Observer, Ticket
from users.models import CustomUser, Membership

# Of a company of thousands the first; the others add themselves by answering.
COLLEAGUES_AT_MOST = 200


def observers_shown(actor: Actor, ticket: Ticket) -> list[CustomUser]:
    """Who of the owner's people observes the ticket; staff who do are the desk's own matter."""
    observed = Observer.objects.filter(ticket=ticket).values("user_id")
    return _people(ticket, observed)


def colleagues_of(
    actor: Actor, ticket: Ticket, besides: Collection[CustomUser]
) -> list[CustomUser]:
    """Who may be added as an observer: members but the requester and `besides`."""
    known = {ticket.requester_id, *(user.pk for user in besides)}
    return [user for user in _people(ticket, None) if user.pk not in known]


def _people(ticket: Ticket, among: Any) -> list[CustomUser]:
    if ticket.owner_id is None:
        return []
    rows = Membership.objects.filter(
        organization_id=ticket.owner_id, is_active=True, user__is_active=True
    )
    if among is not None:
        rows = rows.filter(user_id__in=among)
    found = rows.select_related("user").order_by("user__full_name", "pk")
    return [row.user for row in found[:COLLEAGUES_AT_MOST]]
