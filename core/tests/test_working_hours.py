"""Working hours against a plain model that walks by minutes and reads the clock on the wall."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from core.working_hours import (
    LABOUR_CODE,
    WeeklyCalendar,
    WorkingCalendar,
    exceptions,
    is_holiday,
    is_working_day,
)

MOSCOW = ZoneInfo("Europe/Moscow")
BERLIN = ZoneInfo("Europe/Berlin")
OFFICE = WorkingCalendar(MOSCOW, time(9), time(18))
MINUTE = timedelta(minutes=1)

# Kamchatka and Kaliningrad are the ends of Russia; the others change their clocks: at two in the
# night, at midnight, and by half an hour.
ZONES = [
    "Europe/Moscow",
    "Asia/Kamchatka",
    "Europe/Kaliningrad",
    "Europe/Berlin",
    "America/New_York",
    "Africa/Cairo",
    "Australia/Lord_Howe",
]


def works_at(calendar: WorkingCalendar, moment: datetime) -> bool:
    """Whether the minute that begins at `moment` is worked."""
    wall = moment.astimezone(calendar.zone)
    if not (calendar.works_weekends or is_working_day(wall.date())):
        return False
    shown = wall.time()
    if calendar.opens < calendar.closes:
        return calendar.opens <= shown < calendar.closes
    return shown >= calendar.opens or shown < calendar.closes


def walk(calendar: WorkingCalendar, start: datetime, minutes: int) -> datetime:
    moment = start
    while minutes:
        minutes -= works_at(calendar, moment)
        moment += MINUTE
    return moment


def minutes_of_day() -> st.SearchStrategy[time]:
    return st.integers(0, 24 * 60 - 1).map(lambda minute: time(minute // 60, minute % 60))


moments = st.datetimes(datetime(2025, 1, 1), datetime(2027, 12, 31)).map(
    lambda moment: moment.replace(second=0, microsecond=0, tzinfo=UTC)
)
calendars = st.builds(
    WorkingCalendar,
    st.sampled_from(ZONES).map(ZoneInfo),
    minutes_of_day(),
    minutes_of_day(),
    st.booleans(),
)


@settings(max_examples=150, deadline=None)
@given(calendars, moments, st.integers(1, 45 * 60))
# The nights of clock changes, worked: an hour that does not exist, an hour that comes twice.
@example(
    WorkingCalendar(BERLIN, time(2, 30), time(4), True),
    datetime(2026, 3, 28, 20, tzinfo=UTC),
    120,
)
@example(
    WorkingCalendar(BERLIN, time(2, 30), time(4), True),
    datetime(2026, 10, 24, 20, tzinfo=UTC),
    200,
)
@example(
    WorkingCalendar(ZoneInfo("Africa/Cairo"), time(0), time(0), True),
    datetime(2026, 4, 23, 12, tzinfo=UTC),
    24 * 60,
)
def test_agrees_with_a_walk_minute_by_minute(calendar, start, minutes):
    # A few minutes of work a day would make the walk years long.
    open_minutes = (
        (calendar.closes.hour - calendar.opens.hour) * 60
        + calendar.closes.minute
        - calendar.opens.minute
    ) % (24 * 60) or 24 * 60
    minutes = min(minutes, open_minutes * 4)
    assert calendar.add_hours(start, minutes / 60) == walk(calendar, start, minutes)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=MOSCOW)


@pytest.mark.parametrize(
    ("start", "hours", "due"),
    [
        ("2026-11-18 10:00", 8, "2026-11-18 18:00"),  # exactly to closing time
        ("2026-11-18 12:00", 8, "2026-11-19 11:00"),  # over a night
        ("2026-11-20 17:00", 16, "2026-11-24 15:00"),  # over a weekend
        ("2026-11-21 12:00", 1, "2026-11-23 10:00"),  # filed on a Saturday
        ("2026-11-18 03:00", 1, "2026-11-18 10:00"),  # filed before opening
        ("2026-12-30 17:00", 2, "2027-01-11 10:00"),  # over the New Year holidays
        ("2025-10-31 17:00", 2, "2025-11-01 10:00"),  # a Saturday that was made a working day
        ("2027-02-19 17:00", 11, "2027-02-24 10:00"),  # one that is, before a long weekend
        ("2026-05-08 17:00", 2, "2026-05-12 10:00"),  # a holiday on Saturday gives Monday free
    ],
)
def test_deadlines_known_by_heart(start, hours, due):
    assert OFFICE.add_hours(at(start), hours) == at(due)


def test_the_answer_is_in_utc():
    assert OFFICE.add_hours(at("2026-11-18 10:00"), 1).tzinfo is UTC


def test_zero_hours_give_the_start():
    night = at("2026-11-18 03:00")
    assert OFFICE.add_hours(night, 0) == night


def test_a_naive_start_and_negative_hours_are_refused():
    with pytest.raises(ValueError, match="aware"):
        OFFICE.add_hours(datetime(2026, 11, 18), 1)
    with pytest.raises(ValueError, match="forward"):
        OFFICE.add_hours(at("2026-11-18 10:00"), -1)


def test_an_office_that_works_weekends_works_holidays_too():
    calendar = WorkingCalendar(MOSCOW, time(9), time(18), works_weekends=True)
    assert calendar.add_hours(at("2027-01-01 10:00"), 2) == at("2027-01-01 12:00")


def test_closing_time_of_a_day():
    assert OFFICE.closing_on(date(2026, 11, 18)) == at("2026-11-18 18:00")
    assert OFFICE.closing_on(date(2026, 11, 22)) == at("2026-11-23 00:00")


@pytest.mark.parametrize(("year", "working"), [(2025, 247), (2026, 247), (2027, 247)])
def test_years_have_as_many_working_days_as_the_production_calendar_says(year, working):
    day, count = date(year, 1, 1), 0
    while day.year == year:
        count += is_working_day(day)
        day += timedelta(days=1)
    assert count == working


def test_every_holiday_of_the_labour_code_is_free_in_the_data():
    for year in {day.year for day in exceptions()}:
        assert not any(is_working_day(date(year, *day)) for day in LABOUR_CODE)


def test_exceptions_are_exceptions():
    """A day "off" is a weekday and a day "on" a weekend day: else the row says nothing."""
    for day, worked in exceptions().items():
        assert worked == (day.weekday() >= 5), day


def test_years_beyond_the_data_keep_the_holidays_of_the_labour_code():
    assert not is_working_day(date(2031, 6, 12))
    assert is_working_day(date(2031, 6, 11))


# --- hours for each day of the week -------------------------------------------------------------
WHOLE_DAY = ((0, 24 * 60),)
LUNCH = ((9 * 60, 13 * 60), (14 * 60, 18 * 60))
DESK = WeeklyCalendar(MOSCOW, (*[LUNCH] * 5, (), ()))


def is_open(calendar: WeeklyCalendar, moment: datetime) -> bool:
    """Whether the minute that begins at `moment` is worked."""
    wall = moment.astimezone(calendar.zone)
    day, minute = wall.date(), wall.hour * 60 + wall.minute
    spans = calendar.week[day.weekday()]
    if calendar.keeps_holidays:
        if exceptions().get(day) and not spans:
            spans = calendar.week[4]
        if exceptions().get(day) is False or (day.month, day.day) in LABOUR_CODE:
            spans = ()
    spans = calendar.days.get(day, spans)
    return any(opens <= minute < closes for opens, closes in spans)


@st.composite
def spans(draw):
    cuts = sorted(draw(st.sets(st.integers(0, 24 * 60), max_size=6)))
    return tuple(zip(cuts[::2], cuts[1::2], strict=False))


# Near holidays, days that were moved, and nights on which clocks change.
turns = st.sampled_from(
    [
        date(2025, 10, 31),
        date(2025, 12, 30),
        date(2026, 3, 7),
        date(2026, 3, 28),
        date(2026, 4, 4),
        date(2026, 4, 23),
        date(2026, 5, 8),
        date(2026, 10, 24),
        date(2026, 11, 3),
        date(2027, 2, 19),
    ]
)


@settings(max_examples=300, deadline=None)
@given(
    zone=st.sampled_from(ZONES).map(ZoneInfo),
    week=st.lists(spans() | st.just(LUNCH) | st.just(WHOLE_DAY), min_size=7, max_size=7).map(tuple),
    keeps_holidays=st.booleans(),
    first=turns,
    special=st.dictionaries(st.integers(0, 4), spans(), max_size=2),
    start=st.integers(0, 36 * 60),
    length=st.integers(0, 60 * 60),
)
def test_hours_of_each_day_agree_with_a_walk(
    zone, week, keeps_holidays, first, special, start, length
):
    days = {first + timedelta(days=after): own for after, own in special.items()}
    calendar = WeeklyCalendar(zone, week, keeps_holidays, days)
    start = datetime.combine(first, time(), UTC) + start * MINUTE
    worked = [is_open(calendar, start + minute * MINUTE) for minute in range(length)]
    passed = sum(worked)
    assert calendar.time_between(start, start + length * MINUTE) == passed * MINUTE
    if passed:
        last = length - worked[::-1].index(True)
        assert calendar.add(start, passed * MINUTE) == start + last * MINUTE


@pytest.mark.parametrize(
    ("start", "minutes", "due"),
    [
        ("2026-11-18 12:30", 30, "2026-11-18 13:00"),  # exactly to lunch
        ("2026-11-18 12:30", 31, "2026-11-18 14:01"),
        ("2026-11-18 13:20", 10, "2026-11-18 14:10"),  # written at lunch
        ("2026-11-20 17:30", 60, "2026-11-23 09:30"),
        ("2025-10-31 17:30", 60, "2025-11-01 09:30"),  # a Saturday worked like a Friday
        ("2026-12-30 17:30", 60, "2027-01-11 09:30"),
    ],
)
def test_deadlines_of_a_desk_with_a_lunch(start, minutes, due):
    assert DESK.add(at(start), minutes * MINUTE) == at(due)


def test_a_desk_that_works_weekends_is_free_on_holidays_among_them():
    every_day = WeeklyCalendar(MOSCOW, (LUNCH,) * 7)
    # 8 March 2026 is a Sunday, the ninth is free for it; the seventh is a Saturday like any other.
    assert every_day.add(at("2026-03-07 17:30"), 60 * MINUTE) == at("2026-03-10 09:30")
    assert [is_holiday(date(2026, 3, day)) for day in (7, 8, 9, 10)] == [False, True, True, False]


def test_what_does_not_come_due_in_time_is_said():
    never = WeeklyCalendar(MOSCOW, ((),) * 7)
    with pytest.raises(OverflowError):
        never.add(at("2026-11-18 10:00"), MINUTE, until=date(2030, 1, 1))
    assert never.time_between(at("2026-11-18 10:00"), at("2036-11-18 10:00")) == timedelta(0)
