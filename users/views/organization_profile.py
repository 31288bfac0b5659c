"""The organization's own pages: its card, requisites, hours and calendar."""

from datetime import date
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from core import clock
from core.errors import Conflict, DomainError
from core.http import Request
from users.forms.errors import show
from users.forms.organization import (
    BasedForm,
    CardForm,
    DayForm,
    HoursForm,
    LogoForm,
    RequisitesForm,
)
from users.models import Organization
from users.services import profile
from users.views.own_organization import (
    managers,
    own_organization,
    owners,
    readers,
    status_of,
)


@readers
@require_GET
def organization_profile(request: Request) -> HttpResponse:
    organization = own_organization(request)
    return render(
        request,
        "users/organization/profile.html",
        {
            "organization": organization,
            "may_edit": profile.may_edit(request.actor, organization),
            "may_edit_requisites": profile.may_edit_requisites(request.actor, organization),
        },
    )


@managers
@require_http_methods(["GET", "POST"])
def organization_edit(request: Request) -> HttpResponse:
    return _edit(request, CardForm, profile.change_card, _("Profile of the organization"))


@owners
@require_http_methods(["GET", "POST"])
def organization_requisites(request: Request) -> HttpResponse:
    return _edit(request, RequisitesForm, profile.change_requisites, _("Requisites"))


@managers
@require_POST
def organization_logo(request: Request) -> HttpResponse:
    """A new logo; the button "remove" takes the present one away."""
    organization = own_organization(request)
    if "remove" in request.POST:
        profile.remove_logo(request.actor, organization)
        messages.success(request, _("The logo is removed."))
        return redirect("organization_edit")
    form = LogoForm(request.POST, request.FILES)
    if form.is_valid():
        try:
            profile.set_logo(request.actor, organization, form.cleaned_data["logo"])
        except DomainError as error:
            show(form, error)
        else:
            messages.success(request, _("The logo is saved."))
            return redirect("organization_edit")
    card = CardForm(organization=organization)
    return _form_page(request, organization, card, _("Profile of the organization"), 422, form)


def _edit(request: Request, form_class: type[BasedForm], save: Any, title: str) -> HttpResponse:
    organization = own_organization(request)
    form = form_class(request.POST or None, organization=organization)
    theirs: list[tuple[str, str]] = []
    refused: DomainError | None = None
    if request.method == "POST" and form.is_valid():
        fields = dict(form.cleaned_data)
        try:
            save(request.actor, organization, fields.pop("mark"), **fields)
        except Conflict as error:
            theirs = form.take_in(Organization.objects.get(pk=organization.pk))
            refused = error
            show(form, error)
        except DomainError as error:
            if error.status == 403:
                raise
            show(form, error)
        else:
            messages.success(request, _("Saved."))
            return redirect("organization_profile")
    return _form_page(request, organization, form, title, status_of(form, refused), theirs=theirs)


def _form_page(
    request: Request,
    organization: Organization,
    form: BasedForm,
    title: str,
    status: int,
    logo_form: LogoForm | None = None,
    theirs: list[tuple[str, str]] | None = None,
) -> HttpResponse:
    context = {
        "organization": organization,
        "form": form,
        "title": title,
        "theirs": theirs,
        "logo_form": (logo_form or LogoForm()) if isinstance(form, CardForm) else None,
        "crumbs": [(_("Organization"), reverse("organization_profile")), (title, "")],
    }
    return render(request, "users/organization/profile_form.html", context, status=status)


# --- hours and calendar -----------------------------------------------------------------------
@readers
@require_http_methods(["GET", "POST"])
def organization_calendar(request: Request) -> HttpResponse:
    """Working hours, and the days that differ from the country's calendar."""
    organization = own_organization(request)
    form = HoursForm(request.POST or None, organization=organization)
    theirs: list[tuple[str, str]] = []
    refused: DomainError | None = None
    if request.method == "POST" and form.is_valid():
        fields = dict(form.cleaned_data)
        try:
            profile.change_hours(request.actor, organization, fields.pop("mark"), **fields)
        except Conflict as error:
            theirs = form.take_in(Organization.objects.get(pk=organization.pk))
            refused = error
            show(form, error)
        else:
            messages.success(request, _("Saved. New deadlines run by these hours."))
            return redirect("organization_calendar")
    return _calendar_page(request, organization, form, DayForm(), status_of(form, refused), theirs)


@managers
@require_POST
def organization_day_set(request: Request) -> HttpResponse:
    organization = own_organization(request)
    form = DayForm(request.POST)
    if form.is_valid():
        try:
            profile.set_day(request.actor, organization, **form.cleaned_data)
        except DomainError as error:
            show(form, error)
        else:
            messages.success(request, _("The day is in the calendar."))
            return redirect("organization_calendar")
    hours = HoursForm(organization=organization)
    return _calendar_page(request, organization, hours, form, 422)


@managers
@require_POST
def organization_day_forget(request: Request, day: str) -> HttpResponse:
    organization = own_organization(request)
    try:
        wanted = date.fromisoformat(day)
    except ValueError as error:
        raise Http404 from error
    if not organization.days.filter(day=wanted).exists():
        raise Http404
    profile.forget_day(request.actor, organization, wanted)
    messages.success(request, _("The day is as in the country's calendar again."))
    return redirect("organization_calendar")


def _calendar_page(
    request: Request,
    organization: Organization,
    form: HoursForm,
    day_form: DayForm,
    status: int,
    theirs: list[tuple[str, str]] | None = None,
) -> HttpResponse:
    context = {
        "organization": organization,
        "form": form,
        "day_form": day_form,
        "days": organization.days.filter(day__gte=clock.today()).order_by("day"),
        "may_edit": profile.may_edit(request.actor, organization),
        "theirs": theirs,
    }
    return render(request, "users/organization/calendar.html", context, status=status)
