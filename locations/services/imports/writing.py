"""Writing a batch while others write the same places."""

from collections.abc import Callable
from typing import TypeVar

from django.db import IntegrityError, OperationalError, transaction

T = TypeVar("T")
_ATTEMPTS = 4


def in_transaction(write: Callable[[], T]) -> T:
    """`write()` in one transaction.

    When another writer made the same street or house at this moment, all of it is read and written
    anew; the fourth time the error is raised.
    """
    for attempt in range(1, _ATTEMPTS + 1):
        try:
            with transaction.atomic():
                return write()
        except (IntegrityError, OperationalError):
            if attempt == _ATTEMPTS:
                raise
    raise AssertionError("unreachable")
