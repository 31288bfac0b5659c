"""One's tickets: the list, the thread, what can be done, and who is told."""

import re
from datetime import timedelta

import pytest
from django.core.files.base import ContentFile
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client as Browser
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from core.choices import OrganizationKind, Role, StaffScope
from support.choices import Channel, DeskSide, TicketState
from support.models import HeldFile, InternalNote, MessageFile, Observer, Ticket
from support.services.words import keep_words
from support.tests.factories import (
    InternalNoteFactory,
    TicketFactory,
    TicketMessageFactory,
)
from users.models import AccountManagement
from users.services.support_access import enter, grant_access
from users.tests.factories import UserFactory, make_actor, make_staff

pytestmark = pytest.mark.django_db
S = TicketState
LIST = "/support/"
PDF = b"%PDF-1.7\n%%EOF\n"


@pytest.fixture
def owner():
    return make_actor(OrganizationKind.COMPANY, Role.OWNER)


@pytest.fixture
def colleague(owner):
    return make_actor(organization=owner.organization, role=Role.MEMBER)


@pytest.fixture
def viewer(owner):
    return make_actor(organization=owner.organization, role=Role.VIEWER)


@pytest.fixture
def ticket(owner):
    return TicketFactory(owner=owner.organization, requester=owner.user, state=S.OPEN)


def url(ticket, more=""):
    return f"/support/{ticket.number}/{more}"


def text(response):
    return response.content.decode()


def shown(response):
    return [row.subject for row in response.context["page"].rows]


def make(owner, subject, state=S.OPEN, *, days=0):
    changed = timezone.now() - timedelta(days=days)
    row = TicketFactory(
        owner=owner.organization,
        requester=owner.user,
        subject=subject,
        state=state,
        updated_at=changed,
    )
    keep_words(row)
    return row


# --- the list -----------------------------------------------------------------------------------
def test_what_waits_for_an_answer_stands_first_then_what_changed_last(sign_in, owner):
    make(owner, "old question", S.PENDING, days=9)
    make(owner, "older", days=5)
    make(owner, "newest", S.SOLVED, days=1)
    make(owner, "new question", S.PENDING, days=3)
    assert shown(sign_in(owner).get(LIST)) == ["new question", "old question", "newest", "older"]


def test_colleagues_and_viewers_read_and_others_do_not(sign_in, owner, colleague, viewer, ticket):
    others = make_actor(OrganizationKind.COMPANY, Role.OWNER)
    TicketFactory(owner=others.organization, subject="Not yours")
    for reader in (owner, colleague, viewer):
        page = sign_in(reader).get(LIST)
        assert shown(page) == [ticket.subject]
        assert "Not yours" not in text(page)
    assert shown(sign_in(others).get(LIST)) == ["Not yours"]


def test_the_list_is_narrowed_by_state_and_text(sign_in, owner):
    make(owner, "Router burns", S.OPEN)
    make(owner, "Router asks", S.PENDING)
    done = make(owner, "Bill is wrong", S.SOLVED)
    browser = sign_in(owner)
    assert shown(browser.get(LIST, {"state": "waiting"})) == ["Router asks"]
    assert set(shown(browser.get(LIST, {"state": "open"}))) == {"Router burns", "Router asks"}
    assert shown(browser.get(LIST, {"state": "over"})) == ["Bill is wrong"]
    assert set(shown(browser.get(LIST, {"q": "rout"}))) == {"Router burns", "Router asks"}
    assert shown(browser.get(LIST, {"q": done.number.replace("-", " ")})) == ["Bill is wrong"]
    assert shown(browser.get(LIST, {"q": "nothing of it"})) == []


@pytest.mark.parametrize(
    "query", [{"state": "MOON"}, {"queue": "1"}, {"after": "x"}, {"size": "x"}]
)
def test_what_the_list_does_not_know_is_refused(sign_in, owner, query):
    assert sign_in(owner).get(f"{LIST}?{query}").status_code == 400


def test_the_list_goes_on_where_it_ended(sign_in, owner):
    for number in range(30):
        make(owner, f"Ticket {number:02}", days=number)
    make(owner, "question", S.PENDING)
    browser = sign_in(owner)
    first = browser.get(LIST)
    second = browser.get(LIST, {"after": first.context["page"].next_cursor})
    assert shown(first) == ["question", *(f"Ticket {number:02}" for number in range(25))]
    assert shown(second) == [f"Ticket {number:02}" for number in range(25, 30)]


def test_an_empty_list_offers_the_form(sign_in, owner, viewer):
    assert "/support/new/" in text(sign_in(owner).get(LIST))
    page = text(sign_in(viewer).get(LIST))
    assert "No tickets yet" in page
    assert "/support/new/" not in page


def test_the_list_costs_the_same_for_one_and_for_many(sign_in, owner):
    make(owner, "one")
    browser = sign_in(owner)
    browser.get(LIST)
    with CaptureQueriesContext(
        connection,
    ) as few:
        browser.get(LIST)
    for number in range(3):
        make(owner, f"more {number}", S.PENDING)
        make(owner, f"others {number}")
    with CaptureQueriesContext(connection) as many:
        browser.get(LIST)
    assert len(many) <= len(few)


def test_an_idle_list_is_not_read_again(sign_in, owner, ticket):
    browser = sign_in(owner)
    first = browser.get(LIST, {"fragment": "rows"})
    again = browser.get(LIST, {"fragment": "rows"}, headers={"If-None-Match": first["ETag"]})
    assert (first.status_code, again.status_code) == (200, 304)


# --- who comes in -------------------------------------------------------------------------------
def test_visitors_are_told_how_support_is_reached(settings):
    settings.SUPPORT_ADDRESS = "help+{token}@example.com"
    page = text(Browser().get(LIST))
    assert "help@example.com" in page
    assert "/users/login/?next=/support/new/" in page


def test_staff_are_led_to_the_desk(sign_in, ticket):
    support = make_staff(StaffScope.SUPPORT)
    assert sign_in(support).get(LIST).url == "/desk/"
    assert sign_in(make_staff(StaffScope.CONTENT)).get(url(ticket)).status_code == 404


def test_another_tenants_ticket_does_not_exist(sign_in, ticket):
    stranger = sign_in(make_actor(OrganizationKind.COMPANY, Role.OWNER))
    assert stranger.get(url(ticket)).status_code == 404
    for more in ("answer/", "do/", "score/", "observers/"):
        sent = {"body": "x", "move": "close", "value": "5", "add": "x"}
        assert stranger.post(url(ticket, more), sent).status_code == 404
    assert Browser().get(url(ticket)).status_code == 302


def test_who_acts_by_leave_reads_and_answers_and_does_not_score(sign_in, owner, ticket):
    access = grant_access(owner, lasts=timedelta(hours=2), reason="See for yourself")
    helper = make_staff(StaffScope.SUPPORT)
    enter(helper, access.public_id)
    browser = sign_in(helper)
    session = browser.session
    session["support_access"] = access.public_id
    session.save()
    Ticket.objects.update(state=S.SOLVED)
    page = browser.get(url(ticket))
    assert page.status_code == 200
    assert page.context["may_score"] is False
    assert browser.post(url(ticket, "score/"), {"value": "5"}).status_code == 403
    assert browser.post(url(ticket, "observers/"), {"add": "x"}).status_code == 403


def test_an_account_manager_reads_as_the_organization_and_does_not_write(sign_in, owner, ticket):
    manager = make_staff(StaffScope.ACCOUNT_MANAGER)
    AccountManagement.objects.create(
        user=manager.user, organization=owner.organization, created_at=timezone.now()
    )
    browser = sign_in(manager)
    session = browser.session
    session["organization"] = owner.organization.public_id
    session.save()
    page = browser.get(url(ticket))
    assert page.status_code == 200
    assert page.context["form"] is None
    assert browser.post(url(ticket, "answer/"), {"body": "x"}).status_code == 403


# --- the thread ---------------------------------------------------------------------------------
def test_both_sides_are_read_and_notes_are_not(sign_in, owner, viewer, ticket):
    TicketMessageFactory(ticket=ticket, body="My words\nin two lines")
    TicketMessageFactory(
        ticket=ticket,
        side=DeskSide.STAFF,
        author=UserFactory(full_name="Helper", is_staff=True),
        body="**Bold** answer",
        quoted="> older words",
    )
    TicketMessageFactory(ticket=ticket, channel=Channel.MAIL, body="By mail")
    InternalNoteFactory(ticket=ticket, body="SECRET-OF-THE-DESK")
    for reader in (owner, viewer):
        browser = sign_in(reader)
        for page in (browser.get(url(ticket)), browser.get(url(ticket), {"fragment": "thread"})):
            seen = text(page)
            assert "My words<br>in two lines" in seen
            assert "<strong>Bold</strong> answer" in seen
            assert "older words" in seen
            assert "Helper" in seen
            assert "SECRET" not in seen
    assert InternalNote.objects.exists()


def test_stored_html_is_harmless(sign_in, owner, ticket):
    hostile = '<script>alert(1)</script> [x](javascript:alert(2)) http://a.example/"onx=1'
    TicketMessageFactory(ticket=ticket, body=hostile, quoted=hostile)
    TicketMessageFactory(ticket=ticket, side=DeskSide.STAFF, body=hostile)
    Ticket.objects.update(subject="<img src=x onerror=alert(3)>")
    seen = text(sign_in(owner).get(url(ticket)))
    assert "<script>alert" not in seen
    assert 'href="javascript' not in seen
    assert "<img src=x" not in seen
    assert not re.search(r"<[^>]*\bonx=", seen)


def test_the_page_costs_the_same_for_a_long_thread(sign_in, owner, ticket):
    TicketMessageFactory(ticket=ticket)
    browser = sign_in(owner)
    browser.get(url(ticket))
    with CaptureQueriesContext(connection) as few:
        browser.get(url(ticket))
    for _ in range(3):
        message = TicketMessageFactory(ticket=ticket)
        MessageFile.objects.create(message=message, name="a", size=1, created_at=timezone.now())
    with CaptureQueriesContext(connection) as many:
        browser.get(url(ticket))
    assert len(many) <= len(few)
    assert len(few) <= 22


def test_promises_are_told_in_words(sign_in, owner, ticket):
    soon = timezone.now() + timedelta(hours=3)
    Ticket.objects.update(next_due_at=soon, solution_due_at=soon)
    seen = text(sign_in(owner).get(url(ticket)))
    assert "We answer by" in seen
    assert "We mean to solve it by" in seen
    Ticket.objects.update(next_due_at=timezone.now() - timedelta(hours=3))
    assert "Our answer is late" in text(sign_in(owner).get(url(ticket)))
    Ticket.objects.update(state=S.ON_HOLD, held_until=soon, held_for="the provider")
    assert "We wait for others (the provider)" in text(sign_in(owner).get(url(ticket)))
    Ticket.objects.update(state=S.PENDING)
    assert "We go on as soon as you answer." in text(sign_in(owner).get(url(ticket)))


# --- answering ----------------------------------------------------------------------------------
def test_an_answer_is_added_once_and_wakes_the_ticket(sign_in, owner, ticket):
    Ticket.objects.update(state=S.PENDING)
    browser = sign_in(owner)
    token = browser.get(url(ticket)).context["form"].token
    sent = {"body": "It is the red light.", "form_token": str(token)}
    for _ in range(2):
        assert browser.post(url(ticket, "answer/"), sent).url == url(ticket)
    assert ticket.messages.get().body == "It is the red light."
    ticket.refresh_from_db()
    assert ticket.state == S.OPEN


@pytest.mark.parametrize("body", ["", "   ", "x" * 200_000])
def test_an_empty_or_endless_answer_is_refused_and_kept(sign_in, owner, ticket, body):
    response = sign_in(owner).post(url(ticket, "answer/"), {"body": body})
    assert response.status_code == 422
    assert not ticket.messages.exists()


def test_files_of_a_refused_answer_wait(sign_in, owner, ticket):
    browser = sign_in(owner)
    token = str(browser.get(url(ticket)).context["form"].token)
    files = [SimpleUploadedFile("good.pdf", PDF), SimpleUploadedFile("bad.exe", b"MZ")]
    sent = {"body": "Look at it", "form_token": token}
    refused = browser.post(url(ticket, "answer/"), sent | {"files": files})
    assert refused.status_code == 422
    assert "bad.exe" in text(refused)
    assert "Look at it" in text(refused)
    browser.post(url(ticket, "answer/"), sent)
    assert MessageFile.objects.get().name == "good.pdf"
    assert not HeldFile.objects.exists()


def test_a_viewer_adds_nothing(sign_in, viewer, ticket):
    browser = sign_in(viewer)
    assert browser.get(url(ticket)).context["form"] is None
    for more in ("answer/", "do/", "score/", "observers/"):
        assert browser.post(url(ticket, more), {"body": "x"}).status_code == 403


def test_long_after_it_was_closed_words_open_a_new_ticket(sign_in, owner, ticket):
    long_ago = timezone.now() - timedelta(days=30)
    Ticket.objects.update(state=S.CLOSED, closed_at=long_ago, state_since=long_ago)
    browser = sign_in(owner)
    assert "your words open a new one" in text(browser.get(url(ticket)))
    response = browser.post(url(ticket, "answer/"), {"body": "Again"})
    new = Ticket.objects.exclude(pk=ticket.pk).get()
    assert response.url == url(new)


# --- moving -------------------------------------------------------------------------------------
def test_it_is_solved_reopened_and_closed_by_who_asked(sign_in, owner, ticket):
    browser = sign_in(owner)
    for name, state in (("solve", S.SOLVED), ("reopen", S.OPEN), ("close", S.CLOSED)):
        assert f'value="{name}"' in text(browser.get(url(ticket)))
        browser.post(url(ticket, "do/"), {"move": name})
        ticket.refresh_from_db()
        assert ticket.state == state


@pytest.mark.parametrize("name", ["take_up", "hold", "await_customer", "", "nonsense"])
def test_moves_of_the_desk_are_not_the_customers(sign_in, owner, ticket, name):
    response = sign_in(owner).post(url(ticket, "do/"), {"move": name})
    assert response.status_code == 400
    ticket.refresh_from_db()
    assert ticket.state == S.OPEN


def test_a_merged_ticket_leads_to_where_it_goes_on(sign_in, owner, ticket):
    other = make(owner, "The other")
    Ticket.objects.filter(pk=ticket.pk).update(state=S.CLOSED, merged_into=other)
    page = text(sign_in(owner).get(url(ticket)))
    assert url(other) in page
    assert 'value="reopen"' not in page


# --- files --------------------------------------------------------------------------------------
def test_files_are_for_both_sides_alone(sign_in, owner, viewer, ticket):
    file = MessageFile(
        message=TicketMessageFactory(ticket=ticket),
        name="contract.pdf",
        size=9,
        created_at=timezone.now(),
    )
    file.file.save("x.pdf", ContentFile(PDF), save=False)
    file.save()
    address = f"/support/files/{file.public_id}/"
    for reader in (owner, viewer, make_staff(StaffScope.SUPPORT)):
        response = sign_in(reader).get(address)
        assert b"".join(response.streaming_content) == PDF
        assert response["Content-Disposition"].startswith("attachment")
    strangers = (
        make_actor(OrganizationKind.COMPANY),
        make_staff(StaffScope.ACCOUNT_MANAGER),
        make_staff(StaffScope.CONTENT),
    )
    for stranger in strangers:
        assert sign_in(stranger).get(address).status_code == 404


# --- observers ----------------------------------------------------------------------------------
def test_colleagues_are_added_and_taken_off(sign_in, owner, colleague, ticket):
    browser = sign_in(owner)
    assert str(colleague.user) in text(browser.get(url(ticket)))
    browser.post(url(ticket, "observers/"), {"add": colleague.user.public_id})
    assert Observer.objects.get().user == colleague.user
    browser.post(url(ticket, "observers/"), {"remove": colleague.user.public_id})
    assert not Observer.objects.exists()


def test_strangers_and_staff_are_not_to_be_added(sign_in, owner, ticket):
    others = (make_actor().user, make_staff(StaffScope.SUPPORT).user)
    for user in others:
        sent = {"add": user.public_id}
        assert sign_in(owner).post(url(ticket, "observers/"), sent).status_code == 400
    assert not Observer.objects.exists()


def test_staff_who_observe_are_the_desks_own_matter(sign_in, owner, ticket):
    helper = UserFactory(full_name="Hidden Helper", is_staff=True)
    Observer.objects.create(ticket=ticket, user=helper, created_at=timezone.now())
    assert "Hidden Helper" not in text(sign_in(owner).get(url(ticket)))
