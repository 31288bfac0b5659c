"""What every part of the data shares: the moment of the benchmark, and inserting in bulk."""

import itertools
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from typing import Any

from django.db import models, transaction

SEED = 20261122
BATCH = 2_000
NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)


def insert(model: type[models.Model], rows: Iterable[models.Model]) -> None:
    """Inserts in batches, each its own transaction."""
    for batch in _batched(rows):
        with transaction.atomic():
            model._default_manager.bulk_create(batch)


def _batched(rows: Iterable[Any]) -> Iterator[list[Any]]:
    iterator = iter(rows)
    while batch := list(itertools.islice(iterator, BATCH)):
        yield batch
