"""Several people and forms at the same moment: one winner, and the others told politely."""

from functools import partial
from uuid import uuid4

import pytest

from core.choices import OrganizationKind, Role
from core.errors import Conflict, DomainError
from core.models import Event
from core.tests.concurrency import together
from locations.tests.factories import BuildingCoverageFactory
from subscriptions.choices import AppointmentState, RequestState
from subscriptions.models import (
    Appointment,
    Commission,
    ConnectionRequest,
    RequestBundle,
    Subscription,
)
from subscriptions.services.figures import differences
from subscriptions.services.requests import (
    create_bundle,
    move_request,
    submit_bundle,
    submit_request,
    tell_overdue,
)
from subscriptions.tests.factories import (
    ClientFactory,
    PlanFactory,
    RequestFactory,
    move_data,
    request_in,
)
from users.tests.factories import make_actor

pytestmark = pytest.mark.django_db(transaction=True)

OPERATORS = 20


def operators_of(request, role=Role.MANAGER):
    return [make_actor(role=role, organization=request.provider) for _ in range(OPERATORS)]


def moved_by_all(request, transition, actors, version=None):
    return together(
        [
            partial(move_request, actor, request.number, transition, move_data(transition), version)
            for actor in actors
        ]
    )


def events_since(request, first: int) -> int:
    return Event.objects.filter(
        subject_type="subscriptions.connectionrequest", subject_id=request.pk, pk__gt=first
    ).count()


@pytest.mark.parametrize("role", [Role.MANAGER, Role.MEMBER])
def test_of_twenty_operators_one_takes_a_request_up(role):
    request = request_in(RequestState.SUBMITTED)
    last = Event.objects.latest("pk").pk
    outcomes = moved_by_all(request, "start_check", operators_of(request, role))
    winners = [outcome for outcome in outcomes if isinstance(outcome, ConnectionRequest)]
    assert len(winners) == 1
    assert [type(outcome) for outcome in outcomes].count(Conflict) == OPERATORS - 1
    assert events_since(request, last) == 1
    row = ConnectionRequest.objects.get(pk=request.pk)
    assert (row.state, row.version) == (RequestState.CHECKING, request.version + 1)
    assert row.assignee_id == winners[0].assignee_id
    assert differences() == []


def test_of_twenty_who_saw_one_version_one_moves_the_visit():
    request = request_in(RequestState.SCHEDULED)
    last = Event.objects.latest("pk").pk
    outcomes = moved_by_all(request, "reschedule", operators_of(request), request.version)
    assert [type(outcome) for outcome in outcomes].count(Conflict) == OPERATORS - 1
    assert events_since(request, last) == 1
    live = Appointment.objects.filter(request=request, state=AppointmentState.CONFIRMED)
    assert live.count() == 1


def test_connected_twenty_times_at_once_there_is_one_subscription_and_one_commission():
    request = request_in(RequestState.IN_PROGRESS)
    outcomes = moved_by_all(request, "connect", operators_of(request))
    assert [type(outcome) for outcome in outcomes].count(Conflict) == OPERATORS - 1
    assert Subscription.objects.filter(origin=request).count() == 1
    assert Commission.objects.filter(request=request).count() == 1
    assert Event.objects.filter(kind="commission.accrued").count() == 1
    assert differences() == []


@pytest.fixture
def filing():
    """What an agency's form holds; each call files it once more."""
    actor = make_actor(OrganizationKind.AGENCY)
    plan = PlanFactory()
    coverage = BuildingCoverageFactory(provider=plan.provider, category=plan.category)
    return actor, {
        "building": coverage.building,
        "unit_number": "12",
        "plans": [plan],
        "client": ClientFactory(owner=actor.organization),
        "comment": "Call first",
    }


def test_a_form_sent_ten_times_at_once_makes_one_bundle(filing):
    actor, form = filing
    token = uuid4()
    outcomes = together([partial(create_bundle, actor, **form, form_token=token)] * 10)
    assert {type(outcome) for outcome in outcomes} == {RequestBundle}
    assert len({bundle.pk for bundle in outcomes}) == 1
    assert ConnectionRequest.objects.count() == 1
    assert Event.objects.filter(kind="request.drafted").count() == 1


def test_a_bundle_filed_ten_times_at_once_is_filed_once(filing):
    actor, form = filing
    bundle = create_bundle(actor, **form, form_token=uuid4())
    outcomes = together([partial(submit_bundle, actor, bundle)] * 10)
    assert {type(outcome) for outcome in outcomes} == {list}
    assert {row.state for rows in outcomes for row in rows} == {RequestState.SUBMITTED}
    assert Event.objects.filter(kind="request.submitted").count() == 1
    assert differences() == []


def test_of_two_drafts_for_one_service_filed_at_once_one_is_refused():
    first = RequestFactory()
    second = RequestFactory(owner=first.owner, unit=first.unit, plan=first.plan)
    actor = make_actor(organization=first.owner)
    outcomes = together([partial(submit_request, actor, row) for row in (first, second)])
    refused = [outcome for outcome in outcomes if isinstance(outcome, DomainError)]
    assert len(refused) == 1
    assert refused[0].field == "plans"
    assert ConnectionRequest.objects.filter(state=RequestState.SUBMITTED).count() == 1


def test_a_deadline_missed_is_told_of_once_by_several_workers():
    request = request_in(RequestState.SUBMITTED)
    ConnectionRequest.objects.filter(pk=request.pk).update(due_at=request.created_at)
    told = together([tell_overdue] * 5)
    assert sorted(told) == [0, 0, 0, 0, 1]
    assert Event.objects.filter(kind="request.overdue").count() == 1
