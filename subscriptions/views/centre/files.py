"""Services that a holder has already: brought in a file with a look at it first, or one by one."""

from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from core.access import access, only
from core.choices import OrganizationKind, Role
from core.errors import DomainError
from core.http import Request
from core.imports import beginning, example_file, own_operation
from core.models import Operation
from core.operations import begin_operation, has_begun, prepare_operation
from core.tables import open_table
from core.uploads import check_upload, ending_of
from locations.models import Unit
from subscriptions.forms.centre import NewServiceForm, UploadForm
from subscriptions.forms.errors import show
from subscriptions.operations import SUBSCRIPTIONS_IMPORT
from subscriptions.selectors.catalogue import categories
from subscriptions.services.centre.adding import add_service, known_already
from subscriptions.services.centre.import_rows import (
    FIELDS,
    Reader,
    Service,
    check_mapping,
    recognised,
)
from subscriptions.services.centre.importing import read_batch

managers = access(only(OrganizationKind.COMPANY, OrganizationKind.PERSON, least=Role.MANAGER))
LOOKED_AT = 20
_EXAMPLES = [
    ["Казань, ул. Чистопольская, 12", "47", "internet", "Уфанет", "Старт 300", "550", "01.03.2025",
     "У-1184/25", "100 200 300", "28.02.2027", "12", "300", "Офис на Чистопольской", "важное"],
    ["Москва, ул. Тверская, 7", "оф. 12", "tv", "Ростелеком", "", "390,50", "", "", "", "", "",
     "180", "", ""],
]  # fmt: skip


@managers
@require_http_methods(["GET", "POST"])
def subscription_import(request: Request) -> HttpResponse:
    """The file, and what it may hold."""
    form = UploadForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        try:
            prepared = _prepare(request, form.cleaned_data["file"])
        except DomainError as error:
            show(form, error)
        else:
            return redirect("subscription_import_check", prepared.public_id)
    context = {
        "form": form,
        "fields": _explained(),
        "crumbs": [(_("Subscriptions"), reverse("subscription_list")), (_("Import"), "")],
    }
    status = 422 if form.errors else 200
    return render(request, "subscriptions/centre/import.html", context, status=status)


def _prepare(request: Request, upload: Any) -> Operation:
    """Keeps the file and what its headings mean, until its owner has looked."""
    name = check_upload(upload, ("csv", "xlsx"))
    ending = ending_of(name)
    table = open_table(upload, ending)
    mapping = recognised(table.header)
    check_mapping(mapping)
    # That it can be read at all is found out here and not by the worker.
    next(table.rows, None)
    upload.seek(0)
    data = {"ending": ending, "mapping": mapping}
    return prepare_operation(request.actor, SUBSCRIPTIONS_IMPORT, data, source=upload)


@managers
@require_http_methods(["GET", "POST"])
def subscription_import_check(request: Request, public_id: str) -> HttpResponse:
    """What will become of the first rows; then it begins."""
    prepared = own_operation(request.actor, SUBSCRIPTIONS_IMPORT, public_id)
    if request.method == "POST" or has_begun(prepared):
        begin_operation(prepared)
        return redirect("operation_detail", prepared.public_id)
    header, rows = beginning(prepared, LOOKED_AT)
    mapping = prepared.data["mapping"]
    names = dict(zip(mapping, header, strict=False))
    sound, faults = read_batch(request.actor, Reader(request.actor), rows, mapping, names)
    fates = {service.line: _fate(request, service) for service in sound}
    for fault, _cells in faults:
        reason = f"{fault.column}: {fault.reason}" if fault.column else fault.reason
        fates[fault.line] = Fate("bad", reason)
    context = {
        "header": header,
        "meant": [FIELDS.get(field, _("not imported")) for field in mapping],
        "lines": [
            (row.line, list(zip(header, row.cells, strict=False)), fates[row.line]) for row in rows
        ],
        "crumbs": [
            (_("Subscriptions"), reverse("subscription_list")),
            (_("Import"), reverse("subscription_import")),
            (_("Check"), ""),
        ],
    }
    return render(request, "subscriptions/centre/import_check.html", context)


@dataclass(frozen=True, slots=True)
class Fate:
    """What will become of a row: "new", "known" (of that number) or "bad" (why)."""

    name: str
    text: str = ""


def _fate(request: Request, service: Service) -> Fate:
    unit = Unit.objects.filter(building_id=service.building_id, number=service.unit).first()
    known = known_already(request.actor, service, unit)
    return Fate("known", known.number) if known else Fate("new")


@managers
@require_GET
def subscription_import_template(request: Request, ending: str) -> HttpResponse:
    """An example to fill in."""
    header = [str(label) for label in FIELDS.values()]
    return example_file("subscriptions", ending, header, _EXAMPLES)


@managers
@require_http_methods(["GET", "POST"])
def subscription_new(request: Request) -> HttpResponse:
    """One service by hand."""
    choices = [(category.code, category.name) for category in categories()]
    form = NewServiceForm(request.POST or None, categories=choices)
    if request.method == "POST" and form.is_valid():
        try:
            row = add_service(request.actor, form.cells())
        except DomainError as error:
            if error.status in (403, 404):
                raise
            show(form, error)
        else:
            messages.success(request, _("The service is added."))
            return redirect("subscription_detail", row.number)
    context = {
        "form": form,
        "crumbs": [(_("Subscriptions"), reverse("subscription_list")), (_("Add a service"), "")],
    }
    status = 422 if form.errors else 200
    return render(request, "subscriptions/centre/new.html", context, status=status)


def _explained() -> list[tuple[str, str]]:
    known = ", ".join(f"{category.name} ({category.code})" for category in categories())
    texts = {
        "address": _("Required. City, street, house; an address that we know."),
        "unit": _("Where the address does not name it."),
        "category": _("Required. One of: %(known)s.") % {"known": known},
        "provider": _("Required. The name as on the portal, or the INN."),
        "plan": _("As your contract names it; empty: as the service."),
        "price": _("Required. Roubles a month."),
        "started_on": _("22.11.2025; empty: today. Spend is counted from this day."),
        "contract": _("By it and the provider a service is known again."),
        "account": "",
        "term_until": _("The last day of the term."),
        "renew": _("By how many months the term goes on by itself."),
        "figure": _("Mbit/s, channels, kW: with it cheaper offers can be found."),
        "centre": _("A new one is made."),
        "tags": _("Several are separated by commas; new ones are made."),
    }
    return [(str(label), texts[name]) for name, label in FIELDS.items()]
