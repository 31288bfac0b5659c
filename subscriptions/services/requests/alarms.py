"""Warns of deadlines that are near, reminds of holds that end, and passes on what was missed.

Each is told once: `alarm_at` names the next moment, and the worker that puts another in its place
is the one that tells. A moment that has come while no worker ran is told late, or not at all where
it has lost its meaning (a warning after the deadline).
"""

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from core import clock
from core.actor import system_actor
from core.events import emit
from subscriptions.choices import RequestState, Side
from subscriptions.deadline_terms import ACCOUNT_MANAGER
from subscriptions.models import ConnectionRequest
from subscriptions.selectors.deadlines import terms_of
from subscriptions.services.parties import know_parties, parties_of
from subscriptions.services.requests.clocks import next_escalation
from subscriptions.services.requests.deadlines import awaited_side, calendar_of
from users.models import AccountManagement

BATCH = 200


def sound_alarms() -> int:
    """Tells of everything that is due to be told; returns how many events were written.

    A transaction for each request: nobody waits for the whole batch, and a killed worker has told
    what it has told. Reads a range of one index.
    """
    told = 0
    while batch := _due():
        for pk, alarm_at in batch:
            told += _sound(pk, alarm_at)
    return told


def _due() -> list[tuple[int, datetime]]:
    rows = ConnectionRequest.objects.filter(alarm_at__lt=clock.now()).order_by("alarm_at")
    return [(pk, at) for pk, at in rows.values_list("pk", "alarm_at")[:BATCH] if at is not None]


@dataclass(frozen=True, slots=True)
class _Step:
    """What is told now ("" for nothing), and what of the row changes with it."""

    kind: str
    level: int
    alarm_at: datetime | None
    warned: bool = False


@transaction.atomic
def _sound(pk: int, alarm_at: datetime) -> bool:
    """Whether an event was written: False where somebody was faster, or nobody is to be told."""
    rows = ConnectionRequest.objects.filter(pk=pk, alarm_at=alarm_at)
    request = rows.select_for_update().first()
    if request is None:
        return False
    know_parties(request)
    step = _step(request)
    request.alarm_at, request.escalated = step.alarm_at, step.level
    if step.warned:
        request.warned_at = clock.now()
    # Nobody's open page turns old because the portal noticed the time: the version stays.
    request.save(update_fields=["alarm_at", "escalated", "warned_at"])
    if not step.kind:
        return False
    data = {
        "number": request.number,
        "state": request.state,
        "side": awaited_side(request),
    }
    if step.kind == "request.escalated":
        data["level"] = str(step.level)
    emit(system_actor(), step.kind, request, parties_of(request), data)
    return True


def _step(request: ConnectionRequest) -> _Step:
    due_at, alarm_at = request.due_at, request.alarm_at
    if due_at is None or alarm_at is None:
        return _Step("", request.escalated, None)
    warnings = terms_of(request.provider_id).warnings
    calendar = calendar_of(request.provider, since=due_at)
    if alarm_at < due_at:
        after = next_escalation(due_at, 0, warnings, calendar)
        if clock.now() >= due_at:
            return _Step("", 0, after)
        held = request.state == RequestState.ON_HOLD
        return _Step("request.hold_ending" if held else "request.due_soon", 0, after, warned=True)
    found = warnings.escalation_after(request.escalated)
    if found is None:
        return _Step("", request.escalated, None)
    level = found[0]
    if level == ACCOUNT_MANAGER and not _has_account_manager(request):
        return _Step("", request.escalated, None)
    return _Step("request.escalated", level, next_escalation(due_at, level, warnings, calendar))


def _has_account_manager(request: ConnectionRequest) -> bool:
    late = request.provider_id if awaited_side(request) == Side.PROVIDER else request.owner_id
    return AccountManagement.objects.filter(organization_id=late).exists()
