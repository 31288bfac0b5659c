"""Tables that people bring and take away: CSV and XLSX, read in batches, written safely."""

from core.tables.delimited import CP1251, UTF_8, Cells, read_batches, read_delimited
from core.tables.reading import Table, open_table
from core.tables.refused import Refused, refused_rows
from core.tables.rows import (
    BATCH,
    ERROR_COLUMNS,
    Fault,
    Outcome,
    Progress,
    Row,
    RowError,
    silent,
)
from core.tables.safe import as_text, escaped, unescaped
from core.tables.writing import write_csv, write_xlsx

__all__ = [
    "BATCH",
    "CP1251",
    "ERROR_COLUMNS",
    "UTF_8",
    "Cells",
    "Fault",
    "Outcome",
    "Progress",
    "Refused",
    "Row",
    "RowError",
    "Table",
    "as_text",
    "escaped",
    "open_table",
    "read_batches",
    "read_delimited",
    "refused_rows",
    "silent",
    "unescaped",
    "write_csv",
    "write_xlsx",
]
