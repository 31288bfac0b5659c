"""The tiles and panels that several homes share."""

from decimal import Decimal

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from core.parts.charts import ChartRow
from core.parts.text import grouped, money
from core.registry import Column, Panel, Tile
from pages.homes.attention import Attention
from pages.homes.figures import Figures
from pages.homes.requests import capped
from subscriptions.figures import (
    COMMISSION,
    DEADLINES_MISSED,
    IN_WORK,
    REQUESTS_APPROVED,
    REQUESTS_CHECKED,
    REQUESTS_CONNECTED,
    REQUESTS_SUBMITTED,
)


def list_url(**query: str) -> str:
    """The list of requests with filters."""
    parameters = "&".join(f"{name}={value}" for name, value in query.items())
    return f"{reverse('request_list')}?{parameters}"


def attention_tile(attention: Attention) -> Tile:
    return Tile(
        _("Needs attention"),
        capped(attention.waiting),
        url=list_url(group="attention"),
        tone="wait" if attention.waiting else "",
    )


def overdue_tile(shown: str, figures: Figures, url: str, *, is_late: bool) -> Tile:
    """What is late now, and how many deadlines were missed of late, day by day."""
    missed = int(figures.month(DEADLINES_MISSED)[0])
    return Tile(
        _("Overdue"),
        shown,
        url=url,
        tone="bad" if is_late else "",
        spark=figures.by_day(DEADLINES_MISSED) if missed else (),
        note=_("missed this month: %(count)s") % {"count": grouped(missed)} if missed else "",
    )


def risk_tile(count: int) -> Tile:
    return Tile(
        _("At risk today"),
        capped(count),
        url=list_url(due="risk"),
        tone="wait" if count else "",
        note=_("warned of, not late yet") if count else "",
    )


def in_work_tile(figures: Figures) -> Tile:
    return Tile(
        _("In work"),
        grouped(figures.total(IN_WORK)),
        url=list_url(group="open"),
        spark=figures.spark(IN_WORK),
        note=_("over 30 days"),
    )


def connected_tile(figures: Figures) -> Tile:
    now, before = figures.month(REQUESTS_CONNECTED)
    return Tile(
        _("Connected this month"),
        grouped(int(now)),
        url=list_url(state="CONNECTED"),
        now=now,
        before=before,
        note=_against(before, grouped(int(before))),
    )


def commission_tile(figures: Figures) -> Tile:
    now, before = figures.month(COMMISSION)
    return Tile(
        _("Commission this month"),
        money(now),
        url=reverse("commission_list"),
        now=now,
        before=before,
        note=_against(before, money(before)),
    )


def _against(before: Decimal, shown: str) -> str:
    """What the change is measured against: the same days of last month."""
    if not before:
        return _("nothing by this day last month")
    return _("against %(before)s by this day last month") % {"before": shown}


def attention_panel(attention: Attention) -> Panel:
    return Panel(
        "attention",
        _("Needs your attention"),
        "pages/panels/attention.html",
        {"rows": attention.rows},
        url=list_url(group="attention") if attention.waiting else "",
        column=Column.WIDE,
    )


def funnel_panel(figures: Figures) -> Panel:
    """How far this month's requests have come: each figure counts what happened this month."""
    stages = [
        (pgettext("requests", "Filed"), REQUESTS_SUBMITTED),
        (pgettext("requests", "Taken up"), REQUESTS_CHECKED),
        (pgettext("requests", "Approved"), REQUESTS_APPROVED),
        (pgettext("requests", "Connected"), REQUESTS_CONNECTED),
    ]
    rows = [ChartRow(label, int(figures.month(figure)[0])) for label, figure in stages]
    return Panel(
        "funnel",
        _("This month"),
        "pages/panels/funnel.html",
        {"rows": rows if any(row.value for row in rows) else []},
        column=Column.ASIDE,
    )
