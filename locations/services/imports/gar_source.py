"""Files of the state address register (ГАР ФИАС): found in a folder or an archive, read row by row.

The register (https://fias.nalog.ru, its full export in the format of ГАР) is XML of flat rows whose
data are attributes: `AS_HOUSES_20261120_<uuid>.XML` in a folder named by the region's code; types
stand above the regions. A region's files come to gigabytes, so that nothing is unpacked or held:
one row at a time. Archives and XML may be anybody's: names, sizes, declarations and the length of a
row are checked.
"""

import re
import struct
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import IO, Any
from xml.etree.ElementTree import ParseError

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import iterparse
from django.utils.translation import gettext as _

from core.errors import DomainError

# What stands in the folder of a region, and what above all of them.
OF_REGION = ("ADDR_OBJ", "HOUSES", "HOUSES_PARAMS", "ADM_HIERARCHY", "MUN_HIERARCHY")
OF_ALL = ("HOUSE_TYPES", "ADDHOUSE_TYPES")
_NAME = re.compile(r"AS_([A-Z_]+)_\d{8}_[\w-]+\.XML", re.IGNORECASE)
# A row has some hundred bytes; a file without a row in so many is none of the register's.
_ROW_AT_MOST = 1024 * 1024
# The register packs to a twentieth; what packs better than this, and is large, is a bomb.
_PACKED_AT_MOST = 200
_SMALL = 4 * 1024 * 1024
# The whole register has some 2,000 parts; so many bytes describe 30,000.
_DIRECTORY_AT_MOST = 4 * 1024 * 1024
_BROKEN = (zipfile.BadZipFile, NotImplementedError, RuntimeError, struct.error, EOFError, OSError)


class GarSource:
    """The files of one region; `region` is its code ("16")."""

    def __init__(self, path: Path, region: str) -> None:
        """Raises DomainError where there is no such region, or its archive cannot be trusted."""
        self.path = path
        self._archive = _open_archive(path) if path.is_file() else None
        names = self._archive.namelist() if self._archive else _names_below(path)
        self._files = _sort_out(names, region)
        missing = [kind for kind in ("ADDR_OBJ", "HOUSES") if not self._files.get(kind)]
        if not self.hierarchy:
            missing.append("ADM_HIERARCHY")
        if missing:
            files = ", ".join(f"AS_{kind}" for kind in missing)
            fields = {"files": files, "region": region}
            raise DomainError(_("There is no %(files)s of region %(region)s here.") % fields)

    @property
    def hierarchy(self) -> str:
        """The kind of hierarchy that is there: the administrative one, else the municipal."""
        kinds = ("ADM_HIERARCHY", "MUN_HIERARCHY")
        return next((kind for kind in kinds if self._files.get(kind)), "")

    @property
    def fingerprint(self) -> str:
        """What changes when the files do: their names carry the day and an id of the export."""
        return "\n".join(name for kind in sorted(self._files) for name in self._files[kind])

    def close(self) -> None:
        if self._archive:
            self._archive.close()

    def rows(self, kind: str) -> Iterator[tuple[str, dict[str, str]]]:
        """The file's name and the attributes of each row of that kind. Raises DomainError."""
        for name in self._files.get(kind, ()):
            short = PurePosixPath(name).name
            with self._open(name) as stream:
                for row in read_rows(stream, short):
                    yield short, row

    @contextmanager
    def _open(self, name: str) -> Iterator[IO[bytes]]:
        try:
            opened = self._archive.open(name) if self._archive else (self.path / name).open("rb")
        except _BROKEN as error:
            raise _unreadable(name) from error
        with opened as stream:
            yield stream


class _Watched:
    """A stream that gives out no more than _ROW_AT_MOST bytes between two rows."""

    def __init__(self, stream: IO[bytes], name: str) -> None:
        self._stream = stream
        self._name = name
        self.since_row = 0

    def read(self, size: int = -1) -> bytes:
        piece = self._stream.read(size)
        self.since_row += len(piece)
        if self.since_row > _ROW_AT_MOST:
            raise _unreadable(self._name)
        return piece


def read_rows(stream: IO[bytes], name: str) -> Iterator[dict[str, str]]:
    """The attributes of each element below the root, one at a time.

    Raises DomainError for what is no XML, declares a document type, or has no rows for long.
    """
    watched = _Watched(stream, name)
    try:
        events: Iterator[tuple[str, Any]] = iterparse(
            watched, events=("start", "end"), forbid_dtd=True
        )
        _event, root = next(events)
        depth = 0
        for event, element in events:
            depth += 1 if event == "start" else -1
            if event == "end" and depth == 0:
                watched.since_row = 0
                yield dict(element.attrib)
                root.clear()
    except StopIteration as error:
        raise _unreadable(name) from error
    except (ParseError, DefusedXmlException, UnicodeError, ValueError, *_BROKEN) as error:
        raise _unreadable(name) from error


def _unreadable(name: str) -> DomainError:
    return DomainError(_("%(name)s cannot be read as a file of the register.") % {"name": name})


# --- names ------------------------------------------------------------------------------------
def _names_below(folder: Path) -> list[str]:
    """Files in the folder and in the folders right in it, as they would be named in an archive."""
    return [
        str(path.relative_to(folder).as_posix())
        for pattern in ("*.[xX][mM][lL]", "*/*.[xX][mM][lL]")
        for path in sorted(folder.glob(pattern))
    ]


def _sort_out(names: list[str], region: str) -> dict[str, list[str]]:
    """Names by kind: of the region's folder, or of all where no folder is named so."""
    here = [name for name in names if PurePosixPath(name).parent.name.zfill(2) == region]
    found: dict[str, list[str]] = {}
    for name in sorted(names):
        kind = kind_of(name)
        is_bare = "/" not in name.strip("/")
        if (kind in OF_REGION and (name in here or (not here and is_bare))) or kind in OF_ALL:
            found.setdefault(kind, []).append(name)
    return found


def kind_of(name: str) -> str:
    """The kind that a file's name says ("HOUSES"), or ""."""
    matched = _NAME.fullmatch(PurePosixPath(name).name)
    return matched.group(1).upper() if matched else ""


# --- archives ---------------------------------------------------------------------------------
def _open_archive(path: Path) -> zipfile.ZipFile:
    try:
        if _directory_size(path) > _DIRECTORY_AT_MOST:
            raise _untrusted()
        archive = zipfile.ZipFile(path)
    except _BROKEN as error:
        raise _unreadable(path.name) from error
    for part in archive.infolist():
        if not _is_plain(part.filename) or part.flag_bits & 0x1 or _is_bomb(part):
            archive.close()
            raise _untrusted()
    return archive


def _is_plain(name: str) -> bool:
    """Whether a name stays below the archive: no way up, no root, no drive."""
    way = name.replace("\\", "/")
    return not (way.startswith("/") or ":" in way or ".." in way.split("/") or "\0" in way)


def _is_bomb(part: zipfile.ZipInfo) -> bool:
    return part.file_size > max(_SMALL, part.compress_size * _PACKED_AT_MOST)


def _directory_size(path: Path) -> int:
    """What the end of an archive says of its directory, before `zipfile` reads it into memory."""
    with path.open("rb") as file:
        length = file.seek(0, 2)
        file.seek(max(0, length - 65_557))
        tail = file.read()
        at = tail.rfind(b"PK\x05\x06")
        if at < 0 or len(tail) < at + 22:
            raise zipfile.BadZipFile("no end of the directory")
        size: int = struct.unpack_from("<L", tail, at + 12)[0]
        if size != 0xFFFFFFFF:
            return size
        at = tail.rfind(b"PK\x06\x07", 0, at)
        if at < 0:
            raise zipfile.BadZipFile("no 64-bit directory")
        file.seek(struct.unpack_from("<Q", tail, at + 8)[0])
        large: int = struct.unpack_from("<Q", file.read(56), 40)[0]
        return large


def _untrusted() -> DomainError:
    return DomainError(
        _("This archive has parts that the register's has not: names or sizes that cannot be.")
    )
