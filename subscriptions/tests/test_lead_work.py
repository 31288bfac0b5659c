"""What an agency does with a lead: takes it, passes it on, closes it."""

import pytest

from core.choices import OrganizationKind, Role
from core.errors import Conflict, DomainError, Forbidden, NotVisible
from core.models import Event
from core.tests.concurrency import together
from locations.tests.factories import BuildingCoverageFactory, BuildingFactory
from subscriptions.choices import LeadOfferState, LeadState, RequestState
from subscriptions.models import Client, ClientAttribution, ConnectionRequest, Lead
from subscriptions.services.drafting import file_drafts
from subscriptions.services.leads import (
    close_as_staff,
    close_lead,
    delete_rule,
    pass_lead,
    route_as_staff,
    save_rule,
    set_rule_active,
    take_lead,
    use_new_client,
)
from subscriptions.tests.factories import (
    ClientFactory,
    LeadRuleFactory,
    PlanFactory,
    make_lead,
    offered_lead,
)
from users.tests.factories import make_actor, make_staff

pytestmark = pytest.mark.django_db
PHONE = "+79123456789"


@pytest.fixture
def agent():
    return make_actor(OrganizationKind.AGENCY, Role.MEMBER)


def offered_plan():
    """A plan, and a house where it can be connected."""
    plan, house = PlanFactory(), BuildingFactory()
    BuildingCoverageFactory(building=house, provider=plan.provider, category=plan.category)
    return plan, house


def test_taking_a_lead_makes_a_client_and_drafts_to_go_on_with(agent):
    plan, house = offered_plan()
    lead = offered_lead(
        agent.organization,
        building=house, plans=[plan.pk], categories=[plan.category_id], phone=PHONE,
        email="maria@example.com", comment="После шести",
    )  # fmt: skip
    taken = take_lead(agent, lead)
    client = Client.objects.get()
    assert (client.owner, client.name, client.email) == (
        agent.organization, "Мария Посетителева", "maria@example.com",
    )  # fmt: skip
    assert client.consent_at is not None
    draft = ConnectionRequest.objects.get()
    assert (draft.bundle, draft.client, draft.plan) == (taken.bundle, client, plan)
    assert (draft.state, draft.unit.number, draft.comment) == ("DRAFT", "47", "После шести")
    assert taken.state == LeadState.TAKEN
    offer = taken.offers.get()
    assert (offer.state, offer.decided_by) == (LeadOfferState.TAKEN, agent.user)
    mark = ClientAttribution.objects.get()
    assert (mark.agency, mark.client, mark.category) == (agent.organization, client, plan.category)
    event = Event.objects.get(kind="lead.taken")
    assert (event.data, event.actor_user) == ({}, agent.user)


def test_filing_the_drafts_ends_the_lead(agent):
    plan, house = offered_plan()
    lead = offered_lead(
        agent.organization, building=house, plans=[plan.pk], categories=[plan.category_id]
    )
    taken = take_lead(agent, lead)
    (request,) = file_drafts(agent, taken.bundle)
    assert request.state == RequestState.SUBMITTED
    lead.refresh_from_db()
    assert lead.state == LeadState.CLOSED
    assert lead.bundle == request.bundle


@pytest.mark.parametrize("missing", ["flat", "plan", "building", "coverage"])
def test_where_something_is_missing_the_agent_chooses_anew(agent, missing):
    plan, house = offered_plan()
    wish = {"building": house, "plans": [plan.pk], "categories": [plan.category_id]}
    if missing == "flat":
        wish["unit_number"] = ""
    elif missing == "plan":
        wish["plans"] = []
    elif missing == "building":
        wish = {"address": "Дальнее, Лесная 5", "categories": [plan.category_id]}
    lead = offered_lead(agent.organization, **wish)
    if missing == "coverage":
        plan.delete()
    taken = take_lead(agent, lead)
    assert (taken.state, taken.bundle) == (LeadState.TAKEN, None)
    assert taken.client == Client.objects.get()
    assert not ConnectionRequest.objects.exists()
    assert ClientAttribution.objects.exists() is (missing in {"plan", "coverage"})


def test_a_client_with_the_same_phone_is_not_added_twice(agent):
    known = ClientFactory(owner=agent.organization, phone=PHONE, consent_at=None)
    ClientFactory(phone=PHONE)
    taken = take_lead(agent, offered_lead(agent.organization, phone="8 912 345 67 89"))
    assert taken.client == known
    known.refresh_from_db()
    assert known.consent_at is not None
    assert Client.objects.filter(owner=agent.organization).count() == 1


def test_of_several_with_the_phone_the_one_of_the_same_name_is_meant(agent):
    ClientFactory(owner=agent.organization, phone=PHONE)
    named = ClientFactory(owner=agent.organization, phone=PHONE, name="мария  Посетителева")
    assert take_lead(agent, offered_lead(agent.organization, phone=PHONE)).client == named


def test_somebody_else_with_the_same_phone_becomes_a_client_of_their_own(agent):
    plan, house = offered_plan()
    known = ClientFactory(owner=agent.organization, phone=PHONE)
    lead = offered_lead(agent.organization, building=house, plans=[plan.pk], phone=PHONE)
    taken = use_new_client(agent, take_lead(agent, lead))
    assert taken.client != known
    assert taken.client.name == "Мария Посетителева"
    assert ConnectionRequest.objects.get().client == taken.client
    file_drafts(agent, taken.bundle)
    with pytest.raises(Conflict):
        use_new_client(agent, taken)


def test_a_lead_passed_on_is_seen_no_more(agent):
    lead = offered_lead(agent.organization)
    other = LeadRuleFactory().agency
    pass_lead(agent, lead, "Далеко")
    lead.refresh_from_db()
    assert (lead.agency, lead.state) == (other, LeadState.OFFERED)
    assert not Lead.objects.visible_to(agent).exists()
    first = lead.offers.order_by("pk")[0]
    assert (first.state, first.reason, first.decided_by) == ("PASSED", "Далеко", agent.user)
    for act in (take_lead, lambda *given: pass_lead(*given, "Ещё")):
        with pytest.raises(NotVisible):
            act(agent, lead)


def test_passing_on_needs_a_reason(agent):
    lead = offered_lead(agent.organization)
    for reason in ("", " ! ", "х" * 301):
        with pytest.raises(DomainError) as refused:
            pass_lead(agent, lead, reason)
        assert refused.value.field == "reason"
    assert lead.offers.get().state == LeadOfferState.OPEN


def test_a_taken_lead_is_neither_taken_nor_passed_on_again(agent):
    lead = offered_lead(agent.organization)
    take_lead(agent, lead)
    colleague = make_actor(organization=agent.organization)
    for act in (take_lead, lambda *given: pass_lead(*given, "Далеко")):
        with pytest.raises(Conflict):
            act(colleague, lead)
    close_lead(colleague, lead, "Передумала")
    lead.refresh_from_db()
    assert (lead.state, lead.closing_note) == (LeadState.CLOSED, "Передумала")
    with pytest.raises(Conflict):
        close_lead(agent, lead, "Ещё раз")


def test_who_only_reads_and_who_is_elsewhere_do_nothing(agent):
    lead = offered_lead(agent.organization)
    viewer = make_actor(role=Role.VIEWER, organization=agent.organization)
    stranger = make_actor()
    acts = [
        take_lead,
        lambda *given: pass_lead(*given, "Далеко"),
        lambda *given: close_lead(*given, "Всё"),
        use_new_client,
    ]
    for act in acts:
        with pytest.raises(Forbidden):
            act(viewer, lead)
        with pytest.raises(NotVisible):
            act(stranger, lead)
    lead.refresh_from_db()
    assert lead.state == LeadState.OFFERED


@pytest.mark.django_db(transaction=True)
def test_of_ten_who_take_a_lead_one_does(agent, shared_database):
    plan, house = offered_plan()
    lead = offered_lead(agent.organization, building=house, plans=[plan.pk])
    crew = [make_actor(organization=agent.organization) for _ in range(10)]
    outcomes = together([lambda actor=actor: take_lead(actor, lead) for actor in crew])
    assert [type(outcome) for outcome in outcomes].count(Lead) == 1
    assert [type(outcome) for outcome in outcomes].count(Conflict) == 9
    assert Client.objects.count() == ConnectionRequest.objects.count() == 1
    assert Event.objects.filter(kind="lead.taken").count() == 1


# --- staff ------------------------------------------------------------------------------------
def test_staff_let_a_held_lead_through():
    rule = LeadRuleFactory()
    held = make_lead(held_as="LINKS")
    with pytest.raises(Forbidden):
        route_as_staff(make_actor(), held)
    route_as_staff(make_staff(), held)
    held.refresh_from_db()
    assert (held.state, held.held_as, held.agency) == (LeadState.OFFERED, "", rule.agency)
    with pytest.raises(Conflict):
        route_as_staff(make_staff(), held)
    with pytest.raises(Conflict):
        close_as_staff(make_staff(), held)


def test_staff_close_what_nobody_has():
    lead = make_lead(held_as="TRAP")
    with pytest.raises(Forbidden):
        close_as_staff(make_actor(), lead)
    assert close_as_staff(make_staff(), lead).state == LeadState.CLOSED


# --- rules ------------------------------------------------------------------------------------
def test_managers_keep_the_rules_of_their_agency(agent):
    manager = make_actor(organization=agent.organization)
    city = BuildingFactory().city
    rule = save_rule(manager, None, city=city, region=city.region, daily_limit=3)
    assert (rule.city, rule.region, rule.weight) == (city, None, 10)
    with pytest.raises(DomainError):
        save_rule(manager, None, city=city)
    other = save_rule(manager, None, region=city.region)
    with pytest.raises(DomainError):
        save_rule(manager, other, city=city)
    assert set_rule_active(manager, rule, False).is_active is False
    for number in (0, 1001):
        with pytest.raises(DomainError) as refused:
            save_rule(manager, rule, daily_limit=number)
        assert refused.value.field == "daily_limit"
    stranger = make_actor()
    with pytest.raises(NotVisible):
        save_rule(stranger, rule)
    with pytest.raises(NotVisible):
        set_rule_active(stranger, rule, True)
    delete_rule(stranger, rule)
    rule.refresh_from_db()
    for actor in (agent, make_actor(OrganizationKind.BUILDER)):
        for act in (lambda who: save_rule(who, None), lambda who: delete_rule(who, rule)):
            with pytest.raises(Forbidden):
                act(actor)
    delete_rule(manager, rule)
    delete_rule(manager, rule)
    assert Event.objects.filter(kind="lead_rules.changed").count() == 4
