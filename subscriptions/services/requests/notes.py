"""Notes: those that both sides read, and those that an organization keeps to itself."""

from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from core import clock
from core.actor import Actor
from core.choices import PartyRole, Role
from core.errors import Conflict, DomainError, Forbidden
from core.events import emit
from core.querysets import get_visible
from core.timeline import sides_on
from subscriptions.models import ConnectionRequest, NoteMention, RequestNote
from subscriptions.request_workflow import sides_of
from subscriptions.services.parties import parties_of
from subscriptions.services.requests.input import NOTE_LENGTH, clean_text
from subscriptions.services.requests.mentions import Named, read_mentions


def add_note(
    actor: Actor,
    request: ConnectionRequest,
    text: str,
    *,
    internal: bool = False,
    form_token: UUID | None = None,
) -> RequestNote:
    """Adds a note to a request, closed ones too; its events carry the note's id, not its words.

    `internal`: the organization that the actor acts for reads it, and nobody else does. Colleagues
    named with `@` are told, whoever works the request (see `mentions`). The same `form_token` gives
    the note that it made first. MEMBERs of both
    organizations may, whoever works the request. Raises NotVisible, Forbidden, or DomainError with
    field `text`.
    """
    request = get_visible(ConnectionRequest.objects, actor, pk=request.pk)
    if not may_contribute(actor, request):
        raise Forbidden(_("You can read this request, but not add to it."))
    if internal and not own_party(actor, request):
        raise Forbidden(_("An internal note is one of an organization: choose whose you act for."))
    cleaned = clean_text(text, NOTE_LENGTH, "text")
    if not cleaned:
        raise DomainError(_("Write something first."), field="text")
    named = read_mentions(actor, request, cleaned)
    with transaction.atomic():
        note = RequestNote(
            request=request,
            author=actor.user,
            organization=actor.organization,
            text=named.text,
            is_internal=internal,
            form_token=form_token,
            created_at=clock.now(),
        )
        if not _is_first(note):
            return _made_before(actor, request, form_token)
        NoteMention.objects.bulk_create(
            NoteMention(note=note, user_id=user_id) for user_id in named.user_ids
        )
        _tell(actor, request, note, named)
    return note


def _is_first(note: RequestNote) -> bool:
    """Saves the note, unless its form has been sent before.

    Insert and catch, in a savepoint: between a look and an insert the other form may come.
    """
    try:
        with transaction.atomic():
            note.save(force_insert=True)
    except IntegrityError:
        if note.form_token is None:
            raise
        return False
    return True


def _made_before(actor: Actor, request: ConnectionRequest, form_token: UUID | None) -> RequestNote:
    notes = RequestNote.objects.filter(request=request, author=actor.user)
    made = notes.filter(form_token=form_token).first()
    if made is None:
        raise Conflict(_("This form has been used: open it again."))
    return made


def _tell(actor: Actor, request: ConnectionRequest, note: RequestNote, named: Named) -> None:
    told: dict[str, Any] = {"number": request.number, "note": note.pk}
    mentioned = {"mentioned": named.user_ids} if named.user_ids else {}
    own = own_party(actor, request)
    if note.is_internal:
        emit(actor, "note.internal_added", request, own, told | mentioned)
    else:
        emit(actor, "note.added", request, parties_of(request), told)
    if mentioned:
        emit(actor, "note.mentioned", request, own, told | mentioned)


def own_party(actor: Actor, request: ConnectionRequest) -> dict[PartyRole, Any]:
    """The side of the request on which the actor's organization stands, and it alone.

    Empty for whoever acts for no organization of the request.
    """
    sides = sides_on(actor, request) if actor.organization is not None else frozenset()
    return {
        side: actor.organization for side in (PartyRole.OWNER, PartyRole.PROVIDER) if side in sides
    }


def may_contribute(actor: Actor, request: ConnectionRequest) -> bool:
    """Whether the actor may add notes and files: MEMBERs of both sides, and staff who act on it."""
    works_here = actor.has_role(Role.MEMBER) and actor.organization_id in (
        request.owner_id,
        request.provider_id,
    )
    return works_here or bool(sides_of(actor, request))
