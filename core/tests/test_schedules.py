"""Jobs by the clock, and the upkeep that runs by it."""

from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone

from core.jobs import schedule
from core.jobs.schedules import Schedule, fire, schedules
from core.jobs.upkeep import purge
from core.models import Job, ScheduledRun, Worker
from core.tests import sample_jobs
from core.tests.later import in_parallel

pytestmark = pytest.mark.django_db
EVERY_FIVE_MINUTES = Schedule("sample", "*/5 * * * *", sample_jobs.add_up)
NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("now", "tick"),
    [
        (NOON, NOON),
        (NOON + timedelta(seconds=1), NOON),
        (NOON + timedelta(minutes=4, seconds=59), NOON),
        (NOON - timedelta(milliseconds=2), NOON - timedelta(minutes=5)),
    ],
)
def test_the_last_tick_is_the_latest_planned_time(now, tick):
    assert EVERY_FIVE_MINUTES.last_tick(now) == tick


def test_a_tick_is_fired_once_and_the_next_one_again(run_jobs):
    assert fire(EVERY_FIVE_MINUTES, NOON)
    assert not fire(EVERY_FIVE_MINUTES, NOON + timedelta(minutes=2))
    assert run_jobs() == 1
    assert fire(EVERY_FIVE_MINUTES, NOON + timedelta(minutes=5))
    assert [run.tick_at for run in ScheduledRun.objects.order_by("tick_at")] == [
        NOON,
        NOON + timedelta(minutes=5),
    ]


def test_a_run_that_has_not_begun_stands_for_the_next_tick_too():
    fire(EVERY_FIVE_MINUTES, NOON)
    fire(EVERY_FIVE_MINUTES, NOON + timedelta(minutes=5))
    runs = ScheduledRun.objects.all()
    assert {run.job_id for run in runs} == {Job.objects.get().pk}
    assert len(runs) == 2


def test_ticks_missed_while_nothing_ran_are_made_up_for_once():
    fire(EVERY_FIVE_MINUTES, NOON)
    assert fire(EVERY_FIVE_MINUTES, NOON + timedelta(days=2))
    assert ScheduledRun.objects.count() == 2


def test_workers_at_the_same_moment_fire_a_tick_once(shared_database):
    fired = in_parallel(6, lambda _n: fire(EVERY_FIVE_MINUTES, NOON))
    assert sorted(fired) == [False] * 5 + [True]
    assert Job.objects.count() == 1


def test_a_wrong_cron_line_is_refused_where_it_stands():
    with pytest.raises(ValueError, match="every day"):
        schedule("every day")


def test_upkeep_is_scheduled():
    assert {"core.jobs.upkeep.purge", "core.tallies.fold_tallies"} <= {
        planned.name for planned in schedules()
    }


def test_old_finished_work_is_purged_and_the_rest_stays(run_jobs):
    for age, state in [(3, "SUCCESSFUL"), (1, "SUCCESSFUL"), (70, "FAILED"), (50, "FAILED")]:
        sample_jobs.add_up.enqueue(age)
        finished = timezone.now() - timedelta(days=age)
        Job.objects.filter(state="READY").update(state=state, finished_at=finished, due_at=None)
    sample_jobs.add_up.using(run_after=timezone.now() + timedelta(days=400)).enqueue(400)
    long_ago = timezone.now() - timedelta(days=31)
    ScheduledRun.objects.create(schedule="sample", tick_at=long_ago, fired_at=long_ago)
    Worker.objects.create(name="gone", queues="default", started_at=long_ago, seen_at=long_ago)
    assert purge.call() == 4
    assert sorted(job.arguments["args"][0] for job in Job.objects.all()) == [1, 50, 400]
    assert not ScheduledRun.objects.exists()
    assert not Worker.objects.exists()
