"""Warnings before a deadline, reminders of holds, and passing on what was missed: each once."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from core import clock, tallies
from core.actor import system_actor
from core.choices import OrganizationKind, PartyRole, Role, StaffScope
from core.models import Event
from core.notifications.telling import people_to_tell
from subscriptions.choices import RequestState
from subscriptions.deadline_terms import Warnings
from subscriptions.figures import DEADLINES_MISSED
from subscriptions.models import ConnectionRequest
from subscriptions.services.deadline_rules import set_warnings
from subscriptions.services.requests import alarms, move_request, sound_alarms, tell_overdue
from subscriptions.tests.factories import PlanFactory, RequestFactory, move, move_data
from users.models import AccountManagement
from users.tests.factories import make_actor, make_staff

S = RequestState
MONDAY = datetime(2026, 11, 16, 7, tzinfo=UTC)  # 10:00 in Moscow
HOUR = timedelta(hours=1)
pytestmark = pytest.mark.django_db


@pytest.fixture
def boss():
    return make_actor(OrganizationKind.PROVIDER, Role.OWNER)


@pytest.fixture
def agent():
    return make_actor(OrganizationKind.AGENCY, Role.MEMBER)


@pytest.fixture
def checking(boss, agent):
    """Taken up on Monday at ten: 16 working hours, until 17:00 on Tuesday."""
    with clock.set_to(MONDAY):
        request = RequestFactory(
            plan=PlanFactory(provider=boss.organization),
            owner=agent.organization,
            created_by=agent.user,
        )
        return move(request, "submit", "start_check")


def told(kind) -> list[Event]:
    return list(Event.objects.filter(kind=kind).order_by("pk"))


def again(request) -> ConnectionRequest:
    return ConnectionRequest.objects.get(pk=request.pk)


def manager_of(organization):
    staff = make_staff(StaffScope.ACCOUNT_MANAGER)
    AccountManagement.objects.create(
        user=staff.user, organization=organization, created_at=clock.now()
    )
    return staff


# --- the warning --------------------------------------------------------------------------------


def test_a_warning_is_told_once_when_a_quarter_of_the_time_is_left(checking, boss):
    # 12 of 16 hours after Monday at ten: Tuesday at 13:00.
    assert checking.alarm_at == datetime(2026, 11, 17, 10, tzinfo=UTC)
    with clock.set_to(checking.alarm_at):
        assert sound_alarms() == 0
    with clock.set_to(checking.alarm_at + timedelta(minutes=4)):
        assert sound_alarms() == 1
        assert sound_alarms() == 0
    (event,) = told("request.due_soon")
    assert event.data == {"number": checking.number, "state": "CHECKING", "side": "PROVIDER"}
    assert set(people_to_tell(event)) == {boss.user_id}
    row = again(checking)
    assert row.warned_at == checking.alarm_at + timedelta(minutes=4)
    # Nobody's open page turns old because the portal noticed the time.
    assert row.version == checking.version


def test_the_assignee_alone_is_warned_where_there_is_one(checking, boss):
    operator = make_actor(role=Role.MEMBER, organization=boss.organization)
    ConnectionRequest.objects.filter(pk=checking.pk).update(assignee=operator.user)
    with clock.set_to(checking.alarm_at + HOUR):
        sound_alarms()
    assert set(people_to_tell(told("request.due_soon")[0])) == {operator.user_id}


def test_a_question_warns_who_filed(checking, agent):
    with clock.set_to(MONDAY):
        request = move(checking, "ask_info")
    with clock.set_to(request.alarm_at + HOUR):
        assert sound_alarms() == 1
    (event,) = told("request.due_soon")
    assert event.data["side"] == "AGENT"
    assert set(people_to_tell(event)) == {agent.user_id}


def test_a_clock_that_goes_on_warns_no_second_time(checking):
    with clock.set_to(checking.alarm_at + HOUR):
        sound_alarms()
        request = move(checking, "ask_info")
    with clock.set_to(request.state_since + HOUR):
        request = move(request, "answer_info")
    assert request.alarm_at > request.due_at
    with clock.set_to(request.due_at - timedelta(minutes=1)):
        assert sound_alarms() == 0


@pytest.mark.parametrize(
    ("warnings", "at"),
    [
        (Warnings("HOURS", 2, None, None), datetime(2026, 11, 17, 12, tzinfo=UTC)),
        (Warnings("SHARE", 50, None, None), datetime(2026, 11, 16, 15, tzinfo=UTC)),
        (Warnings("NEVER", 0, 1, None), datetime(2026, 11, 17, 15, tzinfo=UTC)),
        (Warnings("NEVER", 0, None, None), None),
        # More than there is: no warning, for it would come at once.
        (Warnings("HOURS", 80, None, None), None),
    ],
)
def test_a_provider_says_when_it_is_warned(boss, checking, warnings, at):
    set_warnings(boss, warnings)
    with clock.set_to(MONDAY):
        request = move(checking, "ask_info", "answer_info")
    assert request.alarm_at == at


def test_what_is_late_already_is_not_warned_of(checking):
    """No worker ran for a day: the warning has lost its meaning, the escalation has not."""
    with clock.set_to(checking.due_at + timedelta(minutes=1)):
        assert sound_alarms() == 0
    assert told("request.due_soon") == []
    assert again(checking).alarm_at == datetime(2026, 11, 18, 9, tzinfo=UTC)


# --- escalation ---------------------------------------------------------------------------------


def test_a_missed_deadline_goes_to_managers_and_then_to_the_account_manager(checking, boss):
    manager = make_actor(role=Role.MANAGER, organization=boss.organization)
    make_actor(role=Role.MEMBER, organization=boss.organization)
    kam = manager_of(boss.organization)
    manager_of(checking.owner)
    for _round in range(3):
        with clock.set_to(checking.due_at + timedelta(days=10)):
            sound_alarms()
    first, second = told("request.escalated")
    assert (first.data["level"], second.data["level"]) == ("1", "2")
    assert set(people_to_tell(first)) == {boss.user_id, manager.user_id}
    assert set(people_to_tell(second)) == {kam.user_id}
    assert (again(checking).escalated, again(checking).alarm_at) == (2, None)


def test_levels_come_after_their_working_hours(checking, boss):
    manager_of(boss.organization)
    # Tuesday 17:00 and 4 hours: Wednesday at 12:00; 8 more: Thursday at 11:00.
    for at, level in (
        (datetime(2026, 11, 18, 8, 59, tzinfo=UTC), 0),
        (datetime(2026, 11, 18, 9, 1, tzinfo=UTC), 1),
        (datetime(2026, 11, 19, 7, 59, tzinfo=UTC), 1),
        (datetime(2026, 11, 19, 8, 1, tzinfo=UTC), 2),
    ):
        with clock.set_to(at):
            sound_alarms()
        assert again(checking).escalated == level, at


def test_where_nobody_looks_after_the_provider_the_managers_are_the_last(checking):
    with clock.set_to(checking.due_at + timedelta(days=10)):
        sound_alarms()
    assert [event.data["level"] for event in told("request.escalated")] == ["1"]
    assert again(checking).alarm_at is None


def test_a_missed_answer_goes_to_the_managers_of_who_filed(checking, agent):
    boss_of_agency = make_actor(role=Role.OWNER, organization=agent.organization)
    with clock.set_to(MONDAY):
        request = move(checking, "ask_info")
    with clock.set_to(request.due_at + timedelta(days=10)):
        sound_alarms()
    (event,) = told("request.escalated")
    assert set(people_to_tell(event)) == {boss_of_agency.user_id}


def test_what_moves_on_is_not_passed_on(checking):
    with clock.set_to(checking.due_at + HOUR):
        request = move(checking, "approve")
        assert (request.escalated, request.warned_at) == (0, None)
        sound_alarms()
    assert told("request.escalated") == []


@pytest.mark.parametrize("end", ["reject", "cancel"])
def test_what_is_closed_is_told_of_no_more(checking, end):
    with clock.set_to(MONDAY):
        assert move(checking, end).alarm_at is None
    with clock.set_to(MONDAY + timedelta(days=90)):
        assert sound_alarms() == 0


# --- holds --------------------------------------------------------------------------------------


def held(checking, actor):
    with clock.set_to(MONDAY):
        until = clock.today() + timedelta(days=3)
        data = move_data("hold") | {"held_until": until}
        return move_request(actor, checking.number, "hold", data)


def test_a_hold_reminds_who_set_it_on_its_last_day(checking, boss, agent):
    operator = make_actor(role=Role.MANAGER, organization=boss.organization)
    request = held(checking, operator)
    # Thursday, when the office opens.
    assert request.alarm_at == datetime(2026, 11, 19, 6, tzinfo=UTC)
    with clock.set_to(request.alarm_at + timedelta(minutes=1)):
        assert sound_alarms() == 1
        assert sound_alarms() == 0
    (event,) = told("request.hold_ending")
    assert set(people_to_tell(event)) == {operator.user_id}


def test_a_hold_that_the_agent_set_reminds_the_agent_and_is_passed_on_there(checking, agent):
    owner = make_actor(role=Role.OWNER, organization=agent.organization)
    request = held(checking, agent)
    with clock.set_to(request.alarm_at + timedelta(minutes=1)):
        sound_alarms()
    assert set(people_to_tell(told("request.hold_ending")[0])) == {agent.user_id}
    with clock.set_to(request.due_at + timedelta(days=10)):
        sound_alarms()
    assert set(people_to_tell(told("request.escalated")[0])) == {owner.user_id}


def test_an_overdue_hold_is_told_to_both_sides(checking, boss, agent):
    request = held(checking, boss)
    with clock.set_to(request.due_at + HOUR):
        assert tell_overdue() == 1
    assert set(people_to_tell(told("request.overdue")[0])) == {boss.user_id, agent.user_id}


# --- once, whatever happens ---------------------------------------------------------------------


def test_of_two_workers_one_tells(checking):
    with clock.set_to(checking.alarm_at + HOUR):
        assert alarms._sound(checking.pk, checking.alarm_at)
        assert not alarms._sound(checking.pk, checking.alarm_at)
    assert len(told("request.due_soon")) == 1


def test_a_worker_killed_between_two_requests_has_told_of_the_first(checking, monkeypatch):
    with clock.set_to(MONDAY):
        other = move(RequestFactory(plan=checking.plan), "submit", "start_check")
    sound, seen = alarms._sound, []

    def killed(pk, at):
        if seen:
            raise KeyboardInterrupt
        seen.append(pk)
        return sound(pk, at)

    with clock.set_to(checking.alarm_at + HOUR):
        with monkeypatch.context() as patched:
            patched.setattr(alarms, "_sound", killed)
            with pytest.raises(KeyboardInterrupt):
                sound_alarms()
        assert sound_alarms() == 1
    assert {event.subject_id for event in told("request.due_soon")} == {checking.pk, other.pk}
    assert len(told("request.due_soon")) == 2


def test_more_than_a_batch_is_told_of(checking, monkeypatch):
    monkeypatch.setattr(alarms, "BATCH", 2)
    with clock.set_to(MONDAY):
        for _ in range(4):
            move(RequestFactory(plan=checking.plan), "submit", "start_check")
    with clock.set_to(checking.alarm_at + HOUR):
        assert sound_alarms() == 5


def test_nothing_to_tell_is_one_read_of_one_index(checking):
    with clock.set_to(MONDAY), CaptureQueriesContext(connection) as captured:
        assert sound_alarms() == 0
    assert len(captured) == 1
    if connection.vendor == "sqlite":
        plan = ConnectionRequest.objects.filter(alarm_at__lt=clock.now()).order_by("alarm_at")
        assert "request_alarm" in plan.values_list("pk", "alarm_at")[:200].explain()


def test_the_sides_are_told_roles_and_no_names(checking, boss):
    with clock.set_to(checking.due_at + timedelta(days=10)):
        sound_alarms()
    (event,) = told("request.escalated")
    assert set(event.data) == {"number", "state", "side", "level"}
    roles = {party.role for party in event.parties.all()}
    assert roles == {PartyRole.OWNER, PartyRole.PROVIDER}


def test_missed_deadlines_are_counted_for_those_they_concern(checking, boss):
    with clock.set_to(checking.due_at + HOUR):
        tell_overdue()
    with clock.set_to(MONDAY + timedelta(days=3)):
        request = move(checking, "ask_info")
    with clock.set_to(request.due_at + HOUR):
        tell_overdue()

    def missed(organization):
        return int(tallies.read(organization.pk, [DEADLINES_MISSED])[DEADLINES_MISSED])

    # The agent's own delay is on the agent's account alone.
    assert (missed(checking.owner), missed(boss.organization)) == (2, 1)


def test_a_hold_that_is_missed_is_on_the_account_of_who_set_it(checking, boss, agent):
    request = held(checking, agent)
    with clock.set_to(request.due_at + HOUR):
        tell_overdue()

    def missed(organization):
        return int(tallies.read(organization.pk, [DEADLINES_MISSED])[DEADLINES_MISSED])

    assert (missed(checking.owner), missed(boss.organization)) == (1, 0)


def test_a_hold_set_by_the_portal_is_the_providers(checking):
    request = held(checking, system_actor())
    assert request.held_side == "PROVIDER"
