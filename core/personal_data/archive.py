"""The archive that a person takes away: tables for people and for programs, and their files."""

import csv
import io
import json
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import PurePosixPath
from tempfile import TemporaryFile
from typing import IO, Any

from django.template.loader import render_to_string
from django.utils import timezone

from core.personal_data.registry import Section, folders, sections
from core.tables.safe import as_text

_COPY_BYTES = 256 * 1024


@contextmanager
def archive_of(user: Any, progress: Callable[[int, int | None], None]) -> Iterator[IO[bytes]]:
    """A zip file, at its beginning, that goes with the block.

    Written in the current language and time zone. A row at a time: an account of many years takes
    no more memory than a new one.
    """
    wanted = sections()
    with TemporaryFile() as file:
        with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
            for number, section in enumerate(wanted):
                _add_section(archive, section, user)
                progress(number + 1, len(wanted) + 1)
            names = _add_files(archive, user)
            context = {"user": user, "sections": wanted, "files": names, "at": timezone.now()}
            archive.writestr("README.txt", render_to_string("core/archive_readme.txt", context))
            progress(len(wanted) + 1, len(wanted) + 1)
        file.seek(0)
        yield file


def _add_section(archive: zipfile.ZipFile, section: Section, user: Any) -> None:
    """Two passes over the rows: an archive is written one file after the other."""
    with archive.open(f"data/{section.name}.json", "w") as raw:
        text = io.TextIOWrapper(raw, "utf-8", write_through=True)
        text.write("[")
        for number, row in enumerate(section.rows(user)):
            text.write(",\n " if number else "\n ")
            plain = {key: _json(row.get(key)) for key in section.fields}
            text.write(json.dumps(plain, ensure_ascii=False))
        text.write("\n]\n")
        text.detach()
    with archive.open(f"tables/{section.name}.csv", "w") as raw:
        # The mark at the beginning tells spreadsheets that this is UTF-8.
        text = io.TextIOWrapper(raw, "utf-8-sig", newline="", write_through=True)
        lines = csv.writer(text, delimiter=";")
        lines.writerow([str(title) for title in section.fields.values()])
        for row in section.rows(user):
            lines.writerow([_cell(row.get(key)) for key in section.fields])
        text.detach()


def _add_files(archive: zipfile.ZipFile, user: Any) -> list[str]:
    names: list[str] = []
    for folder, files in folders().items():
        for number, (name, stored) in enumerate(files(user), start=1):
            if not stored.storage.exists(stored.name or ""):
                continue
            # Numbered: two files may have one name. The last part alone: a name is a name.
            last = PurePosixPath(name.replace("\\", "/")).name or "file"
            inside = f"files/{folder}/{number:04} {last}"
            with stored.open("rb") as source, archive.open(inside, "w") as target:
                while chunk := source.read(_COPY_BYTES):
                    target.write(chunk)
            names.append(inside)
    return names


def _json(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat()
    return value if value is None or isinstance(value, bool | int | float) else str(value)


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, datetime):
        return timezone.localtime(value).strftime("%d.%m.%Y %H:%M")
    return as_text(str(value))
