"""Keeps the tables of later work small."""

from datetime import timedelta

from django.db.models import QuerySet
from django.utils import timezone

from core.jobs.schedules import schedule
from core.jobs.tasks import job
from core.models import Job, ScheduledRun, Worker

DONE_KEPT = timedelta(days=2)
# Long enough for staff to come back from a holiday and find what failed.
FAILED_KEPT = timedelta(days=60)
RUNS_KEPT = timedelta(days=30)
LOST_WORKERS_KEPT = timedelta(days=1)
# Short transactions: others hardly wait, also on SQLite.
BATCH = 500


@schedule("40 2 * * *")
@job(retries=2)
def purge() -> int:
    """Deletes finished jobs, runs of schedules and workers of long ago; how many rows."""
    now = timezone.now()
    done = Job.objects.filter(state=Job.State.SUCCESSFUL, finished_at__lt=now - DONE_KEPT)
    failed = Job.objects.filter(state=Job.State.FAILED, finished_at__lt=now - FAILED_KEPT)
    runs = ScheduledRun.objects.filter(tick_at__lt=now - RUNS_KEPT)
    workers = Worker.objects.filter(seen_at__lt=now - LOST_WORKERS_KEPT)
    return sum(_delete_in_batches(rows) for rows in (done, failed, runs, workers))


def _delete_in_batches(rows: QuerySet) -> int:
    gone = 0
    while ids := list(rows.order_by("pk").values_list("pk", flat=True)[:BATCH]):
        gone += rows.model._default_manager.filter(pk__in=ids).delete()[0]
    return gone
