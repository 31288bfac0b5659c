"""The clock of a request against a plain model that walks the calendar minute by minute."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core import clock
from core.actor import system_actor
from core.choices import OrganizationKind
from core.working_hours import WorkingCalendar, is_working_day
from subscriptions.choices import RequestState
from subscriptions.models import RequestTimes
from subscriptions.services.requests import move_request
from subscriptions.tests.factories import PlanFactory, RequestFactory, move, move_data
from users.models import OrganizationDay
from users.tests.factories import OrganizationFactory, make_actor

S = RequestState
MINUTE = timedelta(minutes=1)
MONDAY = datetime(2026, 11, 16, 7, tzinfo=UTC)  # 10:00 in Moscow
pytestmark = pytest.mark.django_db

# --- the plain model ----------------------------------------------------------------------------


def is_open(moment: datetime, calendar: WorkingCalendar) -> bool:
    """Whether the office works in the minute that begins now: by the clock on its wall."""
    wall = moment.astimezone(calendar.zone)
    own = calendar.days.get(wall.date())
    works = (calendar.works_weekends or is_working_day(wall.date())) if own is None else own
    if not works:
        return False
    if calendar.opens < calendar.closes:
        return calendar.opens <= wall.time() < calendar.closes
    return wall.time() < calendar.closes or wall.time() >= calendar.opens


def counted(calendar: WorkingCalendar, start: datetime, end: datetime) -> int:
    """Working minutes between two moments, one by one."""
    passed, moment = 0, start
    while moment < end:
        passed += is_open(moment, calendar)
        moment += MINUTE
    return passed


def moment_after(calendar: WorkingCalendar, start: datetime, minutes: int) -> datetime:
    """When so many working minutes have passed."""
    moment = start
    while minutes:
        minutes -= is_open(moment, calendar)
        moment += MINUTE
    return moment


# Holidays in January and May, weekends worked for others; New York's clocks change in March and
# November, Cairo's at midnight.
ZONES = st.sampled_from(["Europe/Moscow", "Asia/Kamchatka", "America/New_York", "Africa/Cairo"])
HOURS = st.sampled_from(
    [(time(9), time(18)), (time(22), time(6)), (time(0), time(0)), (time(8, 30), time(17, 10))]
)
STARTS = st.sampled_from(
    [
        datetime(2025, 12, 30, 11, tzinfo=UTC),
        datetime(2026, 3, 6, 13, 20, tzinfo=UTC),
        datetime(2026, 4, 23, 20, tzinfo=UTC),
        datetime(2026, 4, 30, 12, 59, tzinfo=UTC),
        datetime(2026, 10, 30, 16, tzinfo=UTC),
        datetime(2026, 11, 14, 5, tzinfo=UTC),
    ]
)
CALENDARS = st.builds(
    lambda zone, hours, weekends: WorkingCalendar(ZoneInfo(zone), *hours, weekends),
    ZONES,
    HOURS,
    st.booleans(),
)


@given(calendar=CALENDARS, start=STARTS, minutes=st.integers(0, 9 * 24 * 60))
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_working_time_between_two_moments_is_its_minutes(calendar, start, minutes):
    end = start + minutes * MINUTE
    assert calendar.time_between(start, end) == counted(calendar, start, end) * MINUTE
    assert calendar.time_between(end, start) == timedelta(0)


@given(calendar=CALENDARS, start=STARTS, hours=st.integers(1, 40))
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_hours_added_are_the_time_between(calendar, start, hours):
    """Both ways over the calendar agree: what remains of a deadline is never made up or lost."""
    assert calendar.time_between(start, calendar.add_hours(start, hours)) == timedelta(hours=hours)


def test_naive_moments_are_refused():
    calendar = WorkingCalendar(ZoneInfo("UTC"), time(9), time(18))
    with pytest.raises(ValueError, match="aware"):
        calendar.time_between(datetime(2026, 1, 1), MONDAY)


# --- a request ----------------------------------------------------------------------------------


@pytest.fixture
def provider():
    return OrganizationFactory(kind=OrganizationKind.PROVIDER, time_zone="Europe/Moscow")


@pytest.fixture
def checking(provider):
    """A request taken up on Monday at ten, with 16 working hours."""
    with clock.set_to(MONDAY):
        request = RequestFactory(plan=PlanFactory(provider=provider))
        return move(request, "submit", "start_check")


def calendar_of_office(provider, days=None) -> WorkingCalendar:
    return WorkingCalendar(
        ZoneInfo(provider.time_zone),
        provider.opens_at if isinstance(provider.opens_at, time) else time(9),
        provider.closes_at if isinstance(provider.closes_at, time) else time(18),
        provider.works_weekends,
        days or {},
    )


GAPS = st.integers(0, 5 * 24 * 60)


@given(
    start=STARTS,
    zone=ZONES,
    weekends=st.booleans(),
    off=st.integers(0, 6),
    worked=GAPS,
    asked=GAPS,
    between=st.integers(0, 600),
    held=st.integers(0, 3 * 24 * 60),
)
@settings(
    max_examples=12,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
def test_a_clock_that_was_stopped_goes_on_with_what_was_left(
    start, zone, weekends, off, worked, asked, between, held
):
    """Over holidays, nights, weekends, own days off and clock changes: question, answer, hold."""
    provider = OrganizationFactory(
        kind=OrganizationKind.PROVIDER,
        time_zone=zone,
        works_weekends=weekends,
        opens_at=time(9),
        closes_at=time(18),
    )
    day_off = (start + timedelta(days=off)).date()
    OrganizationDay.objects.create(organization=provider, day=day_off)
    calendar = calendar_of_office(provider, {day_off: False})
    with clock.set_to(start):
        request = RequestFactory(plan=PlanFactory(provider=provider))
        request = move(request, "submit", "start_check")
    left = 16 * 60
    assert request.due_at == moment_after(calendar, start, left)

    asked_at = start + worked * MINUTE
    with clock.set_to(asked_at):
        request = move(request, "ask_info")
    used = counted(calendar, start, asked_at)
    left = max(left - used, 0)
    assert (request.asked_used, request.asked_left) == (used, left)
    assert request.due_at == moment_after(calendar, asked_at, 40 * 60)

    answered_at = asked_at + asked * MINUTE
    with clock.set_to(answered_at):
        request = move(request, "answer_info")
    assert request.due_at == moment_after(calendar, answered_at, left)
    assert request.waited_minutes == counted(calendar, asked_at, answered_at)
    assert (request.clock_used, request.asked_left) == (used, None)

    held_at = answered_at + between * MINUTE
    with clock.set_to(held_at):
        request = move_request(
            system_actor(),
            request.number,
            "hold",
            move_data("hold") | {"awaited_kind": "CLIENT"},
        )
    used += counted(calendar, answered_at, held_at)
    left = counted(calendar, held_at, moment_after(calendar, answered_at, left))
    assert (request.held_used, request.held_left) == (used, left)

    resumed_at = held_at + held * MINUTE
    waited = request.waited_minutes
    with clock.set_to(resumed_at):
        request = move(request, "resume")
    assert request.state == S.CHECKING
    assert request.due_at == moment_after(calendar, resumed_at, left)
    assert request.waited_minutes == waited + counted(calendar, held_at, resumed_at)


def test_a_question_on_hold_keeps_both_clocks(checking):
    with clock.set_to(MONDAY + timedelta(hours=2)):
        request = move(checking, "ask_info")
    with clock.set_to(MONDAY + timedelta(hours=5)):
        request = move(request, "hold")
    assert (request.asked_left, request.held_left) == (14 * 60, 37 * 60)
    with clock.set_to(MONDAY + timedelta(days=1)):
        request = move(request, "resume")
        assert request.state == S.NEEDS_INFO
        assert request.asked_left == 14 * 60
        request = move(request, "answer_info")
    # Ten o'clock on Tuesday and 14 hours of work: eight that day, six on Wednesday.
    assert request.due_at == datetime(2026, 11, 18, 12, tzinfo=UTC)


def test_what_was_late_when_it_was_asked_is_late_when_it_is_answered(checking):
    with clock.set_to(checking.due_at + timedelta(hours=1)):
        request = move(checking, "ask_info")
        assert request.asked_left == 0
    answered = request.due_at - timedelta(days=2)
    with clock.set_to(answered):
        request = move(request, "answer_info")
    assert request.due_at == answered


@pytest.mark.parametrize(
    ("kind", "by_agent", "is_counted"),
    [
        ("CLIENT", False, True),
        ("MANAGEMENT", False, False),
        ("SUPPLIER", False, False),
        ("SUPPLIER", True, True),
        ("MANAGEMENT", True, True),
    ],
)
def test_a_provider_does_not_lose_what_it_waits_for_others_alone(
    checking, kind, by_agent, is_counted
):
    agent = make_actor(organization=checking.owner)
    with clock.set_to(MONDAY + timedelta(hours=1)):
        data = move_data("hold") | {"awaited_kind": kind}
        actor = agent if by_agent else system_actor()
        request = move_request(actor, checking.number, "hold", data)
    with clock.set_to(MONDAY + timedelta(hours=3)):
        request = move(request, "resume")
    assert request.waited_minutes == (120 if is_counted else 0)


def test_a_visit_that_the_client_moves_is_not_the_providers_time(checking):
    agent = make_actor(organization=checking.owner)
    slot = datetime(2026, 11, 18, 8, tzinfo=UTC)
    later = datetime(2026, 11, 24, 8, tzinfo=UTC)

    def visit(at):
        return {"starts_at": at, "ends_at": at + timedelta(hours=1)}

    with clock.set_to(MONDAY + timedelta(hours=1)):
        move(checking, "approve")
        move_request(system_actor(), checking.number, "schedule", visit(slot))
        request = move_request(agent, checking.number, "cancel_visit", {})
    assert request.visit_was == slot + timedelta(hours=1)
    with clock.set_to(MONDAY + timedelta(hours=2)):
        request = move_request(system_actor(), checking.number, "schedule", visit(later))
    office = calendar_of_office(request.provider)
    between = counted(office, slot + timedelta(hours=1), later + timedelta(hours=1))
    assert (request.waited_minutes, request.visit_was) == (between, None)


def test_a_visit_that_the_provider_moves_is_its_own_time(checking):
    slot = datetime(2026, 11, 18, 8, tzinfo=UTC)
    with clock.set_to(MONDAY):
        move(checking, "approve")
        for day in (0, 5):
            at = slot + timedelta(days=day)
            name = "reschedule" if day else "schedule"
            data = {"starts_at": at, "ends_at": at + timedelta(hours=1)}
            request = move_request(system_actor(), checking.number, name, data)
    assert request.waited_minutes == 0


def test_a_pause_after_a_called_off_visit_counts_once(checking):
    """The client calls the visit off and is then asked something until after its slot."""
    agent = make_actor(organization=checking.owner)
    slot = datetime(2026, 11, 17, 8, tzinfo=UTC)
    with clock.set_to(MONDAY):
        move(checking, "approve")
        data = {"starts_at": slot, "ends_at": slot + timedelta(hours=1)}
        move_request(system_actor(), checking.number, "schedule", data)
        move_request(agent, checking.number, "cancel_visit", {})
        request = move(checking, "ask_info")
    answered = datetime(2026, 11, 20, 8, tzinfo=UTC)
    with clock.set_to(answered):
        request = move(request, "answer_info", "approve")
        again = datetime(2026, 11, 23, 8, tzinfo=UTC)
        data = {"starts_at": again, "ends_at": again + timedelta(hours=1)}
        request = move_request(system_actor(), checking.number, "schedule", data)
    office = calendar_of_office(request.provider)
    end = again + timedelta(hours=1)
    assert request.waited_minutes == counted(office, MONDAY, end)


# --- how long it took ---------------------------------------------------------------------------


def test_times_are_written_once_without_what_was_waited_for(provider):
    plan = PlanFactory(provider=provider, days_min=1, days_max=2)
    with clock.set_to(MONDAY):
        request = move(RequestFactory(plan=plan), "submit")
    with clock.set_to(MONDAY + timedelta(hours=1)):
        request = move(request, "start_check", "ask_info")
    with clock.set_to(MONDAY + timedelta(days=1)):
        request = move(request, "answer_info", "approve")
    slot = datetime(2026, 11, 18, 8, tzinfo=UTC)
    with clock.set_to(slot):
        data = {"starts_at": slot, "ends_at": slot + timedelta(hours=2)}
        move_request(system_actor(), request.number, "schedule", data)
        request = move(request, "start_work", "connect")
    times = RequestTimes.objects.get(request=request)
    # Monday 10:00–11:00, Tuesday 10:00–18:00 and Wednesday 9:00–11:00: 11 hours, days of nine.
    assert (times.check_minutes, times.approve_minutes) == (60, 60)
    assert (times.connect_minutes, times.connect_days) == (11 * 60, 2)
    assert (times.promised_days, times.connected_on) == (2, date(2026, 11, 18))


def test_a_change_of_the_plan_does_not_change_what_was_promised(provider):
    plan = PlanFactory(provider=provider, days_min=1, days_max=7)
    request = move(RequestFactory(plan=plan), "submit", "start_check", "approve", "schedule")
    plan.days_max = 1
    plan.save()
    request = move(request, "start_work", "connect")
    assert RequestTimes.objects.get(request=request).promised_days == 7
