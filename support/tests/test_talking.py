"""What customers and staff say: who may, what it moves, and who is answered."""

from datetime import timedelta
from uuid import uuid4

import pytest

from core import clock
from core.actor import system_actor
from core.choices import Role
from core.errors import Conflict, DomainError, Forbidden, NotVisible
from support.choices import Channel, DeskSide, TicketRelationKind, TicketState
from support.models import InternalNote, Observer, Ticket, TicketMessage, TicketRelation
from support.services.moving import move_ticket
from support.services.opening import Sender
from support.services.talking import add_note, answer
from support.tests.people import (
    account_manager,
    around,
    customer,
    desk_worker,
    kinds_of,
    last_event,
    opened,
    text_file,
)

pytestmark = pytest.mark.django_db
S = TicketState


@pytest.fixture
def owner():
    return customer()


@pytest.fixture
def staff():
    return desk_worker()


@pytest.fixture
def ticket(owner):
    return opened(owner)


def now(ticket) -> Ticket:
    return Ticket.objects.get(pk=ticket.pk)


def outcomes(act, people) -> dict[str, str]:
    """Name → what came of it: "done", or the name of the refusal."""
    found = {}
    for name, actor in people.items():
        try:
            act(actor)
        except DomainError as error:
            found[name] = type(error).__name__
        else:
            found[name] = "done"
    return found


# --- who may ----------------------------------------------------------------------------------
def test_who_answers(owner, ticket):
    found = outcomes(lambda actor: answer(actor, ticket, "Words"), around(owner))
    assert found == {
        "member": "done",
        "colleague": "done",
        "viewer": "Forbidden",
        "guest by leave": "done",
        "other tenant": "NotVisible",
        "support": "done",
        "administrator": "done",
        "account manager": "Forbidden",
        "account manager of another": "NotVisible",
        "content editor": "NotVisible",
        "anonymous": "NotVisible",
    }
    sides = list(ticket.messages.order_by("pk").values_list("side", flat=True))
    assert sides.count(DeskSide.STAFF) == 2


def test_who_notes(owner, ticket):
    found = outcomes(lambda actor: add_note(actor, ticket, "Words"), around(owner))
    assert found == {
        "member": "Forbidden",
        "colleague": "Forbidden",
        "viewer": "Forbidden",
        "guest by leave": "Forbidden",
        "other tenant": "NotVisible",
        "support": "done",
        "administrator": "done",
        "account manager": "done",
        "account manager of another": "NotVisible",
        "content editor": "NotVisible",
        "anonymous": "NotVisible",
    }


# --- what an answer brings about --------------------------------------------------------------
def test_the_first_answer_takes_the_ticket_up(owner, ticket, staff):
    since = last_event()
    answer(staff, ticket, "We look at it")
    row = now(ticket)
    assert (row.state, row.assignee, row.awaits_since) == (S.OPEN, staff.user, None)
    assert row.first_answered_at is not None
    assert row.messages_count == 2
    assert kinds_of(ticket, since) == ["ticket.assigned", "ticket.answered", "ticket.state_changed"]
    other = desk_worker()
    answer(other, ticket, "And so do I")
    assert now(ticket).assignee == staff.user


def test_an_answer_may_move_the_ticket_in_the_same_step(owner, ticket, staff):
    message = answer(staff, ticket, "Which router?", then="await_customer")
    assert (message.ticket.state, now(ticket).state) == (S.PENDING, S.PENDING)
    assert now(ticket).assignee == staff.user
    until = clock.now() + timedelta(days=2)
    data = {"held_for": "the crew", "held_until": until}
    answer(staff, ticket, "The crew comes", then="hold", data=data)
    assert (now(ticket).state, now(ticket).held_until) == (S.ON_HOLD, until)
    with pytest.raises(DomainError):
        answer(staff, ticket, "Never said", then="hold", data={"held_for": ""})
    assert now(ticket).messages_count == ticket.messages.count() == 3


@pytest.mark.parametrize("state", ["await_customer", "hold", "solve", "close"])
def test_a_customers_word_puts_what_waited_or_was_done_back_in_work(owner, ticket, staff, state):
    until = {"held_for": "others", "held_until": clock.now() + timedelta(days=1)}
    move_ticket(staff, ticket.number, state, data=until)
    answer(owner, ticket, "Still not")
    row = now(ticket)
    assert row.state == S.OPEN
    assert (row.held_for, row.held_until, row.solved_at, row.closed_at) == ("", None, None, None)
    assert row.awaits_since is not None
    assert row.reopened == (state in {"solve", "close"})


def test_a_customer_may_solve_with_the_last_word(owner, ticket):
    answer(owner, ticket, "It works again", then="solve")
    assert now(ticket).state == S.SOLVED
    with pytest.raises(Forbidden):
        answer(owner, opened(owner), "Wait", then="await_customer")


# --- what was closed long ago -----------------------------------------------------------------
def test_long_after_its_end_a_word_opens_a_new_ticket_that_goes_on(owner, ticket, staff):
    move_ticket(staff, ticket.number, "close")
    with clock.set_to(clock.now() + timedelta(days=15)):
        message = answer(owner, ticket, "It broke again", uploads=[text_file()])
        after = message.ticket
        assert after != ticket
        assert (after.subject, after.state) == (ticket.subject, S.NEW)
        assert after.owner == owner.organization
        assert after.messages.get() == message
        assert message.files.get().name == "log.txt"
        relation = TicketRelation.objects.get()
        assert (relation.source, relation.target) == (after, ticket)
        assert relation.kind == TicketRelationKind.FOLLOWS
        # The next word to the old one is said where it goes on.
        assert answer(owner, ticket, "Hello?").ticket == after
    assert Ticket.objects.count() == 2
    assert now(ticket).state == S.CLOSED
    assert ticket.messages.count() == 1


def test_within_two_weeks_it_reopens(owner, ticket, staff):
    move_ticket(staff, ticket.number, "close")
    with clock.set_to(clock.now() + timedelta(days=13)):
        assert answer(owner, ticket, "It broke again").ticket == ticket
    assert now(ticket).state == S.OPEN


def test_staff_may_speak_in_what_is_closed(ticket, staff):
    move_ticket(staff, ticket.number, "close")
    with clock.set_to(clock.now() + timedelta(days=30)):
        answer(staff, ticket, "By the way")
    assert now(ticket).state == S.CLOSED


def test_what_was_merged_is_answered_where_it_went(owner, ticket, staff):
    target = opened(owner)
    Ticket.objects.filter(pk=ticket.pk).update(merged_into=target, state=S.CLOSED)
    assert answer(owner, ticket, "Words").ticket == target
    elsewhere = opened(customer())
    Ticket.objects.filter(pk=ticket.pk).update(merged_into=elsewhere)
    with pytest.raises(NotVisible):
        answer(owner, ticket, "Words")


# --- letters ----------------------------------------------------------------------------------
def test_a_letter_is_its_senders_word(owner, ticket):
    def said(email: str) -> TicketMessage:
        sender = Sender("Somebody", email)
        return answer(system_actor(), ticket, "By mail", channel=Channel.MAIL, sender=sender)

    assert said(owner.user.email.upper()).author == owner.user
    observer = customer(organization=owner.organization)
    Observer.objects.create(ticket=ticket, user=observer.user, created_at=clock.now())
    assert said(observer.user.email).author == observer.user
    stranger = said("stranger@example.com")
    assert (stranger.author, stranger.author_name) == (None, "Somebody")
    assert stranger.author_email == "stranger@example.com"
    assert stranger.side == DeskSide.CUSTOMER


# --- once, and nobody's work overwritten ------------------------------------------------------
def test_a_form_sent_twice_says_it_once(owner, ticket, staff):
    token = uuid4()
    first = answer(staff, ticket, "Words", form_token=token, version=ticket.version)
    again = answer(staff, ticket, "Words", form_token=token, version=ticket.version)
    assert again == first
    assert ticket.messages.count() == 2
    with pytest.raises(Conflict):
        answer(owner, ticket, "Words", form_token=token)
    note = add_note(staff, ticket, "Words", form_token=uuid4())
    assert add_note(staff, ticket, "Words", form_token=note.form_token) == note
    assert InternalNote.objects.count() == 1


def test_an_answer_to_what_has_changed_since_is_not_sent(owner, ticket, staff):
    seen = ticket.version
    answer(owner, ticket, "One more thing")
    with pytest.raises(Conflict):
        answer(staff, ticket, "Solved!", version=seen, then="solve")
    assert ticket.messages.count() == 2
    assert now(ticket).state == S.NEW


def test_nothing_is_said_without_words_or_files(owner, ticket):
    with pytest.raises(DomainError) as refused:
        answer(owner, ticket, " \x00\n")
    assert refused.value.field == "body"
    assert answer(owner, ticket, "", uploads=[text_file()]).files.count() == 1


# --- notes ------------------------------------------------------------------------------------
def test_a_note_leaves_no_trace_on_the_ticket(owner, ticket, staff):
    before = Ticket.objects.filter(pk=ticket.pk).values().get()
    pulse = owner.organization.pulse.__class__.objects.get(pk=owner.organization.pk).version
    add_note(staff, ticket, "The router is from 1999", uploads=[text_file()])
    assert Ticket.objects.filter(pk=ticket.pk).values().get() == before
    owner.organization.pulse.refresh_from_db()
    assert owner.organization.pulse.version == pulse
    assert InternalNote.objects.get().files.count() == 1


def test_colleagues_of_the_desk_are_named_in_notes_and_nobody_else(owner, ticket, staff):
    colleague, manager = desk_worker(), account_manager(owner.organization)
    typed = f"Ask @{colleague.user.full_name} and @{manager.user.email}"
    note = add_note(staff, ticket, typed)
    assert note.body == f"Ask @[{colleague.user.public_id}] and @[{manager.user.public_id}]"
    for outsider in (owner, account_manager(), customer(Role.OWNER)):
        with pytest.raises(DomainError) as refused:
            add_note(staff, ticket, f"Ask @{outsider.user.email}")
        assert refused.value.field == "body"
