"""The same done with several zones, or several buildings, at once; and what became of each."""

from collections.abc import Callable
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from core.errors import DomainError
from core.http import Request
from locations.forms import BulkForm
from locations.services.coverage_bulk import (
    AT_MOST,
    CHANGE,
    Outcome,
    change_statements,
    change_zones,
)
from locations.views.coverage import managers

Change = Callable[..., list[Outcome]]


@managers
@require_POST
def coverage_bulk_zones(request: Request) -> HttpResponse:
    return _bulk(request, change_zones, "coverage_list")


@managers
@require_POST
def coverage_bulk_buildings(request: Request) -> HttpResponse:
    return _bulk(request, change_statements, "coverage_buildings")


def _bulk(request: Request, change: Change, page: str) -> HttpResponse:
    """Does `do` with what is `selected`; for a change it first asks what to change."""
    selected, do = request.POST.getlist("selected"), request.POST.get("do", "")
    if do != CHANGE:
        return _outcomes(request, change(request.actor, selected, do), page)
    _check_number(selected)
    apply = "apply" in request.POST
    form = BulkForm(request.POST if apply else None, actor=request.actor)
    if apply and form.is_valid():
        try:
            done = change(request.actor, selected, CHANGE, form.changes())
        except DomainError as error:
            form.refuse(error)
        else:
            return _outcomes(request, done, page)
    context = {"form": form, "selected": selected, "back": reverse(page)}
    return render(request, "locations/coverage/bulk_form.html", _crumbs(page) | context)


def _check_number(selected: list[str]) -> None:
    if not selected:
        raise DomainError(_("Select at least one statement."), field="selected")
    if len(selected) > AT_MOST:
        raise DomainError(_("Select fewer statements at once."), field="selected")


def _outcomes(request: Request, outcomes: list[Outcome], page: str) -> HttpResponse:
    context = {
        "done": [row for row in outcomes if not row.refusal],
        "refused": [row for row in outcomes if row.refusal],
        "back": reverse(page),
    }
    return render(request, "locations/coverage/bulk.html", _crumbs(page) | context)


def _crumbs(page: str) -> dict[str, Any]:
    return {"crumbs": [(_("Coverage"), reverse(page)), (_("Several at once"), "")]}
