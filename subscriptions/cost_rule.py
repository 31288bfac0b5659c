"""What a service costs in a month: by the days of it that each price was in force.

A price that is in force on `days` of the `length` days of a month costs price × days / length, to
the kopeck, half a kopeck up; a service costs in a month what its prices cost in it, added up. A
whole month costs exactly the price (docs/spend.md).
"""

from calendar import monthrange
from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from typing import NamedTuple

FAR = date(9999, 12, 31)


class Priced(NamedTuple):
    """A price of a service and its first and last day; FAR where it is open."""

    kopecks: int
    starts_on: date
    ends_on: date


def cost_in_month(prices: Iterable[Priced], first: date) -> int:
    """What `prices` of one service come to in the month that begins on `first`, in kopecks."""
    length = monthrange(first.year, first.month)[1]
    last = first.replace(day=length)
    total = 0
    for price in prices:
        days = (min(price.ends_on, last) - max(price.starts_on, first)).days + 1
        if days >= length:
            total += price.kopecks
        elif days > 0:
            # Half up without fractions: (2 × price × days + length) // (2 × length).
            total += (2 * price.kopecks * days + length) // (2 * length)
    return total


def is_in_force(prices: Iterable[Priced], first: date) -> bool:
    """Whether any of `prices` has a day in the month that begins on `first`."""
    last = first.replace(day=monthrange(first.year, first.month)[1])
    return any(price.starts_on <= last and price.ends_on >= first for price in prices)


def cut(prices: Sequence[Priced], last: date) -> list[Priced]:
    """`prices` of a service whose last day is `last`."""
    return [
        price._replace(ends_on=min(price.ends_on, last))
        for price in prices
        if price.starts_on <= last
    ]


def followed(prices: Sequence[Priced], kopecks: int, starts_on: date) -> list[Priced]:
    """`prices` with another from a day on, in place of whatever was to be in force by then."""
    before = cut(prices, starts_on - timedelta(days=1))
    return [*before, Priced(kopecks, starts_on, FAR)]
