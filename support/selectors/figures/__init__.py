"""Figures of the desk, worked out from the tickets themselves (docs/support-figures.md)."""

from support.selectors.figures.comments import Comment, comments
from support.selectors.figures.now import AGES, OpenNow, open_now
from support.selectors.figures.period import Group, PeriodFigures, Quantiles, period_figures

__all__ = [
    "AGES",
    "Comment",
    "Group",
    "OpenNow",
    "PeriodFigures",
    "Quantiles",
    "comments",
    "open_now",
    "period_figures",
]
