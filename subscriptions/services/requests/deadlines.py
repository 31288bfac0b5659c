"""Deadlines by the provider's calendar, and telling of those that were missed."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db import transaction
from django.utils import timezone

from core import clock, tallies
from core.actor import system_actor
from core.events import emit
from core.gathering import remembered
from core.prepared_rows import PreparedRows
from core.working_hours import WorkingCalendar
from subscriptions.choices import AppointmentState, RequestState, Side
from subscriptions.deadline_terms import Terms
from subscriptions.figures import DEADLINES_MISSED
from subscriptions.models import ConnectionRequest
from subscriptions.request_workflow import REQUEST_WORKFLOW
from subscriptions.selectors.deadlines import terms_of
from subscriptions.services.parties import parties_of
from users.models import Organization, OrganizationDay

OVERDUE_BATCH = 200
_DAYS = PreparedRows(
    lambda organization, day: (
        OrganizationDay.objects.filter(organization_id=organization, day__gte=day)
        .order_by()
        .values_list("day", "is_working")
    )
)


def calendar_of(provider: Organization, since: datetime | None = None) -> WorkingCalendar:
    """The provider's hours, with its own days off and days worked from the day before `since` (by
    default: now) on; one query."""
    first = timezone.localdate(since or clock.now()) - timedelta(days=1)
    days = _DAYS.fetch(organization=provider.pk, day=first)
    return WorkingCalendar(
        ZoneInfo(provider.time_zone),
        provider.opens_at,
        provider.closes_at,
        provider.works_weekends,
        dict(days),
    )


def present_calendar(request: ConnectionRequest) -> WorkingCalendar:
    """That of the provider, read once for many requests moved together."""
    key = ("calendar", request.provider_id)
    return remembered(key, lambda: calendar_of(request.provider))


def present_terms(request: ConnectionRequest) -> Terms:
    """The provider's hours and warnings, likewise."""
    key = ("deadline terms", request.provider_id)
    return remembered(key, lambda: terms_of(request.provider_id))


def due_in(
    request: ConnectionRequest,
    state: str,
    data: Mapping[str, Any],
    *,
    terms: Terms | None = None,
    calendar: WorkingCalendar | None = None,
) -> datetime | None:
    """The deadline of a request that enters `state` now, by the provider's calendar; None: none.

    `data` is that of the move. A visit whose slot passed while the request was on hold leaves the
    hours that APPROVED has, to agree upon another. `terms` and `calendar` are those of the
    provider, where the caller has read them.
    """
    declared = REQUEST_WORKFLOW.states[state]
    if declared.hours is None and declared.until is None:
        return None
    calendar = calendar or present_calendar(request)
    terms = terms or present_terms(request)
    if declared.hours is not None:
        return calendar.add_hours(clock.now(), terms.hours_in(request.category_id, state) or 0)
    until = data.get(declared.until or "")
    if until is None:
        return _end_of_visit(request) or calendar.add_hours(
            clock.now(), terms.hours_in(request.category_id, RequestState.APPROVED) or 0
        )
    if isinstance(until, datetime):
        return until
    return calendar.closing_on(until)


def _end_of_visit(request: ConnectionRequest) -> datetime | None:
    return (
        request.appointments.filter(state=AppointmentState.CONFIRMED, ends_at__gt=clock.now())
        .values_list("ends_at", flat=True)
        .first()
    )


def tell_overdue() -> int:
    """Tells once of every deadline missed until now; returns of how many.

    Each request is a transaction of its own, so that nobody waits for the whole batch; it is told
    of only while it still waits for the same deadline, by one worker.
    """
    told = 0
    while batch := _missed_deadlines():
        for pk, due_at in batch:
            told += _tell_of(pk, due_at)
    return told


def _missed_deadlines() -> list[tuple[int, datetime]]:
    late = (
        ConnectionRequest.objects.filter(overdue_told_at__isnull=True, due_at__lt=clock.now())
        .order_by("due_at")
        .values_list("pk", "due_at")
    )
    return [(pk, due_at) for pk, due_at in late[:OVERDUE_BATCH] if due_at is not None]


@transaction.atomic
def _tell_of(pk: int, due_at: datetime) -> bool:
    claimed = ConnectionRequest.objects.filter(
        pk=pk, due_at=due_at, overdue_told_at__isnull=True
    ).update(overdue_told_at=clock.now())
    if not claimed:
        return False
    request = ConnectionRequest.objects.select_related("owner", "provider", "holder").get(pk=pk)
    emit(
        system_actor(),
        "request.overdue",
        request,
        parties_of(request),
        {"number": request.number, "state": request.state},
    )
    count_missed(request)
    return True


def awaited_side(request: ConnectionRequest) -> str:
    """The side that the running deadline is for; of a hold the one that set it."""
    if request.state == RequestState.ON_HOLD:
        return request.held_side or Side.PROVIDER.value
    return REQUEST_WORKFLOW.states[request.state].awaits or Side.PROVIDER.value


def count_missed(request: ConnectionRequest) -> None:
    """Adds a missed deadline to the day of who filed, and of the provider where it is its own."""
    sides = [request.owner]
    if awaited_side(request) == Side.PROVIDER:
        sides.append(request.provider)
    tallies.add_many(
        (side.pk, DEADLINES_MISSED, 1, clock.today(ZoneInfo(side.time_zone))) for side in sides
    )
