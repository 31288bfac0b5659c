"""The chains of registers: what was shown day after day, and the use worked out of it."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from core import clock
from subscriptions.choices import ReadingState, UsageSource
from subscriptions.models import Meter, MeterReading, UsageRecord
from subscriptions.services.usage.checking import check_later
from subscriptions.services.usage.months import Touched, refresh_months, touch
from subscriptions.usage_rules import ROLLOVER_PART, Judgement, judge, periods, used


@dataclass(frozen=True, slots=True)
class Link:
    day: date
    value: Decimal
    rollovers: int
    pk: int


class Chain:
    """The accepted readings of one register, oldest first."""

    def __init__(self, links: Iterable[Link] = ()) -> None:
        self.links = list(links)

    def before(self, day: date) -> list[tuple[date, Decimal, int]]:
        return [(one.day, one.value, one.rollovers) for one in self.links if one.day < day]

    def after(self, day: date) -> Link | None:
        return next((one for one in self.links if one.day > day), None)

    def on(self, day: date) -> Link | None:
        return next((one for one in self.links if one.day == day), None)

    def judge(self, day: date, value: Decimal, digits: int) -> Judgement:
        return judge(self.before(day), day, value, digits=digits)

    def disagrees(self, day: date, value: Decimal, digits: int) -> Link | None:
        """The next reading, where it shows less than `value` and has not begun anew since."""
        following = self.after(day)
        if following is None or following.value >= value:
            return None
        anew = used(value, following.value, 1, digits)
        return following if anew > ROLLOVER_PART * Decimal(10) ** digits else None

    def mend_after(self, reading: MeterReading) -> None:
        """Where the counter passed zero is known anew: before this reading, or after it."""
        following = self.after(reading.day)
        if reading.state != ReadingState.ACCEPTED or following is None:
            return
        passed = 1 if following.value < reading.value else 0
        if following.rollovers != passed:
            MeterReading.objects.filter(pk=following.pk).update(rollovers=passed)


Chains = dict[tuple[int, str], Chain]


def chains_of(meter_ids: Collection[int], without: int | None = None) -> Chains:
    """The chains of meters by (meter id, zone), empty where nothing was read; one query.

    `without`: a reading that is about to be corrected.
    """
    rows = MeterReading.objects.filter(meter_id__in=meter_ids, state=ReadingState.ACCEPTED)
    if without is not None:
        rows = rows.exclude(pk=without)
    chains: Chains = defaultdict(Chain)
    columns = ("meter_id", "zone", "day", "value", "rollovers", "pk")
    for meter_id, zone, *link in rows.order_by("day").values_list(*columns):
        chains[meter_id, zone].links.append(Link(*link))
    return chains


def rebuild(meters: Sequence[Meter]) -> None:
    """Works out anew what meters counted; the caller holds the locks of their subscriptions.

    Records that are still right stay as they are. A handful of queries, however many meters.
    """
    by_id = {meter.pk: meter for meter in meters}
    wanted = _wanted(by_id)
    stored = UsageRecord.objects.filter(
        subscription_id__in={meter.subscription_id for meter in meters}
    ).exclude(series="")
    touched: Touched = {}
    gone = []
    for row in stored:
        if int(row.series) not in by_id:
            continue
        key = (row.series, row.zone, row.starts_on, row.ends_on)
        if key in wanted and wanted[key].amount == row.amount:
            del wanted[key]
            continue
        gone.append(row.pk)
        touch(touched, row.subscription_id, row.unit, row.starts_on, row.ends_on)
    for row in wanted.values():
        touch(touched, row.subscription_id, row.unit, row.starts_on, row.ends_on)
    UsageRecord.objects.filter(pk__in=gone).delete()
    UsageRecord.objects.bulk_create(wanted.values(), batch_size=500)
    refresh_months(touched)
    check_later(meter.subscription_id for meter in meters)


def _wanted(meters: dict[int, Meter]) -> dict[tuple[str, str, date, date], UsageRecord]:
    wanted = {}
    for (meter_id, zone), chain in chains_of(meters).items():
        meter = meters[meter_id]
        links = [(one.day, one.value, one.rollovers) for one in chain.links]
        for period in periods(links, digits=meter.digits, coefficient=meter.coefficient):
            row = UsageRecord(
                subscription_id=meter.subscription_id,
                unit=meter.unit,
                series=str(meter_id),
                zone=zone,
                starts_on=period.starts_on,
                ends_on=period.ends_on,
                amount=period.amount,
                source=UsageSource.METER,
                recorded_at=clock.now(),
            )
            wanted[row.series, row.zone, row.starts_on, row.ends_on] = row
    return wanted
