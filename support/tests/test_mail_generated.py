"""Two hundred generated letters: every one ends where it belongs, however it is written."""

import random
from base64 import b64encode

import pytest
from django.core import mail
from django.utils import translation

from support.choices import MailOutcome
from support.models import IncomingMail, Ticket, TicketMessage
from support.services.mail import addresses
from support.tests.factories import QueueFactory
from support.tests.letters import take

pytestmark = pytest.mark.django_db
LETTERS = 200
MEGABYTE = 1024 * 1024
WORDS = ["нет", "света", "лифт", "подъезд", "квартира", "роутер", "вчера", "снова", "спасибо"]
INTRODUCTIONS = [
    "On Fri, Jan 2, 2026 at 10:00 AM Support <support@estconnect.example> wrote:",
    "пт, 2 янв. 2026 г. в 10:00, Поддержка <support@estconnect.example>:",
    "02.01.2026, 10:00, Поддержка <support@estconnect.example>:",
    "2 янв. 2026 г., в 10:00, Поддержка написал(а):",
    "02.01.2026 10:00, Поддержка пишет:",
]
OUTLOOK = (
    "От: Поддержка\r\nОтправлено: 2 января 2026 г. 10:00\r\nКому: Ольга\r\nТема: Свет\r\n\r\nБыло"
)
ALPHABETS = ["utf-8", "cp1251", "koi8-r"]
MACHINES = ["Auto-Submitted: auto-replied", "Precedence: bulk", "Return-Path: <>"]
BROKEN = ["Date: yesterday", "no colon", "X-Odd: \xff\xfe", "Subject", "To: ,,;<>", "Date:"]


@pytest.fixture(autouse=True)
def _desk(settings):
    settings.SUPPORT_ADDRESS = "support+{token}@estconnect.example"
    settings.LANGUAGE_CODE = "en"
    QueueFactory(is_default=True)
    with translation.override("en"):
        yield


class World:
    """Writes letters and knows where each belongs."""

    def __init__(self) -> None:
        self.dice = random.Random(2026)
        # Ticket → (writer, an id of its thread).
        self.threads: dict[Ticket, tuple[str, str]] = {}

    def letter(self, number: int) -> tuple[bytes, Ticket | None, str, str]:
        """(the letter, its ticket, what it says, the outcome that it must have)."""
        said = f"{number} " + " ".join(self.dice.choices(WORDS, k=8))
        sort = self.dice.choice(["new", "token", "ids", "number", "machine", "stranger"])
        if sort == "new" or not self.threads:
            sender = f"writer-{number}@example.com"
            return self.write(number, sender, said, []), None, said, MailOutcome.OPENED
        ticket = self.dice.choice(list(self.threads))
        writer, known = self.threads[ticket]
        by_token = f"Delivered-To: {addresses.reply_address(ticket)}"
        if sort == "machine":
            content = self.write(number, writer, said, [by_token, self.dice.choice(MACHINES)])
            return content, None, said, MailOutcome.AUTOMATIC
        by_ids = f"{self.dice.choice(['In-Reply-To', 'References'])}: <gone@x> <{known}>"
        if sort == "stranger":
            content = self.write(number, f"stranger-{number}@example.com", said, [by_ids])
            return content, None, said, MailOutcome.OPENED
        hint = {"token": by_token, "ids": by_ids, "number": f"Subject: Re: [{ticket.number}] x"}
        content = self.write(number, writer, said, [hint[sort]], is_answer=True)
        return content, ticket, said, MailOutcome.ADDED

    def write(
        self, number: int, sender: str, said: str, headers: list[str], *, is_answer: bool = False
    ) -> bytes:
        body = said + (self.repeated() if is_answer else "")
        alphabet = self.dice.choice(ALPHABETS)
        declared = self.dice.choice([f"; charset={alphabet}", "", "; charset=x-unknown"])
        lines = [f"From: Ольга <{sender}>", f"Message-ID: <{number}@example.com>", *headers]
        lines.append(self.dice.choice(BROKEN))
        lines.append("To: support@estconnect.example")
        head = "\r\n".join(lines).encode("utf-8", "replace")
        text = self.part(body.encode(alphabet), f"text/plain{declared}")
        if not number % 40:
            head += b'\r\nContent-Type: multipart/mixed; boundary="e"'
            parts = [
                text,
                self.part(b"%PDF-" + self.dice.randbytes(10 * MEGABYTE), "application/pdf"),
            ]
            return head + b"\r\n\r\n--e\r\n" + b"\r\n--e\r\n".join(parts) + b"\r\n--e--\r\n"
        return head + b"\r\n" + text

    def part(self, content: bytes, kind: str) -> bytes:
        if kind.startswith("application") or self.dice.random() < 0.5:
            head = f"Content-Type: {kind}\r\nContent-Transfer-Encoding: base64\r\n\r\n"
            return head.encode() + b64encode(content)
        return f"Content-Type: {kind}\r\n\r\n".encode() + content

    def repeated(self) -> str:
        if self.dice.random() < 0.2:
            return f"\r\n\r\n{OUTLOOK}"
        introduction = self.dice.choice(INTRODUCTIONS)
        return f"\r\n\r\n{introduction}\r\n\r\n> Было\r\n> раньше\r\n"


def test_every_letter_ends_where_it_belongs(run_jobs):
    world = World()
    for number in range(LETTERS):
        content, ticket, said, outcome = world.letter(number)
        row = take(content)
        assert row.outcome == outcome, content[:600]
        if outcome == MailOutcome.AUTOMATIC:
            continue
        assert ticket is None or row.ticket == ticket, content[:600]
        assert row.message.body.splitlines()[0] == said
        assert "Было" not in row.message.body
        assert row.message.files.count() == (0 if number % 40 else 1)
        if outcome == MailOutcome.OPENED:
            world.threads[row.ticket] = (row.sender, row.letter_id)
    taken = IncomingMail.objects.exclude(outcome=MailOutcome.AUTOMATIC).count()
    assert TicketMessage.objects.count() == taken
    run_jobs()
    # One receipt of each ticket, and none to a machine.
    assert len(mail.outbox) == Ticket.objects.count()


def test_what_comes_again_is_known():
    world = World()
    letters = [world.letter(number)[0] for number in range(5)]
    first = [take(content).outcome for content in letters]
    again = [take(content).outcome for content in letters]
    assert set(first) == {MailOutcome.OPENED}
    assert set(again) == {MailOutcome.DUPLICATE}
