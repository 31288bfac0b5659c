"""The file of rows that could not be taken, to be corrected and loaded again."""

import csv
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

from core.tables.rows import ERROR_COLUMNS, Fault
from core.tables.safe import escaped


class Refused:
    """Made when the first row comes; the same columns, with where and why beside each.

    With `for_people` it opens in a spreadsheet by a double click: with a mark and semicolons.
    """

    def __init__(
        self,
        path: Path,
        columns: Sequence[str],
        *,
        error_columns: Sequence[str] = ERROR_COLUMNS,
        for_people: bool = False,
    ) -> None:
        self._path = path
        self._columns = list(columns)
        self._error_columns = list(error_columns)
        self._encoding = "utf-8-sig" if for_people else "utf-8"
        self._delimiter = ";" if for_people else ","
        self._file: TextIO | None = None

    def write(self, fault: Fault, cells: dict[str, str]) -> None:
        self.write_cells(fault, [cells.get(name, "") for name in self._columns])

    def write_cells(self, fault: Fault, cells: Sequence[str]) -> None:
        """`cells` in the order of the columns; what is missing is left empty."""
        if self._file is None:
            self._file = self._path.open("w", encoding=self._encoding, newline="")
            self._line([*map(escaped, self._columns), *self._error_columns])
        width = len(self._columns)
        padded = [*cells, *([""] * (width - len(cells)))][:width]
        row = [escaped(cell) for cell in padded]
        self._line([*row, str(fault.line), fault.column, fault.reason])

    def _line(self, cells: Sequence[str]) -> None:
        csv.writer(self._file, delimiter=self._delimiter).writerow(cells)  # type: ignore[arg-type]

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
