"""What is promised to whom, and when the desk works: few rows, kept for seconds in the process."""

from datetime import date, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from django.core.cache import caches

from core.working_hours import Spans, WeeklyCalendar
from support.desk_hours import read_spans, read_week
from support.models import DeskCalendar, Queue, ServiceLevel, Ticket
from support.ticket_clocks import Promise

_KEPT_SECONDS = 30
_LEVELS, _CALENDARS, _QUEUES = "desk.levels", "desk.calendars", "desk.queue_calendars"
# Priority, kind of organization or "", organization or None.
_Scope = tuple[str, str, int | None]


class _Levels(NamedTuple):
    promises: dict[_Scope, Promise]
    # Priorities of which a kind of organization has a level of its own.
    by_kind: frozenset[str]


def promise_for(ticket: Ticket) -> Promise:
    """Of the organization, else of its kind, else of all; one query in half a minute.

    The first level that there is says it all: what it leaves open is not promised. The kind of the
    owner is asked for only where kinds differ.
    """
    levels: _Levels = caches["local"].get_or_set(_LEVELS, _read_levels, _KEPT_SECONDS)  # type: ignore[assignment]
    priority = ticket.priority
    if ticket.owner_id is not None:
        own = levels.promises.get((priority, "", ticket.owner_id))
        if own is not None:
            return own
        if priority in levels.by_kind and ticket.owner is not None:
            of_kind = levels.promises.get((priority, ticket.owner.kind, None))
            if of_kind is not None:
                return of_kind
    return levels.promises.get((priority, "", None), Promise())


def calendar_for(ticket: Ticket) -> WeeklyCalendar:
    """When the desk of its queue works; one query in half a minute, two where the queue of the
    ticket has not been read."""
    calendar_id = _calendar_id(ticket)
    calendars: dict[int, WeeklyCalendar] = caches["local"].get_or_set(  # type: ignore[assignment]
        _CALENDARS, _read_calendars, _KEPT_SECONDS
    )
    if calendar_id not in calendars:
        # Made since they were read.
        calendars = _read_calendars()
        caches["local"].set(_CALENDARS, calendars, _KEPT_SECONDS)
    return calendars[calendar_id]


def forget_promises() -> None:
    """Lets this process read levels and calendars anew; others do within half a minute."""
    caches["local"].delete_many([_LEVELS, _CALENDARS, _QUEUES])


def _calendar_id(ticket: Ticket) -> int:
    if Ticket.queue.is_cached(ticket):
        return ticket.queue.calendar_id
    queues: dict[int, int] = caches["local"].get_or_set(  # type: ignore[assignment]
        _QUEUES, lambda: dict(Queue.objects.values_list("pk", "calendar_id")), _KEPT_SECONDS
    )
    found = queues.get(ticket.queue_id)
    return ticket.queue.calendar_id if found is None else found


def _read_levels() -> _Levels:
    rows = ServiceLevel.objects.order_by("-pk").values_list(
        "priority",
        "kind",
        "organization_id",
        "first_minutes",
        "next_minutes",
        "solution_minutes",
    )
    promises: dict[_Scope, Promise] = {}
    for priority, kind, organization, *minutes in rows:
        # Of two that should not both be there the older stands; a row of an organization has no
        # kind, whatever was written into it.
        scope = (priority, "" if organization else kind, organization)
        promises[scope] = Promise(*map(_length, minutes))
    by_kind = frozenset(priority for priority, kind, _organization in promises if kind)
    return _Levels(promises, by_kind)


def _length(minutes: int | None) -> timedelta | None:
    return None if minutes is None else timedelta(minutes=minutes)


def _read_calendars() -> dict[int, WeeklyCalendar]:
    days: dict[int, dict[date, Spans]] = {}
    heads: dict[int, tuple] = {}
    rows = DeskCalendar.objects.order_by().values_list(
        "pk", "time_zone", "keeps_holidays", "week", "days__day", "days__spans"
    )
    for pk, zone, keeps_holidays, week, day, spans in rows:
        heads[pk] = (ZoneInfo(zone), week, keeps_holidays)
        own = days.setdefault(pk, {})
        if day is not None:
            own[day] = read_spans(spans)
    return {
        pk: WeeklyCalendar(zone, read_week(week), keeps_holidays, days[pk])
        for pk, (zone, week, keeps_holidays) in heads.items()
    }
