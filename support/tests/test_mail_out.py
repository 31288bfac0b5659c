"""Letters of the desk: to whom they go, what stands in them, and what becomes of them."""

import smtplib
import socket
from email import message_from_bytes, policy
from email.utils import getaddresses

import pytest
from aiosmtpd.controller import Controller
from django.core import mail
from django.core.files.base import ContentFile
from django.db import transaction
from django.utils import translation

from core.choices import Role, StaffScope
from core.jobs import TemporaryFailure
from core.models import Event
from support.choices import Channel, DeskSide, SendState
from support.models import LetterId, MessageFile, Observer, OutgoingMail
from support.services.mail import addresses
from support.services.mail.outgoing import (
    RECEIPTS_A_DAY,
    acknowledge,
    give_up_letter,
    send_letter,
    send_out,
)
from support.tests.factories import InternalNoteFactory, TicketFactory, TicketMessageFactory
from users.tests.factories import MembershipFactory, OrganizationFactory, UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _address(settings):
    settings.SUPPORT_ADDRESS = "support+{token}@estconnect.example"
    settings.SITE_URL = "https://portal.example.ru"
    settings.DEFAULT_FROM_EMAIL = "Estconnect <noreply@estconnect.example>"
    settings.LANGUAGE_CODE = "en"
    with translation.override("en"):
        yield


@pytest.fixture
def agent():
    return UserFactory(is_staff=True, staff_scope=StaffScope.SUPPORT)


@pytest.fixture
def ticket():
    """Of a member of an organization, who has written."""
    row = TicketFactory(subject="No light")
    row.requester.language = "en"
    row.requester.save()
    MembershipFactory(organization=row.owner, user=row.requester, role=Role.MEMBER)
    TicketMessageFactory(ticket=row, body="The light is out.\nSince noon.")
    return row


@pytest.fixture
def stranger():
    row = TicketFactory(
        owner=None,
        requester=None,
        requester_name="Olga",
        requester_email="olga@example.com",
        subject="Hello",
        channel=Channel.MAIL,
    )
    TicketMessageFactory(
        ticket=row, author=None, author_email="olga@example.com", channel=Channel.MAIL, body="Hi."
    )
    return row


def answer(ticket, agent, body="We are **on** it."):
    return TicketMessageFactory(ticket=ticket, side=DeskSide.STAFF, author=agent, body=body)


def colleague(ticket, **fields):
    user = UserFactory(language="en", **fields)
    MembershipFactory(organization=ticket.owner, user=user, role=Role.MEMBER)
    Observer.objects.create(ticket=ticket, user=user, created_at=ticket.created_at)
    return user


def test_an_answer_reaches_the_requester_and_observers_of_theirs(ticket, agent, run_jobs):
    observer = colleague(ticket)
    Observer.objects.create(ticket=ticket, user=agent, created_at=ticket.created_at)
    send_out(answer(ticket, agent))
    run_jobs()
    assert {letter.to[0] for letter in mail.outbox} == {ticket.requester.email, observer.email}
    assert set(OutgoingMail.objects.values_list("state", flat=True)) == {SendState.SENT}


def test_what_a_letter_says(ticket, agent, run_jobs):
    message = answer(ticket, agent)
    InternalNoteFactory(ticket=ticket, body="Canary of the staff")
    send_out(message)
    run_jobs()
    (letter,) = mail.outbox
    html = letter.alternatives[0][0]
    assert letter.subject == f"[{ticket.number}] No light"
    assert letter.body.startswith("We are **on** it.\n")
    assert "> The light is out.\n> Since noon.\n" in letter.body
    assert "<strong>on</strong>" in html
    assert "The light is out.<br>Since noon.<br>" in html
    sender = getaddresses([letter.from_email])
    assert sender == [("Estconnect support", "support@estconnect.example")]
    headers = letter.extra_headers
    token = ticket.mail_token.lower()
    assert headers["Reply-To"] == f"support+{token}@estconnect.example"
    assert "Auto-Submitted" not in headers
    assert "Canary" not in str(letter.message())


def test_a_letter_goes_on_the_thread_and_is_known_by_its_id(ticket, agent, run_jobs):
    LetterId.objects.create(letter_id="first@customer.example", ticket=ticket)
    send_out(answer(ticket, agent))
    run_jobs()
    headers = mail.outbox[0].extra_headers
    assert headers["In-Reply-To"] == "<first@customer.example>"
    assert headers["References"] == f"{addresses.thread_id(ticket)} <first@customer.example>"
    assert LetterId.objects.filter(letter_id=headers["Message-ID"].strip("<>")).exists()
    row = OutgoingMail.objects.get()
    assert addresses.sent_row(headers["Message-ID"]) == row.pk


def test_a_letter_sent_again_has_the_same_id(ticket, agent, run_jobs):
    send_out(answer(ticket, agent))
    run_jobs()
    OutgoingMail.objects.update(state=SendState.WAITING)
    send_letter.enqueue(OutgoingMail.objects.get().pk)
    run_jobs()
    first, second = mail.outbox
    assert first.extra_headers["Message-ID"] == second.extra_headers["Message-ID"]


def test_a_stranger_is_answered_by_address_and_led_nowhere(stranger, agent, run_jobs):
    send_out(answer(stranger, agent))
    run_jobs()
    (letter,) = mail.outbox
    assert letter.to == ["olga@example.com"]
    assert "https://" not in letter.body


def test_an_address_not_confirmed_gets_nothing_and_the_desk_hears_of_it(ticket, agent, run_jobs):
    ticket.requester.emailaddress_set.update(verified=False)
    message = answer(ticket, agent)
    send_out(message)
    run_jobs()
    assert not mail.outbox
    row = OutgoingMail.objects.get()
    assert (row.state, row.error) == (SendState.FAILED, "PermanentFailure: no confirmed address")
    event = Event.objects.get(kind="ticket.mail_failed")
    assert event.data == {"number": ticket.number, "message": message.pk}
    assert not event.parties.exists()


def test_who_has_left_the_organization_hears_no_more(ticket, agent, run_jobs):
    observer = colleague(ticket)
    send_out(answer(ticket, agent))
    observer.memberships.update(is_active=False)
    run_jobs()
    assert [letter.to for letter in mail.outbox] == [[ticket.requester.email]]
    assert OutgoingMail.objects.get(user=observer).state == SendState.HELD


def test_nothing_leaves_a_sandbox(agent, run_jobs):
    owner = OrganizationFactory(is_sandbox=True)
    ticket = TicketFactory(owner=owner)
    send_out(answer(ticket, agent))
    run_jobs()
    assert not mail.outbox
    assert OutgoingMail.objects.get().state == SendState.HELD


def add_file(message, name, size):
    content = ContentFile(b"%PDF-" + b"x" * (size - 5), name=name)
    MessageFile.objects.create(
        message=message, file=content, name=name, size=size, created_at=message.created_at
    )


def test_files_go_along_up_to_ten_megabytes(ticket, agent, run_jobs):
    message = answer(ticket, agent)
    for name, megabytes in (("a.pdf", 6), ("b.pdf", 5), ("c.pdf", 3)):
        add_file(message, name, megabytes * 1024 * 1024)
    send_out(message)
    run_jobs()
    (letter,) = mail.outbox
    assert [(name, kind) for name, _content, kind in letter.attachments] == [
        ("a.pdf", "application/pdf"),
        ("c.pdf", "application/pdf"),
    ]
    assert "- b.pdf (5.0" in letter.body


@pytest.mark.parametrize("text", ["A\r\nBcc: x@example.com", "A\nB", "A\x0bB\u2028C"])
def test_no_header_can_be_smuggled_in(stranger, agent, run_jobs, text):
    stranger.subject = stranger.requester_name = text
    stranger.save()
    LetterId.objects.create(letter_id="a\r\nBcc: y@example.com", ticket=stranger)
    message = answer(stranger, agent)
    send_out(message)
    run_jobs()
    (letter,) = mail.outbox
    assert letter.recipients() == ["olga@example.com"]
    read = message_from_bytes(letter.message().as_bytes(), policy=policy.default)
    assert read["Bcc"] is None
    assert read["Subject"].startswith(f"[{stranger.number}] A")


# --- the automatic letter -----------------------------------------------------------------------
def test_a_receipt_says_what_its_reader_wrote_and_that_it_is_automatic(stranger, run_jobs):
    assert acknowledge(stranger.messages.get())
    run_jobs()
    (letter,) = mail.outbox
    assert letter.extra_headers["Auto-Submitted"] == "auto-replied"
    assert letter.subject == f"[{stranger.number}] Hello"
    assert "> Hi.\n" in letter.body


def test_an_address_gets_few_receipts_a_day(stranger, run_jobs):
    for _number in range(RECEIPTS_A_DAY + 3):
        acknowledge(stranger.messages.get())
    run_jobs()
    assert len(mail.outbox) == RECEIPTS_A_DAY


# --- what can go wrong --------------------------------------------------------------------------
def refuse_with(monkeypatch, error):
    def refuse(*args, **kwargs):
        raise error

    monkeypatch.setattr(mail.EmailMultiAlternatives, "send", refuse)


def test_a_server_that_says_never_ends_the_letter(stranger, agent, run_jobs, monkeypatch):
    refused = smtplib.SMTPRecipientsRefused({"olga@example.com": (550, b"unknown olga")})
    refuse_with(monkeypatch, refused)
    send_out(answer(stranger, agent))
    run_jobs(later=True)
    row = OutgoingMail.objects.get()
    assert (row.state, row.attempts) == (SendState.FAILED, 1)
    assert "olga" not in row.error
    assert Event.objects.filter(kind="ticket.mail_failed").count() == 1


def test_a_server_that_is_away_is_asked_again(stranger, agent, run_jobs, monkeypatch):
    with monkeypatch.context() as away:
        refuse_with(away, ConnectionRefusedError())
        send_out(answer(stranger, agent))
        run_jobs()
        assert OutgoingMail.objects.get().state == SendState.WAITING
    run_jobs(later=True)
    assert OutgoingMail.objects.get().state == SendState.SENT
    assert len(mail.outbox) == 1


def test_a_letter_given_up_is_told_once(stranger, agent):
    send_out(answer(stranger, agent))
    row = OutgoingMail.objects.get()
    give_up_letter(row.pk)
    give_up_letter(row.pk)
    assert Event.objects.filter(kind="ticket.mail_failed").count() == 1


def test_a_worker_killed_while_sending_sends_once_more_and_never_again(stranger, agent, run_jobs):
    send_out(answer(stranger, agent))
    run_jobs()
    rows = OutgoingMail.objects.all()
    rows.update(state=SendState.SENDING, claimed_at="2020-01-01T00:00Z")
    send_letter.enqueue(rows.get().pk)
    run_jobs()
    assert len(mail.outbox) == 2
    rows.update(state=SendState.SENDING, claimed_at="2020-01-01T00:00Z")
    send_letter.enqueue(rows.get().pk)
    run_jobs()
    assert len(mail.outbox) == 2
    assert rows.get().state == SendState.FAILED


def test_what_another_worker_sends_is_left_to_it(stranger, agent, run_jobs):
    send_out(answer(stranger, agent))
    OutgoingMail.objects.update(state=SendState.SENDING, claimed_at="2999-01-01T00:00Z")
    with pytest.raises(TemporaryFailure):
        send_letter.func(_Context(), OutgoingMail.objects.get().pk)
    assert not mail.outbox


class _Context:
    attempt = 1


# --- through a real server ----------------------------------------------------------------------
class Kept:
    def __init__(self):
        self.envelopes = []

    async def handle_DATA(self, server, session, envelope):  # noqa: N802
        self.envelopes.append(envelope)
        return "250 OK"


@pytest.fixture
def smtp(settings):
    kept = Kept()
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    controller = Controller(kept, hostname="127.0.0.1", port=port)
    controller.start()
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", port
    yield kept
    controller.stop()


def test_a_letter_through_a_mail_server(stranger, agent, run_jobs, smtp):
    stranger.subject = "Нет света в подъезде №3 и очень длинная тема, которая не входит в строку"
    stranger.save()
    message = answer(stranger, agent, "Здравствуйте!\n\n.\nТочка стоит одна.")
    add_file(message, "Договор.pdf", 2000)
    with transaction.atomic():
        send_out(message)
    run_jobs()
    (envelope,) = smtp.envelopes
    assert envelope.rcpt_tos == ["olga@example.com"]
    assert envelope.mail_from == "support@estconnect.example"
    read = message_from_bytes(envelope.content, policy=policy.default)
    assert read["Subject"].strip() == f"[{stranger.number}] {stranger.subject}"
    text = read.get_body(("plain",)).get_content()
    assert "Здравствуйте!" in text
    assert "Точка стоит одна." in text
    (file,) = read.iter_attachments()
    assert file.get_filename() == "Договор.pdf"
