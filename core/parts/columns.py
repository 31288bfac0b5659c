"""A chart of columns side by side, drawn as SVG by the server; its figures stand in a table."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_CEILING, Decimal

from core.parts.charts import Number
from core.parts.lists import Text

# The drawing's own units: it is stretched over whatever width there is.
WIDTH, HEIGHT = 1200, 200
GRID_LINES = 4
# Colours of the series, the main one last: it stands on the right of its group.
SERIES_AT_MOST = 3


@dataclass(frozen=True, slots=True)
class Series:
    """One colour of the chart; a value is None where nothing is known."""

    name: Text
    values: Sequence[Number | None]
    # How each value is written, for the tooltip.
    shown: Sequence[str] = ()
    # Values that are not whole yet are drawn paler.
    partial: Sequence[bool] = ()


@dataclass(frozen=True, slots=True)
class Rect:
    x: str
    y: str
    width: str
    height: str
    tone: int
    title: str
    is_partial: bool


@dataclass(frozen=True, slots=True)
class ColumnChart:
    """What the template draws. `top`: what the uppermost line stands for."""

    labels: Sequence[Text]
    names: Sequence[tuple[int, Text]]
    rects: Sequence[Rect]
    lines: Sequence[str]
    top: Decimal
    # Where a limit is drawn; "" for none.
    limit: str = ""


def column_chart(
    labels: Sequence[Text], series: Sequence[Series], limit: Number | None = None
) -> ColumnChart:
    """The geometry of groups of columns, one group for each label, one column for each series."""
    if len(series) > SERIES_AT_MOST:
        raise ValueError(f"A chart of columns has {SERIES_AT_MOST} series at most.")
    values = [Decimal(str(value)) for one in series for value in one.values if value is not None]
    if limit is not None:
        values.append(Decimal(str(limit)))
    top = nice_top(max(values, default=Decimal(0)))
    group = WIDTH / max(len(labels), 1)
    each = group * 0.76 / max(len(series), 1)
    rects = []
    for place, one in enumerate(series):
        tone = SERIES_AT_MOST - len(series) + place
        for index, value in enumerate(one.values):
            if not value:
                continue
            height = float(value) / float(top) * HEIGHT
            name = f"{labels[index]}, {one.name}"
            rects.append(
                Rect(
                    f"{index * group + group * 0.12 + place * each:.1f}",
                    f"{HEIGHT - height:.1f}",
                    f"{each * 0.94:.1f}",
                    f"{height:.1f}",
                    tone,
                    f"{name}: {one.shown[index] if one.shown else value}",
                    bool(one.partial and one.partial[index]),
                )
            )
    names = [(SERIES_AT_MOST - len(series) + place, one.name) for place, one in enumerate(series)]
    lines = [f"{HEIGHT * step / GRID_LINES:.1f}" for step in range(GRID_LINES)]
    at = "" if limit is None else f"{HEIGHT - float(limit) / float(top) * HEIGHT:.1f}"
    return ColumnChart(labels, names, rects, lines, top, at)


def nice_top(most: Decimal) -> Decimal:
    """The least of 1, 2, 2.5, 4, 5 and 10 times a power of ten that is not below `most`."""
    if most <= 0:
        return Decimal(1)
    power = Decimal(10) ** most.adjusted()
    for step in ("1", "2", "2.5", "4", "5", "10"):
        if most <= Decimal(step) * power:
            return Decimal(step) * power
    return most.to_integral_value(ROUND_CEILING)
