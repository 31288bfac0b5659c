"""Statements about buildings from a file: 500 rows to a transaction, bad rows in a file to correct.

How far it got is written with the rows themselves: after a killed worker the work goes on with the
row after the last that was written. A row says the same as what is stated, or is older: then what
is stated stays.
"""

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from core import clock
from core.actor import Actor
from core.choices import PartyRole
from core.errors import DomainError
from core.events import Draft, emit, emit_many
from core.imports import batches, error_headings, record_once
from core.jobs import TemporaryFailure
from core.models import Operation
from core.operations import Progress, save_result
from core.tables import BATCH, Cells, Fault, Refused, RowError, open_table
from locations.fields import alike
from locations.models import Building, BuildingCoverage, CoverageAction
from locations.selectors.addressed import Sought, find_buildings
from locations.services.history import record
from locations.services.lists.rows import ListRow, RowReader, check_columns, recognised
from locations.services.rights import provider_of
from users.models import Organization

_CHANGED = (
    "max_speed",
    "state",
    "planned_from",
    "source",
    "expires_at",
    "stated_at",
    "version",
    "contradicted_at",
)
_SAID = ("max_speed", "state", "planned_from", "source", "expires_at")
Key = tuple[int, int, str]


@dataclass(frozen=True, slots=True)
class Placed:
    """A sound row with its building."""

    row: ListRow
    building: Building

    @property
    def key(self) -> Key:
        return (self.building.pk, self.row.category.pk, alike(self.row.technology))


def run_list_import(actor: Actor, operation: Operation, progress: Progress) -> None:
    """Does what `operation.data` says: `ending` of the file, `provider` (an id).

    Raises Forbidden, and DomainError for a file that cannot be read.
    """
    data = operation.data
    provider = provider_of(actor, Organization.objects.filter(pk=data["provider"]).first())
    data.setdefault("line", 0)
    data.setdefault("counts", {"created": 0, "updated": 0, "unchanged": 0})
    with tempfile.TemporaryDirectory() as folder, operation.source.open("rb") as file:
        table = open_table(file, data["ending"])
        check_columns(recognised(table.header))
        path = Path(folder) / "refused.csv"
        work = _Work(actor, provider, operation, RowReader(table.header), table.header)
        if work.run(table.rows, path, progress):
            save_result(operation, _("buildings to correct.csv"), path.read_bytes())
    _finish(actor, provider, operation)


def place_rows(
    actor: Actor, rows: Sequence[Cells], reader: RowReader
) -> tuple[list[Placed], list[tuple[Fault, Cells]]]:
    """Rows with their buildings, and what is wrong in the others."""
    sound: list[tuple[Cells, ListRow]] = []
    faults: list[tuple[Fault, Cells]] = []
    for cells in rows:
        try:
            sound.append((cells, reader.read(cells)))
        except RowError as error:
            faults.append((Fault(cells.line, error.column, error.reason), cells))
    found = find_buildings(actor, [Sought(row.fias_id, row.address) for _cells, row in sound])
    placed = []
    for (cells, row), building in zip(sound, found, strict=True):
        if isinstance(building, DomainError):
            wrong = reader.fault(building.field or "", str(building.message))
            faults.append((Fault(row.line, wrong.column, wrong.reason), cells))
        else:
            placed.append(Placed(row, building))
    return placed, sorted(faults, key=lambda fault: fault[0].line)


def stated_already(provider: Organization, placed: Sequence[Placed]) -> dict[Key, BuildingCoverage]:
    """What the provider states of these buildings now, by building, category and technology."""
    rows = BuildingCoverage.objects.filter(
        provider=provider, building_id__in={one.building.pk for one in placed}
    )
    return {(row.building_id, row.category_id, alike(row.technology)): row for row in rows}


def says_more(row: ListRow, known: BuildingCoverage) -> bool:
    """Whether a row is to take the place of a statement: it is newer, or says something else."""
    if any(row.fields[name] != getattr(known, name) for name in _SAID):
        return row.stated_at is None or row.stated_at >= _day_of(known)
    return known.contradicted_at is not None and (
        row.stated_at is None or row.stated_at > known.contradicted_at
    )


def _day_of(known: BuildingCoverage) -> Any:
    local = timezone.localtime(known.stated_at)
    return local.replace(hour=0, minute=0, second=0, microsecond=0)


class _Work:
    """One run over the file."""

    def __init__(
        self,
        actor: Actor,
        provider: Organization,
        operation: Operation,
        reader: RowReader,
        header: Sequence[str],
    ) -> None:
        self.actor, self.provider, self.operation = actor, provider, operation
        self.reader, self.header = reader, header

    def run(self, rows: Iterator[Cells], path: Path, progress: Progress) -> int:
        """Batch by batch; bad rows go to the file at `path`. Returns how many there were."""
        data, lines, bad = self.operation.data, 0, 0
        refused = Refused(path, self.header, error_columns=error_headings(), for_people=True)
        with closing(refused):
            for batch in batches(rows, BATCH):
                placed, faults = place_rows(self.actor, batch, self.reader)
                for fault, cells in faults:
                    refused.write_cells(fault, cells.cells)
                if batch[-1].line > data["line"]:
                    self._write_batch(placed, batch[-1].line)
                lines += len(batch)
                bad += len(faults)
                self.operation.summary = _summary(data["counts"], lines, bad)
                progress(lines, None)
        return bad

    def _write_batch(self, placed: list[Placed], last_line: int) -> None:
        """Statements and how far the work got, in one transaction: no batch is written twice."""
        data = self.operation.data
        with transaction.atomic():
            stored = Operation.objects.select_for_update().get(pk=self.operation.pk)
            if stored.data.get("line", 0) != data["line"]:
                raise TemporaryFailure("another worker goes on with this import")
            fresh = [one for one in placed if one.row.line > data["line"]]
            counts = self._write({one.key: one for one in fresh})
            written = {name: data["counts"][name] + number for name, number in counts.items()}
            written["unchanged"] += len(fresh) - len({one.key for one in fresh})
            stored.data = {**data, "line": last_line, "counts": written}
            stored.save(update_fields=["data"])
        data.update(stored.data)

    def _write(self, wanted: dict[Key, Placed]) -> dict[str, int]:
        """Of two rows about one thing the later counts."""
        known = self._locked(wanted)
        new = [self._new(one) for key, one in wanted.items() if key not in known]
        changed = [
            self._changed(known[key], one.row)
            for key, one in wanted.items()
            if key in known and says_more(one.row, known[key])
        ]
        BuildingCoverage.objects.bulk_create(new)
        BuildingCoverage.objects.bulk_update(changed, _CHANGED)
        record(self.actor, new, CoverageAction.STATED)
        record(self.actor, changed, CoverageAction.CHANGED)
        self._tell([*new, *changed])
        unchanged = len(wanted) - len(new) - len(changed)
        return {"created": len(new), "updated": len(changed), "unchanged": unchanged}

    def _locked(self, wanted: dict[Key, Placed]) -> dict[Key, BuildingCoverage]:
        rows = BuildingCoverage.objects.filter(
            Q(provider=self.provider), building_id__in={key[0] for key in wanted}
        )
        found = rows.select_for_update().order_by("pk")
        return {(row.building_id, row.category_id, alike(row.technology)): row for row in found}

    def _new(self, one: Placed) -> BuildingCoverage:
        return BuildingCoverage(
            building=one.building,
            provider=self.provider,
            category=one.row.category,
            stated_at=one.row.stated_at or clock.now(),
            **one.row.fields,
        )

    def _changed(self, known: BuildingCoverage, row: ListRow) -> BuildingCoverage:
        for name in _SAID:
            setattr(known, name, row.fields[name])
        known.stated_at = row.stated_at or clock.now()
        known.contradicted_at = None
        known.version += 1
        return known

    def _tell(self, rows: list[BuildingCoverage]) -> None:
        parties = {PartyRole.PROVIDER: self.provider}
        emit_many(
            self.actor,
            [Draft("coverage.changed", row, parties, {"state": row.state}) for row in rows],
        )


def _summary(counts: dict[str, int], lines: int, bad: int) -> dict[str, object]:
    facts = [
        [_("Rows read"), lines],
        [_("Buildings stated"), counts["created"]],
        [_("Statements changed"), counts["updated"]],
        [_("Known already, left as they are"), counts["unchanged"]],
        [_("Rows to correct"), bad],
    ]
    return {"facts": facts, "back": reverse("coverage_buildings")}


def _finish(actor: Actor, provider: Organization, operation: Operation) -> None:
    told = {name: operation.data["counts"][name] for name in ("created", "updated")}
    parties = {PartyRole.PROVIDER: provider}
    record_once(operation, lambda: emit(actor, "coverage.imported", provider, parties, told))
