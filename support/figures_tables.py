"""The tables of the desk's figures: on the page, and as files to take away."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.errors import DomainError
from core.parts.lists import Column, Columns, Text
from subscriptions.selectors.deadline_lines import hours_in_words
from support.choices import TicketState
from support.selectors.figures import Group, OpenNow, PeriodFigures

NOTHING = "—"


def time_in_words(seconds: int | None) -> str:
    """Working time as "6 h 30 min"."""
    return NOTHING if seconds is None else hours_in_words(round(seconds / 60))


def percent(share: int | None) -> str:
    return NOTHING if share is None else f"{share} %"


def mean(value: float | None) -> str:
    return NOTHING if value is None else str(number_format(value, 1))


@dataclass(frozen=True, slots=True)
class Measure:
    """A column of the tables by person and by category.

    `shown` writes its value on the page, `plain` in a file: times are minutes there. `beneath` is
    the measure in whose cell it stands on the page; "" for a column of its own.
    """

    label: Text
    value: Callable[[Group], Any]
    shown: Callable[[Any], str] = str
    beneath: str = ""

    def plain(self, group: Group) -> str:
        value = self.value(group)
        if value is None:
            return ""
        if self.shown is time_in_words:
            return str(round(value / 60))
        return f"{value:.2f}" if isinstance(value, float) else str(value)


MEASURES: dict[str, Measure] = {
    "opened": Measure(gettext_lazy("Opened"), lambda row: row.opened),
    "solved": Measure(gettext_lazy("Solved"), lambda row: row.solved),
    "first": Measure(gettext_lazy("First answer"), lambda row: row.first.median, time_in_words),
    "first_most": Measure(
        gettext_lazy("First answer, 90 %"), lambda row: row.first.most, time_in_words, "first"
    ),
    "first_share": Measure(gettext_lazy("Answered in time"), lambda row: row.first_share, percent),
    "solution": Measure(gettext_lazy("Solution"), lambda row: row.solution.median, time_in_words),
    "solution_most": Measure(
        gettext_lazy("Solution, 90 %"),
        lambda row: row.solution.most,
        time_in_words,
        "solution",
    ),
    "solution_share": Measure(
        gettext_lazy("Solved in time"), lambda row: row.solution_share, percent
    ),
    "reopened": Measure(gettext_lazy("Reopened"), lambda row: row.reopened_share, percent),
    "score": Measure(gettext_lazy("Score"), lambda row: row.mean_score, mean),
}
AGENTS, CATEGORIES = "agent", "category"
_LEADS = {AGENTS: gettext_lazy("Who of support"), CATEGORIES: gettext_lazy("Category")}
# The table beneath the charts, and what waits in queues.
DAYS, QUEUES = "days", "queues"
TABLES = (DAYS, AGENTS, CATEGORIES, QUEUES)
# Figures that are better when they are small begin with the smallest.
_SMALL_FIRST = {"first", "first_most", "solution", "solution_most", "reopened"}


def columns_of(table: str) -> Columns:
    """`?sort=agent_solved`: one parameter orders either table."""
    measures = (
        Column(
            name,
            measure.label,
            sort=f"{'' if name in _SMALL_FIRST else '-'}{table}_{name}",
            numeric=True,
        )
        for name, measure in MEASURES.items()
        if not measure.beneath
    )
    return Columns(Column("name", _LEADS[table], sort=f"{table}_name"), *measures)


def ordered(groups: Sequence[Group], table: str, sort: str) -> list[Group]:
    """By the column that `sort` names; as they are where it is the other table's.

    What is not known stands last in both directions.
    """
    name = sort.removeprefix("-").removeprefix(f"{table}_")
    if not sort.removeprefix("-").startswith(f"{table}_"):
        return list(groups)
    if name == "name":
        return sorted(groups, key=lambda row: row.name, reverse=sort.startswith("-"))
    value = MEASURES[name].value
    sign = -1 if sort.startswith("-") else 1
    known = [row for row in groups if value(row) is not None]
    unknown = [row for row in groups if value(row) is None]
    return sorted(known, key=lambda row: sign * value(row)) + unknown


def check_sort(sort: str) -> None:
    """Raises DomainError for an order that no table has."""
    known = {f"{table}_{name}" for table in _LEADS for name in (*MEASURES, "name")}
    if sort and sort.removeprefix("-") not in known:
        raise DomainError(_("This list cannot be ordered by “%(sort)s”.") % {"sort": sort[:40]})


@dataclass(frozen=True, slots=True)
class Cell:
    label: Text
    shown: str
    note: str = ""


def lines(groups: Sequence[Group]) -> list[dict[str, Any]]:
    """Rows of a page's table: a name, and what each column shows."""
    beneath = {measure.beneath: measure for measure in MEASURES.values() if measure.beneath}
    return [
        {
            "name": row.name,
            "cells": [
                Cell(
                    measure.label, measure.shown(measure.value(row)), _note(beneath.get(name), row)
                )
                for name, measure in MEASURES.items()
                if not measure.beneath
            ],
        }
        for row in groups
    ]


def _note(measure: Measure | None, row: Group) -> str:
    """The time that nine of ten do not exceed."""
    if measure is None or measure.value(row) is None:
        return ""
    return nine_of_ten(measure.value(row))


def nine_of_ten(seconds: int | None) -> str:
    return _("9 of 10: %(time)s") % {"time": time_in_words(seconds)}


# --- files ------------------------------------------------------------------------------------
def file_of(table: str, figures: PeriodFigures, now: OpenNow) -> tuple[list[str], list[list[str]]]:
    """The heading and the rows of a file."""
    if table == DAYS:
        header = [_("Day"), _("Opened"), _("Solved")]
        return header, [
            [day.isoformat(), str(opened), str(solved)]
            for day, (opened, solved) in figures.days.items()
        ]
    if table == QUEUES:
        return _queues(now)
    groups = figures.agents if table == AGENTS else figures.categories
    header = [str(_LEADS[table]), *map(_file_label, MEASURES.values())]
    return header, [
        [row.name, *(measure.plain(row) for measure in MEASURES.values())] for row in groups
    ]


def _file_label(measure: Measure) -> str:
    if measure.shown is time_in_words:
        return _("%(name)s, working minutes") % {"name": measure.label}
    return f"{measure.label}, %" if measure.shown is percent else str(measure.label)


def _queues(now: OpenNow) -> tuple[list[str], list[list[str]]]:
    states = [state for state in TicketState if any(state in row.states for row in now.queues)]
    header = [
        _("Queue"),
        *(str(state.label) for state in states),
        _("In all"),
        _("Overdue"),
        _("Nobody's"),
    ]
    return header, [
        [
            row.queue,
            *(str(row.states.get(state, 0)) for state in states),
            str(row.total),
            str(row.overdue),
            str(row.unassigned),
        ]
        for row in now.queues
    ]
