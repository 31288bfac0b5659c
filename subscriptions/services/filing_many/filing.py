"""The rows of a checked file as requests: one by one, each once, whatever happens to the worker.

A row's form token follows from the operation and the line: a row that was filed before the worker
was killed is found by it, and not filed again. Each row is a transaction of its own, so others who
write wait for one row at most; on SQLite, where they cannot queue, the work pauses for them.
"""

import tempfile
import time
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID, uuid5

from django.core.files.base import File
from django.db import connection, transaction
from django.urls import reverse
from django.utils.translation import gettext as _

from core.actor import Actor
from core.choices import PartyRole
from core.errors import Conflict, DomainError
from core.events import emit
from core.folding import fold
from core.imports import record_once
from core.models import Operation
from core.operations import Progress, begin_operation, prepare_operation, save_result
from core.tables import Cells, open_table, write_xlsx
from subscriptions.choices import RequestState
from subscriptions.models import ConnectionRequest
from subscriptions.services.drafting import draft_checked
from subscriptions.services.filing_many.checking import batches, reader_of
from subscriptions.services.filing_many.judging import IN_FILE, Fate, Judge, Verdict
from subscriptions.services.requests.duplicates import REASON_LENGTH, Anyway
from subscriptions.services.requests.filing import check_may_file, submit_request
from subscriptions.services.requests.input import clean_text

MANY = "requests.file_many"
FILE, DRAFT = "file", "draft"
# Tokens of rows are drawn from this and the operation's id.
_SPACE = UUID("8d1c7c0e-5a53-4b2c-9d36-1f0a4f6c2e11")
_PAUSE_EVERY, _PAUSE_SECONDS = 20, 0.1


@dataclass(frozen=True, slots=True)
class Done:
    """What became of a row; `number` is "" where there is no request."""

    number: str
    words: str


def start_filing(
    actor: Actor, checked: Operation, *, mode: str, takes_doubtful: bool, reason: str
) -> Operation:
    """Begins to file the rows of a file that was looked at; asked twice, it begins once.

    `mode`: FILE, or DRAFT to leave them as drafts. `takes_doubtful`: doubtful rows too; those that
    are in work already need a `reason`, which their providers read. Raises Forbidden, Conflict, or
    DomainError with `field`.
    """
    check_may_file(actor)
    if mode not in (FILE, DRAFT):
        raise DomainError(_("Choose whether to file or to make drafts."), field="mode")
    words = clean_text(reason, REASON_LENGTH, "reason")
    if takes_doubtful and _has_duplicates(checked) and not fold(words):
        raise DomainError(_("Say why they are filed once more."), field="reason")
    with transaction.atomic():
        stored = Operation.objects.select_for_update().get(pk=checked.pk)
        if stored.state != Operation.State.DONE:
            raise Conflict(_("The file is still being looked at."))
        begun = stored.data.get("filing")
        if begun:
            return Operation.objects.get(public_id=begun)
        data = {
            "ending": stored.data["ending"],
            "mode": mode,
            "doubts": stored.data["doubts"] if takes_doubtful else {},
            "reason": words,
            "total": sum(stored.data["counts"].values()),
        }
        with stored.source.open("rb") as file:
            started = prepare_operation(actor, MANY, data, source=File(file))
        stored.data["filing"] = started.public_id
        stored.save(update_fields=["data"])
        return begin_operation(started)


def _has_duplicates(checked: Operation) -> bool:
    return any(
        key == IN_FILE or key.startswith(("EC-", "ES-"))
        for known in checked.data.get("doubts", {}).values()
        for key in known
    )


def token_of(operation: Operation, line: int) -> UUID:
    """The form token of a row: the same however often the work begins anew."""
    return uuid5(_SPACE, f"{operation.public_id}:{line}")


def run_filing(actor: Actor, operation: Operation, progress: Progress) -> None:
    """Does what `start_filing` has noted; safe to be killed and begun again.

    Raises Forbidden, or DomainError for a file that cannot be read.
    """
    check_may_file(actor)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "requests.xlsx"
        with operation.source.open("rb") as file:
            table = open_table(file, operation.data["ending"])
            work = _Work(actor, operation, Judge(actor, reader_of(actor, table)))
            lines = []
            for rows in batches(table):
                lines += [
                    [*_padded(row, len(table.header)), done.number, done.words]
                    for row, done in zip(rows, work.file(rows, progress), strict=True)
                ]
        write_xlsx(path, [*table.header, _("Number"), _("What became of it")], lines)
        save_result(operation, _("requests filed.xlsx"), path.read_bytes())
    operation.summary = _summary(work.counts)
    _tell(actor, operation, work.counts)


def _padded(row: Cells, width: int) -> list[str]:
    return (row.cells + [""] * width)[:width]


class _Work:
    """One run over the file."""

    def __init__(self, actor: Actor, operation: Operation, judge: Judge) -> None:
        self.actor, self.operation, self.judge = actor, operation, judge
        self.is_filing = operation.data["mode"] == FILE
        self.counts: Counter[str] = Counter()
        self._lines = 0
        # Numbers that this work gave to a service at a unit: known to whoever takes the next row.
        self._given: dict[tuple[int, str, int], list[str]] = {}

    def file(self, rows: Sequence[Cells], progress: Progress) -> list[Done]:
        """What became of each row of a batch, in their order."""
        before = self._filed_before(rows)
        verdicts = self.judge.judge(rows)
        done = []
        for verdict in verdicts:
            known = before.get(token_of(self.operation, verdict.cells.line))
            done.append(self._one(verdict, known))
            self._lines += 1
            self.operation.summary = _summary(self.counts)
            progress(self._lines, self.operation.data["total"])
            self._let_others_write()
        return done

    def _filed_before(self, rows: Sequence[Cells]) -> dict[UUID, ConnectionRequest]:
        tokens = [token_of(self.operation, row.line) for row in rows]
        found = ConnectionRequest.objects.filter(
            bundle__form_token__in=tokens, bundle__owner=self.actor.organization
        ).select_related("bundle")
        return {row.bundle.form_token: row for row in found if row.bundle is not None}

    def _one(self, verdict: Verdict, before: ConnectionRequest | None) -> Done:
        if before is not None and (before.state != RequestState.DRAFT or not self.is_filing):
            return self._is_done(verdict, before)
        if verdict.fate == Fate.BAD and before is None:
            self.counts["refused"] += 1
            return Done("", verdict.reason)
        if before is None and not self._is_known(verdict):
            self.counts["left"] += 1
            return Done("", _("Left out: %(reason)s") % {"reason": verdict.reason})
        try:
            return self._is_done(verdict, self._write(verdict))
        except DomainError as error:
            self.counts["refused"] += 1
            return Done("", str(error))

    def _is_known(self, verdict: Verdict) -> bool:
        """Whether all that is doubtful was shown, and is wanted all the same."""
        shown = self.operation.data["doubts"].get(str(verdict.cells.line), [])
        return set(verdict.known) <= self._with_given(verdict, shown)

    def _write(self, verdict: Verdict) -> ConnectionRequest:
        """Draft and filing in one transaction: a row is there as a whole, or not at all."""
        wanted, line = verdict.wanted, verdict.cells.line
        if wanted is None:
            raise DomainError(verdict.reason)
        with transaction.atomic():
            bundle = draft_checked(
                self.actor,
                wanted,
                verdict.client,
                consent=verdict.consent,
                form_token=token_of(self.operation, line),
            )
            request: ConnectionRequest = bundle.requests.get()
            if self.is_filing and request.state == RequestState.DRAFT:
                request = submit_request(self.actor, request, self._anyway(verdict))
        return request

    def _anyway(self, verdict: Verdict) -> Anyway | None:
        if not verdict.known:
            return None
        known = self._with_given(verdict, verdict.known)
        return Anyway(frozenset(known), self.operation.data["reason"])

    def _with_given(self, verdict: Verdict, known: Collection[str]) -> set[str]:
        """Who takes a row although another line asks for the same knows of that line's request."""
        if IN_FILE in known and verdict.key is not None:
            return {*known, *self._given.get(verdict.key, ())}
        return set(known)

    def _is_done(self, verdict: Verdict, request: ConnectionRequest) -> Done:
        if verdict.key is not None:
            self._given.setdefault(verdict.key, []).append(request.number)
        if request.submitted_at is None:
            self.counts["drafted"] += 1
            return Done(request.number, _("Draft"))
        self.counts["filed"] += 1
        return Done(request.number, _("Filed"))

    def _let_others_write(self) -> None:
        if connection.vendor == "sqlite" and self._lines % _PAUSE_EVERY == 0:
            time.sleep(_PAUSE_SECONDS)


def _summary(counts: Counter[str]) -> dict[str, Any]:
    facts = [
        [_("Requests filed"), counts["filed"]],
        [_("Drafts made"), counts["drafted"]],
        [_("Left out as doubtful"), counts["left"]],
        [_("Not filed"), counts["refused"]],
    ]
    is_draft = counts["drafted"] and not counts["filed"]
    return {
        "facts": facts,
        "back": reverse("request_drafts" if is_draft else "request_list"),
        "back_label": _("Show the drafts") if is_draft else _("Show the requests"),
    }


def _tell(actor: Actor, operation: Operation, counts: Counter[str]) -> None:
    told = {name: counts[name] for name in ("filed", "drafted")}
    organization = actor.organization
    parties = {PartyRole.OWNER: organization}
    record_once(operation, lambda: emit(actor, "requests.filed_many", organization, parties, told))
