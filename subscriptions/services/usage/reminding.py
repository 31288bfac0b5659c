"""Holders are reminded to read their meters, and told of what was not read in time."""

from datetime import date
from zoneinfo import ZoneInfo

from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q, QuerySet

from core import clock
from core.actor import system_actor
from core.choices import PartyRole
from core.events import emit
from subscriptions.choices import LimitKind, SubscriptionState
from subscriptions.models import (
    Meter,
    MeterReading,
    Subscription,
    UsageAlert,
    UsageLimit,
    UsageSettings,
)
from subscriptions.services.usage.checking import note_alert
from subscriptions.usage_rules import month_of_day
from users.models import Organization

REMINDED_DAYS_BEFORE = 3
BATCH = 500


def unread_meters(meters: QuerySet[Meter], month: date) -> QuerySet[Meter]:
    """Those of `meters` that hang and were not read since the month began."""
    read = MeterReading.objects.filter(meter=OuterRef("pk"), day__gte=month, live_key__isnull=False)
    return meters.filter(
        ~Exists(read), removed_on__isnull=True, subscription__state=SubscriptionState.ACTIVE
    )


def remind_of_readings() -> int:
    """Tells each organization once a month some days before its day, and once after it.

    Returns how many were told. Safe to run as often as one likes.
    """
    told = 0
    rows = UsageSettings.objects.filter(readings_by__isnull=False).select_related("organization")
    for row in rows.iterator(BATCH):
        today = clock.today(ZoneInfo(row.organization.time_zone))
        month = month_of_day(today)
        day = row.readings_by or 0
        if today.day > day:
            told += _tell(row, month, "missing_told_in", "usage.readings_missing")
        elif today.day >= day - REMINDED_DAYS_BEFORE:
            told += _tell(row, month, "reminded_in", "usage.readings_due")
    return told


def _tell(row: UsageSettings, month: date, column: str, kind: str) -> int:
    """Once: who sets the column tells."""
    with transaction.atomic():
        untold = UsageSettings.objects.filter(pk=row.pk).filter(
            Q(**{f"{column}__isnull": True}) | Q(**{f"{column}__lt": month})
        )
        if not untold.update(**{column: month}):
            return 0
        count = unread_meters(_meters_of(row.organization), month).count()
        if not count:
            return 0
        data = {"count": count, "day": row.readings_by}
        parties = {PartyRole.HOLDER: row.organization}
        emit(system_actor(), kind, row, parties, data)
    return 1


def _meters_of(organization: Organization) -> QuerySet[Meter]:
    return Meter.objects.filter(subscription__holder=organization)


def check_unread() -> int:
    """Notes alerts for limits of the kind NO_READING whose day has passed; returns how many."""
    told = 0
    limits = UsageLimit.objects.filter(kind=LimitKind.NO_READING).select_related("owner")
    for limit in limits.iterator(BATCH):
        today = clock.today(ZoneInfo(limit.owner.time_zone))
        month = month_of_day(today)
        if today.day <= (limit.day or 0):
            continue
        for row in _unread(limit, month):
            alert = UsageAlert(
                subscription=row, kind=LimitKind.NO_READING, month=month, told_at=clock.now()
            )
            told += note_alert(row, alert)
    return told


def _unread(limit: UsageLimit, month: date) -> list[Subscription]:
    """Subscriptions that a limit is on, with an unread meter, not told of in this month yet."""
    rows = Subscription.objects.filter(holder_id=limit.owner_id)
    if limit.subscription_id:
        rows = rows.filter(pk=limit.subscription_id)
    else:
        # What has a limit of its own goes by that.
        own = UsageLimit.objects.filter(kind=limit.kind, owner=limit.owner_id)
        own = own.filter(subscription=OuterRef("pk"))
        rows = rows.filter(~Exists(own), category_id=limit.category_id)
    unread = unread_meters(Meter.objects.filter(subscription=OuterRef("pk")), month)
    told = UsageAlert.objects.filter(
        subscription=OuterRef("pk"), kind=LimitKind.NO_READING, month=month
    )
    rows = rows.filter(Exists(unread), ~Exists(told), state=SubscriptionState.ACTIVE)
    return list(rows.select_related("holder").order_by(F("pk"))[:BATCH])
