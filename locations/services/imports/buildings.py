"""Buildings from CSV and XLSX: good rows in, the others listed to be corrected (docs/imports.md).

500 rows to a transaction, so that other writers hardly wait, and nothing twice: a building is known
by its FIAS id, by its address, or by where it stands. An import that a person started keeps how far
it got with the rows themselves, and goes on from there; bad rows are found anew then.
"""

import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from django.core.files import File
from django.urls import reverse
from django.utils.translation import gettext as _

from core.actor import Actor
from core.choices import PartyRole
from core.events import emit
from core.imports import batches, error_headings, record_once
from core.jobs import TemporaryFailure
from core.models import Operation
from core.operations import Progress as OperationProgress
from core.operations import save_result
from core.tables import (
    BATCH,
    ERROR_COLUMNS,
    Cells,
    Fault,
    Outcome,
    Progress,
    Refused,
    RowError,
    open_table,
    silent,
)
from core.uploads import ending_of
from locations.services.imports.building_batch import Batch, Fate, Verdict
from locations.services.imports.building_rows import (
    Cities,
    House,
    cities_by_name,
    columns_of,
    read_house,
)
from locations.services.imports.writing import in_transaction
from locations.services.rights import require_importer, require_keeper

_PIECE = 256 * 1024
# Of so many rows a person is told what will become of them, before they begin.
LOOKED_AT = 500


@dataclass(frozen=True, slots=True)
class Terms:
    """Whose rows they are, and what becomes of doubtful ones (building_batch.Batch)."""

    keeps: bool = True
    adds_doubtful: bool = False


class _File:
    """The rows of an open table, and how they are read."""

    def __init__(self, file: BinaryIO | File, ending: str) -> None:
        self._opened, self._ending = file, ending
        table = open_table(file, ending)
        self.header = table.header
        self.names = columns_of(table.header)
        self._rows = table.rows
        self._cities: Cities | None = None

    def count(self) -> int | None:
        """About how many rows there are: lines of a CSV; None where it would take long to know."""
        if self._ending == "xlsx":
            return None
        position = self._opened.tell()
        lines = sum(piece.count(b"\n") for piece in iter(lambda: self._opened.read(_PIECE), b""))
        self._opened.seek(position)
        return lines

    def batches(self) -> Iterator[list[Cells]]:
        return batches(self._rows, BATCH)

    def sound(self, rows: Sequence[Cells]) -> tuple[list[House], list[tuple[Fault, list[str]]]]:
        """The houses of good rows, and what is wrong with the others."""
        if self._cities is None:
            self._cities = cities_by_name()
        houses, faults = [], []
        for row in rows:
            try:
                houses.append(read_house(row, self.names, self._cities))
            except RowError as error:
                faults.append((Fault(row.line, error.column, error.reason), row.cells))
        return houses, faults

    def refused(self, path: Path, *, for_people: bool) -> "_Refused":
        return _Refused(self, path, for_people=for_people)


class _Refused:
    """The file of rows to correct: the columns of the file given, and where and why beside them."""

    def __init__(self, file: _File, path: Path, *, for_people: bool) -> None:
        self._kept = [i for i, name in enumerate(file.names) if name not in ERROR_COLUMNS]
        self._heading = dict(zip(file.names, file.header, strict=True))
        self._for_people = for_people
        self._file = Refused(
            path,
            [file.header[index] for index in self._kept],
            error_columns=error_headings() if for_people else ERROR_COLUMNS,
            for_people=for_people,
        )
        self.close = self._file.close

    def write(self, fault: Fault, cells: Sequence[str]) -> None:
        if self._for_people:
            column = self._heading.get(fault.column, fault.column)
            fault = Fault(fault.line, column, fault.reason)
        kept = [cells[index] if index < len(cells) else "" for index in self._kept]
        self._file.write_cells(fault, kept)


def import_buildings(
    actor: Actor,
    path: Path,
    *,
    refused_path: Path | None = None,
    progress: Progress = silent,
    adds_doubtful: bool = False,
) -> Outcome:
    """Creates and updates buildings from a CSV or XLSX file with COLUMNS, as a register.

    The last row about a building counts. Rows that cannot be taken, and doubtful ones, are written
    to `refused_path` with line, column and reason. May be run again, also after it was killed: rows
    already there are left as they are. Raises Forbidden, and DomainError for a file without its
    columns.
    """
    require_keeper(actor)
    outcome, lines = Outcome(), 0
    terms = Terms(adds_doubtful=adds_doubtful)
    with path.open("rb") as opened, tempfile.TemporaryDirectory() as folder:
        file = _File(opened, ending_of(path.name))
        refused = file.refused(refused_path or Path(folder) / "refused", for_people=False)
        with closing(refused):
            for rows in file.batches():
                houses, faults = file.sound(rows)
                verdicts = _save(actor, houses, terms)
                _count(outcome, verdicts)
                for fault, cells in _in_order(faults, verdicts):
                    outcome.refuse(fault)
                    refused.write(fault, cells)
                lines += len(rows)
                progress(lines)
    return outcome


def _count(outcome: Outcome, verdicts: list[Verdict]) -> None:
    """Buildings that were made, changed and left, each once, as the last row about it says."""
    tally = _tally(verdicts)
    outcome.created += tally[Fate.NEW]
    outcome.updated += tally[Fate.CHANGED]
    outcome.unchanged += tally[Fate.KNOWN]


def _tally(verdicts: list[Verdict]) -> dict[str, int]:
    fates: dict[int, Fate] = {}
    counts = {fate.value: 0 for fate in Fate}
    for verdict in verdicts:
        if verdict.fate in (Fate.BAD, Fate.DOUBTFUL):
            counts[verdict.fate] += 1
            continue
        # One house named twice in a batch: what its first row did counts for all of them.
        before = fates.get(id(verdict.building), Fate.KNOWN)
        fates[id(verdict.building)] = verdict.fate if before == Fate.KNOWN else before
    for fate in fates.values():
        counts[fate] += 1
    return counts


def _in_order(
    faults: list[tuple[Fault, list[str]]], verdicts: list[Verdict]
) -> list[tuple[Fault, list[str]]]:
    """Rows that were not taken, because of their cells or of what is stored, by line."""
    judged = [
        (Fault(verdict.house.line, verdict.column, verdict.reason), verdict.house.cells)
        for verdict in verdicts
        if verdict.fate in (Fate.BAD, Fate.DOUBTFUL)
    ]
    return sorted([*faults, *judged], key=lambda pair: pair[0].line)


def _save(
    actor: Actor,
    houses: list[House],
    terms: Terms,
    keep: Callable[[list[Verdict]], None] = lambda verdicts: None,
) -> list[Verdict]:
    """Writes one batch in one transaction, in which `keep` notes how far the import got."""

    def write() -> list[Verdict]:
        batch = Batch(actor, houses, keeps=terms.keeps, adds_doubtful=terms.adds_doubtful)
        verdicts = batch.decide(writes=True)
        batch.store()
        keep(verdicts)
        return verdicts

    return in_transaction(write)


# --- started by a person ----------------------------------------------------------------------
def run_import(actor: Actor, operation: Operation, progress: OperationProgress) -> None:
    """Does what `operation.data` says: `ending` of the file, `keeps`, `doubtful` ("add", "leave").

    Raises Forbidden, DomainError for a file that cannot be read.
    """
    data = operation.data
    keeps = require_importer(actor) and bool(data.get("keeps"))
    terms = Terms(keeps, data.get("doubtful") == "add")
    data.setdefault("line", 0)
    data.setdefault("counts", {fate.value: 0 for fate in Fate})
    with tempfile.TemporaryDirectory() as folder, operation.source.open("rb") as opened:
        file = _File(opened, data["ending"])
        path = Path(folder) / "refused.csv"
        with closing(file.refused(path, for_people=True)) as refused:
            _read_and_write(actor, operation, file, refused, terms, progress)
        if path.exists():
            with path.open("rb") as made:
                save_result(operation, _("buildings to correct.csv"), File(made))
    _finish(actor, operation)


def _read_and_write(
    actor: Actor,
    operation: Operation,
    file: _File,
    refused: _Refused,
    terms: Terms,
    progress: OperationProgress,
) -> None:
    lines = bad = 0
    total = file.count()
    for rows in file.batches():
        houses, faults = file.sound(rows)
        bad += len(faults)
        if rows[-1].line > operation.data["line"]:
            verdicts = _write_batch(actor, operation, houses, rows[-1].line, terms)
        else:
            verdicts = _again(actor, houses, terms)
        for fault, cells in _in_order(faults, verdicts):
            refused.write(fault, cells)
        lines += len(rows)
        operation.summary = _summary(operation.data["counts"], lines, bad)
        progress(lines, None if total is None else max(total, lines))


def _again(actor: Actor, houses: list[House], terms: Terms) -> list[Verdict]:
    """Rows that an earlier attempt wrote: looked at once more for those it had to leave."""
    return Batch(actor, houses, keeps=terms.keeps, adds_doubtful=terms.adds_doubtful).decide()


def _write_batch(
    actor: Actor, operation: Operation, houses: list[House], last_line: int, terms: Terms
) -> list[Verdict]:
    """Buildings and how far the work got, in one transaction.

    A worker that was thought dead and another that took the work over cannot both write a batch.
    """
    data = operation.data
    houses = [house for house in houses if house.line > data["line"]]
    kept: dict[str, object] = {}

    def keep(verdicts: list[Verdict]) -> None:
        stored = Operation.objects.select_for_update().get(pk=operation.pk)
        if stored.data.get("line", 0) != data["line"]:
            raise TemporaryFailure("another worker goes on with this import")
        tally = _tally(verdicts)
        counts = {name: data["counts"][name] + number for name, number in tally.items()}
        stored.data = {**data, "line": last_line, "counts": counts}
        stored.save(update_fields=["data"])
        kept.update(stored.data)

    verdicts = _save(actor, houses, terms, keep)
    data.update(kept)
    return verdicts


def _finish(actor: Actor, operation: Operation) -> None:
    """On record, of staff who act for no organization too."""
    counts = operation.data["counts"]
    told = {"created": counts[Fate.NEW], "updated": counts[Fate.CHANGED]}
    subject = actor.organization or operation.user
    parties = {PartyRole.OWNER: actor.organization}
    record_once(operation, lambda: emit(actor, "buildings.imported", subject, parties, told))


def _summary(counts: dict[str, int], lines: int, bad: int) -> dict[str, object]:
    facts = [
        [_("Rows read"), lines],
        [_("Buildings added"), counts[Fate.NEW]],
        [_("Buildings corrected"), counts[Fate.CHANGED]],
        [_("Known already, left as they are"), counts[Fate.KNOWN]],
        [_("Doubtful, left out"), counts[Fate.DOUBTFUL]],
        [_("Rows to correct"), counts[Fate.BAD] + bad],
    ]
    return {"facts": facts, "back": reverse("building_import")}


# --- a look at it first -----------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class Preview:
    """What will become of the first LOOKED_AT rows: verdicts and faults, counts by fate.

    `names`: which column each heading of `header` is. `is_all`: whether the file has no more rows.
    """

    header: list[str]
    names: list[str]
    verdicts: list[Verdict]
    faults: list[tuple[Fault, list[str]]]
    counts: dict[str, int]
    is_all: bool


def preview_import(actor: Actor, file: BinaryIO | File, ending: str, terms: Terms) -> Preview:
    """Reads the beginning of a file and judges it; writes nothing. Raises Forbidden, DomainError.

    `terms.keeps` counts for keepers alone.
    """
    keeps = require_importer(actor) and terms.keeps
    table = _File(file, ending)
    batches = table.batches()
    rows = next(batches, [])
    is_all = len(rows) < LOOKED_AT or not next(batches, [])
    houses, faults = table.sound(rows)
    verdicts = Batch(actor, houses, keeps=keeps, adds_doubtful=terms.adds_doubtful).decide()
    counts = _tally(verdicts)
    counts[Fate.BAD] += len(faults)
    return Preview(table.header, table.names, verdicts, faults, counts, is_all)
