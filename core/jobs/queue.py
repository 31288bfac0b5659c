"""The queue's four moves: claim a job under a lease, keep it, finish it, put it back.

Each is one short transaction. After the claim every write asks for the same worker and attempt, so
a worker that lost its lease (a stopped machine, a lost network) changes nothing any more.
"""

import random
from datetime import datetime, timedelta
from traceback import format_tb
from typing import Any

import structlog
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import OperationalError, connection, transaction
from django.utils import timezone
from django.utils.module_loading import import_string
from django_tasks.base import Task

from core.jobs.errors import PermanentFailure, WorkerLost, describe
from core.jobs.tasks import RETRIES
from core.models import Job

log = structlog.get_logger("core.jobs")
FIRST_RETRY_SECONDS = 10
LONGEST_RETRY_SECONDS = 3600


def queue_names() -> list[str]:
    """The queues that the settings know, in order of their names."""
    tasks: Any = settings.TASKS
    return sorted(tasks["default"]["QUEUES"])


def lease() -> timedelta:
    """How long a job belongs to a worker that gives no sign of life."""
    return timedelta(seconds=settings.JOB_LEASE_SECONDS)


def retry_delay(attempt: int) -> timedelta:
    """The wait after failed attempt number `attempt`: 10 s, doubled up to an hour, ±20 %.

    The spread keeps jobs that failed together from coming back together.
    """
    seconds = min(FIRST_RETRY_SECONDS * 2 ** (attempt - 1), LONGEST_RETRY_SECONDS)
    return timedelta(seconds=seconds * random.uniform(0.8, 1.2))  # noqa: S311


def task_of(job: Job) -> Task:
    """The declared task of a job. Raises ImportError where this version of the code has none."""
    task = import_string(job.task)
    if not isinstance(task, Task):
        raise ImproperlyConfigured(f"{job.task} is not a task.")
    return task


def retries_of(job: Job) -> int:
    """How often a job may be tried again; also for one that this version does not know."""
    try:
        return getattr(task_of(job), "retries", RETRIES)
    except (ImportError, ImproperlyConfigured):
        return RETRIES


def claim(queue: str, worker: str) -> Job | None:
    """Takes the job of `queue` that has been due longest; None when none is.

    Skips what others are claiming. A job left by a killed worker is among the due ones; one that
    was left so after its last attempt fails instead of being taken.
    """
    while True:
        now = timezone.now()
        due = Job.objects.filter(queue=queue, due_at__lte=now).order_by("due_at")
        skip_locked = connection.features.has_select_for_update_skip_locked
        # Without SKIP LOCKED (SQLite) a look costs nobody a lock, a transaction does.
        if not skip_locked and not due.exists():
            return None
        with transaction.atomic():
            job = due.select_for_update(skip_locked=skip_locked).first()
            if job is None:
                return None
            if job.state != Job.State.RUNNING or job.attempts <= retries_of(job):
                return _take(job, worker, now)
        fail(job, WorkerLost("stopped in the middle of every attempt"))


def _take(job: Job, worker: str, now: datetime) -> Job:
    job.state = Job.State.RUNNING
    job.attempts += 1
    job.worker = worker
    job.started_at = now
    job.due_at = now + lease()
    job.unique_key = None
    job.save(update_fields=["state", "attempts", "worker", "started_at", "due_at", "unique_key"])
    return job


def _write(job: Job, **changes: Any) -> bool:
    """Writes to a job that is still this attempt's; False when it no longer is."""
    mine = Job.objects.filter(
        pk=job.pk, state=Job.State.RUNNING, worker=job.worker, attempts=job.attempts
    )
    return mine.update(**changes) == 1


def renew(job: Job) -> bool:
    """Keeps a running job for another lease; False when it has been lost."""
    return _write(job, due_at=timezone.now() + lease())


def succeed(job: Job, result: Any) -> bool:
    return _write(
        job,
        state=Job.State.SUCCESSFUL,
        due_at=None,
        finished_at=timezone.now(),
        result=result,
        error="",
        traceback="",
    )


def fail(job: Job, error: BaseException) -> bool:
    """Gives a job up, and lets its task say so where people wait for it, in one transaction."""
    with transaction.atomic():
        given_up = _write(
            job,
            state=Job.State.FAILED,
            due_at=None,
            finished_at=timezone.now(),
            error=describe(error),
            traceback=_frames(error),
        )
        if given_up:
            _tell_given_up(job)
    return given_up


def _tell_given_up(job: Job) -> None:
    try:
        told = getattr(task_of(job), "on_given_up", None)
        if told is not None:
            with transaction.atomic():
                told(*job.arguments["args"], **job.arguments["kwargs"])
    except OperationalError:
        # The database is away or a deadlock was resolved: the job is given up later, with this.
        raise
    except Exception as error:
        log.error("given_up_untold", exc_info=error, job=job.pk, task=job.task)


def retry_or_fail(job: Job, error: BaseException) -> bool:
    """Puts a job back for later; fails it after its last attempt or a permanent failure."""
    if isinstance(error, PermanentFailure) or job.attempts > retries_of(job):
        return fail(job, error)
    return _write(
        job,
        state=Job.State.READY,
        due_at=timezone.now() + retry_delay(job.attempts),
        error=describe(error),
        traceback=_frames(error),
    )


def revive(jobs: Any) -> int:
    """Puts failed jobs of the queryset `jobs` back as new; how many there were."""
    count: int = jobs.filter(state=Job.State.FAILED).update(
        state=Job.State.READY, due_at=timezone.now(), attempts=0, finished_at=None
    )
    return count


def _frames(error: BaseException) -> str:
    """Where an error came from, without its message (see `describe`)."""
    return "".join(format_tb(error.__traceback__))[-8000:]
