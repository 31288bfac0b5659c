"""Letters for tests: written by hand where the bytes matter, else by `email`."""

from base64 import b64encode
from email.message import EmailMessage

from django.utils import timezone

from support.choices import MailOutcome
from support.models import IncomingMail, Mailbox
from support.services.mail.imap import Fetched
from support.services.mail.incoming import keep
from support.services.mail.intake import understand_letter

DESK = "support@estconnect.example"


def letter(
    text: str = "The light is out.",
    *,
    sender: str = "Olga <olga@example.com>",
    to: str = DESK,
    subject: str = "No light",
    message_id: str = "<one@example.com>",
    files: tuple[tuple[str, bytes], ...] = (),
    html: str = "",
    **headers: str,
) -> bytes:
    """A letter as mail programs write them; `in_reply_to="…"` is a header In-Reply-To."""
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = sender, to, subject
    if message_id:
        message["Message-ID"] = message_id
    message["Date"] = timezone.now()
    for name, value in headers.items():
        message[name.replace("_", "-").title()] = value
    message.set_content(text)
    if html:
        message.add_alternative(html, subtype="html")
    for name, content in files:
        message.add_attachment(content, maintype="application", subtype="pdf", filename=name)
    return message.as_bytes()


def raw(headers: bytes, body: bytes = b"", **parts: bytes) -> bytes:
    """A letter whose every byte is told."""
    begin = b"From: olga@example.com\r\nTo: support@estconnect.example\r\n"
    return begin + headers.strip().replace(b"\n", b"\r\n") + b"\r\n\r\n" + body


def mixed(*parts: bytes) -> bytes:
    """A letter of parts, each with its headers."""
    lines = [b"--edge\r\n" + part.replace(b"\n", b"\r\n") for part in parts]
    body = b"\r\n".join([*lines, b"--edge--\r\n"])
    return raw(b'MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary="edge"', body)


def encoded(kind: str, content: bytes, headers: str = "") -> bytes:
    """A part in base64."""
    head = f"Content-Type: {kind}\nContent-Transfer-Encoding: base64\n{headers}".strip()
    return head.encode() + b"\n\n" + b64encode(content) + b"\n"


def mailbox() -> Mailbox:
    return Mailbox.objects.get_or_create(name="desk@mail", defaults={"uid_validity": 1})[0]


def arrive(content: bytes) -> IncomingMail:
    """Keeps a letter as if it had just been fetched."""
    box = mailbox()
    uid = box.letters.count() + 1
    keep(box, Fetched(uid, len(content), content))
    return box.letters.get(uid=uid)


class Attempt:
    """What a job is given of its attempts."""

    def __init__(self, attempt: int = 1) -> None:
        self.attempt = attempt


def take(content: bytes) -> IncomingMail:
    """Fetches a letter and understands it."""
    row = arrive(content)
    understand_letter.func(Attempt(99), row.pk)
    row.refresh_from_db()
    assert row.outcome != MailOutcome.WAITING
    return row
