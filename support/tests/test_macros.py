"""Prepared texts: kept, filled in, and put to use with what goes with them."""

import uuid

import pytest

from core import clock
from core.choices import OrganizationKind, StaffScope
from core.errors import Conflict, DomainError, Forbidden, NotVisible
from locations.tests.factories import UnitFactory
from support.choices import MacroFor, Priority, TicketState
from support.macros import VALUES, VARIABLES, rendered
from support.models import InternalNote, Macro, Tag, Ticket, TicketMessage
from support.selectors.macros import get_macro, macros_for
from support.services.macros import archive_macro, run_macro, save_macro, text_of
from support.tests.desk import a_ticket_of, an_agent, an_owner, strangers_to_the_desk, told
from support.tests.factories import QueueFactory, TicketCategoryFactory, TicketFactory
from users.tests.factories import OrganizationFactory, UserFactory

pytestmark = pytest.mark.django_db


# --- variables --------------------------------------------------------------------------------
def test_every_variable_is_explained():
    assert set(VARIABLES) == set(VALUES)


def test_variables_are_filled_in_once():
    unit = UnitFactory(number="12")
    category = TicketCategoryFactory(name="Money")
    owner = OrganizationFactory(kind=OrganizationKind.COMPANY, name="Firm {{ agent.name }}")
    ticket = TicketFactory(
        subject="{{ ticket.number }} <b>",
        owner=owner,
        category=category,
        unit=unit,
        building=unit.building,
        requester=UserFactory(full_name="Anna"),
    )
    agent = an_agent()
    agent.user.full_name = "Oleg"
    texts = {
        "Hello, {{ customer.name }}!": "Hello, Anna!",
        "{{ticket.number}}": ticket.number,
        "{{  ticket.subject }}": "{{ ticket.number }} <b>",
        "{{ customer.organization }}": "Firm {{ agent.name }}",
        "{{ agent.name }} {{ ticket.category }}": "Oleg Money",
        "{{ building }}, {{ unit }}": f"{unit.building.address}, 12",
        "{% load x %}{{ ticket.mail_token }}": "{% load x %}{{ ticket.mail_token }}",
        "{{ today }}": f"{clock.today():%d.%m.%Y}",
    }
    assert {text: rendered(text, agent, ticket) for text in texts} == texts


def test_where_there_is_nothing_to_put_in_no_comma_stays():
    ticket = TicketFactory(owner=None, requester=None)
    assert rendered("Hello, {{ customer.name }}!", an_agent(), ticket) == "Hello!"
    ticket = TicketFactory(owner=None, requester=None, requester_name="Who Wrote")
    assert rendered("Hello, {{ customer.name }}!", an_agent(), ticket) == "Hello, Who Wrote!"


# --- kept -------------------------------------------------------------------------------------
def test_a_macro_is_kept_changed_and_archived():
    agent, queue, category = an_agent(), QueueFactory(), TicketCategoryFactory()
    made = save_macro(
        agent,
        None,
        name="  Thank  you ",
        body="Thanks, {{ customer.name }}",
        category=category,
        state=TicketState.SOLVED,
        priority=Priority.LOW,
        queue=queue,
        takes=True,
        tags=["Done"],
    )
    row = Macro.objects.get(pk=made.pk)
    assert (row.name, row.owner, row.queue, row.only_text) == (
        "Thank you", agent.user, queue, False,
    )  # fmt: skip
    assert [tag.name for tag in row.tags.all()] == ["done"]
    save_macro(agent, row, name="Thanks", body="Thanks", is_own=False)
    row.refresh_from_db()
    assert (row.owner, row.only_text, row.tags.count()) == (None, True, 0)
    archive_macro(agent, row)
    archive_macro(agent, row)
    row.refresh_from_db()
    assert row.archived_at is not None
    assert told("desk.changed") == [{"what": "macro", "id": row.pk}] * 3


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"name": " "}, "name"),
        ({"name": "x" * 81}, "name"),
        ({"body": "{{ ticket.mail_token }}"}, "body"),
        ({"body": "{{ }}"}, "body"),
        ({"body": "x" * 10_001}, "body"),
        ({"body": ""}, "body"),
        ({"into": "LETTER"}, "into"),
        ({"priority": "MOST"}, "priority"),
        ({"state": "NEW"}, "state"),
        ({"state": "ON_HOLD"}, "state"),
    ],
)
def test_what_cannot_be_used_is_not_kept(wrong, field):
    with pytest.raises(DomainError) as refused:
        save_macro(an_agent(), None, **{"name": "Name", "body": "Body", **wrong})
    assert refused.value.field == field
    assert not Macro.objects.filter(name="Name").exists()


def test_a_macro_without_a_text_does_something():
    save_macro(an_agent(), None, name="Tags", tags=["later"])
    save_macro(an_agent(), None, name="Takes", takes=True)


def test_ones_own_macro_is_nobody_elses():
    me, other = an_agent(), an_agent(StaffScope.ADMIN)
    mine = save_macro(me, None, name="Mine", body="Mine")
    shared = save_macro(me, None, name="Ours", body="Ours", is_own=False)
    ticket = TicketFactory()
    assert {mine, shared} <= set(macros_for(me, ticket))
    assert mine not in macros_for(other, ticket)
    assert shared in macros_for(other, ticket)
    acts = (
        lambda: get_macro(other, mine.public_id),
        lambda: save_macro(other, mine, name="Theirs", body="Theirs"),
        lambda: archive_macro(other, mine),
        lambda: run_macro(other, ticket, mine),
    )
    for act in acts:
        with pytest.raises(NotVisible):
            act()
    mine.refresh_from_db()
    assert (mine.name, mine.archived_at) == ("Mine", None)
    save_macro(other, shared, name="Ours too", body="Ours", is_own=False)


def test_macros_are_for_who_works_the_desk():
    owner = an_owner()
    ticket = a_ticket_of(owner)
    shared = save_macro(an_agent(), None, name="Ours", body="Ours", is_own=False)
    for actor in strangers_to_the_desk(owner).values():
        assert macros_for(actor, ticket) == []
        with pytest.raises((Forbidden, NotVisible)):
            run_macro(actor, ticket, shared)
        with pytest.raises(Forbidden):
            save_macro(actor, None, name="Name", body="Body")
    assert not TicketMessage.objects.exists()


def test_macros_of_another_category_and_archived_ones_are_not_offered():
    agent, category = an_agent(), TicketCategoryFactory()
    Macro.objects.all().delete()
    names = {"any": None, "this": category, "other": TicketCategoryFactory()}
    for name, wanted in names.items():
        save_macro(agent, None, name=name, body="x", category=wanted)
    archive_macro(agent, save_macro(agent, None, name="gone", body="x"))
    ticket = TicketFactory(category=category)
    assert [row.name for row in macros_for(agent, ticket)] == ["any", "this"]
    assert [row.name for row in macros_for(agent, TicketFactory())] == ["any"]


# --- put to use -------------------------------------------------------------------------------
def _macro(agent, **fields):
    return save_macro(
        agent, None, **{"name": "Macro", "body": "Number {{ ticket.number }}"} | fields
    )


def test_a_macro_answers_and_sets_all_it_says():
    agent, queue = an_agent(), QueueFactory()
    ticket = TicketFactory()
    ticket.tags.add(Tag.objects.create(name="old"))
    macro = _macro(
        agent,
        state=TicketState.PENDING,
        priority=Priority.HIGH,
        queue=queue,
        takes=True,
        tags=["new", "old"],
    )
    row = run_macro(agent, ticket, macro, version=ticket.version)
    assert (row.state, row.priority, row.queue, row.assignee) == (
        "PENDING", Priority.HIGH, queue, agent.user,
    )  # fmt: skip
    assert {tag.name for tag in row.tags.all()} == {"new", "old"}
    message = ticket.messages.get()
    assert (message.body, message.side) == (f"Number {ticket.number}", "STAFF")


def test_the_text_is_what_was_made_of_it():
    agent, ticket = an_agent(), TicketFactory()
    macro = _macro(agent)
    assert text_of(agent, ticket, macro) == f"Number {ticket.number}"
    run_macro(agent, ticket, macro, "Other words {{ ticket.number }}")
    assert ticket.messages.get().body == "Other words {{ ticket.number }}"


def test_a_note_by_a_macro_stays_with_the_staff():
    agent, ticket = an_agent(), TicketFactory(state=TicketState.OPEN)
    macro = _macro(agent, into=MacroFor.NOTE, state=TicketState.SOLVED)
    row = run_macro(agent, ticket, macro)
    assert (InternalNote.objects.get().body, row.state) == (f"Number {ticket.number}", "SOLVED")
    assert not TicketMessage.objects.exists()
    assert told("ticket.answered") == []


def test_a_macro_without_words_says_nothing():
    agent, ticket = an_agent(), TicketFactory(state=TicketState.SOLVED)
    macro = _macro(agent, body="", state=TicketState.OPEN)
    assert run_macro(agent, ticket, macro).state == "OPEN"
    assert not TicketMessage.objects.exists()
    # It is in that state already.
    assert run_macro(agent, ticket, macro).state == "OPEN"


def test_what_cannot_be_done_whole_is_not_done_at_all():
    agent, ticket = an_agent(), TicketFactory(state=TicketState.SOLVED)
    macro = _macro(agent, state=TicketState.PENDING, priority=Priority.HIGH, tags=["new"])
    with pytest.raises(Conflict):
        run_macro(agent, ticket, macro)
    row = Ticket.objects.get(pk=ticket.pk)
    assert (row.priority, row.version, row.tags.count()) == (Priority.NORMAL, ticket.version, 0)
    assert not TicketMessage.objects.exists()
    assert told("ticket.sorted") == []


def test_a_form_sent_twice_runs_it_once():
    agent, ticket, token = an_agent(), TicketFactory(), uuid.uuid4()
    macro = _macro(agent, priority=Priority.HIGH)
    run_macro(agent, ticket, macro, form_token=token, version=ticket.version)
    run_macro(agent, ticket, macro, form_token=token, version=ticket.version)
    assert ticket.messages.count() == 1
    with pytest.raises(Conflict):
        run_macro(agent, ticket, macro, form_token=uuid.uuid4(), version=ticket.version)


def test_an_archived_macro_is_not_run():
    agent, ticket = an_agent(), TicketFactory()
    macro = _macro(agent)
    archive_macro(agent, macro)
    with pytest.raises(Conflict):
        run_macro(agent, ticket, macro)
