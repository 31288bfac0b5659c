"""The use of all services of a company or a person."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from core import clock
from core.http import Request
from core.months import months_on
from core.parts.charts import ChartRow
from core.parts.columns import ColumnChart, Series, column_chart
from subscriptions.selectors.request_page import place_in_words
from subscriptions.selectors.usage.overview import (
    Total,
    by_month,
    by_place,
    newest_alerts,
    top_consumers,
    totals,
    unread,
)
from subscriptions.usage_filters import UsageFilter
from subscriptions.usage_limit_text import alert_in_words
from subscriptions.usage_rights import may_keep_limits, works
from subscriptions.usage_text import amount, month_of_year, rounded, short_month, sign
from subscriptions.views.usage.access import holders

MONTHS_CHARTED = 12


@holders
@require_GET
def usage(request: Request) -> HttpResponse:
    """Totals of the month by service; of one service its months, places and largest consumers."""
    actor = request.actor
    filterset = UsageFilter(request.GET, actor=actor)
    rows, month = filterset.qs, filterset.month_shown
    is_over = month < clock.today().replace(day=1)
    found = totals(rows, month)
    names = {row.pk: (code, row.name) for code, row in filterset.categories.items()}
    shown = _shown(found, filterset)
    context: dict[str, Any] = {
        "filterset": filterset,
        "month": month_of_year(month),
        "tiles": [
            _tile(total, names, filterset, is_over=is_over)
            for total in found
            if total.category_id in names
        ],
        "note": month_of_year(month) if is_over else _("up to now"),
        "unread_meters": unread(actor),
        "alerts": [(row.subscription, alert_in_words(row)) for row in newest_alerts(actor, month)],
        "may_record": works(actor),
        "may_limit": may_keep_limits(actor),
        "crumbs": [(_("Use"), "")],
    }
    if shown is not None:
        context |= _service(rows, shown, month, names, is_over=is_over)
    return render(request, "subscriptions/usage/overview.html", context)


def _shown(found: Sequence[Total], filterset: UsageFilter) -> Total | None:
    """The service that is shown at length: the one asked for, else the one of most contracts."""
    known = {row.pk for row in filterset.categories.values()}
    return max(
        (total for total in found if total.category_id in known),
        key=lambda total: total.services,
        default=None,
    )


@dataclass(frozen=True, slots=True)
class ServiceTile:
    label: str
    value: str
    url: str
    now: Decimal
    before: Decimal | None


def _tile(
    total: Total, names: dict[int, tuple[str, str]], filterset: UsageFilter, *, is_over: bool
) -> ServiceTile:
    """A month that is not over is compared with nothing."""
    code, name = names[total.category_id]
    query = filterset.query.copy()
    query["category"] = code
    url = f"{reverse('usage')}?{query.urlencode()}"
    before = total.before if is_over else None
    return ServiceTile(name, amount(total.amount, total.unit), url, total.amount, before)


def _service(
    rows: Any, total: Total, month: date, names: dict[int, tuple[str, str]], *, is_over: bool
) -> dict[str, Any]:
    rows = rows.filter(subscription__category_id=total.category_id)
    unit = total.unit
    firsts = [months_on(month, -back) for back in range(MONTHS_CHARTED - 1, -1, -1)]
    earlier = [months_on(first, -12) for first in firsts]
    sums = by_month(rows, unit, [*earlier, *firsts])
    places = by_place(rows, unit, month)
    chart = _chart(firsts, earlier, sums, unit)
    return {
        "service": names[total.category_id][1],
        "unit_sign": sign(unit),
        "chart": chart,
        "chart_top": rounded(chart.top) if chart else "",
        "month_lines": [
            (month_of_year(first), rounded(sums.get(first)), rounded(sums.get(before)))
            for first, before in zip(reversed(firsts), reversed(earlier), strict=True)
        ],
        "places_caption": _("Places, and the change against the month before")
        if is_over
        else _("Places"),
        "places": [
            ChartRow(
                place.address,
                place.amount,
                _place_shown(place.amount, place.before if is_over else None, unit),
            )
            for place in places
        ],
        "consumers": [
            ChartRow(
                place_in_words(row.subscription__building__address, row.subscription__unit__number),
                row.amount,
                amount(row.amount, unit),
                reverse("subscription_usage", args=[row.subscription__number]),
            )
            for row in top_consumers(rows, unit, month)
        ],
    }


def _place_shown(now: Decimal, before: Decimal | None, unit: str) -> str:
    if not before:
        return amount(now, unit)
    percent = round(float((now - before) / before * 100))
    change = f"{percent:+d} %".replace("-", "−")
    return f"{amount(now, unit)} ({change})"


def _chart(
    firsts: Sequence[date], earlier: Sequence[date], sums: Any, unit: str
) -> ColumnChart | None:
    if not sums:
        return None
    series = []
    for name, months in ((_("A year before"), earlier), (_("These months"), firsts)):
        values = [sums.get(month) for month in months]
        if any(values):
            series.append(Series(name, values, [amount(value, unit) for value in values]))
    return column_chart([short_month(first) for first in firsts], series)
