"""How amounts of use and months are written."""

from datetime import date
from decimal import Decimal

from django.utils.dates import MONTHS, MONTHS_3
from django.utils.formats import date_format, get_format

from core.parts.text import NBSP, grouped
from subscriptions.choices import UsageUnit


def figure(value: Decimal | None) -> str:
    """1 234,5: thousandths only where there are some; "" for None."""
    if value is None:
        return ""
    whole, _point, part = f"{value:f}".partition(".")
    part = part.rstrip("0")
    return grouped(int(whole)) + (f"{get_format('DECIMAL_SEPARATOR')}{part}" if part else "")


def rounded(value: Decimal | None) -> str:
    """For tables and charts: three digits that tell, no more."""
    if value is None:
        return ""
    places = 0 if value >= 100 else 1 if value >= 10 else 2 if value >= 1 else 3
    return figure(round(value, places))


def amount(value: Decimal | None, unit: str) -> str:
    """1 234 kWh; "" for None."""
    return "" if value is None else f"{rounded(value)}{NBSP}{sign(unit)}"


def sign(unit: str) -> str:
    return str(UsageUnit(unit).label) if unit in UsageUnit.values else unit


def month_name(month: date) -> str:
    """November"""
    return str(MONTHS[month.month]).capitalize()


def short_month(month: date) -> str:
    return str(MONTHS_3[month.month])


def month_of_year(month: date) -> str:
    """November 2026"""
    return date_format(month, "YEAR_MONTH_FORMAT")
