"""The statements about buildings that a filter leaves, as a file in the layout of the import."""

import tempfile
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

from django.db.models import QuerySet
from django.http import QueryDict
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from core.actor import Actor
from core.models import Operation
from core.operations import Progress, save_dated
from core.tables import write_csv, write_xlsx
from locations.filters import StatementFilter
from locations.models import BuildingCoverage, CoverageState
from locations.services.lists.rows import FIELDS

FORMATS = {"csv": write_csv, "xlsx": write_xlsx}
_SLICE = 1_000


def run_list_export(actor: Actor, operation: Operation, progress: Progress) -> None:
    """Writes the statements that the filter `data["query"]` leaves, in `data["format"]`.

    Begun anew after a killed worker. Raises DomainError for a filter that cannot be used.
    """
    filterset = StatementFilter(QueryDict(operation.data["query"]), actor=actor)
    rows = filterset.qs
    total = rows.count()
    ending = operation.data["format"]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"buildings.{ending}"
        count = FORMATS[ending](path, headings(), _lines(rows, total, progress))
        facts = [[_("Buildings"), count]]
        operation.summary = {"facts": facts, "back": reverse("coverage_buildings")}
        save_dated(operation, _("coverage of buildings %(day)s"), path)


def headings() -> list[str]:
    return [str(label) for label in FIELDS.values()]


def _lines(rows: QuerySet[BuildingCoverage], total: int, progress: Progress) -> Iterator[list[str]]:
    """Slice by slice in the order of ids: whoever states meanwhile does not wait."""
    last = done = 0
    wanted = rows.select_related("building", "category").order_by("pk")
    while part := list(wanted.filter(pk__gt=last)[:_SLICE]):
        for row in part:
            yield cells_of(row)
        last = part[-1].pk
        done += len(part)
        progress(done, max(total, done))


def cells_of(row: BuildingCoverage) -> list[str]:
    """A statement as a row of the file."""
    expires = row.expires_at - timedelta(seconds=1) if row.expires_at else None
    return [
        row.building.fias_id or "",
        row.building.address,
        row.category.name,
        row.technology,
        str(row.max_speed or ""),
        str(CoverageState(row.state).label),
        _day(row.planned_from),
        _day(timezone.localtime(row.stated_at)),
        _day(timezone.localtime(expires) if expires else None),
        row.source,
    ]


def _day(day: Any) -> str:
    return f"{day:%d.%m.%Y}" if day else ""
