"""The page of a ticket for the staff: what is shown to whom, what is written where."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.core.files.base import ContentFile
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from core.choices import OrganizationKind, StaffScope
from support.choices import DeskSide, MacroFor, Priority, TicketRelationKind, TicketState
from support.models import (
    InternalNote,
    Macro,
    MessageFile,
    Observer,
    Presence,
    Tag,
    Ticket,
    TicketMessage,
    TicketRelation,
)
from support.services.talking import add_note, answer
from support.tests.desk_routes import picture
from support.tests.factories import (
    InternalNoteFactory,
    QueueFactory,
    TicketCategoryFactory,
    TicketFactory,
    TicketMessageFactory,
)
from users.models import AccountManagement
from users.tests.factories import MembershipFactory, UserFactory, make_actor, make_staff

pytestmark = pytest.mark.django_db
S = TicketState


@pytest.fixture
def agent():
    return make_staff(StaffScope.SUPPORT)


@pytest.fixture
def ticket():
    ticket = TicketFactory(requester_name="Anna", requester_email="anna@example.com")
    TicketMessageFactory(ticket=ticket, body="Nothing works")
    return ticket


@pytest.fixture
def manager(ticket):
    """Who looks after the ticket's organization."""
    actor = make_staff(StaffScope.ACCOUNT_MANAGER)
    AccountManagement.objects.create(
        user=actor.user, organization=ticket.owner, created_at=timezone.now()
    )
    return actor


def url(ticket, *more):
    return "/".join(["/desk", ticket.number, *more, ""])


def html(page):
    return page.content.decode()


def answer_form(page, **given):
    form = page.context["answer"].form
    hidden = {name: form[name].value() for name in ("form_token", "version", "since")}
    return hidden | {"body": "Try again"} | given


def note_form(page, **given):
    return {"form_token": page.context["note"].form["form_token"].value()} | given


# --- who sees what ------------------------------------------------------------------------------
def test_the_desk_reads_all_and_managers_theirs(sign_in, agent, manager, ticket):
    InternalNoteFactory(ticket=ticket, body="They have not paid")
    for reader in (agent, manager, make_staff(StaffScope.ADMIN)):
        assert "They have not paid" in html(sign_in(reader).get(url(ticket)))
    strangers = (make_staff(StaffScope.ACCOUNT_MANAGER), make_staff(StaffScope.CONTENT),
                 make_actor(organization=ticket.owner), make_actor())  # fmt: skip
    for stranger in strangers:
        assert sign_in(stranger).get(url(ticket)).status_code == 404


def test_managers_note_and_do_not_answer(sign_in, manager, ticket):
    browser = sign_in(manager)
    page = browser.get(url(ticket))
    assert page.context["answer"] is None
    assert 'name="body"' in html(page)
    assert browser.post(url(ticket, "answer"), {"body": "Hello"}).status_code == 404
    assert browser.post(url(ticket, "take")).status_code == 404
    browser.post(url(ticket, "note"), note_form(page, body="I will call them"))
    assert [note.body for note in InternalNote.objects.all()] == ["I will call them"]
    assert not TicketMessage.objects.filter(side=DeskSide.STAFF).exists()


def test_three_sorts_of_words_are_told_apart_by_words(sign_in, agent, ticket):
    answer(agent, ticket, "We look at it")
    add_note(agent, ticket, "Cable **broken**")
    page = html(sign_in(agent).get(url(ticket)))
    kinds = [page.index(css) for css in
             ("message-of-customer", "message-of-staff", "message-internal")]  # fmt: skip
    assert kinds == sorted(kinds)
    assert "<strong>broken</strong>" in page
    assert page.count("Internal note") > 1


def test_what_customers_write_is_text(sign_in, agent):
    ticket = TicketFactory(subject="<img src=x onerror=alert(1)>", requester_name="<i>x</i>")
    TicketMessageFactory(ticket=ticket, body="<script>alert(1)</script> http://a.example/?x=<b>",
                         quoted="<script>quoted</script>")  # fmt: skip
    TicketMessageFactory(
        ticket=ticket, side=DeskSide.STAFF, author=None, body="[x](javascript:alert(1)) <script>"
    )
    page = html(sign_in(agent).get(url(ticket)))
    for harm in ("<script>alert", "<script>quoted", "<img src=x", "<i>x</i>", 'href="javascript'):
        assert harm not in page, harm
    assert "&lt;script&gt;alert(1)" in page


# --- writing ------------------------------------------------------------------------------------
def test_an_answer_goes_to_the_customer_and_takes_the_ticket(sign_in, agent, ticket):
    browser = sign_in(agent)
    form = answer_form(browser.get(url(ticket)))
    sent = browser.post(url(ticket, "answer"), form)
    assert sent["Location"] == f"{url(ticket)}?sent={form['form_token']}"
    ticket.refresh_from_db()
    assert (ticket.state, ticket.assignee) == (S.OPEN, agent.user)
    message = TicketMessage.objects.get(side=DeskSide.STAFF)
    assert (message.body, message.author) == ("Try again", agent.user)


@pytest.mark.parametrize(("then", "state"), [("await_customer", S.PENDING), ("solve", S.SOLVED)])
def test_the_state_is_set_with_the_answer(sign_in, agent, ticket, then, state):
    browser = sign_in(agent)
    page = browser.get(url(ticket))
    assert f'value="{then}"' in html(page)
    browser.post(url(ticket, "answer"), answer_form(page, then=then))
    ticket.refresh_from_db()
    assert ticket.state == state


def test_a_note_goes_nowhere(sign_in, agent, ticket):
    browser = sign_in(agent)
    browser.post(url(ticket, "note"), note_form(browser.get(url(ticket)), body="Do not tell"))
    assert InternalNote.objects.get().body == "Do not tell"
    assert TicketMessage.objects.count() == 1
    ticket.refresh_from_db()
    assert ticket.state == S.NEW
    customer = sign_in(make_actor(organization=ticket.owner))
    assert "Do not tell" not in html(
        customer.get(f"/support/tickets/{ticket.number}/", follow=True)
    )


def test_the_two_forms_cannot_be_taken_for_each_other(sign_in, agent, ticket):
    """A note's form sent to the address of answers is an answer only by its own address."""
    page = html(sign_in(agent).get(url(ticket)))
    assert page.count(f'action="{url(ticket, "answer")}"') == 1
    assert page.count(f'action="{url(ticket, "note")}"') == 1
    assert 'name="internal"' not in page


def test_what_is_refused_is_shown_again(sign_in, agent, ticket):
    browser = sign_in(agent)
    empty = browser.post(url(ticket, "answer"), answer_form(browser.get(url(ticket)), body=" "))
    assert empty.status_code == 422
    assert empty.context["opens"] == "answer"
    unknown = note_form(browser.get(url(ticket)), body="@nobody-called-so look")
    refused = browser.post(url(ticket, "note"), unknown)
    assert (refused.status_code, refused.context["opens"]) == (422, "note")
    assert "@nobody-called-so look" in html(refused)
    assert not InternalNote.objects.exists()


def test_files_are_kept_while_the_form_is_refused(sign_in, agent, ticket):
    browser = sign_in(agent)
    form = answer_form(browser.get(url(ticket)), body="x" * 20_001)
    form["files"] = SimpleUploadedFile("plan.txt", b"the plan", "text/plain")
    refused = browser.post(url(ticket, "answer"), form)
    assert (refused.status_code, "plan.txt" in html(refused)) == (422, True)
    again = answer_form(refused, body="Here it is")
    browser.post(url(ticket, "answer"), again)
    assert [file.name for file in MessageFile.objects.all()] == ["plan.txt"]


def test_the_same_form_twice_is_one_answer(sign_in, agent, ticket):
    browser = sign_in(agent)
    form = answer_form(browser.get(url(ticket)))
    for _time in range(2):
        assert browser.post(url(ticket, "answer"), form).status_code == 302
    assert TicketMessage.objects.filter(side=DeskSide.STAFF).count() == 1


def test_who_was_faster_is_told_with_what_they_did(sign_in, agent, ticket):
    browser, colleague = sign_in(agent), make_staff(StaffScope.SUPPORT)
    form = answer_form(browser.get(url(ticket)), body="My careful answer")
    answer(colleague, ticket, "Theirs came first")
    page = browser.post(url(ticket, "answer"), form)
    assert page.status_code == 409
    shown = html(page)
    assert "My careful answer" in shown
    assert "Theirs came first" in shown[: shown.index('id="thread"')]
    assert str(colleague.user) in shown[: shown.index('id="thread"')]
    browser.post(url(ticket, "answer"), answer_form(page, body="My careful answer"))
    said = TicketMessage.objects.filter(side=DeskSide.STAFF).order_by("pk")
    assert [row.body for row in said] == ["Theirs came first", "My careful answer"]


# --- macros -------------------------------------------------------------------------------------
def test_a_macro_is_put_in_gone_over_and_sent_with_what_it_sets(sign_in, agent, ticket):
    queue = QueueFactory(name="Second line")
    macro = Macro.objects.create(name="Line", body="Hello, {{ customer.name }}!", queue=queue,
                                 priority=Priority.HIGH, state=S.PENDING)  # fmt: skip
    macro.tags.add(Tag.objects.create(name="cable"))
    browser = sign_in(agent)
    told = browser.get(url(ticket, "macro", macro.public_id)).json()
    assert told["effects"] == [
        "State: Waiting for the customer", "Priority: High", "Queue: Second line", "Tags: cable",
    ]  # fmt: skip
    page = browser.get(f"{url(ticket)}?macro={macro.public_id}")
    assert page.context["answer"].form["body"].value() == told["body"]
    form = answer_form(page, macro=macro.public_id, body="Hello and goodbye")
    browser.post(url(ticket, "answer"), form)
    ticket.refresh_from_db()
    assert (ticket.state, ticket.priority, ticket.queue) == (S.PENDING, Priority.HIGH, queue)
    assert [tag.name for tag in ticket.tags.all()] == ["cable"]
    assert TicketMessage.objects.get(side=DeskSide.STAFF).body == "Hello and goodbye"


def test_a_button_beside_a_macro_sets_the_state_too(sign_in, agent, ticket):
    macro = Macro.objects.create(name="Hello", body="Hello")
    browser = sign_in(agent)
    form = answer_form(browser.get(url(ticket)), macro=macro.public_id, then="solve")
    browser.post(url(ticket, "answer"), form)
    ticket.refresh_from_db()
    assert ticket.state == S.SOLVED


def test_a_macro_of_notes_never_becomes_an_answer(sign_in, agent, ticket):
    macro = Macro.objects.create(name="Hand over", body="Look, please", into=MacroFor.NOTE)
    browser = sign_in(agent)
    page = browser.get(f"{url(ticket)}?macro={macro.public_id}")
    assert page.context["note"].form["body"].value() == "Look, please"
    form = note_form(page, macro=macro.public_id, body="Look, please!")
    browser.post(url(ticket, "note"), form)
    assert InternalNote.objects.get().body == "Look, please!"
    assert not TicketMessage.objects.filter(side=DeskSide.STAFF).exists()


def test_a_note_macro_named_in_an_answer_is_still_what_its_address_says(sign_in, agent, ticket):
    macro = Macro.objects.create(name="Hand over", body="Inside", into=MacroFor.NOTE)
    browser = sign_in(agent)
    form = answer_form(browser.get(url(ticket)), macro=macro.public_id, body="For the customer")
    browser.post(url(ticket, "answer"), form)
    assert TicketMessage.objects.get(side=DeskSide.STAFF).body == "For the customer"
    assert not InternalNote.objects.exists()


def test_anothers_own_macro_is_not_there(sign_in, agent, ticket):
    theirs = Macro.objects.create(name="Theirs", body="x", owner=UserFactory())
    assert sign_in(agent).get(url(ticket, "macro", theirs.public_id)).status_code == 404


# --- what is done beside ------------------------------------------------------------------------
def test_a_ticket_is_taken_assigned_and_let_go(sign_in, agent, ticket):
    browser, colleague = sign_in(agent), make_staff(StaffScope.SUPPORT)
    browser.post(url(ticket, "take"))
    ticket.refresh_from_db()
    assert ticket.assignee == agent.user
    browser.post(url(ticket, "assign"), {"user": colleague.user.public_id})
    ticket.refresh_from_db()
    assert ticket.assignee == colleague.user
    browser.post(url(ticket, "assign"), {"user": "none"})
    ticket.refresh_from_db()
    assert ticket.assignee is None
    stranger = make_actor().user.public_id
    browser.post(url(ticket, "assign"), {"user": stranger})
    ticket.refresh_from_db()
    assert ticket.assignee is None


def test_moves_ask_for_what_they_need(sign_in, agent, ticket):
    browser = sign_in(agent)
    assert browser.post(url(ticket, "move", "hold")).status_code == 422
    until = timezone.localdate() + timedelta(days=3)
    browser.post(url(ticket, "move", "hold"), {"held_for": "Ufanet", "held_until": until})
    ticket.refresh_from_db()
    assert (ticket.state, ticket.held_for) == (S.ON_HOLD, "Ufanet")
    assert "Ufanet" in html(browser.get(url(ticket)))
    browser.post(url(ticket, "move", "solve"), {"version": ticket.version})
    stale = browser.post(url(ticket, "move", "reopen"), {"version": ticket.version}, follow=True)
    assert "Someone changed this" in html(stale)
    ticket.refresh_from_db()
    assert ticket.state == S.SOLVED


def test_sorting_fields_tags_and_observers(sign_in, agent, ticket):
    category, queue = TicketCategoryFactory(), QueueFactory()
    browser = sign_in(agent)
    form = {"subject": "Clearer", "category": category.public_id, "queue": queue.public_id,
            "priority": "HIGH", "version": ticket.version}  # fmt: skip
    browser.post(url(ticket, "sort"), form)
    ticket.refresh_from_db()
    assert (ticket.subject, ticket.category, ticket.queue) == ("Clearer", category, queue)
    assert browser.post(url(ticket, "sort"), form | {"subject": ""}).status_code == 422
    browser.post(url(ticket, "tags"), {"add": "Cable, tv"})
    assert {tag.name for tag in ticket.tags.all()} == {"cable", "tv"}
    browser.post(url(ticket, "tags"), {"remove": "tv"})
    assert {tag.name for tag in ticket.tags.all()} == {"cable"}
    member = MembershipFactory(organization=ticket.owner).user
    browser.post(url(ticket, "observers"), {"add": member.public_id})
    assert Observer.objects.get().user == member
    browser.post(url(ticket, "observers"), {"remove": member.public_id})
    assert not Observer.objects.exists()


def test_tickets_are_related_merged_and_split(sign_in, agent, ticket):
    browser = sign_in(agent)
    other = TicketFactory(owner=ticket.owner, requester=ticket.requester,
                          requester_email=ticket.requester_email)  # fmt: skip
    browser.post(url(ticket, "relate"), {"other": other.number})
    assert TicketRelation.objects.get().kind == TicketRelationKind.RELATED
    message = TicketMessage.objects.get(ticket=ticket)
    nothing = browser.post(url(ticket, "split"), {"subject": "The other thing"})
    assert nothing.status_code == 422
    made = browser.post(
        url(ticket, "split"), {"subject": "The other thing", "messages": [message.public_id]}
    )
    split = Ticket.objects.get(subject="The other thing")
    assert made["Location"] == url(split)
    wrong = browser.post(url(ticket, "merge"), {"target": TicketFactory().number})
    assert wrong.status_code == 422
    browser.post(url(ticket, "merge"), {"target": other.number})
    ticket.refresh_from_db()
    assert ticket.merged_into == other
    assert other.number in html(browser.get(url(ticket)))


def test_messages_of_another_ticket_are_not_split_off(sign_in, agent, ticket):
    foreign = TicketMessageFactory()
    form = {"subject": "Mine now", "messages": [foreign.public_id]}
    assert sign_in(agent).post(url(ticket, "split"), form).status_code == 422


# --- who is there -------------------------------------------------------------------------------
def test_who_looks_and_who_writes_is_shown_to_others(sign_in, agent, ticket):
    colleague = make_staff(StaffScope.SUPPORT)
    sign_in(colleague).post(url(ticket, "presence"), {"writes": "1"})
    browser = sign_in(agent)
    assert f"{colleague.user} is writing" in html(browser.get(url(ticket)))
    sign_in(colleague).post(url(ticket, "presence"))
    standing = browser.get(f"{url(ticket)}?fragment=standing")
    assert f"{colleague.user} is looking" in html(standing)
    sign_in(colleague).post(url(ticket, "presence"), {"gone": "1"})
    assert not Presence.objects.exists()
    assert sign_in(make_actor()).post(url(ticket, "presence")).status_code == 404


def test_a_poll_is_answered_with_nothing_until_something_happens(sign_in, agent, ticket):
    browser = sign_in(agent)
    address = f"{url(ticket)}?fragment=thread"
    tag = browser.get(address)["ETag"]
    assert browser.get(address, headers={"If-None-Match": tag}).status_code == 304
    add_note(make_staff(StaffScope.SUPPORT), ticket, "A word")
    changed = browser.get(address, headers={"If-None-Match": tag})
    assert "A word" in html(changed)


# --- the list it came from ----------------------------------------------------------------------
def test_the_next_and_the_one_before_are_those_of_the_list(sign_in, agent):
    now = timezone.now()
    rows = [TicketFactory(due_at=now + timedelta(hours=hour)) for hour in (1, 2, 3)]
    TicketFactory(due_at=now, state=S.CLOSED)
    browser = sign_in(agent)
    page = browser.get(f"{url(rows[1])}?list=group%3Dopen%26sort%3Ddue")
    beside = page.context["beside"]
    assert (beside.before, beside.after) == (rows[0].number, rows[2].number)
    assert f"{url(rows[2])}?list=group%3Dopen%26sort%3Ddue" in html(page)
    for broken in ("owner=1", "sort=none", "after=x"):
        assert browser.get(url(rows[1]), {"list": broken}).status_code == 200


# --- what it costs ------------------------------------------------------------------------------
def test_a_long_thread_costs_no_more_queries_than_a_short_one(sign_in, agent, ticket):
    def say(count):
        for _time in range(count):
            message = TicketMessageFactory(ticket=ticket, author=UserFactory())
            file = MessageFile(message=message, name="a.txt", size=1, created_at=timezone.now())
            file.file.save("a.txt", ContentFile(b"a"), save=False)
            file.save()
            InternalNoteFactory(ticket=ticket)
            Observer.objects.create(ticket=ticket, user=UserFactory(), created_at=timezone.now())
            TicketFactory(owner=ticket.owner, requester=ticket.requester)

    def queries():
        with CaptureQueriesContext(connection) as captured:
            assert browser.get(url(ticket)).status_code == 200
        return len(captured)

    browser = sign_in(agent)
    browser.get(url(ticket))
    say(1)
    one = queries()
    say(2)
    assert queries() == one <= 36


def test_a_long_thread_is_folded_in_the_middle(sign_in, agent, ticket):
    for number in range(14):
        TicketMessageFactory(ticket=ticket, body=f"Word {number}")
    page = sign_in(agent).get(url(ticket))
    kinds = [block["kind"] for block in page.context["blocks"]]
    assert kinds == ["said", "earlier", *["said"] * 6]
    assert "8 messages in between" in html(page)


# --- files --------------------------------------------------------------------------------------
def test_pictures_are_drawn_anew_and_notes_pictures_for_staff_alone(sign_in, agent, ticket):
    message = TicketMessage.objects.get(ticket=ticket)
    file = MessageFile(message=message, name="door.png", size=90, created_at=timezone.now())
    file.file.save("door.png", ContentFile(picture()), save=False)
    file.save()
    address = f"/desk/pictures/message/{file.public_id}/"
    browser = sign_in(agent)
    assert address in html(browser.get(url(ticket)))
    shown = browser.get(address)
    assert shown["Content-Type"] == "image/jpeg"
    assert "sandbox" in shown["Content-Security-Policy"]
    assert browser.get(f"/desk/pictures/note/{file.public_id}/").status_code == 404
    for stranger in (make_actor(organization=ticket.owner), make_actor(OrganizationKind.PROVIDER)):
        assert sign_in(stranger).get(address).status_code == 404


def test_a_ticket_that_is_not_there_is_404(sign_in, agent):
    browser = sign_in(agent)
    for number in ("ET-0000-0000", "x", str(uuid4())):
        assert browser.get(f"/desk/{number}/").status_code == 404
