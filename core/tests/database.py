"""The suite's SQLite database: migrated once, kept as a file, and copied for every process.

What is copied is what `migrate` left; it runs all the same, and applies what the file has not seen.
The file is named by all that it came of: other migrations or versions make another one.
"""

import fcntl
import hashlib
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.db import connection

from support.tests.first_day import take_away

FOLDER = settings.VAR_DIR / "tests"
CAME_OF = ["*/migrations/*.py", "requirements*.txt"]


class KeptTables:
    """The file, and the lock under which one process makes it while the others wait for it."""

    def __init__(self) -> None:
        FOLDER.mkdir(parents=True, exist_ok=True)
        self.path = FOLDER / f"{_digest()}.sqlite3"
        self.lock = (FOLDER / "lock").open("w")
        fcntl.flock(self.lock, fcntl.LOCK_EX)

    def copy_into(self, memory: sqlite3.Connection) -> bool:
        """Whether there was something to copy; if not, the lock is kept until `keep`."""
        if not self.path.exists():
            return False
        with closing(sqlite3.connect(self.path)) as kept:
            kept.backup(memory)
        self.lock.close()
        return True

    def keep(self, memory: sqlite3.Connection) -> None:
        for outdated in FOLDER.glob("*.sqlite3"):
            outdated.unlink()
        # In its place when it is whole: a process that is killed leaves no half of it.
        unfinished = self.path.with_suffix(".unfinished")
        with closing(sqlite3.connect(unfinished)) as copy:
            memory.backup(copy)
        unfinished.replace(self.path)
        self.lock.close()


def _digest() -> str:
    digest = hashlib.sha256(sqlite3.sqlite_version.encode())
    for pattern in CAME_OF:
        for path in sorted(Path(settings.BASE_DIR).glob(pattern)):
            digest.update(str(path.relative_to(settings.BASE_DIR)).encode() + path.read_bytes())
    return digest.hexdigest()[:16]


@pytest.fixture(scope="session")
def kept_tables(django_test_environment: None) -> Iterator[KeptTables | None]:
    """Puts the kept tables where the test database will be; gives what is still to be kept."""
    if connection.vendor != "sqlite" or not connection.is_in_memory_db():  # type: ignore[attr-defined]
        yield None
        return
    tables = KeptTables()
    # Memory is given back with its last connection: this one stays until the suite is over.
    name = connection.creation._get_test_db_name()  # type: ignore[attr-defined]
    with closing(sqlite3.connect(name, uri=True)) as memory:
        yield None if tables.copy_into(memory) else tables


@pytest.fixture(scope="session")
def django_db_setup(
    kept_tables: KeptTables | None, django_db_setup: None, django_db_blocker: Any
) -> None:
    if kept_tables is not None:
        with django_db_blocker.unblock():
            connection.ensure_connection()
            kept_tables.keep(connection.connection)
    with django_db_blocker.unblock():
        # Tests of the support desk set up their own: the one of the first day is in the way.
        take_away()
