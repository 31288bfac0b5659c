"""Patterns of slots for tests."""

from datetime import date, time, timedelta
from typing import Any

from core import clock
from subscriptions.models import SlotPattern
from subscriptions.models.visits import ALL_DAYS


def pattern_of(provider: Any, **fields: Any) -> SlotPattern:
    """Every day from 9 to 18 in slots of three hours, whatever the calendar; for everything."""
    now = clock.now()
    return SlotPattern.objects.create(
        **{
            "provider": provider,
            "weekdays": ALL_DAYS,
            "starts": time(9),
            "ends": time(18),
            "minutes": 180,
            "capacity": 2,
            "notice_hours": 12,
            "follows_calendar": False,
            "valid_from": date(2020, 1, 1),
            "created_at": now,
            "updated_at": now,
        }
        | fields
    )


def days_of(pattern: SlotPattern, count: int = 4) -> list[date]:
    """From the day after tomorrow on: far enough for any notice."""
    first = clock.today() + timedelta(days=2)
    return [first + timedelta(days=number) for number in range(count)]
