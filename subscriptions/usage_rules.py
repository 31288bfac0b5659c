"""The arithmetic of metered use: nothing here reads or writes a database.

**Months.** A period's amount is the same on each of its days; a month gets the share of its days.
The shares are differences of rounded running sums, so that they add up to the amount exactly.
**Readings.** A reading says what a register showed as its day began: two readings give the use from
the day of the first up to the day before the second.
**The usual** is the median of the last twelve: of amounts a day between readings, or of months.
"""

import itertools
from calendar import monthrange
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from enum import Enum
from statistics import median

from core.months import months_on
from subscriptions.choices import Tariff, UsageUnit, UsageZone

THOUSANDTH = Decimal("0.001")
USUAL_OF = 12
# Fewer periods than these say nothing of what is usual.
USUAL_FROM = 3
# So many times the usual is a jump that is asked about.
JUMP = 4
# A counter that passed its last figure did so by little: no more than this part of its range.
ROLLOVER_PART = Decimal("0.2")
# A forecast from fewer days than these says more about the days than about the month.
FORECAST_FROM = 5

ZONES: dict[str, tuple[UsageZone, ...]] = {
    Tariff.SINGLE: (UsageZone.ALL,),
    Tariff.DAY_NIGHT: (UsageZone.DAY, UsageZone.NIGHT),
    Tariff.PEAK: (UsageZone.PEAK, UsageZone.HALF_PEAK, UsageZone.NIGHT),
}
# What is measured of a category, the usual unit first; others may be measured in anything.
UNITS: dict[str, tuple[UsageUnit, ...]] = {
    "internet": (UsageUnit.GB,),
    "electricity": (UsageUnit.KWH,),
    "gas": (UsageUnit.M3,),
    "water": (UsageUnit.M3,),
    "heating": (UsageUnit.GCAL, UsageUnit.KWH),
}
# Of these, nothing is.
UNMEASURED = frozenset({"tv", "intercom", "cctv"})
# What a meter hangs for: the others are counted by the provider's own equipment.
METERED_UNITS = frozenset({UsageUnit.KWH, UsageUnit.M3, UsageUnit.GCAL})


def units_of(category_code: str) -> tuple[UsageUnit, ...]:
    """The units of a category, the usual one first; () where nothing is measured."""
    if category_code in UNMEASURED:
        return ()
    return UNITS.get(category_code, tuple(UsageUnit))


def metered_units_of(category_code: str) -> tuple[UsageUnit, ...]:
    """Those of them that a meter at the place may count."""
    return tuple(unit for unit in units_of(category_code) if unit in METERED_UNITS)


def included_in(attributes: dict[str, object], unit: str) -> Decimal | None:
    """What a plan includes a month: its attribute "included_<unit>"; None where it says nothing."""
    value = attributes.get(f"included_{unit.lower()}")
    return Decimal(str(value)) if isinstance(value, int | float) and value > 0 else None


# --- months -----------------------------------------------------------------------------------
def days_in(month: date) -> int:
    return monthrange(month.year, month.month)[1]


def month_of_day(day: date) -> date:
    return day.replace(day=1)


def months_between(first: date, last: date) -> Iterator[date]:
    """First days of the months from that of `first` to that of `last`."""
    month = month_of_day(first)
    while month <= last:
        yield month
        month = months_on(month, 1)


@dataclass(frozen=True, slots=True)
class Share:
    """The part of a period that lies in a month."""

    month: date
    amount: Decimal
    days: int


def shares(starts_on: date, ends_on: date, amount: Decimal) -> list[Share]:
    """`amount` of a period (both days included) by months; the shares add up to it exactly."""
    total = (ends_on - starts_on).days + 1
    found, told, known = [], Decimal(0), 0
    for month in months_between(starts_on, ends_on):
        last = min(ends_on, month + timedelta(days=days_in(month) - 1))
        passed = (last - starts_on).days + 1
        running = (amount * passed / total).quantize(THOUSANDTH, ROUND_HALF_UP)
        found.append(Share(month, running - told, passed - known))
        told, known = running, passed
    return found


# --- readings ---------------------------------------------------------------------------------
def used(before: Decimal, after: Decimal, rollovers: int, digits: int) -> Decimal:
    """What a register counted between two figures, before the coefficient."""
    return after - before + rollovers * Decimal(10) ** digits


@dataclass(frozen=True, slots=True)
class Period:
    starts_on: date
    ends_on: date
    amount: Decimal


def periods(
    chain: Sequence[tuple[date, Decimal, int]], *, digits: int, coefficient: Decimal
) -> list[Period]:
    """The use between neighbours of a chain of (day, figure, rollovers), oldest first.

    A figure below the one before it, without a rollover, tells nothing: such a period is left out,
    and the chain goes on from the lower figure. Amounts are differences of rounded running sums.
    """
    found, exact, told = [], Decimal(0), Decimal(0)
    for (day, value, _times), (next_day, next_value, times) in itertools.pairwise(chain):
        amount = used(value, next_value, times, digits) * coefficient
        if amount >= 0:
            exact += amount
            running = exact.quantize(THOUSANDTH, ROUND_HALF_UP)
            found.append(Period(day, next_day - timedelta(days=1), running - told))
            told = running
    return found


def usual(amounts: Iterable[Decimal]) -> Decimal | None:
    """The median of the last twelve of `amounts`, oldest first; None for fewer than three."""
    last = list(amounts)[-USUAL_OF:]
    return median(last) if len(last) >= USUAL_FROM else None


class Doubt(Enum):
    """Why a figure is asked about."""

    LOWER = "lower"
    JUMP = "jump"


@dataclass(frozen=True, slots=True)
class Judgement:
    """`rollovers` by which the figure makes sense, and what is doubtful about it."""

    rollovers: int = 0
    doubt: Doubt | None = None
    # A counter that began anew is asked about, and is no doubt once it is confirmed.
    asks: bool = False


def judge(
    chain: Sequence[tuple[date, Decimal, int]], day: date, value: Decimal, *, digits: int
) -> Judgement:
    """What to think of `value` on `day` after a chain of (day, figure, rollovers), oldest first.

    The usual is by the day, so that a reading after a long silence is no jump. Nothing at all used
    is plausible: people travel.
    """
    if not chain:
        return Judgement()
    last_day, last, _times = chain[-1]
    days = max((day - last_day).days, 1)
    ordinary = usual(
        period.amount / ((period.ends_on - period.starts_on).days + 1)
        for period in periods(chain, digits=digits, coefficient=Decimal(1))
    )
    if value >= last:
        jumps = _jumps(value - last, days, ordinary)
        return Judgement(doubt=Doubt.JUMP if jumps else None, asks=jumps)
    anew = used(last, value, 1, digits)
    if anew > ROLLOVER_PART * Decimal(10) ** digits or _jumps(anew, days, ordinary):
        return Judgement(doubt=Doubt.LOWER, asks=True)
    return Judgement(rollovers=1, asks=True)


def _jumps(amount: Decimal, days: int, ordinary: Decimal | None) -> bool:
    """More than JUMP times the usual; of a place that uses next to nothing, a unit a day more."""
    if ordinary is None:
        return False
    return amount > max(ordinary * JUMP * days, Decimal(days))


# --- forecasts --------------------------------------------------------------------------------
def forecast(amount: Decimal, days: int, month: date) -> Decimal | None:
    """What a month comes to at the rate of the days known; None when too few are."""
    if days < FORECAST_FROM:
        return None
    return (amount * days_in(month) / days).quantize(THOUSANDTH, ROUND_HALF_UP)


def rises(amount: Decimal, before: Iterable[Decimal], percent: int) -> bool:
    """Whether a month is more than `percent` above the usual of the months `before`."""
    ordinary = usual(before)
    return ordinary is not None and amount > ordinary * (100 + percent) / 100
