"""Several people at one ticket at the same moment: nothing is lost, and one wins."""

from functools import partial
from uuid import uuid4

import pytest

from core.errors import Conflict
from core.models import Event
from core.tests.concurrency import together
from support.choices import TicketState
from support.models import InternalNote, Ticket, TicketMessage
from support.services.moving import close_forgotten, move_ticket
from support.services.opening import NewTicket, open_ticket
from support.services.talking import add_note, answer
from support.tests.people import customer, desk_worker, kinds_of, last_event, opened

pytestmark = pytest.mark.django_db(transaction=True)
PEOPLE = 20


def errors(outcomes) -> list[Exception]:
    return [outcome for outcome in outcomes if isinstance(outcome, Exception)]


def test_twenty_answers_are_all_written_and_counted():
    owner = customer()
    ticket, staff = opened(owner), [desk_worker() for _ in range(PEOPLE // 2)]
    since = last_event()
    acts = [partial(answer, actor, ticket, "By staff") for actor in staff]
    acts += [partial(answer, owner, ticket, "By the customer") for _ in staff]
    outcomes = together(acts)
    assert errors(outcomes) == []
    row = Ticket.objects.get(pk=ticket.pk)
    assert row.messages_count == TicketMessage.objects.filter(ticket=ticket).count() == PEOPLE + 1
    told = kinds_of(ticket, since)
    assert told.count("ticket.answered") == told.count("ticket.replied") == PEOPLE // 2
    # One of them has taken it up.
    assert told.count("ticket.assigned") == told.count("ticket.state_changed") == 1
    assert row.assignee_id in {actor.user_id for actor in staff}


def test_of_twenty_who_saw_one_version_one_answers():
    ticket = opened(customer())
    acts = [
        partial(answer, desk_worker(), ticket, "Words", version=ticket.version)
        for _ in range(PEOPLE)
    ]
    outcomes = together(acts)
    assert [type(error) for error in errors(outcomes)] == [Conflict] * (PEOPLE - 1)
    assert ticket.messages.count() == 2


def test_of_two_who_move_a_ticket_one_wins():
    ticket = opened(customer())
    since = last_event()
    acts = [
        partial(move_ticket, desk_worker(), ticket.number, name)
        for name in ("solve", "solve", "take_up", "take_up")
        for _ in range(PEOPLE // 4)
    ]
    outcomes = together(acts)
    assert {type(error) for error in errors(outcomes)} == {Conflict}
    solved = [row for row in outcomes if getattr(row, "state", "") == TicketState.SOLVED]
    assert len(solved) == 1
    assert kinds_of(ticket, since).count("ticket.solved") == 1
    assert Ticket.objects.get(pk=ticket.pk).state == TicketState.SOLVED


def test_one_form_sent_twenty_times_makes_one_of_each():
    owner, staff, token = customer(), desk_worker(), uuid4()
    opened(owner)
    new = NewTicket("A subject", "Words", form_token=token)
    tickets = together([partial(open_ticket, owner, new) for _ in range(PEOPLE)])
    assert errors(tickets) == []
    (made,) = set(tickets)
    answers = together(
        [partial(answer, owner, made, "Words", form_token=token) for _ in range(PEOPLE)]
    )
    assert errors(answers) == []
    assert len(set(answers)) == 1
    notes = together(
        [partial(add_note, staff, made, "Words", form_token=token) for _ in range(PEOPLE)]
    )
    assert errors(notes) == []
    assert made.messages.count() == 2
    assert InternalNote.objects.count() == 1
    assert Event.objects.filter(kind="ticket.opened").count() == 2


def test_workers_that_close_at_once_close_once(settings):
    from datetime import timedelta

    ticket = opened(customer())
    move_ticket(desk_worker(), ticket.number, "solve")
    old = ticket.created_at - timedelta(days=8)
    Ticket.objects.filter(pk=ticket.pk).update(state_since=old)
    since = last_event()
    outcomes = together([close_forgotten] * 4)
    assert errors(outcomes) == []
    assert sum(outcomes) == 1
    assert kinds_of(ticket, since) == ["ticket.closed"]
