"""How the clocks of a ticket run: arithmetic over what its row remembers; reads and writes nothing.

A deadline is a `Term`: so much working time since a start, without the time that stood still. All
moments are worked out anew from these, never carried on from former ones: what a pause, a new
priority or another queue changes, it changes in one place.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import NamedTuple

from core.working_hours import WeeklyCalendar
from support.choices import STOPPED_STATES, DeadlineKind
from support.models.tickets import Ticket

# A promise that does not come due within so much time is none: nobody works then.
HORIZON = timedelta(days=5 * 366)
# The warning: when four fifths of the time are over or 15 working minutes are left, whichever comes
# first, but never before half of the time is over.
WARN_SHARE = 0.8
WARN_LEFT = timedelta(minutes=15)
# What of the promised solution a reopened ticket has at least.
REOPENED_SHARE = 4
# What is told of a deadline, in order; `Term.at` says when.
WARNED, MISSED, MISSED_LONG = 1, 2, 3
LAST_STEP = MISSED_LONG
# Steps of the three kinds stand side by side in `Ticket.alarms_told`, two bits each.
_PLACE = {DeadlineKind.FIRST: 0, DeadlineKind.NEXT: 2, DeadlineKind.SOLUTION: 4}


class Promise(NamedTuple):
    """Working time until each deadline; None: nothing is promised."""

    first: timedelta | None = None
    next: timedelta | None = None
    solution: timedelta | None = None


Stop = tuple[datetime, datetime]


@dataclass(frozen=True, slots=True)
class Term:
    """A deadline: `length` of working time since `start`, without `stops` (in order)."""

    calendar: WeeklyCalendar
    start: datetime
    length: timedelta
    stops: Sequence[Stop] = ()

    @property
    def due_at(self) -> datetime | None:
        return self.after(self.length)

    def at(self, step: int) -> datetime | None:
        """When a step is told: the warning, the deadline, and after as much time again."""
        if step == WARNED:
            return self.after(warning_after(self.length))
        return self.after(self.length * (step - 1))

    def after(self, length: timedelta) -> datetime | None:
        """When so much time has passed; None: not within the horizon."""
        moment, left = self.start, length
        for begins, ends in self._runs():
            passed = self.calendar.time_between(begins, ends)
            if passed >= left:
                return self._add(begins, left)
            left -= passed
        moment = max([moment, *(ended for _began, ended in self.stops)])
        return self._add(moment, left)

    def used(self, now: datetime) -> timedelta:
        """Working time that has passed until `now`."""
        until = replace(self, stops=[*self.stops, (now, now)])
        return sum(
            (self.calendar.time_between(begins, min(ends, now)) for begins, ends in until._runs()),
            timedelta(0),
        )

    def _runs(self) -> Iterator[Stop]:
        """The spans that lie before stops; what comes after the last stop has no end."""
        moment = self.start
        for began, ended in self.stops:
            if began > moment:
                yield moment, began
            moment = max(moment, ended)

    def _add(self, moment: datetime, left: timedelta) -> datetime | None:
        try:
            return self.calendar.add(moment, left, until=(moment + HORIZON).date())
        except OverflowError:
            return None


def warning_after(length: timedelta) -> timedelta:
    """Of a deadline after `length`, the time until its warning."""
    return max(min(length * WARN_SHARE, length - WARN_LEFT), length / 2)


# --- what runs ----------------------------------------------------------------------------------
def running(
    ticket: Ticket, promise: Promise, calendar: WeeklyCalendar
) -> Mapping[DeadlineKind, Term]:
    """The deadlines that run now, each of which comes due some day."""
    if not ticket.is_open:
        return {}
    found = {
        DeadlineKind.FIRST: _answer(ticket, promise, calendar, first=True),
        DeadlineKind.NEXT: _answer(ticket, promise, calendar, first=False),
        DeadlineKind.SOLUTION: None if stands(ticket) else solution(ticket, promise, calendar),
    }
    return {kind: term for kind, term in found.items() if term and term.due_at}


def stands(ticket: Ticket) -> bool:
    """Whether the clock of the solution stands still."""
    return ticket.state in STOPPED_STATES


def _answer(
    ticket: Ticket, promise: Promise, calendar: WeeklyCalendar, *, first: bool
) -> Term | None:
    """What waits for an answer waits for the first one, or for the next; never for both."""
    length = promise.first if first else promise.next
    is_first = ticket.first_answer_seconds is None
    if length is None or ticket.awaits_since is None or is_first is not first:
        return None
    return Term(calendar, ticket.awaits_since, length)


def solution(ticket: Ticket, promise: Promise, calendar: WeeklyCalendar) -> Term | None:
    """The term of the solution, whether it runs or stands; None: nothing is promised.

    From the opening, or, where that leaves a reopened ticket less, a quarter from the reopening.
    """
    if promise.solution is None:
        return None
    whole = worked_on(ticket, calendar, promise.solution)
    if ticket.reopened_at is None:
        return whole
    anew = replace(whole, start=ticket.reopened_at, length=promise.solution / REOPENED_SHARE)
    if whole.due_at is None or anew.due_at is None:
        return whole
    return anew if anew.due_at > whole.due_at else whole


def worked_on(ticket: Ticket, calendar: WeeklyCalendar, length: timedelta = timedelta(0)) -> Term:
    """The time that the desk has had for the ticket since its opening."""
    return Term(calendar, ticket.created_at, length, stops_of(ticket))


def solution_left(term: Term, now: datetime) -> timedelta:
    """What is left of a term; nothing of one that was missed."""
    return max(term.length - term.used(now), timedelta(0))


def stopped_at(ticket: Ticket) -> datetime | None:
    """Since when the clock of the solution stands; None: it runs."""
    if ticket.stops and ticket.stops[-1][1] is None:
        return datetime.fromisoformat(ticket.stops[-1][0])
    return None


def stops_of(ticket: Ticket) -> list[Stop]:
    """The times that are over in which the clock of the solution stood."""
    return [
        (datetime.fromisoformat(began), datetime.fromisoformat(ended))
        for began, ended in ticket.stops
        if ended is not None
    ]


# --- what was told ------------------------------------------------------------------------------
def step_told(ticket: Ticket, kind: DeadlineKind) -> int:
    """The last step of a deadline that was told; 0: none."""
    return ticket.alarms_told >> _PLACE[kind] & 0b11


def set_step(ticket: Ticket, kind: DeadlineKind, step: int) -> None:
    place = _PLACE[kind]
    ticket.alarms_told = ticket.alarms_told & ~(0b11 << place) | step << place
