"""Later work: jobs with retries, unique keys and schedules, behind Django's Tasks interface.

@schedule("0 3 * * *")
@job(queue="long", retries=3)
def make_reports() -> None: ...

make_reports.enqueue()
"""

from core.jobs.errors import PermanentFailure, TemporaryFailure
from core.jobs.schedules import schedule
from core.jobs.tasks import JobTask, enqueue_many, enqueue_once, job

__all__ = [
    "JobTask",
    "PermanentFailure",
    "TemporaryFailure",
    "enqueue_many",
    "enqueue_once",
    "job",
    "schedule",
]
