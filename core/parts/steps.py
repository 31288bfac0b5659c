"""A figure that stays until it changes, drawn as steps: prices, tariffs."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from core.parts.charts import Number

WIDTH, HEIGHT = 600, 100


@dataclass(frozen=True, slots=True)
class StepPoint:
    """The figure from a day on; `is_ahead`: expected, drawn apart."""

    day: date
    value: Number
    is_ahead: bool = False


@dataclass(frozen=True, slots=True)
class Steps:
    """Points of two lines, what has been and what is expected; "" for one that is empty."""

    past: str
    ahead: str
    width: int = WIDTH
    height: int = HEIGHT


def steps_of(points: Sequence[StepPoint], until: date) -> Steps:
    """Lines over the time from the first point to `until`, the lowest figure at nought."""
    if not points:
        return Steps("", "")
    first, last = points[0].day, max(until, points[-1].day)
    days = (last - first).days or 1
    top = float(max(point.value for point in points)) or 1.0

    def place(day: date, value: Number) -> str:
        x = (day - first).days / days * WIDTH
        # Two units are kept free for the line's own width.
        return f"{x:.1f},{2 + (HEIGHT - 4) * (1 - float(value) / top):.1f}"

    lines: dict[bool, list[str]] = {False: [], True: []}
    for index, point in enumerate(points):
        following = points[index + 1].day if index + 1 < len(points) else last
        line = lines[point.is_ahead]
        if point.is_ahead and index and not line:
            line.append(place(point.day, points[index - 1].value))
        line += [place(point.day, point.value), place(following, point.value)]
    return Steps(" ".join(lines[False]), " ".join(lines[True]))
