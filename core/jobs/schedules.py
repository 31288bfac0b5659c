"""Jobs by the clock: each tick is fired once, however many workers there are."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from croniter import croniter
from django.db import IntegrityError, transaction

from core.jobs.tasks import JobTask, enqueue_once


@dataclass(frozen=True, slots=True)
class Schedule:
    name: str
    cron: str
    task: JobTask

    def last_tick(self, now: datetime) -> datetime:
        """The latest planned time that is not after `now` (aware; the cron line is read in UTC)."""
        # A moment later, because the previous tick of a tick is the one before it.
        found: datetime = croniter(self.cron, now + timedelta(milliseconds=1)).get_prev(datetime)
        return found


_schedules: dict[str, Schedule] = {}


def schedule(cron: str) -> Callable[[JobTask], JobTask]:
    """Runs a job without arguments at the times of a cron line, in UTC.

    Ticks missed while no worker ran are made up for by one run at the next start. A run that has
    not begun when the next tick comes stands for both. Raises ValueError for a wrong cron line.
    """
    if not croniter.is_valid(cron):
        raise ValueError(f"{cron!r} is not a cron line.")

    def register(task: JobTask) -> JobTask:
        _schedules[task.module_path] = Schedule(task.module_path, cron, task)
        return task

    return register


def schedules() -> list[Schedule]:
    return list(_schedules.values())


def fire(planned: Schedule, now: datetime) -> bool:
    """Fires the latest tick of a schedule unless somebody has; whether it was this call."""
    from core.models import ScheduledRun

    tick = planned.last_tick(now)
    if ScheduledRun.objects.filter(schedule=planned.name, tick_at=tick).exists():
        return False
    try:
        with transaction.atomic():
            run = ScheduledRun.objects.create(schedule=planned.name, tick_at=tick, fired_at=now)
            waiting = enqueue_once(planned.task, "schedule")
            ScheduledRun.objects.filter(pk=run.pk).update(job_id=int(waiting.id))
    except IntegrityError:
        return False
    return True
