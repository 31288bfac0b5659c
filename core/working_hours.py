"""Deadlines in working hours, over nights, weekends, holidays and clock changes.

Public holidays and transferred days of Russia are data (`core/data/holidays_ru.csv`). For a year
that the data does not reach, the holidays of the Labour Code (art. 112) stand without transfers.
"""

import csv
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from pathlib import Path
from zoneinfo import ZoneInfo

HOLIDAYS_FILE = Path(__file__).resolve().parent / "data" / "holidays_ru.csv"
DAY = timedelta(days=1)
SATURDAY = 5

# Non-working public holidays, (month, day): Labour Code of the Russian Federation, art. 112.
LABOUR_CODE = frozenset(
    {*((1, day) for day in range(1, 9)), (2, 23), (3, 8), (5, 1), (5, 9), (6, 12), (11, 4)}
)


@cache
def exceptions() -> dict[date, bool]:
    """Days that differ from an ordinary week → whether they are worked."""
    with HOLIDAYS_FILE.open(encoding="utf-8") as stream:
        rows = csv.DictReader(line for line in stream if not line.startswith("#"))
        return {date.fromisoformat(row["date"]): row["kind"] == "on" for row in rows}


@cache
def _years_known() -> frozenset[int]:
    return frozenset(day.year for day in exceptions())


def is_working_day(day: date) -> bool:
    """Whether offices in Russia that keep weekends and holidays work on `day`."""
    known = exceptions().get(day)
    if known is not None:
        return known
    if day.weekday() >= SATURDAY:
        return False
    return day.year in _years_known() or (day.month, day.day) not in LABOUR_CODE


@dataclass(frozen=True, slots=True)
class WorkingCalendar:
    """When an office works: from `opens` to `closes` by the clock on its wall in `zone`.

    Hours that end where they begin are round the clock; hours that end before they begin (18:00 to
    02:00) run over midnight, each part counted with the date it falls on. With `works_weekends`
    every day is worked, holidays too.
    """

    zone: ZoneInfo
    opens: time
    closes: time
    works_weekends: bool = False
    # The office's own days off and days worked, over all other rules.
    days: Mapping[date, bool] = field(default_factory=dict, hash=False)

    def works_on(self, day: date) -> bool:
        own = self.days.get(day)
        return (self.works_weekends or is_working_day(day)) if own is None else own

    def add_hours(self, start: datetime, hours: float) -> datetime:
        """The moment (UTC) when `hours` working hours have passed since `start` (aware).

        When they run out exactly at closing time, the answer is that closing time. Zero hours give
        `start` itself. Raises ValueError for a naive start or negative hours.
        """
        if start.tzinfo is None:
            raise ValueError("Working hours are counted from an aware moment.")
        if hours < 0:
            raise ValueError("Working hours run forward.")
        left = timedelta(hours=hours)
        start = start.astimezone(UTC)
        if not left:
            return start
        for begins, ends in self._open_from(start.astimezone(self.zone).date()):
            begins = max(begins, start)
            if begins + left <= ends:
                return begins + left
            left -= max(ends - begins, timedelta(0))
        raise OverflowError("The calendar ends before the hours do.")

    def time_between(self, start: datetime, end: datetime) -> timedelta:
        """The working time from `start` to `end` (aware); zero where `end` is not later."""
        if start.tzinfo is None or end.tzinfo is None:
            raise ValueError("Working hours are counted between aware moments.")
        start, end = start.astimezone(UTC), end.astimezone(UTC)
        passed = timedelta(0)
        if end <= start:
            return passed
        for begins, ends in self._open_from(start.astimezone(self.zone).date()):
            if begins >= end:
                break
            passed += max(min(ends, end) - max(begins, start), timedelta(0))
        return passed

    def closing_on(self, day: date) -> datetime:
        """The end (UTC) of the working hours on `day`, or of the day when it is not worked."""
        if self.works_on(day):
            return list(self._open_on(day))[-1][1]
        return self._midnight(day + DAY)

    def _open_from(self, day: date) -> Iterator[tuple[datetime, datetime]]:
        while day < date.max:
            if self.works_on(day):
                yield from self._open_on(day)
            day += DAY

    def _open_on(self, day: date) -> Iterator[tuple[datetime, datetime]]:
        """The spans (UTC) of a worked day, in order.

        A day on which clocks change is cut at the change, so that each piece has one offset: an
        hour skipped by the clock is not worked, an hour shown twice is worked twice.
        """
        for begins, ends in self._pieces(day):
            offset = begins.astimezone(self.zone).utcoffset() or timedelta(0)
            for opens, closes in self._wall_spans(day):
                opened = max(begins, opens - offset)
                closed = min(ends, closes - offset)
                if opened < closed:
                    yield opened, closed

    def _wall_spans(self, day: date) -> list[tuple[datetime, datetime]]:
        """What is worked by the wall clock of `day`, written as if the wall showed UTC."""
        midnight = datetime.combine(day, time(), UTC)
        opens = datetime.combine(day, self.opens, UTC)
        closes = datetime.combine(day, self.closes, UTC)
        if opens < closes:
            return [(opens, closes)]
        return [(midnight, closes), (opens, midnight + DAY)]

    def _pieces(self, day: date) -> list[tuple[datetime, datetime]]:
        begins, ends = self._midnight(day), self._midnight(day + DAY)
        offset = begins.astimezone(self.zone).utcoffset()
        last = ends - timedelta(minutes=1)
        if last.astimezone(self.zone).utcoffset() == offset:
            return [(begins, ends)]
        # Clocks change at most once a day, on a whole minute: halve until it is found.
        early, late = 0, int((last - begins) / timedelta(minutes=1))
        while late - early > 1:
            middle = (early + late) // 2
            moment = (begins + timedelta(minutes=middle)).astimezone(self.zone)
            early, late = (middle, late) if moment.utcoffset() == offset else (early, middle)
        change = begins + timedelta(minutes=late)
        return [(begins, change), (change, ends)]

    def _midnight(self, day: date) -> datetime:
        return datetime.combine(day, time(), self.zone).astimezone(UTC)
