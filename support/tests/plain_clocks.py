"""A plain model of a ticket's clocks: it walks the minutes one by one and knows no shortcut.

Written from docs/support-deadlines.md, beside the code and not out of it. Minutes are counted from
`Days.start`.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from core.working_hours import LABOUR_CODE, WeeklyCalendar, exceptions
from support.choices import TicketState

S = TicketState
MINUTE = timedelta(minutes=1)
STANDS = {S.PENDING, S.SOLVED, S.CLOSED}
ENDED = {S.SOLVED, S.CLOSED}


def spans_of(calendar: WeeklyCalendar, day: date) -> tuple[tuple[int, int], ...]:
    """What is worked on a day, by the rules as they are told to people."""
    if day in calendar.days:
        return calendar.days[day]
    usual = calendar.week[day.weekday()]
    if not calendar.keeps_holidays:
        return usual
    if (day.month, day.day) in LABOUR_CODE or (
        day.weekday() < 5 and exceptions().get(day) is False
    ):
        return ()
    if day.weekday() >= 5 and exceptions().get(day) and not usual:
        return calendar.week[4]
    return usual


def is_worked(calendar: WeeklyCalendar, moment: datetime) -> bool:
    """Whether the minute that begins now is worked: by the clock on the wall."""
    wall = moment.astimezone(calendar.zone)
    minute = wall.hour * 60 + wall.minute
    return any(opens <= minute < closes for opens, closes in spans_of(calendar, wall.date()))


@dataclass(frozen=True)
class Days:
    """The minutes of some weeks, of which the desk works some."""

    start: datetime
    length: int
    # Indexes of the minutes that are worked, by name of the desk.
    worked: dict[int, list[int]] = field(default_factory=dict, hash=False)

    def at(self, minute: int) -> datetime:
        return self.start + minute * MINUTE


@lru_cache
def worked_minutes(which: int, start: datetime, length: int) -> tuple[int, ...]:
    calendar = DESKS[which]
    return tuple(minute for minute in range(length) if is_worked(calendar, start + minute * MINUTE))


def hours(*spans: str) -> tuple[tuple[int, int], ...]:
    return tuple(
        tuple(int(part[:2]) * 60 + int(part[3:]) for part in span.split("-")) for span in spans
    )


_OFFICE = hours("09:00-13:00", "14:00-18:00")
DESKS = {
    1: WeeklyCalendar(
        ZoneInfo("Europe/Moscow"), (*[_OFFICE] * 4, hours("09:00-12:30", "13:15-16:45"), (), ())
    ),
    2: WeeklyCalendar(ZoneInfo("Asia/Kamchatka"), (hours("00:00-24:00"),) * 7, False),
    # Clocks change at two in the night, and this desk works then.
    3: WeeklyCalendar(ZoneInfo("Europe/Berlin"), (hours("00:00-03:30", "20:00-24:00"),) * 7, False),
    4: WeeklyCalendar(
        ZoneInfo("Europe/Kaliningrad"),
        (*[hours("08:00-12:00", "12:30-20:00")] * 6, ()),
        True,
        {
            date(2026, 3, 29): hours("10:00-11:00"),
            date(2026, 4, 1): (),
            date(2027, 1, 3): hours("12:00-15:00", "16:00-18:00"),
        },
    ),
}


# --- the ticket ---------------------------------------------------------------------------------
@dataclass
class Plain:
    """What is known of a ticket, minute by minute."""

    days: Days
    desk: int
    promise: tuple[int | None, int | None, int | None]
    opened: int
    now: int = 0
    state: str = S.NEW
    stood: set[int] = field(default_factory=set)
    awaits: int | None = None
    reopened: int | None = None
    first_seconds: int | None = None
    solution_seconds: int | None = None
    told: dict[str, int] = field(default_factory=lambda: {"FIRST": 0, "NEXT": 0, "SOLUTION": 0})

    def __post_init__(self) -> None:
        self.now = self.awaits = self.opened

    def pass_until(self, minute: int) -> None:
        if self.state in STANDS:
            self.stood.update(range(self.now, minute))
        self.now = minute

    # What people do.
    def customer_wrote(self) -> None:
        if self.awaits is None:
            self.awaits = self.now

    def staff_answered(self) -> None:
        if self.first_seconds is None and self.awaits is not None:
            self.first_seconds = 60 * self.worked_between(self.awaits, self.now)
        self.awaits = None

    def enter(self, state: str) -> None:
        former, self.state = self.state, state
        if former in ENDED and state not in ENDED:
            self.reopened = self.now
            self.solution_seconds = None
            if self.first_seconds is None and self.awaits is None:
                self.awaits = self.now
        if state in ENDED and former not in ENDED:
            self.awaits = None
            self.solution_seconds = 60 * self.used(self.opened)

    # What follows.
    def minutes(self, start: int, *, stopping: bool = False) -> Iterator[int]:
        for minute in self.days.worked[self.desk]:
            if minute >= start and not (stopping and minute in self.stood):
                yield minute

    def worked_between(self, start: int, end: int) -> int:
        return sum(1 for minute in self.minutes(start) if minute < end)

    def used(self, start: int) -> int:
        return sum(1 for minute in self.minutes(start, stopping=True) if minute < self.now)

    def end_of(self, count: int, start: int, *, stopping: bool = False) -> int:
        """The end of the minute with that number."""
        for minute in self.minutes(start, stopping=stopping):
            count -= 1
            if count == 0:
                return minute + 1
        raise AssertionError("The days of this model are over.")

    def solution_term(self) -> tuple[int, int]:
        """Since when, and how many minutes."""
        promised = self.promise[2]
        if self.reopened is not None:
            quarter = self.end_of(promised // 4, self.reopened, stopping=True)
            if quarter > self.end_of(promised, self.opened, stopping=True):
                return self.reopened, promised // 4
        return self.opened, promised

    def terms(self) -> dict[str, tuple[int, int, bool]]:
        """The deadlines that run: since when, how many minutes, whether stops are left out."""
        first, following, solution = self.promise
        found = {}
        if self.state in ENDED:
            return found
        if self.awaits is not None:
            kind, minutes = (
                ("NEXT", following) if self.first_seconds is not None else ("FIRST", first)
            )
            if minutes is not None:
                found[kind] = (self.awaits, minutes, False)
        if solution is not None and self.state not in STANDS:
            found["SOLUTION"] = (*self.solution_term(), True)
        return found

    def left(self) -> int | None:
        """Seconds of the solution that are left while its clock stands."""
        promised = self.promise[2]
        if self.state not in STANDS or promised is None:
            return None
        left = promised - self.used(self.opened)
        if self.reopened is not None:
            left = max(left, promised // 4 - self.used(self.reopened))
        return max(left, 0) * 60

    def moment(self, kind: str, step: int) -> int:
        start, minutes, stopping = self.terms()[kind]
        if step == 1:
            minutes = max(min(minutes * 8 // 10, minutes - 15), minutes // 2)
        if step == 3:
            minutes *= 2
        return self.end_of(minutes, start, stopping=stopping)

    def forget_what_lies_ahead(self) -> None:
        running = self.terms()
        for kind in self.told:
            if kind in running:
                while self.told[kind] and self.moment(kind, self.told[kind]) > self.now:
                    self.told[kind] -= 1
            elif kind != "SOLUTION":
                self.told[kind] = 0

    def sound(self) -> list[tuple[str, int]]:
        said = []
        for kind in self.terms():
            come = [
                step
                for step in range(self.told[kind] + 1, 4)
                if self.moment(kind, step) <= self.now
            ]
            said += [(kind, step) for step in come if step > 1 or len(come) == 1]
            self.told[kind] = max([self.told[kind], *come])
        return said

    def alarm(self) -> int | None:
        ahead = [
            self.moment(kind, self.told[kind] + 1) for kind in self.terms() if self.told[kind] < 3
        ]
        return min(ahead, default=None)

    def level(self) -> int:
        return max([0, *(self.told[kind] - 1 for kind in self.terms())])


def days_from(start: datetime, length: int) -> Days:
    days = Days(start, length)
    for desk in DESKS:
        days.worked[desk] = worked_minutes(desk, start, length)
    return days


# New Year's holidays; Berlin's clock goes forward; the May holidays; Berlin's clock goes back.
STARTS = [
    datetime.combine(day, time(5), UTC)
    for day in (date(2026, 12, 30), date(2026, 3, 28), date(2026, 4, 30), date(2026, 10, 24))
]
