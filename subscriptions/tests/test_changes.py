"""Changes of subscriptions: what is asked for, what it costs, what comes of it."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from uuid import uuid4

import pytest

from core import clock
from core.choices import OrganizationKind, Role
from core.errors import Conflict, DomainError, Forbidden, NotVisible
from core.models import Event, EventParty
from locations.tests.factories import BuildingFactory
from subscriptions.choices import (
    AppointmentState,
    CancelReason,
    ExitRule,
    PriceReason,
    RequestKind,
    RequestState,
    SubscriptionState,
)
from subscriptions.models import (
    Appointment,
    Commission,
    ConnectionRequest,
    PriceChange,
    PriceLine,
    Subscription,
)
from subscriptions.services.changes import (
    cost_of,
    draft_change,
    file_change,
    offered_changes,
)
from subscriptions.services.changes.due import make_due_changes
from subscriptions.services.figures import differences
from subscriptions.services.in_force.costs import months_left
from subscriptions.services.price_changes import apply_due
from subscriptions.services.requests import move_request, submit_request
from subscriptions.tests.changing import (
    complete,
    done,
    drafted,
    elsewhere,
    filed,
    in_force,
    operator_of,
    ready,
    sibling,
)
from subscriptions.tests.factories import PlanFactory, move
from users.tests.factories import OrganizationFactory, make_actor, make_staff

pytestmark = pytest.mark.django_db
K, S = RequestKind, RequestState
ACTIVE, SUSPENDED, ENDED = (
    SubscriptionState.ACTIVE,
    SubscriptionState.SUSPENDED,
    SubscriptionState.ENDED,
)
START = datetime(2026, 3, 2, 9, tzinfo=UTC)
TODAY = date(2026, 3, 2)
DAY = timedelta(days=1)


@pytest.fixture(autouse=True)
def _time():
    with clock.set_to(START):
        yield


@pytest.fixture
def company():
    return make_actor(OrganizationKind.COMPANY)


@pytest.fixture
def plan():
    return PlanFactory(
        name="Start",
        price=Decimal("500.00"),
        term_months=12,
        exit_rule=ExitRule.REMAINING,
        exit_value=Decimal(100),
        change_fee=Decimal("150.00"),
        relocation_fee=Decimal("300.00"),
        suspension_price=Decimal("50.00"),
    )


@pytest.fixture
def service(company, plan):
    return in_force(company.organization, plan)


def again(row):
    return type(row).objects.get(pk=row.pk)


def after(days: int):
    return clock.set_to(START + timedelta(days=days))


def rows_of(subscription) -> list[tuple]:
    return list(
        subscription.prices.order_by("starts_on").values_list(
            "starts_on", "ends_on", "price", "reason"
        )
    )


def kinds_about(subscription) -> list[str]:
    events = Event.objects.filter(
        subject_type="subscriptions.subscription", subject_id=subscription.pk
    )
    return list(events.order_by("pk").values_list("kind", flat=True))


# --- what it costs ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("last_day", "months"),
    [
        (date(2026, 3, 2), 12),
        (date(2026, 4, 1), 11),
        (date(2026, 4, 2), 11),
        (date(2027, 1, 31), 2),
        (date(2027, 2, 28), 1),
        (date(2027, 3, 1), 0),
        (date(2028, 1, 1), 0),
    ],
)
def test_a_begun_month_of_the_term_counts_as_a_whole(last_day, months):
    assert months_left(last_day, date(2027, 3, 1)) == months


def test_what_leaving_costs_by_each_rule(service):
    assert service.term_ends_on == date(2027, 3, 1)
    cost = cost_of(service, K.DISCONNECT)
    assert (cost.exit_fee, cost.price, cost.once) == (Decimal(6000), 0, 0)
    late = cost_of(service, K.DISCONNECT, effective_on=date(2027, 1, 31))
    assert late.exit_fee == Decimal(1000)
    assert cost_of(service, K.DISCONNECT, effective_on=service.term_ends_on).exit_fee == 0
    service.exit_value = Decimal("33.33")
    assert cost_of(service, K.DISCONNECT, effective_on=date(2027, 1, 31)).exit_fee == Decimal(
        "333.30"
    )
    service.exit_rule, service.exit_value = ExitRule.FIXED, Decimal(900)
    assert cost_of(service, K.DISCONNECT).exit_fee == Decimal(900)
    service.exit_rule = ExitRule.NONE
    assert cost_of(service, K.DISCONNECT).exit_fee == 0
    service.term_ends_on = None
    assert cost_of(service, K.DISCONNECT).exit_fee == 0


def test_terms_of_leaving_are_those_agreed_upon_not_those_of_the_plan_today(service, plan):
    plan.exit_rule, plan.exit_value = ExitRule.FIXED, Decimal(9999)
    plan.save()
    assert cost_of(again(service), K.DISCONNECT).exit_fee == Decimal(6000)


def test_what_the_other_kinds_cost(service, plan):
    other = sibling(plan, price=Decimal("700.00"), term_months=6)
    change = cost_of(service, K.CHANGE_PLAN, plan=other, effective_on=date(2026, 4, 1))
    assert (change.price, change.difference, change.once) == (700, 200, 150)
    assert change.term_ends_on == date(2026, 9, 30)
    here = cost_of(service, K.RELOCATE)
    assert (here.price, here.once, here.term_ends_on) == (500, 300, date(2027, 3, 1))
    assert cost_of(service, K.RELOCATE, plan=other).once == 450
    assert cost_of(service, K.SUSPEND).price == 50
    service.price, service.resume_price = Decimal(50), Decimal(500)
    assert cost_of(service, K.RESUME).price == 500
    # What is left of the term is paid at the usual price, suspended or not.
    assert cost_of(service, K.DISCONNECT).exit_fee == Decimal(6000)


# --- filing -------------------------------------------------------------------------------------


def test_a_draft_holds_what_was_shown_and_filing_keeps_it(company, service, plan):
    other = sibling(plan, price=Decimal("700.00"))
    draft = drafted(company, service, K.CHANGE_PLAN, plan=other, comment=" Soon\x00 please ")
    assert (draft.state, draft.kind, draft.subscription_id) == (S.DRAFT, K.CHANGE_PLAN, service.pk)
    assert (draft.owner_id, draft.holder_id, draft.client_id) == (
        company.organization_id,
        company.organization_id,
        None,
    )
    assert (draft.unit_id, draft.provider_id) == (service.unit_id, service.provider_id)
    assert (draft.former_plan, draft.plan, draft.former_price) == (plan, other, 500)
    assert (draft.price, draft.connection_fee, draft.comment) == (700, 150, "Soon please")
    assert not draft.needs_visit
    request = file_change(company, draft)
    assert (request.state, request.price, request.connection_fee) == (S.SUBMITTED, 700, 150)
    assert differences() == []


def test_when_it_costs_something_else_by_now_it_is_shown_again_before_it_is_filed(
    company, service, plan
):
    other = sibling(plan, price=Decimal("700.00"))
    draft = drafted(company, service, K.CHANGE_PLAN, plan=other)
    other.price = Decimal("800.00")
    other.save()
    with pytest.raises(Conflict):
        submit_request(company, draft)
    with pytest.raises(Conflict):
        file_change(company, draft)
    draft = again(draft)
    assert (draft.state, draft.price) == (S.DRAFT, 800)
    assert file_change(company, draft).price == 800


def test_one_form_makes_one_draft(company, service):
    token = uuid4()
    first = drafted(company, service, K.DISCONNECT, form_token=token)
    second = drafted(company, service, K.DISCONNECT, form_token=token)
    assert first == second
    assert service.change_requests.count() == 1


def refused(error, company, service, kind, field=None, **wanted):
    with pytest.raises(error) as refusal:
        drafted(company, service, kind, **wanted)
    assert refusal.value.field == field
    return str(refusal.value)


def test_days_that_make_no_sense_are_refused(company, service):
    yesterday, far = TODAY - DAY, TODAY + timedelta(days=400)
    days = ["effective_on", "until_on"]
    for kind, wanted, field in [
        (K.DISCONNECT, {"effective_on": yesterday}, days[0]),
        (K.DISCONNECT, {"effective_on": far}, days[0]),
        (K.SUSPEND, {}, days[0]),
        (K.SUSPEND, {"effective_on": TODAY}, days[1]),
        (K.SUSPEND, {"effective_on": yesterday, "until_on": TODAY}, days[0]),
        (K.SUSPEND, {"effective_on": TODAY + DAY, "until_on": TODAY}, days[1]),
        (K.SUSPEND, {"effective_on": TODAY + DAY, "until_on": far}, days[1]),
    ]:
        refused(DomainError, company, service, kind, field, **wanted)
    assert drafted(company, service, K.DISCONNECT, effective_on=service.term_ends_on)


def test_a_day_that_passed_while_it_was_a_draft_is_refused_at_filing(company, service):
    draft = drafted(company, service, K.SUSPEND, effective_on=TODAY, until_on=TODAY + 5 * DAY)
    with after(2), pytest.raises(DomainError) as refusal:
        file_change(company, draft)
    assert refusal.value.field == "effective_on"


def test_plans_that_cannot_be_changed_to_are_refused(company, service, plan):
    other_provider = PlanFactory(category=plan.category)
    hidden = sibling(plan, is_published=False)
    elsewhere_only = sibling(plan, everywhere=False)
    for wanted in (plan, other_provider, hidden, elsewhere_only):
        refused(DomainError, company, service, K.CHANGE_PLAN, "plan", plan=wanted)


def test_a_move_needs_an_address_where_the_service_is_connected_and_not_taken(
    company, service, plan
):
    def move_to(unit, field, error=DomainError):
        refused(
            error,
            company,
            service,
            K.RELOCATE,
            field,
            building=unit.building,
            unit_number=unit.number,
        )

    refused(DomainError, company, service, K.RELOCATE, "building")
    move_to(service.unit, "unit_number")
    bare = BuildingFactory()
    refused(DomainError, company, service, K.RELOCATE, "plan", building=bare, unit_number="1")
    plan.category.one_per_unit = True
    plan.category.save()
    unit = elsewhere(plan)
    in_force(OrganizationFactory(), plan, unit=unit)
    move_to(unit, "unit_number")


def test_one_change_of_a_kind_at_a_time_and_nothing_beside_a_move_or_an_end(company, service, plan):
    other, unit = sibling(plan), elsewhere(plan)
    change = filed(company, service, K.CHANGE_PLAN, plan=other)
    assert change.number in refused(Conflict, company, service, K.CHANGE_PLAN, plan=sibling(plan))
    refused(
        Conflict,
        company,
        service,
        K.RELOCATE,
        building=unit.building,
        unit_number=unit.number,
    )
    assert filed(company, service, K.SUSPEND, effective_on=TODAY + DAY, until_on=TODAY + 5 * DAY)
    # Nobody is kept by what else is in work.
    end = filed(company, service, K.DISCONNECT)
    assert end.number in refused(Conflict, company, service, K.DISCONNECT)


def test_two_drafts_of_one_kind_become_one_request(company, service):
    first, second = (drafted(company, service, K.DISCONNECT) for _ in range(2))
    file_change(company, first)
    with pytest.raises(Conflict):
        file_change(company, second)
    assert again(second).state == S.DRAFT


# --- who may ------------------------------------------------------------------------------------


def offers(actor, service) -> set[str]:
    return {one.kind for one in offered_changes(actor, service)}


def test_who_asks_for_changes(plan):
    agent = make_actor(OrganizationKind.AGENCY)
    service = in_force(agent.organization, plan)
    everything = {K.CHANGE_PLAN, K.RELOCATE, K.SUSPEND, K.DISCONNECT}
    member = make_actor(role=Role.MEMBER, organization=agent.organization)
    assert offers(agent, service) == offers(member, service) == everything
    viewer = make_actor(role=Role.VIEWER, organization=agent.organization)
    operator = operator_of(service)
    for actor in (viewer, operator, make_staff(), make_actor(OrganizationKind.AGENCY)):
        assert offers(actor, service) == set()
    for actor in (viewer, operator, make_staff()):
        with pytest.raises(Forbidden):
            drafted(actor, service, K.DISCONNECT)
    with pytest.raises(NotVisible):
        drafted(make_actor(OrganizationKind.AGENCY), service, K.DISCONNECT)


def test_after_the_hand_over_changes_are_the_holders(plan, company):
    agent = make_actor(OrganizationKind.AGENCY)
    service = in_force(agent.organization, plan)
    draft = drafted(agent, service, K.DISCONNECT)
    Subscription.objects.filter(pk=service.pk).update(holder=company.organization)
    service = again(service)
    assert offers(agent, service) == set()
    assert K.DISCONNECT in offers(company, service)
    with pytest.raises(Forbidden):
        drafted(agent, service, K.DISCONNECT)
    # What was drafted before is not filed any more either.
    with pytest.raises(Conflict):
        submit_request(agent, draft)
    request = filed(company, service, K.DISCONNECT)
    # The client's record is the agency's: a holder files in its own name.
    assert request.client is None
    assert not ConnectionRequest.objects.visible_to(agent).filter(pk=request.pk).exists()


def test_without_the_clients_consent_nothing_is_filed_for_them(plan):
    agent = make_actor(OrganizationKind.AGENCY)
    service = in_force(agent.organization, plan)
    draft = drafted(agent, service, K.DISCONNECT)
    service.client.consent_withdrawn_at, service.client.consent_at = clock.now(), None
    service.client.save()
    with pytest.raises(DomainError) as refusal:
        submit_request(agent, draft)
    assert refusal.value.field == "consent"


# --- the way ------------------------------------------------------------------------------------


def test_what_needs_no_visit_is_done_from_approved(company, service):
    request = filed(company, service, K.DISCONNECT)
    assert done(request).state == S.CONNECTED
    assert again(service).state == ENDED


def test_where_somebody_has_to_come_it_is_not(company, plan):
    plan.exit_visit = True
    plan.save()
    service = in_force(company.organization, plan)
    request = move(filed(company, service, K.DISCONNECT), "start_check", "approve")
    assert request.needs_visit
    with pytest.raises(DomainError):
        move(request, "complete_remotely")
    request = move(request, "schedule", "start_work")
    with pytest.raises(DomainError):
        move(request, "connect")
    assert move(request, "complete").shown_state == "CONNECTED.DISCONNECT"


def test_a_connection_is_not_completed_as_a_change(agency_request):
    with pytest.raises(DomainError):
        move(agency_request, "complete_remotely")
    with pytest.raises(DomainError):
        move(move(agency_request, "schedule", "start_work"), "complete")


@pytest.fixture
def agency_request(plan):
    from subscriptions.tests.factories import request_in

    return request_in(S.APPROVED, plan=plan)


# --- what comes of it ---------------------------------------------------------------------------


def test_another_plan_from_today(company, service, plan):
    other = sibling(plan, price=Decimal("700.00"), term_months=6, exit_rule=ExitRule.FIXED)
    other.exit_value = Decimal(100)
    other.save()
    request = filed(company, service, K.CHANGE_PLAN, plan=other)
    with after(10):
        request = done(request)
    service = again(service)
    changed_on = TODAY + 10 * DAY
    assert (service.plan, service.price, service.state) == (other, 700, ACTIVE)
    assert (service.exit_rule, service.exit_value) == (ExitRule.FIXED, 100)
    assert service.term_ends_on == date(2026, 9, 11)
    assert rows_of(service) == [
        (TODAY, changed_on - DAY, 500, PriceReason.STARTED),
        (changed_on, None, 700, PriceReason.PLAN_CHANGED),
    ]
    assert request.shown_state == "CONNECTED.CHANGE_PLAN"
    assert kinds_about(service)[-1] == "subscription.changed"


def test_of_two_changes_on_one_day_the_later_counts(company, service, plan):
    done(filed(company, service, K.CHANGE_PLAN, plan=sibling(plan, price=Decimal(600))))
    assert rows_of(again(service)) == [(TODAY, None, 600, PriceReason.PLAN_CHANGED)]


def test_a_plan_from_a_day_ahead_is_changed_by_the_job_once(company, service, plan):
    other, day = sibling(plan, price=Decimal(700)), TODAY + 20 * DAY
    request = done(filed(company, service, K.CHANGE_PLAN, plan=other, effective_on=day))
    assert (request.state, request.apply_on, request.shown_state) == (
        S.CONNECTED,
        day,
        "CONNECTED.AGREED",
    )
    assert again(service).plan == plan
    assert make_due_changes() == 0
    # Two days late: it counts from the day agreed upon all the same.
    with after(22):
        assert make_due_changes() == 1
        assert make_due_changes() == 0
    assert rows_of(again(service))[1] == (day, None, 700, PriceReason.PLAN_CHANGED)
    assert again(request).shown_state == "CONNECTED.CHANGE_PLAN"
    assert kinds_about(service)[-2:] == ["subscription.change_agreed", "subscription.changed"]


def test_suspended_and_resumed_by_itself(company, service):
    first, last = TODAY + 5 * DAY, TODAY + 9 * DAY
    request = filed(company, service, K.SUSPEND, effective_on=first, until_on=last)
    done(request)
    with after(5):
        assert make_due_changes() == 1
    service = again(service)
    assert (service.state, service.price, service.suspended_until) == (SUSPENDED, 50, last)
    with after(9):
        assert make_due_changes() == 0
    with after(12):
        assert make_due_changes() == 1
    service = again(service)
    assert (service.state, service.price) == (ACTIVE, 500)
    assert (service.suspended_until, service.resume_price) == (None, None)
    assert rows_of(service) == [
        (TODAY, first - DAY, 500, PriceReason.STARTED),
        (first, last, 50, PriceReason.SUSPENDED),
        (last + DAY, None, 500, PriceReason.RESUMED),
    ]


def test_resumed_earlier_by_a_request(company, service):
    done(filed(company, service, K.SUSPEND, effective_on=TODAY, until_on=TODAY + 30 * DAY))
    service = again(service)
    assert {one.kind for one in offered_changes(company, service)} == {K.RESUME, K.DISCONNECT}
    refused(Conflict, company, service, K.SUSPEND, effective_on=TODAY, until_on=TODAY)
    late = {"effective_on": TODAY + 31 * DAY}
    refused(DomainError, company, service, K.RESUME, "effective_on", **late)
    with after(4):
        done(filed(company, service, K.RESUME))
    assert (again(service).state, again(service).price) == (ACTIVE, 500)


def test_disconnected_now(company, service):
    with after(3):
        request = done(filed(company, service, K.DISCONNECT))
    service = again(service)
    assert (service.state, service.in_force_key) == (ENDED, None)
    assert service.ended_at == START + 3 * DAY
    assert rows_of(service) == [(TODAY, TODAY + 3 * DAY, 500, PriceReason.STARTED)]
    assert request.exit_fee == Decimal(6000)
    assert offered_changes(company, service) == []
    refused(Conflict, company, service, K.DISCONNECT)


def test_disconnected_at_the_end_of_the_term(company, service):
    last = service.term_ends_on
    request = done(filed(company, service, K.DISCONNECT, effective_on=last))
    service = again(service)
    assert (service.state, service.ends_on, request.apply_on) == (ACTIVE, last, last)
    assert request.exit_fee == 0
    with clock.set_to(datetime(2027, 3, 1, 20, 59, tzinfo=UTC)):
        # 23:59 in Moscow: the last day is not over.
        assert make_due_changes() == 0
    with clock.set_to(datetime(2027, 3, 1, 21, 30, tzinfo=UTC)):
        assert make_due_changes() == 1
        assert make_due_changes() == 0
    service = again(service)
    assert service.state == ENDED
    assert service.ended_at == datetime(2027, 3, 1, 21, tzinfo=UTC)
    assert rows_of(service)[-1][1] == last
    assert again(request).apply_on is None
    assert kinds_about(service)[-1] == "subscription.ended"


def test_an_end_that_is_agreed_can_be_brought_forward(company, service):
    first = done(filed(company, service, K.DISCONNECT, effective_on=TODAY + 100 * DAY))
    refused(Conflict, company, service, K.DISCONNECT, effective_on=TODAY + 100 * DAY)
    second = done(filed(company, service, K.DISCONNECT, effective_on=TODAY + 50 * DAY))
    assert again(service).ends_on == TODAY + 50 * DAY
    assert (again(first).apply_on, second.apply_on) == (None, TODAY + 50 * DAY)
    assert Event.objects.filter(kind="request.lapsed", subject_id=first.pk).count() == 1
    done(filed(company, service, K.DISCONNECT))
    assert again(service).state == ENDED


def test_moved_to_another_address(company, service, plan):
    plan.category.one_per_unit = True
    plan.category.save()
    Subscription.objects.filter(pk=service.pk).update(
        contract_number="A-1",
        account_number="77",
        in_force_key=f"{service.unit_id}:{plan.category_id}",
    )
    unit = elsewhere(plan)
    request = filed(company, service, K.RELOCATE, building=unit.building, unit_number=unit.number)
    assert (request.target_unit, request.connection_fee, request.needs_visit) == (unit, 300, True)
    with after(10):
        done(request)
    old = again(service)
    new = old.moved_to
    assert (old.state, old.in_force_key) == (ENDED, None)
    assert (new.state, new.in_force_key) == (ACTIVE, f"{unit.pk}:{plan.category_id}")
    assert (new.unit, new.building, new.city) == (unit, unit.building, unit.building.city)
    assert (new.contract_number, new.account_number, new.origin) == ("A-1", "77", request)
    assert (new.holder, new.owner, new.term_ends_on) == (old.holder, old.owner, old.term_ends_on)
    moved_on = TODAY + 10 * DAY
    assert rows_of(old) == [(TODAY, moved_on - DAY, 500, PriceReason.STARTED)]
    assert rows_of(new) == [(moved_on, None, 500, PriceReason.STARTED)]
    assert kinds_about(new) == ["subscription.moved"]
    assert K.CHANGE_PLAN in offers(company, new)


def announced(subscription, price: int, starts_on: date) -> PriceLine:
    change = PriceChange.objects.create(
        provider=subscription.provider,
        plan=subscription.plan,
        price=Decimal(price),
        starts_on=starts_on,
        state="ANNOUNCED",
        form_token=uuid4(),
        created_at=START,
    )
    return PriceLine.objects.create(change=change, subscription=subscription)


def test_renewal_and_an_announced_price_move_along_with_the_plan(company, service, plan):
    Subscription.objects.filter(pk=service.pk).update(renew_months=6)
    line = announced(service, 600, TODAY + 30 * DAY)
    unit = elsewhere(plan)
    done(filed(company, service, K.RELOCATE, building=unit.building, unit_number=unit.number))
    new = again(service).moved_to
    assert (new.renew_months, again(line).subscription) == (6, new)
    with after(31):
        assert apply_due() == 1
    assert again(new).price == 600


def test_another_plan_at_the_new_address_has_terms_of_its_own(company, service, plan):
    Subscription.objects.filter(pk=service.pk).update(renew_months=6)
    line = announced(service, 600, TODAY + 30 * DAY)
    unit, other = elsewhere(plan), sibling(plan)
    place = {"building": unit.building, "unit_number": unit.number}
    done(filed(company, service, K.RELOCATE, plan=other, **place))
    assert again(service).moved_to.renew_months == 0
    assert again(line).subscription == service


def test_a_plan_without_a_term_renews_nothing(company, service, plan):
    Subscription.objects.filter(pk=service.pk).update(renew_months=6)
    done(filed(company, service, K.CHANGE_PLAN, plan=sibling(plan, term_months=0)))
    changed = again(service)
    assert (changed.term_ends_on, changed.renew_months) == (None, 0)


def test_what_is_done_without_a_visit_gives_a_held_time_back(company, service, plan):
    change = ready(filed(company, service, K.CHANGE_PLAN, plan=sibling(plan)))
    visit = Appointment.objects.create(
        request=change,
        provider=service.provider,
        starts_at=START + DAY,
        ends_at=START + 2 * DAY,
        state=AppointmentState.HELD,
        created_at=START,
    )
    complete(operator_of(service), change)
    assert again(visit).state == AppointmentState.CANCELLED


def test_where_the_place_was_taken_meanwhile_the_move_is_not_completed(company, service, plan):
    plan.category.one_per_unit = True
    plan.category.save()
    unit = elsewhere(plan)
    request = ready(
        filed(company, service, K.RELOCATE, building=unit.building, unit_number=unit.number)
    )
    in_force(OrganizationFactory(), plan, unit=unit)
    with pytest.raises(Conflict):
        move(request, "complete")
    assert (again(request).state, again(service).state) == (S.IN_PROGRESS, ACTIVE)
    assert Subscription.objects.filter(moved_from__isnull=False).count() == 0


def test_what_is_still_asked_of_an_ended_service_is_closed(company, service, plan, run_jobs):
    change = filed(company, service, K.CHANGE_PLAN, plan=sibling(plan))
    planned = {"effective_on": TODAY + 9 * DAY, "until_on": TODAY + 12 * DAY}
    later = done(filed(company, service, K.SUSPEND, **planned))
    ready_change = ready(change)
    done(filed(company, service, K.DISCONNECT))
    with pytest.raises(Conflict):
        complete(operator_of(service), ready_change)
    run_jobs()
    change = again(change)
    assert (change.state, change.reason) == (S.CANCELLED, CancelReason.SERVICE_ENDED)
    assert again(later).apply_on is None
    assert Event.objects.filter(kind="request.lapsed", subject_id=later.pk).exists()
    with after(10):
        assert make_due_changes() == 0
    assert differences() == []


def test_a_plan_agreed_for_a_day_on_which_the_service_is_suspended_waits(company, service, plan):
    day = TODAY + 6 * DAY
    change = done(filed(company, service, K.CHANGE_PLAN, plan=sibling(plan), effective_on=day))
    done(filed(company, service, K.SUSPEND, effective_on=TODAY, until_on=TODAY + 9 * DAY))
    with after(7):
        assert make_due_changes() == 0
    with after(10):
        assert make_due_changes() == 2
    assert again(service).plan == again(change).plan
    assert [row[3] for row in rows_of(service)] == [PriceReason.SUSPENDED, PriceReason.PLAN_CHANGED]


# --- commission ---------------------------------------------------------------------------------


@pytest.fixture
def sold(plan):
    plan.clawback_days = 90
    plan.save()
    agent = make_actor(OrganizationKind.AGENCY)
    return agent, in_force(agent.organization, plan)


@pytest.mark.parametrize(("days", "comes_back"), [(0, True), (89, True), (90, False)])
def test_commission_goes_back_when_the_service_ends_within_the_days(sold, days, comes_back):
    agent, service = sold
    with after(days):
        done(filed(agent, service, K.DISCONNECT))
    amounts = list(Commission.objects.order_by("pk").values_list("amount", flat=True))
    assert amounts == [Decimal(825), Decimal(-825)][: 1 + comes_back]
    assert differences() == []
    told = Event.objects.filter(kind="commission.reversed")
    assert told.count() == int(comes_back)
    if comes_back:
        parties = set(EventParty.objects.filter(event=told.get()).values_list("role", flat=True))
        assert parties == {"OWNER", "PROVIDER"}


def test_days_are_those_of_the_filing(sold, plan):
    agent, service = sold
    plan.clawback_days = 0
    plan.save()
    with after(10):
        done(filed(agent, service, K.DISCONNECT))
    assert Commission.objects.filter(kind=Commission.Kind.REVERSAL).count() == 1


def test_a_move_gives_nothing_back_and_the_days_go_on(sold, plan):
    agent, service = sold
    unit = elsewhere(plan)
    with after(10):
        request = filed(agent, service, K.RELOCATE, building=unit.building, unit_number=unit.number)
        done(request)
    assert Commission.objects.count() == 1
    moved = again(service).moved_to
    with after(50):
        done(filed(agent, moved, K.DISCONNECT))
    assert Commission.objects.count() == 2


# --- telling ------------------------------------------------------------------------------------


def test_who_hears_of_it(plan, company, run_jobs):
    from core.models import Notification

    agent = make_actor(OrganizationKind.AGENCY)
    service = in_force(agent.organization, plan)
    Subscription.objects.filter(pk=service.pk).update(holder=company.organization)
    member = make_actor(role=Role.MEMBER, organization=company.organization)
    request = ready(filed(member, again(service), K.DISCONNECT))
    run_jobs()
    Notification.objects.all().delete()
    complete(operator_of(service), request)
    run_jobs()
    told = Notification.objects.filter(event__kind="subscription.ended")
    people = set(told.values_list("user_id", flat=True))
    # The holder's manager, the member who asked, and the agency, which keeps reading the state.
    assert people == {company.user_id, member.user_id, agent.user_id}


def test_every_statement_of_a_draft_holds_on_the_row_of_its_kind(company, service):
    """The database itself refuses a change of nothing, a move to nowhere, a suspension for ever."""
    from django.db import IntegrityError, transaction

    draft = drafted(company, service, K.DISCONNECT)
    for broken in (
        {"subscription": None},
        {"kind": K.RELOCATE},
        {"kind": K.SUSPEND, "effective_on": TODAY},
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            ConnectionRequest.objects.filter(pk=draft.pk).update(**broken)


def test_two_tabs_one_change_is_made(company, service):
    request = ready(filed(company, service, K.DISCONNECT))
    actor = operator_of(service)
    seen = request.version
    move_request(actor, request.number, "complete_remotely", version=seen)
    with pytest.raises(Conflict):
        move_request(actor, request.number, "complete_remotely", version=seen)
    with pytest.raises(Conflict):
        move_request(actor, request.number, "reject", {"reason": "DEBT"}, version=seen)


def test_an_unknown_kind_is_refused(company, service):
    with pytest.raises(DomainError):
        draft_change(company, service, K.CONNECT, form_token=uuid4())
