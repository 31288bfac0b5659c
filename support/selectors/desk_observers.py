"""Who is told of a ticket, and who may be: colleagues of the desk, the owner's people."""

from typing import Any

from core.actor import Actor
from support.models import Observer, Ticket
from support.selectors.people import desk_people
from support.ticket_workflow import works_the_desk
from users.models import CustomUser, Membership

# Of a company of thousands the first; the others add themselves by answering.
MEMBERS_AT_MOST = 100


def observers_panel(actor: Actor, ticket: Ticket) -> dict[str, Any]:
    """`observers` with whether they are the customer's, and whom the actor may add."""
    rows = Observer.objects.filter(ticket=ticket).select_related("user").order_by("pk")
    observers = [(row.user, not row.user.is_staff) for row in rows]
    if not works_the_desk(actor):
        return {"observers": observers, "addable": []}
    known = {user.pk for user, _is_theirs in observers}
    return {
        "observers": observers,
        "addable": [
            (group, [user for user in people if user.pk not in known])
            for group, people in (("desk", _desk()), ("customer", _members(ticket)))
        ],
    }


def _desk() -> list[CustomUser]:
    return list(desk_people().order_by("full_name", "pk"))


def _members(ticket: Ticket) -> list[CustomUser]:
    if ticket.owner_id is None:
        return []
    rows = Membership.objects.filter(
        organization_id=ticket.owner_id, is_active=True, user__is_active=True
    ).exclude(user_id=ticket.requester_id or 0)
    found = rows.select_related("user").order_by("user__full_name", "pk")[:MEMBERS_AT_MOST]
    return [row.user for row in found]
