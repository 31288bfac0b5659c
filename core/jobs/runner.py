"""Runs claimed jobs and records what became of them."""

import time
from collections.abc import Callable, Iterable
from functools import partial

import structlog
from django.db import OperationalError, close_old_connections
from django_tasks import TaskContext
from django_tasks.utils import normalize_json

from core.jobs import queue
from core.jobs.backend import result_of
from core.jobs.errors import PermanentFailure
from core.models import Job

log = structlog.get_logger("core.jobs")
# A deadlock, a locked SQLite file or a restarting database is over sooner than this.
RECORD_PAUSES = (0.2, 1.0, 5.0)


def run(job: Job) -> None:
    """Runs one claimed job and records its outcome. Raises only what ends the process."""
    with structlog.contextvars.bound_contextvars(job=job.pk, task=job.task):
        try:
            result = _call(job)
        except Exception as error:
            _report(job, error)
            _record(job, partial(queue.retry_or_fail, job, error))
        except BaseException as error:
            # A forced stop (SystemExit, KeyboardInterrupt): another worker takes the job up.
            log.warning("job_stopped")
            _record(job, partial(queue.retry_or_fail, job, error))
            raise
        else:
            _record(job, partial(queue.succeed, job, result))


def _call(job: Job) -> object:
    task = queue.task_of(job)
    args, kwargs = job.arguments["args"], job.arguments["kwargs"]
    if task.takes_context:
        args = [TaskContext(task_result=result_of(job, task)), *args]
    return normalize_json(task.call(*args, **kwargs))


def _report(job: Job, error: Exception) -> None:
    if isinstance(error, PermanentFailure) or job.attempts > queue.retries_of(job):
        log.error("job_failed", exc_info=error, attempt=job.attempts)
    else:
        log.warning("job_will_be_retried", error=type(error).__qualname__, attempt=job.attempts)


def _record(job: Job, write: Callable[[], bool]) -> None:
    """Writes the outcome; if the database is away for longer, the lease ends and it runs again."""
    for pause in RECORD_PAUSES:
        try:
            if not write():
                log.warning("job_taken_by_another_worker", attempt=job.attempts)
            return
        except OperationalError:
            close_old_connections()
            time.sleep(pause)
    write()


def run_due(queues: Iterable[str], worker: str = "here") -> int:
    """Runs, one after another in this process, all jobs that are due; how many there were."""
    names = list(queues)
    count = 0
    while job := next((found for name in names if (found := queue.claim(name, worker))), None):
        run(job)
        count += 1
    return count
