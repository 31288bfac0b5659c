"""One ticket about two things becomes two."""

from datetime import timedelta

import pytest

from core import clock
from core.errors import DomainError, Forbidden, NotVisible
from core.storage import private_storage
from support.choices import DeskSide, TicketRelationKind, TicketState
from support.models import MessageFile, Observer, Ticket
from support.services.merging import merge_tickets
from support.services.splitting import split_ticket
from support.tests.desk import (
    SEE_IT,
    a_message,
    a_note,
    a_ticket_of,
    an_agent,
    an_owner,
    strangers_to_the_desk,
    told,
)
from support.tests.factories import TicketCategoryFactory, TicketFactory

pytestmark = pytest.mark.django_db


def _ticket(**fields):
    return a_ticket_of(an_owner(), **fields)


def test_the_chosen_messages_are_copied_with_their_files():
    ticket = _ticket(category=TicketCategoryFactory(), assignee=an_agent().user)
    start = clock.now() - timedelta(hours=1)
    first = a_message(ticket, "one.txt", "two.txt", created_at=start)
    a_message(ticket, "three.txt", created_at=start + timedelta(minutes=1))
    last = a_message(ticket, created_at=start + timedelta(minutes=2), quoted="> earlier")
    a_note(ticket, "own.txt")
    made = split_ticket(
        an_agent(), ticket, [last.public_id, first.public_id], "  The second  thing "
    )
    copies = list(made.messages.order_by("pk"))
    assert [copy.copied_from for copy in copies] == [first, last]
    for copy, message in zip(copies, (first, last), strict=True):
        for name in ("side", "channel", "author", "body", "quoted", "created_at"):
            assert getattr(copy, name) == getattr(message, name)
        assert copy.public_id != message.public_id
    assert [file.name for file in copies[0].files.order_by("pk")] == ["one.txt", "two.txt"]
    assert (made.subject, made.state, made.messages_count) == ("The second thing", "NEW", 2)
    for name in ("owner", "requester", "category", "queue", "priority", "assignee"):
        assert getattr(made, name) == getattr(ticket, name)
    assert made.notes.count() == 0
    assert ticket.messages.count() == 3
    relation = made.relations.get()
    assert (relation.target, relation.kind) == (ticket, TicketRelationKind.SPLIT_FROM)
    assert made.number != ticket.number
    assert made.mail_token != ticket.mail_token


def test_copies_of_files_are_files_of_their_own():
    ticket = _ticket()
    message = a_message(ticket, "one.txt")
    made = split_ticket(an_agent(), ticket, [message.public_id], "Second")
    first, copy = MessageFile.objects.order_by("pk")
    assert (copy.message.ticket, copy.size) == (made, first.size)
    assert first.file.name != copy.file.name
    private_storage().delete(first.file.name)
    with copy.file.open() as content:
        assert content.read() == b"one.txt"


def test_both_sides_are_told():
    ticket = _ticket()
    made = split_ticket(an_agent(), ticket, [a_message(ticket).public_id], "Second")
    assert told("ticket.split") == [{"number": ticket.number, "other": made.number}]
    assert [row["number"] for row in told("ticket.opened")] == [made.number]


def test_the_customer_waits_for_an_answer_only_where_they_spoke_last():
    ticket = _ticket(state=TicketState.OPEN)
    start = clock.now() - timedelta(hours=1)
    asked = a_message(ticket, created_at=start)
    answered = a_message(
        ticket, side=DeskSide.STAFF, author=None, created_at=start + timedelta(minutes=5)
    )
    one = split_ticket(an_agent(), ticket, [asked.public_id], "Asked")
    assert one.awaits_since == start
    both = split_ticket(an_agent(), ticket, [asked.public_id, answered.public_id], "Answered")
    assert both.awaits_since is None


def test_observers_go_along():
    ticket, agent = _ticket(), an_agent()
    Observer.objects.create(ticket=ticket, user=agent.user, created_at=clock.now())
    made = split_ticket(agent, ticket, [a_message(ticket).public_id], "Second")
    assert [row.user for row in made.observers.all()] == [agent.user]


@pytest.mark.parametrize("wrong", ["none", "another ticket's", "a note", "no such", "no subject"])
def test_what_is_not_a_message_of_the_ticket_is_not_split(wrong):
    ticket = _ticket()
    good = a_message(ticket).public_id
    chosen = {
        "none": [],
        "another ticket's": [good, a_message(_ticket()).public_id],
        "a note": [good, a_note(ticket).public_id],
        "no such": [good, "X" * 12],
        "no subject": [good],
    }[wrong]
    with pytest.raises(DomainError) as refused:
        split_ticket(an_agent(), ticket, chosen, "" if wrong == "no subject" else "Second")
    assert refused.value.field == ("subject" if wrong == "no subject" else "messages")
    assert Ticket.objects.exclude(pk=ticket.pk).filter(subject="Second").count() == 0


def test_a_ticket_emptied_by_a_merge_has_nothing_to_split():
    owner = an_owner()
    source, target = a_ticket_of(owner), a_ticket_of(owner)
    message = a_message(source)
    merge_tickets(an_agent(), source, target)
    with pytest.raises(DomainError):
        split_ticket(an_agent(), source, [message.public_id], "Second")
    split_ticket(an_agent(), target, [message.public_id], "Second")


def test_only_the_desk_splits():
    owner = an_owner()
    ticket = a_ticket_of(owner)
    message = a_message(ticket)
    for name, actor in strangers_to_the_desk(owner).items():
        with pytest.raises(Forbidden if name in SEE_IT else (Forbidden, NotVisible)):
            split_ticket(actor, ticket, [message.public_id], "Second")
    assert Ticket.objects.count() == 1


def test_where_the_split_fails_no_copy_of_a_file_stays(monkeypatch):
    ticket = TicketFactory()
    message = a_message(ticket, "one.txt")
    folder = message.files.get().file.name.rpartition("/")[0]
    before = set(private_storage().listdir(folder)[1])

    def broken(*args):
        raise RuntimeError("no disk")

    monkeypatch.setattr("support.services.splitting._add_observers", broken)
    with pytest.raises(RuntimeError):
        split_ticket(an_agent(), ticket, [message.public_id], "Second")
    assert set(private_storage().listdir(folder)[1]) == before
