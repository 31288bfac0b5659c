"""Files of a request, in private storage."""

import contextlib
from datetime import datetime, timedelta

from django.core.files.base import ContentFile, File
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.utils.translation import gettext as _

from core import clock
from core.actor import Actor
from core.choices import Role
from core.errors import DomainError, Forbidden, NotVisible
from core.events import emit
from core.ids import new_public_id
from core.querysets import get_visible
from core.uploads import check_upload, ending_of, read_picture
from subscriptions.choices import FileKind
from subscriptions.models import ConnectionRequest, RequestFile
from subscriptions.services.parties import parties_of
from subscriptions.services.requests.notes import may_contribute

FILES_AT_MOST = 50
# Long enough to notice that it was the wrong one, too short to take back what others act upon.
REMOVABLE_FOR = timedelta(hours=24)
PICTURES = frozenset({"jpg", "jpeg", "png"})
THUMBNAIL_SIDE, PREVIEW_SIDE = 240, 1600


def add_file(
    actor: Actor, request: ConnectionRequest, upload: UploadedFile, kind: str = ""
) -> RequestFile:
    """Keeps an upload with a request, in private storage under a random name.

    `kind` is of FileKind; "" takes pictures for photos and anything else for a document. Pictures
    get a thumbnail a moment later. MEMBERs of both organizations may, whoever works the request.
    Raises NotVisible, Forbidden, or DomainError with field `file` when it is empty, too large, or
    not one of the kinds in `core.uploads`.
    """
    request = get_visible(ConnectionRequest.objects, actor, pk=request.pk)
    if not may_contribute(actor, request):
        raise Forbidden(_("You can read this request, but not add to it."))
    if kind and kind not in FileKind.values:
        raise DomainError(_("Choose what the file is."), field="kind")
    name = check_upload(upload)
    if request.files.count() >= FILES_AT_MOST:
        raise DomainError(_("There are enough files here already."), field="file")
    public_id = new_public_id()
    added = RequestFile(
        public_id=public_id,
        request=request,
        name=name,
        size=upload.size or 0,
        kind=kind or (FileKind.PHOTO if is_picture(name) else FileKind.OTHER),
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


def is_picture(name: str) -> bool:
    """Whether the portal can draw it anew."""
    return ending_of(name) in PICTURES


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


def may_remove(actor: Actor, file: RequestFile, now: datetime) -> bool:
    """For a day: who added it, and the managers of their organization."""
    if actor.organization_id is None or file.organization_id != actor.organization_id:
        return False
    own = actor.user_id is not None and file.uploaded_by_id == actor.user_id
    may = (own and actor.has_role(Role.MEMBER)) or actor.has_role(Role.MANAGER)
    return may and now - file.created_at <= REMOVABLE_FOR


def remove_file(actor: Actor, request: ConnectionRequest, public_id: str) -> None:
    """Takes a file back: the row, the document and its pictures; that it was there is not undone.

    Raises NotVisible, or Forbidden when it is another's or has been there for too long.
    """
    request = get_visible(ConnectionRequest.objects, actor, pk=request.pk)
    with transaction.atomic():
        rows = RequestFile.objects.select_for_update().filter(request=request)
        file = rows.filter(public_id=public_id).first()
        if file is None:
            raise NotVisible(_("There is no such file, or it is not yours to see."))
        if not may_remove(actor, file, clock.now()):
            raise Forbidden(_("A file can be removed by who added it, within a day."))
        kept = [stored for stored in (file.file, file.thumbnail, file.preview) if stored]
        file.delete()
        emit(actor, "file.removed", request, parties_of(request), {"number": request.number})
    # After the commit: a row without its file would be worse than a file without its row.
    for stored in kept:
        stored.delete(save=False)


def make_pictures(file_id: int) -> None:
    """Draws the thumbnail and the preview of a picture anew; safe to run twice.

    What cannot be read as a picture is left without: it can be taken as it is.
    """
    file = RequestFile.objects.filter(pk=file_id, thumbnail="").first()
    if file is None or not is_picture(file.name):
        return
    with contextlib.suppress(DomainError, FileNotFoundError):
        drawn = {
            "thumbnail": _drawn(file, THUMBNAIL_SIDE),
            "preview": _drawn(file, PREVIEW_SIDE),
        }
        _keep_pictures(file, drawn)


def _drawn(file: RequestFile, side: int) -> ContentFile:
    with file.file.open("rb") as original:
        upload = UploadedFile(original.file, file.name, size=file.size)
        return read_picture(upload, most_side=side, field="file")


def _keep_pictures(file: RequestFile, drawn: dict[str, ContentFile]) -> None:
    """Saves both and names them in the row, unless it is gone or has them by now."""
    for name, picture in drawn.items():
        ending = ending_of(picture.name or "")
        getattr(file, name).save(f"{file.public_id}-{name}.{ending}", picture, save=False)
    names = {name: getattr(file, name).name for name in drawn}
    if not RequestFile.objects.filter(pk=file.pk, thumbnail="").update(**names):
        for name in drawn:
            getattr(file, name).delete(save=False)
