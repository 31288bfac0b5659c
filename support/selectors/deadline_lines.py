"""What the page of a ticket says of its deadlines: what runs, what stands and why, what is over."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from core import clock
from core.actor import Actor
from core.errors import Text
from subscriptions.selectors.deadline_lines import hours_in_words
from support.choices import DeadlineKind, TicketState
from support.models import Ticket
from support.selectors.service_levels import promise_for
from support.ticket_clocks import MISSED, WARNED, stands, step_told

FIRST, NEXT, SOLUTION = DeadlineKind.FIRST, DeadlineKind.NEXT, DeadlineKind.SOLUTION
# How a deadline stands: `RUNS` and `LATE` have a moment, the others words alone.
RUNS, LATE, STANDS, KEPT, BROKEN = "runs", "late", "stands", "kept", "broken"
_MINUTE = 60


@dataclass(frozen=True, slots=True)
class DeadlineLine:
    """One deadline. `due_at` while it runs, for `|deadline`; `notes` are read after it."""

    kind: DeadlineKind
    how: str
    due_at: datetime | None = None
    notes: tuple[Text, ...] = ()

    @property
    def label(self) -> Text:
        return self.kind.label


def deadline_lines(actor: Actor, ticket: Ticket) -> list[DeadlineLine]:
    """Those that run, the nearest first; then what stands, and what is over.

    The staff also read who is awaited and what was told of it. Without a query where the ticket
    has its queue and assignee, but one in half a minute.
    """
    runs = sorted(_running(actor, ticket), key=lambda line: line.due_at or clock.now())
    return [*runs, *_standing(ticket), *_over(ticket)]


def _running(actor: Actor, ticket: Ticket) -> Iterator[DeadlineLine]:
    due = {
        FIRST: ticket.first_due_at,
        NEXT: ticket.next_due_at,
        SOLUTION: ticket.solution_due_at,
    }
    for kind, moment in due.items():
        if moment is not None:
            how = LATE if moment < clock.now() else RUNS
            notes = tuple(_of_staff(ticket, kind)) if actor.organization is None else ()
            yield DeadlineLine(kind, how, moment, notes)


def _of_staff(ticket: Ticket, kind: DeadlineKind) -> Iterator[Text]:
    if ticket.assignee is not None:
        yield _("waits for %(whom)s") % {"whom": ticket.assignee}
    else:
        yield _("nobody's, in the queue “%(queue)s”") % {"queue": ticket.queue.name}
    told = step_told(ticket, kind)
    if told == WARNED:
        yield _("a warning was sent")
    elif told >= MISSED:
        yield _("was passed on")


def _standing(ticket: Ticket) -> Iterator[DeadlineLine]:
    """The solution, while the customer is awaited: once it is solved, that is told instead."""
    if ticket.is_open and stands(ticket) and ticket.solution_left is not None:
        left = ticket.solution_left // _MINUTE
        note = (
            _("stands still while the customer is awaited: %(left)s left")
            % {"left": hours_in_words(left)}
            if ticket.solution_left
            else _("stands still while the customer is awaited; it was missed before")
        )
        yield DeadlineLine(SOLUTION, STANDS, notes=(note,))


def _over(ticket: Ticket) -> Iterator[DeadlineLine]:
    promise = promise_for(ticket)
    if ticket.first_answer_seconds is not None:
        yield _kept(FIRST, ticket.first_kept, ticket.first_answer_seconds, promise.first)
    if ticket.solution_seconds is not None:
        words = _kept(SOLUTION, ticket.solution_kept, ticket.solution_seconds, promise.solution)
        if ticket.state in (TicketState.SOLVED, TicketState.CLOSED):
            yield words


def _kept(
    kind: DeadlineKind, kept: bool | None, seconds: int, length: timedelta | None
) -> DeadlineLine:
    """In time or late, and how long it took of the desk's hours; nothing promised is kept."""
    took = _("after %(time)s") % {"time": hours_in_words(seconds // _MINUTE)}
    if kept is not False:
        notes = (pgettext("deadline", "in time"), took) if kept else (took,)
        return DeadlineLine(kind, KEPT, notes=notes)
    over = seconds - int(length.total_seconds()) if length is not None else 0
    if over < _MINUTE:
        # Something else is promised since.
        return DeadlineLine(kind, BROKEN, notes=(pgettext("deadline", "late"), took))
    late = _("late by %(time)s") % {"time": hours_in_words(over // _MINUTE)}
    return DeadlineLine(kind, BROKEN, notes=(late, took))
