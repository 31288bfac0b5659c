"""What customers see of their tickets: the list, the state in their words, what was promised."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import QuerySet

from core import clock
from core.actor import Actor
from support.choices import OPEN_STATES, LinkKind, TicketState
from support.linking import tickets_about
from support.models import Ticket

ABOUT_SHOWN = 5
HOME_SHOWN = 5
WAITING_SHOWN = 25
# Ordinary lists are read in the order in which things changed.
ORDER = ("-updated_at", "-id")


def waiting_for(rows: QuerySet[Ticket]) -> list[Ticket]:
    """Those that wait for their customer, who answered last first; one more than is shown."""
    return list(rows.filter(state=TicketState.PENDING).order_by(*ORDER)[: WAITING_SHOWN + 1])


def waiting_at_home(actor: Actor) -> list[Ticket]:
    """The newest of those that wait for the actor's organization, for its home; one query."""
    rows = Ticket.objects.visible_to(actor).filter(state=TicketState.PENDING)
    return list(rows.only("number", "subject", "state", "updated_at").order_by(*ORDER)[:HOME_SHOWN])


def about_what(actor: Actor, kind: LinkKind, object_id: int) -> list[Ticket]:
    """The newest tickets about one thing, one more than a panel shows; one query."""
    rows = tickets_about(actor, kind, object_id)
    return list(
        rows.only("number", "subject", "state", "updated_at", "owner_id")[: ABOUT_SHOWN + 1]
    )


@dataclass(frozen=True, slots=True)
class Promise:
    """What the customer may count on; `kind` has its words in the template."""

    kind: str
    until: datetime | None = None
    whom: str = ""


def promises_of(ticket: Ticket) -> list[Promise]:
    """What is promised now, the nearest first; nothing once the ticket is solved."""
    if ticket.state not in OPEN_STATES:
        return []
    if ticket.state == TicketState.PENDING:
        return [Promise("yours")]
    return [found for found in (_answer(ticket), _hold(ticket), _solution(ticket)) if found]


def _answer(ticket: Ticket) -> Promise | None:
    due = ticket.next_due_at or ticket.first_due_at
    if due is None:
        return None
    return Promise("late") if due < clock.now() else Promise("answer", due)


def _hold(ticket: Ticket) -> Promise | None:
    if ticket.state != TicketState.ON_HOLD or ticket.held_until is None:
        return None
    return Promise("others", ticket.held_until, ticket.held_for)


def _solution(ticket: Ticket) -> Promise | None:
    due = ticket.solution_due_at
    return Promise("solution", due) if due is not None and due >= clock.now() else None
