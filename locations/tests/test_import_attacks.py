"""Files made to harm, at every entrance of imports: refused within two seconds and 150 MB."""

import struct
import time
import zipfile

import pytest

from core.errors import DomainError
from core.tests.limits import SECONDS, refused_cheaply
from core.tests.test_tables import SHEET, STRINGS, sheet, with_part
from locations.services.imports.buildings import _File
from locations.services.imports.gar_loading import Scratch, load
from locations.services.imports.gar_source import GarSource
from locations.tests.gar_files import Register, name_of, zipped

MEGABYTE = 1024 * 1024
HOUSES = f"16/{name_of('HOUSES')}"
LAUGHS = "".join(
    f'<!ENTITY l{n} "{f"&l{n - 1};" * 10 if n else "lol"}">' for n in range(10)
).encode()


def keep_busy(seconds):
    """For so long by the processor's own clock, however fast it is."""
    until = time.process_time() + seconds
    while time.process_time() < until:
        pass


@pytest.mark.parametrize(
    ("what", "told"),
    [
        (lambda: bytearray(200 * MEGABYTE), "MemoryError"),
        (lambda: keep_busy(SECONDS + 0.3), "took"),
        (lambda: None, "None"),
    ],
)
def test_the_limits_of_these_tests_hold(what, told):
    def work():
        what()
        if told == "took":
            raise DomainError("late")

    with pytest.raises(AssertionError, match=told):
        refused_cheaply(work, DomainError)


def pieces(count, piece):
    return (piece for _ in range(count))


def xml_of(*inside):
    yield b'<?xml version="1.0"?><HOUSES>'
    yield from inside


def read_archive(path, scratch):
    """All that is done with a register's archive before anything is written."""
    source = GarSource(path, "16")
    load(source, Scratch(scratch), lambda stage, rows: None)


@pytest.mark.parametrize(
    "content",
    [
        [b"<!DOCTYPE x [" + LAUGHS + b"]><HOUSES><HOUSE HOUSENUM='&l9;'/></HOUSES>"],
        [b'<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><HOUSES>&a;</HOUSES>'],
        [b'<!DOCTYPE HOUSES SYSTEM "http://169.254.169.254/x.dtd"><HOUSES/>'],
        [b'<!DOCTYPE x [<!ENTITY % a SYSTEM "http://127.0.0.1/x"> %a;]><HOUSES/>'],
        # Quadratic blow-up: one long entity, many times.
        [b'<!DOCTYPE x [<!ENTITY a "' + b"x" * MEGABYTE + b'">]><HOUSES>' + b"&a;" * 10_000],
        # A bomb that is no XML, one text without end, one attribute, one name, one comment.
        lambda: pieces(60, b"0" * MEGABYTE),
        lambda: xml_of(*pieces(60, b" " * MEGABYTE)),
        lambda: xml_of(b"<HOUSE HOUSENUM='", *pieces(60, b"1" * MEGABYTE), b"'/></HOUSES>"),
        lambda: xml_of(b"<", *pieces(60, b"a" * MEGABYTE)),
        lambda: xml_of(b"<!--", *pieces(60, b"-x" * (MEGABYTE // 2))),
        # Depth without end, and rows in one that never ends.
        lambda: xml_of(*pieces(20, b"<a>" * (MEGABYTE // 3))),
        lambda: xml_of(b"<a>", *pieces(20, b"<b/>" * (MEGABYTE // 4))),
        # Packs too well for what the register is.
        lambda: xml_of(*pieces(200, b"<HOUSE/>" * (MEGABYTE // 8))),
        lambda: xml_of(*pieces(5, b"<HOUSE/>" * (MEGABYTE // 8))),
        [b"\xff\xfe\x00"],
        [b'<?xml version="1.0" encoding="utf-7"?><HOUSES/>'],
        [b"<HOUSES><HOUSE"],
        [b""],
    ],
)
def test_hostile_xml_in_an_archive_of_the_register(tmp_path, content):
    made = content() if callable(content) else content
    path = zipped(tmp_path / "gar.zip", Register().files() | {HOUSES: made})
    assert refused_cheaply(lambda: read_archive(path, tmp_path / "s"), DomainError)


@pytest.mark.parametrize(
    "name", ["../16/x.XML", "16/../../x", "/etc/passwd", "..\\x", "C:\\x", "16/..", "a\0/../b"]
)
def test_a_name_that_leads_out_of_an_archive(tmp_path, name):
    path = zipped(tmp_path / "gar.zip", Register().files())
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr(zipfile.ZipInfo("16/y"), b"")
        archive.filelist[-1].filename = name
    if "\0" not in name:
        assert refused_cheaply(lambda: read_archive(path, tmp_path / "s"), DomainError)
    assert not (tmp_path.parent / "x").exists()


def test_an_archive_whose_directory_would_fill_the_memory(tmp_path):
    path = tmp_path / "gar.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for number in range(45_000):
            archive.writestr(zipfile.ZipInfo(f"16/{number:0>80}"), b"")
    assert refused_cheaply(lambda: read_archive(path, tmp_path / "s"), DomainError)


@pytest.mark.parametrize("size", [0, 3, 0xFFFFFFFF])
def test_an_archive_that_lies_about_its_directory(tmp_path, size):
    path = zipped(tmp_path / "gar.zip", Register().files())
    content = bytearray(path.read_bytes())
    struct.pack_into("<L", content, content.rfind(b"PK\x05\x06") + 12, size)
    path.write_bytes(content)
    assert refused_cheaply(lambda: read_archive(path, tmp_path / "s"), DomainError)


def test_an_archive_that_is_locked_or_none(tmp_path):
    path = zipped(tmp_path / "gar.zip", Register().files())
    content = path.read_bytes()
    entry = content.index(b"PK\x01\x02")
    locked = content[: entry + 8] + b"\x01" + content[entry + 9 :]
    for made in (locked, content[:100], b"", b"no archive at all"):
        path.write_bytes(made)
        assert refused_cheaply(lambda: read_archive(path, tmp_path / "s"), DomainError)


def test_an_endless_folder_is_read_no_deeper_than_a_region(tmp_path):
    path = tmp_path
    for _ in range(50):
        path = path / "16"
        path.mkdir()
    (path / name_of("HOUSES")).write_bytes(b"<HOUSES/>")
    assert refused_cheaply(lambda: GarSource(tmp_path, "16"), DomainError)


def read_table(path):
    """All that is done with a table before its rows are compared with what is stored."""
    with path.open("rb") as opened:
        return sum(len(batch) for batch in _File(opened, "xlsx").batches())


NAMES = ["city", "street", "number", "latitude", "longitude"]
ROW = (
    "<row>" + "".join(f'<c t="inlineStr"><is><t>{name}</t></is></c>' for name in NAMES) + "</row>"
).encode()


@pytest.mark.parametrize(
    ("part", "content"),
    [
        # A sheet that claims, and one that has, a million rows.
        (SHEET, lambda: [sheet(ROW + b'<row r="1048576"><c r="A1048576"><v>1</v></c></row>')]),
        (SHEET, lambda: [sheet(ROW + b"<row/>" * 20 * MEGABYTE)]),
        (SHEET, lambda: pieces(200, b"0" * MEGABYTE)),
        (SHEET, lambda: [sheet(b"<row>" + b"<c/>" * 8 * MEGABYTE + b"</row>")]),
        (STRINGS, lambda: pieces(200, b" " * MEGABYTE)),
        (STRINGS, lambda: [b"<sst>" + b"<si/>" * 3 * MEGABYTE + b"</sst>"]),
        (SHEET, lambda: [b"<!DOCTYPE x [" + LAUGHS + b"]>" + sheet(b"<row>&l9;</row>")]),
        (
            SHEET,
            lambda: [
                b'<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>'
                + sheet(b"<row><c t='inlineStr'><is><t>&a;</t></is></c></row>")
            ],
        ),
        ("../../xl/worksheets/sheet1.xml", lambda: [sheet(ROW)]),
    ],
)
def test_hostile_spreadsheets_of_addresses(tmp_path, part, content):
    path = tmp_path / "a.xlsx"
    path.write_bytes(with_part(part, content()).getvalue())
    assert refused_cheaply(lambda: read_table(path), DomainError)
    assert not (tmp_path.parent / "xl").exists()


def test_a_sheet_that_claims_a_million_rows_costs_no_more_than_it_has(tmp_path):
    path = tmp_path / "a.xlsx"
    claimed = sheet(ROW + ROW, b'<dimension ref="A1:XFD1048576"/>')
    path.write_bytes(with_part(SHEET, [claimed]).getvalue())

    def read():
        assert read_table(path) == 1
        raise DomainError("read")

    assert refused_cheaply(read, DomainError) == "read"


def test_a_cell_without_end_costs_its_line_alone(tmp_path):
    path = tmp_path / "a.csv"
    good = b"A;B;1;55;49\n"
    path.write_bytes(";".join(NAMES).encode() + b"\n" + b"x" * 30 * MEGABYTE + b"\n" + good)

    def read():
        with path.open("rb") as opened:
            [rows] = _File(opened, "csv").batches()
        assert [bool(row.problem) for row in rows] == [True, False]
        raise DomainError("read")

    assert refused_cheaply(read, DomainError) == "read"
