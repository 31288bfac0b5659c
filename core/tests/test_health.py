"""Whether workers are seen to live."""

from datetime import timedelta

import pytest
from django.utils import timezone

from core import health
from core.models import Worker

pytestmark = pytest.mark.django_db


def live(queues: str, seconds_ago: int) -> None:
    now = timezone.now()
    seen = now - timedelta(seconds=seconds_ago)
    Worker.objects.create(name=queues, queues=queues, started_at=now, seen_at=seen)


def test_database_and_cache_answer():
    assert health.database_answers()
    assert health.cache_keeps()


def test_every_queue_needs_a_worker_seen_within_a_lease(settings):
    settings.JOB_LEASE_SECONDS = 60
    assert health.unserved_queues() == ["default", "long", "outgoing"]
    live("default,long", seconds_ago=5)
    live("outgoing", seconds_ago=61)
    assert health.unserved_queues() == ["outgoing"]
    assert not health.workers_live()
    Worker.objects.update(seen_at=timezone.now())
    assert health.workers_live()
