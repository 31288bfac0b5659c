"""A place is held, confirmed, moved and given back: each once, and by whom it may be."""

from datetime import timedelta

import pytest

from core import clock
from core.actor import system_actor
from core.choices import OrganizationKind, Role
from core.errors import Conflict, DomainError, Forbidden, NotVisible
from core.models import Event
from subscriptions.choices import AppointmentState, RequestState
from subscriptions.models import Appointment, ConnectionRequest, VisitSlot
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
from users.tests.factories import TeamFactory, make_actor

pytestmark = pytest.mark.django_db
S = RequestState
HELD, CONFIRMED = AppointmentState.HELD, AppointmentState.CONFIRMED


@pytest.fixture
def agent():
    return make_actor(OrganizationKind.AGENCY)


@pytest.fixture
def operator():
    return make_actor(OrganizationKind.PROVIDER)


@pytest.fixture
def pattern(operator):
    return pattern_of(operator.organization)


@pytest.fixture
def make(agent, operator):
    def _make(state=S.DRAFT, **fields):
        return request_in(
            state,
            owner=agent.organization,
            created_by=agent.user,
            plan__provider=operator.organization,
            **fields,
        )

    return _make


def slots(request, pattern):
    return free_slots(request.provider, request.building, request.category, days_of(pattern))


def taken() -> list[int]:
    return list(VisitSlot.objects.order_by("starts_at").values_list("taken", flat=True))


def schedule(request, slot, actor=None, transition="schedule"):
    data = {"slot": slot.key, "starts_at": slot.starts_at, "ends_at": slot.ends_at}
    return move_request(actor or system_actor(), request.number, transition, data)


def only_visit(request):
    return Appointment.objects.exclude(state=AppointmentState.CANCELLED).get(request=request)


def test_the_time_held_for_a_draft_is_kept_until_the_deadline_once_it_is_filed(
    make, agent, pattern
):
    request = make()
    slot = slots(request, pattern)[0]
    held = hold_slot(agent, request, slot)
    assert held.state == HELD
    assert held.held_until == pytest.approx(
        clock.now() + timedelta(hours=2), abs=timedelta(minutes=1)
    )
    request = move(request, "submit", "start_check", "approve", actor=None)
    held = only_visit(request)
    assert held.held_until == min(request.due_at, slot.starts_at)
    assert taken() == [1]


def test_scheduling_confirms_the_held_time_and_takes_no_second_place(
    make, agent, operator, pattern
):
    request = make()
    slot = slots(request, pattern)[0]
    hold_slot(agent, request, slot)
    request = move(request, "submit", "start_check", "approve")
    request = schedule(request, slot, operator)
    visit = only_visit(request)
    assert (visit.state, visit.held_until, visit.sequence) == (CONFIRMED, None, 1)
    assert request.due_at == slot.ends_at
    assert taken() == [1]


def test_scheduling_at_the_same_free_time_confirms_it_too(make, agent, operator, pattern):
    request = make()
    slot = slots(request, pattern)[0]
    hold_slot(agent, request, slot)
    request = move(request, "submit", "start_check", "approve")
    times = {"starts_at": slot.starts_at, "ends_at": slot.ends_at}
    move_request(operator, request.number, "schedule", times)
    assert only_visit(request).slot_id is not None
    assert taken() == [1]


def test_another_time_than_the_held_one_gives_the_place_back(make, agent, operator, pattern):
    request = make()
    first, second = slots(request, pattern)[:2]
    hold_slot(agent, request, first)
    request = move(request, "submit", "start_check", "approve")
    schedule(request, second, operator)
    assert taken() == [0, 1]
    schedule(request, first, operator, "reschedule")
    assert taken() == [1, 0]
    visits = Appointment.objects.filter(request=request).order_by("pk")
    assert [visit.sequence for visit in visits] == [1, 3, 4]


def test_times_agreed_upon_freely_take_no_place(make, operator, pattern):
    request = make(S.APPROVED)
    move(request, "schedule", actor=operator)
    assert only_visit(request).slot_id is None
    assert taken() == []


def test_holding_another_time_gives_back_the_first(make, agent, pattern):
    request = make()
    first, second = slots(request, pattern)[:2]
    hold_slot(agent, request, first)
    hold_slot(agent, request, second)
    hold_slot(agent, request, second)
    assert taken() == [0, 1]
    assert Event.objects.filter(kind="visit.held").count() == 2


def test_a_full_slot_says_which_are_free_and_leaves_what_was_held(make, agent, pattern):
    request, other, third = make(), make(), make()
    for row in (other, third):
        ConnectionRequest.objects.filter(pk=row.pk).update(
            building=request.building, city=request.city, category=request.category
        )
    first, second = slots(request, pattern)[:2]
    hold_slot(agent, other, first)
    hold_slot(agent, third, first)
    hold_slot(agent, request, second)
    with pytest.raises(SlotTakenError) as refused:
        hold_slot(agent, request, first)
    assert refused.value.free[0].starts_at == second.starts_at
    assert only_visit(request).starts_at == second.starts_at
    assert taken() == [2, 1]


@pytest.mark.parametrize("way", ["cancel", "reject", "release", "expire"])
def test_what_is_not_wanted_any_more_is_free_again(make, agent, operator, pattern, way):
    request = make(S.CHECKING)
    hold_slot(agent, request, slots(request, pattern)[0])
    if way == "release":
        assert release(agent, request)
        assert not release(agent, request)
    elif way == "expire":
        Appointment.objects.update(held_until=clock.now())
        assert expire_holds() == 1
        assert expire_holds() == 0
        assert Event.objects.filter(kind="visit.hold_expired").count() == 1
    else:
        move(request, way)
    assert taken() == [0]
    assert not Appointment.objects.filter(state=HELD).exists()


def test_a_cancelled_visit_gives_its_place_back_and_a_finished_one_does_not(
    make, operator, pattern
):
    request = make(S.APPROVED)
    slot = slots(request, pattern)[0]
    request = schedule(request, slot)
    request = move(request, "cancel_visit")
    assert taken() == [0]
    request = schedule(request, slot)
    move(request, "start_work", "connect")
    assert taken() == [1]


def test_a_hold_pauses_with_the_request_and_ends_with_its_deadline(make, agent, pattern):
    request = make(S.CHECKING)
    slot = slots(request, pattern)[0]
    hold_slot(agent, request, slot)
    request = move(request, "hold")
    assert only_visit(request).held_until == min(request.due_at, slot.starts_at)


def test_only_the_agents_side_holds_and_only_before_the_visit_is_agreed_upon(
    make, agent, operator, pattern
):
    request = make(S.CHECKING)
    slot = slots(request, pattern)[0]
    with pytest.raises(Forbidden):
        hold_slot(operator, request, slot)
    with pytest.raises(Forbidden):
        hold_slot(make_actor(role=Role.VIEWER, organization=agent.organization), request, slot)
    with pytest.raises(NotVisible):
        hold_slot(make_actor(), request, slot)
    with pytest.raises(Conflict):
        hold_slot(agent, make(S.SCHEDULED), slot)


@pytest.mark.parametrize("wrong", ["nothing", "other place", "other provider", "near", "past"])
def test_a_slot_that_does_not_suit_is_refused(make, agent, operator, wrong):
    request = make()
    elsewhere = RequestFactory()
    fields = {
        "other place": {"city": elsewhere.city},
        "near": {"notice_hours": 24 * 9},
    }.get(wrong, {})
    owner = elsewhere.provider if wrong == "other provider" else operator.organization
    pattern = pattern_of(owner, **fields)
    place = elsewhere if wrong in ("other place", "other provider") else request
    found = free_slots(owner, place.building, place.category, days_of(pattern), with_notice=False)
    key = "nothing" if wrong == "nothing" else found[0].key
    moment = found[0].ends_at if wrong == "past" else clock.now()
    with clock.set_to(moment), pytest.raises(DomainError) as refused:
        hold_slot(agent, request, key)
    assert refused.value.field == "slot"
    assert taken() == []


def test_a_visit_of_a_crew_is_handed_over_to_it(make, operator):
    member = make_actor(role=Role.MEMBER, organization=operator.organization)
    team = TeamFactory(organization=operator.organization)
    pattern = pattern_of(operator.organization, team=team)
    request = move(make(S.CHECKING), "approve", actor=member)
    assert request.assignee_id == member.user.pk
    request = schedule(request, slots(request, pattern)[0], member)
    assert request.assignee_id is None
    assert only_visit(request).team_id == team.pk
    request = move(request, "start_work", actor=member)
    assert request.assignee_id == member.user.pk
