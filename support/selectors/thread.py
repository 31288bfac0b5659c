"""What was said and done in a ticket, in order, as one reader may know it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from django.db.models import Prefetch
from django.urls import reverse
from django.utils.translation import gettext as _

from core.actor import Actor
from core.choices import PartyRole
from core.errors import Text
from core.timeline import Entry, read_timeline
from support.choices import Channel, DeskSide, TicketState
from support.models import MessageFile, Ticket, TicketMessage
from users.models import CustomUser

# More events than so many are of no use to anybody who reads.
EVENTS_AT_MOST = 500
# Told by the message or the note itself.
_SAID = frozenset({"ticket.answered", "ticket.replied", "ticket.noted", "ticket.opened"})


class EntryKind(StrEnum):
    MESSAGE = "message"
    NOTE = "note"
    EVENT = "event"


@dataclass(frozen=True, slots=True)
class FileLine:
    public_id: str
    name: str
    size: int
    url: str


@dataclass(frozen=True, slots=True)
class ThreadEntry:
    """One message, internal note or event; `is_internal` are seen by staff alone.

    `id` is the public id of a message or note, the number of an event. `title` and `icon` are those
    of an event, `detail` says more of it in words; `body` is Markdown as typed, `quoted` what
    a letter repeats. `by_reader`: the reader wrote it.
    """

    kind: EntryKind
    id: str
    at: datetime
    author: str
    side: DeskSide
    by_reader: bool = False
    is_internal: bool = False
    channel: Channel | None = None
    body: str = ""
    quoted: str = ""
    files: Sequence[FileLine] = ()
    title: Text = ""
    detail: str = ""
    icon: str = ""
    data: Mapping[str, Any] = field(default_factory=dict)


def reads_notes(actor: Actor) -> bool:
    """Whether the actor reads as staff: notes, and what the desk keeps to itself."""
    return actor.system or (actor.organization is None and actor.is_staff)


def thread_of(actor: Actor, ticket: Ticket) -> list[ThreadEntry]:
    """The messages of a ticket that the actor sees, and what happened to it, oldest first.

    Staff also get internal notes and the events of the desk. Three queries for a customer, six for
    staff, whatever the length.
    """
    entries = [*_messages(actor, ticket), *_events(actor, ticket)]
    if reads_notes(actor):
        # Asked here and nowhere else: what is shown to customers does not know of notes.
        from support.selectors.notes import notes_of

        entries += notes_of(actor, ticket)
    return sorted(entries, key=lambda entry: entry.at)


def file_line(file: Any, page: str) -> FileLine:
    """A file as the thread shows it; `page` is the name of its download."""
    return FileLine(file.public_id, file.name, file.size, reverse(page, args=[file.public_id]))


def name_for(actor: Actor, user: CustomUser | None, otherwise: str) -> str:
    """A person as the reader may know them: staff by name alone, whatever address they have."""
    if user is None:
        return otherwise
    if actor.is_staff or actor.system or not user.is_staff:
        return str(user)
    return user.full_name or otherwise


# --- messages ---------------------------------------------------------------------------------
def _messages(actor: Actor, ticket: Ticket) -> list[ThreadEntry]:
    files = Prefetch("files", MessageFile.objects.order_by("pk"))
    rows = TicketMessage.objects.visible_to(actor).filter(ticket=ticket)
    found = rows.select_related("author").prefetch_related(files).order_by("pk")
    return [_message(actor, row) for row in found]


def _message(actor: Actor, row: TicketMessage) -> ThreadEntry:
    unnamed = _("Support") if row.side == DeskSide.STAFF else row.author_name or row.author_email
    return ThreadEntry(
        EntryKind.MESSAGE,
        row.public_id,
        row.created_at,
        name_for(actor, row.author, unnamed or _("Customer")),
        DeskSide(row.side),
        by_reader=row.author_id is not None and row.author_id == actor.user_id,
        channel=Channel(row.channel),
        body=row.body,
        quoted=row.quoted,
        files=[file_line(file, "ticket_file") for file in row.files.all()],
    )


# --- events -----------------------------------------------------------------------------------
def _events(actor: Actor, ticket: Ticket) -> list[ThreadEntry]:
    sides = {PartyRole.SUPPORT} if reads_notes(actor) else {PartyRole.OWNER}
    told = read_timeline(actor, [ticket], sides, limit=EVENTS_AT_MOST)
    shown = [entry for entry in told if entry.kind not in _SAID]
    names = _names(shown)
    return [_event(entry, names) for entry in shown]


def _names(entries: Iterable[Entry]) -> dict[int, str]:
    """Of whom the events name by id; one query, none where they name nobody."""
    ids = {entry.data["assignee"] for entry in entries if entry.data.get("assignee")}
    if not ids:
        return {}
    return {user.pk: str(user) for user in CustomUser.objects.filter(pk__in=ids)}


def _event(entry: Entry, names: Mapping[int, str]) -> ThreadEntry:
    return ThreadEntry(
        EntryKind.EVENT,
        str(entry.id),
        entry.at,
        entry.person or entry.organization,
        DeskSide.CUSTOMER if entry.organization and not entry.person else DeskSide.STAFF,
        by_reader=entry.by_reader,
        title=entry.title,
        icon=entry.icon,
        detail=_detail(entry, names),
        data=entry.data,
    )


def _detail(entry: Entry, names: Mapping[int, str]) -> str:
    data = entry.data
    if entry.kind == "ticket.state_changed" and data.get("to") in TicketState.values:
        return str(TicketState(data["to"]).label)
    if entry.kind == "ticket.assigned":
        return names.get(data.get("assignee") or 0, _("nobody"))
    return str(data.get("other", ""))
