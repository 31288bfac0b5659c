"""Letters become tickets and answers; what no person wrote, and what came before, do not."""

from datetime import timedelta

import pytest
from django.core import mail
from django.utils import translation

from core.choices import OrganizationKind, Role, StaffScope
from core.models import Event, Job
from support.choices import (
    Channel,
    DeskSide,
    MailOutcome,
    SendState,
    TicketRelationKind,
    TicketState,
)
from support.models import (
    IncomingMail,
    LetterId,
    Observer,
    OutgoingMail,
    Ticket,
    TicketMessage,
    TicketRelation,
)
from support.services.mail import addresses, intake
from support.services.mail.incoming import forget_old_letters
from support.services.mail.intake import understand_letter
from support.services.mail.outgoing import send_out
from support.tests.factories import (
    InternalNoteFactory,
    QueueFactory,
    TicketFactory,
    TicketMessageFactory,
)
from support.tests.letters import DESK, arrive, encoded, letter, mixed, raw, take
from users.tests.factories import MembershipFactory, OrganizationFactory, UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _desk(settings):
    settings.SUPPORT_ADDRESS = "support+{token}@estconnect.example"
    settings.SITE_URL = "https://portal.example.ru"
    settings.DEFAULT_FROM_EMAIL = "Estconnect <noreply@estconnect.example>"
    settings.LANGUAGE_CODE = "en"
    QueueFactory(is_default=True)
    with translation.override("en"):
        yield


@pytest.fixture
def ticket():
    """Olga's, of her own; she has written once."""
    user = UserFactory(email="olga@example.com", language="en")
    owner = OrganizationFactory(kind=OrganizationKind.PERSON)
    MembershipFactory(organization=owner, user=user, role=Role.OWNER)
    row = TicketFactory(
        owner=owner, requester=user, requester_email=user.email, state=TicketState.PENDING
    )
    TicketMessageFactory(ticket=row)
    return row


def reply_to(ticket) -> str:
    return addresses.reply_address(ticket)


def content_of(stored) -> bytes:
    with stored.open("rb") as file:
        return file.read()


# --- strangers ----------------------------------------------------------------------------------
def test_a_strangers_letter_opens_a_ticket_that_only_the_desk_sees(run_jobs):
    row = take(letter("The light is out.\r\n\r\nOlga"))
    ticket = Ticket.objects.get()
    assert (row.outcome, row.ticket, row.message) == (
        MailOutcome.OPENED, ticket, ticket.messages.get(),
    )  # fmt: skip
    assert (ticket.owner, ticket.requester, ticket.channel) == (None, None, Channel.MAIL)
    assert (ticket.requester_name, ticket.requester_email) == ("Olga", "olga@example.com")
    assert (ticket.subject, row.message.body) == ("No light", "The light is out.\n\nOlga")
    assert row.message.side == DeskSide.CUSTOMER
    run_jobs()
    (receipt,) = mail.outbox
    assert receipt.to == ["olga@example.com"]
    assert receipt.extra_headers["Auto-Submitted"] == "auto-replied"


def test_an_answer_to_a_receipt_goes_to_its_ticket(run_jobs):
    take(letter())
    run_jobs()
    receipt = mail.outbox[0].extra_headers
    row = take(
        letter(
            "More.",
            to=receipt["Reply-To"],
            message_id="<two@example.com>",
            in_reply_to=receipt["Message-ID"],
        )
    )
    assert row.outcome == MailOutcome.ADDED
    assert [message.body for message in Ticket.objects.get().messages.order_by("pk")] == [
        "The light is out.",
        "More.",
    ]
    run_jobs()
    assert len(mail.outbox) == 1


def test_letters_are_threaded_by_their_ids(run_jobs):
    take(letter())
    run_jobs()
    own = mail.outbox[0].extra_headers["Message-ID"]
    for number, headers in enumerate(
        [
            {"in_reply_to": own},
            {"references": f"<else@example.com> {own}"},
            {"in_reply_to": "<one@example.com>"},
        ]
    ):
        row = take(letter("More.", message_id=f"<more-{number}@example.com>", **headers))
        assert row.outcome == MailOutcome.ADDED
    assert Ticket.objects.count() == 1


# --- accounts -----------------------------------------------------------------------------------
def test_a_letter_from_a_confirmed_address_is_the_persons_ticket():
    user = UserFactory(email="olga@example.com")
    owner = OrganizationFactory()
    MembershipFactory(organization=owner, user=user, role=Role.MEMBER)
    ticket = take(letter(sender="Olga <OLGA@example.com>")).ticket
    assert (ticket.owner, ticket.requester) == (owner, user)


def test_of_several_organizations_the_persons_own_is_meant():
    user = UserFactory(email="olga@example.com")
    own = OrganizationFactory(kind=OrganizationKind.PERSON)
    for owner in (OrganizationFactory(), own, OrganizationFactory()):
        MembershipFactory(organization=owner, user=user, role=Role.MEMBER)
    assert take(letter()).ticket.owner == own


@pytest.mark.parametrize("roles", [(Role.MEMBER, Role.MEMBER), (Role.VIEWER,)])
def test_where_it_is_not_known_for_whom_the_ticket_is_nobodys(roles):
    user = UserFactory(email="olga@example.com")
    for role in roles:
        MembershipFactory(organization=OrganizationFactory(), user=user, role=role)
    ticket = take(letter()).ticket
    assert (ticket.owner, ticket.requester) == (None, user)


def test_an_address_not_confirmed_is_a_strangers():
    UserFactory(email="olga@example.com", confirmed=False)
    ticket = take(letter()).ticket
    assert (ticket.owner, ticket.requester) == (None, None)


# --- answers ------------------------------------------------------------------------------------
def test_an_answer_by_token_is_the_requesters_and_puts_the_ticket_to_work(ticket):
    body = "It works!\n\nOn 2 Jan 2026, at 10:00, Support wrote:\n> Try again"
    row = take(letter(body, to=reply_to(ticket)))
    message = ticket.messages.get(channel=Channel.MAIL)
    assert (row.outcome, row.message) == (MailOutcome.ADDED, message)
    assert (message.author, message.side) == (ticket.requester, DeskSide.CUSTOMER)
    assert (message.body, message.quoted.splitlines()[-1]) == ("It works!", "> Try again")
    ticket.refresh_from_db()
    assert ticket.state == TicketState.OPEN


@pytest.mark.parametrize("header", ["to", "cc", "delivered-to", "x-original-to"])
def test_the_token_is_found_in_any_header_of_recipients(ticket, header):
    headers = {"to": DESK, header: reply_to(ticket).upper()}
    if header == "to":
        headers["to"] = f"other@example.com, {reply_to(ticket)}"
    assert take(letter(**headers)).ticket == ticket


@pytest.mark.parametrize("template", ["{token}-desk@estconnect.example", "desk_{token}@e.example"])
def test_the_token_may_stand_anywhere_in_the_address(ticket, settings, template):
    settings.SUPPORT_ADDRESS = template
    assert take(letter(to=reply_to(ticket))).ticket == ticket


def test_without_tokens_letters_are_known_by_their_ids(ticket, settings, run_jobs):
    settings.SUPPORT_ADDRESS = DESK
    send_out(TicketMessageFactory(ticket=ticket, side=DeskSide.STAFF, author=None))
    run_jobs()
    headers = mail.outbox[0].extra_headers
    assert headers["Reply-To"] == DESK
    assert take(letter(in_reply_to=headers["Message-ID"])).ticket == ticket


def test_a_colleague_with_the_token_writes_in_their_own_name(ticket):
    row = take(letter(sender="Ivan <ivan@example.com>", to=reply_to(ticket)))
    assert row.ticket == ticket
    assert (row.message.author, row.message.author_email) == (None, "ivan@example.com")
    assert row.message.author_name == "Ivan"


def test_who_says_to_be_staff_is_not_believed(ticket, run_jobs):
    UserFactory(email="agent@example.com", is_staff=True, staff_scope=StaffScope.SUPPORT)
    row = take(letter(sender="agent@example.com", to=reply_to(ticket)))
    assert row.message.side == DeskSide.CUSTOMER
    run_jobs()
    assert not mail.outbox


@pytest.mark.parametrize("by", ["ids", "number"])
def test_a_stranger_without_the_token_opens_a_ticket_beside(ticket, by):
    LetterId.objects.create(letter_id="known@example.com", ticket=ticket)
    InternalNoteFactory(ticket=ticket)
    hint = {"in_reply_to": "<known@example.com>"} if by == "ids" else {}
    subject = "x" if by == "ids" else f"Re: [{ticket.number}] x"
    row = take(letter(sender="mallory@example.com", subject=subject, **hint))
    assert row.outcome == MailOutcome.OPENED
    assert row.ticket != ticket
    relation = TicketRelation.objects.get()
    assert (relation.source, relation.target) == (row.ticket, ticket)
    assert relation.kind == TicketRelationKind.RELATED
    assert ticket.messages.count() == 1


def test_the_number_leads_the_tickets_people_to_it(ticket):
    observer = UserFactory(email="ivan@example.com")
    Observer.objects.create(ticket=ticket, user=observer, created_at=ticket.created_at)
    number = ticket.number.replace("-", " ")
    for sender in ("olga@example.com", "ivan@example.com"):
        row = take(letter(sender=sender, subject=f"Re: {number}", message_id=f"<{sender}>"))
        assert row.ticket == ticket
    assert row.message.author == observer


def test_a_merged_ticket_leads_to_its_target(ticket):
    target = TicketFactory(requester_email="other@example.com")
    middle = TicketFactory(merged_into=target, state=TicketState.CLOSED)
    Ticket.objects.filter(pk=ticket.pk).update(merged_into=middle, state=TicketState.CLOSED)
    assert take(letter(to=reply_to(ticket))).ticket == target


def test_a_wrong_token_opens_a_ticket():
    row = take(letter(to="support+222222222222@estconnect.example"))
    assert row.outcome == MailOutcome.OPENED


def test_an_answer_long_after_the_end_opens_a_ticket_that_goes_on(ticket):
    long_ago = ticket.created_at - timedelta(days=90)
    Ticket.objects.filter(pk=ticket.pk).update(
        state=TicketState.CLOSED, closed_at=long_ago, state_since=long_ago, solved_at=long_ago
    )
    row = take(letter(to=reply_to(ticket)))
    assert row.ticket not in (None, ticket)
    assert TicketRelation.objects.get().kind == TicketRelationKind.FOLLOWS


# --- files --------------------------------------------------------------------------------------
def test_files_are_kept_by_the_rules_of_uploads_and_the_rest_is_named():
    row = take(
        mixed(
            b"Content-Type: text/plain\n\nSee the files.\n",
            encoded("application/pdf; name=a.pdf", b"%PDF-1.4"),
            encoded("application/pdf; name=fake.pdf", b"MZ"),
            encoded("image/png", b"\x89PNG\r\n\x1a\nx", "Content-ID: <1>"),
            encoded("application/x-msdownload; name=../../run.exe", b"MZ"),
            encoded("application/ms-tnef", b"x"),
        )
    )
    files = row.message.files.order_by("pk")
    assert [file.name for file in files] == ["a.pdf", "picture-3.png"]
    assert content_of(files[0].file) == b"%PDF-1.4"
    assert row.message.body == (
        "See the files.\n\nFiles left aside: fake.pdf, ../../run.exe, winmail.dat"
    )


def test_a_letter_of_files_alone():
    row = take(letter("", files=(("a.pdf", b"%PDF-1.4"),)))
    assert row.message.files.count() == 1
    assert row.message.body


def test_more_files_than_a_message_takes_are_named():
    files = tuple((f"{number}.pdf", b"%PDF-1.4") for number in range(25))
    message = take(letter(files=files)).message
    assert message.files.count() == 20
    assert message.body.endswith("Files left aside: 20.pdf, 21.pdf, 22.pdf, 23.pdf, 24.pdf")


# --- machines -----------------------------------------------------------------------------------
MACHINES = [
    {"auto_submitted": "auto-replied"},
    {"auto_submitted": "auto-generated; type=x"},
    {"precedence": "bulk"},
    {"precedence": "auto_reply"},
    {"x_auto_response_suppress": "OOF, AutoReply"},
    {"x_autoreply": "yes"},
    {"list_id": "<news.example.com>"},
    {"return_path": "<>"},
    {"sender": "MAILER-DAEMON@example.com"},
]


@pytest.mark.parametrize("headers", MACHINES)
def test_machines_open_no_tickets_and_get_no_answer(headers, run_jobs):
    row = take(letter(**headers))
    assert row.outcome == MailOutcome.AUTOMATIC
    run_jobs()
    assert not Ticket.objects.exists()
    assert not mail.outbox


def test_a_machine_is_one_with_the_token_too(ticket):
    row = take(letter(to=reply_to(ticket), auto_submitted="auto-replied"))
    assert row.outcome == MailOutcome.AUTOMATIC
    assert ticket.messages.count() == 1


@pytest.mark.parametrize(
    "headers",
    [
        {"auto_submitted": "no"},
        {"return_path": "<olga@example.com>"},
        {"precedence": "normal"},
        # The desk's address is a group that hands letters on.
        {"list_id": "<support.estconnect.example>", "precedence": "list"},
    ],
)
def test_people_are_no_machines(headers):
    assert take(letter(**headers)).outcome == MailOutcome.OPENED


@pytest.mark.parametrize(
    "headers",
    [
        {"sender": DESK},
        {"sender": "noreply@estconnect.example"},
        {"sender": "support+222222222222@estconnect.example"},
        {"message_id": "<ticket-222222222222.7@portal.example.ru>"},
    ],
)
def test_letters_of_the_portal_itself_are_a_loop(headers):
    assert take(letter(**headers)).outcome == MailOutcome.LOOP


@pytest.mark.parametrize("sender", ["", "nobody", "<>"])
def test_who_names_nobody_cannot_be_answered(sender):
    content = b"From: " + sender.encode() + b"\r\nSubject: x\r\n\r\nhello"
    assert take(content).outcome == MailOutcome.BROKEN


# --- letters that come back ---------------------------------------------------------------------
def bounce(own_id: str, action: str = "failed") -> bytes:
    report = f"Final-Recipient: rfc822; olga@example.com\nAction: {action}\nStatus: 5.1.1\n"
    body = "\r\n".join(
        [
            "--edge",
            "Content-Type: text/plain",
            "",
            "It could not be delivered.",
            "--edge",
            "Content-Type: message/delivery-status",
            "",
            "Reporting-MTA: dns; mail.example.com",
            "",
            report.replace("\n", "\r\n"),
            "--edge",
            "Content-Type: text/rfc822-headers",
            "",
            f"Message-ID: {own_id}",
            "--edge--",
        ]
    )
    kind = b"Content-Type: multipart/report; report-type=delivery-status; boundary=edge"
    return raw(b"Return-Path: <>\nMessage-ID: <b@mx>\n" + kind, body.encode())


@pytest.fixture
def sent(ticket, run_jobs):
    send_out(TicketMessageFactory(ticket=ticket, side=DeskSide.STAFF, author=None))
    run_jobs()
    return OutgoingMail.objects.select_related("message").get()


def test_a_letter_that_comes_back_has_failed(sent, ticket):
    row = take(bounce(addresses.letter_id(sent, sent.message.public_id)))
    sent.refresh_from_db()
    assert (row.outcome, row.ticket) == (MailOutcome.AUTOMATIC, ticket)
    assert sent.state == SendState.FAILED
    assert Event.objects.filter(kind="ticket.mail_failed").count() == 1
    assert ticket.messages.count() == 2


def test_one_that_is_late_has_not(sent):
    row = take(bounce(addresses.letter_id(sent, sent.message.public_id), "delayed"))
    sent.refresh_from_db()
    assert (row.outcome, sent.state) == (MailOutcome.AUTOMATIC, SendState.SENT)


# --- twice, too many, in the wrong order ----------------------------------------------------------
def test_a_letter_that_came_before_is_left_aside():
    take(letter())
    assert take(letter("Said again")).outcome == MailOutcome.DUPLICATE
    assert TicketMessage.objects.count() == 1


def test_a_letter_without_an_id_is_known_by_what_it_is():
    content = letter(message_id="")
    assert take(content).outcome == MailOutcome.OPENED
    assert take(content).outcome == MailOutcome.DUPLICATE
    assert take(letter("Other", message_id="")).outcome == MailOutcome.OPENED


def test_the_same_letter_read_by_two_workers_opens_one_ticket(monkeypatch):
    first, second = arrive(letter()), arrive(letter())
    monkeypatch.setattr(intake, "_is_known", lambda row, letter: False)
    for row in (first, second):
        understand_letter.func(type("Context", (), {"attempt": 1}), row.pk)
        row.refresh_from_db()
    assert (first.outcome, second.outcome) == (MailOutcome.OPENED, MailOutcome.DUPLICATE)
    assert Ticket.objects.count() == 1


def test_a_job_run_twice_takes_a_letter_in_once():
    row = take(letter())
    assert understand_letter.func(type("Context", (), {"attempt": 1}), row.pk) == ""
    assert TicketMessage.objects.count() == 1


def test_an_address_opens_so_many_tickets_an_hour(monkeypatch, run_jobs):
    monkeypatch.setattr(intake, "TICKETS_AN_HOUR", 3)
    rows = [take(letter(message_id=f"<{number}@x>")) for number in range(5)]
    assert [row.outcome for row in rows] == [MailOutcome.OPENED] * 3 + [MailOutcome.FLOOD] * 2
    other = take(letter(sender="ivan@example.com", message_id="<i@x>"))
    assert other.outcome == MailOutcome.OPENED


def test_an_address_writes_so_much_to_one_ticket(ticket, monkeypatch):
    monkeypatch.setattr(intake, "LETTERS_AN_HOUR", 2)
    rows = [take(letter(to=reply_to(ticket), message_id=f"<{n}@x>")) for n in range(3)]
    assert [row.outcome for row in rows] == [MailOutcome.ADDED] * 2 + [MailOutcome.FLOOD]


def test_a_letter_waits_for_the_one_that_it_answers(run_jobs):
    first = arrive(letter())
    Job.objects.all().delete()
    second = arrive(letter("More", message_id="<two@x>", in_reply_to="<one@example.com>"))
    run_jobs()
    second.refresh_from_db()
    assert second.outcome == MailOutcome.WAITING
    understand_letter.enqueue(first.pk)
    run_jobs()
    run_jobs(later=True)
    second.refresh_from_db()
    assert second.outcome == MailOutcome.ADDED
    assert Ticket.objects.count() == 1


def test_an_error_of_ours_loses_no_letter(monkeypatch, run_jobs):
    row = arrive(letter())
    with monkeypatch.context() as broken:
        broken.setattr(intake, "read_letter", lambda raw: 1 / 0)
        for _attempt in range(12):
            run_jobs(later=True)
    row.refresh_from_db()
    assert row.outcome == MailOutcome.BROKEN
    assert b"The light is out." in content_of(row.raw)


def test_old_letters_are_forgotten_with_their_files():
    old, new = take(letter()), take(letter(message_id="<new@x>"))
    old_file = old.raw.name
    IncomingMail.objects.filter(pk=old.pk).update(received_at="2020-01-01T00:00Z")
    assert forget_old_letters() == 1
    assert IncomingMail.objects.get() == new
    assert not new.raw.storage.exists(old_file)
    assert Ticket.objects.count() == 2


def test_nothing_of_the_portal_is_told_to_who_writes(ticket, run_jobs):
    """A From is no proof: the automatic letter says what its reader wrote, and a number."""
    InternalNoteFactory(ticket=ticket, body="canary-of-the-staff")
    ticket.messages.update(body="canary-of-the-customer")
    row = take(letter(subject=f"[{ticket.number}]", sender="mallory@example.com"))
    run_jobs()
    (receipt,) = mail.outbox
    assert receipt.to == ["mallory@example.com"]
    whole = str(receipt.message())
    assert "canary" not in whole
    assert row.ticket.number in whole
