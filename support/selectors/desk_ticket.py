"""What the page of a ticket shows to the staff beside its thread."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Q, QuerySet
from django.http import QueryDict
from django.utils.translation import gettext as _

from core.actor import Actor
from core.errors import DomainError, Text
from core.models import Event
from core.pagination import cursor_after, paginate
from support.desk_table import ORDERS
from support.filters import TicketFilter
from support.models import Ticket
from support.selectors.thread import EntryKind, ThreadEntry

OTHERS_SHOWN = 5
# A long thread opens with how it began and with what was said last.
LAST_SHOWN = 6
FOLDED_FROM = 10


@dataclass(frozen=True, slots=True)
class DueLine:
    label: Text
    at: datetime


def due_lines(ticket: Ticket) -> list[DueLine]:
    """The deadlines that run, the nearest first."""
    named = (
        (_("First answer"), ticket.first_due_at),
        (_("Next answer"), ticket.next_due_at),
        (_("Solution"), ticket.solution_due_at),
    )
    return sorted((DueLine(label, at) for label, at in named if at), key=lambda line: line.at)


def newest_event(ticket: Ticket) -> int:
    """The last event about a ticket: notes too, which leave its version as it is."""
    rows = Event.objects.filter(subject_type=Ticket._meta.label_lower, subject_id=ticket.pk)
    return rows.order_by("-id").values_list("id", flat=True).first() or 0


# --- the thread -------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class Block:
    """`kind`: said (one message or note), events (a run of them), earlier (a folded part)."""

    kind: str
    entries: Sequence[ThreadEntry] = ()
    blocks: Sequence["Block"] = ()
    key: str = ""

    @property
    def entry(self) -> ThreadEntry:
        return self.entries[0]

    @property
    def last(self) -> ThreadEntry:
        return self.entries[-1]

    @property
    def said(self) -> int:
        return sum(block.kind == "said" for block in self.blocks)


def blocks_of(entries: Sequence[ThreadEntry]) -> list[Block]:
    """The thread as it is drawn: events folded between what was said, the middle of it folded."""
    blocks: list[Block] = []
    run: list[ThreadEntry] = []
    for entry in entries:
        if entry.kind == EntryKind.EVENT:
            run.append(entry)
            continue
        blocks += _events(run)
        run = []
        blocks.append(Block("said", [entry], key=entry.id))
    return _folded(blocks + _events(run))


def _events(run: list[ThreadEntry]) -> list[Block]:
    return [Block("events", run, key=f"e{run[0].id}")] if run else []


def _folded(blocks: list[Block]) -> list[Block]:
    places = [place for place, block in enumerate(blocks) if block.kind == "said"]
    if len(places) < FOLDED_FROM:
        return blocks
    start, end = places[0] + 1, places[-LAST_SHOWN]
    return [
        *blocks[:start],
        Block("earlier", blocks=blocks[start:end], key="earlier"),
        *blocks[end:],
    ]


def happened_since(entries: Sequence[ThreadEntry], since: datetime | None) -> list[ThreadEntry]:
    """What others did since the reader opened the page."""
    if since is None:
        return []
    return [entry for entry in entries if entry.at > since and not entry.by_reader]


# --- around it --------------------------------------------------------------------------------
def others_of_customer(actor: Actor, ticket: Ticket) -> list[Ticket]:
    """The newest other tickets of who asks: of the person, else of the address, else of the
    organization.
    """
    theirs = _of_customer(ticket)
    if theirs is None:
        return []
    rows = Ticket.objects.visible_to(actor).filter(theirs).exclude(pk=ticket.pk)
    return list(rows.order_by("-updated_at", "-id")[:OTHERS_SHOWN])


def mergeable_with(actor: Actor, ticket: Ticket) -> list[Ticket]:
    """Open tickets of the same customer, into which this one may go."""
    return [row for row in others_of_customer(actor, ticket) if row.is_open]


def _of_customer(ticket: Ticket) -> Q | None:
    if ticket.requester_id is not None:
        return Q(requester_id=ticket.requester_id)
    if ticket.requester_email:
        return Q(requester_email=ticket.requester_email)
    return Q(owner_id=ticket.owner_id) if ticket.owner_id is not None else None


@dataclass(frozen=True, slots=True)
class Neighbours:
    """Numbers of the tickets before and after, in the list from which this one was opened."""

    before: str = ""
    after: str = ""


def neighbours(actor: Actor, ticket: Ticket, query: QueryDict, sort: str) -> Neighbours:
    """Two reads of an index, from where the ticket stands. None for a list that is not understood.

    A ticket that the list no longer holds (it was just solved) still has a place between others.
    """
    order = ORDERS[sort]
    cursor = cursor_after(ticket, order)
    turned = [name[1:] if name.startswith("-") else f"-{name}" for name in order]
    try:
        rows = TicketFilter(query, actor=actor).qs.exclude(pk=ticket.pk)
        return Neighbours(before=_next(rows, turned, cursor), after=_next(rows, order, cursor))
    except DomainError:
        return Neighbours()


def _next(rows: QuerySet, order: Sequence[str], cursor: str) -> str:
    names = [name.lstrip("-") for name in order]
    found: list[Any] = paginate(
        rows.values_list(*names, "number", named=True), order, cursor, 1
    ).rows
    return found[0].number if found else ""
