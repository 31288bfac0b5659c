"""The register's rows into a scratch file, where they find their parents: in constant memory.

A house knows its street by a third file alone, of millions of rows, in any order. So the rows are
joined in an SQLite file of their own, beside whatever database the portal has. Each stage is one
transaction of that file and marked as done in it: a killed import goes on with the stage it was in.
"""

import sqlite3
import tomllib
from collections.abc import Callable, Iterable, Iterator
from datetime import date
from itertools import islice
from pathlib import Path
from uuid import UUID

from django.utils.translation import gettext as _

from core.errors import DomainError
from core.tables import RowError
from locations.addresses import plain
from locations.services.buildings import check_number
from locations.services.imports.building_rows import postal_code
from locations.services.imports.gar_source import GarSource

STREET_LEVEL = 8
_POSTAL_CODE = "5"  # of AS_PARAM_TYPES
_SLICE = 5_000
# For another import of the same region, which holds the scratch file.
WAIT_SECONDS = 2.0
_WORDS = tomllib.loads(
    (Path(__file__).resolve().parents[2] / "data" / "gar_words.toml").read_text("utf-8")
)
_SCHEMA = """
CREATE TABLE IF NOT EXISTS stage (name TEXT PRIMARY KEY, position INTEGER, is_done INTEGER);
CREATE TABLE IF NOT EXISTS fault (
    id INTEGER PRIMARY KEY, stage TEXT, file TEXT, object TEXT, field TEXT, reason TEXT);
CREATE TABLE IF NOT EXISTS object (
    id INTEGER PRIMARY KEY, guid TEXT, name TEXT, type TEXT, level INTEGER,
    parent INTEGER, city INTEGER, is_city INTEGER DEFAULT 0, street INTEGER);
CREATE TABLE IF NOT EXISTS house (
    id INTEGER PRIMARY KEY, guid TEXT, number TEXT, parent INTEGER, postal_code TEXT DEFAULT '');
CREATE TABLE IF NOT EXISTS city (guid TEXT PRIMARY KEY, pk INTEGER);
CREATE TABLE IF NOT EXISTS figure (name TEXT PRIMARY KEY, amount INTEGER);
"""
# Called with the name of the stage and how many rows have been read in it.
Watch = Callable[[str, int], None]


class Scratch:
    """The file in which a region's rows are joined, and in which it stands how far the work is."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.db = sqlite3.connect(path, timeout=WAIT_SECONDS, isolation_level=None)
        self.db.execute("PRAGMA journal_mode=WAL")
        # What a killed process wrote is kept; after a power cut the import begins anew.
        self.db.execute("PRAGMA synchronous=OFF")
        self.db.executescript(_SCHEMA)

    def close(self) -> None:
        self.db.close()

    def remove(self) -> None:
        self.close()
        for ending in ("", "-wal", "-shm"):
            Path(f"{self.path}{ending}").unlink(missing_ok=True)

    def stage(self, name: str, work: Callable[[], None]) -> None:
        """Does `work` and marks it, in one transaction; nothing where it was done before."""
        if self.is_done(name):
            return
        self.db.execute("BEGIN IMMEDIATE")
        try:
            work()
            self.db.execute("REPLACE INTO stage VALUES (?, 0, 1)", [name])
        except BaseException:
            self.db.execute("ROLLBACK")
            raise
        self.db.execute("COMMIT")

    def is_done(self, name: str) -> bool:
        found = self.db.execute("SELECT is_done FROM stage WHERE name = ?", [name]).fetchone()
        return bool(found and found[0])

    def position(self, name: str) -> int:
        """The id after which a stage of writing goes on."""
        found = self.db.execute("SELECT position FROM stage WHERE name = ?", [name]).fetchone()
        return int(found[0]) if found else 0

    def moved(self, name: str, position: int, figures: dict[str, int]) -> None:
        """Notes that rows up to `position` are written, and adds to the figures."""
        self.db.execute("BEGIN")
        self.db.execute("REPLACE INTO stage VALUES (?, ?, 0)", [name, position])
        self.add(figures)
        self.db.execute("COMMIT")

    def finish(self, name: str) -> None:
        self.db.execute("REPLACE INTO stage VALUES (?, 0, 1)", [name])

    def add(self, figures: dict[str, int]) -> None:
        self.db.executemany(
            "INSERT INTO figure VALUES (?, ?)"
            " ON CONFLICT (name) DO UPDATE SET amount = amount + excluded.amount",
            figures.items(),
        )

    def figures(self) -> dict[str, int]:
        return dict(self.db.execute("SELECT name, amount FROM figure"))

    def refuse(self, file: str, object_id: str, field: str, reason: str) -> None:
        self.db.execute(
            "INSERT INTO fault (file, object, field, reason) VALUES (?, ?, ?, ?)",
            [file, object_id[:40], field, reason],
        )

    def faults(self) -> Iterator[tuple[str, str, str, str]]:
        """File, object, attribute and reason of each row that could not be taken, each once."""
        yield from self.db.execute(
            "SELECT file, object, field, reason FROM fault"
            " GROUP BY file, object, field, reason ORDER BY MIN(id)"
        )


def load(source: GarSource, scratch: Scratch, watch: Watch) -> None:
    """Reads all files of a region that the scratch file does not hold yet. Raises DomainError."""
    scratch.stage("objects", lambda: _load_objects(source, scratch, watch))
    scratch.stage("houses", lambda: _load_houses(source, scratch, watch))
    scratch.stage("hierarchy", lambda: _load_hierarchy(source, scratch, watch))
    scratch.stage("postal codes", lambda: _load_postal_codes(source, scratch, watch))


def _load_objects(source: GarSource, scratch: Scratch, watch: Watch) -> None:
    def rows() -> Iterator[tuple[object, ...]]:
        for file, row in _watched(source.rows("ADDR_OBJ"), "objects", watch):
            if row.get("ISACTUAL") != "1" or row.get("ISACTIVE") != "1":
                continue
            try:
                level = _number(row, "LEVEL")
                name, type_ = row.get("NAME", ""), row.get("TYPENAME", "")
                yield _number(row, "OBJECTID"), _guid(row), name, type_, level
            except RowError as error:
                scratch.refuse(file, row.get("OBJECTID", ""), error.column, error.reason)

    _insert(scratch, "INTO object (id, guid, name, type, level) VALUES (?, ?, ?, ?, ?)", rows())


def _load_houses(source: GarSource, scratch: Scratch, watch: Watch) -> None:
    types = _types(source, "HOUSE_TYPES", "house_types")
    add_types = _types(source, "ADDHOUSE_TYPES", "add_types")

    def rows() -> Iterator[tuple[object, ...]]:
        for file, row in _watched(source.rows("HOUSES"), "houses", watch):
            if row.get("ISACTUAL") != "1" or row.get("ISACTIVE") != "1":
                continue
            if types.get(row.get("HOUSETYPE", "")) in _WORDS["left_out"]["types"]:
                continue
            try:
                yield _number(row, "OBJECTID"), _guid(row), house_number(row, types, add_types)
            except RowError as error:
                scratch.refuse(file, row.get("OBJECTID", ""), error.column, error.reason)

    _insert(scratch, "INTO house (id, guid, number) VALUES (?, ?, ?)", rows())


def _load_hierarchy(source: GarSource, scratch: Scratch, watch: Watch) -> None:
    """Gives objects and houses their parents; flats and plots have rows here too, and are none."""
    rows = (
        (row["PARENTOBJID"], row["OBJECTID"])
        for _file, row in _watched(source.rows(source.hierarchy), "hierarchy", watch)
        if row.get("ISACTIVE") == "1"
        and row.get("PARENTOBJID", "").isdecimal()
        and row.get("OBJECTID", "").isdecimal()
    )
    for part in _sliced(rows):
        for table in ("object", "house"):
            scratch.db.executemany(
                f"UPDATE {table} SET parent = ? WHERE id = ?",  # noqa: S608
                part,
            )


def _load_postal_codes(source: GarSource, scratch: Scratch, watch: Watch) -> None:
    today = date.today().isoformat()

    def rows() -> Iterator[tuple[object, ...]]:
        for file, row in _watched(source.rows("HOUSES_PARAMS"), "postal codes", watch):
            if row.get("TYPEID") != _POSTAL_CODE or row.get("ENDDATE", "") < today:
                continue
            try:
                yield postal_code(row.get("VALUE", "")), _number(row, "OBJECTID")
            except RowError as error:
                scratch.refuse(file, row.get("OBJECTID", ""), "VALUE", error.reason)

    for part in _sliced(rows()):
        scratch.db.executemany("UPDATE house SET postal_code = ? WHERE id = ?", part)


def place(scratch: Scratch, cities: Iterable[tuple[str, int]]) -> None:
    """Says of each object in which city of the portal it lies: the nearest one above it."""

    def work() -> None:
        db = scratch.db
        db.execute("DELETE FROM city")
        db.executemany("INSERT INTO city VALUES (?, ?)", cities)
        db.execute(
            "UPDATE object SET is_city = 1, city = (SELECT pk FROM city WHERE guid = object.guid)"
            " WHERE guid IN (SELECT guid FROM city)"
        )
        found = 1
        while found:
            found = db.execute(
                "UPDATE object SET city ="
                " (SELECT up.city FROM object up WHERE up.id = object.parent)"
                " WHERE city IS NULL AND parent IN (SELECT id FROM object WHERE city IS NOT NULL)"
            ).rowcount
        db.execute("CREATE INDEX IF NOT EXISTS house_parent ON house (parent)")

    scratch.stage("cities", work)


def house_number(row: dict[str, str], types: dict[str, str], add_types: dict[str, str]) -> str:
    """A house's number as people write it: "12 к2", "12 стр 1". Raises RowError.

    HOUSENUM with HOUSETYPE, then ADDNUM1 and ADDNUM2 with the types of their own.
    """
    parts = [_written(row.get("HOUSENUM", ""), types.get(row.get("HOUSETYPE", ""), ""))]
    for name, kind in (("ADDNUM1", "ADDTYPE1"), ("ADDNUM2", "ADDTYPE2")):
        parts.append(_written(row.get(name, ""), add_types.get(row.get(kind, ""), "")))
    try:
        return check_number(" ".join(filter(None, parts)))
    except DomainError as error:
        raise RowError("HOUSENUM", str(error.message)) from error


def _written(number: str, type_name: str) -> str:
    number = " ".join(number.split())
    return _WORDS["written"].get(type_name, "{}").replace("{}", number) if number else ""


def _types(source: GarSource, kind: str, default: str) -> dict[str, str]:
    """Names of types by their ids, in lower case."""
    found = {row.get("ID", ""): plain(row.get("NAME", "")) for _file, row in source.rows(kind)}
    return _WORDS[default] | found


def _number(row: dict[str, str], name: str) -> int:
    value = row.get(name, "")
    if not (value.isascii() and value.isdecimal() and len(value) < 19):
        raise RowError(name, _("This is not a number."))
    return int(value)


def _guid(row: dict[str, str]) -> str:
    try:
        return str(UUID(row.get("OBJECTGUID", "")))
    except ValueError as error:
        raise RowError("OBJECTGUID", _("This is not a FIAS id.")) from error


def _insert(scratch: Scratch, what: str, rows: Iterable[tuple[object, ...]]) -> None:
    for part in _sliced(rows):
        scratch.db.executemany(f"INSERT OR REPLACE {what}", part)


def _sliced(rows: Iterable[tuple[object, ...]]) -> Iterator[list[tuple[object, ...]]]:
    steps = iter(rows)
    while part := list(islice(steps, _SLICE)):
        yield part


def _watched(
    rows: Iterable[tuple[str, dict[str, str]]], stage: str, watch: Watch
) -> Iterator[tuple[str, dict[str, str]]]:
    for count, row in enumerate(rows, start=1):
        if count % _SLICE == 0:
            watch(stage, count)
        yield row
