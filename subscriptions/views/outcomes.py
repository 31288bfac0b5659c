"""What came out of requests: subscriptions in force, commissions earned and owed."""

from decimal import Decimal
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core import clock
from core.access import MEMBERS, access, only
from core.actor import Actor
from core.choices import OrganizationKind
from core.parts.charts import ChartRow
from core.parts.lists import Column, Columns
from core.parts.text import money
from core.registry import gather
from subscriptions.models import ConnectionRequest
from subscriptions.outcome_filters import (
    CommissionFilter,
    SubscriptionFilter,
    month_in_words,
    month_of,
    within_month,
)
from subscriptions.rights import PORTFOLIO_KINDS
from subscriptions.selectors.request_choices import request_choices
from subscriptions.selectors.request_page import place_in_words
from subscriptions.selectors.subscriptions import (
    commission_by_month,
    commission_rows,
    commission_sum,
    knows_cost,
    subscription_for_page,
    subscription_rows,
)

_PROVIDER = Column("provider", gettext_lazy("Provider"))
_OWNER = Column("owner", gettext_lazy("Filed by"))
_SERVICE = Column("service", gettext_lazy("Service"))


@access(MEMBERS)
def subscription_list(request: HttpRequest) -> HttpResponse:
    actor: Actor = request.actor  # type: ignore[attr-defined]
    filterset = SubscriptionFilter(request.GET, actor=actor)
    page = subscription_rows(actor, filterset.qs, request.GET.get("after", ""))
    services = _services(actor)
    shows_client = actor.kind in PORTFOLIO_KINDS | {OrganizationKind.PROVIDER}
    context = {
        "filterset": filterset,
        "page": page,
        "lines": [
            (
                row,
                place_in_words(row.building__address, row.unit__number),
                services.get(row.category_id, ""),
            )
            for row in page.rows
        ],
        "columns": Columns(
            Column("number", gettext_lazy("Number")),
            Column("state", gettext_lazy("State")),
            *([Column("client", gettext_lazy("Client"))] if shows_client else []),
            Column("place", gettext_lazy("Address")),
            _SERVICE,
            *([] if actor.kind == OrganizationKind.PROVIDER else [_PROVIDER]),
            Column("price", gettext_lazy("A month"), numeric=True),
            Column("since", gettext_lazy("In force since")),
        ),
        "shows_client": shows_client,
        "shows_provider": actor.kind != OrganizationKind.PROVIDER,
        "base": reverse("subscription_list"),
        "crumbs": [(_("Subscriptions"), "")],
    }
    return render(request, "subscriptions/outcomes/subscriptions.html", context)


@access(MEMBERS)
def subscription_detail(request: HttpRequest, number: str) -> HttpResponse:
    actor: Actor = request.actor  # type: ignore[attr-defined]
    found = subscription_for_page(actor, number)
    # The request is linked where it may be opened: a holder sees those that name it.
    origin = (
        ConnectionRequest.objects.visible_to(actor).filter(pk=found.origin_id).first()
        if found.origin_id
        else None
    )
    context = {
        "row": found,
        "place": place_in_words(found.building.address, found.unit.number),
        "origin": origin,
        "knows_cost": knows_cost(actor, found),
        "panels": gather("subscription.panels", actor, found),
        "crumbs": [(_("Subscriptions"), reverse("subscription_list")), (found.number, "")],
    }
    return render(request, "subscriptions/outcomes/subscription.html", context)


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
