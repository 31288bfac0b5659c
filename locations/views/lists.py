"""Lists of buildings brought in a file, with a look at it first; and taken away in one."""

from dataclasses import dataclass
from typing import Any

from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from core.errors import DomainError
from core.http import Request
from core.imports import beginning, example_file, own_operation
from core.models import Operation
from core.operations import begin_operation, has_begun, prepare_operation, start_operation
from core.tables import Cells, open_table
from core.uploads import check_upload, ending_of
from locations.coverage_operations import LIST_EXPORT, LIST_IMPORT
from locations.filters import StatementFilter
from locations.forms import ListForm
from locations.services.lists.exporting import FORMATS, headings
from locations.services.lists.importing import place_rows, says_more, stated_already
from locations.services.lists.rows import FIELDS, RowReader, check_columns, recognised
from locations.services.rights import provider_of
from locations.views.coverage import managers, readers
from users.models import Organization

LOOKED_AT = 15


@managers
@require_http_methods(["GET", "POST"])
def coverage_list_import(request: Request) -> HttpResponse:
    """The file, and what it may hold."""
    form = ListForm(request.POST or None, request.FILES or None, actor=request.actor)
    if request.method == "POST" and form.is_valid():
        try:
            prepared = _prepare(request, form)
        except DomainError as error:
            form.add_error(error.field if error.field in form.fields else None, str(error.message))
        else:
            return redirect("coverage_list_check", prepared.public_id)
    context = {"form": form, "fields": _explained(), "crumbs": _crumbs(_("Import a list"))}
    status = 422 if form.errors else 200
    return render(request, "locations/coverage/list_import.html", context, status=status)


@managers
@require_http_methods(["GET", "POST"])
def coverage_list_check(request: Request, public_id: str) -> HttpResponse:
    """What will become of the first rows; then it begins."""
    prepared = own_operation(request.actor, LIST_IMPORT, public_id)
    if has_begun(prepared):
        return redirect("operation_detail", prepared.public_id)
    if request.method == "POST":
        begin_operation(prepared)
        return redirect("operation_detail", prepared.public_id)
    provider = provider_of(
        request.actor, Organization.objects.filter(pk=prepared.data["provider"]).first()
    )
    header, rows = beginning(prepared, LOOKED_AT)
    ignored = [
        name for name, field in zip(header, recognised(header), strict=True) if name and not field
    ]
    context = {
        "header": header,
        "lines": _lines(request, provider, rows, header),
        "ignored": ", ".join(ignored[:10]),
        "crumbs": _crumbs(_("Check")),
    }
    return render(request, "locations/coverage/list_check.html", context)


@readers
@require_GET
def coverage_list_template(request: Request, ending: str) -> HttpResponse:
    """An example to fill in."""
    example = [
        ["", "Казань, ул Чистопольская, д 12", "internet", "GPON", "1000", "AVAILABLE"],
        ["", "Казань, пр-кт Победы, д 100 к2", "internet", "FTTB", "100", "PLANNED", "01.06.2027"],
    ]
    rows = [[*row, *[""] * (len(FIELDS) - len(row))] for row in example]
    return example_file("buildings", ending, headings(), rows)


@readers
@require_POST
def coverage_list_export(request: Request) -> HttpResponse:
    """Begins to write the statements of the filters in `query` into a file."""
    ending = request.POST.get("format", "")
    if ending not in FORMATS:
        raise DomainError(_("Choose CSV or XLSX."), field="format")
    filterset = StatementFilter(QueryDict(request.POST.get("query", "")), actor=request.actor)
    filterset.check()
    data = {"format": ending, "query": filterset.query.urlencode()}
    started = start_operation(request.actor, LIST_EXPORT, data)
    return redirect("operation_detail", started.public_id)


def _prepare(request: Request, form: ListForm) -> Operation:
    """Keeps the file until its owner has looked at what it will do."""
    upload: Any = form.cleaned_data["file"]
    provider = form.provider()
    ending = ending_of(check_upload(upload, ("csv", "xlsx")))
    table = open_table(upload, ending)
    check_columns(recognised(table.header))
    # That it can be read at all is found out here and not by the worker.
    next(table.rows, None)
    upload.seek(0)
    data = {"ending": ending, "provider": provider.pk}
    return prepare_operation(request.actor, LIST_IMPORT, data, source=upload)


@dataclass(frozen=True, slots=True)
class Line:
    """A row of the file, and what will become of it: "new", "change", "same" or "bad"."""

    number: int
    cells: list[tuple[str, str]]
    fate: str
    said: str


def _lines(
    request: Request, provider: Organization, rows: list[Cells], header: list[str]
) -> list[Line]:
    placed, faults = place_rows(request.actor, rows, RowReader(header))
    known = stated_already(provider, placed)
    fates: dict[int, tuple[str, str]] = {
        fault.line: ("bad", f"{fault.column}: {fault.reason}" if fault.column else fault.reason)
        for fault, _cells in faults
    }
    for one in placed:
        stated = known.get(one.key)
        fate = "new" if stated is None else "change" if says_more(one.row, stated) else "same"
        fates[one.row.line] = (fate, one.building.address)
    return [
        Line(row.line, list(zip(header, row.cells, strict=False)), *fates[row.line]) for row in rows
    ]


def _explained() -> list[tuple[str, str]]:
    texts = {
        "fias_id": _("The building's id in FIAS; it decides where both are given."),
        "address": _("City, street, house, in any spelling. Needed where there is no FIAS id."),
        "category": _("Required: internet, tv, intercom … or its name."),
        "technology": _("As in your plans. Empty: any."),
        "max_speed": _("A whole number."),
        "state": _("Available, planned, needs a survey, not available. Empty: available."),
        "planned_from": _("The day, for what is planned."),
        "stated": _("The day it was found out. Empty: today. What you stated later stays."),
        "expires": _("The last day, itself included. Empty: until you change it."),
        "source": _("Where you know it from."),
    }
    return [(str(label), texts[name]) for name, label in FIELDS.items()]


def _crumbs(last: str) -> list[tuple[str, str]]:
    return [
        (_("Coverage"), reverse("coverage_list")),
        (_("Buildings"), reverse("coverage_buildings")),
        (last, ""),
    ]
