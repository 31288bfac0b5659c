"""Whether what the portal stands on works: for the health pages and for staff."""

from collections.abc import Callable, Mapping
from secrets import token_hex

from django.core.cache import cache
from django.db import connection
from django.utils import timezone

from core.jobs.queue import lease, queue_names
from core.models import Worker

PROBE_KEY = "readiness"


def database_answers() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
        return bool(cursor.fetchone() == (1,))


def cache_keeps() -> bool:
    """Whether the cache keeps a value; another process may have written another meanwhile."""
    cache.set(PROBE_KEY, token_hex(8), timeout=30)
    return cache.get(PROBE_KEY) is not None


def unserved_queues() -> list[str]:
    """The queues that no living worker serves, in order of their names."""
    alive = Worker.objects.filter(seen_at__gte=timezone.now() - lease()).values_list(
        "queues", flat=True
    )
    served = {queue for queues in alive for queue in queues.split(",")}
    return [queue for queue in queue_names() if queue not in served]


def workers_live() -> bool:
    """Whether every queue has a worker that gave a sign of life within a lease."""
    return not unserved_queues()


CHECKS: Mapping[str, Callable[[], bool]] = {
    "database": database_answers,
    "cache": cache_keeps,
    "worker": workers_live,
}
