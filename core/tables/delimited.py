"""CSV files from strangers, read line by line.

One row to a line, so that neither a file's size nor a quote that is never closed costs more than
that line.
"""

import csv
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from django.utils.translation import gettext as _

from core.errors import DomainError
from core.tables.rows import BATCH, Row, check_header
from core.tables.safe import unescaped

LONGEST_LINE = 10_000
DELIMITERS = (";", ",", "\t")
UTF_8, CP1251 = "utf-8", "cp1251"
_MARK = b"\xef\xbb\xbf"
# So much of a file tells its encoding.
_LOOKED_AT = 64 * 1024


@dataclass(frozen=True, slots=True)
class Cells:
    """A line that was split; `problem`: why it could not be, properly."""

    line: int
    cells: list[str]
    problem: str = ""


def read_batches(
    path: Path, *, required: Collection[str], optional: Collection[str] = (), strict: bool = True
) -> Iterator[list[Row]]:
    """Rows of a CSV file in batches; a line that cannot be split is a row with a `problem`.

    Comma or semicolon, UTF-8 with or without a mark. With `strict` a column that is not known is an
    error, so that a misspelled one is not lost silently. Raises DomainError for a file without the
    columns it needs.
    """
    with path.open("rb") as file:
        header, delimiter = _header(file.readline(LONGEST_LINE))
        check_header(header, required, optional, strict)
        batch: list[Row] = []
        for found in _split_lines(file, UTF_8, delimiter, len(header)):
            cells = dict(zip(header, found.cells, strict=False))
            batch.append(Row(found.line, cells, found.problem))
            if len(batch) == BATCH:
                yield batch
                batch = []
        if batch:
            yield batch


def read_delimited(file: BinaryIO) -> tuple[list[str], Iterator[Cells]]:
    """The header as it is written, and the lines under it, of a file in UTF-8 or Windows-1251.

    Semicolon, comma or tab. Raises DomainError for a file without a header.
    """
    encoding = _encoding(file)
    first = file.readline(LONGEST_LINE).removeprefix(_MARK)
    text = first.decode(encoding, errors="replace").strip("\r\n")
    delimiter = max(DELIMITERS, key=text.count)
    header = _cells(text, delimiter, strict=False) or []
    if not any(name.strip() for name in header):
        raise DomainError(_("The first line of the file must name its columns."), field="file")
    return header, _split_lines(file, encoding, delimiter, len(header))


def _encoding(file: BinaryIO) -> str:
    """What the file's beginning can be read in; the file is put back to its start."""
    beginning = file.read(_LOOKED_AT)
    file.seek(0)
    # A letter may have been cut in two at the end.
    for cut in range(4):
        try:
            beginning[: len(beginning) - cut].decode(UTF_8)
        except UnicodeDecodeError:
            continue
        return UTF_8
    return CP1251


def _header(raw: bytes) -> tuple[list[str], str]:
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise DomainError(_("The file is not in UTF-8."), field="file") from error
    delimiter = ";" if text.count(";") > text.count(",") else ","
    return [name.strip().strip('"').lower() for name in text.strip().split(delimiter)], delimiter


def _split_lines(file: BinaryIO, encoding: str, delimiter: str, width: int) -> Iterator[Cells]:
    """The lines under the header; empty ones are left out."""
    for line, raw in enumerate(_lines(file), start=2):
        found = _split(raw, line, encoding, delimiter, width)
        if found is not None:
            yield found


def _lines(file: BinaryIO) -> Iterator[bytes]:
    """Lines of at most LONGEST_LINE bytes and one more; what is longer is cut, not kept."""
    while raw := file.readline(LONGEST_LINE + 1):
        rest = raw
        while len(rest) > LONGEST_LINE and not rest.endswith(b"\n"):
            rest = file.readline(LONGEST_LINE + 1)
        yield raw


def _split(raw: bytes, line: int, encoding: str, delimiter: str, width: int) -> Cells | None:
    text = _decoded(raw[:LONGEST_LINE], encoding).strip("\r\n")
    if not text.strip(f"{delimiter} \t"):
        return None
    problem = ""
    if len(raw) > LONGEST_LINE:
        problem = _("The line is too long.")
    elif "\ufffd" in text:
        problem = (
            _("The line is not in UTF-8.")
            if encoding == UTF_8
            else _("The line has characters that are no letters.")
        )
    cells = _cells(text, delimiter, strict=True)
    if cells is None:
        problem = problem or _("The quotes of the line do not match.")
        cells = _cells(text, delimiter, strict=False) or []
    if len(cells) != width:
        counts = {"found": len(cells), "expected": width}
        problem = problem or (_("The line has %(found)s columns instead of %(expected)s.") % counts)
    return Cells(line, [unescaped(cell) for cell in cells], problem)


def _decoded(raw: bytes, encoding: str) -> str:
    """A line in UTF-8 stays one where others of its file are in Windows-1251: such files are joined
    from several, and no Russian text in Windows-1251 is valid UTF-8 by chance."""
    if encoding != UTF_8:
        try:
            return raw.decode(UTF_8)
        except UnicodeDecodeError:
            pass
    return raw.decode(encoding, errors="replace")


def _cells(text: str, delimiter: str, *, strict: bool) -> list[str] | None:
    try:
        return next(csv.reader([text], delimiter=delimiter, strict=strict))
    except (csv.Error, StopIteration):
        return None
