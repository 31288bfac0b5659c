"""Commissions: the list with what a month comes to, files to take away, the month's statement."""

from typing import Any
from urllib.parse import urlencode

from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_POST

from core.access import access, only
from core.actor import Actor
from core.choices import OrganizationKind, Role
from core.errors import DomainError
from core.http import Request
from core.imports import CONTENT_TYPES
from core.operations import start_operation
from core.parts.charts import ChartRow
from core.parts.lists import Column, Columns
from core.parts.text import money
from subscriptions.commission_filters import CommissionFilter, month_in_words
from subscriptions.operations import COMMISSIONS
from subscriptions.selectors.commissions import (
    ZERO,
    Breakdown,
    Part,
    breakdown,
    by_agent,
    commission_rows,
)
from subscriptions.selectors.request_choices import request_choices
from subscriptions.selectors.subscriptions import commission_by_month
from subscriptions.services.commission_files import FORMATS, commission_file, is_small

# On paper so many lines; the rest is in the file.
STATEMENT_LINES = 1_000
earners = access(only(OrganizationKind.AGENCY, OrganizationKind.PROVIDER))


@earners
@require_GET
def commission_list(request: Request) -> HttpResponse:
    actor = request.actor
    filterset = CommissionFilter(request.GET, actor=actor)
    page = commission_rows(filterset.qs, request.GET.get("after", ""))
    month = filterset.asked_month()
    rows = filterset.of_month(month)
    found = breakdown(actor, rows)
    owes = actor.kind == OrganizationKind.PROVIDER
    services = _services(actor)
    context = {
        "filterset": filterset,
        "page": page,
        "lines": [(row, services.get(row.request__category_id, "")) for row in page.rows],
        "columns": _columns(owes=owes),
        "owes": owes,
        "requests_url": reverse("request_list"),
        "total": {"label": month_in_words(month), "amount": found.total.net},
        "sums": found.total,
        "total_note": _("to be paid to agencies") if owes else _("earned"),
        "chart": _by_month(actor),
        "parts": _parts(actor, filterset, found) if found.total.count else [],
        "query": filterset.query.urlencode(),
        "statement_url": _statement_url(filterset),
        "crumbs": [(_("Commissions"), "")],
    }
    return render(request, "subscriptions/commissions/list.html", context)


@access(only(OrganizationKind.AGENCY, OrganizationKind.PROVIDER, least=Role.MEMBER))
@require_POST
def commission_export(request: Request) -> HttpResponse:
    """The commissions of the filters in `query` as a file: at once, or by a worker when many."""
    ending = request.POST.get("format", "")
    if ending not in FORMATS:
        raise DomainError(_("Choose CSV or XLSX."), field="format")
    filterset = CommissionFilter(QueryDict(request.POST.get("query", "")), actor=request.actor)
    rows = filterset.qs
    if not is_small(rows):
        data = {"format": ending, "query": filterset.query.urlencode()}
        return redirect(
            "operation_detail", start_operation(request.actor, COMMISSIONS, data).public_id
        )
    content = commission_file(request.actor, rows, ending)
    response = HttpResponse(content, content_type=CONTENT_TYPES[ending])
    response["Content-Disposition"] = f'attachment; filename="commissions.{ending}"'
    response["Cache-Control"] = "private, no-store"
    return response


@earners
@require_GET
def commission_statement(request: Request) -> HttpResponse:
    """A month for the accountants of both sides, to print: `?month=`, and the list's filters."""
    actor = request.actor
    filterset = CommissionFilter(request.GET, actor=actor)
    filterset.check()
    month = filterset.asked_month()
    rows = filterset.of_month(month)
    found = breakdown(actor, rows)
    services = _services(actor)
    listed = rows.order_by("accrued_at", "pk").select_related("request__plan", "owner", "provider")
    lines = list(listed[: STATEMENT_LINES + 1])
    context = {
        "month": month_in_words(month),
        "organization": actor.organization,
        "owes": actor.kind == OrganizationKind.PROVIDER,
        "groups": [
            (
                part,
                [
                    (services.get(category_id, ""), sums)
                    for (key, category_id), sums in found.cells.items()
                    if key == part.key
                ],
            )
            for part in found.counterparties
        ],
        "total": found.total,
        "lines": [
            (row, services.get(row.request.category_id, "")) for row in lines[:STATEMENT_LINES]
        ],
        "is_cut": len(lines) > STATEMENT_LINES,
        "crumbs": [(_("Commissions"), reverse("commission_list")), (_("Statement"), "")],
    }
    return render(request, "subscriptions/commissions/statement.html", context)


def _columns(*, owes: bool) -> Columns:
    return Columns(
        Column("number", gettext_lazy("Request")),
        Column("service", gettext_lazy("Service")),
        Column("party", gettext_lazy("Agency") if owes else gettext_lazy("Provider")),
        Column("accrued", gettext_lazy("Accrued")),
        Column("kind", gettext_lazy("Kind")),
        Column("amount", gettext_lazy("Amount"), numeric=True),
    )


def _services(actor: Actor) -> dict[int, str]:
    return {row.pk: row.name for row in request_choices(actor).categories.values()}


def _statement_url(filterset: CommissionFilter) -> str:
    kept = {
        name: filterset.query[name] for name in ("provider", "agency") if name in filterset.query
    }
    query = {"month": f"{filterset.asked_month():%Y-%m}"} | kept
    return f"{reverse('commission_statement')}?{urlencode(query)}"


def _by_month(actor: Actor) -> list[ChartRow]:
    """The last twelve months from the figures kept by day, this one first."""
    months = commission_by_month(actor)
    if not any(month.amount for month in months):
        return []
    base = reverse("commission_list")
    return [
        _bar(month_in_words(month.first), month.amount, f"{base}?month={month.first:%Y-%m}")
        for month in reversed(months)
    ]


def _parts(
    actor: Actor, filterset: CommissionFilter, found: Breakdown
) -> list[tuple[Any, list[ChartRow]]]:
    """What the month consists of; each bar leads to its rows."""
    owes = actor.kind == OrganizationKind.PROVIDER
    month = f"{filterset.asked_month():%Y-%m}"
    known = request_choices(actor)
    services = [
        Part(code, row.name, found.categories[row.pk])
        for code, row in known.categories.items()
        if row.pk in found.categories
    ]
    party = "agency" if owes else "provider"
    charts = [
        (
            _("By agency") if owes else _("By provider"),
            _bars(filterset, month, party, found.counterparties),
        ),
        (_("By service"), _bars(filterset, month, "category", services)),
    ]
    if not owes:
        names: dict[int | None, tuple[str, str]] = {
            row.pk: (key, row.name) for key, row in known.people.items()
        }
        agents = by_agent(found, names, _("somebody else"))
        charts.append((_("By who filed"), _bars(filterset, month, "agent", agents)))
    return charts


def _bars(filterset: CommissionFilter, month: str, name: str, parts: list[Part]) -> list[ChartRow]:
    return [
        _bar(
            part.name,
            part.sums.net,
            f"?{filterset.narrowed(**{'month': month, name: part.key})}" if part.key else "",
        )
        for part in parts
    ]


def _bar(label: str, amount: Any, url: str) -> ChartRow:
    """Where more was taken back than accrued there is no bar; the figure beside it says so."""
    return ChartRow(label, max(amount, ZERO), money(amount), url)
