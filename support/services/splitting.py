"""One ticket about two things becomes two."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime

from django.core.files.base import File
from django.db import transaction
from django.utils.translation import gettext as _

from core import clock
from core.actor import Actor
from core.errors import DomainError
from core.events import emit
from core.ids import new_public_id, unused_number
from core.uploads import ending_of
from support.choices import DeskSide, TicketRelationKind
from support.models import MessageFile, Observer, Ticket, TicketMessage
from support.models.tickets import NUMBER_PREFIX
from support.services import deadlines
from support.services.desk_rows import check_works, locked_for_desk, save_touched
from support.services.observers import can_open
from support.services.parties import parties_of
from support.services.relations import make_relation
from support.services.words import clean_subject, keep_words

# What the new ticket has of the one that it is split from.
_SAME = (
    "owner", "requester", "requester_name", "requester_email", "channel", "queue", "category",
    "priority", "assignee", "building", "unit", "city",
)  # fmt: skip
_SAID = ("side", "channel", "author", "author_name", "author_email", "body", "quoted", "created_at")


@dataclass(slots=True)
class _Copies:
    """Files that stand in the storage a second time, by the key of the first; not yet named."""

    paths: dict[int, tuple[str, str]] = field(default_factory=dict)


def split_ticket(actor: Actor, ticket: Ticket, message_ids: Sequence[str], subject: str) -> Ticket:
    """Makes a new ticket of copies of these messages (public ids) and their files; returns it.

    The messages stay where they are, too. The customer, the place, the queue and who works it are
    the same; nothing internal goes along. Raises NotVisible, Forbidden, or DomainError with field
    `messages` or `subject`.
    """
    check_works(actor)
    cleaned = clean_subject(subject)
    chosen = _chosen(actor, ticket, message_ids)
    with _copied_files(chosen) as copies, transaction.atomic():
        row = locked_for_desk(actor, ticket)
        if any(message.ticket_id != row.pk for message in _again(chosen)):
            raise DomainError(_("Choose messages of this ticket."), field="messages")
        made = _made(row, cleaned, chosen)
        _add_messages(made, chosen, copies)
        _add_observers(row, made)
        save_touched(row)
        _tell(actor, row, made)
    return made


def _chosen(actor: Actor, ticket: Ticket, message_ids: Sequence[str]) -> list[TicketMessage]:
    wanted = set(message_ids)
    rows = TicketMessage.objects.visible_to(actor).filter(ticket=ticket, public_id__in=wanted)
    found = list(
        rows.select_related("author").prefetch_related("files").order_by("created_at", "pk")
    )
    if not found or len(found) != len(wanted):
        raise DomainError(_("Choose messages of this ticket."), field="messages")
    return found


def _again(messages: Sequence[TicketMessage]) -> list[TicketMessage]:
    """As they are under the ticket's lock: meanwhile it may have been merged."""
    return list(TicketMessage.objects.filter(pk__in=[message.pk for message in messages]))


@contextmanager
def _copied_files(messages: Sequence[TicketMessage]) -> Iterator[_Copies]:
    """The files a second time, before any lock is taken; they vanish where the block fails."""
    copies = _Copies()
    column = MessageFile._meta.get_field("file")
    try:
        for message in messages:
            for file in message.files.all():
                public_id = new_public_id()
                name = column.generate_filename(None, f"{public_id}.{ending_of(file.name)}")  # type: ignore[arg-type]
                with file.file.open("rb") as content:
                    copies.paths[file.pk] = public_id, column.storage.save(name, File(content))
        yield copies
    except BaseException:
        for _public_id, path in copies.paths.values():
            column.storage.delete(path)
        raise


def _made(ticket: Ticket, subject: str, chosen: Sequence[TicketMessage]) -> Ticket:
    now = clock.now()
    number = unused_number(NUMBER_PREFIX, lambda text: Ticket.objects.filter(number=text).exists())
    made = Ticket(
        number=number,
        subject=subject,
        created_at=now,
        updated_at=now,
        state_since=now,
        messages_count=len(chosen),
        **{name: getattr(ticket, name) for name in _SAME},
    )
    deadlines.begin(made)
    made.awaits_since = _awaits_since(chosen)
    made.save(force_insert=True)
    keep_words(made)
    return made


def _awaits_since(chosen: Sequence[TicketMessage]) -> datetime | None:
    """Since when the customer's words stand last among these."""
    since = None
    for message in chosen:
        is_theirs = message.side == DeskSide.CUSTOMER
        since = (since or message.created_at) if is_theirs else None
    return since


def _add_messages(made: Ticket, chosen: Sequence[TicketMessage], copies: _Copies) -> None:
    for message in chosen:
        copy = TicketMessage.objects.create(
            ticket=made,
            copied_from=message,
            **{name: getattr(message, name) for name in _SAID},
        )
        MessageFile.objects.bulk_create(
            MessageFile(
                public_id=copies.paths[file.pk][0],
                message=copy,
                file=copies.paths[file.pk][1],
                name=file.name,
                size=file.size,
                created_at=file.created_at,
            )
            for file in message.files.all()
        )


def _add_observers(ticket: Ticket, made: Ticket) -> None:
    people = [row.user for row in ticket.observers.select_related("user").order_by("pk")]
    Observer.objects.bulk_create(
        Observer(ticket=made, user=user, created_at=made.created_at)
        for user in people
        if can_open(made, user)
    )


def _tell(actor: Actor, ticket: Ticket, made: Ticket) -> None:
    opened = {"number": made.number, "category": made.category_id}
    emit(actor, "ticket.opened", made, parties_of(made), opened)
    make_relation(actor, made, ticket, TicketRelationKind.SPLIT_FROM)
    told = {"number": ticket.number, "other": made.number}
    emit(actor, "ticket.split", ticket, parties_of(ticket), told)
