"""What each app hands over and erases."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models.fields.files import FieldFile

from core.errors import Text

Row = Mapping[str, Any]
Rows = Callable[[Any], Iterable[Row]]
Files = Callable[[Any], Iterable[tuple[str, FieldFile]]]
Erase = Callable[[Any], None]


@dataclass(frozen=True, slots=True)
class Section:
    """A table of the archive. `fields`: the keys of its rows, and what people call them."""

    name: str
    title: Text
    order: int
    fields: Mapping[str, Text]
    rows: Rows


_sections: dict[str, Section] = {}
_files: dict[str, Files] = {}
_erasers: list[tuple[int, Erase]] = []


def exports(
    name: str, title: Text, *, order: int, fields: Mapping[str, Text]
) -> Callable[[Rows], Rows]:
    """Adds a table to the archive; the function gets the person, and gives a mapping a row."""

    def register(rows: Rows) -> Rows:
        if name in _sections:
            raise ValueError(f"The section {name} is declared twice.")
        _sections[name] = Section(name, title, order, fields, rows)
        return rows

    return register


def exports_files(folder: str) -> Callable[[Files], Files]:
    """Adds files to a folder of the archive: their names there, and where they are stored."""

    def register(files: Files) -> Files:
        if folder in _files:
            raise ValueError(f"The folder {folder} is declared twice.")
        _files[folder] = files
        return files

    return register


def erases(*, order: int) -> Callable[[Erase], Erase]:
    """Adds a step of erasure. Low orders go first; the person's own row is the last of all.

    A step may run again after a killed worker, and in no transaction: files go before the rows that
    name them, so that none is left behind.
    """

    def register(step: Erase) -> Erase:
        _erasers.append((order, step))
        return step

    return register


def sections() -> list[Section]:
    return sorted(_sections.values(), key=lambda section: section.order)


def folders() -> Mapping[str, Files]:
    return _files


def erase(user: Any) -> None:
    """Erases all that the apps keep of a person. Safe to run again."""
    for _order, step in sorted(_erasers, key=lambda entry: entry[0]):
        step(user)
