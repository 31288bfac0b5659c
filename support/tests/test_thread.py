"""The thread of a ticket, as each reader may know it."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from core.choices import PartyRole
from core.errors import NotVisible
from core.events.registry import kinds
from support.choices import DeskSide
from support.models import Ticket
from support.selectors.thread import EntryKind, thread_of
from support.selectors.tickets import get_ticket, ticket_rows
from support.services.moving import move_ticket
from support.services.talking import add_note, answer
from support.tests.people import around, customer, desk_worker, opened, text_file

pytestmark = pytest.mark.django_db


@pytest.fixture
def owner():
    return customer()


@pytest.fixture
def staff():
    return desk_worker()


@pytest.fixture
def ticket(owner, staff):
    ticket = opened(owner)
    answer(staff, ticket, "Look at the **cable**", uploads=[text_file("how.txt")])
    add_note(staff, ticket, "They are angry", uploads=[text_file("secret.txt")])
    move_ticket(staff, ticket.number, "solve")
    answer(owner, ticket, "No")
    return ticket


def test_staff_read_all_of_it_in_order(ticket, staff):
    read = [(entry.kind, entry.body or str(entry.title)) for entry in thread_of(staff, ticket)]
    assert read == [
        (EntryKind.MESSAGE, "Since morning"),
        (EntryKind.MESSAGE, "Look at the **cable**"),
        (EntryKind.EVENT, "Assigned"),
        (EntryKind.EVENT, "State changed"),
        (EntryKind.NOTE, "They are angry"),
        (EntryKind.EVENT, "Ticket solved"),
        (EntryKind.MESSAGE, "No"),
        (EntryKind.EVENT, "Ticket reopened"),
    ]


def test_customers_read_messages_and_what_they_may_know(ticket, owner):
    entries = thread_of(owner, ticket)
    read = [(entry.kind, entry.body or str(entry.title)) for entry in entries]
    assert read == [
        (EntryKind.MESSAGE, "Since morning"),
        (EntryKind.MESSAGE, "Look at the **cable**"),
        (EntryKind.EVENT, "State changed"),
        (EntryKind.EVENT, "Ticket solved"),
        (EntryKind.MESSAGE, "No"),
        (EntryKind.EVENT, "Ticket reopened"),
    ]
    assert [file.name for entry in entries for file in entry.files] == ["how.txt"]
    for entry in entries:
        if entry.kind == EntryKind.EVENT:
            assert PartyRole.OWNER in kinds()[_named(str(entry.title))].audiences


def _named(title: str) -> str:
    return next(
        name
        for name, kind in kinds().items()
        if name.startswith("ticket.") and str(kind.title) == title
    )


def test_notes_are_for_staff_who_act_for_nobody(ticket, owner):
    noted = {
        name
        for name, actor in around(owner).items()
        if any(entry.is_internal for entry in thread_of(actor, ticket))
    }
    assert noted == {"support", "administrator", "account manager"}


def test_nobody_reads_what_is_not_theirs(ticket, owner):
    read = {
        name
        for name, actor in around(owner).items()
        if any(entry.kind == EntryKind.MESSAGE for entry in thread_of(actor, ticket))
    }
    assert read == {
        "member", "colleague", "viewer", "guest by leave", "support", "administrator",
        "account manager",
    }  # fmt: skip


def test_a_name_of_staff_is_told_and_their_address_is_not(ticket, owner, staff):
    staff.user.full_name = ""
    staff.user.save()
    for entry in thread_of(owner, ticket):
        assert staff.user.email not in entry.author
    (said,) = [entry for entry in thread_of(owner, ticket) if "cable" in entry.body]
    assert (said.author, said.side, said.by_reader) == ("Support", DeskSide.STAFF, False)


@pytest.mark.parametrize("who, most", [("owner", 4), ("staff", 8)])
def test_length_costs_no_queries(ticket, owner, staff, who, most):
    actor = {"owner": owner, "staff": staff}[who]

    def cost() -> int:
        with CaptureQueriesContext(connection) as captured:
            thread_of(actor, ticket)
        return len(captured)

    cost()
    before = cost()
    for _ in range(3):
        answer(staff, ticket, "More", uploads=[text_file()])
        add_note(staff, ticket, f"More of it @{staff.user.email}", uploads=[text_file()])
    assert before <= cost() <= most


# --- rows and one -----------------------------------------------------------------------------
def test_rows_carry_their_names_in_one_query(owner, staff, django_assert_num_queries):
    for _ in range(3):
        answer(staff, opened(owner), "We look at it")
    with django_assert_num_queries(1):
        names = [
            (row.queue.name, str(row.assignee), row.owner.name, str(row.requester))
            for row in ticket_rows(staff)
        ]
    assert len(names) == 3
    assert set(ticket_rows(owner)) == set(Ticket.objects.all())
    assert not ticket_rows(customer()).exists()


def test_a_number_is_found_however_it_is_written(owner, ticket):
    for text in (ticket.number, ticket.number.lower(), ticket.number.replace("-", " ")):
        assert get_ticket(owner, text) == ticket
    for text in ("", "ET-0000-0001", "\x00", "EC" + ticket.number[2:]):
        with pytest.raises(NotVisible):
            get_ticket(owner, text)
    with pytest.raises(NotVisible):
        get_ticket(customer(), ticket.number)
