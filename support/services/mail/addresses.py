"""Addresses of the desk, and the ids by which its letters are known."""

import re
from email.utils import parseaddr
from urllib.parse import urlsplit

from django.conf import settings
from django.utils.translation import gettext as _

from core.ids import ALPHABET, PUBLIC_ID_LENGTH
from support.models import OutgoingMail, Ticket

_TOKEN = f"[{ALPHABET}]{{{PUBLIC_ID_LENGTH}}}"
_OURS = re.compile(rf"ticket-({_TOKEN})\.(\d{{1,18}})", re.IGNORECASE)


def desk_address() -> str:
    """What customers write to of their own accord; "" where the desk has no address."""
    local, at, host = settings.SUPPORT_ADDRESS.partition("@")
    return re.sub(r"[+._-]?\{token\}[+._-]?", "", local) + at + host


def reply_address(ticket: Ticket) -> str:
    """Where answers to letters of a ticket go; "" where the desk has no address."""
    return str(settings.SUPPORT_ADDRESS).replace("{token}", ticket.mail_token.lower())


def token_of(address: str) -> str:
    """The ticket's token in an address that answers come to; "" where there is none."""
    template = str(settings.SUPPORT_ADDRESS)
    if "{token}" not in template:
        return ""
    pattern = re.escape(template).replace(r"\{token\}", f"({_TOKEN})")
    found = re.fullmatch(pattern, address.strip(), re.IGNORECASE)
    return found[1].upper() if found else ""


def is_ours(address: str) -> bool:
    """Whether letters of the portal itself come from this address."""
    senders = {desk_address(), parseaddr(settings.DEFAULT_FROM_EMAIL)[1].lower()}
    return address.strip().lower() in senders or token_of(address) != ""


def sender_line() -> str:
    """The From of the desk's letters."""
    name, address = parseaddr(settings.DEFAULT_FROM_EMAIL)
    title = _("%(site)s support") % {"site": name or "Estconnect"}
    quoted = title.replace("\\", "").replace('"', "")
    return f'"{quoted}" <{desk_address() or address}>'


def host() -> str:
    return urlsplit(settings.SITE_URL).hostname or "localhost"


def letter_id(row: OutgoingMail, public_id: str) -> str:
    """The Message-ID of a letter, with its brackets: the same whenever it is sent again."""
    return f"<ticket-{public_id}.{row.pk}@{host()}>"


def thread_id(ticket: Ticket) -> str:
    """An id that no letter has: by it mail programs keep a ticket's letters together."""
    return f"<{ticket.number}@{host()}>"


def sent_row(found_id: str) -> int | None:
    """The key of the row whose letter has the id `found_id` (with or without brackets)."""
    name, _at, domain = found_id.strip("<> \t").rpartition("@")
    found = _OURS.fullmatch(name)
    return int(found[2]) if found and domain.lower() == host() else None


def sent_rows(text: str) -> list[int]:
    """Keys of all rows whose letters' ids stand in a text."""
    domain = re.escape(host())
    found = re.finditer(rf"<?{_OURS.pattern}@{domain}>?", text, re.IGNORECASE)
    return [int(match[2]) for match in found]
