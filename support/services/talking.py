"""What customer and staff say to each other."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.utils.translation import gettext as _

from core import clock
from core.actor import Actor
from core.errors import Conflict, Forbidden, NotVisible
from core.events import emit
from core.querysets import get_visible
from core.workflow import run_transition, touched
from support.choices import Channel, DeskSide, TicketRelationKind, TicketState
from support.models import (
    MessageFile,
    Observer,
    Ticket,
    TicketMessage,
    TicketRelation,
)
from support.services import deadlines
from support.services.files import stored_files
from support.services.mail.outgoing import send_out
from support.services.moving import (
    assign_locked,
    is_closed_for_good,
    move_locked,
    move_ticket,
    save_changed,
)
from support.services.notes import add_note
from support.services.once import made_before
from support.services.opening import Sender, open_after
from support.services.parties import parties_of
from support.services.words import clean_body, letter_body
from support.ticket_workflow import TICKET_WORKFLOW, cases_of, sides_of

__all__ = ["add_note", "answer", "move_ticket"]

MERGES_FOLLOWED = 10


@dataclass(frozen=True, slots=True)
class _Said:
    """One message on its way into a ticket."""

    actor: Actor
    channel: Channel
    sender: Sender | None
    body: str
    quoted: str
    form_token: UUID | None


def answer(
    actor: Actor,
    ticket: Ticket,
    body: str,
    *,
    uploads: Sequence[UploadedFile] = (),
    channel: Channel = Channel.WEB,
    sender: Sender | None = None,
    quoted: str = "",
    then: str = "",
    data: Mapping[str, Any] | None = None,
    form_token: UUID | None = None,
    version: int | None = None,
) -> TicketMessage:
    """Adds a message that both sides read, and returns it.

    The staff's goes out to the requester and the customer's observers by mail; what nobody had
    taken up is taken up by who answers. A customer's word on a ticket that waits, or was solved,
    puts it back in work; on one closed more than REOPENS_FOR ago it opens a new ticket that goes on
    after it, to which the message then belongs. The system says what a letter says: of `sender`,
    for the customer. `then` names a transition made in the same step, with `data`. What is said to
    a merged ticket is said to the one it was merged into. The same `form_token` gives the message
    that it made first; `version` is what the actor saw of the ticket. Raises NotVisible, Forbidden,
    Conflict or DomainError with `field`.
    """
    get_visible(Ticket.objects, actor, pk=ticket.pk)
    made = made_before(TicketMessage.objects.filter(author=actor.user), form_token)
    if made is not None:
        return made
    text = _words(body, channel, has_more=bool(uploads or quoted))
    said = _Said(actor, channel, sender, text, quoted, form_token)
    with stored_files(MessageFile, uploads) as files, transaction.atomic():
        row = _locked(actor, ticket.pk, version)
        side = _side(actor, row)
        # Once more, under the lock: the same form may have been faster.
        made = made_before(TicketMessage.objects.filter(author=actor.user), form_token)
        if made is not None:
            return made
        message = _message(said, row, side)
        if side == DeskSide.CUSTOMER and is_closed_for_good(row):
            row = _latest_after(actor, row) or open_after(actor, row, message)
        if message.pk is None:
            _write(said, row, message)
            message.ticket = _then(actor, row, side, then, data)
        files.attach(message=message)
        if side == DeskSide.STAFF:
            send_out(message)
    return message


def _words(body: str, channel: Channel, *, has_more: bool) -> str:
    if channel == Channel.MAIL:
        return letter_body(body)
    return clean_body(body, may_be_empty=has_more)


def _locked(actor: Actor, pk: int, version: int | None) -> Ticket:
    """The ticket under its lock; where it was merged, the one that it was merged into."""
    for _step in range(MERGES_FOLLOWED):
        row = Ticket.objects.select_for_update().filter(pk=pk).first()
        if row is None or not Ticket.objects.visible_to(actor).filter(pk=pk).exists():
            raise NotVisible(_("There is no such page, or it is not yours to see."))
        if version is not None and row.version != version:
            raise Conflict(
                _(
                    "Someone changed this ticket while you were writing. Look at it again: your "
                    "answer was not sent."
                )
            )
        if row.merged_into_id is None:
            return row
        pk, version = row.merged_into_id, None
    raise Conflict(_("This ticket was merged into another: write there."))


def _side(actor: Actor, ticket: Ticket) -> DeskSide:
    sides = sides_of(actor, ticket)
    if DeskSide.STAFF.value in sides:
        return DeskSide.STAFF
    if not sides:
        raise Forbidden(_("You can read this ticket, but not write to it."))
    # What the system says in a ticket are the words of a customer's letter.
    return DeskSide.CUSTOMER


def _latest_after(actor: Actor, former: Ticket) -> Ticket | None:
    """The ticket that goes on after one closed long ago, under its lock; None where there is none
    that can still be written to.
    """
    after = TicketRelation.objects.filter(target=former, kind=TicketRelationKind.FOLLOWS)
    found = Ticket.objects.visible_to(actor).filter(pk__in=after.values("source_id"))
    latest = found.order_by("-pk").values_list("pk", flat=True).first()
    row = _locked(actor, latest, None) if latest is not None else None
    return None if row is None or is_closed_for_good(row) else row


# --- the message ------------------------------------------------------------------------------
def _message(said: _Said, ticket: Ticket, side: DeskSide) -> TicketMessage:
    author, name, email = _author(said, ticket)
    return TicketMessage(
        ticket=ticket,
        side=side,
        channel=said.channel,
        author=author,
        author_name=name,
        author_email=email,
        body=said.body,
        quoted=said.quoted,
        form_token=said.form_token,
        created_at=clock.now(),
    )


def _write(said: _Said, ticket: Ticket, message: TicketMessage) -> None:
    """Saves the message, and what the ticket shows of it."""
    before = dict(vars(ticket))
    message.ticket = ticket
    message.save(force_insert=True)
    ticket.messages_count += 1
    touched(ticket)
    if message.side == DeskSide.STAFF:
        _speak_for_desk(said, ticket, message)
    else:
        _speak_for_customer(said, ticket, message)
    save_changed(ticket, before)


def _author(said: _Said, ticket: Ticket) -> tuple[Any, str, str]:
    """Who said it: an account, or a name and an address."""
    if said.actor.user is not None or said.sender is None:
        return said.actor.user, "", ""
    email = said.sender.email.strip().lower()
    if ticket.requester is not None and ticket.requester.email == email:
        return ticket.requester, "", ""
    observers = Observer.objects.filter(ticket=ticket, user__email=email, user__is_active=True)
    observer = observers.select_related("user").first()
    if observer is not None:
        return observer.user, "", ""
    return None, said.sender.name[:150], email


def _speak_for_desk(said: _Said, ticket: Ticket, message: TicketMessage) -> None:
    if ticket.assignee_id is None:
        assign_locked(said.actor, ticket, said.actor.user)
    deadlines.staff_answered(ticket)
    ticket.first_answered_at = ticket.first_answered_at or message.created_at
    ticket.awaits_since = None
    _tell(said, ticket, "ticket.answered", message)


def _speak_for_customer(said: _Said, ticket: Ticket, message: TicketMessage) -> None:
    deadlines.customer_wrote(ticket)
    ticket.awaits_since = ticket.awaits_since or message.created_at
    _tell(said, ticket, "ticket.replied", message)


def _tell(said: _Said, ticket: Ticket, kind: str, message: TicketMessage) -> None:
    told = {"number": ticket.number, "message": message.pk}
    emit(said.actor, kind, ticket, parties_of(ticket), told)


# --- what moves with it -----------------------------------------------------------------------
def _then(
    actor: Actor, ticket: Ticket, side: DeskSide, name: str, data: Mapping[str, Any] | None
) -> Ticket:
    """The ticket as it is after what the message brings about."""
    if name:
        return _move(actor, ticket, name, data)
    if side == DeskSide.CUSTOMER:
        _wake(actor, ticket)
    elif ticket.state == TicketState.NEW:
        move_locked(actor, ticket, "take_up")
    return ticket


def _move(actor: Actor, ticket: Ticket, name: str, data: Mapping[str, Any] | None) -> Ticket:
    moved: Ticket = run_transition(
        TICKET_WORKFLOW,
        Ticket.objects.filter(pk=ticket.pk),
        name,
        actor=actor,
        sides_of=sides_of,
        apply=lambda row, transition, target, given: move_locked(actor, row, name, given),
        data=data or {},
        cases_of=cases_of,
    )
    return moved


def _wake(actor: Actor, ticket: Ticket) -> None:
    """The customer has spoken: what waited for them, or was thought done, is in work again."""
    if ticket.state in (TicketState.PENDING, TicketState.ON_HOLD):
        move_locked(actor, ticket, "take_up")
    elif ticket.state in (TicketState.SOLVED, TicketState.CLOSED):
        move_locked(actor, ticket, "reopen")
