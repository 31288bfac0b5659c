"""What runs by the clock."""

from datetime import timedelta

import pytest

from core import clock
from core.jobs.schedules import schedules
from core.models import Event
from subscriptions import jobs
from subscriptions.choices import RequestState
from subscriptions.tests.factories import request_in


def test_missed_deadlines_are_looked_for_every_five_minutes():
    [planned] = [row for row in schedules() if row.task is jobs.tell_of_missed_deadlines]
    assert planned.cron == "*/5 * * * *"


@pytest.mark.django_db
def test_the_job_may_run_twice():
    request = request_in(RequestState.SUBMITTED)
    with clock.set_to(request.due_at + timedelta(minutes=1)):
        jobs.tell_of_missed_deadlines.func()
        jobs.tell_of_missed_deadlines.func()
    assert Event.objects.filter(kind="request.overdue").count() == 1
