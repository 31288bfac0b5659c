"""What a letter of the desk looks like."""

from email.utils import formatdate
from typing import Any

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string
from django.urls import NoReverseMatch, reverse
from django.utils import timezone, translation

from core.jobs import PermanentFailure
from core.markdown import render_markdown
from core.notifications.channels.mail import confirmed_addresses
from core.uploads import CONTENT_TYPES, ending_of
from support.choices import DeskSide, TicketState
from support.models import LetterId, MessageFile, OutgoingMail, Ticket, TicketMessage
from support.services.mail import addresses
from support.services.scoring import score_token
from users.acting import actor_for

# What a letter carries; what is more waits on the portal.
MOST_BYTES = 10 * 1024 * 1024
# So much of the customer's last words is repeated below an answer.
QUOTED_LINES = 40
QUOTED_CHARACTERS = 4000
KNOWN_IDS = 20


def compose(row: OutgoingMail) -> EmailMultiAlternatives | None:
    """The letter of a row, in its reader's language; None for who may not read the ticket any more.

    Raises PermanentFailure for an account without a confirmed address.
    """
    user = row.user
    if user is not None and not _may_read(user, row.message.ticket):
        return None
    address = row.address
    if user is not None:
        address = confirmed_addresses([user.pk]).get(user.pk, "")
    if not address:
        raise PermanentFailure("no confirmed address")
    language = user.language if user is not None else settings.LANGUAGE_CODE
    zone = (user.time_zone if user is not None else "") or settings.DEFAULT_VIEWER_TIME_ZONE
    with translation.override(language), timezone.override(zone):
        return _letter(row, address)


def _may_read(user: Any, ticket: Ticket) -> bool:
    """Whether an account may know what is said in a ticket: read now, not when it was written."""
    if not user.is_active:
        return False
    if ticket.owner is None:
        return bool(ticket.requester_id == user.pk)
    actor = actor_for(user, ticket.owner.public_id)
    return (
        actor.organization_id == ticket.owner_id
        and Ticket.objects.visible_to(actor).filter(pk=ticket.pk).exists()
    )


def _letter(row: OutgoingMail, address: str) -> EmailMultiAlternatives:
    message, ticket = row.message, row.message.ticket
    is_receipt = message.side == DeskSide.CUSTOMER
    taken, left = ([], []) if is_receipt else _files(message)
    context = {
        "message": message,
        "body": render_markdown(message.body),
        "ticket": ticket,
        "user": row.user,
        "left": left,
        "quoted": quoted_words(message) if is_receipt else _last_words(message),
        "url": _page(ticket) if row.user is not None and ticket.owner_id else "",
        "score_url": score_url(ticket),
        "answerable": bool(addresses.desk_address()),
        "site_url": settings.SITE_URL,
    }
    name = "receipt" if is_receipt else "answer"
    letter = EmailMultiAlternatives(
        one_line(f"[{ticket.number}] {ticket.subject}"),
        render_to_string(f"support/mail/{name}.txt", context).strip() + "\n",
        addresses.sender_line(),
        [address],
        headers=_headers(row, is_receipt),
    )
    letter.attach_alternative(render_to_string(f"support/mail/{name}.html", context), "text/html")
    for file in taken:
        with file.file.open("rb") as content:
            kind = CONTENT_TYPES[ending_of(file.name)].partition(";")[0]
            letter.attach(one_line(file.name), content.read(), kind)
    return letter


def _headers(row: OutgoingMail, is_receipt: bool) -> dict[str, str]:
    message, ticket = row.message, row.message.ticket
    own = addresses.letter_id(row, message.public_id)
    newest_first = LetterId.objects.filter(ticket=ticket).order_by("-pk")
    ids = [f"<{found}>" for found in newest_first.values_list("letter_id", flat=True)[:KNOWN_IDS]]
    known = [found for found in reversed(ids) if found != own and _is_plain(found)]
    thread = addresses.thread_id(ticket)
    theirs = [found for found in known if addresses.sent_row(found) is None]
    headers = {
        "Message-ID": own,
        "Date": formatdate(message.created_at.timestamp(), localtime=True),
        "In-Reply-To": theirs[-1] if theirs else thread,
        "References": " ".join([thread, *known]),
    }
    if addresses.desk_address():
        headers["Reply-To"] = addresses.reply_address(ticket)
    if is_receipt:
        # RFC 3834, and what Exchange understands instead.
        headers["Auto-Submitted"] = "auto-replied"
        headers["X-Auto-Response-Suppress"] = "All"
    return headers


def _is_plain(found: str) -> bool:
    """Whether a foreign id can be repeated in a header as it is."""
    return found.isascii() and found.isprintable() and " " not in found


def one_line(text: str) -> str:
    """A text for a header: without line ends and other control characters."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())


def _files(message: TicketMessage) -> tuple[list[MessageFile], list[MessageFile]]:
    """Files that fit into the letter, and those that do not, each in their order."""
    taken: list[MessageFile] = []
    left: list[MessageFile] = []
    room = MOST_BYTES
    for file in message.files.order_by("pk"):
        fits = file.size <= room
        (taken if fits else left).append(file)
        room -= file.size if fits else 0
    return taken, left


def _last_words(message: TicketMessage) -> dict[str, Any] | None:
    """What the customer said last before an answer."""
    before = message.ticket.messages.filter(side=DeskSide.CUSTOMER, pk__lt=message.pk)
    last = before.select_related("author").order_by("-pk").first()
    return quoted_words(last) if last else None


def quoted_words(message: TicketMessage) -> dict[str, Any]:
    """A message as letters repeat it: who, when and its lines."""
    lines = message.body[:QUOTED_CHARACTERS].splitlines()
    kept = lines[:QUOTED_LINES]
    if len(kept) < len(lines) or len(message.body) > QUOTED_CHARACTERS:
        kept.append("…")
    author = str(message.author) if message.author else ""
    name = author or message.author_name or message.author_email
    return {"name": one_line(name), "at": message.created_at, "lines": kept}


def score_url(ticket: Ticket) -> str:
    """Where the customer says how a solved ticket was solved, without an account; else ""."""
    if ticket.state != TicketState.SOLVED:
        return ""
    return settings.SITE_URL + reverse("ticket_score_link", args=[score_token(ticket)])


def _page(ticket: Ticket) -> str:
    try:
        return settings.SITE_URL + reverse("ticket_detail", args=[ticket.number])
    except NoReverseMatch:
        return ""
