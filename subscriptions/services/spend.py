"""What services cost their holders, counted from the rows of their prices into few rows.

Counted anew for one holder at a time, by a job, after whatever changed (`subscriptions.handlers`)
and every night; `manage.py recount_spend` proves that the rows kept are what the prices say.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import NamedTuple
from zoneinfo import ZoneInfo

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from core import clock
from core.months import months_on
from subscriptions.choices import CostBy, SubscriptionState
from subscriptions.cost_rule import FAR, Priced, cost_in_month, cut, followed, is_in_force
from subscriptions.models import (
    CostNow,
    Holding,
    PriceLine,
    Spend,
    Subscription,
    SubscriptionPrice,
)
from subscriptions.models.subscriptions import SubscriptionQuerySet
from subscriptions.services.place_keys import place_key_of
from users.models import Organization

# The months that are kept: this one and eleven before it, and what the next three will cost.
MONTHS_BACK, MONTHS_AHEAD = 11, 3
# So many buildings of a month stand by themselves.
BUILDINGS_KEPT = 100
BATCH = 1_000

_COLUMNS = (
    "pk",
    "state",
    "price",
    "city_id",
    "building_id",
    "category_id",
    "provider_id",
    "cost_centre_id",
    "ends_on",
    "ended_at",
    "suspended_until",
    "resume_price",
    "provider__time_zone",
    "place_key",
    "city__search_key",
    "building__search_key",
    "unit__number",
)


class Held(NamedTuple):
    """A subscription as spend needs it."""

    pk: int
    state: str
    price: Decimal
    city_id: int
    building_id: int
    category_id: int
    provider_id: int
    cost_centre_id: int | None
    ends_on: date | None
    ended_at: object
    suspended_until: date | None
    resume_price: Decimal | None
    provider_zone: str
    place_key: str
    city_key: str
    building_key: str
    unit: str

    @property
    def last_day(self) -> date | None:
        """The last day it costs anything, where that is known."""
        if self.ended_at is not None:
            return timezone.localtime(self.ended_at, ZoneInfo(self.provider_zone)).date()  # type: ignore[arg-type]
        return self.ends_on

    def keys(self) -> Iterator[tuple[str, int]]:
        """What it is summed up under."""
        yield CostBy.TOTAL, 0
        yield CostBy.CATEGORY, self.category_id
        yield CostBy.CITY, self.city_id
        yield CostBy.BUILDING, self.building_id
        yield CostBy.PROVIDER, self.provider_id
        yield CostBy.CENTRE, self.cost_centre_id or 0


Sums = dict[tuple[str, int], list[int]]  # (by, key) → [services, kopecks]


def _nothing() -> list[int]:
    return [0, 0]


def _sums() -> Sums:
    # A function with a name: what is counted for a team goes into a cache.
    return defaultdict(_nothing)


@dataclass(slots=True)
class Counted:
    """What a holder's services come to: as things stand, and by month."""

    now: Sums = field(default_factory=_sums)
    months: dict[date, Sums] = field(default_factory=dict)


def kept_months(today: date) -> list[date]:
    """First days of the months that are kept, oldest first."""
    first = today.replace(day=1)
    return [months_on(first, step) for step in range(-MONTHS_BACK, MONTHS_AHEAD + 1)]


def count_costs(rows: SubscriptionQuerySet, months: Iterable[date]) -> Counted:
    """What `rows` (subscriptions) come to in `months`, and what those in force cost now."""
    counted = Counted(months={first: _sums() for first in months})
    always = _sums()
    for batch in _batches(rows):
        prices = prices_of([row.pk for row in batch])
        for row in batch:
            _add(counted, always, row, prices[row.pk])
    for sums in counted.months.values():
        for key, (count, kopecks) in always.items():
            _put(sums, [key], kopecks, count)
    return counted


def _add(counted: Counted, always: Sums, row: Held, prices: list[Priced]) -> None:
    """Adds one service: what costs the same in every month is added to `always`, once."""
    keys = list(row.keys())
    if row.state != SubscriptionState.ENDED:
        # A suspended one costs what its present price says.
        _put(counted.now, keys, int(row.price * 100))
    if len(prices) == 1 and _lasts(prices[0], counted):
        _put(always, keys, prices[0].kopecks)
        return
    for first, sums in counted.months.items():
        if is_in_force(prices, first):
            _put(sums, keys, cost_in_month(prices, first))


def _lasts(price: Priced, counted: Counted) -> bool:
    """Whether a price is in force throughout all months that are counted."""
    return price.starts_on <= min(counted.months) and price.ends_on == FAR


def _put(sums: Sums, keys: Iterable[tuple[str, int]], kopecks: int, count: int = 1) -> None:
    for key in keys:
        entry = sums[key]
        entry[0] += count
        entry[1] += kopecks


def _batches(rows: SubscriptionQuerySet) -> Iterator[list[Held]]:
    """By id, so that no reader holds a transaction open over fifty thousand rows."""
    after = 0
    ordered = rows.order_by("pk").values_list(*_COLUMNS)
    while batch := [Held._make(row) for row in ordered.filter(pk__gt=after)[:BATCH]]:
        yield batch
        after = batch[-1].pk


def prices_of(pks: list[int]) -> dict[int, list[Priced]]:
    """Prices by subscription, those that are known to come too, oldest first."""
    found: dict[int, list[Priced]] = {pk: [] for pk in pks}
    rows = SubscriptionPrice.objects.filter(subscription__in=pks).order_by("starts_on")
    for pk, price, starts_on, ends_on in rows.values_list(
        "subscription_id", "price", "starts_on", "ends_on"
    ):
        found[pk].append(Priced(int(price * 100), starts_on, ends_on or FAR))
    _foresee(found, pks)
    return found


def _foresee(found: dict[int, list[Priced]], pks: list[int]) -> None:
    """Adds what is known to come: suspensions end, announced prices begin, services end."""
    changing = Subscription.objects.filter(
        Q(state=SubscriptionState.SUSPENDED) | Q(ends_on__isnull=False) | Q(ended_at__isnull=False),
        pk__in=pks,
    )
    rows = [Held._make(row) for row in changing.values_list(*_COLUMNS)]
    resumed: dict[int, date] = {}
    for row in rows:
        if row.state == SubscriptionState.SUSPENDED:
            resumed[row.pk] = _resumes_on(row)
            found[row.pk] = _resumed(found[row.pk], row, resumed[row.pk])
    lines = PriceLine.objects.standing().filter(subscription__in=pks)
    for pk, price, starts_on in lines.order_by("change__starts_on", "pk").values_list(
        "subscription_id", "change__price", "change__starts_on"
    ):
        # While a service is suspended its price is that of the suspension.
        begins = max(starts_on, resumed.get(pk, starts_on))
        if begins < FAR:
            found[pk] = followed(found[pk], int(price * 100), begins)
    for row in rows:
        if row.last_day is not None:
            found[row.pk] = cut(found[row.pk], row.last_day)


def _resumes_on(row: Held) -> date:
    """The day after the last one of a suspension; FAR where none is known."""
    return row.suspended_until + _DAY if row.suspended_until else FAR


def _resumed(prices: list[Priced], row: Held, day: date) -> list[Priced]:
    """From `day` on the price that was kept for it, else the one before the suspension."""
    if day == FAR or not prices or day <= prices[-1].starts_on:
        return prices
    if row.resume_price is not None:
        return followed(prices, int(row.resume_price * 100), day)
    return followed(prices, prices[-2].kopecks, day) if len(prices) > 1 else prices


_DAY = date.resolution


# --- kept ---------------------------------------------------------------------------------------
def refresh(owner_id: int, *, thoroughly: bool = False) -> bool:
    """Counts one holder's services anew; False where a later count has begun meanwhile.

    What lists are sorted by is written where it is missing; `thoroughly`: where it is wrong, too.

    Counting holds no lock. What it read may have changed by the time it ends, and whoever changed
    it has asked for a count of its own by then: the one that began last is the one that writes.
    """
    owner = Organization.objects.get(pk=owner_id)
    run = _begin(owner_id)
    rows = Subscription.objects.filter(holder_id=owner_id)
    mend_place_keys(rows if thoroughly else rows.filter(place_key=""))
    counted = count_costs(rows, kept_months(clock.today(ZoneInfo(owner.time_zone))))
    with transaction.atomic():
        holding = Holding.objects.select_for_update().get(pk=owner_id)
        if holding.run != run:
            return False
        _write(holding, counted)
    return True


def _begin(owner_id: int) -> int:
    Holding.objects.bulk_create([Holding(owner_id=owner_id)], ignore_conflicts=True)
    with transaction.atomic():
        holding = Holding.objects.select_for_update().get(pk=owner_id)
        holding.run += 1
        holding.save(update_fields=["run"])
    return holding.run


def mend_place_keys(rows: SubscriptionQuerySet) -> int:
    """Writes what lists are sorted by where the address says otherwise; returns how many."""
    mended = 0
    for batch in _batches(rows):
        wrong = {
            row.pk: key
            for row in batch
            if (key := place_key_of(row.city_key, row.building_key, row.unit)) != row.place_key
        }
        changed = [Subscription(pk=pk, place_key=key) for pk, key in wrong.items()]
        Subscription.objects.bulk_update(changed, ["place_key"], batch_size=500)
        mended += len(changed)
    return mended


def _write(holding: Holding, counted: Counted) -> None:
    count, kopecks = counted.now.get((CostBy.TOTAL, 0), (0, 0))
    holding.count, holding.monthly = count, _roubles(kopecks)
    holding.refreshed_at = clock.now()
    holding.save(update_fields=["count", "monthly", "refreshed_at"])
    CostNow.objects.filter(owner_id=holding.pk).delete()
    CostNow.objects.bulk_create(now_rows(holding.pk, counted), batch_size=500)
    Spend.objects.filter(owner_id=holding.pk, month__in=list(counted.months)).delete()
    Spend.objects.bulk_create(spend_rows(holding.pk, counted), batch_size=500)


def now_rows(owner_id: int, counted: Counted) -> list[CostNow]:
    """Unsaved rows of what is in force; of buildings none: their list is read as it is."""
    return [
        CostNow(owner_id=owner_id, by=by, key=key, count=count, monthly=_roubles(kopecks))
        for (by, key), (count, kopecks) in counted.now.items()
        if by != CostBy.BUILDING
    ]


def spend_rows(owner_id: int, counted: Counted) -> list[Spend]:
    """Unsaved rows of all counted months."""
    return [
        Spend(
            owner_id=owner_id,
            month=first,
            by=by,
            key=key,
            count=count,
            amount=_roubles(kopecks),
        )
        for first, sums in counted.months.items()
        for (by, key), (count, kopecks) in dearest_buildings(sums).items()
    ]


def dearest_buildings(sums: Sums) -> Sums:
    """`sums` with the dearest buildings alone, the others together under the key 0."""
    buildings = [item for item in sums.items() if item[0][0] == CostBy.BUILDING]
    if len(buildings) <= BUILDINGS_KEPT:
        return sums
    buildings.sort(key=lambda item: (-item[1][1], item[0][1]))
    kept = {key: entry for key, entry in sums.items() if key[0] != CostBy.BUILDING}
    kept |= dict(buildings[:BUILDINGS_KEPT])
    rest = buildings[BUILDINGS_KEPT:]
    kept[CostBy.BUILDING, 0] = [
        sum(entry[0] for _key, entry in rest),
        sum(entry[1] for _key, entry in rest),
    ]
    return kept


def _roubles(kopecks: int) -> Decimal:
    return Decimal(kopecks) / 100


# --- proved -------------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class Difference:
    """A row of spend that is not what the prices say; `month` None: of the costs now."""

    owner_id: int
    month: date | None
    by: str
    key: int
    kept: Decimal
    counted: Decimal


def differences(owner_id: int) -> list[Difference]:
    """Rows kept for a holder that differ from a count made now. What changes meanwhile may look
    like a difference: a refresh asks again."""
    owner = Organization.objects.get(pk=owner_id)
    months = kept_months(clock.today(ZoneInfo(owner.time_zone)))
    counted = count_costs(Subscription.objects.filter(holder_id=owner_id), months)
    wanted: dict[tuple[date | None, str, int], Decimal] = {
        (row.month, row.by, row.key): row.amount for row in spend_rows(owner_id, counted)
    }
    wanted |= {(None, row.by, row.key): row.monthly for row in now_rows(owner_id, counted)}
    kept: dict[tuple[date | None, str, int], Decimal] = {
        (row.month, row.by, row.key): row.amount
        for row in Spend.objects.filter(owner_id=owner_id, month__in=months)
    }
    kept |= {
        (None, row.by, row.key): row.monthly for row in CostNow.objects.filter(owner_id=owner_id)
    }
    zero = Decimal(0)
    return [
        Difference(owner_id, *key, kept.get(key, zero), wanted.get(key, zero))
        for key in sorted(kept.keys() | wanted.keys(), key=str)
        if kept.get(key, zero) != wanted.get(key, zero)
    ]


def holders() -> list[int]:
    """Ids of all organizations that hold services, or did when they were counted last."""
    held = Subscription.objects.filter(holder__isnull=False).order_by()
    known = set(Holding.objects.values_list("pk", flat=True))
    return sorted(known | set(held.values_list("holder_id", flat=True).distinct()))
