"""Keeps the good files of a form in which something else is wrong, until it is sent again."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from uuid import UUID

from django.core.files.base import File
from django.core.files.uploadedfile import UploadedFile
from django.utils.text import Truncator
from django.utils.translation import gettext as _

from core import clock
from core.actor import Actor
from core.errors import DomainError
from core.ids import new_public_id
from core.jobs import job, schedule
from core.uploads import check_upload, ending_of
from support.models import HeldFile

FILES_AT_MOST = 10
KEPT = timedelta(days=1)
_BATCH = 200


def sift(uploads: Sequence[UploadedFile], held: int = 0) -> tuple[list[UploadedFile], list[str]]:
    """The good ones of `uploads`, and what is wrong with each of the others, in words.

    `held`: how many the form has already, of FILES_AT_MOST.
    """
    good: list[UploadedFile] = []
    refusals: list[str] = []
    for upload in uploads:
        try:
            check_upload(upload)
        except DomainError as refused:
            refusals.append(f"{Truncator(upload.name or '').chars(80)}: {refused.message}")
        else:
            good.append(upload)
    room = max(FILES_AT_MOST - held, 0)
    if len(good) > room:
        refusals.append(_("At most %(limit)s files at once.") % {"limit": FILES_AT_MOST})
    return good[:room], refusals


def hold(actor: Actor, token: UUID, uploads: Sequence[UploadedFile]) -> None:
    """Keeps checked uploads with the actor's form."""
    for upload in uploads:
        name = check_upload(upload)
        public_id = new_public_id()
        row = HeldFile(
            public_id=public_id,
            user=actor.user,
            form_token=token,
            name=name,
            size=upload.size or 0,
            created_at=clock.now(),
        )
        row.file.save(f"{public_id}.{ending_of(name)}", File(upload), save=False)
        try:
            row.save(force_insert=True)
        except BaseException:
            # The row did not come to be: nobody would ever find the file.
            row.file.delete(save=False)
            raise


def held(actor: Actor, token: UUID | None) -> list[HeldFile]:
    """The files that wait with the actor's form."""
    if token is None or actor.user is None:
        return []
    rows = HeldFile.objects.filter(user=actor.user, form_token=token)
    return list(rows.order_by("pk")[:FILES_AT_MOST])


@contextmanager
def opened(rows: Sequence[HeldFile]) -> Iterator[list[UploadedFile]]:
    """Held files as they came, for a service that takes uploads; closed after the block."""
    files = [row.file.open("rb") for row in rows]
    try:
        yield [
            UploadedFile(file, name=row.name, size=row.size)
            for row, file in zip(rows, files, strict=True)
        ]
    finally:
        for file in files:
            file.close()


def drop(rows: Sequence[HeldFile]) -> None:
    """Forgets held files, the row last: what has a row is found and dropped again."""
    for row in rows:
        row.file.delete(save=False)
        HeldFile.objects.filter(pk=row.pk).delete()


def drop_one(actor: Actor, token: UUID, public_id: str) -> None:
    """Takes one file back; nothing happens when there is none."""
    drop([row for row in held(actor, token) if row.public_id == public_id])


@schedule("40 * * * *")
@job()
def drop_forgotten_files() -> int:
    """Drops what was held for longer than KEPT; returns how many."""
    rows = list(HeldFile.objects.filter(created_at__lt=clock.now() - KEPT)[:_BATCH])
    drop(rows)
    return len(rows)
