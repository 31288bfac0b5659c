"""Opens tickets: of customers, of staff who write down what they were told, of letters."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.utils.translation import gettext as _

from core import clock
from core.actor import Actor
from core.errors import DomainError, Forbidden
from core.events import emit
from core.ids import unused_number
from core.querysets import get_visible
from locations.models import Building, Unit
from support.choices import Channel, DeskSide, LinkKind, Priority, TicketRelationKind
from support.linking import find_linked, place_of
from support.models import (
    MessageFile,
    Ticket,
    TicketCategory,
    TicketMessage,
    TicketRelation,
)
from support.models.tickets import LEAST_TO_WRITE, NUMBER_PREFIX
from support.services import deadlines
from support.services.fields import clean_fields
from support.services.files import stored_files
from support.services.linking import make_link
from support.services.once import insert_once, made_before
from support.services.parties import parties_of
from support.services.routing import Routed, give_in_turn, route
from support.services.words import (
    clean_body,
    clean_subject,
    keep_words,
    letter_body,
    shortened_subject,
)
from support.ticket_workflow import works_the_desk

# What a ticket that goes on after another has of it.
_GOES_ON = (
    "subject", "category", "owner", "requester_name", "requester_email", "building", "unit", "city",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Sender:
    """Who wrote a letter, as the letter says."""

    name: str
    email: str


@dataclass(frozen=True, slots=True)
class NewTicket:
    """What a ticket is opened with.

    `priority` is the desk's to set: "" is that of the category. `fields`: public id of a field of
    the category → what was typed. `links`: pairs of a LinkKind and a number or public id; the place
    of the first of them is the ticket's, unless `unit` or `building` say otherwise.
    """

    subject: str
    body: str
    category: TicketCategory | None = None
    priority: str = ""
    fields: Mapping[str, Any] = field(default_factory=dict)
    links: Sequence[tuple[str, str]] = ()
    unit: Unit | None = None
    building: Building | None = None
    uploads: Sequence[UploadedFile] = ()
    form_token: UUID | None = None


@dataclass(frozen=True, slots=True)
class _Asker:
    """Whose ticket it is, and by which way it came."""

    owner: Any
    requester: Any
    sender: Sender
    channel: Channel

    @property
    def is_letter(self) -> bool:
        return self.channel == Channel.MAIL


def open_ticket(
    actor: Actor,
    new: NewTicket,
    *,
    channel: Channel = Channel.WEB,
    owner: Any = None,
    requester: Any = None,
    sender: Sender | None = None,
    quoted: str = "",
) -> Ticket:
    """Opens a ticket with its first message, and gives it to the desk by category and rules.

    A customer (MEMBER and above) opens it for the organization they act for. Staff who work the
    desk open it for `owner` and a `requester` of its members, or for a `sender`; the system for
    whoever a letter is from. The same `form_token` gives the ticket that it made first. Raises
    Forbidden, or DomainError with `field`.
    """
    asker = _asker(actor, channel, owner, requester, sender)
    made = made_before(Ticket.objects.visible_to(actor), new.form_token)
    if made is not None:
        return made
    ticket, body = _drafted(actor, new, asker, quoted)
    linked = _linked(actor, new, asker)
    _place(actor, ticket, new, linked)
    with stored_files(MessageFile, new.uploads) as files, transaction.atomic():
        routed = _route(actor, ticket, new, body)
        if not insert_once(ticket):
            return made_before(Ticket.objects.visible_to(actor), new.form_token) or ticket
        files.attach(message=_first_message(ticket, asker, body, quoted))
        _tell(actor, ticket, routed)
        for kind, row in linked:
            make_link(actor, ticket, LinkKind(kind), row.pk)
    return ticket


def open_after(actor: Actor, former: Ticket, message: TicketMessage) -> Ticket:
    """A new ticket that goes on after one closed long ago, with the same place and links.

    It begins with `message`, which is not saved yet. In the caller's transaction, under the lock of
    `former`.
    """
    ticket = Ticket(
        number=_number(),
        requester=message.author or former.requester,
        created_at=message.created_at,
        updated_at=message.created_at,
        state_since=message.created_at,
        awaits_since=message.created_at,
        messages_count=1,
        channel=message.channel,
        **{name: getattr(former, name) for name in _GOES_ON},
    )
    ticket.priority = former.category.priority if former.category else Priority.NORMAL
    if message.author is not None:
        ticket.requester_name, ticket.requester_email = (
            message.author.full_name,
            message.author.email,
        )
    routed = _routed(ticket, message.body)
    ticket.save(force_insert=True)
    keep_words(ticket)
    message.ticket = ticket
    message.save(force_insert=True)
    TicketRelation.objects.create(
        source=ticket,
        target=former,
        kind=TicketRelationKind.FOLLOWS,
        created_at=message.created_at,
    )
    _tell(actor, ticket, routed)
    for link in former.links.order_by("pk"):
        make_link(actor, ticket, LinkKind(link.kind), link.object_id)
    return ticket


# --- whose it is ------------------------------------------------------------------------------
def _asker(
    actor: Actor, channel: Channel, owner: Any, requester: Any, sender: Sender | None
) -> _Asker:
    if works_the_desk(actor) or actor.system:
        if channel == Channel.WEB:
            channel = Channel.STAFF
        return _for_somebody(owner, requester, sender, channel, by_hand=not actor.system)
    if actor.organization is None or not actor.has_role(LEAST_TO_WRITE):
        raise Forbidden(_("You cannot write to support here."))
    return _Asker(actor.organization, actor.user, _sender_of(actor.user, None), channel)


def _for_somebody(
    owner: Any, requester: Any, sender: Sender | None, channel: Channel, *, by_hand: bool
) -> _Asker:
    if requester is None and (sender is None or not sender.email):
        raise DomainError(_("Say who asks: a person or an address."), field="requester")
    if by_hand and owner is not None and requester is not None:
        members = owner.memberships.filter(user=requester, is_active=True)
        if not members.exists():
            raise DomainError(_("Choose someone who works in the organization."), field="requester")
    return _Asker(owner, requester, _sender_of(requester, sender), channel)


def _sender_of(requester: Any, sender: Sender | None) -> Sender:
    if sender is not None:
        return Sender(sender.name[:150], sender.email.strip().lower())
    if requester is None:
        return Sender("", "")
    return Sender(requester.full_name, requester.email)


# --- the row ----------------------------------------------------------------------------------
def _drafted(actor: Actor, new: NewTicket, asker: _Asker, quoted: str) -> tuple[Ticket, str]:
    """The ticket before the desk has looked at it, and what it begins with; nothing is saved."""
    has_more = bool(new.uploads or quoted)
    body = letter_body(new.body) if asker.is_letter else clean_body(new.body, may_be_empty=has_more)
    subject = (
        shortened_subject(new.subject, _("Without a subject"))
        if asker.is_letter
        else clean_subject(new.subject)
    )
    category = _category(actor, new, asker)
    now = clock.now()
    ticket = Ticket(
        number=_number(),
        form_token=new.form_token,
        subject=subject,
        channel=asker.channel,
        category=category,
        priority=category.priority if category else Priority.NORMAL,
        fields=clean_fields(category, new.fields, internal=not _is_customer(actor)),
        owner=asker.owner,
        requester=asker.requester,
        requester_name=asker.sender.name,
        requester_email=asker.sender.email,
        created_at=now,
        updated_at=now,
        state_since=now,
        awaits_since=now,
        messages_count=1,
    )
    return ticket, body


def _number() -> str:
    return unused_number(
        NUMBER_PREFIX, lambda number: Ticket.objects.filter(number=number).exists()
    )


def _is_customer(actor: Actor) -> bool:
    return not actor.system and not works_the_desk(actor)


def _category(actor: Actor, new: NewTicket, asker: _Asker) -> TicketCategory | None:
    category = new.category
    if category is None:
        return None
    is_offered = (
        category.is_offered_to(actor.kind) if _is_customer(actor) else category.archived_at is None
    )
    if not is_offered:
        raise DomainError(_("Choose one of the list."), field="category")
    return category


def _linked(actor: Actor, new: NewTicket, asker: _Asker) -> list[tuple[str, Any]]:
    found = {}
    for kind, key in new.links:
        row = find_linked(actor, asker.owner, kind, key)
        found[kind, row.pk] = row
    return [(kind, row) for (kind, _pk), row in found.items()]


def _place(actor: Actor, ticket: Ticket, new: NewTicket, linked: Sequence[tuple[str, Any]]) -> None:
    building, unit = (new.unit.building, new.unit) if new.unit else (new.building, None)
    if building is not None:
        get_visible(Building.objects, actor, pk=building.pk)
    else:
        building, unit = place_of(linked)
    ticket.building, ticket.unit = building, unit
    ticket.city_id = building.city_id if building else None


def _route(actor: Actor, ticket: Ticket, new: NewTicket, body: str) -> Routed:
    """Queue, priority and assignee, and the clocks that follow from them."""
    if new.priority and (_is_customer(actor) or new.priority not in Priority.values):
        raise DomainError(_("The priority is set by the staff."), field="priority")
    return _routed(ticket, body, new.priority)


def _routed(ticket: Ticket, body: str, priority: str = "") -> Routed:
    routed = route(ticket, f"{ticket.subject}\n{body}")
    ticket.priority = priority or ticket.priority
    if ticket.assignee_id is None:
        give_in_turn(ticket)
    deadlines.begin(ticket)
    return routed


def _first_message(ticket: Ticket, asker: _Asker, body: str, quoted: str) -> TicketMessage:
    keep_words(ticket)
    return TicketMessage.objects.create(
        ticket=ticket,
        side=DeskSide.CUSTOMER,
        channel=asker.channel,
        author=asker.requester,
        author_name="" if asker.requester else asker.sender.name,
        author_email="" if asker.requester else asker.sender.email,
        body=body,
        quoted=quoted,
        created_at=ticket.created_at,
    )


def _tell(actor: Actor, ticket: Ticket, routed: Routed) -> None:
    if routed.tag_ids:
        ticket.tags.add(*routed.tag_ids)
    told = {"number": ticket.number, "category": ticket.category_id}
    emit(actor, "ticket.opened", ticket, parties_of(ticket), told)
    if ticket.assignee_id is not None:
        given = {"number": ticket.number, "assignee": ticket.assignee_id, "by_rule": True}
        emit(actor, "ticket.assigned", ticket, parties_of(ticket), given)
