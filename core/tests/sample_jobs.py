"""Jobs that only tests enqueue. Their effects are files and rows, seen by other processes."""

import os
import signal
import time
from pathlib import Path

from core.jobs import PermanentFailure, TemporaryFailure, enqueue_once, job
from core.models import Tally

QUOTE = "Key (email)=(anna@example.com) already exists."


@job()
def add_up(*numbers: int) -> int:
    return sum(numbers)


@job(retries=2)
def fail_always() -> None:
    raise TemporaryFailure("the receiver is away")


@job(retries=5)
def quote_a_person() -> None:
    raise ValueError(QUOTE)


@job(retries=5)
def refuse() -> None:
    raise PermanentFailure("there is no such receiver")


@job(takes_context=True, retries=1)
def tell_attempt(context) -> int:
    if context.attempt == 1:
        raise TemporaryFailure("not yet")
    return context.attempt


@job()
def stop_forcibly() -> None:
    raise SystemExit(1)


@job()
def count_once(folder: str, organization_id: int) -> None:
    """Adds 1 to a tally, safe to run twice; the first run hangs before it, until it is killed."""
    marks = Path(folder)
    runs = len(list(marks.iterdir()))
    (marks / f"run-{runs}-{os.getpid()}").touch()
    if runs == 0:
        time.sleep(600)
    Tally.objects.get_or_create(
        organization_id=organization_id, figure="once", day="2026-11-23", defaults={"amount": 1}
    )


@job(retries=1)
def kill_own_worker(folder: str) -> None:
    (Path(folder) / f"killed-{time.monotonic_ns()}").touch()
    os.kill(os.getpid(), signal.SIGKILL)


@job()
def sleep_then_mark(seconds: float, path: str) -> None:
    Path(f"{path}.begun").touch()
    time.sleep(seconds)
    Path(path).touch()


@job()
def mark(path: str) -> None:
    Path(path).touch()


@job()
def refresh(name: str) -> None:
    """What tests enqueue under a unique key."""


@job()
def enqueue_itself_once() -> None:
    enqueue_once(enqueue_itself_once, "again")
