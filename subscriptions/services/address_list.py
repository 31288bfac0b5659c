"""A file of addresses answered row by row: CSV or XLSX in, XLSX out, by the worker.

It reads and writes nothing but its own result, so a killed worker begins anew.
"""

import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from core.actor import Actor
from core.errors import DomainError
from core.folding import fold
from core.models import Operation
from core.operations import Progress, save_result
from core.tables import Cells, Table, as_text, open_table, write_xlsx
from locations.addresses import unit_number
from locations.models import CoverageState
from subscriptions.selectors.address_list import Summary, Understood, answers_at, understand
from subscriptions.selectors.catalogue import Category, categories
from users.time_zones import zone

ROWS_AT_MOST = 10_000
_LONGEST = 200
_STEP = 500
# Headings by which parts of an address are known (folded), in the order they are put together.
_HEADINGS = {
    "city": ("city", "город", "населенный пункт", "нп"),
    "street": ("street", "улица"),
    "house": ("house", "building", "number", "дом", "номер дома", "корпус дом"),
    "unit": ("flat", "unit", "apartment", "кв", "квартира", "помещение", "офис"),
}
_ADDRESS = ("address", "адрес", "полный адрес", "адрес дома", "адрес объекта", "адрес подключения")


@dataclass(frozen=True, slots=True)
class Heads:
    """Which columns of a file make up an address. `headless`: its first line is one already."""

    address: int | None
    parts: tuple[int, ...]
    unit: int | None
    headless: bool = False

    def read(self, cells: Sequence[str]) -> str:
        places = self.parts if self.address is None else (self.address,)
        parts = (" ".join(cells[place].split()) for place in places)
        return ", ".join(filter(None, parts))[:_LONGEST]

    def read_unit(self, cells: Sequence[str]) -> str:
        return unit_number(cells[self.unit]) if self.unit is not None else ""


def heads_of(header: Sequence[str]) -> Heads:
    """Which columns hold addresses, by their headings.

    A file of one column is one of addresses, whatever its heading. Raises DomainError with field
    `file` where no column can be told to be an address.
    """
    folded = [fold(name) for name in header]
    unit = _first(folded, _HEADINGS["unit"])
    address = _first(folded, _ADDRESS)
    if address is not None:
        return Heads(address, (), unit)
    parts = [_first(folded, _HEADINGS[name]) for name in ("city", "street", "house")]
    if parts[2] is not None and (parts[0] is not None or parts[1] is not None):
        return Heads(None, tuple(place for place in parts if place is not None), unit)
    if len(header) == 1:
        return Heads(0, (), None, headless=any(letter.isdecimal() for letter in folded[0]))
    raise DomainError(
        _("Name the column of addresses “Address”; or three of them “City”, “Street”, “House”."),
        field="file",
    )


def _first(folded: Sequence[str], names: Sequence[str]) -> int | None:
    return next((place for place, name in enumerate(folded) if name in names), None)


def run_list(actor: Actor, operation: Operation, progress: Progress) -> None:
    """Answers the file of `operation` for the categories named in `data` (none: for all).

    Raises DomainError for a file that cannot be read, or is too long.
    """
    with operation.source.open("rb") as file:
        table = open_table(file, operation.data["ending"])
        heads = heads_of(table.header)
        rows = _rows(table, heads)
    wanted = _wanted(operation.data.get("categories", ()))
    texts = [heads.read(row.cells) for row in rows]
    progress(0, len(texts))
    found = understand(actor, texts)
    # Days in explanations are those of whoever reads them.
    with timezone.override(_zone_of(operation)):
        answers = _answers(actor, found, progress)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "answers.xlsx"
        header = [_("Address")] if heads.headless else [as_text(name) for name in table.header]
        # Neighbours share an answer: it is written out once.
        unique = {id(answer): answer for answer in answers}
        written = {key: _cells_of(answer, wanted) for key, answer in unique.items()}
        lines = (
            [*row.cells, *_meant(one, heads.read_unit(row.cells)), *written[id(answer)]]
            for row, one, answer in zip(rows, found, answers, strict=True)
        )
        write_xlsx(path, _header(header, wanted), lines)
        save_result(operation, _("availability.xlsx"), path.read_bytes())
    operation.data = operation.data | _kept(found, answers, wanted)
    operation.summary = _summed_up(operation, rows, found, answers)


def _zone_of(operation: Operation) -> ZoneInfo:
    own = operation.organization.time_zone if operation.organization else ""
    return zone(operation.user.time_zone or own, settings.DEFAULT_VIEWER_TIME_ZONE)


def _rows(table: Table, heads: Heads) -> list[Cells]:
    first = [Cells(1, list(table.header))] if heads.headless else []
    rows = [*first, *islice(table.rows, ROWS_AT_MOST + 1)]
    if len(rows) > ROWS_AT_MOST:
        raise DomainError(
            _("The file has more than %(most)s addresses: split it.") % {"most": ROWS_AT_MOST},
            field="file",
        )
    if not rows:
        raise DomainError(_("There are no rows under the header."), field="file")
    width = len(table.header)
    return [Cells(row.line, (row.cells + [""] * width)[:width], row.problem) for row in rows]


def _wanted(codes: Sequence[str]) -> list[Category]:
    chosen = [row for row in categories() if row.code in codes]
    return chosen or list(categories())


def _answers(
    actor: Actor, found: list[Understood], progress: Progress
) -> list[dict[str, Summary] | None]:
    """An answer for every row that was understood, None for the others."""
    houses = [one.house for one in found if one.house is not None]
    answered: Iterator[dict[str, Summary]] = answers_at(actor, houses)
    answers: list[dict[str, Summary] | None] = []
    for number, one in enumerate(found, start=1):
        answers.append(next(answered) if one.house is not None else None)
        if number % _STEP == 0:
            progress(number, len(found))
    progress(len(found), len(found))
    return answers


# --- the file that comes out ------------------------------------------------------------------


def _header(names: Sequence[str], wanted: Sequence[Category]) -> list[str]:
    header = [*names, _("Understood as"), _("Flat"), _("What to mend")]
    for row in wanted:
        header += [
            row.name,
            _("%(service)s: from") % {"service": row.name},
            _("%(service)s: providers") % {"service": row.name},
            _("%(service)s: technologies") % {"service": row.name},
            _("%(service)s: price a month from, ₽") % {"service": row.name},
            _("%(service)s: why") % {"service": row.name},
        ]
    return header


def _meant(one: Understood, unit: str) -> list[str]:
    return [one.house.address if one.house else "", one.unit or unit, one.problem]


def _cells_of(answer: dict[str, Summary] | None, wanted: Sequence[Category]) -> list[str]:
    if answer is None:
        return []
    return [cell for row in wanted for cell in _cells(answer.get(row.code, Summary()))]


def _cells(found: Summary) -> list[str]:
    return [
        str(CoverageState(found.state).label) if found.state else _("none yet"),
        date_format(found.planned_from, "SHORT_DATE_FORMAT") if found.planned_from else "",
        ", ".join(found.providers),
        ", ".join(found.technologies),
        f"{found.price:.2f}" if found.price is not None else "",
        found.explanation,
    ]


# --- what the page says of it -------------------------------------------------------------------


def _kept(
    found: Sequence[Understood],
    answers: Sequence[dict[str, Summary] | None],
    wanted: Sequence[Category],
) -> dict[str, Any]:
    """Ids of buildings by the code of a category that is not available there: who may wait."""
    waiting: dict[str, dict[int, None]] = {row.code: {} for row in wanted}
    for one, answer in zip(found, answers, strict=True):
        if one.house is None or not one.house.pk or answer is None:
            continue
        for code, ids in waiting.items():
            if answer.get(code, Summary()).state != CoverageState.AVAILABLE:
                ids[one.house.pk] = None
    return {"waiting": {code: list(ids) for code, ids in waiting.items() if ids}}


def _summed_up(
    operation: Operation,
    rows: Sequence[Cells],
    found: Sequence[Understood],
    answers: Sequence[dict[str, Summary] | None],
) -> dict[str, Any]:
    bad = [(row.line, one) for row, one in zip(rows, found, strict=True) if one.house is None]
    reachable = sum(
        any(one.state == CoverageState.AVAILABLE for one in answer.values())
        for answer in answers
        if answer is not None
    )
    return {
        "facts": [
            [_("Rows read"), len(rows)],
            [_("Addresses understood"), len(rows) - len(bad)],
            [_("Something is available at"), reachable],
            [_("Rows to mend"), len(bad)],
        ],
        "back": reverse("availability_list_result", args=[operation.public_id]),
        "back_label": _("Wait for what is not there yet"),
    }
