"""XLSX files from strangers: the first sheet, row by row.

An archive of a few kilobytes can unpack to gigabytes, a sheet can claim a million rows, a cell can
hold a book. So the parts are measured before they are parsed, what the sheet says of its own size
is not believed, and rows and columns are counted while they are read.
"""

import zipfile
from collections.abc import Iterator
from datetime import date, datetime, time
from typing import Any, BinaryIO

from defusedxml.common import DefusedXmlException
from django.utils.translation import gettext as _
from openpyxl import load_workbook
from openpyxl.utils.exceptions import InvalidFileException

from core.errors import DomainError
from core.tables.delimited import Cells

COLUMNS_AT_MOST = 60
# Rows between the first and the last, empty ones with them.
ROWS_AT_MOST = 100_000
LONGEST_CELL = 2_000
_SHEET_BYTES = 80 * 1024 * 1024
_STRINGS_BYTES = 16 * 1024 * 1024
_PART_BYTES = 4 * 1024 * 1024
_PARTS_AT_MOST = 200
# What the parser makes of tags costs some 3 µs each: these are two seconds, and 150,000 texts.
_STRINGS_TAGS = 600_000
_PART_TAGS = 60_000
# Read so many bytes at a time; a sheet has a row in each of them, or one that fills the memory.
_PIECE = 128 * 1024
_ANOTHER_FILE = (
    zipfile.BadZipFile,
    InvalidFileException,
    DefusedXmlException,
    KeyError,
    ValueError,
    TypeError,
    IndexError,
    AttributeError,
    SyntaxError,
    EOFError,
    OSError,
    NotImplementedError,
    RuntimeError,
)


def read_spreadsheet(file: BinaryIO) -> tuple[list[str], Iterator[Cells]]:
    """The header and the rows under it of the first sheet. Raises DomainError with field `file`.

    Formulas count as what they last came to; dates are written day.month.year.
    """
    _measure(file)
    try:
        book = load_workbook(file, read_only=True, data_only=True, keep_links=False)
        sheet: Any = book.worksheets[0]
        sheet.reset_dimensions()
        rows = sheet.iter_rows(max_col=COLUMNS_AT_MOST, values_only=True)
        first = next(rows, ())
    except _ANOTHER_FILE as error:
        raise _unreadable() from error
    header = _trimmed([_text(value) for value in first])
    if not header:
        raise DomainError(_("The first line of the file must name its columns."), field="file")
    return header, _rows(rows, len(header))


def _rows(rows: Iterator[tuple[Any, ...]], width: int) -> Iterator[Cells]:
    line = 1
    while True:
        try:
            values = next(rows, None)
        except _ANOTHER_FILE as error:
            raise _unreadable() from error
        if values is None:
            return
        line += 1
        if line > ROWS_AT_MOST:
            raise DomainError(
                _("The sheet has more than %(most)s rows: split it.") % {"most": ROWS_AT_MOST},
                field="file",
            )
        if not any(value not in (None, "") for value in values):
            continue
        cells = _trimmed([_text(value) for value in values])
        yield _row(line, cells, width)


def _row(line: int, cells: list[str], width: int) -> Cells:
    if not cells:
        return Cells(line, [""] * width)
    problem = ""
    if len(cells) > width:
        counts = {"found": len(cells), "expected": width}
        problem = _("The line has %(found)s columns instead of %(expected)s.") % counts
    elif any(len(cell) > LONGEST_CELL for cell in cells):
        problem = _("The line is too long.")
    padded = [cell[:LONGEST_CELL] for cell in cells] + [""] * (width - len(cells))
    return Cells(line, padded, problem)


def _trimmed(cells: list[str]) -> list[str]:
    while cells and not cells[-1].strip():
        cells.pop()
    return cells


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "1" if value else "0"
    if isinstance(value, float):
        # A phone typed as a number: 79123456789.0
        return str(int(value)) if value.is_integer() and abs(value) < 1e15 else str(value)
    if isinstance(value, datetime):
        return f"{value:%d.%m.%Y}"
    if isinstance(value, date):
        return f"{value:%d.%m.%Y}"
    if isinstance(value, time):
        return f"{value:%H:%M}"
    return str(value)[: LONGEST_CELL + 1]


# --- before anything is parsed ----------------------------------------------------------------
def _measure(file: BinaryIO) -> None:
    """Raises DomainError for an archive whose parts are too many or too large to be a table."""
    file.seek(0)
    try:
        with zipfile.ZipFile(file) as archive:
            parts = archive.infolist()
            if len(parts) > _PARTS_AT_MOST:
                raise _too_large()
            for part in parts:
                # What is larger than it says is cut by zipfile at what it says, and found broken.
                if part.file_size > _limit(part.filename):
                    raise _too_large()
                if part.flag_bits & 0x1:
                    raise _unreadable()
            for part in parts:
                if _is_parsed(part.filename):
                    _check_tags(archive, part)
    except _ANOTHER_FILE as error:
        raise _unreadable() from error
    finally:
        file.seek(0)


def _is_parsed(name: str) -> bool:
    return name.lower().endswith((".xml", ".rels"))


def _limit(name: str) -> int:
    lowered = name.lower().lstrip("/")
    if not _is_parsed(lowered):
        # Pictures and the like are never unpacked.
        return 1 << 62
    if _is_strings(lowered):
        return _STRINGS_BYTES
    return _SHEET_BYTES if _is_sheet(lowered) else _PART_BYTES


def _check_tags(archive: zipfile.ZipFile, part: zipfile.ZipInfo) -> None:
    """Raises DomainError for a part that would take the parser long, or much memory."""
    is_sheet, tags = _is_sheet(part.filename), 0
    most = _STRINGS_TAGS if _is_strings(part.filename) else _PART_TAGS
    with archive.open(part) as content:
        while piece := content.read(_PIECE):
            tags += piece.count(b"<")
            whole = len(piece) == _PIECE
            if (whole and (b"row" if is_sheet else b"<") not in piece) or (
                not is_sheet and tags > most
            ):
                raise _too_large()


def _is_sheet(name: str) -> bool:
    return "worksheets/" in name.lower() and name.lower().endswith(".xml")


def _is_strings(name: str) -> bool:
    return name.lower().endswith("sharedstrings.xml")


def _too_large() -> DomainError:
    return DomainError(
        _("The file unpacks to more than a table can be. Save it anew, or as CSV."),
        field="file",
    )


def _unreadable() -> DomainError:
    return DomainError(
        _("This spreadsheet cannot be read. Save it anew as XLSX without a password, or as CSV."),
        field="file",
    )
