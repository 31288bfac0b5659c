"""The look at a file of requests before anything is filed: what would become of each row."""

import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from itertools import islice
from pathlib import Path
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from core.actor import Actor
from core.errors import DomainError
from core.imports import error_headings
from core.models import Operation
from core.operations import Progress, save_result
from core.tables import BATCH, Cells, Fault, Refused, Table, open_table
from subscriptions.rights import files_for_itself
from subscriptions.services.filing_many.judging import Fate, Judge, Verdict
from subscriptions.services.filing_many.rows import ROWS_AT_MOST, RowReader
from subscriptions.services.requests.filing import check_may_file

# Of each kind so many rows are shown on the page; all are in the file.
SHOWN = 50
# Of a cell that is shown so much.
_CELL = 60


def reader_of(actor: Actor, table: Table) -> RowReader:
    """Reads rows under the header of `table`; who files for itself names no clients."""
    return RowReader(table.header, with_clients=not files_for_itself(actor))


def batches(table: Table) -> Iterator[list[Cells]]:
    """The rows by BATCH. Raises DomainError on `file` for too many."""
    count = 0
    while batch := list(islice(table.rows, BATCH)):
        count += len(batch)
        if count > ROWS_AT_MOST:
            raise DomainError(
                _("The file has more than %(most)s rows: split it.") % {"most": ROWS_AT_MOST},
                field="file",
            )
        yield batch


def run_check(actor: Actor, operation: Operation, progress: Progress) -> None:
    """Judges every row of the file; writes nothing but what it found.

    Rows to correct and doubtful ones come back as a file. Raises Forbidden, or DomainError for a
    file that cannot be read.
    """
    check_may_file(actor)
    counts: Counter[str] = Counter()
    shown: dict[str, list[dict[str, Any]]] = {fate.value: [] for fate in Fate}
    doubts: dict[str, list[str]] = {}
    with tempfile.TemporaryDirectory() as folder, operation.source.open("rb") as file:
        table = open_table(file, operation.data["ending"])
        judge = Judge(actor, reader_of(actor, table))
        path = Path(folder) / "refused.csv"
        refused = Refused(path, table.header, error_columns=error_headings(), for_people=True)
        with closing(refused):
            for rows in batches(table):
                for verdict in judge.judge(rows):
                    counts[verdict.fate] += 1
                    _show(shown[verdict.fate], verdict)
                    if verdict.fate == Fate.DOUBTFUL:
                        doubts[str(verdict.cells.line)] = verdict.known
                    if verdict.fate != Fate.GOOD:
                        fault = Fault(verdict.cells.line, verdict.column, verdict.reason)
                        refused.write_cells(fault, verdict.cells.cells)
                progress(sum(counts.values()), None)
        if not counts:
            raise DomainError(_("There are no rows under the header."), field="file")
        if counts[Fate.BAD] or counts[Fate.DOUBTFUL]:
            save_result(operation, _("requests to correct.csv"), path.read_bytes())
    operation.data |= {
        "counts": {fate.value: counts[fate] for fate in Fate},
        "shown": shown,
        "doubts": doubts,
    }
    operation.summary = _summary(operation, counts)


def _show(rows: list[dict[str, Any]], verdict: Verdict) -> None:
    if len(rows) >= SHOWN:
        return
    wanted = verdict.wanted
    rows.append(
        {
            "line": verdict.cells.line,
            "cells": [cell[:_CELL] for cell in verdict.cells.cells],
            "place": verdict.place,
            "plan": f"{wanted.plans[0].name}, {wanted.plans[0].provider.name}" if wanted else "",
            "client": verdict.client.name if verdict.client is not None else "",
            "column": verdict.column,
            "reason": verdict.reason,
        }
    )


def _summary(operation: Operation, counts: Counter[str]) -> dict[str, Any]:
    return {
        "facts": [
            [_("Rows read"), sum(counts.values())],
            [_("Can be filed"), counts[Fate.GOOD]],
            [_("Doubtful"), counts[Fate.DOUBTFUL]],
            [_("To be corrected"), counts[Fate.BAD]],
        ],
        "back": reverse("request_many_check", args=[operation.public_id]),
        "back_label": _("Look at the rows"),
    }
