"""Use from a file: 500 rows to a transaction, nothing twice, bad rows in a file to correct.

How far it got is written with the rows themselves, as with clients. What is wrong in a row depends
on what is stored, too: after a killed worker the rows that were written are looked at once more in
a transaction that is undone, and the same are refused.
"""

import tempfile
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext as _

from core.actor import Actor
from core.choices import OrganizationKind, PartyRole
from core.errors import Forbidden
from core.events import emit
from core.imports import batches, error_headings, record_once
from core.jobs import TemporaryFailure
from core.models import Operation
from core.operations import Progress, save_result
from core.tables import BATCH, Cells, Fault, Refused, RowError, Table, open_table
from subscriptions.services.usage.import_rows import (
    ImportedRow,
    check_mapping,
    heading_of,
    read_row,
)
from subscriptions.services.usage.many_readings import ReadingRow, record_readings
from subscriptions.services.usage.records import Recorded, UsageRow, read_batch, write_batch
from subscriptions.usage_rights import HOLDING_KINDS, works

TELLING_KINDS = HOLDING_KINDS | {OrganizationKind.PROVIDER}
_COUNTS = ("created", "updated", "unchanged")


def may_import(actor: Actor) -> bool:
    """Whether the actor brings use in files: providers for their customers, holders for theirs."""
    return actor.kind in TELLING_KINDS and works(actor)


def run_import(actor: Actor, operation: Operation, progress: Progress) -> None:
    """Does what `operation.data` says: `ending` of the file, `mapping` of its columns.

    Raises Forbidden, DomainError for a file that cannot be read.
    """
    if not may_import(actor):
        raise Forbidden(_("You cannot record use here."))
    data = operation.data
    check_mapping(data["mapping"])
    data.setdefault("line", 0)
    data.setdefault("counts", dict.fromkeys(_COUNTS, 0))
    with tempfile.TemporaryDirectory() as folder, operation.source.open("rb") as file:
        table = open_table(file, data["ending"])
        path = Path(folder) / "refused.csv"
        bad = _read_and_write(actor, operation, table, path, progress)
        if bad:
            save_result(operation, _("use to correct.csv"), path.read_bytes())
    told = {name: data["counts"][name] for name in ("created", "updated")}
    parties = {PartyRole.OWNER: actor.organization}
    record_once(operation, lambda: emit(actor, "usage.imported", actor.organization, parties, told))


def _read_and_write(
    actor: Actor, operation: Operation, table: Table, path: Path, progress: Progress
) -> int:
    """Batch by batch; bad rows go to the file at `path`. Returns how many there were."""
    data, lines, bad = operation.data, 0, 0
    refused = Refused(path, table.header, error_columns=error_headings(), for_people=True)
    with closing(refused):
        for rows in batches(table.rows, BATCH):
            sound, faults = _read_batch(rows, data["mapping"], table.header)
            faults += _write_batch(actor, operation, sound, rows[-1].line, table.header)
            cells = {row.line: row.cells for row in rows}
            for fault in sorted(faults, key=lambda fault: fault.line):
                refused.write_cells(fault, cells[fault.line])
            lines += len(rows)
            bad += len(faults)
            operation.summary = _summary(data["counts"], lines, bad)
            progress(lines, None)
    return bad


def _read_batch(
    rows: Sequence[Cells], mapping: Sequence[str], header: Sequence[str]
) -> tuple[list[ImportedRow], list[Fault]]:
    sound, faults = [], []
    for row in rows:
        try:
            sound.append(read_row(row, mapping, header))
        except RowError as error:
            faults.append(Fault(row.line, error.column, error.reason))
    return sound, faults


def _write_batch(
    actor: Actor,
    operation: Operation,
    rows: list[ImportedRow],
    last_line: int,
    header: Sequence[str],
) -> list[Fault]:
    """Use and how far the work got, in one transaction; returns what was refused.

    A worker that was thought dead and another that took the work over cannot both write a batch.
    """
    data = operation.data
    periods = [one for one in rows if isinstance(one.row, UsageRow)]
    batch = read_batch(actor, [one.row for one in periods])  # type: ignore[misc]
    readings = [one for one in rows if isinstance(one.row, ReadingRow)]
    with transaction.atomic():
        stored = Operation.objects.select_for_update().get(pk=operation.pk)
        if stored.data.get("line", 0) != data["line"]:
            raise TemporaryFailure("another worker goes on with this import")
        parts = [
            (periods, write_batch(batch)),
            (readings, record_readings(actor, [one.row for one in readings])),  # type: ignore[misc]
        ]
        done, faults = _sum(parts, data["mapping"], header)
        if last_line <= data["line"]:
            # Written before the worker was killed.
            transaction.set_rollback(True)
            return faults
        counts = {name: data["counts"][name] + getattr(done, name) for name in _COUNTS}
        stored.data = {**data, "line": last_line, "counts": counts}
        stored.save(update_fields=["data"])
    data.update(stored.data)
    return faults


def _sum(
    parts: Sequence[tuple[list[ImportedRow], Recorded]],
    mapping: Sequence[str],
    header: Sequence[str],
) -> tuple[Recorded, list[Fault]]:
    done = Recorded()
    faults: list[Fault] = []
    for given, part in parts:
        faults += [
            Fault(given[one.index].line, heading_of(one.field, mapping, header), one.reason)
            for one in part.faults
        ]
        done.add(part, 0)
    return done, faults


def _summary(counts: dict[str, int], lines: int, bad: int) -> dict[str, object]:
    facts = [
        [_("Rows read"), lines],
        [_("Added"), counts["created"]],
        [_("Changed"), counts["updated"]],
        [_("Known already, left as they are"), counts["unchanged"]],
        [_("Rows to correct"), bad],
    ]
    return {"facts": facts, "back": reverse("usage_import")}
