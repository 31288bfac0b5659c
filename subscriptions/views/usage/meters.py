"""Meters are added and removed; figures of services without one are entered; limits are set."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from core.access import MEMBERS, access
from core.errors import DomainError, Forbidden
from core.http import Request
from subscriptions.choices import Tariff
from subscriptions.forms.errors import show
from subscriptions.forms.usage import FigureForm, MeterForm, RemovalForm
from subscriptions.models import Subscription
from subscriptions.services.usage import UsageRow, add_meter, record_usage, remove_meter
from subscriptions.usage_rights import require_recording
from subscriptions.usage_rules import metered_units_of, units_of
from subscriptions.views.usage.access import crumbs_to, meter_of, named, usage_of


@access(MEMBERS)
@require_http_methods(["GET", "POST"])
def usage_meter_new(request: Request, number: str) -> HttpResponse:
    """A meter of the kind `?tariff=`."""
    found = usage_of(request, number)
    require_recording(request.actor, found)
    if not metered_units_of(found.category.code):
        raise Forbidden(_("There are no meters of this kind for this service."))
    asked = request.POST.get("tariff") or request.GET.get("tariff", "")
    tariff = asked if asked in Tariff.values else Tariff.SINGLE
    form = MeterForm(request.POST or None, subscription=found, tariff=tariff)
    if request.method == "POST" and form.is_valid():
        try:
            add_meter(request.actor, found, form.new_meter())
        except DomainError as error:
            show(form, error)
        else:
            messages.success(request, _("The meter is added."))
            return redirect("subscription_usage", number)
    # Registers are chosen first, by a link: each kind of meter has fields of its own.
    tariffs = Tariff.choices if found.category.code == "electricity" else []
    return _answer(
        request,
        "subscriptions/usage/meter.html",
        found,
        form,
        _("New meter"),
        tariff=tariff,
        tariffs=tariffs,
    )


@access(MEMBERS)
@require_http_methods(["GET", "POST"])
def usage_meter_remove(request: Request, number: str, public_id: str) -> HttpResponse:
    found = usage_of(request, number)
    meter = meter_of(request, found, public_id)
    require_recording(request.actor, found)
    form = RemovalForm(request.POST or None, meter=meter)
    if request.method == "POST" and form.is_valid():
        try:
            remove_meter(request.actor, meter, form.cleaned_data["removed_on"])
        except DomainError as error:
            show(form, error)
        else:
            messages.success(request, _("The meter is removed; its readings stay."))
            return redirect("subscription_usage", number)
    return _answer(
        request, "subscriptions/usage/remove.html", found, form, _("Remove the meter"), meter=meter
    )


@access(MEMBERS)
@require_http_methods(["GET", "POST"])
def usage_figure_new(request: Request, number: str) -> HttpResponse:
    """Use in a period; once more for the same period it takes the old figure's place."""
    found = usage_of(request, number)
    require_recording(request.actor, found)
    if not units_of(found.category.code):
        raise Forbidden(_("The use of this service is not measured."))
    form = FigureForm(request.POST or None, subscription=found)
    if request.method == "POST" and form.is_valid():
        fault = _record(request, found, form.cleaned_data)
        if fault is None:
            messages.success(request, _("The use is recorded."))
            return redirect("subscription_usage", number)
        show(form, fault)
    return _answer(request, "subscriptions/usage/figure.html", found, form, _("Use in a period"))


def _record(request: Request, found: Subscription, cleaned: Any) -> DomainError | None:
    row = UsageRow(
        found.number, cleaned["starts_on"], cleaned["ends_on"], cleaned["amount"], cleaned["unit"]
    )
    for fault in record_usage(request.actor, [row]).faults:
        return DomainError(fault.reason, field=fault.field)
    return None


def _answer(
    request: Request, template: str, found: Subscription, form: Any, here: str, **more: Any
) -> HttpResponse:
    context = named(found) | {"form": form, "crumbs": crumbs_to(found, here)} | more
    return render(request, template, context, status=422 if form.errors else 200)
