"""Internal notes of a ticket, for staff alone."""

from django.db.models import Prefetch

from core.actor import Actor
from subscriptions.services.requests.mentions import mentioned_in, with_names
from support.choices import DeskSide
from support.models import InternalNote, NoteFile, Ticket
from support.selectors.thread import EntryKind, ThreadEntry, file_line, name_for
from users.models import CustomUser


def notes_of(actor: Actor, ticket: Ticket) -> list[ThreadEntry]:
    """None for whoever is not staff; two queries, and one more where somebody is mentioned."""
    files = Prefetch("files", NoteFile.objects.order_by("pk"))
    rows = InternalNote.objects.visible_to(actor).filter(ticket=ticket)
    found = list(rows.select_related("author").prefetch_related(files).order_by("pk"))
    names = _names(found)
    return [
        ThreadEntry(
            EntryKind.NOTE,
            note.public_id,
            note.created_at,
            name_for(actor, note.author, ""),
            DeskSide.STAFF,
            by_reader=note.author_id is not None and note.author_id == actor.user_id,
            is_internal=True,
            body=with_names(note.body, names, "…"),
            files=[file_line(file, "note_file") for file in note.files.all()],
        )
        for note in found
    ]


def _names(notes: list[InternalNote]) -> dict[str, str]:
    ids = {public_id for note in notes for public_id in mentioned_in(note.body)}
    if not ids:
        return {}
    return {user.public_id: str(user) for user in CustomUser.objects.filter(public_id__in=ids)}


def note_file_for(actor: Actor, public_id: str) -> NoteFile | None:
    """A file of a note that the actor reads."""
    read = InternalNote.objects.visible_to(actor)
    return NoteFile.objects.filter(public_id=public_id, note__in=read).first()
