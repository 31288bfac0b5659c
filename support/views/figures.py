"""What the desk is like: figures of a period and of this moment, for the staff."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from django.core.cache import cache
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from core.access import access, staff
from core.actor import Actor
from core.choices import StaffScope
from core.http import Request
from core.parts.charts import ChartRow
from core.parts.columns import ColumnChart, Series, column_chart
from core.tables import write_csv, write_xlsx
from support.figures_period import CHOICES, Period, read_period
from support.figures_tables import (
    AGENTS,
    CATEGORIES,
    TABLES,
    check_sort,
    columns_of,
    file_of,
    lines,
    mean,
    nine_of_ten,
    ordered,
    percent,
    time_in_words,
)
from support.selectors.figures import (
    OpenNow,
    PeriodFigures,
    comments,
    open_now,
    period_figures,
)
from support.ticket_workflow import works_the_desk

readers = access(staff(StaffScope.SUPPORT, StaffScope.ADMIN, StaffScope.ACCOUNT_MANAGER))
WRITERS = {"csv": write_csv, "xlsx": write_xlsx}
_TYPES = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
# Figures of a period change slowly: who looks again, or beside a colleague, gets these.
KEPT_SECONDS = 60
# More days than that are drawn by weeks.
DAYS_DRAWN = 45
_LABELS_AT_MOST = 12
MONDAY = 0


@readers
@require_GET
def desk_figures(request: Request) -> HttpResponse:
    """`?days=7|30|90` or `?since=&until=`; `?sort=` orders the tables by person and category."""
    period = read_period(request.GET)
    sort = request.GET.get("sort", "")
    check_sort(sort)
    figures = _figures(request.actor, period)
    now = open_now(request.actor)
    chart = _chart(figures)
    context: dict[str, Any] = {
        "period": period,
        "choices": [(days, _choice_url(days), days == period.days) for days in CHOICES],
        "now": now,
        "ages": _ages(now),
        "tiles": _tiles(figures),
        "whole": figures.whole,
        "mean_score": mean(figures.whole.mean_score),
        "days": figures.days,
        "chart": chart,
        "chart_top": f"{chart.top.normalize():f}",
        "score_rows": _scores(figures),
        "comments": comments(request.actor, period),
        "sort": sort,
        "agent_columns": columns_of(AGENTS),
        "agents": lines(ordered(figures.agents, AGENTS, sort)),
        "category_columns": columns_of(CATEGORIES),
        "categories": lines(ordered(figures.categories, CATEGORIES, sort)),
        "files": _files(request),
        "crumbs": [(_("Figures"), "")],
    }
    return render(request, "support/figures/page.html", context)


@readers
@require_GET
def desk_figures_file(request: Request, table: str, ending: str) -> HttpResponse:
    """One of the page's tables, for the same period, to take away."""
    if table not in TABLES or ending not in WRITERS:
        raise Http404
    period = read_period(request.GET)
    header, rows = file_of(table, _figures(request.actor, period), open_now(request.actor))
    name = f"support-{table}-{period.first:%Y-%m-%d}-{period.last:%Y-%m-%d}.{ending}"
    with TemporaryDirectory() as folder:
        path = Path(folder) / name
        WRITERS[ending](path, header, rows)
        content = path.read_bytes()
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return HttpResponse(content, content_type=_TYPES[ending], headers=headers)


def _figures(actor: Actor, period: Period) -> PeriodFigures:
    """Kept for a moment: one copy for all who see every ticket, one for each account manager."""
    whose = "all" if works_the_desk(actor) else f"{actor.user_id}.{actor.organization_id}"
    zone = timezone.get_current_timezone_name()
    key = f"desk.figures.{whose}.{period.first}.{period.last}.{zone}".replace("/", "-")
    found: PeriodFigures | None = cache.get(key)
    if found is None:
        found = period_figures(actor, period)
        cache.set(key, found, KEPT_SECONDS)
    return found


# --- what the page shows ----------------------------------------------------------------------
def _tiles(figures: PeriodFigures) -> list[dict[str, Any]]:
    now, before = figures.whole, figures.before
    return [
        _tile(_("Opened"), now.opened, now.opened, before.opened, spark=0, figures=figures),
        _tile(_("Solved"), now.solved, now.solved, before.solved, spark=1, figures=figures),
        _time(_("First answer"), now.first, before.first),
        _time(_("Solution"), now.solution, before.solution),
        _tile(_("Answered in time"), percent(now.first_share), now.first_share, before.first_share),
        _tile(
            _("Solved in time"),
            percent(now.solution_share),
            now.solution_share,
            before.solution_share,
        ),
        _tile(_("Score"), mean(now.mean_score), now.mean_score, before.mean_score)
        | {"note": _("answers: %(count)s") % {"count": now.scored}},
        _tile(
            _("Reopened"),
            percent(now.reopened_share),
            now.reopened_share,
            before.reopened_share,
        )
        | {"less": True},
    ]


def _tile(
    label: str,
    value: Any,
    now: Any,
    before: Any,
    *,
    spark: int | None = None,
    figures: PeriodFigures | None = None,
) -> dict[str, Any]:
    points = [row[spark] for row in figures.days.values()] if figures and spark is not None else []
    # Lines of more points are a scribble.
    shown = points if len(points) <= DAYS_DRAWN else []
    return {"label": label, "value": value, "now": now, "before": before, "spark": shown}


def _time(label: str, now: Any, before: Any) -> dict[str, Any]:
    """A median, with the time that nine of ten do not exceed beneath."""
    tile = _tile(label, time_in_words(now.median), now.median, before.median)
    return tile | {"less": True, "note": nine_of_ten(now.most) if now.most is not None else ""}


def _ages(now: OpenNow) -> list[ChartRow]:
    labels = (
        _("up to 4 hours"),
        _("4 to 24 hours"),
        _("1 to 3 days"),
        _("3 to 7 days"),
        _("7 to 30 days"),
        _("more than 30 days"),
    )
    return [ChartRow(label, count) for label, count in zip(labels, now.ages, strict=True)]


def _scores(figures: PeriodFigures) -> list[ChartRow]:
    return [ChartRow(f"{value} ★", figures.whole.scores.get(value, 0)) for value in (5, 4, 3, 2, 1)]


def _chart(figures: PeriodFigures) -> ColumnChart:
    columns = _columns(figures.days)
    chart = column_chart(
        [label for label, _opened, _solved in columns],
        [
            Series(_("Opened"), [opened for _label, opened, _solved in columns]),
            Series(_("Solved"), [solved for _label, _opened, solved in columns]),
        ],
    )
    # Under the drawing there is room for a few words; all of them stand in the tooltips.
    every = -(-len(columns) // _LABELS_AT_MOST)
    labels = [label if place % every == 0 else "" for place, label in enumerate(chart.labels)]
    return replace(chart, labels=labels)


def _columns(days: dict[date, tuple[int, int]]) -> Sequence[tuple[str, int, int]]:
    """Days, or weeks by their first days where there are too many days."""
    if len(days) <= DAYS_DRAWN:
        return [(_short(day), opened, solved) for day, (opened, solved) in days.items()]
    weeks: dict[date, list[int]] = {}
    for day, (opened, solved) in days.items():
        week = weeks.setdefault(day - timedelta(days=day.weekday() - MONDAY), [0, 0])
        week[0] += opened
        week[1] += solved
    return [(_short(first), opened, solved) for first, (opened, solved) in weeks.items()]


def _short(day: date) -> str:
    return date_format(day, "d.m")


def _choice_url(days: int) -> str:
    return f"{reverse('desk_figures')}?days={days}"


def _files(request: Request) -> dict[str, list[tuple[str, str]]]:
    """Addresses of each table's files, for the period that is shown."""
    query = request.GET.copy()
    query.pop("sort", None)
    asked = f"?{query.urlencode()}" if query else ""
    return {
        table: [
            (ending.upper(), reverse("desk_figures_file", args=[table, ending]) + asked)
            for ending in WRITERS
        ]
        for table in TABLES
    }
