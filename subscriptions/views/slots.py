"""The pages on which a provider keeps its slots, and its week of visits."""

from datetime import timedelta
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from core import clock
from core.access import access, only
from core.choices import OrganizationKind, Role
from core.errors import Conflict, DomainError, Forbidden, NotVisible
from core.http import Request
from core.parts.lists import Column, Columns
from core.parts.text import count_of_options
from core.querysets import get_visible
from locations.selectors.suggestions import suggest_cities
from subscriptions.forms.errors import show
from subscriptions.forms.slots import ExceptionForm, PatternForm
from subscriptions.models import SlotException, SlotPattern
from subscriptions.selectors.slot_pages import exceptions_of, pattern_rows, patterns_of
from subscriptions.selectors.visit_week import week_from, week_of_visits
from subscriptions.services.visits.patterns import (
    add_exceptions,
    delete_pattern,
    may_keep_slots,
    remove_exception,
    save_pattern,
    visits_ahead,
)
from subscriptions.views.visit_days import day_asked
from users.views.own_organization import own_organization

CITIES_SHOWN = 8
COLUMNS = Columns(
    Column("when", gettext_lazy("When")),
    Column("crew", gettext_lazy("Crew")),
    Column("slot", gettext_lazy("One slot")),
    Column("place", gettext_lazy("Where and what")),
    Column("valid", gettext_lazy("In force")),
    Column("actions", gettext_lazy("Actions"), hidden=True),
)
managers = access(only(OrganizationKind.PROVIDER, least=Role.MANAGER))


@managers
@require_GET
def slot_list(request: Request) -> HttpResponse:
    """The patterns of a week, and the days that differ."""
    patterns = patterns_of(request.actor)
    context = {
        "columns": COLUMNS,
        "rows": pattern_rows(patterns, _today(request)),
        "exceptions": exceptions_of(request.actor, _today(request)),
        "may_change": may_keep_slots(request.actor),
        "crumbs": [(_("Visits"), reverse("visit_day")), (_("Slots"), "")],
    }
    return render(request, "subscriptions/visits/slot_list.html", context)


@managers
@require_http_methods(["GET", "POST"])
def slot_new(request: Request) -> HttpResponse:
    return _pattern_page(request, None)


@managers
@require_http_methods(["GET", "POST"])
def slot_edit(request: Request, public_id: str) -> HttpResponse:
    return _pattern_page(request, _pattern(request, public_id))


@managers
@require_POST
def slot_delete(request: Request, public_id: str) -> HttpResponse:
    pattern = _pattern(request, public_id)
    try:
        delete_pattern(request.actor, pattern)
    except Conflict as refused:
        messages.error(request, str(refused))
        return redirect("slot_edit", public_id)
    messages.success(request, _("The slots are deleted."))
    return redirect("slot_list")


@managers
@require_http_methods(["GET", "POST"])
def slot_exception_new(request: Request) -> HttpResponse:
    """`?pattern=` chooses whose slots, `?day=` which day."""
    _check_verified(request)
    form = ExceptionForm(request.POST or None, patterns=patterns_of(request.actor))
    if request.method == "POST" and form.is_valid():
        try:
            added = add_exceptions(request.actor, **form.arguments())
        except (Forbidden, NotVisible):
            raise
        except DomainError as refused:
            show(form, refused)
        else:
            messages.success(request, _said(len(added)))
            return redirect("slot_list")
    if request.method == "GET":
        form.initial["pattern"] = request.GET.get("pattern", "")
    context = {
        "form": form,
        "crumbs": [
            (_("Visits"), reverse("visit_day")),
            (_("Slots"), reverse("slot_list")),
            (_("A day that differs"), ""),
        ],
    }
    status = 422 if form.errors else 200
    return render(request, "subscriptions/visits/exception.html", context, status=status)


@managers
@require_POST
def slot_exception_remove(request: Request, public_id: str) -> HttpResponse:
    found = get_visible(SlotException.objects, request.actor, public_id=public_id)
    remove_exception(request.actor, found)
    messages.success(request, _("The day is as the week says again."))
    return redirect("slot_list")


@managers
@require_GET
def slot_cities(request: Request) -> HttpResponse:
    """`?q=`: cities whose names begin so or nearly so, for the field of a pattern."""
    options = [place.title for place in suggest_cities(request.GET.get("q", ""), CITIES_SHOWN)]
    context = {"options": options, "status": count_of_options(len(options))}
    return render(request, "subscriptions/leads/cities.html", context)


@managers
@require_GET
def visit_week(request: Request) -> HttpResponse:
    """`?day=` names a day of the week that is shown."""
    provider = own_organization(request)
    today = _today(request)
    days = week_from(day_asked(request, today))
    context = {
        "days": days,
        "today": today,
        "rows": week_of_visits(request.actor, provider, days),
        "before": _week_url(days[0] - timedelta(days=7)),
        "after": _week_url(days[0] + timedelta(days=7)),
        "crumbs": [(_("Visits"), reverse("visit_day")), (_("Week"), "")],
    }
    return render(request, "subscriptions/visits/week.html", context)


def _pattern_page(request: Request, pattern: SlotPattern | None) -> HttpResponse:
    _check_verified(request)
    provider = own_organization(request)
    form = PatternForm(request.POST or None, provider=provider, pattern=pattern)
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                save_pattern(request.actor, pattern, **form.cleaned_data)
            except (Forbidden, NotVisible):
                raise
            except Conflict as refused:
                status = refused.status
                show(form, refused)
            except DomainError as refused:
                show(form, refused)
            else:
                messages.success(request, _("The slots are saved."))
                return redirect("slot_list")
    context: dict[str, Any] = {
        "form": form,
        "pattern": pattern,
        "ahead": visits_ahead(pattern) if pattern else 0,
        "crumbs": [
            (_("Visits"), reverse("visit_day")),
            (_("Slots"), reverse("slot_list")),
            (_("Change") if pattern else _("New slots"), ""),
        ],
    }
    return render(request, "subscriptions/visits/pattern.html", context, status=status)


def _pattern(request: Request, public_id: str) -> SlotPattern:
    rows = SlotPattern.objects.select_related("city", "district", "category", "team")
    found: SlotPattern = get_visible(rows, request.actor, public_id=public_id)  # type: ignore[arg-type]
    return found


def _check_verified(request: Request) -> None:
    if not may_keep_slots(request.actor):
        raise Forbidden(_("Slots are kept once your organization is verified."))


def _today(request: Request) -> Any:
    return clock.today(ZoneInfo(own_organization(request).time_zone))


def _week_url(day: Any) -> str:
    return f"{reverse('visit_week')}?{urlencode({'day': day.isoformat()})}"


def _said(count: int) -> str:
    if not count:
        return _("These days differ so already.")
    return ngettext("%(count)s day differs now.", "%(count)s days differ now.", count) % {
        "count": count
    }
