"""Small charts drawn as SVG by the server, each bar in a table row with its figure."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.utils.functional import Promise

Number = int | float | Decimal

SPARK_WIDTH, SPARK_HEIGHT = 96, 28


@dataclass(frozen=True, slots=True)
class ChartRow:
    """One bar; `shown` is how its figure is written (money, per cent), by default as it is."""

    label: str | Promise
    value: Number
    shown: str = ""
    url: str = ""


@dataclass(frozen=True, slots=True)
class Bar:
    """A row as it is drawn, in hundredths of the drawing's width."""

    row: ChartRow
    x: str
    width: str
    # What part of the row above got this far, per cent; None for the first row, for plain
    # bars, and where more did than there were.
    kept: int | None = None


def spark_points(values: Sequence[Number]) -> str:
    """The points of a spark line; "" for fewer than two values."""
    if len(values) < 2:
        return ""
    figures = [float(value) for value in values]
    low, high = min(figures), max(figures)
    height = high - low or 1.0
    step = SPARK_WIDTH / (len(values) - 1)
    # Two units are kept free above and below, so that the line's own width is not cut off.
    room = SPARK_HEIGHT - 4
    return " ".join(
        f"{index * step:.1f},{2 + room - (figure - low) / height * room:.1f}"
        for index, figure in enumerate(figures)
    )


def bars(rows: Sequence[ChartRow], *, funnel: bool = False) -> list[Bar]:
    """A bar per row, the largest over the full width; those of a funnel are centred."""
    largest = float(max((row.value for row in rows), default=0)) or 1.0
    drawn: list[Bar] = []
    for index, row in enumerate(rows):
        width = float(row.value) / largest * 100
        above = float(rows[index - 1].value) if funnel and index else 0.0
        # A stage may hold more than the one above: what came into that one before this period.
        kept = round(float(row.value) / above * 100) if 0 < float(row.value) <= above else None
        drawn.append(Bar(row, f"{(100 - width) / 2 if funnel else 0:.1f}", f"{width:.1f}", kept))
    return drawn


def change_in_percent(value: Number, before: Number) -> int | None:
    """How much `value` differs from `before`; None where there was nothing to compare with."""
    if not before:
        return None
    return round((float(value) - float(before)) / abs(float(before)) * 100)
