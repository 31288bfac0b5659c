"""How long providers really take: the rollup of RequestTimes that answers and homes read.

Made anew every night, or by `manage.py refresh_paces`. A provider's last year is read slice by
slice into histograms, so that memory depends on how many services and cities it has and not on how
many requests; percentiles are read off the histograms, the same way on every database.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db import transaction

from core import clock
from subscriptions.models import ProviderPace, RequestTimes
from users.models import Organization

WINDOW = timedelta(days=90)
# Months kept beside it: what a provider sees of itself.
MONTHS = 12
SLICE = 5_000
# Longer than this is simply long: a histogram has so many bars at most.
MOST_HOURS, MOST_DAYS = 2_000, 366
_COLUMNS = (
    "pk",
    "connected_on",
    "category_id",
    "city_id",
    "check_minutes",
    "approve_minutes",
    "connect_days",
    "promised_days",
)
# (category, city, month), None for all.
Key = tuple[int | None, int | None, date | None]


@dataclass(slots=True)
class _Histogram:
    """Counts of one group, by whole working hours and days."""

    checked: Counter[int] = field(default_factory=Counter)
    approved: Counter[int] = field(default_factory=Counter)
    connected: Counter[int] = field(default_factory=Counter)
    promised: Counter[int] = field(default_factory=Counter)
    kept: int = 0

    def add(self, check: int | None, approve: int | None, days: int, promised: int) -> None:
        for counts, minutes in ((self.checked, check), (self.approved, approve)):
            if minutes is not None:
                counts[min(-(-minutes // 60), MOST_HOURS)] += 1
        self.connected[min(days, MOST_DAYS)] += 1
        self.promised[min(promised, MOST_DAYS)] += 1
        self.kept += days <= promised


def refresh_paces(provider_ids: Iterable[int] | None = None) -> int:
    """Counts the paces of these providers anew (None: of all that connected); returns how many.

    Safe to run twice or twice at once: a provider's rows are replaced under its lock.
    """
    if provider_ids is None:
        known = set(ProviderPace.objects.order_by().values_list("provider_id", flat=True))
        measured = RequestTimes.objects.order_by().values_list("provider_id", flat=True)
        provider_ids = sorted(known | set(measured.distinct()))
    count = 0
    for provider in Organization.objects.filter(pk__in=list(provider_ids)).order_by("pk"):
        refresh_pace(provider)
        count += 1
    return count


def refresh_pace(provider: Organization) -> int:
    """Counts the paces of one provider anew; returns how many rows they are."""
    today = clock.today(ZoneInfo(provider.time_zone))
    with transaction.atomic():
        Organization.objects.select_for_update().get(pk=provider.pk)
        groups = _groups(provider.pk, today)
        rows = [_row(provider.pk, key, groups[key]) for key in groups]
        ProviderPace.objects.filter(provider=provider).delete()
        ProviderPace.objects.bulk_create(rows, batch_size=500)
    return len(rows)


def _groups(provider_id: int, today: date) -> dict[Key, _Histogram]:
    since = today - WINDOW
    groups: dict[Key, _Histogram] = {}
    for _pk, day, category, city, check, approve, days, promised in _times(provider_id, today):
        for key in _keys(day, category, city, since):
            if key not in groups:
                groups[key] = _Histogram()
            groups[key].add(check, approve, days, promised)
    return groups


def _keys(day: date, category: int, city: int, since: date) -> Iterator[Key]:
    """The groups that a request counts in."""
    if day > since:
        yield None, None, None
        yield category, None, None
        yield category, city, None
    month = day.replace(day=1)
    yield None, None, month
    yield category, None, month


def _times(provider_id: int, today: date) -> Iterator[tuple[Any, ...]]:
    """The provider's last months, oldest first, a slice of the index at a time."""
    first = first_month(today)
    last: tuple[date, int] = (first, 0)
    rows = RequestTimes.objects.filter(provider_id=provider_id, connected_on__lte=today)
    while True:
        day, pk = last
        # Of the day where the last slice ended the rest, then the days after it.
        part = list(
            rows.filter(connected_on=day, pk__gt=pk).order_by("pk").values_list(*_COLUMNS)[:SLICE]
        )
        if len(part) < SLICE:
            later = rows.filter(connected_on__gt=day).order_by("connected_on", "pk")
            part += list(later.values_list(*_COLUMNS)[: SLICE - len(part)])
        if not part:
            return
        yield from part
        last = (part[-1][1], part[-1][0])


def first_month(today: date) -> date:
    """The first day of the oldest month that is kept."""
    index = today.year * 12 + today.month - MONTHS
    return date(index // 12, index % 12 + 1, 1)


def percentile(counts: Counter[int], share: int) -> int | None:
    """The least value that at least `share` per cent of the counted are not above (nearest rank);
    None where nothing was counted."""
    total = sum(counts.values())
    if not total:
        return None
    rank = max(-(-total * share // 100), 1)
    for value in sorted(counts):
        rank -= counts[value]
        if rank <= 0:
            return value
    raise AssertionError("A rank is never above the total.")


def _row(provider_id: int, key: Key, found: _Histogram) -> ProviderPace:
    category_id, city_id, month = key
    return ProviderPace(
        provider_id=provider_id,
        category_id=category_id,
        city_id=city_id,
        month=month,
        sample=sum(found.connected.values()),
        kept=found.kept,
        check_median=percentile(found.checked, 50),
        check_p90=percentile(found.checked, 90),
        approve_median=percentile(found.approved, 50),
        approve_p90=percentile(found.approved, 90),
        connect_median=percentile(found.connected, 50) or 0,
        connect_p90=percentile(found.connected, 90) or 0,
        promised_median=percentile(found.promised, 50) or 0,
    )
