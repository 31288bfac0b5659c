"""Files of messages, for both sides; files of internal notes, for staff alone.

The two are apart, as their tables are: no address of the one ever hands out the other.
"""

from typing import Any

from django.http.response import HttpResponseBase
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from core.access import IN_CABINET, STAFF, access
from core.errors import NotVisible
from core.http import Request
from core.sendfile import hand_over
from core.uploads import CONTENT_TYPES, ending_of
from support.models import MessageFile, TicketMessage
from support.selectors.notes import note_file_for


@access(IN_CABINET)
@require_GET
def ticket_file(request: Request, public_id: str) -> HttpResponseBase:
    """A file of a message, for whoever sees the ticket."""
    seen = TicketMessage.objects.visible_to(request.actor)
    return _download(MessageFile.objects.filter(public_id=public_id, message__in=seen).first())


@access(STAFF)
@require_GET
def note_file(request: Request, public_id: str) -> HttpResponseBase:
    """A file of an internal note, for staff who see the ticket and act for nobody."""
    return _download(note_file_for(request.actor, public_id))


def _download(file: Any) -> HttpResponseBase:
    missing = _("There is no such file, or it is not yours to see.")
    if file is None:
        raise NotVisible(missing)
    content_type = CONTENT_TYPES.get(ending_of(file.name), "application/octet-stream")
    return hand_over(file.file, file.name, content_type, missing)
