"""Hands a private file over to someone who may have it (the caller has checked)."""

from pathlib import PurePosixPath
from urllib.parse import quote

from django.conf import settings
from django.db.models.fields.files import FieldFile
from django.http import FileResponse, HttpResponse
from django.http.response import HttpResponseBase
from django.utils.http import content_disposition_header

from core.errors import NotVisible, Text

# The address inside nginx that stands for the private folder (deploy/nginx.conf).
ACCEL_PREFIX = "/private/"


def hand_over(
    stored: FieldFile, name: str, content_type: str, missing: Text, *, inline: bool = False
) -> HttpResponseBase:
    """A download called `name`: never shown in the portal's own page, never guessed at, never run.

    `inline` shows it in the browser: for pictures that the portal itself has drawn anew, alone.
    Where SENDFILE_HEADER is set the web server sends the bytes, otherwise Django does. Raises
    NotVisible with the message `missing` when the file is gone from the storage.
    """
    if not stored.name or not stored.storage.exists(stored.name):
        raise NotVisible(missing)
    response: HttpResponseBase
    if settings.SENDFILE_HEADER:
        response = HttpResponse(content_type=content_type)
        response[settings.SENDFILE_HEADER] = _place(stored, settings.SENDFILE_HEADER)
    else:
        response = FileResponse(stored.open("rb"), content_type=content_type)
    # The last part alone: a name is a name, whatever slashes its owner put in it.
    last = PurePosixPath(name.replace("\\", "/")).name or "file"
    response["Content-Disposition"] = content_disposition_header(not inline, last) or (
        "inline" if inline else "attachment"
    )
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = "sandbox; default-src 'none'"
    response["Cache-Control"] = "private, no-store"
    return response


def _place(stored: FieldFile, header: str) -> str:
    if header.lower() == "x-accel-redirect":
        return ACCEL_PREFIX + quote(stored.name or "")
    return stored.path
