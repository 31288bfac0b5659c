"""Notes that both sides read."""

from django.db import transaction
from django.utils.translation import gettext as _

from core import clock
from core.actor import Actor
from core.choices import Role
from core.errors import DomainError, Forbidden
from core.events import emit
from core.querysets import get_visible
from subscriptions.models import ConnectionRequest, RequestNote
from subscriptions.request_workflow import sides_of
from subscriptions.services.parties import parties_of
from subscriptions.services.requests.input import NOTE_LENGTH, clean_text


def add_note(actor: Actor, request: ConnectionRequest, text: str) -> RequestNote:
    """Adds a note to a request, closed ones too; its event carries the note's id, not its words.

    MEMBERs of both organizations may, whoever works the request. Raises NotVisible, Forbidden, or
    DomainError with field `text`.
    """
    request = get_visible(ConnectionRequest.objects, actor, pk=request.pk)
    if not may_contribute(actor, request):
        raise Forbidden(_("You can read this request, but not add to it."))
    cleaned = clean_text(text, NOTE_LENGTH, "text")
    if not cleaned:
        raise DomainError(_("Write something first."), field="text")
    with transaction.atomic():
        note = RequestNote.objects.create(
            request=request,
            author=actor.user,
            organization=actor.organization,
            text=cleaned,
            created_at=clock.now(),
        )
        emit(
            actor,
            "note.added",
            request,
            parties_of(request),
            {"number": request.number, "note": note.pk},
        )
    return note


def may_contribute(actor: Actor, request: ConnectionRequest) -> bool:
    """Whether the actor may add notes and files: MEMBERs of both sides, and staff who act on it."""
    works_here = actor.has_role(Role.MEMBER) and actor.organization_id in (
        request.owner_id,
        request.provider_id,
    )
    return works_here or bool(sides_of(actor, request))
