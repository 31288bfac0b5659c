"""The mail server's side of incoming letters: one class over `imaplib`."""

import imaplib
import re
import ssl
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

TIMEOUT_SECONDS = 20
# Letters that are larger are not fetched.
LETTER_BYTES = 25 * 1024 * 1024
HEADER_BYTES = 64 * 1024
# UIDs are asked for in windows: the answer of a server is a line, and a line has a limit.
WINDOW = 20_000
_SIZE = re.compile(rb"RFC822\.SIZE (\d+)")


class MailboxError(Exception):
    """What went wrong, in words for the staff; without the password, and without letters."""


@dataclass(frozen=True, slots=True)
class MailboxAddress:
    host: str
    port: int
    user: str
    password: str
    folder: str
    is_encrypted: bool
    starts_tls: bool

    @classmethod
    def of(cls, url: str) -> "MailboxAddress":
        """Of SUPPORT_MAIL_URL, which was checked at the start."""
        parts = urlsplit(url)
        is_encrypted = parts.scheme == "imaps"
        return cls(
            host=parts.hostname or "",
            port=parts.port or (993 if is_encrypted else 143),
            user=unquote(parts.username or ""),
            password=unquote(parts.password or ""),
            folder=unquote(parts.path.strip("/")) or "INBOX",
            is_encrypted=is_encrypted,
            starts_tls=parse_qs(parts.query).get("starttls") == ["1"],
        )

    @property
    def name(self) -> str:
        """What the mailbox is called where people read it."""
        return f"{self.user}@{self.host}:{self.port}/{self.folder}"[:250]


@dataclass(frozen=True, slots=True)
class Fetched:
    """A letter, or the beginning of its headers when it is too large."""

    uid: int
    size: int
    content: bytes

    @property
    def is_too_large(self) -> bool:
        return self.size > LETTER_BYTES


@contextmanager
def connected(address: MailboxAddress) -> Iterator["MailServer"]:
    """A session with the folder open. Raises MailboxError for all that fails in it."""
    connection: imaplib.IMAP4 | None = None
    try:
        connection = _connect(address)
        _sign_in(connection, address)
        yield MailServer(connection, address.folder)
    except ssl.SSLError as error:
        raise MailboxError(f"The certificate is not good: {error.reason or 'TLS'}") from error
    except (imaplib.IMAP4.error, OSError) as error:
        raise MailboxError(f"The server is away: {type(error).__name__}") from error
    finally:
        if connection is not None:
            with suppress(imaplib.IMAP4.error, OSError):
                connection.logout()


def _connect(address: MailboxAddress) -> imaplib.IMAP4:
    context = ssl.create_default_context()
    if address.is_encrypted:
        return imaplib.IMAP4_SSL(
            address.host, address.port, ssl_context=context, timeout=TIMEOUT_SECONDS
        )
    connection = imaplib.IMAP4(address.host, address.port, timeout=TIMEOUT_SECONDS)
    if address.starts_tls:
        connection.starttls(context)
    return connection


def _sign_in(connection: imaplib.IMAP4, address: MailboxAddress) -> None:
    try:
        if "AUTH=PLAIN" in connection.capabilities:
            secret = f"\0{address.user}\0{address.password}".encode()
            connection.authenticate("PLAIN", lambda _challenge: secret)
        else:
            connection.login(address.user, address.password)
    except imaplib.IMAP4.abort:
        raise
    except (imaplib.IMAP4.error, UnicodeError) as error:
        raise MailboxError("The server refuses the user or the password") from error


class MailServer:
    def __init__(self, connection: imaplib.IMAP4, folder: str) -> None:
        self._connection = connection
        quoted = folder.replace("\\", "\\\\").replace('"', '\\"')
        state, _count = connection.select(f'"{quoted}"')
        if state != "OK":
            raise MailboxError("The server has no such folder")
        self.validity = self._number("UIDVALIDITY")
        self._next = self._number("UIDNEXT")

    def _number(self, name: str) -> int:
        values = self._connection.response(name)[1]
        return int(values[-1]) if values and values[-1] else 0

    def first_unread(self) -> int:
        """The UID of the first letter that nobody has read; the next one that comes, if none."""
        found = self._search("UNSEEN")
        return found[0] if found else max(self._next, 1)

    def uids_after(self, last: int) -> Iterator[int]:
        """UIDs of letters above `last`, in their order."""
        begin = last + 1
        # A server that does not say where it stands is asked for all that it has.
        end = self._next or begin + 2**31
        while begin < end:
            stop = begin + WINDOW - 1 if self._next else "*"
            yield from (uid for uid in self._search(f"UID {begin}:{stop}") if uid > last)
            if stop == "*":
                return
            begin += WINDOW

    def unread_among(self, first: int, last: int) -> list[int]:
        return self._search(f"UID {first}:{last} UNSEEN") if first <= last else []

    def fetch(self, uid: int) -> Fetched | None:
        """A letter, left unread; None when it has gone since."""
        size = self._size(uid)
        if size is None:
            return None
        what = (
            f"(BODY.PEEK[HEADER]<0.{HEADER_BYTES}>)"
            if size > LETTER_BYTES
            else f"(BODY.PEEK[]<0.{LETTER_BYTES}>)"
        )
        answer = self._uid("FETCH", str(uid), what)
        content = next((part[1] for part in answer if isinstance(part, tuple)), None)
        return Fetched(uid, size, content or b"")

    def mark_seen(self, uids: Iterable[int]) -> None:
        wanted = ",".join(map(str, uids))
        if wanted:
            self._uid("STORE", wanted, "+FLAGS.SILENT", r"(\Seen)")

    def _size(self, uid: int) -> int | None:
        for part in self._uid("FETCH", str(uid), "(RFC822.SIZE)"):
            line = part[0] if isinstance(part, tuple) else part
            found = _SIZE.search(line or b"")
            if found:
                return int(found[1])
        return None

    def _search(self, criteria: str) -> list[int]:
        answer = self._uid("SEARCH", criteria)
        return sorted(int(word) for part in answer if part for word in part.split())

    def _uid(self, command: str, *arguments: str) -> list[Any]:
        state, answer = self._connection.uid(command, *arguments)
        if state != "OK":
            raise MailboxError(f"The server refuses {command}")
        return list(answer or [])
