"""The same service at the same unit: who is told what, and who may file it all the same."""

from functools import partial
from uuid import uuid4

import pytest

from core import clock
from core.choices import OrganizationKind, Role
from core.errors import DomainError
from core.tests.concurrency import together
from locations.tests.factories import (
    BuildingCoverageFactory,
    BuildingFactory,
    ServiceCategoryFactory,
    UnitFactory,
)
from subscriptions.choices import RequestState
from subscriptions.models import ConnectionRequest, FiledAnyway, RequestNote, Subscription
from subscriptions.services.requests import (
    Anyway,
    DuplicateFound,
    create_bundle,
    submit_bundle,
)
from subscriptions.services.requests.duplicates import TAKEN, Found, ReasonMissing, duplicates_at
from subscriptions.tests.factories import ClientFactory, PlanFactory, request_in
from users.tests.factories import make_actor

pytestmark = pytest.mark.django_db


def offered(building, **fields):
    plan = PlanFactory(**fields)
    BuildingCoverageFactory(building=building, provider=plan.provider, category=plan.category)
    return plan


def category_of(once):
    """One that a unit has once, or any number of times."""
    return ServiceCategoryFactory(code="power" if once else "phone", one_per_unit=once)


@pytest.fixture
def agent():
    return make_actor(OrganizationKind.AGENCY, Role.MEMBER)


@pytest.fixture
def unit():
    return UnitFactory(building=BuildingFactory(), number="12")


def draft(actor, unit, *plans):
    """A draft of each plan at the unit, in a bundle."""
    bundle = create_bundle(
        actor,
        building=unit.building,
        unit_number=unit.number,
        plans=list(plans),
        client=ClientFactory(owner=actor.organization),
        form_token=uuid4(),
    )
    return bundle, bundle.requests.order_by("pk").first()


def found_by(actor, unit, plan):
    found = duplicates_at(actor.organization.pk, unit.pk, [plan.category_id])
    return [(one.found, one.number, one.forbids) for one in found.get(plan.category_id, [])]


def filed_with(actor, bundle, request, *known, reason="Second line"):
    return submit_bundle(actor, bundle, {request.number: Anyway(frozenset(known), reason)})


# --- what is told -------------------------------------------------------------------------------
@pytest.mark.parametrize("once", [False, True])
def test_an_own_request_in_work_is_told_with_its_number(agent, unit, once):
    plan = offered(unit.building, category=category_of(once))
    filed = request_in(RequestState.CHECKING, owner=agent.organization, plan=plan, unit=unit)
    assert found_by(agent, unit, plan) == [(Found.REQUEST, filed.number, once)]
    # Of whichever provider: it is the service that is doubled.
    other = offered(unit.building, category=plan.category)
    assert found_by(agent, unit, other) == [(Found.REQUEST, filed.number, once)]


@pytest.mark.parametrize(
    "state", [RequestState.DRAFT, RequestState.REJECTED, RequestState.CANCELLED]
)
def test_what_is_not_in_work_is_no_duplicate(agent, unit, state):
    plan = offered(unit.building)
    request_in(state, owner=agent.organization, plan=plan, unit=unit)
    assert found_by(agent, unit, plan) == []


def test_of_another_flat_or_service_nothing_is_told(agent, unit):
    plan = offered(unit.building)
    request_in(RequestState.CHECKING, owner=agent.organization, plan=plan, unit=unit)
    neighbour = UnitFactory(building=unit.building, number="13")
    assert found_by(agent, neighbour, plan) == []
    tv = offered(unit.building, category=ServiceCategoryFactory(code="tv"))
    assert found_by(agent, unit, tv) == []


@pytest.mark.parametrize("once", [False, True])
def test_what_another_agency_has_in_work_is_told_to_nobody(agent, unit, once):
    plan = offered(unit.building, category=category_of(once))
    request_in(RequestState.CHECKING, plan=plan, unit=unit)
    assert found_by(agent, unit, plan) == []
    bundle, _request = draft(agent, unit, plan)
    assert [row.state for row in submit_bundle(agent, bundle)] == [RequestState.SUBMITTED]


@pytest.mark.parametrize("once", [False, True])
def test_an_own_subscription_in_force_is_told_with_its_number(agent, unit, once):
    plan = offered(unit.building, category=category_of(once))
    request_in(RequestState.CONNECTED, owner=agent.organization, plan=plan, unit=unit)
    number = Subscription.objects.get().number
    assert found_by(agent, unit, plan) == [(Found.SUBSCRIPTION, number, once)]


def test_a_holder_is_told_of_what_it_holds_whoever_filed_it(unit):
    holder = make_actor(OrganizationKind.COMPANY, Role.OWNER)
    plan = offered(unit.building)
    request_in(RequestState.CONNECTED, holder=holder.organization, plan=plan, unit=unit)
    assert [found for found, _number, _forbids in found_by(holder, unit, plan)] == [
        Found.SUBSCRIPTION
    ]


def test_of_anothers_subscription_only_that_the_one_place_is_taken(agent, unit):
    plan = offered(unit.building)
    request_in(RequestState.CONNECTED, plan=plan, unit=unit)
    assert found_by(agent, unit, plan) == []
    power = offered(unit.building, category=ServiceCategoryFactory(code="e", one_per_unit=True))
    request_in(RequestState.CONNECTED, plan=power, unit=unit)
    assert found_by(agent, unit, power) == [(Found.TAKEN, "", True)]
    [told] = duplicates_at(agent.organization.pk, unit.pk, [power.category_id])[power.category_id]
    theirs = Subscription.objects.get(category=power.category)
    assert told.key == TAKEN
    for secret in (theirs.number, theirs.owner.name, theirs.provider.name):
        assert secret not in str(told)


def test_what_ends_on_a_day_leaves_its_place(agent, unit):
    power = offered(unit.building, category=category_of(True))
    request_in(RequestState.CONNECTED, owner=agent.organization, plan=power, unit=unit)
    Subscription.objects.update(ends_on=clock.today())
    [(found, _number, forbids)] = found_by(agent, unit, power)
    assert (found, forbids) == (Found.SUBSCRIPTION, False)
    Subscription.objects.update(owner=ClientFactory().owner)
    assert found_by(agent, unit, power) == []


def test_what_is_filed_together_was_chosen_together(agent, unit):
    first, second = offered(unit.building), offered(unit.building)
    bundle, _request = draft(agent, unit, first, second)
    assert {row.state for row in submit_bundle(agent, bundle)} == {RequestState.SUBMITTED}


# --- who may all the same -----------------------------------------------------------------------
def test_a_duplicate_is_refused_until_it_is_known_and_there_is_a_reason(agent, unit):
    plan = offered(unit.building)
    filed = request_in(RequestState.CHECKING, owner=agent.organization, plan=plan, unit=unit)
    bundle, request = draft(agent, unit, plan)
    with pytest.raises(DuplicateFound) as refused:
        submit_bundle(agent, bundle)
    assert (refused.value.number, refused.value.field) == (request.number, "plans")
    assert filed.number in str(refused.value)
    for reason in ("", " \x00 ", "x" * 301):
        with pytest.raises(ReasonMissing):
            filed_with(agent, bundle, request, filed.number, reason=reason)
    assert not FiledAnyway.objects.exists()
    [done] = filed_with(agent, bundle, request, filed.number)
    assert done.state == RequestState.SUBMITTED
    said = FiledAnyway.objects.get()
    assert (said.request, said.known, said.reason) == (done, [filed.number], "Second line")
    # The provider reads why.
    assert RequestNote.objects.get(request=done).text == "Second line"


def test_one_that_appeared_meanwhile_is_refused_though_another_is_known(agent, unit):
    plan = offered(unit.building)
    first = request_in(RequestState.CHECKING, owner=agent.organization, plan=plan, unit=unit)
    bundle, request = draft(agent, unit, plan)
    other = offered(unit.building, category=plan.category)
    later, late = draft(agent, unit, other)
    filed_with(agent, later, late, first.number)
    with pytest.raises(DuplicateFound) as refused:
        filed_with(agent, bundle, request, first.number)
    assert late.number in str(refused.value)
    assert first.number not in str(refused.value)
    request.refresh_from_db()
    assert request.state == RequestState.DRAFT
    assert not FiledAnyway.objects.filter(request=request).exists()


def test_where_a_unit_has_it_once_no_reason_helps(agent, unit):
    power = offered(unit.building, category=category_of(True))
    request_in(RequestState.CONNECTED, plan=power, unit=unit)
    bundle, request = draft(agent, unit, power)
    with pytest.raises(DuplicateFound):
        filed_with(agent, bundle, request, TAKEN)


def test_a_reason_without_a_duplicate_is_not_noted(agent, unit):
    bundle, request = draft(agent, unit, offered(unit.building))
    [done] = filed_with(agent, bundle, request, reason="")
    assert done.state == RequestState.SUBMITTED
    assert not FiledAnyway.objects.exists()
    assert not RequestNote.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_of_two_bundles_for_one_service_filed_at_once_one_is_asked():
    agent = make_actor(OrganizationKind.AGENCY)
    unit = UnitFactory(building=BuildingFactory(), number="12")
    plan = offered(unit.building)
    bundles = [draft(agent, unit, plan)[0] for _ in range(2)]
    outcomes = together([partial(submit_bundle, agent, bundle) for bundle in bundles])
    assert [isinstance(one, DomainError) for one in outcomes].count(True) == 1
    assert ConnectionRequest.objects.filter(state=RequestState.SUBMITTED).count() == 1
