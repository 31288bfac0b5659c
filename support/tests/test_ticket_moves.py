"""Moves of tickets: who makes which, what they set, and what moves by itself."""

from datetime import date, timedelta

import pytest

from core import clock
from core.errors import Conflict, DomainError, Forbidden
from core.models import Event
from support.choices import TicketState
from support.models import Ticket
from support.services.moving import close_forgotten, move_ticket
from support.tests.people import around, customer, desk_worker, kinds_of, last_event, opened
from support.ticket_workflow import TICKET_WORKFLOW

pytestmark = pytest.mark.django_db
S = TicketState
HELD = {"held_for": "the provider", "held_until": date(2030, 1, 1)}


@pytest.fixture
def owner():
    return customer()


@pytest.fixture
def staff():
    return desk_worker()


@pytest.fixture
def ticket(owner):
    return opened(owner)


def later(**time):
    return clock.set_to(clock.now() + timedelta(**time))


def held_for_days(days: int):
    return {"held_for": "the provider", "held_until": clock.now() + timedelta(days=days)}


def test_every_side_makes_its_moves_and_no_others(owner, staff):
    refused, done = set(), set()
    for side, actor in (("CUSTOMER", owner), ("STAFF", staff)):
        for transition in TICKET_WORKFLOW.transitions.values():
            for source in sorted(transition.sources):
                row = opened(owner)
                Ticket.objects.filter(pk=row.pk).update(state=source)
                try:
                    move_ticket(actor, row.number, transition.name, data=held_for_days(1))
                except Forbidden:
                    refused.add((side, transition.name))
                else:
                    done.add((side, transition.name))
                    assert Ticket.objects.get(pk=row.pk).state == transition.target
    table = {
        (side, row.name)
        for row in TICKET_WORKFLOW.transitions.values()
        for side in row.sides - {"SYSTEM"}
    }
    assert done == table
    assert refused & table == set()
    assert len(refused) + len(done) == 2 * len(TICKET_WORKFLOW.transitions)


def test_who_solves(owner, ticket):
    done = set()
    for name, actor in around(owner).items():
        row = opened(owner)
        try:
            move_ticket(actor, row.number, "solve")
        except DomainError:
            continue
        done.add(name)
    assert done == {"member", "colleague", "guest by leave", "support", "administrator"}


def test_a_hold_has_a_name_and_an_end(ticket, staff):
    for data in ({}, {"held_for": "x"}, {"held_for": " ", "held_until": date(2030, 1, 1)}):
        with pytest.raises(DomainError) as refused:
            move_ticket(staff, ticket.number, "hold", data=data)
        assert refused.value.field in {"held_for", "held_until"}
    for days in (-1, 91):
        with pytest.raises(DomainError) as refused:
            move_ticket(staff, ticket.number, "hold", data=held_for_days(days))
        assert refused.value.field == "held_until"
    moved = move_ticket(staff, ticket.number, "hold", data=held_for_days(3))
    assert (moved.state, moved.held_for) == (S.ON_HOLD, "the provider")
    told = Event.objects.filter(kind="ticket.state_changed").get().data
    assert told["until"] == moved.held_until.isoformat()
    taken = move_ticket(staff, ticket.number, "take_up")
    assert (taken.held_for, taken.held_until, taken.assignee) == ("", None, staff.user)


def test_a_day_means_its_morning(ticket, staff):
    day = clock.today() + timedelta(days=2)
    moved = move_ticket(staff, ticket.number, "hold", data={"held_for": "x", "held_until": day})
    assert clock.now() < moved.held_until < clock.now() + timedelta(days=3)


def test_a_move_from_an_old_page_is_a_polite_conflict(ticket, staff):
    seen = ticket.version
    move_ticket(staff, ticket.number, "solve", version=seen)
    with pytest.raises(Conflict):
        move_ticket(staff, ticket.number, "close", version=seen)


def test_what_was_merged_stays_closed(owner, ticket, staff):
    Ticket.objects.filter(pk=ticket.pk).update(merged_into=opened(owner), state=S.CLOSED)
    with pytest.raises(DomainError):
        move_ticket(staff, ticket.number, "reopen")


def test_the_customer_reopens_within_two_weeks_and_staff_at_any_time(owner, ticket, staff):
    move_ticket(staff, ticket.number, "close")
    with later(days=15):
        with pytest.raises(Conflict):
            move_ticket(owner, ticket.number, "reopen")
        reopened = move_ticket(staff, ticket.number, "reopen")
    assert (reopened.state, reopened.closed_at, reopened.reopened) == (S.OPEN, None, 1)


# --- by itself --------------------------------------------------------------------------------
def test_what_is_solved_for_a_week_is_closed_once(owner, ticket, staff):
    move_ticket(staff, ticket.number, "solve")
    fresh = opened(owner)
    with later(days=6):
        assert close_forgotten() == 0
        move_ticket(staff, fresh.number, "solve")
    with later(days=8):
        since = last_event()
        assert close_forgotten() == 1
        assert close_forgotten() == 0
    assert Ticket.objects.get(pk=ticket.pk).state == S.CLOSED
    assert Ticket.objects.get(pk=fresh.pk).state == S.SOLVED
    assert kinds_of(ticket, since) == ["ticket.closed"]


def test_a_hold_that_ends_puts_the_ticket_back_in_work(ticket, staff):
    move_ticket(staff, ticket.number, "hold", data=held_for_days(2))
    with later(days=1):
        assert close_forgotten() == 0
    with later(days=2, minutes=1):
        assert close_forgotten() == 1
    row = Ticket.objects.get(pk=ticket.pk)
    # Nobody takes it: the portal did.
    assert (row.state, row.assignee, row.held_until) == (S.OPEN, None, None)
