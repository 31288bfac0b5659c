"""Limits of use, on a subscription and on services as a whole; the day of readings."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from core.errors import DomainError, Forbidden
from core.http import Request
from core.ids import is_public_id
from core.querysets import get_visible, refuse_invisible
from locations.models import ServiceCategory
from subscriptions.forms.errors import show
from subscriptions.forms.usage import LimitForm, ReadingsDayForm
from subscriptions.models import UsageLimit, UsageSettings
from subscriptions.selectors.usage.overview import limit_rows, measured_categories
from subscriptions.services.usage import remove_limit, set_limit, set_readings_day
from subscriptions.usage_limit_text import value_in_words
from subscriptions.usage_rights import may_keep_limits
from subscriptions.views.usage.access import crumbs_to, holders, named, usage_of


@holders
@require_http_methods(["GET", "POST"])
def subscription_limit(request: Request, number: str) -> HttpResponse:
    """A limit on one subscription."""
    found = usage_of(request, number)
    _require_right(request)
    form = LimitForm(request.POST or None, subscription=found)
    if request.method == "POST" and form.is_valid():
        cleaned = form.cleaned_data
        try:
            set_limit(
                request.actor,
                cleaned["kind"],
                cleaned["value"],
                subscription=found,
                unit=cleaned["unit"],
            )
        except DomainError as error:
            show(form, error)
        else:
            messages.success(request, _("The limit is set."))
            return redirect("subscription_usage", number)
    context = named(found) | {"form": form, "crumbs": crumbs_to(found, _("Limit"))}
    status = 422 if form.errors else 200
    return render(request, "subscriptions/usage/limit.html", context, status=status)


@holders
@require_http_methods(["GET", "POST"])
def usage_limits(request: Request) -> HttpResponse:
    """Limits on all services of a kind, and the day by which meters are to be read."""
    may_change = may_keep_limits(request.actor)
    stored = UsageSettings.objects.visible_to(request.actor).first()
    day = stored.readings_by if stored else None
    is_day = request.POST.get("do") == "day"
    is_limit = request.method == "POST" and not is_day
    day_form = ReadingsDayForm(request.POST if is_day else None, initial={"readings_by": day})
    form = LimitForm(request.POST if is_limit else None, categories=measured_categories())
    if request.method == "POST":
        _require_right(request)
        if _set_day(request, day_form) if is_day else _set_limit(request, form):
            return redirect("usage_limits")
    context = {
        "form": form,
        "day_form": day_form,
        "day": day,
        "may_change": may_change,
        "limits": [(limit, value_in_words(limit)) for limit in limit_rows(request.actor)],
        "crumbs": [(_("Use"), reverse("usage")), (_("Limits and reminders"), "")],
    }
    status = 422 if form.errors or day_form.errors else 200
    return render(request, "subscriptions/usage/limits.html", context, status=status)


@holders
@require_POST
def usage_limit_remove(request: Request, public_id: str) -> HttpResponse:
    if not is_public_id(public_id):
        refuse_invisible()
    rows = UsageLimit.objects.select_related("subscription")
    limit: UsageLimit = get_visible(rows, request.actor, public_id=public_id)  # type: ignore[arg-type]
    remove_limit(request.actor, limit)
    messages.success(request, _("The limit is gone."))
    if limit.subscription is not None:
        return redirect("subscription_usage", limit.subscription.number)
    return redirect("usage_limits")


def _set_day(request: Request, form: ReadingsDayForm) -> bool:
    if not form.is_valid():
        return False
    set_readings_day(request.actor, form.cleaned_data["readings_by"])
    messages.success(request, _("Saved."))
    return True


def _set_limit(request: Request, form: LimitForm) -> bool:
    if not form.is_valid():
        return False
    cleaned = form.cleaned_data
    category = ServiceCategory.objects.get(code=cleaned["category"])
    try:
        set_limit(
            request.actor,
            cleaned["kind"],
            cleaned["value"],
            category=category,
            unit=cleaned["unit"],
        )
    except DomainError as error:
        show(form, error)
        return False
    messages.success(request, _("The limit is set."))
    return True


def _require_right(request: Request) -> None:
    if not may_keep_limits(request.actor):
        raise Forbidden(_("Only managers and owners of the organization can do this."))
