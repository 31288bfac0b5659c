"""The use of one subscription: its months, meters, readings and alerts."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Count, OuterRef, Q, QuerySet, Subquery

from core import clock
from core.actor import Actor
from core.choices import OrganizationKind
from core.months import months_on
from core.pagination import Page, paginate
from subscriptions.choices import LimitKind, ReadingState
from subscriptions.models import (
    Meter,
    MeterReading,
    Subscription,
    UsageAlert,
    UsageLimit,
    UsageMonth,
)
from subscriptions.services.usage.checking import allowed_of, expected
from subscriptions.usage_rules import month_of_day, units_of

ALERTS_SHOWN = 6
READINGS_SHOWN = 12


@dataclass(frozen=True, slots=True)
class MonthOf:
    """A month of a year, and the same of the year before; None where nothing is known."""

    first: date
    now: UsageMonth | None
    before: UsageMonth | None


@dataclass(frozen=True, slots=True)
class History:
    """All that is known of a subscription in one unit."""

    unit: str
    units: Sequence[str]
    by_month: Mapping[date, UsageMonth]
    today: date

    @property
    def years(self) -> list[int]:
        """Years with figures, the newest first; this one is always there."""
        return sorted({month.year for month in self.by_month} | {self.today.year}, reverse=True)

    def months_of(self, year: int) -> list[MonthOf]:
        firsts = [date(year, month, 1) for month in range(1, 13)]
        return [
            MonthOf(first, self.by_month.get(first), self.by_month.get(months_on(first, -12)))
            for first in firsts
        ]

    def by_year(self) -> dict[int, Decimal]:
        sums: dict[int, Decimal] = defaultdict(Decimal)
        for month, row in sorted(self.by_month.items()):
            sums[month.year] += row.amount
        return dict(sums)

    @property
    def this_month(self) -> UsageMonth | None:
        return self.by_month.get(month_of_day(self.today))

    @property
    def last_month(self) -> UsageMonth | None:
        return self.by_month.get(months_on(month_of_day(self.today), -1))

    @property
    def expected(self) -> tuple[Decimal, bool] | None:
        """What this month comes to, and whether that is a forecast."""
        row = self.this_month
        return None if row is None else expected(row)


def history_of(subscription: Subscription, unit: str = "") -> History:
    """The months of a subscription in `unit`, or in the first it has figures in; one query."""
    rows = list(UsageMonth.objects.filter(subscription=subscription).order_by("month"))
    usual = [str(one) for one in units_of(subscription.category.code)]
    used = {row.unit for row in rows}
    units = [one for one in usual if one in used] + sorted(used - set(usual))
    chosen = unit if unit in units else next(iter([*units, *usual]), "")
    return History(
        chosen,
        units,
        {row.month: row for row in rows if row.unit == chosen},
        clock.today(ZoneInfo(subscription.city.time_zone)),
    )


def meters_of(subscription: Subscription) -> QuerySet[Meter]:
    """The meters, those that hang first, with the day and state of the last reading of each."""
    last = MeterReading.objects.filter(meter=OuterRef("pk"), live_key__isnull=False)
    rows = Meter.objects.filter(subscription=subscription).annotate(
        last_day=Subquery(last.order_by("-day").values("day")[:1]),
        waits=Count("readings", filter=Q(readings__state=ReadingState.DOUBTFUL)),
    )
    return rows.order_by("removed_on", "pk")


_READING = (
    "id", "public_id", "day", "zone", "value", "state", "source", "reason", "photo", "created_at",
    "rollovers", "meter__serial", "meter__label", "meter__tariff", "meter__unit", "live_key",
    "organization_id", "organization__name",
)  # fmt: skip


def reading_rows(subscription: Subscription, cursor: str = "") -> Page:
    """A page of lean rows of all meters of a subscription, the newest day first."""
    rows = MeterReading.objects.filter(meter__subscription=subscription)
    lean = rows.values_list(*_READING, named=True)
    return paginate(lean, ("-day", "-id"), cursor, READINGS_SHOWN)


def visible_reading(
    actor: Actor, subscription: Subscription, public_id: str
) -> MeterReading | None:
    """A reading of the subscription, with its meter; None where there is none."""
    rows = MeterReading.objects.visible_to(actor).filter(
        public_id=public_id, meter__subscription=subscription
    )
    return rows.select_related("meter").first()


def live_readings(meter: Meter) -> dict[str, MeterReading]:
    """The last accepted reading of each register: what a new one is compared with."""
    rows = MeterReading.objects.filter(meter=meter, state=ReadingState.ACCEPTED).order_by("day")
    return {row.zone: row for row in rows}


def alerts_of(subscription: Subscription) -> list[UsageAlert]:
    """What the holder was told of this month and the last, the newest first."""
    since = months_on(month_of_day(clock.today()), -1)
    rows = UsageAlert.objects.filter(subscription=subscription, month__gte=since)
    return list(rows.order_by("-month", "kind")[:ALERTS_SHOWN])


@dataclass(frozen=True, slots=True)
class LimitLine:
    """A limit that holds for a subscription; `own` are its own, the others of the category."""

    kind: str
    limit: UsageLimit | None
    own: bool
    # What the plan includes, where no limit is set.
    included: tuple[str, Decimal] | None = None


def limit_lines(subscription: Subscription) -> list[LimitLine]:
    """A line for each kind of limit, in the order of the kinds; one query."""
    if subscription.holder_id is None:
        return []
    rows = UsageLimit.objects.filter(owner_id=subscription.holder_id).filter(
        Q(subscription=subscription) | Q(category=subscription.category_id)
    )
    found: dict[str, UsageLimit] = {}
    for row in sorted(rows, key=lambda row: row.subscription_id is not None):
        found[row.kind] = row
    lines = []
    for kind in LimitKind.values:
        limit = found.get(kind)
        included = allowed_of(subscription, None) if kind == LimitKind.AMOUNT else None
        own = limit is not None and limit.subscription_id is not None
        lines.append(LimitLine(kind, limit, own, None if limit else included))
    return lines


def knows_limits(actor: Actor, subscription: Any) -> bool:
    """Limits are the holder's own affair."""
    if actor.organization is None:
        return True
    return actor.kind in (OrganizationKind.COMPANY, OrganizationKind.PERSON)


def doubtful_rows(actor: Actor, cursor: str = "") -> Page:
    """Readings that wait for the provider, the oldest first."""
    rows = MeterReading.objects.visible_to(actor).filter(state=ReadingState.DOUBTFUL)
    columns = (*_READING, "meter__subscription__number", "meter__subscription__building__address",
               "meter__subscription__unit__number")  # fmt: skip
    return paginate(rows.values_list(*columns, named=True), ("id",), cursor)
