"""The clock of a request: it runs in working time, and stands while the other side is waited for.

A question (NEEDS_INFO) stops the provider's time, a hold (ON_HOLD) that of the state held; the
answer and the resumption let it go on with what was left. What a stop found is stored on the row,
in minutes, so that the way of a deadline can be followed. Beside it the row adds up how long the
provider has waited for others: its own pace is measured without that.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from core.actor import Actor
from core.choices import Via
from core.errors import DomainError
from core.working_hours import WorkingCalendar
from subscriptions.choices import Awaited, RequestState, Side
from subscriptions.deadline_terms import Terms, Warnings
from subscriptions.models import ConnectionRequest
from subscriptions.request_workflow import FINAL_STATES, REQUEST_WORKFLOW
from subscriptions.services.requests.deadlines import (
    calendar_of,
    due_in,
    present_calendar,
    present_terms,
)

S = RequestState
MINUTE = timedelta(minutes=1)
# In these the provider's clock stands.
_STOPPED = frozenset({S.NEEDS_INFO.value, S.ON_HOLD.value})
_MOVES_OF_VISITS = frozenset({"cancel_visit", "reschedule"})


def working_minutes(calendar: WorkingCalendar, start: datetime, end: datetime) -> int:
    """Working minutes from `start` to `end`, the last one begun counted in; 0 when not later."""
    return -(-calendar.time_between(start, end) // MINUTE)


def is_client_side(actor: Actor, request: ConnectionRequest) -> bool:
    """Whether who moves the request stands where the client does, and not at the provider."""
    # By the link in a letter it is the client who moves the visit.
    by_link = actor.via == Via.LINK
    return by_link or actor.organization_id == request.owner_id != request.provider_id


def leave_state(
    request: ConnectionRequest, transition: str, target: str, now: datetime, *, by_client: bool
) -> None:
    """Reads the clock of the state that the row leaves; the row is as it was.

    `by_client`: the client's side makes the move. Where it moves a visit, the time until the new
    one is not the provider's.
    """
    source = request.state
    if by_client and source == S.SCHEDULED and transition in _MOVES_OF_VISITS:
        request.visit_was = request.visit_was or request.due_at
    if source not in _STOPPED and target not in _STOPPED:
        return
    if target in FINAL_STATES:
        return
    calendar = calendar_of(request.provider, since=request.visit_was or request.state_since)
    if source in _STOPPED and _waits_for_others(request):
        _add_waiting(request, calendar, now)
    if transition == "ask_info":
        request.asked_used, request.asked_left = _reading(request, calendar, now)
    if transition == "hold":
        request.held_used, request.held_left = _reading(request, calendar, now)


def _waits_for_others(request: ConnectionRequest) -> bool:
    """Whether the time that the clock stands is the other side's: not where a provider waits for
    its supplier or a third party, which is its own affair."""
    if request.state == S.NEEDS_INFO:
        return True
    return request.awaited_kind == Awaited.CLIENT or request.held_side == Side.AGENT


def _add_waiting(request: ConnectionRequest, calendar: WorkingCalendar, now: datetime) -> None:
    since = request.state_since
    request.waited_minutes += working_minutes(calendar, since, now)
    if request.visit_was is not None and request.visit_was < now:
        # Of a visit that was called off, what came before this pause; the pause counts once.
        request.waited_minutes += working_minutes(calendar, request.visit_was, since)
        request.visit_was = now


def _reading(
    request: ConnectionRequest, calendar: WorkingCalendar, now: datetime
) -> tuple[int, int | None]:
    """Working minutes that the present state has used up, and has left (0 when late).

    None left where it is not counted in hours: a visit has its slot.
    """
    used = request.clock_used + calendar.time_between(request.state_since, now) // MINUTE
    if REQUEST_WORKFLOW.states[request.state].hours is None or request.due_at is None:
        return used, None
    return used, working_minutes(calendar, now, request.due_at)


def enter_state(
    request: ConnectionRequest,
    transition: str,
    source: str,
    target: str,
    data: Mapping[str, Any],
    now: datetime,
) -> None:
    """Sets the deadline of the state that the row enters, and when it is told of.

    Called when the move has changed the rest of the row.
    """
    request.overdue_told_at = request.warned_at = request.alarm_at = None
    request.escalated = request.clock_used = 0
    if target in FINAL_STATES:
        request.due_at = None
        return
    calendar, terms = present_calendar(request), present_terms(request)
    used, left = _carried(request, transition, source, target)
    if left is None:
        request.due_at = due_in(request, target, data, terms=terms, calendar=calendar)
        allowed = terms.hours_in(request.category_id, target)
        left = None if allowed is None else allowed * 60
    else:
        request.due_at = calendar.add_hours(now, left / 60)
        request.clock_used = used
    if target == S.SCHEDULED and request.visit_was is not None:
        _count_moved_visit(request, now)
    if target == S.ON_HOLD and request.due_at is not None and request.due_at <= now:
        raise DomainError(
            _("The working day is over: choose tomorrow or later."), field="held_until"
        )
    request.alarm_at = _first_alarm(request, target, left, terms, calendar, now)


def _carried(
    request: ConnectionRequest, transition: str, source: str, target: str
) -> tuple[int, int | None]:
    """Minutes used and left with which a stopped clock goes on; (0, None) for a fresh one."""
    if transition == "resume":
        used, left = request.held_used or 0, request.held_left
        request.held_used = request.held_left = None
        return used, left
    if source == S.NEEDS_INFO and target == S.CHECKING:
        used, left = request.asked_used or 0, request.asked_left
        request.asked_used = request.asked_left = None
        return used, left
    return 0, None


def _count_moved_visit(request: ConnectionRequest, now: datetime) -> None:
    """The client's side called a visit off: from its end to the end of the new one it waits."""
    was, ends_at = request.visit_was, request.due_at
    request.visit_was = None
    if was is not None and ends_at is not None and ends_at > was:
        calendar = calendar_of(request.provider, since=min(was, now))
        request.waited_minutes += working_minutes(calendar, was, ends_at)


# --- what is told of a deadline -----------------------------------------------------------------
def _first_alarm(
    request: ConnectionRequest,
    state: str,
    left: int | None,
    terms: Terms,
    calendar: WorkingCalendar,
    now: datetime,
) -> datetime | None:
    """When the deadline is told of first: the warning, else the first level of escalation."""
    if request.due_at is None:
        return None
    if state == S.ON_HOLD and request.held_until is not None:
        zone = ZoneInfo(request.provider.time_zone)
        reminder = datetime.combine(request.held_until, request.provider.opens_at, zone)
        if now < reminder < request.due_at:
            return reminder
    elif left is not None:
        near = terms.warnings.left_at_warning(request.clock_used + left)
        if near and near < left:
            return calendar.add_hours(now, (left - near) / 60)
    return next_escalation(request.due_at, 0, terms.warnings, calendar)


def next_escalation(
    due_at: datetime, level: int, warnings: Warnings, calendar: WorkingCalendar
) -> datetime | None:
    """When the level above `level` hears of a deadline that was missed; None: nobody more."""
    step = warnings.escalation_after(level)
    return None if step is None else calendar.add_hours(due_at, step[1])
