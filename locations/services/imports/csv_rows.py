"""CSV files from strangers: rows in, and what is wrong with them out.

A file is read line by line, one row to a line, so that neither its size nor a quote that is never
closed costs more than that line. What cannot be taken is written to a file of the same columns, to
be corrected and loaded again.
"""

import csv
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol, TextIO

from django.utils.translation import gettext as _

from core.errors import DomainError

BATCH = 500
_LONGEST_LINE = 10_000
# What spreadsheets run as a formula; such a cell is written with an apostrophe before it.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
ERROR_COLUMNS = ("error_line", "error_column", "error_reason")


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong in a line; `column` is "" when it is the line itself."""

    line: int
    column: str
    reason: str


class RowError(Exception):
    """Raised while a row is read; becomes a Fault with the number of its line."""

    def __init__(self, column: str, reason: str) -> None:
        super().__init__(reason)
        self.column = column
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Row:
    """A line as it was read: `cells` by column; `problem`: why it could not be split properly."""

    line: int
    cells: dict[str, str]
    problem: str = ""

    def check(self) -> None:
        """Raises RowError when the line could not be split."""
        if self.problem:
            raise RowError("", self.problem)

    def text(self, column: str, most: int, *, required: bool = False) -> str:
        value = " ".join(self.cells.get(column, "").split())
        if required and not value:
            raise RowError(column, _("This is missing."))
        if len(value) > most:
            raise RowError(column, _("This is longer than %(most)s characters.") % {"most": most})
        if not value.isprintable():
            raise RowError(column, _("This has characters that cannot be shown."))
        return value

    def number(self, column: str, least: float, most: float) -> float:
        value = self.text(column, 40, required=True).replace(",", ".")
        try:
            number = float(value)
        except ValueError as error:
            raise RowError(column, _("“%(value)s” is not a number.") % {"value": value}) from error
        # Written so that NaN is refused too.
        if not least <= number <= most:
            range_ = {"least": f"{least:g}", "most": f"{most:g}"}
            raise RowError(column, _("This is not between %(least)s and %(most)s.") % range_)
        return number

    def count(self, column: str, most: int) -> int | None:
        value = self.text(column, 20)
        if not value:
            return None
        if not (value.isascii() and value.isdecimal()) or int(value) > most:
            raise RowError(column, _("This is not a whole number up to %(most)s.") % {"most": most})
        return int(value)


class Progress(Protocol):
    """Told how many lines have been read so far."""

    def __call__(self, lines: int) -> None: ...


def silent(lines: int) -> None:
    """Progress that nobody watches."""


@dataclass(slots=True)
class Outcome:
    """What an import did."""

    created: int = 0
    updated: int = 0
    unchanged: int = 0
    refused: int = 0
    # The first of the faults; all of them are in the file of refused rows where one was asked for.
    faults: list[Fault] = field(default_factory=list)

    _SHOWN = 100

    def refuse(self, fault: Fault) -> None:
        self.refused += 1
        if len(self.faults) < self._SHOWN:
            self.faults.append(fault)


def read_batches(
    path: Path, *, required: Collection[str], optional: Collection[str] = (), strict: bool = True
) -> Iterator[list[Row]]:
    """Rows of a CSV file in batches; a line that cannot be split is a row with a `problem`.

    Comma or semicolon, UTF-8 with or without a mark. With `strict` a column that is not known is an
    error, so that a misspelled one is not lost silently. Raises DomainError for a file without the
    columns it needs.
    """
    with path.open("rb") as file:
        header, delimiter = _header(file.readline(_LONGEST_LINE), required, optional, strict)
        batch: list[Row] = []
        for line, raw in enumerate(_lines(file), start=2):
            row = _split(raw, line, header, delimiter)
            if row is None:
                continue
            batch.append(row)
            if len(batch) == BATCH:
                yield batch
                batch = []
        if batch:
            yield batch


def _header(
    raw: bytes, required: Collection[str], optional: Collection[str], strict: bool
) -> tuple[list[str], str]:
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise DomainError(_("The file is not in UTF-8."), field="file") from error
    delimiter = ";" if text.count(";") > text.count(",") else ","
    header = [name.strip().strip('"').lower() for name in text.strip().split(delimiter)]
    known = {*required, *optional, *ERROR_COLUMNS}
    problems = {
        _("The file lacks the columns: %(names)s."): sorted(set(required) - set(header)),
        _("The file repeats columns: %(names)s."): sorted(
            {name for name in header if header.count(name) > 1}
        ),
        _("The file has unknown columns: %(names)s."): sorted(set(header) - known)
        if strict
        else [],
    }
    for problem, names in problems.items():
        if names:
            shown = ", ".join(name[:40] for name in names[:10])
            raise DomainError(problem % {"names": shown}, field="file")
    return header, delimiter


def _lines(file) -> Iterator[bytes]:  # type: ignore[no-untyped-def]
    """Lines of at most _LONGEST_LINE bytes and one more; what is longer is cut, not kept."""
    while raw := file.readline(_LONGEST_LINE + 1):
        rest = raw
        while len(rest) > _LONGEST_LINE and not rest.endswith(b"\n"):
            rest = file.readline(_LONGEST_LINE + 1)
        yield raw


def _split(raw: bytes, line: int, header: list[str], delimiter: str) -> Row | None:
    """The row of one line; None for an empty line."""
    text = raw[:_LONGEST_LINE].decode("utf-8", errors="replace").strip("\r\n")
    if not text.strip(f"{delimiter} \t"):
        return None
    problem = ""
    if len(raw) > _LONGEST_LINE:
        problem = _("The line is too long.")
    elif "\ufffd" in text:
        problem = _("The line is not in UTF-8.")
    cells = _cells(text, delimiter, strict=True)
    if cells is None:
        problem = problem or _("The quotes of the line do not match.")
        cells = _cells(text, delimiter, strict=False) or []
    if len(cells) != len(header):
        counts = {"found": len(cells), "expected": len(header)}
        problem = problem or (_("The line has %(found)s columns instead of %(expected)s.") % counts)
    return Row(line, dict(zip(header, map(_unescaped, cells), strict=False)), problem)


def _cells(text: str, delimiter: str, *, strict: bool) -> list[str] | None:
    try:
        return next(csv.reader([text], delimiter=delimiter, strict=strict))
    except (csv.Error, StopIteration):
        return None


class Refused:
    """The file of rows to correct, made when the first one comes; where and why beside each."""

    def __init__(self, path: Path, columns: Sequence[str]) -> None:
        self._path = path
        self._columns = list(columns)
        self._file: TextIO | None = None

    def write(self, fault: Fault, cells: dict[str, str]) -> None:
        if self._file is None:
            self._file = self._path.open("w", encoding="utf-8", newline="")
            csv.writer(self._file).writerow([*self._columns, *ERROR_COLUMNS])
        row = [escaped(cells.get(name, "")) for name in self._columns]
        csv.writer(self._file).writerow([*row, fault.line, fault.column, fault.reason])

    def close(self) -> None:
        if self._file is not None:
            self._file.close()


@contextmanager
def refused_rows(path: Path | None, columns: Sequence[str]) -> Iterator[Refused | None]:
    """A `Refused` that is closed at the end; None without a path."""
    refused = Refused(path, columns) if path else None
    try:
        yield refused
    finally:
        if refused:
            refused.close()


def escaped(cell: str) -> str:
    """`cell` so that a spreadsheet shows it instead of running it; a number stays one."""
    if not cell.startswith(_FORMULA):
        return cell
    try:
        float(cell)
    except ValueError:
        return f"'{cell}"
    return cell


def _unescaped(cell: str) -> str:
    return cell[1:] if cell.startswith("'") and cell[1:].startswith(_FORMULA) else cell
