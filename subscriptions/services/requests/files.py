"""Files of a request, in private storage."""

from django.core.files.base import File
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.utils.translation import gettext as _

from core import clock
from core.actor import Actor
from core.errors import DomainError, Forbidden
from core.events import emit
from core.ids import new_public_id
from core.querysets import get_visible
from core.uploads import check_upload, ending_of
from subscriptions.models import ConnectionRequest, RequestFile
from subscriptions.services.parties import parties_of
from subscriptions.services.requests.notes import may_contribute

FILES_AT_MOST = 50


def add_file(actor: Actor, request: ConnectionRequest, upload: UploadedFile) -> RequestFile:
    """Keeps an upload with a request, in private storage under a random name.

    MEMBERs of both organizations may, whoever works the request. Raises NotVisible, Forbidden, or
    DomainError with field `file` when it is empty, too large, or not one of
    the kinds in `core.uploads`.
    """
    request = get_visible(ConnectionRequest.objects, actor, pk=request.pk)
    if not may_contribute(actor, request):
        raise Forbidden(_("You can read this request, but not add to it."))
    name = check_upload(upload)
    if request.files.count() >= FILES_AT_MOST:
        raise DomainError(_("There are enough files here already."), field="file")
    public_id = new_public_id()
    added = RequestFile(
        public_id=public_id,
        request=request,
        name=name,
        size=upload.size or 0,
        uploaded_by=actor.user,
        organization=actor.organization,
        created_at=clock.now(),
    )
    added.file.save(f"{public_id}.{ending_of(name)}", File(upload), save=False)
    try:
        _write_row(actor, request, added)
    except BaseException:
        # The row did not come to be: nobody would ever find the file.
        added.file.delete(save=False)
        raise
    return added


@transaction.atomic
def _write_row(actor: Actor, request: ConnectionRequest, added: RequestFile) -> None:
    added.save(force_insert=True)
    emit(
        actor,
        "file.added",
        request,
        parties_of(request),
        {"number": request.number, "file": added.pk},
    )
