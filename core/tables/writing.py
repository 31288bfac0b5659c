"""Tables to take away: opened by a double click, with nothing in them that runs."""

import csv
import re
from collections.abc import Iterable, Sequence
from pathlib import Path

import xlsxwriter

from core.tables.safe import as_text

_PHONE = re.compile(r"\+[\d\s()-]+")
# Wide enough to read, narrow enough for a screen.
_WIDTH = 24


def write_csv(path: Path, header: Sequence[str], rows: Iterable[Sequence[str]]) -> int:
    """UTF-8 with a mark, semicolons: what spreadsheets in Russia open. Returns how many rows."""
    count = 0
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file, delimiter=";")
        writer.writerow([as_text(cell) for cell in header])
        for row in rows:
            writer.writerow([as_text(cell) for cell in row])
            count += 1
    return count


def write_xlsx(path: Path, header: Sequence[str], rows: Iterable[Sequence[str]]) -> int:
    """One sheet of text cells under a frozen header, written row by row. Returns how many rows.

    A text cell is never run; the apostrophe is for whoever saves it as CSV, and reads it again.
    Phones have none: nothing can come of digits.
    """
    options = {
        "constant_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
    }
    count = 0
    with xlsxwriter.Workbook(str(path), options) as book:
        sheet = book.add_worksheet()
        bold = book.add_format({"bold": True})
        # Text, so that a phone typed beside the others stays one.
        text = book.add_format({"num_format": "@"})
        sheet.set_column(0, max(len(header) - 1, 0), _WIDTH, text)
        sheet.freeze_panes(1, 0)
        for column, name in enumerate(header):
            sheet.write_string(0, column, name, bold)
        for count, row in enumerate(rows, start=1):
            for column, cell in enumerate(row):
                # Empty cells have the format of their column anyway.
                if cell:
                    sheet.write_string(count, column, _shown(cell), text)
    return count


def _shown(cell: str) -> str:
    return cell if _PHONE.fullmatch(cell) else as_text(cell)
