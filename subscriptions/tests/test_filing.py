"""Drafts and bundles: who files what for whom, and what is refused before anybody sees it."""

from datetime import timedelta
from decimal import Decimal
from uuid import uuid4

import pytest

from core import clock
from core.choices import OrganizationKind, Role
from core.errors import Conflict, DomainError, Forbidden, NotVisible
from core.models import Event, EventParty
from locations.models import CoverageState
from locations.tests.factories import (
    BuildingCoverageFactory,
    BuildingFactory,
    ServiceCategoryFactory,
)
from subscriptions.choices import RequestState
from subscriptions.models import ConnectionRequest, RequestBundle
from subscriptions.services.requests import create_bundle, submit_bundle, submit_request
from subscriptions.tests.factories import ClientFactory, PlanFactory
from users.tests.factories import OrganizationFactory, make_actor, make_staff

pytestmark = pytest.mark.django_db


@pytest.fixture
def building():
    return BuildingFactory()


@pytest.fixture
def plan(building):
    return offered(building)


def offered(building, state=CoverageState.AVAILABLE, **fields):
    """A plan whose provider has stated coverage of the building."""
    plan = PlanFactory(**fields)
    BuildingCoverageFactory(
        building=building,
        provider=plan.provider,
        category=plan.category,
        state=state,
        planned_from=clock.today() if state == CoverageState.PLANNED else None,
    )
    return plan


@pytest.fixture
def agent():
    return make_actor(OrganizationKind.AGENCY, Role.MEMBER)


def draft(actor, building, *plans, **changes) -> RequestBundle:
    form = {
        "building": building,
        "unit_number": "12",
        "plans": list(plans),
        "form_token": uuid4(),
    }
    if "client" not in changes:
        form["client"] = ClientFactory(owner=actor.organization)
    return create_bundle(actor, **form | changes)


def refusal(*args, **changes) -> DomainError:
    with pytest.raises(DomainError) as refused:
        draft(*args, **changes)
    return refused.value


# --- what comes of it ---------------------------------------------------------------------------


def test_a_bundle_has_a_draft_for_each_plan_with_its_terms(agent, building, plan):
    tv = offered(building, category=ServiceCategoryFactory(code="tv"), price=Decimal("300.00"))
    bundle = draft(agent, building, plan, tv, comment=" Call\x00 first ", preferred_visit="Evening")
    first, second = bundle.requests.order_by("pk")
    assert (first.plan, second.plan) == (plan, tv)
    assert (first.state, first.due_at, first.submitted_at) == (RequestState.DRAFT, None, None)
    assert (first.owner, first.holder, first.created_by) == (agent.organization, None, agent.user)
    assert (first.provider, first.category, first.city) == (
        plan.provider,
        plan.category,
        building.city,
    )
    assert first.unit == second.unit
    assert first.unit.number == "12"
    assert (first.price, second.price) == (Decimal("550.00"), Decimal("300.00"))
    assert (first.commission_rule, first.commission_value) == ("FIXED", Decimal("825.00"))
    assert (first.comment, first.preferred_visit) == ("Call first", "Evening")


def test_a_draft_is_told_to_its_owner_alone(agent, building, plan):
    bundle = draft(agent, building, plan)
    event = Event.objects.get(kind="request.drafted")
    assert event.data == {"number": bundle.requests.get().number}
    assert list(EventParty.objects.values_list("organization_id", flat=True)) == [
        agent.organization_id
    ]


def test_the_same_form_gives_the_same_bundle(agent, building, plan):
    token = uuid4()
    first = draft(agent, building, plan, form_token=token)
    assert draft(agent, building, plan, form_token=token) == first
    submit_bundle(agent, first)
    assert draft(agent, building, plan, form_token=token) == first
    assert ConnectionRequest.objects.count() == 1


def test_a_token_of_somebody_elses_form_is_refused_and_tells_nothing(agent, building, plan):
    token = uuid4()
    draft(agent, building, plan, form_token=token)
    other = make_actor(OrganizationKind.AGENCY)
    assert isinstance(refusal(other, building, plan, form_token=token), Conflict)


def test_a_bundle_is_filed_as_a_whole_and_filing_again_changes_nothing(agent, building, plan):
    tv = offered(building, category=ServiceCategoryFactory(code="tv"))
    bundle = draft(agent, building, plan, tv)
    filed = submit_bundle(agent, bundle)
    assert [row.state for row in filed] == [RequestState.SUBMITTED] * 2
    assert submit_bundle(agent, bundle) == filed
    assert Event.objects.filter(kind="request.submitted").count() == 2


def test_when_one_of_a_bundle_cannot_be_filed_none_is(agent, building, plan):
    tv = offered(building, category=ServiceCategoryFactory(code="tv"))
    bundle = draft(agent, building, plan, tv)
    tv.is_published = False
    tv.save()
    with pytest.raises(DomainError):
        submit_bundle(agent, bundle)
    assert set(bundle.requests.values_list("state", flat=True)) == {RequestState.DRAFT}


# --- who ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", [OrganizationKind.COMPANY, OrganizationKind.PERSON])
def test_companies_and_persons_file_for_themselves(building, plan, kind):
    actor = make_actor(kind, Role.OWNER)
    request = draft(actor, building, plan, client=None).requests.get()
    assert (request.owner, request.holder, request.client) == (
        actor.organization,
        actor.organization,
        None,
    )
    assert submit_request(actor, request).state == RequestState.SUBMITTED
    foreign = ClientFactory()
    assert refusal(actor, building, plan, client=foreign).field == "client"


def test_builders_file_for_their_clients(building, plan):
    actor = make_actor(OrganizationKind.BUILDER, Role.MEMBER)
    assert draft(actor, building, plan).requests.count() == 1


def test_viewers_providers_and_strangers_do_not_file(building, plan, agent):
    for actor in (
        make_actor(OrganizationKind.AGENCY, Role.VIEWER),
        make_actor(OrganizationKind.PROVIDER, Role.OWNER),
        make_staff(),
    ):
        client = ClientFactory(owner=agent.organization)
        assert isinstance(refusal(actor, building, plan, client=client), Forbidden)


def test_a_client_is_one_of_the_filers_own(agent, building, plan):
    for client in (None, ClientFactory()):
        assert refusal(agent, building, plan, client=client).field == "client"


def test_a_colleagues_draft_is_filed_by_a_manager_and_not_by_a_member(agent, building, plan):
    request = draft(agent, building, plan).requests.get()
    member = make_actor(role=Role.MEMBER, organization=agent.organization)
    with pytest.raises(Forbidden):
        submit_request(member, request)
    with pytest.raises(NotVisible):
        submit_request(make_actor(OrganizationKind.AGENCY), request)
    manager = make_actor(role=Role.MANAGER, organization=agent.organization)
    assert submit_request(manager, request).state == RequestState.SUBMITTED


# --- what ---------------------------------------------------------------------------------------


def test_at_least_one_plan_is_chosen(agent, building):
    assert refusal(agent, building).field == "plans"


@pytest.mark.parametrize(
    "fields",
    [
        {"is_published": False},
        {"valid_to": clock.today() - timedelta(days=1)},
        {"valid_from": clock.today() + timedelta(days=2)},
    ],
)
def test_a_plan_not_on_sale_is_refused(agent, building, fields):
    assert refusal(agent, building, offered(building, **fields)).field == "plans"


@pytest.mark.parametrize(
    "fields", [{"verified_at": None}, {"is_active": False}, {"is_sandbox": True}]
)
def test_a_provider_that_does_not_work_or_is_of_the_sandbox_receives_nothing(
    agent, building, fields
):
    provider = OrganizationFactory(kind=OrganizationKind.PROVIDER, **fields)
    assert refusal(agent, building, offered(building, provider=provider)).field == "plans"


def test_a_provider_not_yet_on_the_portal_receives_requests(agent, building):
    provider = OrganizationFactory(
        kind=OrganizationKind.PROVIDER, is_claimed=False, verified_at=None
    )
    assert draft(agent, building, offered(building, provider=provider)).requests.exists()


def test_only_what_can_be_connected_here_and_now_is_filed(agent, building):
    elsewhere = offered(BuildingFactory())
    planned = offered(building, CoverageState.PLANNED)
    refused = offered(building, CoverageState.NOT_AVAILABLE)
    for plan in (elsewhere, planned, refused):
        assert refusal(agent, building, plan).field == "plans"
    assert draft(agent, building, offered(building, CoverageState.SURVEY)).requests.exists()


def test_an_address_that_another_organization_added_does_not_exist(agent, plan):
    hidden = BuildingFactory(status="PENDING", added_by=OrganizationFactory(), verified_key=None)
    assert refusal(agent, hidden, plan).field == "building"


def test_a_category_that_a_unit_has_once_is_chosen_once(agent, building):
    power = ServiceCategoryFactory(code="electricity", one_per_unit=True)
    pair = [offered(building, category=power) for _ in range(2)]
    assert refusal(agent, building, *pair).field == "plans"


def test_two_lines_of_two_providers_are_chosen_together_and_two_of_one_are_not(
    agent, building, plan
):
    assert draft(agent, building, plan, offered(building)).requests.count() == 2
    twin = PlanFactory(provider=plan.provider, category=plan.category)
    assert refusal(agent, building, plan, twin, unit_number="13").field == "plans"


def test_what_is_in_work_already_is_drafted_and_not_filed_again(agent, building, plan):
    [filed] = submit_bundle(agent, draft(agent, building, plan))
    again = draft(agent, building, plan)
    with pytest.raises(DomainError) as refused:
        submit_bundle(agent, again)
    told = refused.value
    assert told.field == "plans"
    assert filed.number in str(told)
    assert draft(agent, building, plan, unit_number="13").requests.exists()


def test_words_that_are_too_long_are_refused(agent, building, plan):
    assert refusal(agent, building, plan, comment="x" * 1001).field == "comment"
    assert refusal(agent, building, plan, preferred_visit="x" * 201).field == "preferred_visit"


def test_a_refused_form_leaves_nothing_behind(agent, building, plan):
    refusal(agent, building, plan, unit_number="x" * 100)
    assert not RequestBundle.objects.exists()
    assert not Event.objects.filter(kind="request.drafted").exists()
