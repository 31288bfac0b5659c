"""One move at a time: what it sets, what it asks for, who may, what it tells."""

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from core import clock
from core.actor import system_actor
from core.choices import OrganizationKind, PartyRole, Role, StaffScope
from core.errors import Conflict, DomainError, Forbidden, NotVisible
from core.models import Event, EventParty, Job, Tally
from core.working_hours import WorkingCalendar
from subscriptions.choices import (
    AppointmentState,
    CommissionRule,
    RequestState,
    SubscriptionState,
)
from subscriptions.models import Commission, ConnectionRequest, RequestNote, Subscription
from subscriptions.request_workflow import (
    CONNECTS,
    FINAL_STATES,
    REQUEST_WORKFLOW,
    offered_to,
)
from subscriptions.services.requests import move_request
from subscriptions.tests.factories import (
    PlanFactory,
    move,
    move_data,
    request_in,
)
from users.tests.factories import OrganizationFactory, make_actor, make_staff

S = RequestState
MONDAY = datetime(2026, 11, 16, 7, tzinfo=UTC)  # ten in the morning in Moscow

pytestmark = pytest.mark.django_db


@pytest.fixture
def agent():
    return make_actor(OrganizationKind.AGENCY)


@pytest.fixture
def operator():
    return make_actor(OrganizationKind.PROVIDER)


@pytest.fixture
def make(agent, operator):
    """A function: state → a request between `agent` and `operator` in it."""

    def _make(state, **fields):
        plan = fields.pop("plan", None) or PlanFactory(provider=operator.organization)
        owner = fields.pop("owner", agent.organization)
        return request_in(state, owner=owner, plan=plan, created_by=agent.user, **fields)

    return _make


def last_event(request) -> Event:
    return Event.objects.filter(
        subject_type="subscriptions.connectionrequest", subject_id=request.pk
    ).latest("pk")


def parties(event) -> dict[str, int]:
    return dict(EventParty.objects.filter(event=event).values_list("role", "organization_id"))


# --- the whole way ------------------------------------------------------------------------------


def test_the_way_from_a_draft_to_connected(make, agent, operator):
    request = make(S.DRAFT)
    request = move(request, "submit", actor=agent)
    assert request.submitted_at is not None
    request = move(
        request, "start_check", "approve", "schedule", "start_work", "connect", actor=operator
    )
    assert request.state == S.CONNECTED
    assert request.closed_at is not None
    assert request.due_at is None
    assert request.version == 7
    kinds = Event.objects.filter(
        subject_type="subscriptions.connectionrequest", subject_id=request.pk
    ).values_list("kind", flat=True)
    assert list(kinds.order_by("pk")) == [
        "request.submitted",
        "request.moved",
        "request.moved",
        "request.scheduled",
        "request.moved",
        "request.connected",
    ]


def test_connecting_starts_the_subscription_on_the_terms_that_were_filed(make):
    request = make(S.IN_PROGRESS)
    request.plan.price = Decimal("999.00")
    request.plan.save()
    move(request, "connect")
    subscription = Subscription.objects.get(origin=request)
    assert subscription.state == SubscriptionState.ACTIVE
    assert subscription.price == Decimal("550.00")
    assert (subscription.owner_id, subscription.provider_id, subscription.client_id) == (
        request.owner_id,
        request.provider_id,
        request.client_id,
    )


def test_a_move_tells_both_sides_and_the_holder_by_ids_alone(make):
    holder = OrganizationFactory(kind=OrganizationKind.COMPANY)
    request = make(S.CHECKING, holder=holder)
    request = move(request, "ask_info")
    event = last_event(request)
    note = RequestNote.objects.get(request=request)
    assert parties(event) == {
        PartyRole.OWNER: request.owner_id,
        PartyRole.PROVIDER: request.provider_id,
        PartyRole.HOLDER: holder.pk,
    }
    assert event.data == {
        "number": request.number,
        "from": "CHECKING",
        "to": "NEEDS_INFO",
        "transition": "ask_info",
        "note": note.pk,
    }


def test_who_files_for_itself_is_told_once(make):
    company = OrganizationFactory(kind=OrganizationKind.COMPANY)
    request = make(S.SUBMITTED, owner=company, holder=company, client=None)
    assert set(parties(last_event(request))) == {PartyRole.OWNER, PartyRole.PROVIDER}


# --- filing -------------------------------------------------------------------------------------


def test_filing_copies_the_terms_as_they_are_now(make):
    request = make(S.DRAFT)
    request.plan.price = Decimal("700.00")
    request.plan.commission_rule = CommissionRule.MONTHS
    request.plan.commission_value = Decimal("2.00")
    request.plan.save()
    request = move(request, "submit")
    assert request.price == Decimal("700.00")
    assert (request.commission_rule, request.commission_value) == (
        CommissionRule.MONTHS,
        Decimal("2.00"),
    )


def test_a_plan_taken_off_sale_cannot_be_filed(make):
    request = make(S.DRAFT)
    request.plan.is_published = False
    request.plan.save()
    with pytest.raises(DomainError) as refused:
        move(request, "submit")
    assert refused.value.field == "plans"


def test_without_the_clients_consent_nothing_goes_to_the_provider(make):
    request = make(S.DRAFT)
    request.client.consent_at = None
    request.client.save()
    with pytest.raises(DomainError) as refused:
        move(request, "submit")
    assert refused.value.field == "consent"


def test_the_same_service_at_the_same_unit_is_filed_once_by_an_owner(make):
    filed = make(S.SUBMITTED)
    again = make(S.DRAFT, unit=filed.unit, plan=filed.plan)
    with pytest.raises(DomainError, match=filed.number):
        move(again, "submit")
    move(filed, "cancel")
    assert move(again, "submit").state == S.SUBMITTED


def test_another_owner_may_file_the_same(make):
    filed = make(S.SUBMITTED)
    other = make(S.DRAFT, unit=filed.unit, plan=filed.plan, owner=OrganizationFactory())
    assert move(other, "submit").state == S.SUBMITTED


# --- what must be filled in ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("state", "transition", "field"),
    [
        (row_source, row.name, required)
        for row in REQUEST_WORKFLOW.transitions.values()
        for row_source in sorted(row.sources)[:1]
        for required in row.requires
    ],
)
def test_what_the_table_requires_is_required(make, state, transition, field):
    request = make(state)
    for nothing in (None, "", "  "):
        data = move_data(transition) | {field: nothing}
        with pytest.raises(DomainError) as refused:
            move_request(system_actor(), request.number, transition, data)
        assert refused.value.field == field
    request.refresh_from_db()
    assert request.state == state


@pytest.mark.parametrize(
    ("starts", "ends", "field"),
    [
        (timedelta(hours=2), timedelta(hours=1), "ends_at"),
        (timedelta(hours=-3), timedelta(hours=-1), "starts_at"),
        (timedelta(hours=1), timedelta(hours=26), "ends_at"),
    ],
)
def test_a_visit_makes_sense(make, starts, ends, field):
    request = make(S.APPROVED)
    data = {"starts_at": clock.now() + starts, "ends_at": clock.now() + ends}
    with pytest.raises(DomainError) as refused:
        move_request(system_actor(), request.number, "schedule", data)
    assert refused.value.field == field


@pytest.mark.parametrize("days", [-1, 91, 400])
def test_a_hold_ends_on_a_day_within_ninety_days(make, days):
    request = make(S.CHECKING)
    until = clock.today(ZoneInfo("Europe/Moscow")) + timedelta(days=days)
    with pytest.raises(DomainError) as refused:
        move_request(
            system_actor(), request.number, "hold", move_data("hold") | {"held_until": until}
        )
    assert refused.value.field == "held_until"


@pytest.mark.parametrize("transition", ["reject", "cancel"])
def test_reasons_are_those_of_the_list_and_another_is_said_in_words(make, transition):
    request = make(S.CHECKING)
    for data, field in (
        ({"reason": "BECAUSE"}, "reason"),
        ({"reason": "OTHER"}, "reason_text"),
        ({"reason": "OTHER", "reason_text": "x" * 501}, "reason_text"),
    ):
        with pytest.raises(DomainError) as refused:
            move_request(system_actor(), request.number, transition, data)
        assert refused.value.field == field


def test_fields_that_a_transition_does_not_name_cannot_be_set(make):
    request = make(S.SUBMITTED)
    data = {"reason": "NO_PORT", "price": 1, "state": "CONNECTED", "assignee": 1, "note": "Hello"}
    request = move_request(system_actor(), request.number, "start_check", data)
    assert (request.state, request.reason, request.price) == (S.CHECKING, "", Decimal("550.00"))
    assert not request.notes.exists()


def test_an_unknown_action_is_refused(make):
    request = make(S.CHECKING)
    with pytest.raises(DomainError):
        move_request(system_actor(), request.number, "explode", {})
    assert not request.notes.exists()


# --- deadlines ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("state", "hours"),
    [(S.SUBMITTED, 8), (S.CHECKING, 16), (S.NEEDS_INFO, 40), (S.APPROVED, 16), (S.IN_PROGRESS, 8)],
)
def test_deadlines_run_in_the_working_hours_of_the_provider(make, operator, state, hours):
    provider = operator.organization
    provider.time_zone = "Asia/Yekaterinburg"
    provider.opens_at, provider.closes_at = time(8), time(20)
    provider.save()
    calendar = WorkingCalendar(ZoneInfo("Asia/Yekaterinburg"), time(8), time(20))
    with clock.set_to(MONDAY):
        request = make(state)
    assert request.due_at == calendar.add_hours(MONDAY, hours)


def test_a_visit_is_due_when_its_slot_ends(make):
    request = make(S.SCHEDULED)
    visit = request.appointments.get()
    assert visit.state == AppointmentState.CONFIRMED
    assert request.due_at == visit.ends_at


def test_a_hold_is_due_at_closing_time_of_its_last_day(make):
    with clock.set_to(MONDAY):
        request = make(S.ON_HOLD)
    assert request.held_until.isoformat() == "2026-11-26"
    assert request.due_at == datetime(2026, 11, 26, 15, tzinfo=UTC)


def test_final_states_and_drafts_have_no_deadline(make):
    for state in (*FINAL_STATES, S.DRAFT):
        assert make(state).due_at is None


def test_a_new_deadline_is_told_of_anew(make):
    request = make(S.CHECKING)
    ConnectionRequest.objects.filter(pk=request.pk).update(overdue_told_at=clock.now())
    assert move(request, "approve").overdue_told_at is None


# --- visits and holds ---------------------------------------------------------------------------


def visits(request) -> list[str]:
    return list(request.appointments.order_by("pk").values_list("state", flat=True))


def test_a_moved_visit_cancels_the_one_before(make):
    request = move(make(S.SCHEDULED), "reschedule")
    assert request.state == S.SCHEDULED
    assert visits(request) == [AppointmentState.CANCELLED, AppointmentState.CONFIRMED]


@pytest.mark.parametrize(
    ("transitions", "outcome", "state"),
    [
        (["cancel_visit"], AppointmentState.CANCELLED, S.APPROVED),
        (["cancel"], AppointmentState.CANCELLED, S.CANCELLED),
        (["hold", "cancel"], AppointmentState.CANCELLED, S.CANCELLED),
        (["reject_on_site"], AppointmentState.DONE, S.REJECTED),
        (["start_work", "connect"], AppointmentState.DONE, S.CONNECTED),
    ],
)
def test_what_becomes_of_a_visit(make, transitions, outcome, state):
    request = move(make(S.SCHEDULED), *transitions)
    assert (visits(request), request.state) == ([outcome], state)


def test_impossible_on_site_is_its_own_reason(make):
    request = move(make(S.IN_PROGRESS), "reject_on_site")
    assert request.reason == "IMPOSSIBLE_ON_SITE"
    assert last_event(request).data["reason"] == "IMPOSSIBLE_ON_SITE"


@pytest.mark.parametrize(
    "state", [S.CHECKING, S.NEEDS_INFO, S.APPROVED, S.SCHEDULED, S.IN_PROGRESS]
)
def test_a_hold_names_whom_it_waits_for_and_resumes_where_it_was(make, state):
    request = move(make(state), "hold")
    assert (request.state, request.held_from) == (S.ON_HOLD, state)
    assert (request.awaited, request.reason_text) == ("Management company", "No key to the attic")
    assert "Management company" not in str(last_event(request).data)
    assert request.notes.latest("pk").text == "Management company: No key to the attic"
    request = move(request, "resume")
    assert request.state == state
    assert (request.held_from, request.held_until, request.awaited) == ("", None, "")
    assert request.due_at is not None


def test_a_visit_that_passed_while_on_hold_leaves_time_to_agree_upon_another(make):
    with clock.set_to(MONDAY):
        request = move(make(S.SCHEDULED), "hold")
    later = MONDAY + timedelta(days=7)
    with clock.set_to(later):
        request = move(request, "resume")
    calendar = WorkingCalendar(ZoneInfo("Europe/Moscow"), time(9), time(18))
    assert request.state == S.SCHEDULED
    assert request.due_at == calendar.add_hours(later, 16)


# --- who may ------------------------------------------------------------------------------------


def names_offered(actor, request) -> set[str]:
    return {row.name for row in offered_to(actor, request)}


AGENT_MOVES = {"submit", "answer_info", "cancel", "hold", "resume", "cancel_visit"}


def test_each_side_is_offered_its_own(make, agent, operator):
    for state in S:
        request = make(state)
        all_here = {row.name for row in REQUEST_WORKFLOW.offered(state, {"STAFF"}, {CONNECTS})}
        assert names_offered(agent, request) == all_here & AGENT_MOVES
        assert names_offered(operator, request) == all_here - {"submit", "answer_info", "cancel"}
        assert names_offered(make_staff(), request) == all_here


def test_what_is_not_offered_is_forbidden(make, agent, operator):
    request = make(S.CHECKING)
    with pytest.raises(Forbidden):
        move(request, "approve", actor=agent)
    with pytest.raises(Forbidden):
        move(request, "cancel", actor=operator)


@pytest.mark.parametrize("kind", [OrganizationKind.AGENCY, OrganizationKind.PROVIDER])
def test_strangers_do_not_see_a_request(make, kind):
    request = make(S.CHECKING)
    with pytest.raises(NotVisible):
        move(request, "hold", actor=make_actor(kind))


def test_a_provider_does_not_see_a_draft_nor_one_cancelled_before_filing(make, operator):
    request = make(S.DRAFT)
    with pytest.raises(NotVisible):
        move(request, "start_check", actor=operator)
    request = move(request, "cancel")
    assert request.state == S.CANCELLED
    assert not ConnectionRequest.objects.visible_to(operator).exists()
    assert set(parties(last_event(request))) == {PartyRole.OWNER}


def test_viewers_move_nothing(make, agent, operator):
    for actor in (agent, operator):
        viewer = make_actor(role=Role.VIEWER, organization=actor.organization)
        assert names_offered(viewer, make(S.CHECKING)) == set()


def test_a_member_of_the_agency_moves_what_they_filed(make, agent):
    request = make(S.CHECKING)
    colleague = make_actor(role=Role.MEMBER, organization=agent.organization)
    assert names_offered(colleague, request) == set()
    ConnectionRequest.objects.filter(pk=request.pk).update(created_by=colleague.user)
    request.refresh_from_db()
    assert "cancel" in names_offered(colleague, request)


def test_a_member_of_the_provider_takes_what_is_nobodys_and_keeps_it(make, operator):
    first, second = (
        make_actor(role=Role.MEMBER, organization=operator.organization) for _ in range(2)
    )
    request = move(make(S.SUBMITTED), "start_check", actor=first)
    assert request.assignee == first.user
    with pytest.raises(Forbidden):
        move(request, "approve", actor=second)
    assert move(request, "approve", actor=operator).assignee == first.user


def test_a_manager_helps_without_taking(make, operator):
    assert move(make(S.SUBMITTED), "start_check", actor=operator).assignee is None


def test_a_holder_only_reads(make):
    holder = make_actor(OrganizationKind.COMPANY, Role.OWNER)
    request = make(S.CHECKING, holder=holder.organization)
    assert names_offered(holder, request) == set()
    with pytest.raises(Forbidden):
        move(request, "cancel", actor=holder)


def test_a_provider_that_lost_its_verification_moves_nothing(make, operator):
    request = make(S.CHECKING)
    operator.organization.verified_at = None
    assert names_offered(operator, request) == set()


def test_an_account_manager_acts_for_the_organization_they_look_after(make, agent):
    request = make(S.CHECKING)
    scope = StaffScope.ACCOUNT_MANAGER
    assert "cancel" in names_offered(make_staff(scope, agent.organization), request)
    assert names_offered(make_staff(scope, OrganizationFactory()), request) == set()
    assert names_offered(make_staff(scope), request) == set()


def test_an_account_manager_who_is_a_member_there_may_what_the_role_may(make, operator):
    request = make(S.CHECKING)
    viewer = make_actor(role=Role.VIEWER, organization=operator.organization)
    assert names_offered(replace(viewer, staff=StaffScope.ACCOUNT_MANAGER), request) == set()


def test_staff_work_the_requests_of_a_provider_not_yet_on_the_portal(make):
    unclaimed = OrganizationFactory(
        kind=OrganizationKind.PROVIDER, is_claimed=False, verified_at=None
    )
    request = make(S.CHECKING, plan=PlanFactory(provider=unclaimed))
    for staff in (make_staff(), make_staff(StaffScope.ACCOUNT_MANAGER, unclaimed)):
        assert "approve" in names_offered(staff, request)
    assert names_offered(make_staff(StaffScope.SUPPORT, unclaimed), request) == set()


# --- conflicts ----------------------------------------------------------------------------------


def test_a_move_on_an_old_version_is_refused_with_the_state_as_it_is_now(make):
    request = make(S.SCHEDULED)
    seen = request.version
    move(request, "reschedule")
    with pytest.raises(Conflict, match=str(S.SCHEDULED.label)):
        move_request(
            system_actor(), request.number, "reschedule", move_data("reschedule"), version=seen
        )


def test_a_move_from_a_state_that_is_gone_is_a_conflict(make):
    request = make(S.APPROVED)
    with pytest.raises(Conflict):
        move(request, "approve")


def test_final_states_offer_nothing(make):
    for state in FINAL_STATES:
        assert names_offered(make_staff(), make(state)) == set()


# --- commissions --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("rule", "value", "amount"),
    [
        (CommissionRule.FIXED, "825.00", "825.00"),
        (CommissionRule.FEE_SHARE, "12.50", "12.51"),  # of 100.05: 12.50625, to the kopeck
        (CommissionRule.MONTHS, "0.50", "275.01"),  # of 550.01: 275.005
        (CommissionRule.NONE, "825.00", None),
        (CommissionRule.FIXED, "0.00", None),
    ],
)
def test_what_an_agency_earns(make, operator, rule, value, amount):
    plan = PlanFactory(
        provider=operator.organization,
        price=Decimal("550.01"),
        connection_fee=Decimal("100.05"),
        commission_rule=rule,
        commission_value=Decimal(value),
    )
    request = make(S.CONNECTED, plan=plan)
    accrued = list(Commission.objects.filter(request=request).values_list("amount", flat=True))
    assert accrued == ([] if amount is None else [Decimal(amount)])


def test_the_rule_is_the_one_that_was_filed(make):
    request = make(S.IN_PROGRESS)
    request.plan.commission_value = Decimal("1.00")
    request.plan.save()
    move(request, "connect")
    assert Commission.objects.get(request=request).amount == Decimal("825.00")


@pytest.mark.parametrize(
    "kind", [OrganizationKind.BUILDER, OrganizationKind.COMPANY, OrganizationKind.PERSON]
)
def test_only_agencies_earn(make, kind):
    request = make(S.CONNECTED, owner=OrganizationFactory(kind=kind), client=None)
    assert Subscription.objects.filter(origin=request).exists()
    assert not Commission.objects.exists()


def test_the_holder_is_never_told_of_the_commission(make):
    holder = OrganizationFactory(kind=OrganizationKind.PERSON)
    make(S.CONNECTED, holder=holder)
    event = Event.objects.get(kind="commission.accrued")
    assert holder.pk not in parties(event).values()


# --- all or nothing -----------------------------------------------------------------------------


def test_without_its_event_a_move_did_not_happen(make, monkeypatch):
    request = make(S.IN_PROGRESS)
    before = [model.objects.count() for model in (Event, Tally, Job)]

    def fail(*args, **kwargs):
        raise RuntimeError("disk full")

    monkeypatch.setattr("subscriptions.services.subscriptions.emit", fail)
    with pytest.raises(RuntimeError):
        move(request, "connect")
    request.refresh_from_db()
    assert request.state == S.IN_PROGRESS
    assert [model.objects.count() for model in (Event, Tally, Job)] == before
    assert not Subscription.objects.exists()
    assert visits(request) == [AppointmentState.CONFIRMED]


def test_numbers_taken_already_are_drawn_again(make, monkeypatch):
    taken = Subscription.objects.get(origin=make(S.CONNECTED)).number
    request = make(S.IN_PROGRESS)
    drawn = iter([taken, "ES-0000-0000"])
    monkeypatch.setattr("core.ids.new_number", lambda prefix: next(drawn))
    move(request, "connect")
    assert Subscription.objects.get(origin=request).number == "ES-0000-0000"
