"""The page on which a provider says how long its steps may take."""

from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from core.access import access, only
from core.choices import OrganizationKind
from core.errors import Conflict, DomainError, Forbidden, NotVisible
from core.http import Request
from core.workflow import Text
from locations.models import ServiceCategory
from subscriptions.choices import RequestState
from subscriptions.deadline_terms import COUNTED, Terms, default_hours
from subscriptions.forms.deadlines import HoursForm, WarningsForm
from subscriptions.forms.errors import show
from subscriptions.selectors.deadlines import categories_for_deadlines, terms_of
from subscriptions.services.deadline_rules import (
    may_set_deadlines,
    own_hours,
    set_hours,
    set_warnings,
)
from subscriptions.services.requests.deadlines import calendar_of
from subscriptions.services.times import minutes_a_day


@dataclass(frozen=True, slots=True)
class Cell:
    """Hours of a state; `is_own`: set for this very line."""

    label: Text
    hours: int
    days: str
    is_own: bool


@dataclass(frozen=True, slots=True)
class Line:
    """The deadlines of one category, or of all that have none of their own."""

    name: Text
    url: str
    is_current: bool
    cells: list[Cell]


@access(only(OrganizationKind.PROVIDER))
@require_http_methods(["GET", "POST"])
def deadline_rules(request: Request) -> HttpResponse:
    """All deadlines; and for those who set them the form of `?category=` (a code; none: all)."""
    actor = request.actor
    if actor.organization is None:
        raise Forbidden(_("Choose the provider whose deadlines they are."))
    may_set = may_set_deadlines(actor)
    posted = request.POST.get("form", "")
    if posted and not may_set:
        raise Forbidden(_("Only managers of the provider set its deadlines."))
    terms = terms_of(actor.organization.pk)
    categories = categories_for_deadlines(actor, terms)
    chosen = _chosen(categories, request.GET.get("category", ""))
    hours = HoursForm(
        request.POST if posted == "hours" else None,
        own=own_hours(terms, chosen.pk if chosen else None),
        without=_without(terms, chosen),
    )
    warnings = WarningsForm(request.POST if posted == "warnings" else None, now=terms.warnings)
    form: Any = {"hours": hours, "warnings": warnings}.get(posted)
    if form is not None and form.is_valid() and _saved(request, form, chosen):
        messages.success(request, _("Saved. Requests follow it from their next step on."))
        return redirect(_url(chosen))
    day = minutes_a_day(calendar_of(actor.organization))
    context = {
        "lines": _lines(terms, categories, chosen, day),
        "states": [RequestState(state).label for state in COUNTED],
        "hours_form": hours,
        "warnings_form": warnings,
        "chosen": chosen,
        "may_set": may_set,
        "day_hours": _decimal(day / 60),
        "crumbs": [(_("Deadlines"), "")],
    }
    status = 422 if form is not None and form.errors else 200
    return render(request, "subscriptions/deadlines/rules.html", context, status=status)


def _saved(request: Request, form: Any, chosen: ServiceCategory | None) -> bool:
    try:
        if isinstance(form, HoursForm):
            set_hours(request.actor, chosen, form.hours(), form.seen_hours())
        else:
            set_warnings(request.actor, form.warnings())
    except (Forbidden, NotVisible, Conflict):
        raise
    except DomainError as refused:
        show(form, refused)
        return False
    return True


def _chosen(categories: list[ServiceCategory], code: str) -> ServiceCategory | None:
    if not code:
        return None
    found = next((category for category in categories if category.code == code), None)
    if found is None:
        raise NotVisible(_("There is no such service among yours."))
    return found


def _url(category: ServiceCategory | None) -> str:
    base = reverse("deadline_rules")
    return f"{base}?category={category.code}" if category else base


def _without(terms: Terms, chosen: ServiceCategory | None) -> dict[str, str]:
    """What holds for each state where the form's field is empty."""
    found = {}
    for state in COUNTED:
        common = terms.hours.get((None, state)) if chosen else None
        hours = default_hours(state) if common is None else common
        found[state] = _("%(count)s h") % {"count": hours}
    return found


def _lines(
    terms: Terms, categories: list[ServiceCategory], chosen: ServiceCategory | None, day: int
) -> list[Line]:
    chosen_id = chosen.pk if chosen else None
    rows: list[tuple[int | None, Text, str]] = [(None, _("All services"), _url(None))]
    rows += [(category.pk, category.name, _url(category)) for category in categories]
    return [
        Line(name, url, pk == chosen_id, [_cell(terms, pk, state, day) for state in COUNTED])
        for pk, name, url in rows
    ]


def _cell(terms: Terms, category_id: int | None, state: str, day: int) -> Cell:
    hours = terms.hours_in(category_id or 0, state) or 0
    return Cell(
        RequestState(state).label,
        hours,
        _("%(count)s d") % {"count": _decimal(hours * 60 / day)},
        (category_id, state) in terms.hours,
    )


def _decimal(value: float) -> str:
    return number_format(round(value, 1) if value % 1 else int(value))
