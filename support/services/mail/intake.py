"""Understands a letter that was kept: makes a ticket of it, adds it to one, or leaves it aside."""

from datetime import timedelta
from typing import Any

import structlog
from allauth.account.models import EmailAddress
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils import translation
from django.utils.translation import gettext as _

from core import clock
from core.actor import Actor, system_actor
from core.choices import OrganizationKind
from core.errors import Conflict, DomainError, Forbidden
from core.events import emit
from core.jobs import TemporaryFailure, job
from core.querysets import get_visible
from core.uploads import check_upload, clean_name
from support.choices import Channel, DeskSide, MailOutcome, TicketRelationKind
from support.models import IncomingMail, LetterId, Ticket, TicketMessage, TicketRelation
from support.models.tickets import LEAST_TO_WRITE
from support.services.files import FILES_AT_MOST
from support.services.mail import robots
from support.services.mail.outgoing import acknowledge
from support.services.mail.parsing import Letter, read_letter
from support.services.mail.quoting import split_quoted
from support.services.mail.threading import place_of
from support.services.opening import NewTicket, Sender, open_ticket
from support.services.parties import parties_of
from support.services.talking import answer
from support.ticket_workflow import works_the_desk

log = structlog.get_logger("support.mail")
# Of one address in an hour: new tickets, and letters to one ticket.
TICKETS_AN_HOUR = 20
LETTERS_AN_HOUR = 60
READ_CHARACTERS = 300_000
QUOTED_CHARACTERS = 50_000
NAMES_AT_MOST = 20
# A letter that answers one not read yet waits for it, and for so many attempts.
PATIENCE = 4


class _CameBefore(Exception):
    """Another worker has taken in a letter with the same id just now."""

    def __init__(self, files: list[Any]) -> None:
        super().__init__()
        self.files = files


def give_up_on(row_id: int) -> None:
    _waiting(row_id).update(
        outcome=MailOutcome.BROKEN,
        error="could not be understood: see the failed job",
        processed_at=clock.now(),
    )


@job(takes_context=True, on_given_up=give_up_on)
def understand_letter(context: Any, row_id: int) -> str:
    """Takes a letter in, once; what became of it."""
    row = _waiting(row_id).first()
    if row is None:
        return ""
    letter = letter_of(row)
    if context.attempt <= PATIENCE and _answers_what_waits(row, letter):
        raise TemporaryFailure("the letter that it answers has not been read yet")
    with translation.override(settings.LANGUAGE_CODE):
        return take_in(row_id, letter)


def _waiting(row_id: int) -> Any:
    return IncomingMail.objects.filter(pk=row_id, outcome=MailOutcome.WAITING)


def _answers_what_waits(row: IncomingMail, letter: Letter) -> bool:
    earlier = IncomingMail.objects.filter(
        outcome=MailOutcome.WAITING, letter_id__in=letter.answers, pk__lt=row.pk
    )
    return bool(letter.answers) and earlier.exists()


def take_in(row_id: int, letter: Letter) -> str:
    """Decides under the letter's lock what becomes of it, and does it in the same transaction."""
    try:
        with transaction.atomic():
            rows = IncomingMail.objects.select_for_update()
            row = rows.filter(pk=row_id, outcome=MailOutcome.WAITING).first()
            if row is None:
                return ""
            outcome, error = _left_aside(row, letter)
            if not outcome:
                outcome = _add(row, letter)
            return _finish(row, outcome, error)
    except _CameBefore as other:
        # Their rows have gone with the transaction.
        for file in other.files:
            file.storage.delete(file.name)
        return _came_before(row_id)
    except DomainError as refusal:
        with transaction.atomic():
            row = IncomingMail.objects.select_for_update().get(pk=row_id)
            return _finish(row, MailOutcome.BROKEN, str(refusal))


def take_in_by_hand(actor: Actor, pk: int) -> TicketMessage:
    """Makes of a letter that was left aside what it would have become; nobody is told of it.

    Raises NotVisible, Forbidden, Conflict for one that is in a ticket by now, or DomainError.
    """
    if not works_the_desk(actor):
        raise Forbidden(_("Only support answers and changes tickets."))
    visible = get_visible(IncomingMail.objects.left_aside(), actor, pk=pk)
    letter = letter_of(visible)
    with translation.override(settings.LANGUAGE_CODE), transaction.atomic():
        row = IncomingMail.objects.select_for_update().get(pk=pk)
        if row.outcome in (MailOutcome.OPENED, MailOutcome.ADDED) or row.message_id:
            raise Conflict(_("This letter is in a ticket by now."))
        _finish(row, _add(row, letter, by_hand=True), "")
    assert row.message is not None  # noqa: S101  (what was added)
    return row.message


def letter_of(row: IncomingMail) -> Letter:
    """A letter as it came, read anew."""
    with row.raw.open("rb") as file:
        return read_letter(file.read())


def _came_before(row_id: int) -> str:
    with transaction.atomic():
        row = IncomingMail.objects.select_for_update().get(pk=row_id)
        return _finish(row, MailOutcome.DUPLICATE, "")


def _finish(row: IncomingMail, outcome: str, error: str) -> str:
    row.outcome, row.error, row.processed_at = outcome, error[:300], clock.now()
    row.save(update_fields=["outcome", "error", "processed_at", "ticket", "message"])
    log.info("letter_read", letter=row.pk, outcome=str(outcome))
    return str(outcome)


# --- what is left aside ---------------------------------------------------------------------------
def _left_aside(row: IncomingMail, letter: Letter) -> tuple[str, str]:
    """(outcome, reason) of what becomes no message; ("", "") for what does."""
    if _is_known(row, letter):
        return MailOutcome.DUPLICATE, ""
    if robots.is_loop(letter):
        return MailOutcome.LOOP, ""
    returned = robots.bounced(letter)
    if returned:
        row.ticket = returned[0].message.ticket
        return MailOutcome.AUTOMATIC, _("A letter of ours came back.")
    if robots.is_automatic(letter):
        return MailOutcome.AUTOMATIC, ""
    if not letter.sender:
        return MailOutcome.BROKEN, _("It names nobody who could be answered.")
    return "", ""


def _is_known(row: IncomingMail, letter: Letter) -> bool:
    earlier = IncomingMail.objects.filter(letter_id=letter.letter_id).exclude(pk=row.pk)
    taken = earlier.exclude(outcome=MailOutcome.WAITING)
    return taken.exists() or LetterId.objects.filter(letter_id=letter.letter_id).exists()


# --- what is taken in -----------------------------------------------------------------------------
def _add(row: IncomingMail, letter: Letter, *, by_hand: bool = False) -> str:
    place = place_of(letter)
    files, left = _files(letter)
    body, quoted = split_quoted(letter.text[:READ_CHARACTERS], letter.subject)
    body = _whole(body, quoted, left)
    quoted = quoted[:QUOTED_CHARACTERS]
    sender = Sender(letter.sender_name, letter.sender)
    if place.ticket is not None:
        if not by_hand and _is_flood_of(place.ticket, letter.sender):
            return MailOutcome.FLOOD
        message = answer(
            system_actor(),
            place.ticket,
            body,
            uploads=files,
            channel=Channel.MAIL,
            sender=sender,
            quoted=quoted,
        )
        _keep(row, letter, message, may_be_known=by_hand)
        return MailOutcome.ADDED
    if not by_hand and _is_flood(letter.sender):
        return MailOutcome.FLOOD
    message = _open(letter, NewTicket(letter.subject, body, uploads=files), sender, quoted)
    _keep(row, letter, message, may_be_known=by_hand)
    if place.beside is not None:
        _relate(message.ticket, place.beside)
    if not by_hand:
        acknowledge(message)
    return MailOutcome.OPENED


def _open(letter: Letter, new: NewTicket, sender: Sender, quoted: str) -> TicketMessage:
    user = _account(letter.sender)
    ticket = open_ticket(
        system_actor(),
        new,
        channel=Channel.MAIL,
        owner=_owner(user) if user is not None else None,
        requester=user,
        sender=sender,
        quoted=quoted,
    )
    message: TicketMessage = ticket.messages.select_related("ticket__owner").get()
    return message


def _keep(row: IncomingMail, letter: Letter, message: TicketMessage, *, may_be_known: bool) -> None:
    row.ticket, row.message = message.ticket, message
    known = LetterId.objects.filter(letter_id=letter.letter_id)
    if may_be_known and known.exists():
        return
    try:
        with transaction.atomic():
            LetterId.objects.create(letter_id=letter.letter_id, ticket=message.ticket)
    except IntegrityError as error:
        raise _CameBefore([row.file for row in message.files.all()]) from error


def _whole(body: str, quoted: str, left: list[str]) -> str:
    """What is shown of a letter: never nothing, and with the names of files that were not taken."""
    if not body.strip():
        has_more = bool(quoted or left)
        body = _("(The letter has no words of its own.)") if has_more else _("(Empty letter.)")
    if not left:
        return body
    names = ", ".join(left[:NAMES_AT_MOST]) + ("…" if len(left) > NAMES_AT_MOST else "")
    return f"{body}\n\n" + _("Files left aside: %(names)s") % {"names": names}


def _files(letter: Letter) -> tuple[list[SimpleUploadedFile], list[str]]:
    """Files that may be kept, and names of those that may not."""
    taken: list[SimpleUploadedFile] = []
    left: list[str] = []
    for file in letter.files:
        upload = _upload(file) if len(taken) < FILES_AT_MOST else None
        if upload is None:
            left.append(" ".join(file.name.split())[:120])
        else:
            taken.append(upload)
    return taken, left


def _upload(file: Any) -> SimpleUploadedFile | None:
    try:
        # Before its content is decoded: most that cannot be kept is told by its name.
        clean_name(file.name)
        upload = SimpleUploadedFile(file.name, file.content())
        upload.name = file.name
        check_upload(upload)
    except DomainError:
        return None
    return upload


# --- whose it is ----------------------------------------------------------------------------------
def _account(address: str) -> Any:
    """The account whose confirmed address this is."""
    found = EmailAddress.objects.filter(
        email=address, verified=True, primary=True, user__is_active=True
    )
    row = found.select_related("user").first()
    return row.user if row is not None else None


def _owner(user: Any) -> Any:
    """The organization for which somebody writes: their only one, or the private person's."""
    memberships = [
        row for row in user.open_memberships if row.organization.is_active and _may_write(row.role)
    ]
    people = [row for row in memberships if row.organization.kind == OrganizationKind.PERSON]
    if len(memberships) == 1:
        return memberships[0].organization
    return people[0].organization if len(people) == 1 else None


def _may_write(role: str) -> bool:
    return type(LEAST_TO_WRITE)(role).rank >= LEAST_TO_WRITE.rank


# --- too many -------------------------------------------------------------------------------------
def _is_flood(address: str) -> bool:
    since = clock.now() - timedelta(hours=1)
    made = Ticket.objects.filter(
        requester_email=address, channel=Channel.MAIL, created_at__gt=since
    )
    return made.count() >= TICKETS_AN_HOUR


def _is_flood_of(ticket: Ticket, address: str) -> bool:
    """Machines that do not say what they are, answering each other."""
    since = clock.now() - timedelta(hours=1)
    said = ticket.messages.filter(
        Q(author_email=address) | Q(author__email=address),
        side=DeskSide.CUSTOMER,
        channel=Channel.MAIL,
        created_at__gt=since,
    )
    return said.count() >= LETTERS_AN_HOUR


def _relate(ticket: Ticket, other: Ticket) -> None:
    """Tells the staff what a letter seems to be about; its writer has shown no right to it."""
    kind = TicketRelationKind.RELATED
    TicketRelation.objects.create(source=ticket, target=other, kind=kind, created_at=clock.now())
    told = {"number": ticket.number, "other": other.number, "kind": kind}
    emit(system_actor(), "ticket.related", ticket, parties_of(ticket), told)
