"""Changes on their day: made by a job, once, whenever it runs and however often it is killed.

Each is a transaction of its own that looks again under the lock. Days are the provider's.
"""

from collections.abc import Callable, Iterator
from datetime import date, timedelta

from django.db import transaction
from django.db.models import QuerySet

from core import clock
from core.actor import system_actor
from core.errors import Conflict
from core.querysets import locked_by_key
from subscriptions.choices import RequestKind, SubscriptionState
from subscriptions.models import ConnectionRequest, Subscription
from subscriptions.services.changes.lapsing import lapse
from subscriptions.services.in_force.costs import today_at
from subscriptions.services.in_force.ending import end_subscription
from subscriptions.services.in_force.outcomes import apply_change, resume
from subscriptions.services.in_force.prices import ONE_DAY, open_row
from subscriptions.services.in_force.terms import hold_subscription

BATCH = 200


def apply_due_changes() -> int:
    """Makes the changes whose day has come, of all kinds but ends; returns how many.

    A change whose service ended lapses; one whose service is suspended waits until it resumes.
    """
    rows = ConnectionRequest.objects.filter(apply_on__lte=_latest()).exclude(
        kind=RequestKind.DISCONNECT
    )
    return _each(rows, _apply)


def end_due() -> int:
    """Ends what was agreed to end, when its last day is over; returns how much."""
    rows = Subscription.objects.filter(
        state__in=(SubscriptionState.ACTIVE, SubscriptionState.SUSPENDED), ends_on__lt=_latest()
    )
    return _each(rows, _end)


def resume_due() -> int:
    """Resumes what was suspended, when the last day of it is over; returns how much."""
    rows = Subscription.objects.filter(
        state=SubscriptionState.SUSPENDED, suspended_until__lt=_latest()
    )
    return _each(rows, _resume)


def _latest() -> date:
    """Today where it is latest: nobody's day begins later than it may, rows are asked again."""
    return (clock.now() + timedelta(hours=14)).date()


def _each(rows: QuerySet, act: Callable[[int], bool]) -> int:
    return sum(act(pk) for pk in _ids(rows))


def _ids(rows: QuerySet) -> Iterator[int]:
    """Batch by batch, each row once, whatever becomes of it."""
    last = 0
    while batch := list(
        rows.filter(pk__gt=last).order_by("pk").values_list("pk", flat=True)[:BATCH]
    ):
        yield from batch
        last = batch[-1]


def _apply(request_id: int) -> bool:
    try:
        return _apply_once(request_id)
    except Conflict:
        # The unit was taken, or the service ended or changed, since the day was agreed upon.
        lapse(request_id)
        return False


@transaction.atomic
def _apply_once(request_id: int) -> bool:
    found = ConnectionRequest.objects.select_for_update().filter(pk=request_id)
    request = found.filter(apply_on__isnull=False).first()
    if request is None:
        return False
    subscription = hold_subscription(request.subscription_id)  # type: ignore[arg-type]
    agreed = request.apply_on
    if agreed is None or agreed > today_at(subscription):
        return False
    if _waits(request, subscription):
        return False
    request.apply_on = None
    request.save(update_fields=["apply_on"])
    apply_change(system_actor(), request, subscription, _not_before(subscription, agreed))
    return True


def _waits(request: ConnectionRequest, subscription: Subscription) -> bool:
    """A suspended service changes its plan, or moves, once it is resumed."""
    return subscription.state == SubscriptionState.SUSPENDED and request.kind in (
        RequestKind.CHANGE_PLAN,
        RequestKind.RELOCATE,
    )


def _not_before(subscription: Subscription, day: date) -> date:
    """The day agreed upon, or the first of the present price where that was later."""
    current = open_row(subscription)
    return day if current is None else max(day, current.starts_on)


@transaction.atomic
def _end(subscription_id: int) -> bool:
    # In one order with moves: the requests, then their subscription.
    agreed = ConnectionRequest.objects.filter(
        subscription_id=subscription_id, kind=RequestKind.DISCONNECT, apply_on__isnull=False
    )
    requests = [request for request in locked_by_key(agreed) if request.apply_on is not None]
    row = hold_subscription(subscription_id)
    if row.state == SubscriptionState.ENDED or row.ends_on is None:
        return False
    if row.ends_on >= today_at(row):
        return False
    for request in requests:
        request.apply_on = None
        request.save(update_fields=["apply_on"])
    end_subscription(system_actor(), row, row.ends_on, requests[0] if requests else None)
    return True


@transaction.atomic
def _resume(subscription_id: int) -> bool:
    row = hold_subscription(subscription_id)
    until = row.suspended_until
    if row.state != SubscriptionState.SUSPENDED or until is None or until >= today_at(row):
        return False
    resume(system_actor(), row, _not_before(row, until + ONE_DAY))
    return True


def make_due_changes() -> int:
    """All of it, in the order of the days; returns how many changes were made.

    What resumes may then change; a suspension that passed while no worker ran begins and ends, and
    what waited for it is done as well.
    """
    made = resume_due() + apply_due_changes()
    while again := resume_due():
        made += again + apply_due_changes()
    return made + end_due()
