"""Moves a ticket by one transition of the table: the row, its clocks, the event."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from functools import partial
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from core import clock
from core.actor import Actor, system_actor
from core.errors import Conflict, DomainError
from core.events import emit
from core.workflow import Transition, run_transition, touched
from subscriptions.services.requests.input import clean_text
from support.choices import DeskSide, TicketState
from support.models import Ticket
from support.services import deadlines
from support.services.parties import parties_of
from support.ticket_workflow import TICKET_WORKFLOW, cases_of, sides_of, works_the_desk

# Solved tickets that nobody reopened are closed after this.
CLOSES_AFTER = timedelta(days=7)
# For so long a customer's word reopens a closed ticket; later it makes a new one.
REOPENS_FOR = timedelta(days=14)
HOLD_AT_MOST = timedelta(days=90)
HELD_FOR_LENGTH = 200
# A day without an hour begins in the morning.
_MORNING = time(9)
BATCH = 200


@dataclass(slots=True)
class Move:
    """One move being made: the locked row, who moves it and what was given with it."""

    actor: Actor
    ticket: Ticket
    transition: Transition
    data: Mapping[str, Any]
    now: datetime = field(default_factory=clock.now)


def move_ticket(
    actor: Actor,
    number: str,
    name: str,
    *,
    data: Mapping[str, Any] | None = None,
    version: int | None = None,
) -> Ticket:
    """Moves the ticket `number` by a transition of TICKET_WORKFLOW and returns it as it is now.

    `data` of `hold`: `held_for` (words), `held_until` (an aware datetime, or a date). `version` is
    what the actor saw. Raises NotVisible, Forbidden, Conflict (someone was faster, or it was closed
    too long ago) or DomainError with `field`.
    """
    return run_transition(
        TICKET_WORKFLOW,
        Ticket.objects.visible_to(actor).filter(number=number),
        name,
        actor=actor,
        sides_of=sides_of,
        apply=partial(_apply, actor),
        data=data or {},
        version=version,
        cases_of=cases_of,
    )


def move_locked(
    actor: Actor, ticket: Ticket, name: str, data: Mapping[str, Any] | None = None
) -> None:
    """Makes a move that the caller has decided upon, of a row that the caller has locked."""
    transition = TICKET_WORKFLOW.transitions[name]
    _apply(actor, ticket, transition, str(transition.target), data or {})


def is_closed_for_good(ticket: Ticket) -> bool:
    """Whether a customer's word does not reopen it any more."""
    since = ticket.closed_at or ticket.state_since
    return ticket.state == TicketState.CLOSED and clock.now() - since > REOPENS_FOR


def save_changed(ticket: Ticket, before: Mapping[str, Any]) -> None:
    """Writes the columns that differ from `before` (the row's `vars` as it was read)."""
    columns = [column.attname for column in ticket._meta.concrete_fields]
    changed = [name for name in columns if getattr(ticket, name) != before.get(name)]
    if changed:
        ticket.save(update_fields=changed)


def _apply(
    actor: Actor, ticket: Ticket, transition: Transition, target: str, data: Mapping[str, Any]
) -> None:
    before = dict(vars(ticket))
    move = Move(actor, ticket, transition, data)
    former = ticket.state
    ticket.state, ticket.state_since = target, move.now
    if former == TicketState.ON_HOLD:
        ticket.held_for, ticket.held_until = "", None
    _DOES.get(transition.name, _nothing_more)(move)
    deadlines.state_changed(ticket, former)
    touched(ticket)
    save_changed(ticket, before)
    emit(actor, transition.event, ticket, parties_of(ticket), _told(move, former))


def _told(move: Move, former: str) -> dict[str, Any]:
    told: dict[str, Any] = {"number": move.ticket.number}
    if move.transition.event == "ticket.state_changed":
        told |= {"from": former, "to": move.ticket.state}
        if move.ticket.held_until is not None:
            told["until"] = move.ticket.held_until.isoformat()
    return told


def _nothing_more(move: Move) -> None:
    """The move changes the state alone."""


def _take_up(move: Move) -> None:
    """Who takes up what is nobody's has it from then on."""
    if move.ticket.assignee_id is None and works_the_desk(move.actor):
        assign_locked(move.actor, move.ticket, move.actor.user)


def assign_locked(actor: Actor, ticket: Ticket, user: Any, *, by_rule: bool = False) -> None:
    """Sets who works a locked ticket and tells of it; the caller saves the row."""
    ticket.assignee = user
    told = {
        "number": ticket.number,
        "assignee": user.pk if user is not None else None,
        "by_rule": by_rule,
    }
    emit(actor, "ticket.assigned", ticket, parties_of(ticket), told)


def _hold(move: Move) -> None:
    ticket = move.ticket
    ticket.held_for = clean_text(move.data["held_for"], HELD_FOR_LENGTH, "held_for")
    ticket.held_until = _moment(move.data["held_until"])
    if ticket.held_until <= move.now:
        raise DomainError(_("This time has passed: choose another."), field="held_until")
    if ticket.held_until > move.now + HOLD_AT_MOST:
        raise DomainError(_("Choose a day within 90 days."), field="held_until")


def _moment(value: Any) -> datetime:
    if isinstance(value, datetime) and timezone.is_aware(value):
        return value
    if isinstance(value, date) and not isinstance(value, datetime):
        return timezone.make_aware(datetime.combine(value, _MORNING))
    raise TypeError(f"A hold needs a day or an aware moment, not {value!r}.")


def _solve(move: Move) -> None:
    move.ticket.solved_at = move.now


def _close(move: Move) -> None:
    move.ticket.closed_at = move.now


def _reopen(move: Move) -> None:
    ticket = move.ticket
    by_customer = DeskSide.CUSTOMER.value in sides_of(move.actor, ticket)
    if by_customer and move.now - (ticket.closed_at or move.now) > REOPENS_FOR:
        raise Conflict(_("This ticket was closed too long ago: write a new one."))
    ticket.solved_at = ticket.closed_at = None
    ticket.reopened += 1


_DOES: dict[str, Callable[[Move], None]] = {
    "take_up": _take_up,
    "hold": _hold,
    "solve": _solve,
    "close": _close,
    "reopen": _reopen,
}


# --- what moves by itself ---------------------------------------------------------------------
def close_forgotten() -> int:
    """Closes what was solved and not reopened for a week, and goes on with what was on hold until
    now; returns how many were moved. A transaction for each, safe to run twice.
    """
    return _move_each(
        "close", {"state": TicketState.SOLVED, "state_since__lt": clock.now() - CLOSES_AFTER}
    ) + _move_each("take_up", {"state": TicketState.ON_HOLD, "held_until__lte": clock.now()})


def _move_each(name: str, due: Mapping[str, Any]) -> int:
    moved, last = 0, 0
    rows = Ticket.objects.filter(**due).order_by("pk")
    while batch := list(rows.filter(pk__gt=last).values_list("pk", flat=True)[:BATCH]):
        moved += sum(_move_due(pk, name, due) for pk in batch)
        last = batch[-1]
    return moved


@transaction.atomic
def _move_due(pk: int, name: str, due: Mapping[str, Any]) -> bool:
    """Whether it was moved: not where somebody was faster."""
    ticket = Ticket.objects.select_for_update().filter(pk=pk).first()
    if ticket is None or not Ticket.objects.filter(pk=pk, **due).exists():
        return False
    move_locked(system_actor(), ticket, name)
    return True
