"""What happened in a period: opened, answered, solved, scored; in all, by person, by category.

First answers are those of tickets opened in the period, solutions and scores those of tickets
solved in it, as they stand now: a ticket that was opened anew is not solved. Times are working
seconds of the desk (`Ticket.first_answer_seconds`, `solution_seconds`).

The database groups by rounded times, so that few rows are read; percentiles are the nearest ranks
of these, the same on every database.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields
from datetime import UTC, date
from typing import Any

from django.contrib.auth import get_user_model
from django.db.models import Case, Count, F, IntegerField, Q, QuerySet, When
from django.db.models.functions import TruncHour
from django.utils import timezone
from django.utils.translation import gettext as _

from core.actor import Actor
from support.figures_period import Period
from support.models import TicketCategory
from support.selectors.figures.rows import counted

MEDIAN, MOST = 50, 90
SCORES = (5, 4, 3, 2, 1)
# Times below so many seconds are rounded down to so many: to the minute, to five, to half an hour;
# beyond to five hours.
STEPS = ((2 * 3600, 60), (10 * 3600, 300), (100 * 3600, 1800))
LAST_STEP = 5 * 3600


@dataclass(frozen=True, slots=True)
class Quantiles:
    """Working seconds; None where nothing was measured."""

    median: int | None = None
    most: int | None = None


@dataclass(slots=True)
class Group:
    """Figures of a period: of all tickets, of a person, or of a category."""

    key: int | None = None
    name: str = ""
    opened: int = 0
    solved: int = 0
    reopened: int = 0
    first_promised: int = 0
    first_kept: int = 0
    solution_promised: int = 0
    solution_kept: int = 0
    # How many took each (rounded) time, and how many gave each score.
    first_times: dict[int, int] = field(default_factory=dict)
    solution_times: dict[int, int] = field(default_factory=dict)
    scores: dict[int, int] = field(default_factory=dict)

    def add(
        self, times: str, time: int | None, count: int, counted_as: str, more: dict[str, int]
    ) -> None:
        """Takes in `count` tickets that took `time`, with `more` counts of them."""
        setattr(self, counted_as, getattr(self, counted_as) + count)
        if time is not None:
            known: dict[int, int] = getattr(self, times)
            known[time] = known.get(time, 0) + count
        for name, value in more.items():
            if not name.startswith("score_"):
                setattr(self, name, getattr(self, name) + value)
            elif value:
                score = int(name.removeprefix("score_"))
                self.scores[score] = self.scores.get(score, 0) + value

    @property
    def first(self) -> Quantiles:
        return Quantiles(_rank(self.first_times, MEDIAN), _rank(self.first_times, MOST))

    @property
    def solution(self) -> Quantiles:
        return Quantiles(_rank(self.solution_times, MEDIAN), _rank(self.solution_times, MOST))

    @property
    def scored(self) -> int:
        return sum(self.scores.values())

    @property
    def mean_score(self) -> float | None:
        total = sum(value * count for value, count in self.scores.items())
        return total / self.scored if self.scored else None

    @property
    def first_share(self) -> int | None:
        """Per cent of first answers within the promise; None where nothing was promised."""
        return _percent(self.first_kept, self.first_promised)

    @property
    def solution_share(self) -> int | None:
        return _percent(self.solution_kept, self.solution_promised)

    @property
    def reopened_share(self) -> int | None:
        """Per cent of what was solved that had been opened anew before."""
        return _percent(self.reopened, self.solved)


@dataclass(frozen=True, slots=True)
class PeriodFigures:
    """`days`: for each day of the period how many were opened and how many solved."""

    whole: Group
    before: Group
    days: dict[date, tuple[int, int]]
    agents: list[Group]
    categories: list[Group]


def period_figures(actor: Actor, period: Period) -> PeriodFigures:
    """All of it, in a fixed number of queries, each bounded by an index of the period's moments."""
    present = _Counted(actor, period)
    agents = list(present.by("assignee_id").values())
    categories = list(present.by("category_id").values())
    _name(agents, get_user_model(), _("Nobody"))
    _name(categories, TicketCategory, _("Without a category"))
    return PeriodFigures(
        whole=_sum(agents),
        before=_Counted(actor, period.before).whole(),
        days=present.days(),
        agents=sorted(agents, key=lambda row: (-row.solved, row.name)),
        categories=sorted(categories, key=lambda row: (-row.opened, row.name)),
    )


def _sum(groups: Iterable[Group]) -> Group:
    """All of the groups together."""
    whole = Group()
    for group in groups:
        for name, value in _counts(group):
            own = getattr(whole, name)
            if isinstance(value, dict):
                for key, count in value.items():
                    own[key] = own.get(key, 0) + count
            else:
                setattr(whole, name, own + value)
    return whole


def _counts(group: Group) -> list[tuple[str, Any]]:
    return [
        (one.name, getattr(group, one.name))
        for one in fields(Group)
        if one.name not in {"key", "name"}
    ]


class _Counted:
    """The tickets of one period."""

    def __init__(self, actor: Actor, period: Period) -> None:
        self.period = period
        rows = counted(actor)
        self.opened = rows.filter(created_at__gte=period.begins, created_at__lt=period.ends)
        self.solved = rows.filter(solved_at__gte=period.begins, solved_at__lt=period.ends)

    def whole(self) -> Group:
        return self._groups(None).get(None) or Group()

    def by(self, column: str) -> dict[int | None, Group]:
        return self._groups(column)

    def days(self) -> dict[date, tuple[int, int]]:
        """By hours of UTC, which every database knows, put together to days of the reader."""
        found: dict[date, list[int]] = {day: [0, 0] for day in self.period.each_day()}
        for place, rows, column in ((0, self.opened, "created_at"), (1, self.solved, "solved_at")):
            hours = rows.annotate(hour=TruncHour(column, tzinfo=UTC)).values_list("hour")
            for hour, count in hours.annotate(count=Count("*")):
                found[timezone.localdate(hour)][place] += count
        return {day: (opened, solved) for day, (opened, solved) in found.items()}

    def _groups(self, column: str | None) -> dict[int | None, Group]:
        """In two queries: counts and times of what was opened, and of what was solved."""
        opened = _by_time(self.opened, "first_answer_seconds", column).annotate(
            opened=Count("*"),
            first_promised=Count("first_kept"),
            first_kept=Count("created_at", filter=Q(first_kept=True)),
        )
        solved = _by_time(self.solved, "solution_seconds", column).annotate(
            solved=Count("*"),
            reopened=Count("solved_at", filter=Q(reopened__gt=0)),
            solution_promised=Count("solution_kept"),
            solution_kept=Count("solved_at", filter=Q(solution_kept=True)),
            **{f"score_{value}": Count("solved_at", filter=Q(score=value)) for value in SCORES},
        )
        groups: dict[int | None, Group] = defaultdict(Group)
        for rows, times, counted_as in (
            (opened, "first_times", "opened"),
            (solved, "solution_times", "solved"),
        ):
            for row in rows:
                key = row.pop(column) if column else None
                groups[key].add(times, row.pop("time"), row.pop(counted_as), counted_as, row)
        for key, group in groups.items():
            group.key = key
        return dict(groups)


def _by_time(rows: QuerySet, seconds: str, column: str | None) -> QuerySet:
    """Rows grouped by `column` and by the rounded time, NULL where none was measured."""
    time = Case(
        *(When(**{f"{seconds}__lt": below}, then=F(seconds) - F(seconds) % step)
          for below, step in STEPS),
        default=F(seconds) - F(seconds) % LAST_STEP,
        output_field=IntegerField(),
    )  # fmt: skip
    return rows.annotate(time=time).values("time", *([column] if column else []))


def rounded(seconds: int) -> int:
    """A time as it is counted: rounded down, the more the longer it is."""
    step = next((step for below, step in STEPS if seconds < below), LAST_STEP)
    return seconds - seconds % step


def _rank(times: Mapping[int, int], percent: int) -> int | None:
    """The nearest rank: the least time that so many per cent do not exceed."""
    wanted = sum(times.values()) * percent
    passed = 0
    for time in sorted(times):
        passed += times[time] * 100
        if passed >= wanted:
            return time
    return None


def _name(groups: Iterable[Group], model: Any, nobody: str) -> None:
    known = model.objects.in_bulk([group.key for group in groups if group.key is not None])
    for group in groups:
        group.name = str(known[group.key]) if group.key in known else nobody


def _percent(part: int, whole: int) -> int | None:
    return round(part * 100 / whole) if whole else None
