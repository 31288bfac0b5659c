"""Patterns become slots: against a plain model, over clock changes, holidays and days off."""

from datetime import UTC, date, datetime, time, timedelta
from types import SimpleNamespace
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core import clock
from core.choices import OrganizationKind
from core.working_hours import WorkingCalendar
from locations.tests.factories import ServiceCategoryFactory
from subscriptions.choices import SlotExceptionKind
from subscriptions.models import SlotException, SlotPattern
from subscriptions.selectors.visit_slots import free_slots, slot_named, slots_of
from subscriptions.slots import expand, moment_of, parse_key, spans_of
from subscriptions.tests.factories import RequestFactory
from subscriptions.tests.visits import days_of, pattern_of
from users.models import OrganizationDay
from users.tests.factories import OrganizationFactory, TeamFactory

MOSCOW, BERLIN = ZoneInfo("Europe/Moscow"), ZoneInfo("Europe/Berlin")
# Clocks go forward by half an hour here, and by a whole day there.
LORD_HOWE, APIA = ZoneInfo("Australia/Lord_Howe"), ZoneInfo("Pacific/Apia")
FORWARD, BACK = date(2027, 3, 28), date(2027, 10, 31)  # in Berlin


# --- the clock on the wall ----------------------------------------------------------------------
def walls(zone: ZoneInfo, day: date) -> dict[datetime, datetime]:
    """Every minute around a day: what the wall shows → the first moment at which it does."""
    start = datetime.combine(day - timedelta(days=1), time(), UTC) - timedelta(hours=14)
    shown: dict[datetime, datetime] = {}
    for minute in range(4 * 24 * 60):
        moment = start + timedelta(minutes=minute)
        shown.setdefault(moment.astimezone(zone).replace(tzinfo=None), moment)
    return shown


def plain_moment(shown: dict[datetime, datetime], wall: datetime) -> datetime:
    """The first minute from `wall` on that the wall shows, and when it does first."""
    while wall not in shown:
        wall += timedelta(minutes=1)
    return shown[wall]


@pytest.mark.parametrize(
    ("zone", "day"),
    [(BERLIN, FORWARD), (BERLIN, BACK), (MOSCOW, FORWARD), (LORD_HOWE, date(2027, 10, 3)),
     (LORD_HOWE, date(2027, 4, 4)), (APIA, date(2011, 12, 30))],
)  # fmt: skip
def test_every_minute_of_a_wall_is_the_moment_a_plain_model_finds(zone, day):
    shown = walls(zone, day)
    for minute in range(0, 24 * 60, 5):
        wall = datetime.combine(day, time()) + timedelta(minutes=minute)
        assert moment_of(wall, zone) == plain_moment(shown, wall), wall


def test_the_hour_that_is_skipped_has_no_slot_and_the_one_beside_it_is_whole():
    spans = spans_of(time(1), time(5), 60, BERLIN, FORWARD)
    lengths = [(ends - starts) for starts, ends in spans]
    assert lengths == [timedelta(hours=1)] * 3
    assert [starts.astimezone(BERLIN).hour for starts, _ends in spans] == [1, 3, 4]


def test_the_hour_that_comes_twice_is_one_longer_slot():
    spans = spans_of(time(1), time(4), 60, BERLIN, BACK)
    assert [ends - starts for starts, ends in spans] == [
        timedelta(hours=1), timedelta(hours=2), timedelta(hours=1),
    ]  # fmt: skip
    assert [first[1] for first in spans[:-1]] == [second[0] for second in spans[1:]]


def test_slots_over_midnight_belong_to_the_day_they_begin_on():
    spans = spans_of(time(22), time(2), 120, MOSCOW, date(2027, 1, 11))
    assert [starts.astimezone(MOSCOW).day for starts, _ends in spans] == [11, 12]


# --- a whole pattern ----------------------------------------------------------------------------
DAYS = [date(2027, 3, 20) + timedelta(days=number) for number in range(14)]


@st.composite
def worlds(draw):
    """A pattern, exceptions and a calendar around a clock change and the holidays of March."""
    zone = draw(st.sampled_from([MOSCOW, BERLIN]))
    pattern = SlotPattern(
        pk=1,
        public_id="P" * 12,
        provider_id=7,
        weekdays=draw(st.integers(1, 127)),
        starts=time(draw(st.integers(0, 23)), draw(st.sampled_from([0, 30]))),
        ends=time(draw(st.integers(0, 23)), draw(st.sampled_from([0, 30]))),
        minutes=draw(st.sampled_from([30, 60, 90, 120, 180])),
        capacity=draw(st.integers(1, 5)),
        notice_hours=12,
        follows_calendar=draw(st.booleans()),
        valid_from=draw(st.sampled_from(DAYS)),
        valid_until=draw(st.none() | st.sampled_from(DAYS)),
    )
    exceptions = draw(
        st.lists(
            st.builds(
                SlotException,
                provider_id=st.just(7),
                pattern_id=st.sampled_from([1, 1, 1, 2]),
                kind=st.sampled_from(SlotExceptionKind.values),
                day=st.sampled_from(DAYS),
                starts=st.sampled_from([time(2), time(2, 30), time(20)]),
                ends=st.sampled_from([time(3), time(3, 30), time(21)]),
                capacity=st.integers(0, 9),
            ),
            max_size=6,
            unique_by=lambda row: (row.kind, row.day, row.pattern_id),
        )
    )
    if draw(st.booleans()):
        day = draw(st.sampled_from(DAYS))
        exceptions.append(
            SlotException(provider_id=7, pattern_id=None, kind=SlotExceptionKind.CLOSED, day=day)
        )
    own = draw(st.dictionaries(st.sampled_from(DAYS), st.booleans(), max_size=4))
    return SimpleNamespace(
        pattern=pattern,
        exceptions=exceptions,
        calendar=WorkingCalendar(zone, time(9), time(18), draw(st.booleans()), own),
    )


def plain_slots(world, day: date, shown) -> dict:
    """The same said day by day, as somebody would write it on paper."""
    pattern = world.pattern
    here = [row for row in world.exceptions if row.day == day and row.pattern_id in (None, 1)]
    if day < pattern.valid_from or (pattern.valid_until and day > pattern.valid_until):
        return {}
    if [row for row in here if row.pattern_id is None]:
        return {}
    found = {}
    closed = [row for row in here if row.kind == "CLOSED"]
    works = world.calendar.works_on(day) or not pattern.follows_calendar
    if not closed and works and str(day.weekday()) in _weekdays(pattern):
        sizes = [row.capacity for row in here if row.kind == "CAPACITY"]
        capacity = sizes[-1] if sizes else pattern.capacity
        wall = datetime.combine(day, pattern.starts)
        end = datetime.combine(day, pattern.ends)
        end += timedelta(days=1) if end <= wall else timedelta(0)
        while wall + timedelta(minutes=pattern.minutes) <= end:
            after = wall + timedelta(minutes=pattern.minutes)
            span = plain_moment(shown, wall), plain_moment(shown, after)
            if capacity and span[0] < span[1]:
                found[span] = capacity
            wall = after
    for row in here:
        if row.kind == "EXTRA":
            wall, after = datetime.combine(day, row.starts), datetime.combine(day, row.ends)
            after += timedelta(days=1) if after <= wall else timedelta(0)
            span = plain_moment(shown, wall), plain_moment(shown, after)
            if span[0] < span[1]:
                found[span] = row.capacity or 1
    return found


def _weekdays(pattern) -> str:
    return "".join(
        str(day) for day, bit in enumerate(f"{pattern.weekdays:07b}"[::-1]) if bit == "1"
    )


_SHOWN = {zone: {day: walls(zone, day) for day in DAYS} for zone in (MOSCOW, BERLIN)}


@given(worlds())
@settings(max_examples=80, deadline=None)
def test_a_pattern_expands_as_a_plain_model_says(world):
    shown = _SHOWN[world.calendar.zone]
    for day in DAYS:
        made = list(expand(world.pattern, world.exceptions, world.calendar, [day]))
        expected = plain_slots(world, day, shown[day])
        assert {(slot.starts_at, slot.ends_at): slot.capacity for slot in made} == expected
        assert [slot.starts_at for slot in made] == sorted(slot.starts_at for slot in made)
        for slot in made:
            assert parse_key(slot.key) == ("P" * 12, slot.starts_at, slot.ends_at)


@pytest.mark.parametrize(
    "key",
    [
        "",
        "a",
        "a-b-c",
        "A-2701010900",
        "Ф-2701010900-2701011100",
        "A-2713010900-2701011100",
        "A-2701010900-2701011100-x",
    ],
)
def test_what_is_no_key_names_no_slot(key):
    assert parse_key(key) is None


# --- what is read -------------------------------------------------------------------------------
@pytest.fixture
def provider():
    return OrganizationFactory(kind=OrganizationKind.PROVIDER, time_zone="Europe/Moscow")


@pytest.mark.django_db
def test_slots_are_those_of_the_place_and_the_service(provider):
    request = RequestFactory(plan__provider=provider)
    elsewhere = RequestFactory(plan__provider=provider)
    fits = [
        pattern_of(provider),
        pattern_of(provider, city=request.city),
        pattern_of(provider, category=request.category),
    ]
    pattern_of(provider, city=elsewhere.city)
    pattern_of(provider, category=ServiceCategoryFactory(code="other"))
    pattern_of(OrganizationFactory(kind=OrganizationKind.PROVIDER))
    found = free_slots(provider, request.building, request.category, days_of(fits[0], 1))
    assert {slot.pattern_id for slot in found} == {pattern.pk for pattern in fits}


@pytest.mark.django_db
def test_holidays_and_own_days_off_have_slots_only_where_the_pattern_says_so(provider):
    with clock.set_to(datetime(2026, 12, 28, 7, tzinfo=UTC)):
        days = [date(2026, 12, 29), date(2026, 12, 30), date(2027, 1, 4)]
        OrganizationDay.objects.create(organization=provider, day=days[1], is_working=False)
        follows = pattern_of(provider, follows_calendar=True)
        always = pattern_of(provider)
        found = slots_of(provider, days)
        assert {slot.day for slot in found if slot.pattern_id == follows.pk} == {days[0]}
        assert {slot.day for slot in found if slot.pattern_id == always.pk} == set(days)


@pytest.mark.django_db
def test_notice_is_for_others_and_the_provider_takes_what_has_not_begun(provider):
    request = RequestFactory(plan__provider=provider)
    with clock.set_to(datetime(2027, 1, 12, 4, tzinfo=UTC)):  # seven in the morning
        pattern = pattern_of(provider, notice_hours=6)
        today = [date(2027, 1, 12)]
        hours = lambda found: [slot.starts_at.hour for slot in found]  # noqa: E731
        assert hours(free_slots(provider, request.building, request.category, today)) == [12]
        everything = free_slots(
            provider, request.building, request.category, today, with_notice=False
        )
        assert hours(everything) == [6, 9, 12]
        assert slot_named(provider, everything[0].key) == everything[0]
        assert slot_named(OrganizationFactory(), everything[0].key) is None
        assert pattern.capacity == everything[0].free


@pytest.mark.django_db
def test_all_slots_cost_the_same_queries_for_one_pattern_and_for_three(
    provider, django_assert_num_queries
):
    request = RequestFactory(plan__provider=provider)
    days = days_of(pattern_of(provider, team=TeamFactory(organization=provider)), 14)
    with django_assert_num_queries(4):
        one = free_slots(provider, request.building, request.category, days)
    pattern_of(provider, starts=time(18), ends=time(21))
    pattern_of(provider, starts=time(6), ends=time(9))
    with django_assert_num_queries(4):
        three = free_slots(provider, request.building, request.category, days)
    assert len(three) > len(one)
