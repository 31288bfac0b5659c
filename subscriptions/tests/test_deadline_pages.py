"""The page of a provider's deadlines, what it does to requests, and what their page says of it."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from core import clock
from core.choices import OrganizationKind, Role, StaffScope
from core.errors import Conflict, DomainError, Forbidden
from core.models import Event
from core.tests.reading import seen
from core.working_hours import WorkingCalendar
from subscriptions.choices import RequestState
from subscriptions.deadline_terms import COUNTED, DEFAULT_WARNINGS, Warnings
from subscriptions.models import DeadlinePolicy, DeadlineRule
from subscriptions.selectors.deadlines import terms_of
from subscriptions.services.deadline_rules import may_set_deadlines, set_hours, set_warnings
from subscriptions.services.requests import move_request, sound_alarms
from subscriptions.tests.factories import PlanFactory, RequestFactory, move, move_data
from users.tests.factories import OrganizationFactory, make_actor, make_staff

S = RequestState
URL = "/organization/deadlines/"
MONDAY = datetime(2026, 11, 16, 7, tzinfo=UTC)
OFFICE = WorkingCalendar(ZoneInfo("Europe/Moscow"), time(9), time(18))
EMPTY = dict.fromkeys(COUNTED)
pytestmark = pytest.mark.django_db


@pytest.fixture
def boss():
    return make_actor(OrganizationKind.PROVIDER, Role.MANAGER)


@pytest.fixture
def plan(boss):
    return PlanFactory(provider=boss.organization)


def posted(**hours):
    fields = {f"hours-{state}": hours.get(state, "") for state in COUNTED}
    return {"form": "hours", **fields}


def due_of(plan, state="CHECKING"):
    with clock.set_to(MONDAY):
        request = move(RequestFactory(plan=plan), "submit")
        return (move(request, "start_check") if state == "CHECKING" else request).due_at


# --- the rules ----------------------------------------------------------------------------------


def test_without_rules_the_portals_hours_hold(plan):
    assert due_of(plan) == OFFICE.add_hours(MONDAY, 16)
    assert terms_of(plan.provider_id).warnings == DEFAULT_WARNINGS


def test_the_rule_of_a_category_goes_before_that_of_all(boss, plan):
    set_hours(boss, None, EMPTY | {"CHECKING": 10, "SUBMITTED": 3})
    assert due_of(plan) == OFFICE.add_hours(MONDAY, 10)
    set_hours(boss, plan.category, EMPTY | {"CHECKING": 2})
    assert due_of(plan) == OFFICE.add_hours(MONDAY, 2)
    assert due_of(plan, "SUBMITTED") == OFFICE.add_hours(MONDAY, 3)
    set_hours(boss, plan.category, EMPTY)
    assert due_of(plan) == OFFICE.add_hours(MONDAY, 10)


def test_rules_hold_for_steps_entered_from_then_on(boss, plan):
    with clock.set_to(MONDAY):
        request = move(RequestFactory(plan=plan), "submit", "start_check")
        set_hours(boss, None, EMPTY | {"CHECKING": 1, "APPROVED": 5})
        request.refresh_from_db()
        assert request.due_at == OFFICE.add_hours(MONDAY, 16)
        assert move(request, "approve").due_at == OFFICE.add_hours(MONDAY, 5)


def test_rules_of_one_provider_are_no_others(boss, plan):
    set_hours(boss, None, EMPTY | {"CHECKING": 1})
    assert due_of(PlanFactory()) == OFFICE.add_hours(MONDAY, 16)


def test_a_change_is_an_event_of_the_provider(boss, plan):
    assert set_hours(boss, plan.category, EMPTY | {"CHECKING": 2}) == ["CHECKING"]
    assert set_hours(boss, plan.category, EMPTY | {"CHECKING": 2}) == []
    (event,) = Event.objects.filter(kind="deadlines.changed")
    assert event.data == {"category": plan.category.code, "states": ["CHECKING"]}
    assert [party.organization_id for party in event.parties.all()] == [boss.organization_id]


@pytest.mark.parametrize("hours", [0, -1, 201, 10**9])
def test_hours_have_bounds(boss, hours):
    with pytest.raises(DomainError) as refused:
        set_hours(boss, None, EMPTY | {"CHECKING": hours})
    assert refused.value.field == "CHECKING"
    with pytest.raises(DomainError):
        set_hours(boss, None, {"SCHEDULED": 5})


@pytest.mark.parametrize(
    ("warnings", "field"),
    [
        (Warnings("SHARE", 95, 1, 1), "warn_left"),
        (Warnings("HOURS", 0, 1, 1), "warn_left"),
        (Warnings("SOON", 5, 1, 1), "warn_by"),
        (Warnings("SHARE", 25, 81, 1), "managers_after"),
        (Warnings("SHARE", 25, 1, -1), "account_manager_after"),
    ],
)
def test_warnings_have_bounds(boss, warnings, field):
    with pytest.raises(DomainError) as refused:
        set_warnings(boss, warnings)
    assert refused.value.field == field
    assert not DeadlinePolicy.objects.exists()


def test_what_somebody_changed_meanwhile_is_not_overwritten(boss, plan):
    seen_by_other = dict(EMPTY)
    set_hours(boss, None, EMPTY | {"CHECKING": 3}, seen_by_other)
    with pytest.raises(Conflict):
        set_hours(boss, None, EMPTY | {"CHECKING": 30}, seen_by_other)
    assert DeadlineRule.objects.get().hours == 3


@pytest.mark.parametrize("role", [Role.VIEWER, Role.MEMBER])
def test_others_than_managers_do_not_set_them(boss, role):
    actor = make_actor(role=role, organization=boss.organization)
    with pytest.raises(Forbidden):
        set_hours(actor, None, EMPTY | {"CHECKING": 3})
    with pytest.raises(Forbidden):
        set_warnings(actor, Warnings())


def test_staff_set_them_for_a_provider_that_is_not_on_the_portal():
    unclaimed = OrganizationFactory(kind=OrganizationKind.PROVIDER, is_claimed=False)
    assert may_set_deadlines(make_staff(StaffScope.ACCOUNT_MANAGER, unclaimed))
    assert may_set_deadlines(make_staff(StaffScope.ADMIN, unclaimed))
    claimed = OrganizationFactory(kind=OrganizationKind.PROVIDER)
    assert not may_set_deadlines(make_staff(StaffScope.ACCOUNT_MANAGER, claimed))
    assert not may_set_deadlines(make_staff(StaffScope.SUPPORT, unclaimed))
    assert not may_set_deadlines(make_actor(OrganizationKind.AGENCY, Role.OWNER))


# --- the page -----------------------------------------------------------------------------------


def test_a_manager_sets_hours_of_a_service(sign_in, boss, plan):
    browser = sign_in(boss)
    url = f"{URL}?category={plan.category.code}"
    assert browser.get(url).status_code == 200
    assert browser.post(url, posted(CHECKING="6")).status_code == 302
    rule = DeadlineRule.objects.get()
    assert (rule.category, rule.state, rule.hours) == (plan.category, "CHECKING", 6)
    page = browser.get(url)
    assert page.context["hours_form"]["CHECKING"].value() == 6
    browser.post(url, posted())
    assert not DeadlineRule.objects.exists()


def test_the_page_refuses_politely_and_keeps_what_was_typed(sign_in, boss, plan):
    answer = sign_in(boss).post(URL, posted(CHECKING="999"))
    assert answer.status_code == 422
    assert "CHECKING" in answer.context["hours_form"].errors
    assert 'value="999"' in answer.content.decode()
    for bad in ("x\x00", "-4", "1e9", "9" * 500):
        assert sign_in(boss).post(URL, posted(CHECKING=bad)).status_code == 422


def test_the_page_refuses_what_was_changed_meanwhile(sign_in, boss, plan):
    seen_then = sign_in(boss).get(URL).context["hours_form"]["seen"].value()
    set_hours(boss, None, EMPTY | {"APPROVED": 9})
    answer = sign_in(boss).post(URL, posted(CHECKING="5") | {"hours-seen": seen_then})
    assert answer.status_code == 409
    assert [rule.state for rule in DeadlineRule.objects.all()] == ["APPROVED"]


def test_a_manager_sets_warnings(sign_in, boss):
    data = {
        "form": "warnings",
        "warnings-warn_by": "HOURS",
        "warnings-warn_left": "3",
        "warnings-managers_after": "",
        "warnings-account_manager_after": "16",
    }
    assert sign_in(boss).post(URL, data).status_code == 302
    assert terms_of(boss.organization_id).warnings == Warnings("HOURS", 3, None, 16)
    answer = sign_in(boss).post(URL, data | {"warnings-warn_left": ""})
    assert answer.status_code == 422


def test_members_read_and_do_not_post(sign_in, boss, plan):
    member = make_actor(role=Role.MEMBER, organization=boss.organization)
    page = sign_in(member).get(URL)
    assert page.status_code == 200
    assert "<form" not in page.content.decode().split("<main")[1].split("</main")[0]
    assert sign_in(member).post(URL, posted(CHECKING="6")).status_code == 403
    assert sign_in(make_actor(OrganizationKind.AGENCY, Role.OWNER)).get(URL).status_code == 404


def test_another_services_page_is_not_there(sign_in, boss, plan):
    assert sign_in(boss).get(f"{URL}?category=nothing").status_code == 404


def test_the_page_costs_the_same_with_many_rules(sign_in, boss, plan):
    def cost():
        with CaptureQueriesContext(connection) as captured:
            assert browser.get(URL).status_code == 200
        return len(captured)

    browser = sign_in(boss)
    browser.get(URL)
    set_hours(boss, None, EMPTY | {"CHECKING": 3})
    one = cost()
    set_hours(boss, plan.category, dict.fromkeys(COUNTED, 7))
    assert cost() == one <= 12


def test_a_move_reads_all_terms_at_once(boss, plan):
    set_hours(boss, None, dict.fromkeys(COUNTED, 7))
    terms_of(boss.organization_id)
    with CaptureQueriesContext(connection) as captured:
        assert terms_of(boss.organization_id).hours_in(plan.category_id, "CHECKING") == 7
    assert len(captured) == 1


# --- what the page of a request says --------------------------------------------------------------


@pytest.fixture
def agent():
    return make_actor(OrganizationKind.AGENCY)


def page_of(browser, request):
    return seen(browser.get(f"/requests/{request.number}/"))


def test_a_question_says_what_is_asked_and_of_whom(sign_in, boss, agent, plan):
    holder = make_actor(OrganizationKind.COMPANY)
    request = move(
        RequestFactory(plan=plan, owner=agent.organization, holder=holder.organization),
        "submit",
        "start_check",
        "ask_info",
    )
    for actor in (boss, agent):
        words = page_of(sign_in(actor), request)
        assert "Which entrance is it?" in words
        assert "0 мин" in words or "16 ч" in words
    words = page_of(sign_in(holder), request)
    assert agent.organization.name in words
    assert "Which entrance is it?" not in words


def test_a_hold_says_whom_it_waits_for_to_all_sides(sign_in, boss, agent, plan):
    holder = make_actor(OrganizationKind.COMPANY)
    request = move(
        RequestFactory(plan=plan, owner=agent.organization, holder=holder.organization),
        "submit",
        "start_check",
    )
    data = move_data("hold") | {"awaited_kind": "MANAGEMENT", "awaited": "Горжилфонд"}
    move_request(boss, request.number, "hold", data)
    for actor in (boss, agent, holder):
        browser = sign_in(actor)
        assert "Горжилфонд" in page_of(browser, request)
        assert "Горжилфонд" in seen(browser.get("/requests/"))


def test_the_page_says_who_was_told_by_role(sign_in, boss, agent, plan):
    with clock.set_to(MONDAY):
        request = move(RequestFactory(plan=plan, owner=agent.organization), "submit", "start_check")
    with clock.set_to(request.alarm_at + timedelta(minutes=1)):
        sound_alarms()
    with clock.set_to(request.due_at + timedelta(days=5)):
        sound_alarms()
        page = sign_in(agent).get(f"/requests/{request.number}/")
    assert len(page.context["deadline_lines"]) == 2
    assert boss.user.full_name not in seen(page)


def test_a_hold_ends_today_at_the_earliest_and_in_ninety_days(sign_in, boss, plan):
    request = move(RequestFactory(plan=plan), "submit", "start_check")
    morning = datetime(2026, 11, 30, 6, 30, tzinfo=UTC)
    with clock.set_to(morning):
        data = move_data("hold") | {"held_until": clock.today()}
        assert move_request(boss, request.number, "hold", data).due_at > morning
        request = move(request, "resume")
    evening = datetime(2026, 11, 30, 16, tzinfo=UTC)
    with clock.set_to(evening), pytest.raises(DomainError) as refused:
        data = move_data("hold") | {"held_until": clock.today()}
        move_request(boss, request.number, "hold", data)
    assert refused.value.field == "held_until"


@pytest.mark.parametrize(
    ("given", "field"), [({"awaited_kind": "NOBODY"}, "awaited_kind"), ({"awaited": ""}, "awaited")]
)
def test_a_hold_names_somebody(boss, plan, given, field):
    request = move(RequestFactory(plan=plan), "submit", "start_check")
    with pytest.raises(DomainError) as refused:
        move_request(boss, request.number, "hold", move_data("hold") | given)
    assert refused.value.field == field
