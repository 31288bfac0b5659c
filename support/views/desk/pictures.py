"""Pictures among the files of a ticket, to be looked at in the page."""

from typing import Any

from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from core.errors import DomainError, NotVisible
from core.http import Request
from core.uploads import read_picture
from support.models import MessageFile, TicketMessage
from support.selectors.notes import note_file_for
from support.views.desk.door import readers

_SMALL, _LARGE = 160, 1600
_KEPT_SECONDS = 3600


@readers
@require_GET
def desk_picture(request: Request, kind: str, public_id: str) -> HttpResponse:
    """A picture drawn anew, of a "message" or a "note"; what cannot be read is not shown."""
    missing = _("There is no such file, or it is not yours to see.")
    file = _file(kind, request, public_id)
    if file is None:
        raise NotVisible(missing)
    side = _SMALL if request.GET.get("small") else _LARGE
    try:
        with file.file.open("rb") as stored:
            picture = read_picture(stored, most_side=side, field="file")
    except (DomainError, FileNotFoundError) as error:
        raise NotVisible(missing) from error
    is_png = str(picture.name).endswith(".png")
    response = HttpResponse(picture.read(), content_type="image/png" if is_png else "image/jpeg")
    response["Content-Disposition"] = "inline"
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = "sandbox; default-src 'none'"
    response["Cache-Control"] = f"private, max-age={_KEPT_SECONDS}"
    return response


def _file(kind: str, request: Request, public_id: str) -> Any:
    if kind == "note":
        return note_file_for(request.actor, public_id)
    seen = TicketMessage.objects.visible_to(request.actor)
    return MessageFile.objects.filter(public_id=public_id, message__in=seen).first()
