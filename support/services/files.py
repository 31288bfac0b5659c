"""Files of messages, in private storage.

They are stored before the row that names them is written, so that no lock waits for a disk, and
taken away again when the row does not come to be.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from django.core.files.base import File
from django.core.files.uploadedfile import UploadedFile
from django.db import models
from django.utils.translation import gettext as _

from core import clock
from core.errors import DomainError
from core.ids import new_public_id
from core.uploads import check_upload, ending_of

FILES_AT_MOST = 20


@dataclass(frozen=True, slots=True)
class StoredFile:
    """A file that stands in the storage under `path`, not yet named by a row."""

    public_id: str
    name: str
    size: int
    path: str


class StoredFiles:
    """What was stored for one message; `attach` names it in rows, else it vanishes again."""

    def __init__(self, model: type[models.Model], uploads: Sequence[UploadedFile]) -> None:
        self._model = model
        self._field: Any = model._meta.get_field("file")
        self._names = check_files(uploads)
        self.files: list[StoredFile] = []
        self.is_attached = False

    def store(self, uploads: Sequence[UploadedFile]) -> None:
        for upload, name in zip(uploads, self._names, strict=True):
            public_id = new_public_id()
            wanted = self._field.generate_filename(None, f"{public_id}.{ending_of(name)}")
            path = self._field.storage.save(wanted, File(upload))
            self.files.append(StoredFile(public_id, name, upload.size or 0, path))

    def attach(self, **to: Any) -> None:
        """Writes the rows; `to` is the message or the note that they belong to."""
        now = clock.now()
        self._model._default_manager.bulk_create(
            self._model(
                public_id=file.public_id,
                name=file.name,
                size=file.size,
                file=file.path,
                created_at=now,
                **to,
            )
            for file in self.files
        )
        self.is_attached = True

    def discard(self) -> None:
        for file in self.files:
            self._field.storage.delete(file.path)


def check_files(uploads: Sequence[UploadedFile]) -> list[str]:
    """The names to keep them by. Raises DomainError with field `file`."""
    if len(uploads) > FILES_AT_MOST:
        raise DomainError(
            _("Add at most %(limit)s files at once.") % {"limit": FILES_AT_MOST}, field="file"
        )
    return [check_upload(upload) for upload in uploads]


@contextmanager
def stored_files(
    model: type[models.Model], uploads: Sequence[UploadedFile]
) -> Iterator[StoredFiles]:
    """Stores uploads for rows of `model`; those that the block did not attach, or that attached in
    vain because it failed, are gone after it.
    """
    stored = StoredFiles(model, uploads)
    try:
        stored.store(uploads)
        yield stored
    except BaseException:
        stored.discard()
        raise
    if not stored.is_attached:
        stored.discard()
