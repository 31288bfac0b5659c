"""The desk in Django admin: read by those who may, changed by services alone."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from core.choices import StaffScope
from support.models import (
    IncomingMail,
    InternalNote,
    Mailbox,
    MessageFile,
    NoteFile,
    Observer,
    OutgoingMail,
    Score,
    TicketLink,
    TicketMessage,
    TicketRelation,
)
from support.services.talking import add_note, answer
from support.tests.people import account_manager, customer, desk_worker, opened, text_file
from users.tests.factories import make_staff
from users.tests.sessions import prove

pytestmark = pytest.mark.django_db
OF_TICKETS = [
    "ticket", "ticketmessage", "messagefile", "observer", "ticketlink", "ticketrelation", "score",
]  # fmt: skip
OF_THE_DESK = ["internalnote", "notefile", "outgoingmail", "incomingmail", "mailbox"]
MODELS = [*OF_TICKETS, *OF_THE_DESK]


def list_url(model):
    return reverse(f"admin:support_{model}_changelist")


def row_url(model, pk):
    return reverse(f"admin:support_{model}_change", args=[pk])


def lived(owner, subject="No internet"):
    """A ticket with one row in every table around it."""
    now = timezone.now()
    staff = desk_worker()
    ticket = opened(owner, subject)
    message = answer(staff, ticket, "See", uploads=[text_file()])
    add_note(staff, ticket, "Between us", uploads=[text_file()])
    other = opened(owner)
    TicketRelation.objects.create(source=ticket, target=other, created_at=now)
    TicketLink.objects.create(ticket=ticket, kind="CLIENT", object_id=1, created_at=now)
    Observer.objects.create(ticket=ticket, user=owner.user, created_at=now)
    Score.objects.create(ticket=ticket, value=5, created_at=now)
    OutgoingMail.objects.filter(message=message).delete()
    OutgoingMail.objects.create(message=message, user=owner.user, created_at=now)
    box = Mailbox.objects.get_or_create(name="support")[0]
    IncomingMail.objects.create(
        mailbox=box,
        uid_validity=1,
        uid=ticket.pk,
        letter_id=f"<{ticket.pk}@example.com>",
        raw="mail/x",
        size=1,
        ticket=ticket,
        received_at=now,
    )
    return ticket


def row_of(model, ticket):
    return {
        "ticket": lambda: ticket,
        "ticketmessage": lambda: TicketMessage.objects.filter(ticket=ticket).first(),
        "messagefile": lambda: MessageFile.objects.get(message__ticket=ticket),
        "observer": lambda: Observer.objects.get(ticket=ticket),
        "ticketlink": lambda: TicketLink.objects.get(ticket=ticket),
        "ticketrelation": lambda: TicketRelation.objects.get(source=ticket),
        "score": lambda: Score.objects.get(ticket=ticket),
        "internalnote": lambda: InternalNote.objects.get(ticket=ticket),
        "notefile": lambda: NoteFile.objects.get(note__ticket=ticket),
        "outgoingmail": lambda: OutgoingMail.objects.get(message__ticket=ticket),
        "incomingmail": lambda: IncomingMail.objects.get(ticket=ticket),
        "mailbox": lambda: Mailbox.objects.get(),
    }[model]()


@pytest.fixture
def owner():
    return customer()


@pytest.fixture
def ticket(owner):
    return lived(owner)


def browser_of(sign_in, actor):
    return prove(sign_in(actor), actor.user)


@pytest.mark.parametrize("scope", [StaffScope.ADMIN, StaffScope.SUPPORT])
@pytest.mark.parametrize("model", MODELS)
def test_the_desk_reads_and_nobody_edits(sign_in, ticket, model, scope):
    browser = browser_of(sign_in, make_staff(scope))
    row = row_of(model, ticket)
    assert row in browser.get(list_url(model)).context["cl"].result_list
    page = browser.get(row_url(model, row.pk))
    assert page.status_code == 200
    assert b'name="_save"' not in page.content
    assert ticket.mail_token not in page.content.decode()
    assert browser.post(row_url(model, row.pk), {}).status_code == 403
    assert browser.get(reverse(f"admin:support_{model}_add")).status_code == 403
    delete = reverse(f"admin:support_{model}_delete", args=[row.pk])
    assert browser.post(delete, {"post": "yes"}).status_code == 403


@pytest.mark.parametrize("model", OF_TICKETS)
def test_account_managers_read_what_is_in_their_charge(sign_in, owner, ticket, model):
    foreign = lived(customer())
    browser = browser_of(sign_in, account_manager(owner.organization))
    found = browser.get(list_url(model)).context["cl"].result_list
    own, other = row_of(model, ticket), row_of(model, foreign)
    assert own in found
    assert other not in found
    assert browser.get(row_url(model, other.pk)).status_code in {302, 404}


@pytest.mark.parametrize("model", OF_THE_DESK)
@pytest.mark.parametrize("scope", [StaffScope.ACCOUNT_MANAGER, StaffScope.CONTENT])
def test_notes_and_letters_are_for_the_desk_alone(sign_in, ticket, model, scope):
    browser = browser_of(sign_in, make_staff(scope))
    assert browser.get(list_url(model)).status_code == 403
    assert browser.get(row_url(model, row_of(model, ticket).pk)).status_code == 403


@pytest.mark.parametrize("model", [name for name in MODELS if name != "mailbox"])
def test_rows_are_found_by_the_number_of_their_ticket(sign_in, owner, ticket, model):
    other = lived(owner)
    browser = browser_of(sign_in, make_staff())
    for text in (ticket.number, ticket.number.lower()):
        found = browser.get(list_url(model), {"q": text}).context["cl"].result_list
        assert row_of(model, ticket) in found
        assert row_of(model, other) not in found
    assert not browser.get(list_url(model), {"q": "ET-0000-0000"}).context["cl"].result_list


def test_tickets_are_found_by_who_asked_and_by_words(sign_in, owner):
    ticket = lived(owner, "The lift is dark")
    lived(customer())
    browser = browser_of(sign_in, make_staff())
    for text in (owner.user.email, "dark li", "ligh"):
        found = list(browser.get(list_url("ticket"), {"q": text}).context["cl"].result_list)
        assert (ticket in found) == (text != "ligh")
    assert not browser.get(list_url("ticket"), {"q": "darkness"}).context["cl"].result_list


def test_letters_are_found_by_their_id(sign_in, ticket):
    browser = browser_of(sign_in, make_staff())
    found = browser.get(list_url("incomingmail"), {"q": f"{ticket.pk}@example.com"})
    assert list(found.context["cl"].result_list) == [row_of("incomingmail", ticket)]


@pytest.mark.parametrize("model", MODELS)
def test_lists_cost_the_same_for_one_row_and_for_three(sign_in, owner, ticket, model):
    browser = browser_of(sign_in, make_staff())

    def cost():
        with CaptureQueriesContext(connection) as captured:
            assert browser.get(list_url(model)).status_code == 200
        return len(captured)

    cost()
    one = cost()
    lived(owner)
    lived(owner)
    assert cost() == one <= 14
