"""Several workers at the same moment tell of each deadline once."""

from datetime import timedelta

import pytest

from core import clock
from core.models import Event
from core.tests.concurrency import together
from subscriptions.choices import RequestState
from subscriptions.services.requests import sound_alarms
from subscriptions.tests.factories import PlanFactory, request_in

pytestmark = pytest.mark.django_db(transaction=True)


def test_four_workers_warn_once_of_each_request():
    plan = PlanFactory()
    requests = [request_in(RequestState.CHECKING, plan=plan) for _ in range(6)]
    moment = max(request.alarm_at for request in requests) + timedelta(minutes=1)

    def work():
        with clock.set_to(moment):
            return sound_alarms()

    assert sum(together([work] * 4)) == len(requests)
    warned = Event.objects.filter(kind="request.due_soon").values_list("subject_id", flat=True)
    assert sorted(warned) == sorted(request.pk for request in requests)
