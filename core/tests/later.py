"""Fixtures for what runs later, and for databases that several processes share."""

import os
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from contextlib import suppress
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection, connections
from django.test import override_settings
from pytest_django.live_server_helper import LiveServer

from core.jobs.runner import run_due
from core.models import Job

ROOT = Path(__file__).resolve().parent.parent.parent


def commit() -> None:
    """What a commit would do in a test that is one transaction: runs its on-commit callbacks."""
    while connection.run_on_commit:
        callback = connection.run_on_commit.pop(0)[1]
        callback()


@pytest.fixture
def run_jobs(db):
    """A function that commits, runs every due job (also jobs made by jobs), and counts them.

    Retries wait for their time: `run_jobs(later=True)` runs them too.
    """

    def _run_jobs(later: bool = False) -> int:
        count = 0
        while True:
            commit()
            if later:
                Job.objects.filter(state=Job.State.READY).update(due_at="2020-01-01T00:00Z")
            ran = run_due(list(settings.TASKS["default"]["QUEUES"]))  # type: ignore[call-overload]
            count += ran
            if not ran:
                return count

    return _run_jobs


@pytest.fixture
def shared_database(transactional_db, tmp_path):
    """A database that threads and other processes see, on every vendor; gives its DATABASE_URL.

    The suite's SQLite lives in memory, for one connection: here it is copied into a file.
    """
    config = connections.settings["default"]
    if connection.vendor != "sqlite":
        scheme = {"postgresql": "postgres", "mysql": "mariadb"}[connection.vendor]
        auth = config["USER"] + (f":{config['PASSWORD']}" if config["PASSWORD"] else "")
        yield f"{scheme}://{auth}@{config['HOST']}:{config['PORT']}/{config['NAME']}"
        return
    path = tmp_path / "shared.sqlite3"
    connection.ensure_connection()
    with sqlite3.connect(path) as copy:
        connection.connection.backup(copy)
        # As a live database is: several connections that turn it on at once refuse each other.
        copy.execute("PRAGMA journal_mode=WAL")
    in_memory, name = connections["default"], config["NAME"]
    config["NAME"] = str(path)
    del connections["default"]
    try:
        yield f"sqlite:///{path}"
    finally:
        connection.close()
        config["NAME"] = name
        connections["default"] = in_memory


@pytest.fixture
def served(shared_database):
    """The address of the whole site, served by threads that each have a connection of their own.

    `live_server` hands one connection to an in-memory SQLite round all its threads: what two of
    them read at once may go to the wrong one.
    """
    with override_settings(ALLOWED_HOSTS=["localhost"]):
        server = LiveServer("localhost")
        yield server.url
        server.stop()


@pytest.fixture
def start_worker(shared_database):
    """A function that starts `manage.py worker` as a process of its own; all end with the test."""
    started: list[subprocess.Popen] = []

    def _start(*arguments: str, **environment: str) -> subprocess.Popen:
        process = subprocess.Popen(  # noqa: S603
            [sys.executable, "manage.py", "worker", *arguments],
            cwd=ROOT,
            env=os.environ | {"DATABASE_URL": shared_database} | environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        started.append(process)
        return process

    yield _start
    for process in started:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait(timeout=10)


def wait_until(condition, seconds: float = 40.0) -> None:
    """Waits for `condition()` to become true; fails the test when it does not."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.05)


def in_parallel(count: int, function) -> list:
    """Runs `function(n)` in `count` threads that start together; the results in order."""
    barrier = threading.Barrier(count)
    results: list = [None] * count

    def call(number: int) -> None:
        try:
            barrier.wait(timeout=20)
            results[number] = function(number)
        except BaseException as error:
            results[number] = error
        finally:
            connection.close()

    threads = [threading.Thread(target=call, args=(number,)) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    for result in results:
        if isinstance(result, BaseException):
            raise result
    return results
