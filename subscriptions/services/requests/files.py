"""Files of a request: known kinds only, told by their content and not by their name alone.

Office documents are looked into no further than their list of parts, so that an archive that
unpacks to gigabytes costs nothing.
"""

import io
import struct
import unicodedata
import zipfile
from collections.abc import Callable
from pathlib import PurePosixPath

from django.conf import settings
from django.core.files.base import File
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.template.defaultfilters import filesizeformat
from django.utils.translation import gettext as _

from core import clock
from core.actor import Actor
from core.errors import DomainError, Forbidden
from core.events import emit
from core.ids import new_public_id
from core.querysets import get_visible
from subscriptions.models import ConnectionRequest, RequestFile
from subscriptions.services.parties import parties_of
from subscriptions.services.requests.notes import may_contribute

NAME_LENGTH = 120
FILES_AT_MOST = 50
_DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

# What may be added, by the ending of the name, and as what it is handed out.
CONTENT_TYPES = {
    "pdf": "application/pdf",
    "jpg": "image/jpeg",
    "jpeg": "image/jpeg",
    "png": "image/png",
    "heic": "image/heic",
    "docx": _DOCX,
    "xlsx": _XLSX,
    "txt": "text/plain; charset=utf-8",
    "csv": "text/csv; charset=utf-8",
}
_HEIC_BRANDS = (b"heic", b"heix", b"heim", b"heis", b"mif1", b"msf1")
# A directory of an office document is some kilobytes; a hostile one names millions of entries.
_DIRECTORY_AT_MOST = 256 * 1024
_END_RECORD = struct.Struct("<4s4H2LH")
_MARKUP = (b"<svg", b"<html", b"<!doctype", b"<script", b"<?xml", b"<iframe")


def add_file(actor: Actor, request: ConnectionRequest, upload: UploadedFile) -> RequestFile:
    """Keeps an upload with a request, in private storage under a random name.

    MEMBERs of both organizations may, whoever works the request. Raises NotVisible, Forbidden, or
    DomainError with field `file` when it is empty, too large, or not of a kind in CONTENT_TYPES.
    """
    request = get_visible(ConnectionRequest.objects, actor, pk=request.pk)
    if not may_contribute(actor, request):
        raise Forbidden(_("You can read this request, but not add to it."))
    name = clean_name(upload.name or "")
    _check_size(upload)
    check_content(name, upload)
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
    upload.seek(0)
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


def clean_name(raw: str) -> str:
    """The last part of a name, without what could mislead a reader or a file system.

    Drops folders of either slash, control and direction characters, and leading dots; keeps the
    ending when it shortens. Raises DomainError when the ending is not one of CONTENT_TYPES.
    """
    last = raw.replace("\\", "/").rpartition("/")[2]
    visible = "".join(
        character
        for character in unicodedata.normalize("NFC", last)
        if not unicodedata.category(character).startswith("C")
    )
    safe = "".join("_" if character in '<>:"|?*' else character for character in visible)
    path = PurePosixPath(" ".join(safe.split()).lstrip(". ") or "_")
    ending = path.suffix.lower().removeprefix(".")
    if ending not in CONTENT_TYPES:
        raise DomainError(
            _("Files of this kind cannot be added. Choose one of: %(kinds)s.")
            % {"kinds": ", ".join(CONTENT_TYPES)},
            field="file",
        )
    return f"{path.stem[:NAME_LENGTH].rstrip('. ')}.{ending}"


def ending_of(name: str) -> str:
    return PurePosixPath(name).suffix.lower().removeprefix(".")


def _check_size(upload: UploadedFile) -> None:
    if not upload.size:
        raise DomainError(_("The file is empty."), field="file")
    if upload.size > settings.UPLOAD_MAX_BYTES:
        raise DomainError(
            _("The file is too large: at most %(size)s.")
            % {"size": filesizeformat(settings.UPLOAD_MAX_BYTES)},
            field="file",
        )


def check_content(name: str, upload: UploadedFile) -> None:
    """Raises DomainError when the content is not what the ending of the name says."""
    upload.seek(0)
    content = upload.read()
    if not _LOOKS_LIKE[ending_of(name)](content):
        raise DomainError(
            _("The content of the file is not what its name says."),
            field="file",
        )


def _begins(*signatures: bytes) -> Callable[[bytes], bool]:
    return lambda content: content.startswith(signatures)


def _is_heic(content: bytes) -> bool:
    return content[4:8] == b"ftyp" and content[8:12] in _HEIC_BRANDS


def _is_text(content: bytes) -> bool:
    """Plain words in UTF-8 or Windows-1251, and no page or picture in disguise."""
    if any(byte < 32 and byte not in b"\t\n\r\f" for byte in set(content)):
        return False
    beginning = content[:4096].removeprefix(b"\xef\xbb\xbf").lower()
    if any(tag in beginning for tag in _MARKUP):
        return False
    for encoding in ("utf-8", "cp1251"):
        try:
            content.decode(encoding)
        except UnicodeDecodeError:
            continue
        return True
    return False


def _is_office(folder: str) -> Callable[[bytes], bool]:
    def looks_like(content: bytes) -> bool:
        names = _archive_names(content)
        return (
            "[Content_Types].xml" in names
            and any(name.startswith(folder) for name in names)
            and not any(name.lower().endswith("vbaproject.bin") for name in names)
        )

    return looks_like


def _archive_names(content: bytes) -> list[str]:
    """Names in a zip archive; none when it is not one, or its directory is not that of a document.

    The size of the directory is read before `zipfile` believes it: that is what bounds its memory.
    Archives with comments or of the 64-bit kind are no office documents.
    """
    if not content.startswith(b"PK\x03\x04") or len(content) < _END_RECORD.size:
        return []
    end = _END_RECORD.unpack(content[-_END_RECORD.size :])
    signature, directory_size, comment_size = end[0], end[5], end[7]
    if signature != b"PK\x05\x06" or comment_size or directory_size > _DIRECTORY_AT_MOST:
        return []
    if content[-_END_RECORD.size - 20 :].startswith(b"PK\x06\x07"):
        return []
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            return archive.namelist()
    except (zipfile.BadZipFile, UnicodeDecodeError, ValueError, struct.error):
        return []


_LOOKS_LIKE: dict[str, Callable[[bytes], bool]] = {
    "pdf": _begins(b"%PDF-"),
    "jpg": _begins(b"\xff\xd8\xff"),
    "jpeg": _begins(b"\xff\xd8\xff"),
    "png": _begins(b"\x89PNG\r\n\x1a\n"),
    "heic": _is_heic,
    "docx": _is_office("word/"),
    "xlsx": _is_office("xl/"),
    "txt": _is_text,
    "csv": _is_text,
}
