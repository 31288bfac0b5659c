"""What came out of requests for who filed and who connected: commissions earned and owed."""

from decimal import Decimal
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core import clock
from core.access import access, only
from core.actor import Actor
from core.choices import OrganizationKind
from core.parts.charts import ChartRow
from core.parts.lists import Column, Columns
from core.parts.text import money
from subscriptions.outcome_filters import (
    CommissionFilter,
    month_in_words,
    month_of,
    within_month,
)
from subscriptions.selectors.request_choices import request_choices
from subscriptions.selectors.subscriptions import (
    commission_by_month,
    commission_rows,
    commission_sum,
)

_PROVIDER = Column("provider", gettext_lazy("Provider"))
_OWNER = Column("owner", gettext_lazy("Filed by"))
_SERVICE = Column("service", gettext_lazy("Service"))


@access(only(OrganizationKind.AGENCY, OrganizationKind.PROVIDER))
def commission_list(request: HttpRequest) -> HttpResponse:
    actor: Actor = request.actor  # type: ignore[attr-defined]
    filterset = CommissionFilter(request.GET, actor=actor)
    page = commission_rows(filterset.qs, request.GET.get("after", ""))
    owes = actor.kind == OrganizationKind.PROVIDER
    services = _services(actor)
    context = {
        "filterset": filterset,
        "page": page,
        "lines": [(row, services.get(row.request__category_id, "")) for row in page.rows],
        "columns": Columns(
            Column("number", gettext_lazy("Request")),
            _SERVICE,
            _OWNER if owes else _PROVIDER,
            Column("accrued", gettext_lazy("Accrued")),
            Column("amount", gettext_lazy("Amount"), numeric=True),
        ),
        "owes": owes,
        "requests_url": reverse("request_list"),
        "total": _total(filterset),
        "total_note": _("to be paid to agencies") if owes else _("earned"),
        "chart": _chart(actor),
        "crumbs": [(_("Commissions"), "")],
    }
    return render(request, "subscriptions/outcomes/commissions.html", context)


def _services(actor: Actor) -> dict[int, str]:
    return {row.pk: row.name for row in request_choices(actor).categories.values()}


def _total(filterset: CommissionFilter) -> dict[str, Any]:
    """What the month asked for comes to, or this one; with the provider asked for, of theirs."""
    month = month_of(filterset.query.get("month", "")) or clock.today().replace(day=1)
    amount: Decimal = commission_sum(filterset.qs.filter(within_month(month)))
    return {"label": month_in_words(month), "amount": amount}


def _chart(actor: Actor) -> list[ChartRow]:
    months = commission_by_month(actor)
    if not any(month.amount for month in months):
        return []
    base = reverse("commission_list")
    return [
        ChartRow(
            month_in_words(month.first),
            # A month of reversals alone has no bar; the figure beside it says what it was.
            max(month.amount, Decimal(0)),
            money(month.amount),
            f"{base}?month={month.first:%Y-%m}",
        )
        for month in reversed(months)
    ]
