"""Tables from strangers: whatever they hold costs little."""

import io
import resource
import time
import zipfile

import pytest
import xlsxwriter

from core.errors import DomainError
from core.tables import as_text, open_table, unescaped

MEGABYTE = 1024 * 1024
_NS = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'


def workbook(*rows):
    made = io.BytesIO()
    with xlsxwriter.Workbook(made, {"in_memory": True}) as book:
        sheet = book.add_worksheet()
        for number, row in enumerate(rows):
            for column, cell in enumerate(row):
                sheet.write(number, column, cell)
    return made


def with_part(name, content, base=None):
    """A workbook in which one part is replaced; `content` may be an iterable of pieces."""
    source = zipfile.ZipFile(base or workbook(["name", "phone"], ["Анна", "89123456789"]))
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for part in source.namelist():
            if part != name:
                archive.writestr(part, source.read(part))
        with archive.open(name, "w", force_zip64=False) as opened:
            for piece in [content] if isinstance(content, bytes) else content:
                opened.write(piece)
    made.seek(0)
    return made


def read_all(file, ending="xlsx"):
    table = open_table(file, ending)
    return table.header, [(row.line, row.cells, row.problem) for row in table.rows]


def sheet(inside: bytes, before: bytes = b"") -> bytes:
    return (
        f"<?xml version='1.0'?><worksheet {_NS}>".encode()
        + before
        + b"<sheetData>"
        + inside
        + b"</sheetData></worksheet>"
    )


ROW = b'<row r="1"><c r="A1" t="inlineStr"><is><t>name</t></is></c></row>'
SHEET = "xl/worksheets/sheet1.xml"
STRINGS = "xl/sharedStrings.xml"


def test_a_spreadsheet_is_read_as_people_see_it():
    made = workbook(
        ["Имя", "Телефон", "Когда"], ["Анна", 89123456789, ""], [], ["=1+1", "+7 912", "x"]
    )
    header, rows = read_all(made)
    assert header == ["Имя", "Телефон", "Когда"]
    assert rows[0] == (2, ["Анна", "89123456789", ""], "")
    # A formula is what it last came to, never itself.
    assert rows[1][0] == 4
    assert not rows[1][1][0].startswith("=")


def test_what_a_sheet_says_of_its_size_is_not_believed():
    claimed = sheet(ROW, b'<dimension ref="A1:XFD1048576"/>')
    began = time.monotonic()
    assert read_all(with_part(SHEET, claimed)) == (["name"], [])
    assert time.monotonic() - began < 2


def test_rows_are_counted_while_they_are_read():
    far = ROW + b'<row r="1048576"><c r="A1048576"><v>1</v></c></row>'
    began = time.monotonic()
    with pytest.raises(DomainError):
        read_all(with_part(SHEET, sheet(far)))
    assert time.monotonic() - began < 2


@pytest.mark.parametrize(
    ("part", "content"),
    [
        # A bomb: kilobytes that unpack to hundreds of megabytes.
        (SHEET, lambda: (b"0" * MEGABYTE for _ in range(200))),
        (STRINGS, lambda: (b" " * MEGABYTE for _ in range(200))),
        # One cell, and one row, as long as a book.
        (SHEET, lambda: [sheet(ROW + b"<row><c><is><t>" + b"x" * 60 * MEGABYTE)]),
        (SHEET, lambda: [sheet(b"<row>" + b"<c/>" * 8 * MEGABYTE + b"</row>")]),
        (SHEET, lambda: [sheet(ROW, b"<cols>" + b"<col/>" * 8 * MEGABYTE + b"</cols>")]),
        # Millions of little texts and styles.
        (STRINGS, lambda: [f"<sst {_NS}>".encode() + b"<si/>" * 3 * MEGABYTE + b"</sst>"]),
        ("xl/styles.xml", lambda: [f"<styleSheet {_NS}><cellXfs>".encode() + b"<xf/>" * 700_000]),
        # Entities.
        (
            SHEET,
            lambda: [
                b'<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;">]>'
                + sheet(b"<row><c t='inlineStr'><is><t>&b;</t></is></c></row>")
            ],
        ),
        (
            SHEET,
            lambda: [
                b'<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>'
                + sheet(b"<row><c t='inlineStr'><is><t>&a;</t></is></c></row>")
            ],
        ),
        (SHEET, lambda: [b"<worksheet><sheetData><row>"]),
        ("xl/workbook.xml", lambda: [b"no xml"]),
        ("[Content_Types].xml", lambda: [b"<Types/>"]),
    ],
)
def test_hostile_spreadsheets_are_refused_at_once(part, content):
    file = with_part(part, content())
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    began = time.monotonic()
    with pytest.raises(DomainError) as refused:
        read_all(file)
    assert time.monotonic() - began < 2
    assert (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024 < 150
    assert refused.value.field == "file"


def test_a_line_of_ten_megabytes_costs_no_more_than_its_beginning():
    content = io.BytesIO(b"name;phone\n" + b"x" * 10 * MEGABYTE + b"\nAnna;1\n")
    began = time.monotonic()
    _header, rows = read_all(content, "csv")
    assert time.monotonic() - began < 2
    assert [bool(problem) for _line, _cells, problem in rows] == [True, False]
    assert len(rows[0][1][0]) <= 10_000


@pytest.mark.parametrize("cell", ["=1", "+1 2", "-x", "@a", "\t=1", "\r1", " =1", "'", "'=1", "ok"])
def test_an_escaped_cell_comes_back_as_it_was(cell):
    if not cell.startswith("'="):
        assert unescaped(as_text(cell)) == cell
    assert not as_text(cell).lstrip().startswith(("=", "+", "-", "@"))
