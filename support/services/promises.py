"""What became of what was promised: columns of a ticket that the figures of the desk are made of.

Called by `support.services.deadlines` while the deadline still stands in its column; they set
columns of the locked ticket and save nothing.
"""

from core import clock
from support.models import Ticket


def first_answered(ticket: Ticket) -> None:
    """Notes whether the first answer came in time; later answers change nothing."""
    if ticket.first_kept is None and ticket.first_due_at is not None:
        ticket.first_kept = clock.now() <= ticket.first_due_at


def solved(ticket: Ticket) -> None:
    """Notes whether the solution came in time, also where the clock stood when it came."""
    if ticket.solution_due_at is not None:
        ticket.solution_kept = clock.now() <= ticket.solution_due_at
    elif ticket.solution_left is not None:
        ticket.solution_kept = ticket.solution_left > 0


def reopened(ticket: Ticket) -> None:
    """It is not solved after all."""
    ticket.solution_kept = None
