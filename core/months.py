"""Months of the calendar."""

from calendar import monthrange
from datetime import date


def months_on(day: date, months: int) -> date:
    """The same day `months` later (or earlier, below zero); the last of the month where it has
    no such day: 31 January and one month is 28 February."""
    index = day.year * 12 + day.month - 1 + months
    year, month = divmod(index, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))
