"""The use of one subscription: this year against the last, meters and readings."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET

from core.access import MEMBERS, access
from core.errors import DomainError
from core.http import Request
from core.parts.charts import change_in_percent
from core.parts.columns import ColumnChart, Series, column_chart
from core.parts.lists import Column, Columns
from subscriptions.choices import LimitKind, ReadingState, UsageSource, UsageZone
from subscriptions.models import Subscription, UsageMonth
from subscriptions.selectors.usage.subscription import (
    History,
    LimitLine,
    MonthOf,
    alerts_of,
    history_of,
    knows_limits,
    limit_lines,
    meters_of,
    reading_rows,
)
from subscriptions.usage_limit_text import alert_in_words, limit_in_words
from subscriptions.usage_rights import is_provider_of, may_decide, may_keep_limits, may_record
from subscriptions.usage_rules import days_in, metered_units_of, units_of
from subscriptions.usage_text import amount, figure, month_name, rounded, short_month, sign
from subscriptions.views.usage.access import crumbs_to, named, usage_of

MONTHS = Columns(
    Column("month", gettext_lazy("Month")),
    Column("now", gettext_lazy("This year"), numeric=True),
    Column("before", gettext_lazy("A year before"), numeric=True),
    Column("change", gettext_lazy("Difference"), numeric=True),
)
READINGS = Columns(
    Column("day", gettext_lazy("Day")),
    Column("meter", gettext_lazy("Meter")),
    Column("value", gettext_lazy("Figure"), numeric=True),
    Column("state", gettext_lazy("State")),
    Column("source", gettext_lazy("Entered")),
    Column("actions", gettext_lazy("Actions"), hidden=True),
)
YEARS_CHARTED = 5


@access(MEMBERS)
@require_GET
def subscription_usage(request: Request, number: str) -> HttpResponse:
    actor = request.actor
    found = usage_of(request, number)
    history = history_of(found, request.GET.get("unit", ""))
    year = _year(request.GET.get("year", ""), history)
    page = reading_rows(found, request.GET.get("after", ""))
    meters = list(meters_of(found))
    lines = limit_lines(found) if knows_limits(actor, found) else []
    units = units_of(found.category.code)
    chart, years = _chart(history, year, lines), _years(history)
    context = named(found) | {
        "history": history,
        "unit_sign": sign(history.unit),
        "unit_links": [(unit, sign(unit)) for unit in history.units],
        "year": year,
        "tiles": _tiles(history),
        "chart": chart,
        "chart_top": rounded(chart.top) if chart else "",
        "years": years,
        "years_top": rounded(years.top) if years else "",
        "year_lines": [(one, rounded(total)) for one, total in history.by_year().items()],
        "months": [_line(month) for month in history.months_of(year)],
        "month_columns": MONTHS,
        "columns": READINGS,
        "page": page,
        "readings": [_reading(actor, found, row) for row in page.rows],
        "meters": meters,
        "live_meters": [meter for meter in meters if meter.removed_on is None],
        "alerts": [alert_in_words(alert) for alert in alerts_of(found)] if lines else [],
        "limits": [(line, *limit_in_words(line)) for line in lines],
        "may_record": may_record(actor, found) and bool(units),
        "may_add_meter": may_record(actor, found) and bool(metered_units_of(found.category.code)),
        "may_limit": may_keep_limits(actor) and bool(units),
        "is_measured": bool(units),
        "crumbs": crumbs_to(found),
    }
    return render(request, "subscriptions/usage/subscription.html", context)


def _year(text: str, history: History) -> int:
    if not text:
        return history.today.year
    if not (text.isascii() and text.isdecimal() and len(text) == 4):
        raise DomainError(_("There is no such year."), field="year")
    return int(text)


@dataclass(frozen=True, slots=True)
class Tile:
    label: str
    value: str
    note: str = ""
    now: Decimal | None = None
    before: Decimal | None = None


def _tiles(history: History) -> list[Tile]:
    """This month and what it comes to, the last one, a year."""
    tiles = []
    row, ahead = history.this_month, history.expected
    if row is not None:
        days = _("%(known)s of %(all)s days") % {"known": row.days, "all": days_in(row.month)}
        tiles.append(Tile(month_name(row.month), amount(row.amount, history.unit), days))
        if ahead is not None and ahead[1]:
            tiles.append(
                Tile(_("Month's end at this rate"), amount(ahead[0], history.unit), _("forecast"))
            )
    last = history.last_month
    if last is not None:
        before = history.by_month.get(last.month.replace(year=last.month.year - 1))
        tiles.append(
            Tile(
                month_name(last.month),
                amount(last.amount, history.unit),
                _("against a year before") if before else "",
                last.amount if before else None,
                before.amount if before else None,
            )
        )
    year = history.today.year
    total = history.by_year().get(year)
    if total is not None:
        tiles.append(Tile(str(year), amount(total, history.unit)))
    return tiles


def _chart(history: History, year: int, lines: list[LimitLine]) -> ColumnChart | None:
    months = history.months_of(year)
    if not any(month.now or month.before for month in months):
        return None
    both = [
        Series(str(year - 1), *_drawn([month.before for month in months], history.unit)),
        Series(str(year), *_drawn([month.now for month in months], history.unit)),
    ]
    if not any(both[0].values):
        both = both[1:]
    return column_chart(
        [short_month(month.first) for month in months], both, _limit(lines, history.unit)
    )


def _drawn(
    rows: list[UsageMonth | None], unit: str
) -> tuple[list[Decimal | None], list[str], list[bool]]:
    """Values, how they are written, and which of them are of a part of their month."""
    values = [None if row is None else row.amount for row in rows]
    partial = [row is not None and row.days < days_in(row.month) for row in rows]
    return values, [amount(value, unit) for value in values], partial


def _limit(lines: list[LimitLine], unit: str) -> Decimal | None:
    for line in lines:
        if line.kind == LimitKind.AMOUNT and line.limit is not None and line.limit.unit == unit:
            return line.limit.amount
        if line.included is not None and line.included[0] == unit:
            return line.included[1]
    return None


def _years(history: History) -> ColumnChart | None:
    """The chart of years, where there are several."""
    sums = list(history.by_year().items())[-YEARS_CHARTED:]
    if len(sums) < 2:
        return None
    values = [total for _year, total in sums]
    shown = [amount(total, history.unit) for total in values]
    return column_chart([str(year) for year, _total in sums], [Series(_("In all"), values, shown)])


@dataclass(frozen=True, slots=True)
class MonthLine:
    name: str
    now: str
    before: str
    change: str
    note: str


def _line(month: MonthOf) -> MonthLine:
    now, before = month.now, month.before
    whole = now is not None and now.days >= days_in(month.first)
    percent = change_in_percent(now.amount, before.amount) if now and before and whole else None
    note = ""
    if now is not None and not whole:
        note = _("%(known)s of %(all)s days") % {"known": now.days, "all": days_in(month.first)}
    return MonthLine(
        month_name(month.first),
        rounded(now.amount) if now else "—",
        rounded(before.amount) if before else "—",
        "—" if percent is None else f"{percent:+d} %".replace("-", "−"),
        note,
    )


@dataclass(frozen=True, slots=True)
class ReadingLine:
    row: Any
    value: str
    zone: str
    source: str
    may_correct: bool
    may_decide: bool


def _reading(actor: Any, found: Subscription, row: Any) -> ReadingLine:
    live = row.live_key is not None
    of_provider = row.organization_id == found.provider_id
    writes = may_record(actor, found)
    return ReadingLine(
        row,
        figure(row.value),
        "" if row.zone == UsageZone.ALL else str(UsageZone(row.zone).label),
        str(UsageSource(row.source).label),
        live and writes and (not of_provider or is_provider_of(actor, found)),
        row.state == ReadingState.DOUBTFUL and may_decide(actor, found),
    )
