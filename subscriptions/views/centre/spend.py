"""What services cost: by month and by one thing, the rows behind a sum, the same as a file."""

from datetime import date
from decimal import Decimal

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET

from core.access import access, only
from core.actor import Actor
from core.choices import OrganizationKind, Role
from core.errors import DomainError
from core.http import Request
from core.imports import example_file
from core.parts.charts import ChartRow
from core.parts.lists import Column, Columns
from core.parts.text import money
from subscriptions.centre_filters import CentreFilter
from subscriptions.choices import CostBy
from subscriptions.commission_filters import month_of
from subscriptions.selectors.centre.choices import service_names
from subscriptions.selectors.centre.spend import (
    Named,
    charged_rows,
    months_for,
    names_of,
    spend_by,
    today_of,
    totals_by_month,
)
from subscriptions.selectors.request_page import place_in_words

holders = access(only(OrganizationKind.COMPANY, OrganizationKind.PERSON))

# What may be asked for in `?by=`, and the filter of the list that each leads to.
BY = {
    "category": (CostBy.CATEGORY, "category", gettext_lazy("By service")),
    "city": (CostBy.CITY, "city", gettext_lazy("By city")),
    "building": (CostBy.BUILDING, "building", gettext_lazy("By building")),
    "provider": (CostBy.PROVIDER, "provider", gettext_lazy("By provider")),
    "centre": (CostBy.CENTRE, "centre", gettext_lazy("By cost centre")),
}
_ROWS = Columns(
    Column("number", gettext_lazy("Number")),
    Column("service", gettext_lazy("Service")),
    Column("place", gettext_lazy("Address")),
    Column("provider", gettext_lazy("Provider")),
    Column("how", gettext_lazy("How it comes about")),
    Column("amount", gettext_lazy("Amount"), numeric=True),
)


@holders
@require_GET
def spend(request: Request) -> HttpResponse:
    """Twelve months and three foreseen; one of them by service, place, provider, cost centre."""
    actor = request.actor
    by, month = _asked(request)
    totals = totals_by_month(actor)
    parts = _parts(actor, by, month)
    this = today_of(actor).replace(day=1)
    context = {
        "by": by,
        "ways": [(key, label) for key, (_by, _name, label) in BY.items()],
        "month": month,
        "month_key": f"{month:%Y-%m}",
        "month_words": month_words(month),
        "is_ahead": month > this,
        "is_running": month == this,
        "total": dict(totals).get(month, Decimal(0)),
        "year": sum((amount for first, amount in totals if first <= this), Decimal(0)),
        "months": _months(totals, by, this),
        "parts": parts,
        "rows_url": f"{reverse('spend_rows')}?month={month:%Y-%m}",
        "has_any": any(amount for _first, amount in totals),
        "crumbs": [(_("Subscriptions"), reverse("subscription_list")), (_("Spend"), "")],
    }
    return render(request, "subscriptions/centre/spend.html", context)


def month_words(first: date) -> str:
    """ "November 2026", without the letters that a date's own format adds to the year."""
    return date_format(first, "F Y")


def _asked(request: Request) -> tuple[str, date]:
    by = request.GET.get("by") or "category"
    if by not in BY:
        raise DomainError(_("There is no such division of spend."), field="by")
    return by, _month(request)


def _month(request: Request) -> date:
    """The month asked for, this one by default; others than those kept are refused."""
    given = request.GET.get("month", "")
    months = months_for(request.actor)
    month = month_of(given) if given else today_of(request.actor).replace(day=1)
    if month not in months:
        raise DomainError(_("Spend is kept for a year back and three months ahead."), field="month")
    return month  # type: ignore[return-value]


def _months(totals: list[tuple[date, Decimal]], by: str, this: date) -> list[ChartRow]:
    base = reverse("spend")
    rows = []
    # What lies before the first service says nothing.
    begun = next((index for index, (_first, amount) in enumerate(totals) if amount), 0)
    for first, amount in totals[begun:]:
        label = month_words(first)
        if first > this:
            label = _("%(month)s, expected") % {"month": label}
        query = urlencode({"by": by, "month": f"{first:%Y-%m}"})
        rows.append(ChartRow(label, amount, money(amount), f"{base}?{query}"))
    return rows


def _parts(actor: Actor, by: str, month: date) -> list[ChartRow]:
    """The month's sums, the largest first, each leading to its rows."""
    kind, name, _label = BY[by]
    sums = spend_by(actor, kind, [month])
    names = names_of(actor, kind, (key for _month, key in sums))
    base = reverse("spend_rows")
    rows = []
    ordered = sorted(sums.items(), key=lambda item: (-item[1][1], item[0][1]))
    for (_first, key), (_count, amount) in ordered:
        known = names.get(key, Named(_("no longer known"), ""))
        query = {"month": f"{month:%Y-%m}"} | ({name: known.value} if known.value else {})
        url = f"{base}?{urlencode(query)}" if known.value else ""
        rows.append(ChartRow(known.name, amount, money(amount), url))
    return rows


@holders
@require_GET
def spend_rows(request: Request) -> HttpResponse:
    """The services behind a sum of a month: each price, its days, and what they come to."""
    actor = request.actor
    month = _month(request)
    filterset = CentreFilter(request.GET, actor=actor)
    page = charged_rows(filterset.qs, month, request.GET.get("after", ""))
    services = {pk: name for pk, (_code, name) in service_names(actor).items()}
    context = {
        "filterset": filterset,
        "page": page,
        "columns": _ROWS,
        "lines": [
            (
                charged,
                place_in_words(charged.row.building__address, charged.row.unit__number),
                services.get(charged.row.category_id, ""),
            )
            for charged in page.rows
        ],
        "month_words": month_words(month),
        "base": reverse("subscription_list"),
        "crumbs": [
            (_("Subscriptions"), reverse("subscription_list")),
            (_("Spend"), f"{reverse('spend')}?month={month:%Y-%m}"),
            (month_words(month), ""),
        ],
    }
    return render(request, "subscriptions/centre/spend_rows.html", context)


@access(only(OrganizationKind.COMPANY, OrganizationKind.PERSON, least=Role.MEMBER))
@require_GET
def spend_export(request: Request, ending: str) -> HttpResponse:
    """All months by one thing as a table; the sums of the page, some hundred rows."""
    by, _this = _asked(request)
    kind, _name, label = BY[by]
    months = months_for(request.actor)
    sums = spend_by(request.actor, kind, months)
    names = names_of(request.actor, kind, (key for _month, key in sums))
    header = [str(label), *(f"{first:%Y-%m}" for first in months)]
    keys = sorted({key for _first, key in sums})
    lines = [
        [
            names.get(key, Named(_("no longer known"), "")).name,
            *(str(sums.get((first, key), (0, Decimal(0)))[1]) for first in months),
        ]
        for key in keys
    ]
    return example_file("spend", ending, header, lines)
