"""Jobs and deliveries that were given up, and trying them again."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from core.errors import Text
from core.events.registry import kinds
from core.jobs.queue import revive
from core.models import Delivery, Job
from core.notifications.channels import channel_label
from core.notifications.delivering import retry

JOBS, MESSAGES = "jobs", "messages"
SORTS: dict[str, Text] = {JOBS: _("Jobs"), MESSAGES: _("Messages")}


@dataclass(frozen=True, slots=True)
class Failure:
    """What staff see of a failed row: no arguments, no addressees."""

    id: int
    what: Text
    where: Text
    error: str
    attempts: int
    at: datetime | None


def failed(sort: str) -> QuerySet:
    """The failed rows of a sort, a key of SORTS."""
    if sort == JOBS:
        columns = ("task", "queue", "error", "attempts", "finished_at")
        return Job.objects.filter(state=Job.State.FAILED).only(*columns)
    columns = ("channel", "error", "attempts", "finished_at", "event__kind")
    rows = Delivery.objects.filter(state=Delivery.State.FAILED)
    return rows.select_related("event").only(*columns)


def failures(rows: Iterable[Job | Delivery]) -> list[Failure]:
    """Rows of `failed` as they are shown."""
    return [_of_job(row) if isinstance(row, Job) else _of_delivery(row) for row in rows]


def retry_failed(sort: str, ids: list[int]) -> int:
    """Puts failed rows back as new; how many there were. Others are left as they are."""
    if sort == JOBS:
        return revive(Job.objects.filter(pk__in=ids))
    return retry(ids)


def _of_job(row: Job) -> Failure:
    return Failure(row.pk, row.task, row.queue, row.error, row.attempts, row.finished_at)


def _of_delivery(row: Delivery) -> Failure:
    kind = kinds().get(row.event.kind)
    what = kind.title if kind else row.event.kind
    where = channel_label(row.channel)
    return Failure(row.pk, what, where, row.error, row.attempts, row.finished_at)
