"""A slot never holds more visits than it may, whoever comes at the same moment."""

from datetime import timedelta
from functools import partial

import pytest

from core import clock
from core.actor import system_actor
from core.choices import OrganizationKind
from core.tests.concurrency import together
from subscriptions.choices import AppointmentState, RequestState
from subscriptions.models import Appointment, VisitSlot
from subscriptions.services.requests import move_request
from subscriptions.services.visits import (
    SlotTakenError,
    expire_holds,
    free_slots,
    hold_slot,
    release,
)
from subscriptions.tests.factories import RequestFactory, move, request_in
from subscriptions.tests.visits import days_of, pattern_of
from users.tests.factories import make_actor

# Threads of their own connections on SQLite, too.
pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("shared_database"),
]
S = RequestState
CAPACITY, CALLERS = 7, 50


@pytest.fixture
def provider():
    return make_actor(OrganizationKind.PROVIDER).organization


def counted(slot) -> int:
    return VisitSlot.objects.get(starts_at=slot.starts_at, pattern_id=slot.pattern_id).taken


def live(slot) -> int:
    states = (AppointmentState.HELD, AppointmentState.CONFIRMED)
    return Appointment.objects.filter(starts_at=slot.starts_at, state__in=states).count()


def test_of_fifty_who_hold_one_slot_as_many_succeed_as_it_takes(provider):
    pattern = pattern_of(provider, capacity=CAPACITY)
    first = RequestFactory(plan__provider=provider)
    drafts = [first] + [
        RequestFactory(plan=first.plan, unit__building=first.building) for _ in range(CALLERS - 1)
    ]
    slot = free_slots(provider, first.building, first.category, days_of(pattern))[0]
    outcomes = together([partial(hold_slot, system_actor(), row, slot) for row in drafts])
    kinds = [type(outcome) for outcome in outcomes]
    assert kinds.count(Appointment) == CAPACITY
    assert kinds.count(SlotTakenError) == CALLERS - CAPACITY
    refused = next(one for one in outcomes if isinstance(one, SlotTakenError))
    assert refused.field == "slot"
    assert refused.free
    assert refused.free[0].starts_at > slot.starts_at
    assert counted(slot) == live(slot) == CAPACITY


def test_of_fifty_visits_scheduled_at_once_as_many_stand_as_the_slot_takes(provider):
    pattern = pattern_of(provider, capacity=CAPACITY)
    first = request_in(S.APPROVED, plan__provider=provider)
    rows = [first] + [
        request_in(S.APPROVED, plan=first.plan, unit__building=first.building)
        for _ in range(CALLERS - 1)
    ]
    slot = free_slots(provider, first.building, first.category, days_of(pattern))[0]
    data = {"slot": slot.key, "starts_at": slot.starts_at, "ends_at": slot.ends_at}
    outcomes = together(
        [partial(move_request, system_actor(), row.number, "schedule", data) for row in rows]
    )
    assert [type(one) for one in outcomes].count(SlotTakenError) == CALLERS - CAPACITY
    assert counted(slot) == live(slot) == CAPACITY


def test_visits_that_change_places_at_once_lose_none_and_gain_none(provider):
    """Full slots A and B, and everybody wants into the other one and out again."""
    pattern = pattern_of(provider, capacity=3)
    first = RequestFactory(plan__provider=provider)
    drafts = [first] + [
        RequestFactory(plan=first.plan, unit__building=first.building) for _ in range(5)
    ]
    one, two = free_slots(provider, first.building, first.category, days_of(pattern))[:2]
    for row, slot in zip(drafts, [one, one, two, two, one, two], strict=True):
        hold_slot(system_actor(), row, slot)
    acts = [partial(release, system_actor(), drafts[0])]
    acts += [partial(hold_slot, system_actor(), row, two) for row in drafts[1:]]
    acts += [partial(hold_slot, system_actor(), row, one) for row in drafts[1:]]
    outcomes = together(acts)
    for outcome in outcomes:
        assert isinstance(outcome, bool | Appointment | SlotTakenError), outcome
    assert counted(one) == live(one) <= 3
    assert counted(two) == live(two) <= 3


def test_a_place_is_given_back_once_by_whoever_comes(provider):
    pattern = pattern_of(provider, capacity=2)
    request = RequestFactory(plan__provider=provider)
    slot = free_slots(provider, request.building, request.category, days_of(pattern))[0]
    other = RequestFactory(plan=request.plan, unit__building=request.building)
    hold_slot(system_actor(), other, slot)
    hold_slot(system_actor(), request, slot)
    Appointment.objects.filter(request=request).update(
        held_until=clock.now() - timedelta(minutes=1)
    )
    acts = [expire_holds] * 4 + [partial(release, system_actor(), request)] * 4
    acts.append(partial(move, request, "cancel"))
    together(acts)
    assert counted(slot) == live(slot) == 1
