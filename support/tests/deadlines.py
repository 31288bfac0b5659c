"""What tests of deadlines share: a desk, its promises, and days in the life of a ticket."""

from collections.abc import Callable
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from core import clock
from support.choices import Priority
from support.models import ServiceLevel, Ticket
from support.selectors.service_levels import forget_promises
from support.services import deadlines
from support.tests.factories import TicketFactory

MOSCOW = ZoneInfo("Europe/Moscow")
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)


def at(text: str) -> datetime:
    """A moment by the clock in Moscow: "2026-11-16 10:00", a Monday."""
    return datetime.fromisoformat(text).replace(tzinfo=MOSCOW)


MONDAY = at("2026-11-16 10:00")


def promise(
    first: int | None = 60,
    following: int | None = 120,
    solution: int | None = 480,
    *,
    priority: str = Priority.NORMAL,
    **scope,
) -> ServiceLevel:
    """A level in working minutes; known at once."""
    level = ServiceLevel.objects.create(
        priority=priority,
        first_minutes=first,
        next_minutes=following,
        solution_minutes=solution,
        **scope,
    )
    forget_promises()
    return level


def opened(moment: datetime = MONDAY, **columns) -> Ticket:
    """A ticket opened then, its clocks begun."""
    ticket = TicketFactory(**{"created_at": moment, "awaits_since": moment} | columns)
    with clock.set_to(moment):
        deadlines.begin(ticket)
    ticket.save()
    return ticket


def then(ticket: Ticket, moment: datetime, change: Callable[[Ticket], None]) -> Ticket:
    """Changes the ticket at that moment, as a service would."""
    with clock.set_to(moment):
        change(ticket)
    ticket.save()
    return ticket


def move(ticket: Ticket, moment: datetime, state: str) -> Ticket:
    """The ticket enters the state at that moment."""
    former, ticket.state = ticket.state, state
    return then(ticket, moment, lambda row: deadlines.state_changed(row, former))
