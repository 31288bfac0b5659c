"""Whose client it is: the first to register, for how long, and what disputes end in."""

from datetime import timedelta

import pytest

from core import clock
from core.actor import system_actor
from core.choices import OrganizationKind
from core.errors import Conflict, DomainError, Forbidden
from core.models import Event
from core.tests.concurrency import together
from locations.tests.factories import UnitFactory
from subscriptions.choices import AttributionSource, DisputeState, RequestState
from subscriptions.models import AttributionDispute, ClientAttribution, Commission
from subscriptions.services.attribution import ATTRIBUTION_LASTS, decide_dispute
from subscriptions.services.leads import take_lead
from subscriptions.services.requests import Anyway, submit_request
from subscriptions.tests.factories import (
    PlanFactory,
    RequestFactory,
    move,
    offered_lead,
    request_in,
)
from users.tests.factories import OrganizationFactory, make_actor, make_staff

pytestmark = pytest.mark.django_db
S = RequestState


@pytest.fixture
def place():
    """A flat and a plan: what two agencies contend for."""
    return {"unit": UnitFactory(), "plan": PlanFactory()}


def filed(place, owner=None):
    return request_in(S.SUBMITTED, owner=owner or OrganizationFactory(), **place)


def told(organization) -> list[str]:
    rows = Event.objects.filter(parties__organization=organization)
    return [kind for kind in rows.values_list("kind", flat=True) if "dispute" in kind
            or kind == "attribution.decided"]  # fmt: skip


def test_the_first_request_registers_the_client(place):
    request = filed(place)
    mark = ClientAttribution.objects.get()
    assert (mark.agency, mark.client) == (request.owner, request.client)
    assert (mark.unit, mark.category) == (request.unit, request.category)
    assert mark.source == AttributionSource.REQUEST
    assert mark.lasts_until - mark.registered_at == ATTRIBUTION_LASTS
    event = Event.objects.get(kind="attribution.registered")
    assert event.data == {}
    assert not AttributionDispute.objects.exists()


@pytest.mark.parametrize("kind", [OrganizationKind.BUILDER, OrganizationKind.COMPANY])
def test_only_agencies_register_clients(place, kind):
    filed(place, OrganizationFactory(kind=kind))
    assert not ClientAttribution.objects.exists()


def test_drafts_register_nothing(place):
    RequestFactory(**place)
    assert not ClientAttribution.objects.exists()


def test_a_later_claim_is_filed_and_makes_a_dispute(place):
    first, second = filed(place), filed(place)
    assert second.state == S.SUBMITTED
    assert ClientAttribution.objects.get().agency == first.owner
    dispute = AttributionDispute.objects.get()
    assert (dispute.claimant, dispute.request) == (second.owner, second)
    assert dispute.state == DisputeState.OPEN
    assert told(second.owner) == ["dispute.opened"]
    assert told(first.owner) == []
    event = Event.objects.get(kind="dispute.opened")
    assert event.data == {"number": second.number}


def test_the_claimant_is_told_and_told_nothing_of_the_other(place, run_jobs, mailoutbox):
    first = filed(place)
    claimant = make_actor()
    mailoutbox.clear()
    second = RequestFactory(owner=claimant.organization, created_by=claimant.user, **place)
    move(second, "submit", actor=claimant)
    run_jobs()
    letters = [letter for letter in mailoutbox if letter.to == [claimant.user.email]]
    assert len(letters) == 1
    said = letters[0].subject + letters[0].body
    assert second.number in said
    assert first.owner.name not in said
    assert first.client.name not in said
    assert first.number not in said


def test_a_lead_registers_first_too(place):
    agent = make_actor()
    unit, plan = place["unit"], place["plan"]
    lead = offered_lead(
        agent.organization,
        building=unit.building, unit_number=unit.number, categories=[plan.category_id],
    )  # fmt: skip
    take_lead(agent, lead)
    mark = ClientAttribution.objects.get()
    assert (mark.agency, mark.source) == (agent.organization, AttributionSource.LEAD)
    claim = filed(place)
    assert AttributionDispute.objects.get().claimant == claim.owner
    own = filed(place, agent.organization)
    assert own.state == S.SUBMITTED
    assert AttributionDispute.objects.count() == 1


def test_after_ninety_days_the_address_is_free(place):
    long_ago = clock.now() - ATTRIBUTION_LASTS - timedelta(days=1)
    with clock.set_to(long_ago):
        filed(place)
    later = filed(place)
    assert ClientAttribution.objects.get().agency == later.owner
    assert not AttributionDispute.objects.exists()


@pytest.mark.parametrize("end", ["reject", "cancel", "connect"])
def test_it_ends_with_the_request(place, end):
    first = filed(place)
    ways = {
        "reject": ["start_check", "reject"],
        "cancel": ["cancel"],
        "connect": ["start_check", "approve", "schedule", "start_work", "connect"],
    }
    move(first, *ways[end])
    second = filed(place)
    assert ClientAttribution.objects.get().agency == second.owner
    assert not AttributionDispute.objects.exists()


def test_while_another_request_is_in_work_it_stays(place):
    first = filed(place)
    other = PlanFactory(category=place["plan"].category)
    second = RequestFactory(owner=first.owner, unit=place["unit"], plan=other)
    anyway = Anyway(frozenset({first.number}), "The second line of the office")
    submit_request(system_actor(), second, anyway)
    move(first, "cancel")
    filed(place)
    assert ClientAttribution.objects.get().agency == first.owner
    assert AttributionDispute.objects.count() == 1


def test_a_claim_given_up_withdraws_the_dispute(place):
    filed(place)
    second = filed(place)
    move(second, "cancel")
    assert AttributionDispute.objects.get().state == DisputeState.WITHDRAWN
    again = filed(place, second.owner)
    dispute = AttributionDispute.objects.get()
    assert (dispute.state, dispute.request) == (DisputeState.OPEN, again)


@pytest.mark.parametrize("upheld", [True, False])
def test_staff_decide_and_both_are_told(place, upheld):
    first, second = filed(place), filed(place)
    dispute = AttributionDispute.objects.get()
    staff = make_staff()
    decided = decide_dispute(staff, dispute, upheld=upheld, decision="Договор раньше")
    assert decided.state == (DisputeState.UPHELD if upheld else DisputeState.DISMISSED)
    assert (decided.decided_by, decided.decision) == (staff.user, "Договор раньше")
    mark = ClientAttribution.objects.get()
    assert mark.agency == (second if upheld else first).owner
    assert mark.client == (second if upheld else first).client
    assert told(second.owner) == ["dispute.opened", "dispute.decided"]
    assert told(first.owner) == ["attribution.decided"]
    assert Event.objects.get(kind="attribution.decided").data == {"kept": not upheld}
    with pytest.raises(Conflict):
        decide_dispute(staff, dispute, upheld=not upheld, decision="Передумали")


def test_a_decision_changes_no_request_and_no_accrual(place):
    filed(place)
    second = filed(place)
    move(second, "start_check", "approve", "schedule", "start_work", "connect")
    earned = Commission.objects.get()
    dispute = AttributionDispute.objects.get()
    assert dispute.state == DisputeState.OPEN
    decide_dispute(make_staff(), dispute, upheld=False, decision="Первое раньше")
    assert list(Commission.objects.all()) == [earned]
    assert earned.owner == second.owner


def test_only_administrators_decide_and_with_a_reason(place):
    filed(place)
    second = filed(place)
    dispute = AttributionDispute.objects.get()
    with pytest.raises(Forbidden):
        decide_dispute(make_actor(organization=second.owner), dispute, upheld=True, decision="Моё")
    with pytest.raises(DomainError) as refused:
        decide_dispute(make_staff(), dispute, upheld=True, decision=" … ")
    assert refused.value.field == "decision"
    dispute.refresh_from_db()
    assert dispute.state == DisputeState.OPEN


@pytest.mark.django_db(transaction=True)
def test_of_two_decisions_at_once_one_stands(place, shared_database):
    filed(place)
    filed(place)
    dispute = AttributionDispute.objects.get()
    staff = make_staff()
    outcomes = together(
        [
            lambda upheld=upheld: decide_dispute(staff, dispute, upheld=upheld, decision="Решено")
            for upheld in (True, False, True, False)
        ]
    )
    assert [type(outcome) for outcome in outcomes].count(Conflict) == 3
    assert Event.objects.filter(kind="dispute.decided").count() == 1


@pytest.mark.django_db(transaction=True)
def test_of_two_agencies_that_file_at_once_one_is_first(place, shared_database):
    drafts = [RequestFactory(**place) for _ in range(4)]
    outcomes = together([lambda draft=draft: move(draft, "submit") for draft in drafts])
    assert [outcome.state for outcome in outcomes] == [S.SUBMITTED] * 4
    assert ClientAttribution.objects.count() == 1
    assert AttributionDispute.objects.count() == 3
