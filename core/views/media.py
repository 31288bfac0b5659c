"""Public pictures (photos, logos), where no web server before the site hands them out itself."""

from pathlib import PurePosixPath

from django.core.exceptions import SuspiciousFileOperation
from django.core.files.storage import default_storage
from django.http import FileResponse, Http404, HttpRequest
from django.views.decorators.http import require_safe

from core.access import PUBLIC, access

# What is written there (core.uploads.read_picture); nothing else is handed out.
_TYPES = {".jpg": "image/jpeg", ".png": "image/png"}
# A new picture has a new name.
_KEPT = "public, max-age=31536000, immutable"


@access(PUBLIC)
@require_safe
def public_file(request: HttpRequest, path: str) -> FileResponse:
    content_type = _TYPES.get(PurePosixPath(path).suffix)
    try:
        if content_type is None or not default_storage.exists(path):
            raise Http404
        file = default_storage.open(path)
    except SuspiciousFileOperation as error:
        raise Http404 from error
    response = FileResponse(file, content_type=content_type)
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response["Cache-Control"] = _KEPT
    return response


# Whoever asks: neither session nor person is loaded for a picture.
public_file.stateless = True  # type: ignore[attr-defined]
