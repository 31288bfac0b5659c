"""Services from a file: some hundred rows to a transaction, nothing twice, bad rows to correct.

How far it got is written with the rows themselves: after a killed worker the work goes on with the
row after the last that was written. Bad rows are found anew then.
"""

import tempfile
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext as _

from core.actor import Actor
from core.choices import PartyRole
from core.errors import DomainError, Forbidden
from core.events import emit
from core.imports import batches, error_headings, record_once
from core.jobs import TemporaryFailure
from core.models import Operation
from core.operations import Progress, save_result
from core.tables import Cells, Fault, Refused, RowError, Table, open_table
from subscriptions.centre_rights import leads_holder
from subscriptions.selectors.address_list import understand
from subscriptions.services.centre.adding import add_services
from subscriptions.services.centre.import_rows import (
    Reader,
    Service,
    cells_of,
    check_mapping,
    read_row,
)

BATCH = 200
Bad = list[tuple[Fault, list[str]]]


def run_import(actor: Actor, operation: Operation, progress: Progress) -> None:
    """Does what `operation.data` says: `ending` of the file, `mapping` of its columns.

    Raises Forbidden, DomainError for a file that cannot be read.
    """
    if not leads_holder(actor):
        raise Forbidden(_("Managers of who holds the services write them down."))
    data = operation.data
    check_mapping(data["mapping"])
    data.setdefault("line", 0)
    data.setdefault("counts", {"created": 0, "known": 0})
    data.setdefault("late", [])
    with tempfile.TemporaryDirectory() as folder, operation.source.open("rb") as file:
        table = open_table(file, data["ending"])
        path = Path(folder) / "refused.csv"
        bad = _read_and_write(actor, operation, table, path, progress)
        if bad:
            save_result(operation, _("subscriptions to correct.csv"), path.read_bytes())
    counts = operation.data["counts"]
    parties = {PartyRole.OWNER: actor.organization}
    record_once(
        operation,
        lambda: emit(
            actor,
            "subscriptions.imported",
            actor.organization,
            parties,
            {"created": counts["created"]},
        ),
    )


def _read_and_write(
    actor: Actor, operation: Operation, table: Table, path: Path, progress: Progress
) -> int:
    data, lines, bad = operation.data, 0, 0
    names = dict(zip(data["mapping"], table.header, strict=False))
    refused = Refused(path, table.header, error_columns=error_headings(), for_people=True)
    reader = Reader(actor)
    with closing(refused):
        for rows in batches(table.rows, BATCH):
            sound, faults = read_batch(actor, reader, rows, data["mapping"], names)
            if rows[-1].line > data["line"]:
                faults += _write_batch(actor, operation, sound, rows, names)
            else:
                faults += _faults_of_earlier(data, rows)
            faults.sort(key=lambda pair: pair[0].line)
            for fault, cells in faults:
                refused.write_cells(fault, cells)
            lines += len(rows)
            bad += len(faults)
            operation.summary = _summary(data["counts"], lines, bad)
            progress(lines, None)
    return bad


def read_batch(
    actor: Actor,
    reader: Reader,
    rows: Sequence[Cells],
    mapping: Sequence[str],
    names: dict[str, str],
) -> tuple[list[Service], Bad]:
    """The sound rows of a batch, and what is wrong in the others; addresses are understood
    together."""
    cells = [cells_of(row, mapping) for row in rows]
    places = understand(actor, [one["address"][:200] for one in cells])
    sound: list[Service] = []
    faults: Bad = []
    for row, one, place in zip(rows, cells, places, strict=True):
        try:
            sound.append(read_row(reader, row, one, place, names))
        except RowError as error:
            faults.append((Fault(row.line, error.column, error.reason), row.cells))
    return sound, faults


def _write_batch(
    actor: Actor,
    operation: Operation,
    sound: Sequence[Service],
    rows: Sequence[Cells],
    names: dict[str, str],
) -> Bad:
    """Services and how far the work got, in one transaction; returns what was refused in writing.

    A worker that was thought dead and another that took the work over cannot both write a batch.
    """
    data = operation.data
    by_line = {row.line: row.cells for row in rows}
    late: Bad = []
    with transaction.atomic():
        stored = Operation.objects.select_for_update().get(pk=operation.pk)
        if stored.data.get("line", 0) != data["line"]:
            raise TemporaryFailure("another worker goes on with this import")
        counts = dict(data["counts"])
        for service in sound:
            if service.line <= data["line"]:
                continue
            try:
                with transaction.atomic():
                    made, known = add_services(actor, [service])
            except DomainError as error:
                fault = Fault(service.line, names.get(error.field or "", ""), str(error.message))
                late.append((fault, by_line[service.line]))
            else:
                counts["created"] += len(made)
                counts["known"] += len(known)
        # What only writing found wrong is not found anew after a killed worker: it is kept.
        kept = [*data["late"], *([fault.line, fault.column, fault.reason] for fault, _c in late)]
        stored.data = {**data, "line": rows[-1].line, "counts": counts, "late": kept}
        stored.save(update_fields=["data"])
    data.update(stored.data)
    return late


def _faults_of_earlier(data: dict, rows: Sequence[Cells]) -> Bad:
    by_line = {row.line: row.cells for row in rows}
    return [
        (Fault(line, column, reason), by_line[line])
        for line, column, reason in data["late"]
        if line in by_line
    ]


def _summary(counts: dict[str, int], lines: int, bad: int) -> dict[str, object]:
    facts = [
        [_("Rows read"), lines],
        [_("Subscriptions added"), counts["created"]],
        [_("Known already, left as they are"), counts["known"]],
        [_("Rows to correct"), bad],
    ]
    return {"facts": facts, "back": reverse("subscription_list")}
