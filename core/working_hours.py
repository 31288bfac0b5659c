"""Deadlines in working hours, over nights, weekends, holidays and clock changes.

Public holidays and transferred days of Russia are data (`core/data/holidays_ru.csv`). For a year
that the data does not reach, the holidays of the Labour Code (art. 112) stand without transfers.
"""

import csv
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from pathlib import Path
from zoneinfo import ZoneInfo

HOLIDAYS_FILE = Path(__file__).resolve().parent / "data" / "holidays_ru.csv"
DAY = timedelta(days=1)
FRIDAY, SATURDAY = 4, 5

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


def is_holiday(day: date) -> bool:
    """Whether `day` is a public holiday, or a day off that was moved for one; weekends are none."""
    return (day.month, day.day) in LABOUR_CODE or exceptions().get(day) is False


@dataclass(frozen=True, slots=True)
class WorkingTime:
    """Time that runs while an office works, by the clock on its wall in `zone`.

    Kinds of calendar say when that is: see `wall_spans`.
    """

    zone: ZoneInfo

    def wall_spans(self, day: date) -> Sequence[tuple[datetime, datetime]]:
        """What is worked on `day`, in order, written as if the wall showed UTC; may be empty."""
        raise NotImplementedError

    def add(self, start: datetime, length: timedelta, *, until: date = date.max) -> datetime:
        """The moment (UTC) when so much working time has passed since `start` (aware).

        When it runs out exactly at closing time, the answer is that closing time. No time gives
        `start` itself. Raises ValueError for a naive start or a negative length, OverflowError
        where it does not run out before `until`.
        """
        if start.tzinfo is None:
            raise ValueError("Working hours are counted from an aware moment.")
        if length < timedelta(0):
            raise ValueError("Working hours run forward.")
        start = start.astimezone(UTC)
        if not length:
            return start
        for begins, ends in self._open_between(self._date(start), until):
            begins = max(begins, start)
            if begins + length <= ends:
                return begins + length
            length -= max(ends - begins, timedelta(0))
        raise OverflowError("The calendar ends before the hours do.")

    def time_between(self, start: datetime, end: datetime) -> timedelta:
        """The working time from `start` to `end` (aware); zero where `end` is not later."""
        if start.tzinfo is None or end.tzinfo is None:
            raise ValueError("Working hours are counted between aware moments.")
        start, end = start.astimezone(UTC), end.astimezone(UTC)
        passed = timedelta(0)
        if end <= start:
            return passed
        for begins, ends in self._open_between(self._date(start), self._date(end) + DAY):
            if begins >= end:
                break
            passed += max(min(ends, end) - max(begins, start), timedelta(0))
        return passed

    def _date(self, moment: datetime) -> date:
        return moment.astimezone(self.zone).date()

    def _open_between(self, day: date, until: date) -> Iterator[tuple[datetime, datetime]]:
        """The spans (UTC) from `day` to the day before `until`."""
        while day < until:
            if spans := self.wall_spans(day):
                yield from self._open_on(day, spans)
            day += DAY

    def _open_on(
        self, day: date, spans: Sequence[tuple[datetime, datetime]]
    ) -> Iterator[tuple[datetime, datetime]]:
        """The spans (UTC) of a worked day, in order.

        A day on which clocks change is cut at the change, so that each piece has one offset: an
        hour skipped by the clock is not worked, an hour shown twice is worked twice.
        """
        for begins, ends in self._pieces(day):
            offset = begins.astimezone(self.zone).utcoffset() or timedelta(0)
            for opens, closes in spans:
                opened = max(begins, opens - offset)
                closed = min(ends, closes - offset)
                if opened < closed:
                    yield opened, closed

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


@dataclass(frozen=True, slots=True)
class WorkingCalendar(WorkingTime):
    """When an office works: from `opens` to `closes`, every day alike.

    Hours that end where they begin are round the clock; hours that end before they begin (18:00 to
    02:00) run over midnight, each part counted with the date it falls on. With `works_weekends`
    every day is worked, holidays too.
    """

    opens: time
    closes: time
    works_weekends: bool = False
    # The office's own days off and days worked, over all other rules.
    days: Mapping[date, bool] = field(default_factory=dict, hash=False)

    def works_on(self, day: date) -> bool:
        own = self.days.get(day)
        return (self.works_weekends or is_working_day(day)) if own is None else own

    def add_hours(self, start: datetime, hours: float) -> datetime:
        """The moment (UTC) when `hours` working hours have passed since `start`: see `add`."""
        return self.add(start, timedelta(hours=hours))

    def closing_on(self, day: date) -> datetime:
        """The end (UTC) of the working hours on `day`, or of the day when it is not worked."""
        if spans := self.wall_spans(day):
            return list(self._open_on(day, spans))[-1][1]
        return self._midnight(day + DAY)

    def wall_spans(self, day: date) -> Sequence[tuple[datetime, datetime]]:
        if not self.works_on(day):
            return ()
        midnight = datetime.combine(day, time(), UTC)
        opens = datetime.combine(day, self.opens, UTC)
        closes = datetime.combine(day, self.closes, UTC)
        if opens < closes:
            return [(opens, closes)]
        return [(midnight, closes), (opens, midnight + DAY)]


# Spans of a day, in minutes after its midnight: 1440 is its end.
Spans = tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class WeeklyCalendar(WorkingTime):
    """When an office works that has hours for each day of the week, with a lunch between them.

    With `keeps_holidays` public holidays are days off, and a day of the weekend that was made a
    working day is worked like a Friday where the week leaves it free.
    """

    # Seven days, Monday first.
    week: tuple[Spans, ...]
    keeps_holidays: bool = True
    # Days worked otherwise, over all other rules.
    days: Mapping[date, Spans] = field(default_factory=dict, hash=False)

    def wall_spans(self, day: date) -> Sequence[tuple[datetime, datetime]]:
        midnight = datetime.combine(day, time(), UTC)
        return [
            (midnight + timedelta(minutes=opens), midnight + timedelta(minutes=closes))
            for opens, closes in self._spans_on(day)
        ]

    def _spans_on(self, day: date) -> Spans:
        own = self.days.get(day)
        if own is not None:
            return own
        if not self.keeps_holidays:
            return self.week[day.weekday()]
        if is_holiday(day):
            return ()
        moved_here = exceptions().get(day) is True
        return self.week[day.weekday()] or (self.week[FRIDAY] if moved_here else ())
