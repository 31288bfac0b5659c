"""A ticket's life: the one table of its states and moves, and who stands on which side.

Buttons, the API and docs/support-desk.md are drawn from `TICKET_WORKFLOW`; the moves themselves
are made by `support.services.moving.move_ticket`.
"""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from core.actor import Actor
from core.choices import StaffScope
from core.workflow import State, Transition, Workflow
from support.choices import DeskSide, TicketState
from support.models.tickets import LEAST_TO_WRITE, Ticket

S = TicketState
CUSTOMER, STAFF, SYSTEM = DeskSide.CUSTOMER, DeskSide.STAFF, DeskSide.SYSTEM
# A row's cases: one that was merged into another stays closed.
OWN, MERGED = "OWN", "MERGED"


def _state(name: TicketState, tone: str, icon: str, *, until: str | None = None) -> State:
    return State(name.value, name.label, tone, icon, until=until)


def _move(
    name: str,
    label: str | Promise,
    sources: set[TicketState],
    target: TicketState,
    sides: set[DeskSide],
    event: str,
    *,
    requires: tuple[str, ...] = (),
    icon: str = "arrow-right",
    style: str = "secondary",
    confirm: str | Promise = "",
    cases: frozenset[str] = frozenset({OWN}),
) -> Transition:
    return Transition(
        name,
        label,
        frozenset(source.value for source in sources),
        target.value,
        frozenset(side.value for side in sides),
        event,
        requires=requires,
        icon=icon,
        style=style,
        confirm=confirm,
        cases=cases,
    )


_OPEN = {S.NEW, S.OPEN, S.PENDING, S.ON_HOLD}

TICKET_WORKFLOW = Workflow.of(
    "ticket",
    S.NEW.value,
    [
        _state(S.NEW, "info", "message-plus"),
        _state(S.OPEN, "info", "message"),
        _state(S.PENDING, "wait", "message-question"),
        _state(S.ON_HOLD, "wait", "player-pause", until="held_until"),
        _state(S.SOLVED, "good", "circle-check"),
        _state(S.CLOSED, "stopped", "archive"),
    ],
    [
        _move(
            "take_up",
            _("Take up"),
            {S.NEW, S.PENDING, S.ON_HOLD},
            S.OPEN,
            {STAFF, SYSTEM},
            "ticket.state_changed",
            icon="player-play",
        ),
        _move(
            "await_customer",
            _("Wait for the customer"),
            {S.NEW, S.OPEN, S.ON_HOLD},
            S.PENDING,
            {STAFF},
            "ticket.state_changed",
            icon="message-question",
        ),
        _move(
            "hold",
            _("Wait for others"),
            {S.NEW, S.OPEN, S.PENDING},
            S.ON_HOLD,
            {STAFF},
            "ticket.state_changed",
            # Never on hold without a date and a name.
            requires=("held_for", "held_until"),
            icon="player-pause",
        ),
        _move(
            "solve",
            _("Mark as solved"),
            _OPEN,
            S.SOLVED,
            {STAFF, CUSTOMER},
            "ticket.solved",
            icon="circle-check",
            style="primary",
        ),
        _move(
            "reopen",
            _("Reopen"),
            {S.SOLVED, S.CLOSED},
            S.OPEN,
            {STAFF, CUSTOMER, SYSTEM},
            "ticket.reopened",
            icon="rotate",
        ),
        _move(
            "close",
            pgettext_lazy("ticket", "Close"),
            {*_OPEN, S.SOLVED},
            S.CLOSED,
            {STAFF, CUSTOMER, SYSTEM},
            "ticket.closed",
            icon="archive",
            confirm=_("Close this ticket?"),
        ),
    ],
    {CUSTOMER.value: CUSTOMER.label, STAFF.value: STAFF.label, SYSTEM.value: SYSTEM.label},
)


def works_the_desk(actor: Actor) -> bool:
    """Whether the actor answers customers: support and administrators, acting for nobody.

    Account managers read their organizations' tickets with the internal notes, and add notes.
    """
    return actor.organization is None and actor.staff in {StaffScope.SUPPORT, StaffScope.ADMIN}


def sides_of(actor: Actor, ticket: Ticket) -> list[str]:
    """The sides on which the actor stands, who sees the ticket."""
    if actor.system:
        return [SYSTEM.value]
    if works_the_desk(actor):
        return [STAFF.value]
    if actor.organization is not None and ticket.owner_id == actor.organization_id:
        # Staff who act by the organization's leave are there with a member's role.
        return [CUSTOMER.value] if actor.has_role(LEAST_TO_WRITE) else []
    return []


def cases_of(ticket: Ticket) -> tuple[str, ...]:
    return (MERGED,) if ticket.merged_into_id else (OWN,)
