"""The time that services go by.

Services ask `clock.now()` instead of `timezone.now()`, so that demo data and tests can live
90 days through the real services in seconds.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import date, datetime, tzinfo

from django.utils import timezone

_set_back: ContextVar[datetime | None] = ContextVar("clock", default=None)


def now() -> datetime:
    """The present moment, aware, in UTC."""
    return _set_back.get() or timezone.now()


def today(zone: tzinfo | None = None) -> date:
    """The present date in `zone` (the current time zone by default)."""
    return timezone.localdate(now(), zone)


@contextmanager
def set_to(moment: datetime) -> Iterator[None]:
    """Within the block, `now()` is `moment` (aware)."""
    if timezone.is_naive(moment):
        raise ValueError("The clock needs an aware moment.")
    token = _set_back.set(moment)
    try:
        yield
    finally:
        _set_back.reset(token)
