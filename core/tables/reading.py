"""A table of either kind, read the same way."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO, cast

from django.core.files import File

from core.tables.delimited import Cells, read_delimited
from core.tables.spreadsheet import COLUMNS_AT_MOST, read_spreadsheet


@dataclass(frozen=True, slots=True)
class Table:
    """The names of the columns as they are written, and the rows under them, read as one goes."""

    header: list[str]
    rows: Iterator[Cells]


def open_table(file: BinaryIO | File, ending: str) -> Table:
    """The table in an open file, a CSV unless `ending` is "xlsx".

    Raises DomainError with field `file` for what is no table; so may the rows while they are read.
    """
    stream = cast(BinaryIO, file)
    header, rows = read_spreadsheet(stream) if ending == "xlsx" else read_delimited(stream)
    return Table([" ".join(name.split())[:80] for name in header[:COLUMNS_AT_MOST]], rows)
