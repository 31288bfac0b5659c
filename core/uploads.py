"""Files that people upload: known kinds only, told by their content and not by their name alone.

Office documents are looked into no further than their list of parts, and pictures no further than
their size, so that an upload that unpacks to gigabytes costs nothing.
"""

import io
import struct
import unicodedata
import warnings
import zipfile
from collections.abc import Callable, Iterable
from pathlib import PurePosixPath

from django.conf import settings
from django.core.files.base import ContentFile
from django.core.files.uploadedfile import UploadedFile
from django.template.defaultfilters import filesizeformat
from django.utils.translation import gettext as _
from PIL import Image, ImageOps

from core.errors import DomainError

NAME_LENGTH = 120
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

# Pictures are taken in these kinds, and kept as JPEG or, where something shows through, as PNG.
PICTURE_KINDS = ("JPEG", "PNG", "WEBP")
_PIXELS_AT_MOST = 40_000_000


def check_upload(upload: UploadedFile, kinds: Iterable[str] | None = None) -> str:
    """The name to keep an upload by, once its name, size and content have been found good.

    `kinds` are endings of CONTENT_TYPES (all of them where it is None). Raises DomainError with
    field `file`.
    """
    name = clean_name(upload.name or "", kinds)
    check_size(upload)
    check_content(name, upload)
    upload.seek(0)
    return name


def read_picture(upload: UploadedFile, *, most_side: int, field: str) -> ContentFile:
    """The picture as a new file, no side longer than `most_side` pixels, named by its kind alone.

    Decoded and written anew, turned upright: what hides beside the picture (places, scripts,
    another file) is left behind. Raises DomainError with `field` for what is no picture of
    PICTURE_KINDS, or too large.
    """
    if (upload.size or 0) > settings.UPLOAD_MAX_BYTES:
        raise DomainError(
            _("The picture is too large: at most %(size)s.")
            % {"size": filesizeformat(settings.UPLOAD_MAX_BYTES)},
            field=field,
        )
    upload.seek(0)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(upload, formats=PICTURE_KINDS) as opened:
                if opened.width * opened.height > _PIXELS_AT_MOST:
                    raise DomainError(
                        _("The picture has too many pixels: make it smaller."), field=field
                    )
                opened.draft("RGB", (most_side, most_side))
                picture = ImageOps.exif_transpose(opened)
                picture.thumbnail((most_side, most_side))
                return _encode(picture)
    except DomainError:
        raise
    except Exception as error:
        # Pillow raises what its decoders raise: of a broken picture more need not be known.
        raise DomainError(
            _("This is not a picture that can be read. Choose a JPEG, PNG or WebP file."),
            field=field,
        ) from error


def _encode(picture: Image.Image) -> ContentFile:
    kept = io.BytesIO()
    if picture.has_transparency_data:
        picture.convert("RGBA").save(kept, "PNG", optimize=True)
        return ContentFile(kept.getvalue(), name="picture.png")
    picture.convert("RGB").save(kept, "JPEG", quality=85, optimize=True)
    return ContentFile(kept.getvalue(), name="picture.jpg")


def clean_name(raw: str, kinds: Iterable[str] | None = None) -> str:
    """The last part of a name, without what could mislead a reader or a file system.

    Drops folders of either slash, control and direction characters, and leading dots; keeps the
    ending when it shortens. Raises DomainError when the ending is not one of `kinds`
    (None: of CONTENT_TYPES).
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
    taken = CONTENT_TYPES if kinds is None else tuple(kinds)
    if ending not in taken:
        raise DomainError(
            _("Files of this kind cannot be added. Choose one of: %(kinds)s.")
            % {"kinds": ", ".join(taken)},
            field="file",
        )
    return f"{path.stem[:NAME_LENGTH].rstrip('. ')}.{ending}"


def ending_of(name: str) -> str:
    return PurePosixPath(name).suffix.lower().removeprefix(".")


def check_size(upload: UploadedFile) -> None:
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
