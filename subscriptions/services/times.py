"""How long a request took its provider: measured once, when it is connected."""

from zoneinfo import ZoneInfo

from core import clock
from core.working_hours import DAY, WorkingCalendar
from subscriptions.models import ConnectionRequest, RequestTimes
from subscriptions.services.requests.clocks import MINUTE, working_minutes
from subscriptions.services.requests.deadlines import calendar_of

DAYS_AT_MOST = 32_000


def record_times(request: ConnectionRequest) -> RequestTimes | None:
    """Writes the times of a request that is CONNECTED now; None where it was not measured.

    Within the transaction of the move. Working time since filing, by the provider's calendar, less
    what it waited for the other side.
    """
    if request.submitted_at is None or request.promised_days is None:
        return None
    since = request.submitted_at
    calendar = calendar_of(request.provider, since=since)

    def passed(moment: object, waited: int) -> int | None:
        if moment is None:
            return None
        return max(working_minutes(calendar, since, moment) - waited, 0)  # type: ignore[arg-type]

    minutes = passed(clock.now(), request.waited_minutes) or 0
    return RequestTimes.objects.create(
        request=request,
        provider_id=request.provider_id,
        category_id=request.category_id,
        city_id=request.city_id,
        connected_on=clock.today(ZoneInfo(request.provider.time_zone)),
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
