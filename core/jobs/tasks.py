"""Declaring a job: a task of Django's interface that knows how often it may be tried."""

import hashlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, TypeVar

from django_tasks import TaskResult
from django_tasks.base import Task
from django_tasks.base import task as django_task

T = TypeVar("T")
# 8 retries span about 45 minutes with the backoff of `core.jobs.queue.retry_delay`.
RETRIES = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class JobTask(Task):
    """A task with retries: what `@job` makes."""

    retries: int = RETRIES
    on_given_up: Callable[..., None] | None = None


def job(
    *,
    queue: str = "default",
    retries: int = RETRIES,
    takes_context: bool = False,
    on_given_up: Callable[..., None] | None = None,
) -> Callable[[Callable[..., Any]], JobTask]:
    """Makes a module-level function a job; call it later with `.enqueue(...)`.

    The row is written in the caller's transaction and vanishes with it. A job is run at least
    once, so it must be safe to run twice; it runs outside of any transaction, opens its own, and
    never talks to the outside within one. Arguments are JSON: ids, never names or phones.
    After an error it is tried up to `retries` times more, later and later; `PermanentFailure` ends
    it at once. With `takes_context` its first argument is `context` (`context.attempt` from 1).
    `on_given_up` is called with the job's arguments in the transaction that fails it for good, for
    whatever reason: an error, or workers that were killed at every attempt.
    """

    def make(function: Callable[..., Any]) -> JobTask:
        return django_task(  # type: ignore[call-overload,no-any-return]
            queue_name=queue,
            takes_context=takes_context,
            retries=retries,
            on_given_up=on_given_up,
        )(function)

    return make


def enqueue_once(task: Task, key: str, *args: Any, **kwargs: Any) -> TaskResult:
    """Enqueues `task` unless one with the same key is waiting; returns the one that waits.

    The key is freed when the job starts: what changes from then on is worth a job of its own. Until
    the caller's transaction ends no worker starts the waiting job, so it sees the caller's change.
    Callers with the same key wait for each other's commit; take several keys in a stable order.
    """
    from core.jobs.backend import JobBackend

    backend = task.get_backend()
    if not isinstance(backend, JobBackend):
        raise TypeError("Unique keys need the backend of core.jobs.")
    digest = hashlib.blake2b(f"{task.module_path} {key}".encode(), digest_size=16).hexdigest()
    return backend.enqueue_all(task, [(args, kwargs)], unique_key=digest)[0]


def enqueue_many(task: Task, calls: Iterable[tuple[Any, ...]]) -> None:
    """Enqueues `task` once for each tuple of arguments, in few statements."""
    from core.jobs.backend import JobBackend

    backend = task.get_backend()
    if not isinstance(backend, JobBackend):
        raise TypeError("Bulk enqueuing needs the backend of core.jobs.")
    backend.enqueue_all(task, [(args, {}) for args in calls])
