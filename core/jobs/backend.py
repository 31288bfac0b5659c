"""The Tasks interface over the table `core.Job`: enqueuing, and reading results back."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from django.db import connection
from django.utils import timezone
from django.utils.module_loading import import_string
from django_tasks import TaskResult, TaskResultStatus
from django_tasks.backends.base import BaseTaskBackend
from django_tasks.base import Task, TaskError
from django_tasks.exceptions import TaskResultDoesNotExist
from django_tasks.utils import normalize_json

from core.jobs.tasks import JobTask

if TYPE_CHECKING:
    from core.models import Job

Call = tuple[Sequence[Any], dict[str, Any]]
BATCH = 500


class JobBackend(BaseTaskBackend):
    task_class = JobTask
    supports_defer = True
    supports_get_result = True

    def enqueue(self, task: Task, args: Any, kwargs: Any) -> TaskResult:
        return self.enqueue_all(task, [(args, kwargs)])[0]

    def enqueue_all(
        self, task: Task, calls: Sequence[Call], unique_key: str | None = None
    ) -> list[TaskResult]:
        """Writes a row per call; with `unique_key` (one call) a waiting row that has it is kept.

        Jobs go by the real time even where services live by a set-back `core.clock`.
        """
        from core.models import Job

        self.validate_task(task)
        now = timezone.now()
        rows = [
            Job(
                queue=task.queue_name,
                task=task.module_path,
                arguments=normalize_json({"args": list(args), "kwargs": kwargs}),
                due_at=task.run_after or now,
                enqueued_at=now,
                unique_key=unique_key,
            )
            for args, kwargs in calls
        ]
        Job.objects.bulk_create(rows, batch_size=BATCH, **self._keep_waiting(unique_key))
        return [result_of(row, task) for row in rows]

    @staticmethod
    def _keep_waiting(unique_key: str | None) -> dict[str, Any]:
        """Arguments that make the insert lock the row that holds the key, in one statement.

        Insert-and-catch would leave a gap between the refusal and the lock, in which a worker
        could start the waiting job before the caller's change is committed.
        """
        if unique_key is None:
            return {}
        by_column = connection.features.supports_update_conflicts_with_target
        return {
            "update_conflicts": True,
            "update_fields": ["unique_key"],
            "unique_fields": ["unique_key"] if by_column else None,
        }

    def get_result(self, result_id: str) -> TaskResult:
        from core.models import Job

        row = Job.objects.filter(pk=result_id).first() if str(result_id).isdecimal() else None
        if row is None:
            raise TaskResultDoesNotExist(result_id)
        return result_of(row, import_string(row.task))


def result_of(row: "Job", task: Task) -> TaskResult:
    """A job's row in the words of the Tasks interface."""
    errors = []
    if row.state == TaskResultStatus.FAILED:
        errors = [TaskError(exception_class_path=row.error, traceback=row.traceback)]
    result: TaskResult = TaskResult(
        task=task,
        id=str(row.pk),
        status=TaskResultStatus(row.state),
        enqueued_at=row.enqueued_at,
        started_at=row.started_at,
        finished_at=row.finished_at,
        last_attempted_at=row.started_at,
        args=row.arguments["args"],
        kwargs=row.arguments["kwargs"],
        backend=task.backend,
        errors=errors,
        # The interface counts attempts by their workers; the last one's name is all that is kept.
        worker_ids=[row.worker] * row.attempts,
    )
    object.__setattr__(result, "_return_value", row.result)
    return result
