"""The sums of months, worked out anew for the months that a change touched."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from django.db import connection, models

from core.months import months_on
from subscriptions.models import UsageMonth, UsageRecord
from subscriptions.usage_rules import months_between, shares

# (subscription id, unit) → first days of months.
Touched = dict[tuple[int, str], set[date]]


def touch(touched: Touched, subscription_id: int, unit: str, first: date, last: date) -> None:
    """Notes that a period of a subscription changed."""
    touched.setdefault((subscription_id, unit), set()).update(months_between(first, last))


def upsert(rows: Sequence[models.Model], unique: Sequence[str], changed: Sequence[str]) -> None:
    """Inserts rows in one statement; those whose unique key is there get the columns `changed`.

    MariaDB finds the key itself and takes no name of it.
    """
    if not rows:
        return
    named = connection.features.supports_update_conflicts_with_target
    type(rows[0])._default_manager.bulk_create(
        rows,
        update_conflicts=True,
        unique_fields=list(unique) if named else None,
        update_fields=list(changed),
        batch_size=500,
    )


def refresh_months(touched: Touched) -> None:
    """Works the months out anew from the records; the caller holds the subscriptions' locks.

    Where a month has figures that were told, readings do not count in it: a provider's bill and the
    holder's own readings tell of the same use.
    """
    if not touched:
        return
    every = [month for months in touched.values() for month in months]
    records = UsageRecord.objects.filter(
        subscription_id__in={subscription_id for subscription_id, _unit in touched},
        ends_on__gte=min(every),
        starts_on__lt=months_on(max(every), 1),
    )
    sums = _sums(
        records.values_list(
            "subscription_id", "unit", "series", "zone", "starts_on", "ends_on", "amount"
        ),
        touched,
    )
    known = {
        (subscription_id, unit, month)
        for (subscription_id, unit), months in touched.items()
        for month in months
    }
    upsert(
        [_month(key, parts) for key, parts in sorted(sums.items())],
        ("subscription", "unit", "month"),
        ("amount", "days", "by_meters"),
    )
    _remove(known - set(sums))


class _Parts:
    """What the records of a month come to: figures told, and those worked out of readings."""

    def __init__(self) -> None:
        self.amounts: dict[bool, Decimal] = defaultdict(Decimal)
        self.days: dict[tuple[bool, str, str], int] = defaultdict(int)

    def add(self, series: str, zone: str, amount: Decimal, days: int) -> None:
        by_meter = bool(series)
        self.amounts[by_meter] += amount
        self.days[by_meter, series, zone] += days


def _sums(records: Iterable[Any], touched: Touched) -> dict[tuple[int, str, date], _Parts]:
    sums: dict[tuple[int, str, date], _Parts] = defaultdict(_Parts)
    for subscription_id, unit, series, zone, starts_on, ends_on, amount in records:
        wanted = touched.get((subscription_id, unit), ())
        for share in shares(starts_on, ends_on, amount):
            if share.month in wanted:
                sums[subscription_id, unit, share.month].add(series, zone, share.amount, share.days)
    return sums


def _month(key: tuple[int, str, date], parts: _Parts) -> UsageMonth:
    subscription_id, unit, month = key
    by_meters = False not in parts.amounts
    days = [days for (by_meter, *_rest), days in parts.days.items() if by_meter == by_meters]
    return UsageMonth(
        subscription_id=subscription_id,
        unit=unit,
        month=month,
        amount=parts.amounts[by_meters],
        days=max(days),
        by_meters=by_meters,
    )


def _remove(keys: Iterable[tuple[int, str, date]]) -> None:
    """Months of which nothing is known any more."""
    by_month: dict[tuple[str, date], list[int]] = defaultdict(list)
    for subscription_id, unit, month in keys:
        by_month[unit, month].append(subscription_id)
    for (unit, month), ids in sorted(by_month.items()):
        UsageMonth.objects.filter(subscription_id__in=ids, unit=unit, month=month).delete()
