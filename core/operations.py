"""Long work that a person starts and watches: imports, exports, archives.

    @operation("clients.import", _("Import of clients"))
    def import_clients(operation: Operation, progress: Progress) -> None: ...

    started = start_operation(actor, "clients.import", {"encoding": "utf-8"}, source=upload)

The function runs in a worker, outside of any transaction. After a killed worker it runs again: it
keeps in `operation.data` where it stands, and goes on from there. A DomainError ends it as FAILED,
with its message for the person; any other error is tried again, and ends it after the last attempt,
as workers that were killed at every attempt do.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from django.core.files.base import ContentFile, File
from django.db import transaction
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from core import clock
from core.actor import Actor
from core.errors import DomainError, Forbidden, Text
from core.jobs import enqueue_once, job, schedule
from core.models import Operation

KEPT = timedelta(days=7)
# Progress is written so often at most: a page looks every few seconds.
_WRITE_EVERY_SECONDS = 0.5
RETRIES = 4
_BEGUN = "begun"
_OVER = (Operation.State.DONE, Operation.State.FAILED)

Progress = Callable[[int, int | None], None]
Function = Callable[[Operation, Progress], None]


@dataclass(frozen=True, slots=True)
class Kind:
    name: str
    title: Text
    function: Function


_KINDS: dict[str, Kind] = {}


def operation(name: str, title: Text) -> Callable[[Function], Function]:
    """Declares a kind of long work; `name` is "things.verb"."""

    def declare(function: Function) -> Function:
        if name in _KINDS:
            raise ValueError(f"Operation {name} is declared twice.")
        _KINDS[name] = Kind(name, title, function)
        return function

    return declare


def title_of(row: Operation) -> Text:
    """What people call this work; the bare name for a kind that this version does not know."""
    kind = _KINDS.get(row.kind)
    return kind.title if kind else row.kind


def start_operation(
    actor: Actor,
    kind: str,
    data: dict[str, Any] | None = None,
    source: File | None = None,
) -> Operation:
    """Notes the work and lets a worker begin with it. The caller has checked the actor's right.

    `source` is a file that was uploaded and checked (core.uploads). Raises Forbidden for nobody.
    """
    return begin_operation(prepare_operation(actor, kind, data, source))


def prepare_operation(
    actor: Actor,
    kind: str,
    data: dict[str, Any] | None = None,
    source: File | None = None,
) -> Operation:
    """As `start_operation`, for work that waits until its starter has looked at what it will do."""
    if actor.user is None:
        raise Forbidden(_("Sign in to do this."))
    if kind not in _KINDS:
        raise ValueError(f"There is no operation {kind}.")
    now = clock.now()
    row = Operation(
        kind=kind,
        user=actor.user,
        organization=actor.organization,
        data=data or {},
        created_at=now,
        expires_at=now + KEPT,
    )
    if source is not None:
        row.source.save(f"{row.public_id}.source", source, save=False)
    row.save(force_insert=True)
    return row


def begin_operation(prepared: Operation, data: dict[str, Any] | None = None) -> Operation:
    """Lets a worker begin with prepared work, once; `data` are last words on what is wanted."""
    with transaction.atomic():
        row = Operation.objects.select_for_update().get(pk=prepared.pk)
        if not has_begun(row):
            row.data = {**row.data, **(data or {}), _BEGUN: True}
            row.save(update_fields=["data"])
            enqueue_once(run_operation, row.public_id, row.pk)
    return row


def has_begun(row: Operation) -> bool:
    return bool(row.data.get(_BEGUN))


def save_result(row: Operation, name: str, content: bytes | File) -> None:
    """Keeps what the work made, to be downloaded as `name`; in place of an earlier result."""
    file = ContentFile(content) if isinstance(content, bytes) else content
    if row.result:
        row.result.delete(save=False)
    row.result.save(f"{row.public_id}.result", file, save=False)
    row.result_name = name
    row.save(update_fields=["result", "result_name"])


def save_dated(row: Operation, name: str, path: Path) -> None:
    """Keeps the table at `path`; `name` has a place for today, "%(day)s"."""
    titled = name % {"day": f"{timezone.localtime(clock.now()):%Y-%m-%d}"}
    with path.open("rb") as made:
        save_result(row, f"{titled}{path.suffix}", File(made))


def _given_up(pk: int) -> None:
    """Tells the starter that the work failed, also when no worker lived to say so."""
    row = Operation.objects.select_related("user").filter(pk=pk).first()
    if row is None or row.state in _OVER:
        return
    with translation.override(row.user.language):
        message = _("Something went wrong on our side. We have been told; try again later.")
        _end(row, Operation.State.FAILED, message)


@job(queue="long", retries=RETRIES, on_given_up=_given_up)
def run_operation(pk: int) -> None:
    """Does the work, or goes on with it."""
    row = Operation.objects.select_related("user", "organization").filter(pk=pk).first()
    if row is None or row.state in _OVER:
        return None
    kind = _KINDS.get(row.kind)
    if kind is None:
        return _end(row, Operation.State.FAILED, _("This work is not known any more."))
    row.state = Operation.State.RUNNING
    row.save(update_fields=["state"])
    with translation.override(row.user.language):
        try:
            kind.function(row, _Reporter(row))
        except DomainError as error:
            return _end(row, Operation.State.FAILED, str(error))
        finally:
            row.source.close()
            row.result.close()
    return _end(row, Operation.State.DONE, "")


class _Reporter:
    """Writes progress now and then; `operation.data` goes with it, so that both tell the same."""

    def __init__(self, row: Operation) -> None:
        self._row = row
        self._written = 0.0

    def __call__(self, done: int, total: int | None = None) -> None:
        self._row.done, self._row.total = done, total
        if time.monotonic() - self._written >= _WRITE_EVERY_SECONDS:
            self._written = time.monotonic()
            self._row.save(update_fields=["done", "total", "data", "summary"])


def _end(row: Operation, state: Operation.State, error: str) -> None:
    row.state, row.error, row.finished_at = state, error[:500], clock.now()
    row.save()


@schedule("17 4 * * *")
@job(queue="long")
def remove_expired_operations() -> None:
    """Files and rows of long work that nobody needs any more."""
    for row in Operation.objects.filter(expires_at__lte=timezone.now()).iterator():
        for file in (row.source, row.result):
            if file:
                file.delete(save=False)
        row.delete()
