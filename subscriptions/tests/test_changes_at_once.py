"""Several people and jobs at the same change at the same moment: one outcome."""

from datetime import timedelta
from functools import partial
from itertools import pairwise
from uuid import uuid4

import pytest

from core import clock
from core.choices import OrganizationKind
from core.errors import Conflict, DomainError
from core.tests.concurrency import together
from subscriptions.choices import RequestKind, RequestState, SubscriptionState
from subscriptions.models import Commission, ConnectionRequest, Subscription, SubscriptionPrice
from subscriptions.services.changes import draft_change, file_change
from subscriptions.services.changes.due import make_due_changes
from subscriptions.services.figures import differences
from subscriptions.services.in_force.costs import today_at
from subscriptions.services.requests import move_request
from subscriptions.tests.changing import (
    done,
    drafted,
    elsewhere,
    filed,
    in_force,
    operator_of,
    ready,
    sibling,
)
from subscriptions.tests.factories import PlanFactory
from users.tests.factories import make_actor

pytestmark = pytest.mark.django_db(transaction=True)
K = RequestKind
OPERATORS = 20


@pytest.fixture
def agent():
    return make_actor(OrganizationKind.AGENCY)


@pytest.fixture
def service(agent):
    return in_force(agent.organization, PlanFactory(clawback_days=90, term_months=12))


def completed_by_all(request, service, transition):
    actors = [operator_of(service) for _ in range(OPERATORS)]
    return together([partial(move_request, actor, request.number, transition) for actor in actors])


def assert_one_won(outcomes):
    winners = [one for one in outcomes if isinstance(one, ConnectionRequest)]
    assert len(winners) == 1
    assert [type(one) for one in outcomes].count(Conflict) == len(outcomes) - 1


def test_of_twenty_operators_one_disconnects_and_the_commission_goes_back_once(agent, service):
    request = ready(filed(agent, service, K.DISCONNECT))
    assert_one_won(completed_by_all(request, service, "complete_remotely"))
    row = Subscription.objects.get(pk=service.pk)
    assert (row.state, row.version) == (SubscriptionState.ENDED, service.version + 1)
    assert Commission.objects.filter(kind=Commission.Kind.REVERSAL).count() == 1
    assert not row.prices.filter(ends_on=None).exists()
    assert differences() == []


def test_of_twenty_operators_one_moves_the_service(agent, service):
    unit = elsewhere(service.plan)
    request = filed(agent, service, K.RELOCATE, building=unit.building, unit_number=unit.number)
    assert_one_won(completed_by_all(ready(request), service, "complete"))
    assert Subscription.objects.filter(moved_from=service).count() == 1
    assert Subscription.objects.exclude(state=SubscriptionState.ENDED).count() == 1


def test_two_changes_completed_at_once_keep_the_prices_in_order(agent, service):
    today = today_at(service)
    change = ready(filed(agent, service, K.CHANGE_PLAN, plan=sibling(service.plan)))
    days = {"effective_on": today, "until_on": today + timedelta(days=5)}
    pause = ready(filed(agent, service, K.SUSPEND, **days))
    outcomes = together(
        [
            partial(move_request, operator_of(service), one.number, "complete_remotely")
            for one in (change, pause)
        ]
    )
    # Whichever was first: a plan is not changed while suspended, a suspension follows a change.
    assert isinstance(outcomes[1], ConnectionRequest)
    assert isinstance(outcomes[0], ConnectionRequest | Conflict)
    assert SubscriptionPrice.objects.filter(subscription=service, ends_on=None).count() == 1


def test_of_two_moves_to_one_flat_one_is_made():
    plan = PlanFactory(category__code="gas", category__one_per_unit=True)
    unit = elsewhere(plan)
    actors = [make_actor(OrganizationKind.COMPANY) for _ in range(2)]
    requests = []
    for actor in actors:
        service = in_force(actor.organization, plan)
        where = {"building": unit.building, "unit_number": unit.number}
        requests.append(ready(filed(actor, service, K.RELOCATE, **where)))
    outcomes = together(
        [
            partial(move_request, operator_of(one.subscription), one.number, "complete")
            for one in requests
        ]
    )
    assert_one_won(outcomes)
    there = Subscription.objects.filter(unit=unit).exclude(state=SubscriptionState.ENDED)
    assert there.count() == 1


def test_one_form_sent_many_times_at_once_makes_one_draft(agent, service):
    act = partial(draft_change, agent, service, K.DISCONNECT, form_token=uuid4())
    outcomes = together([act] * 5)
    assert len({getattr(one, "pk", one) for one in outcomes}) == 1
    assert ConnectionRequest.objects.filter(kind=K.DISCONNECT).count() == 1


def test_of_many_drafts_filed_at_once_one_is_filed(agent, service):
    drafts = [drafted(agent, service, K.DISCONNECT) for _ in range(5)]
    outcomes = together([partial(file_change, agent, draft) for draft in drafts])
    assert sum(isinstance(one, ConnectionRequest) for one in outcomes) == 1
    assert all(isinstance(one, ConnectionRequest | DomainError) for one in outcomes)
    open_ones = ConnectionRequest.objects.filter(state=RequestState.SUBMITTED)
    assert open_ones.filter(subscription=service).count() == 1


def test_workers_that_make_the_changes_of_the_day_at_once_make_each_once(agent):
    now = clock.now()
    plan = PlanFactory(clawback_days=90)
    services = [in_force(agent.organization, plan) for _ in range(3)]
    day = clock.today() + timedelta(days=2)
    done(filed(agent, services[0], K.DISCONNECT, effective_on=day))
    done(filed(agent, services[1], K.CHANGE_PLAN, plan=sibling(plan), effective_on=day))
    days = {"effective_on": day, "until_on": day}
    done(filed(agent, services[2], K.SUSPEND, **days))

    def work():
        with clock.set_to(now + timedelta(days=4)):
            return make_due_changes()

    outcomes = together([work] * 3)
    assert sum(outcomes) == 4
    # The suspension began and is over.
    assert work() == 0
    states = [Subscription.objects.get(pk=one.pk).state for one in services]
    assert states == [SubscriptionState.ENDED, SubscriptionState.ACTIVE, SubscriptionState.ACTIVE]
    assert Commission.objects.filter(kind=Commission.Kind.REVERSAL).count() == 1
    for one in services:
        rows = list(one.prices.order_by("starts_on"))
        for before, after in pairwise(rows):
            assert before.ends_on + timedelta(days=1) == after.starts_on


def test_a_service_is_not_changed_by_the_job_and_an_operator_at_once(agent, service):
    now = clock.now()
    day = clock.today() + timedelta(days=2)
    done(filed(agent, service, K.DISCONNECT, effective_on=day))
    sooner = ready(filed(agent, service, K.DISCONNECT))

    def act(do):
        with clock.set_to(now + timedelta(days=4)):
            return do()

    operator = operator_of(service)
    outcomes = together(
        [
            partial(act, make_due_changes),
            partial(act, partial(move_request, operator, sooner.number, "complete_remotely")),
        ]
    )
    assert outcomes[0] in (0, 1)
    assert isinstance(outcomes[1], ConnectionRequest | Conflict)
    assert Subscription.objects.get(pk=service.pk).state == SubscriptionState.ENDED
    assert Commission.objects.filter(kind=Commission.Kind.REVERSAL).count() == 1
