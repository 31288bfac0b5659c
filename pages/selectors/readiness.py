"""What must work before people are sent to this process."""

from collections.abc import Callable, Mapping

from django.core.cache import caches
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from core import health


def migrations_are_applied() -> bool:
    """Asked of the database until it is so: the code of a running process does not change."""
    if caches["local"].get("migrated"):
        return True
    executor = MigrationExecutor(connection)
    if executor.migration_plan(executor.loader.graph.leaf_nodes()):
        return False
    caches["local"].set("migrated", True, timeout=None)
    return True


CHECKS: Mapping[str, Callable[[], bool]] = {
    **health.CHECKS,
    "migrations": migrations_are_applied,
}
