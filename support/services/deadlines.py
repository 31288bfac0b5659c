"""When a ticket must be answered and solved: the columns that lists and alarms read.

Each function sets columns of a locked ticket and saves nothing: the caller does (`COLUMNS`). What
stands still, and why, is told in docs/support-deadlines.md.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta

from core import clock
from core.working_hours import WeeklyCalendar
from support.choices import DeadlineKind, TicketState
from support.models import Ticket
from support.models.tickets import NEVER
from support.selectors.service_levels import calendar_for, promise_for
from support.services import promises
from support.ticket_clocks import (
    LAST_STEP,
    WARNED,
    Promise,
    Term,
    running,
    set_step,
    solution,
    solution_left,
    stands,
    step_told,
    stopped_at,
    worked_on,
)

FIRST, NEXT, SOLUTION = DeadlineKind.FIRST, DeadlineKind.NEXT, DeadlineKind.SOLUTION
# For `save(update_fields=…)`: everything that a function of this module may set.
COLUMNS = (
    "first_due_at",
    "next_due_at",
    "solution_due_at",
    "due_at",
    "solution_left",
    "stops",
    "reopened_at",
    "first_answered_at",
    "awaits_since",
    "first_answer_seconds",
    "solution_seconds",
    "first_kept",
    "solution_kept",
    "alarm_at",
    "alarm_level",
    "alarms_told",
)
_ENDED = frozenset({TicketState.SOLVED, TicketState.CLOSED})
_SECOND = timedelta(seconds=1)


def begin(ticket: Ticket) -> None:
    """Starts the clocks of a new ticket.

    Owner, queue, priority, `created_at` and `awaits_since` are set; where the last is None, nobody
    waits for an answer yet.
    """
    ticket.stops = [[ticket.created_at.isoformat(), None]] if stands(ticket) else []
    ticket.alarms_told = 0
    _count(ticket)


def customer_wrote(ticket: Ticket) -> None:
    """The customer waits for an answer from now on, unless they wait already."""
    if ticket.awaits_since is None:
        ticket.awaits_since = clock.now()
    _count(ticket)


def staff_answered(ticket: Ticket) -> None:
    """Nobody waits for an answer any more."""
    now = clock.now()
    # While the deadline still stands in its column.
    promises.first_answered(ticket)
    if ticket.first_answer_seconds is None and ticket.awaits_since is not None:
        ticket.first_answered_at = ticket.first_answered_at or now
        waited = calendar_for(ticket).time_between(ticket.awaits_since, now)
        ticket.first_answer_seconds = waited // _SECOND
    ticket.awaits_since = None
    _count(ticket)


def state_changed(ticket: Ticket, former: str) -> None:
    """Stops or resumes the clock of the solution, after `ticket.state` was set.

    Called with the state that the ticket was in before. May be called before or after
    `customer_wrote` and `staff_answered` of the same change.
    """
    now = clock.now()
    _stop_or_go_on(ticket, now)
    if former in _ENDED and ticket.is_open:
        _reopen(ticket, now)
    elif ticket.state in _ENDED and former not in _ENDED:
        _end(ticket, now)
    _count(ticket)


def retimed(ticket: Ticket) -> None:
    """Counts anew after the priority, the queue or the customer changed: from where each clock
    began, without what stood still."""
    _count(ticket)


def _stop_or_go_on(ticket: Ticket, now: datetime) -> None:
    since = stopped_at(ticket)
    if stands(ticket) and since is None:
        ticket.stops = [*ticket.stops, [now.isoformat(), None]]
    elif since is not None and not stands(ticket):
        ticket.stops = [*ticket.stops[:-1], [since.isoformat(), now.isoformat()]]


def _reopen(ticket: Ticket, now: datetime) -> None:
    ticket.reopened_at = now
    ticket.solution_seconds = None
    promises.reopened(ticket)
    if ticket.first_answer_seconds is None:
        ticket.awaits_since = ticket.awaits_since or now


def _end(ticket: Ticket, now: datetime) -> None:
    """Whoever is content waits for nothing; what it took is that of a ticket's own work."""
    ticket.awaits_since = None
    if ticket.merged_into_id is None:
        promises.solved(ticket)
        worked = worked_on(ticket, calendar_for(ticket)).used(stopped_at(ticket) or now)
        ticket.solution_seconds = worked // _SECOND


# --- counting -----------------------------------------------------------------------------------
def _count(ticket: Ticket) -> None:
    """Sets what follows from the rest of the row."""
    promise, calendar, now = promise_for(ticket), calendar_for(ticket), clock.now()
    terms = running(ticket, promise, calendar)
    due = {kind: term.due_at for kind, term in terms.items()}
    ticket.first_due_at = due.get(FIRST)
    ticket.next_due_at = due.get(NEXT)
    ticket.solution_due_at = due.get(SOLUTION)
    ticket.due_at = min((moment for moment in due.values() if moment), default=NEVER)
    ticket.solution_left = _left(ticket, promise, calendar, now)
    _untell(ticket, terms, now)
    _set_alarm(ticket, terms)


def _left(ticket: Ticket, promise: Promise, calendar: WeeklyCalendar, now: datetime) -> int | None:
    if not stands(ticket):
        return None
    term = solution(ticket, promise, calendar)
    if term is None:
        return None
    return solution_left(term, stopped_at(ticket) or now) // _SECOND


def _untell(ticket: Ticket, terms: Mapping[DeadlineKind, Term], now: datetime) -> None:
    """What was told and lies ahead again, because a deadline moved, is told anew."""
    for kind in DeadlineKind:
        step = step_told(ticket, kind)
        if kind in terms:
            while step and (terms[kind].at(step) or NEVER) > now:
                step -= 1
        elif kind != SOLUTION:
            # It has ended; one that stands goes on as it was.
            step = 0
        set_step(ticket, kind, step)


def sound(ticket: Ticket) -> list[tuple[DeadlineKind, int]]:
    """Takes note of the steps of its deadlines that have come, and returns those worth telling.

    Counts anew before: what is promised may have changed since the alarm was set.
    """
    _count(ticket)
    terms = running(ticket, promise_for(ticket), calendar_for(ticket))
    told = [(kind, step) for kind, term in terms.items() for step in _come(ticket, kind, term)]
    _set_alarm(ticket, terms)
    return told


def _come(ticket: Ticket, kind: DeadlineKind, term: Term) -> list[int]:
    now, told = clock.now(), step_told(ticket, kind)
    come = [step for step in range(told + 1, LAST_STEP + 1) if (term.at(step) or NEVER) <= now]
    if come:
        set_step(ticket, kind, come[-1])
    # After the deadline nobody needs to be told that it was near.
    return [step for step in come if step != WARNED or come == [WARNED]]


def _set_alarm(ticket: Ticket, terms: Mapping[DeadlineKind, Term]) -> None:
    """Sets when the next step of any running deadline is told, and how far things have gone."""
    steps = {kind: step_told(ticket, kind) for kind in terms}
    ahead = [terms[kind].at(step + 1) for kind, step in steps.items() if step < LAST_STEP]
    ticket.alarm_at = min((moment for moment in ahead if moment), default=None)
    ticket.alarm_level = max([0, *(step - WARNED for step in steps.values())])
