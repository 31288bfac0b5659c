"""Readings of meters: entered, corrected, decided upon; their photos."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods

from core.access import MEMBERS, access
from core.errors import DomainError, Forbidden, NotVisible
from core.http import Request
from core.parts.lists import Column, Columns
from core.sendfile import hand_over
from core.uploads import CONTENT_TYPES, ending_of
from subscriptions.choices import ReadingState
from subscriptions.forms.errors import show
from subscriptions.forms.usage import CorrectionForm, DecisionForm, ReadingForm
from subscriptions.models import MeterReading
from subscriptions.selectors.request_page import place_in_words
from subscriptions.selectors.usage.subscription import doubtful_rows, live_readings
from subscriptions.services.usage import (
    Unconfirmed,
    correct_reading,
    decide_reading,
    enter_reading,
)
from subscriptions.services.usage.importing import may_import
from subscriptions.usage_rights import may_decide, require_recording
from subscriptions.usage_text import figure, sign
from subscriptions.views.usage.access import (
    crumbs_to,
    meter_of,
    named,
    providers,
    reading_of,
    usage_of,
)

DOUBTFUL = Columns(
    Column("day", gettext_lazy("Day")),
    Column("place", gettext_lazy("Address")),
    Column("meter", gettext_lazy("Meter")),
    Column("value", gettext_lazy("Figure"), numeric=True),
    Column("reason", gettext_lazy("What is unusual")),
    Column("actions", gettext_lazy("Actions"), hidden=True),
)


@access(MEMBERS)
@require_http_methods(["GET", "POST"])
def usage_reading_new(request: Request, number: str, public_id: str) -> HttpResponse:
    found = usage_of(request, number)
    meter = meter_of(request, found, public_id)
    require_recording(request.actor, found)
    form = ReadingForm(
        request.POST or None, request.FILES or None, meter=meter, before=live_readings(meter)
    )
    if request.method == "POST" and form.is_valid():
        try:
            readings = enter_reading(request.actor, meter, form.new_reading())
        except DomainError as error:
            _show(form, error)
        else:
            _say_entered(request, readings)
            return redirect("subscription_usage", number)
    context = named(found) | {
        "form": form.visible(),
        "meter": meter,
        "crumbs": crumbs_to(found, _("New reading")),
    }
    return _answer(request, "subscriptions/usage/reading.html", context)


@access(MEMBERS)
@require_http_methods(["GET", "POST"])
def usage_reading_correct(request: Request, number: str, public_id: str) -> HttpResponse:
    found = usage_of(request, number)
    reading = reading_of(request, found, public_id)
    require_recording(request.actor, found)
    form = CorrectionForm(request.POST or None, request.FILES or None, value=reading.value)
    if request.method == "POST" and form.is_valid():
        cleaned = form.cleaned_data
        try:
            made = correct_reading(
                request.actor,
                reading,
                cleaned["value"],
                confirmed=cleaned["confirmed"],
                photo=cleaned["photo"],
            )
        except Forbidden:
            raise
        except DomainError as error:
            if error.field and error.field.startswith("zone_"):
                error.field = "value"
            _show(form, error)
        else:
            _say_entered(request, [made])
            return redirect("subscription_usage", number)
    context = named(found) | {
        "form": form.visible(),
        "reading": reading,
        "meter": reading.meter,
        "unit_sign": sign(reading.meter.unit),
        "crumbs": crumbs_to(found, _("Correct the reading")),
    }
    return _answer(request, "subscriptions/usage/correct.html", context)


@access(MEMBERS)
@require_http_methods(["GET", "POST"])
def usage_reading_decide(request: Request, number: str, public_id: str) -> HttpResponse:
    """What a doubtful reading is compared with, and the provider's word on it."""
    found = usage_of(request, number)
    reading = reading_of(request, found, public_id)
    if not may_decide(request.actor, found):
        raise Forbidden(_("The provider decides this."))
    form = DecisionForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        accept = request.POST.get("do") == "accept"
        try:
            decide_reading(
                request.actor, reading, accept=accept, reason=form.cleaned_data["reason"]
            )
        except DomainError as error:
            show(form, error)
        else:
            text = _("The reading is accepted.") if accept else _("The reading is refused.")
            messages.success(request, text)
            return redirect("subscription_usage", number)
    before = live_readings(reading.meter).get(reading.zone)
    context = named(found) | {
        "form": form,
        "reading": reading,
        "meter": reading.meter,
        "value": figure(reading.value),
        "before": before,
        "before_value": figure(before.value) if before else "",
        "unit_sign": sign(reading.meter.unit),
        "crumbs": crumbs_to(found, _("Check the reading")),
    }
    return _answer(request, "subscriptions/usage/decide.html", context)


@access(MEMBERS)
@require_GET
def usage_reading_photo(request: Request, number: str, public_id: str) -> HttpResponseBase:
    """A download, for whoever reads the use of the subscription."""
    found = usage_of(request, number)
    reading = reading_of(request, found, public_id)
    missing = _("There is no such file, or it is not yours to see.")
    if not reading.photo:
        raise NotVisible(missing)
    ending = ending_of(reading.photo.name or "")
    name = f"{reading.meter.serial} {reading.day:%Y-%m-%d}.{ending}"
    return hand_over(reading.photo, name, CONTENT_TYPES[ending], missing)


@providers
@require_GET
def usage_doubtful(request: Request) -> HttpResponse:
    """Readings of all customers that wait for the provider, the oldest first."""
    page = doubtful_rows(request.actor, request.GET.get("after", ""))
    context = {
        "page": page,
        "columns": DOUBTFUL,
        "lines": [
            (
                row,
                place_in_words(
                    row.meter__subscription__building__address,
                    row.meter__subscription__unit__number,
                ),
                f"{figure(row.value)} {sign(row.meter__unit)}",
            )
            for row in page.rows
        ],
        "may_import": may_import(request.actor),
        "crumbs": [(_("Readings to check"), "")],
    }
    return render(request, "subscriptions/usage/doubtful.html", context)


def _show(form: Any, error: DomainError) -> None:
    """A refusal beside its field; what has to be confirmed gets its box."""
    if isinstance(error, Unconfirmed):
        form.asks = True
    show(form, error)


def _answer(request: Request, template: str, context: dict[str, Any]) -> HttpResponse:
    return render(request, template, context, status=422 if context["form"].errors else 200)


def _say_entered(request: Request, readings: list[MeterReading]) -> None:
    if any(reading.state == ReadingState.DOUBTFUL for reading in readings):
        messages.info(request, _("The reading is entered; it counts once the provider accepts it."))
    else:
        messages.success(request, _("The reading is entered."))
