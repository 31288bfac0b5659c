"""Limits of use looked at after each change; the holder is told once in a month of each."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from django.db import IntegrityError, transaction

from core import clock
from core.actor import system_actor
from core.choices import PartyRole
from core.events import emit
from core.months import months_on
from subscriptions.choices import LimitKind, SubscriptionState
from subscriptions.models import Subscription, UsageAlert, UsageLimit, UsageMonth
from subscriptions.usage_rules import (
    USUAL_OF,
    days_in,
    forecast,
    included_in,
    month_of_day,
    rises,
    units_of,
)

BATCH = 500


def check_later(subscription_ids: Iterable[int]) -> None:
    """Lets a job look at the limits of subscriptions, once the caller's change is committed."""
    from subscriptions.usage_jobs import check_limits

    ids = sorted(set(subscription_ids))
    for start in range(0, len(ids), BATCH):
        check_limits.enqueue(ids[start : start + BATCH])


@dataclass(frozen=True, slots=True)
class Passed:
    """A limit that a month has passed, or will at the present rate."""

    kind: str
    month: date
    unit: str
    amount: Decimal
    allowed: Decimal | None
    is_forecast: bool


def limits_of(owner_ids: Iterable[int], kinds: Sequence[str]) -> dict[tuple[int, str, str], Any]:
    """Limits by (owner, kind, "s<subscription>" or "c<category>")."""
    rows = UsageLimit.objects.filter(owner_id__in=set(owner_ids), kind__in=kinds)
    return {
        (row.owner_id, row.kind, f"s{row.subscription_id}" if row.subscription_id else
         f"c{row.category_id}"): row
        for row in rows
    }  # fmt: skip


def limit_for(limits: dict[tuple[int, str, str], Any], row: Any, kind: str) -> UsageLimit | None:
    """That of the subscription, else that of its category."""
    own = limits.get((row.holder_id, kind, f"s{row.pk}"))
    return own or limits.get((row.holder_id, kind, f"c{row.category_id}"))


def check_limits_of(subscription_ids: Sequence[int]) -> int:
    """Looks at this month and the last of subscriptions; returns how many limits were told of."""
    held = Subscription.objects.filter(
        pk__in=subscription_ids, holder__isnull=False, state=SubscriptionState.ACTIVE
    ).select_related("holder", "plan", "category", "city")
    rows = list(held)
    limits = limits_of((row.holder_id or 0 for row in rows), (LimitKind.AMOUNT, LimitKind.RISE))
    months = _months([row.pk for row in rows])
    told = 0
    for row in rows:
        for passed in _passed(row, limits, months[row.pk]):
            told += tell_passed(row, passed)
    return told


Amounts = dict[tuple[str, date], Any]


def _months(ids: Sequence[int]) -> dict[int, Amounts]:
    first = months_on(month_of_day(clock.today()), -USUAL_OF - 2)
    rows = UsageMonth.objects.filter(subscription_id__in=ids, month__gte=first)
    found: dict[int, Amounts] = defaultdict(dict)
    for row in rows.order_by("month"):
        found[row.subscription_id][row.unit, row.month] = row
    return found


def _passed(row: Subscription, limits: Any, known: Amounts) -> Iterator[Passed]:
    this_month = month_of_day(clock.today(ZoneInfo(row.city.time_zone)))
    for month in (months_on(this_month, -1), this_month):
        allowed = allowed_of(row, limit_for(limits, row, LimitKind.AMOUNT))
        if allowed is not None:
            yield from _above(known, month, *allowed)
        rise = limit_for(limits, row, LimitKind.RISE)
        units = units_of(row.category.code)
        if rise is not None and units:
            yield from _risen(known, month, units[0], rise.percent or 0)


def allowed_of(row: Subscription, limit: UsageLimit | None) -> tuple[str, Decimal] | None:
    """What a month may come to: (unit, amount) of the limit, else what the plan includes."""
    if limit is not None and limit.amount is not None:
        return limit.unit, limit.amount
    for unit in units_of(row.category.code):
        included = included_in(row.plan.attributes, unit)
        if included is not None:
            return unit, included
    return None


def _above(known: Amounts, month: date, unit: str, allowed: Decimal) -> Iterator[Passed]:
    found = known.get((unit, month))
    if found is None:
        return
    amount, is_forecast = expected(found)
    if found.amount > allowed:
        yield Passed(LimitKind.AMOUNT, month, unit, found.amount, allowed, False)
    elif amount > allowed:
        yield Passed(LimitKind.AMOUNT, month, unit, amount, allowed, is_forecast)


def _risen(known: Amounts, month: date, unit: str, percent: int) -> Iterator[Passed]:
    found = known.get((unit, month))
    if found is None:
        return
    amount, is_forecast = expected(found)
    before = [
        row.amount for (other, first), row in known.items() if other == unit and first < month
    ]
    if rises(amount, before, percent):
        yield Passed(LimitKind.RISE, month, unit, amount, None, is_forecast)


def expected(row: UsageMonth) -> tuple[Decimal, bool]:
    """What a month comes to, and whether that is a forecast; of few days, what they came to."""
    if row.days >= days_in(row.month):
        return row.amount, False
    ahead = forecast(row.amount, row.days, row.month)
    return (row.amount, False) if ahead is None else (ahead, True)


def tell_passed(row: Subscription, passed: Passed) -> bool:
    """Notes an alert and tells the holder; False where they were told in this month already."""
    fields = {
        "unit": passed.unit,
        "amount": passed.amount,
        "allowed": passed.allowed,
        "is_forecast": passed.is_forecast,
    }
    key = {"subscription_id": row.pk, "kind": passed.kind, "month": passed.month}
    # The page shows the latest figures; the holder is not told again.
    if UsageAlert.objects.filter(**key).update(**fields):
        return False
    return note_alert(row, UsageAlert(**key, **fields, told_at=clock.now()))


def note_alert(row: Subscription, alert: UsageAlert) -> bool:
    """Writes an alert with its event; False where another worker was faster."""
    try:
        with transaction.atomic():
            alert.save(force_insert=True)
            emit(
                system_actor(),
                "usage.limit_passed",
                row,
                {PartyRole.HOLDER: row.holder},
                {
                    "number": row.number,
                    "alert": alert.pk,
                    "limit": alert.kind,
                    "month": alert.month.isoformat(),
                },
            )
    except IntegrityError:
        return False
    return True
