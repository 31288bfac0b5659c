"""What the staff write for themselves, beside a ticket; this and nothing else writes notes.

A note leaves no trace for the customer: the ticket's version and time of change stay, and its event
has no party.
"""

from collections.abc import Sequence
from uuid import UUID

from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from core import clock
from core.actor import Actor
from core.choices import StaffScope
from core.errors import DomainError, Forbidden
from core.events import emit
from core.querysets import get_visible
from subscriptions.services.requests.mentions import Colleague, Named, find_named, named_people
from support.models import InternalNote, NoteFile, Ticket
from support.selectors.recipients import staff_readers
from support.services.files import stored_files
from support.services.once import insert_once, made_before
from support.services.parties import parties_of
from support.services.words import clean_body

_BATCH = 500
_READING = (StaffScope.SUPPORT, StaffScope.ADMIN, StaffScope.ACCOUNT_MANAGER)


def may_note(actor: Actor) -> bool:
    """Whether the actor notes on tickets they see: staff who act for no organization."""
    return actor.system or (actor.organization is None and actor.staff in _READING)


def add_note(
    actor: Actor,
    ticket: Ticket,
    body: str,
    *,
    uploads: Sequence[UploadedFile] = (),
    form_token: UUID | None = None,
) -> InternalNote:
    """Adds a note that the staff alone read, to closed tickets too.

    Colleagues named with `@` are told. The same `form_token` gives the note that it made first.
    Raises NotVisible, Forbidden, or DomainError with field `body` or `file`.
    """
    row = get_visible(Ticket.objects, actor, pk=ticket.pk)
    if not may_note(actor):
        raise Forbidden(_("Internal notes are written by the staff."))
    made = made_before(InternalNote.objects.filter(ticket=row, author=actor.user), form_token)
    if made is not None:
        return made
    named = _read(row, clean_body(body, may_be_empty=bool(uploads)))
    note = InternalNote(
        ticket=row,
        author=actor.user,
        body=named.text,
        form_token=form_token,
        created_at=clock.now(),
    )
    with stored_files(NoteFile, uploads) as files, transaction.atomic():
        if not insert_once(note):
            return InternalNote.objects.get(form_token=form_token)
        files.attach(note=note)
        told = {"number": row.number, "note": note.pk, "mentioned": named.user_ids}
        emit(actor, "ticket.noted", row, parties_of(row), told)
    return note


def move_notes(source: Ticket, target: Ticket) -> None:
    """Of a ticket that is merged: its notes stay notes, beside the other one."""
    InternalNote.objects.filter(ticket=source).update(ticket=target)


def was_noted(ticket: Ticket, form_token: UUID) -> bool:
    """Whether a form has made a note here."""
    return InternalNote.objects.filter(ticket=ticket, form_token=form_token).exists()


def who_reads(ticket: Ticket) -> list[Colleague]:
    """The staff who can open the ticket: whom a note may name."""
    return named_people(staff_readers(ticket).order_by("full_name", "pk"))


def _read(ticket: Ticket, typed: str) -> Named:
    if "@" not in typed:
        return Named(typed, [])
    return find_named(typed, who_reads(ticket), _nobody, field="body")


def _nobody(name: str) -> DomainError:
    return DomainError(
        _(
            "Nobody of the staff who reads this ticket is called “@%(name)s”, or several are. "
            "Choose from the list, or leave out the “@”."
        )
        % {"name": name},
        field="body",
    )


def erase_notes(tickets: QuerySet[Ticket]) -> None:
    """Takes the words and the files of the notes on some tickets away; safe to run again."""
    for file in NoteFile.objects.filter(note__ticket__in=tickets).iterator(_BATCH):
        file.file.delete(save=False)
        file.delete()
    InternalNote.objects.filter(ticket__in=tickets).update(body="")
