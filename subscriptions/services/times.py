"""How long a request took its provider: measured once, when it is connected."""

from collections.abc import Collection
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from core import clock
from core.working_hours import DAY, WorkingCalendar
from subscriptions.choices import RequestKind, RequestState
from subscriptions.models import ConnectionRequest, RequestTimes
from subscriptions.services.requests.clocks import MINUTE, working_minutes
from subscriptions.services.requests.deadlines import calendar_of

DAYS_AT_MOST = 32_000
PAST = timedelta(days=366)
SLICE = 500


def record_times(request: ConnectionRequest) -> RequestTimes | None:
    """Writes the times of a request that is CONNECTED now; None where it was not measured.

    Within the transaction of the move. Working time since filing, by the provider's calendar, less
    what it waited for the other side.
    """
    measured = _measured(request, clock.now())
    if measured is not None:
        measured.save(force_insert=True)
    return measured


def measure_past(provider_ids: Collection[int] | None = None) -> int:
    """Measures requests CONNECTED in the last year that were not; returns how many.

    What they waited is what their rows know; what was promised is what the plan says today where
    the row does not know it. For the first count after an update, and safe to run twice.
    """
    rows = ConnectionRequest.objects.filter(
        state=RequestState.CONNECTED,
        kind=RequestKind.CONNECT,
        closed_at__gte=clock.now() - PAST,
        times__isnull=True,
    ).select_related("provider", "plan")
    if provider_ids is not None:
        rows = rows.filter(provider_id__in=provider_ids)
    last = count = 0
    while part := list(rows.filter(pk__gt=last).order_by("pk")[:SLICE]):
        for request in part:
            if request.promised_days is None:
                request.promised_days = request.plan.days_max
        found = [_measured(request, request.closed_at) for request in part]
        made = [times for times in found if times is not None]
        RequestTimes.objects.bulk_create(made, ignore_conflicts=True)
        count += len(made)
        last = part[-1].pk
    return count


def _measured(request: ConnectionRequest, moment: datetime | None) -> RequestTimes | None:
    """The times of a request that was connected at `moment`, unsaved."""
    if request.submitted_at is None or request.promised_days is None or moment is None:
        return None
    since = request.submitted_at
    calendar = calendar_of(request.provider, since=since)

    def passed(until: datetime | None, waited: int) -> int | None:
        return None if until is None else max(working_minutes(calendar, since, until) - waited, 0)

    minutes = passed(moment, request.waited_minutes) or 0
    return RequestTimes(
        request=request,
        provider_id=request.provider_id,
        category_id=request.category_id,
        city_id=request.city_id,
        connected_on=moment.astimezone(ZoneInfo(request.provider.time_zone)).date(),
        check_minutes=passed(request.checked_at, 0),
        approve_minutes=passed(request.approved_at, request.approval_waited),
        connect_minutes=minutes,
        connect_days=min(max(-(-minutes // minutes_a_day(calendar)), 1), DAYS_AT_MOST),
        promised_days=request.promised_days,
    )


def minutes_a_day(calendar: WorkingCalendar) -> int:
    """How long the provider's working day is: what turns working time into days."""
    opens = calendar.opens.hour * 60 + calendar.opens.minute
    closes = calendar.closes.hour * 60 + calendar.closes.minute
    return (closes - opens) % (DAY // MINUTE) or DAY // MINUTE
