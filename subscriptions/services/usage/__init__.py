"""Writes of metered use (docs/usage.md)."""

from subscriptions.services.usage.limits import remove_limit, set_limit, set_readings_day
from subscriptions.services.usage.meters import NewMeter, add_meter, remove_meter
from subscriptions.services.usage.readings import (
    NewReading,
    Unconfirmed,
    correct_reading,
    decide_reading,
    enter_reading,
)
from subscriptions.services.usage.records import Recorded, UsageRow, record_usage
from subscriptions.services.usage.rows import RowFault

__all__ = [
    "NewMeter",
    "NewReading",
    "Recorded",
    "RowFault",
    "Unconfirmed",
    "UsageRow",
    "add_meter",
    "correct_reading",
    "decide_reading",
    "enter_reading",
    "record_usage",
    "remove_limit",
    "remove_meter",
    "set_limit",
    "set_readings_day",
]
