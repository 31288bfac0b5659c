"""Clients brought in a file, with a look at it first; and taken away in one."""

from dataclasses import dataclass
from typing import Any

from django.core.files.base import ContentFile
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from core.errors import DomainError, Forbidden
from core.http import Request
from core.imports import beginning, example_file, own_operation
from core.models import Operation
from core.operations import begin_operation, has_begun, prepare_operation, start_operation
from core.tables import Cells, RowError, open_table
from core.uploads import check_upload, ending_of
from subscriptions.client_filters import ClientFilter
from subscriptions.forms.client_import import MappingForm, UploadForm
from subscriptions.forms.errors import show
from subscriptions.operations import EXPORT, IMPORT
from subscriptions.rights import keeps_clients
from subscriptions.selectors.clients import clients_with_phone
from subscriptions.services.clients.exporting import FORMATS
from subscriptions.services.clients.import_rows import FIELDS, check_mapping, read_row, recognised
from subscriptions.services.clients.importing import LEAVE
from subscriptions.views.clients.access import writers

LOOKED_AT = 10
_EXAMPLES = [
    ["Иванова Анна Петровна", "8 912 345-67-89", "", "anna@example.com", "", "vip", "22.11.2026"],
    ["ООО «Вектор»", "+7 843 200-10-20", "", "", "", "", ""],
]


@writers
@require_http_methods(["GET", "POST"])
def client_import(request: Request) -> HttpResponse:
    """The file, and what it may hold."""
    _check_right(request)
    form = UploadForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        try:
            prepared = _prepare(request, form.cleaned_data["file"])
        except DomainError as error:
            show(form, error)
        else:
            return redirect("client_import_check", prepared.public_id)
    crumbs = [(_("Clients"), reverse("client_list")), (_("Import"), "")]
    context = {"form": form, "fields": _explained(), "crumbs": crumbs}
    status = 422 if form.errors else 200
    return render(request, "subscriptions/clients/import.html", context, status=status)


@writers
@require_http_methods(["GET", "POST"])
def client_import_check(request: Request, public_id: str) -> HttpResponse:
    """Which column is what, and what will become of the first rows; then it begins."""
    _check_right(request)
    prepared = own_operation(request.actor, IMPORT, public_id)
    if has_begun(prepared):
        return redirect("operation_detail", prepared.public_id)
    header, rows = beginning(prepared, LOOKED_AT)
    form = MappingForm(
        request.POST or None,
        header=header,
        mapping=prepared.data["mapping"],
        initial={"existing": prepared.data["existing"]},
    )
    if request.method == "POST" and form.is_valid():
        chosen = form.arguments()
        prepared.data |= chosen
        if "start" not in request.POST:
            Operation.objects.filter(pk=prepared.pk).update(data=prepared.data)
            return redirect("client_import_check", prepared.public_id)
        try:
            check_mapping(chosen["mapping"])
        except DomainError as error:
            show(form, error)
        else:
            begin_operation(prepared, chosen)
            return redirect("operation_detail", prepared.public_id)
    context = {
        "form": form,
        "header": header,
        "lines": _lines(request, rows, prepared.data["mapping"], header),
        "problem": _problem(prepared.data["mapping"]),
        "again_url": reverse("client_import"),
        "crumbs": [
            (_("Clients"), reverse("client_list")),
            (_("Import"), reverse("client_import")),
            (_("Check"), ""),
        ],
    }
    status = 422 if form.errors else 200
    return render(request, "subscriptions/clients/import_check.html", context, status=status)


@writers
@require_GET
def client_import_template(request: Request, ending: str) -> HttpResponse:
    """An example to fill in."""
    header = [str(label) for label in FIELDS.values()]
    return example_file("clients", ending, header, _EXAMPLES)


@writers
@require_POST
def client_export(request: Request) -> HttpResponse:
    """Begins to write the clients of the filters in `query` into a file."""
    _check_right(request)
    ending = request.POST.get("format", "")
    if ending not in FORMATS:
        raise DomainError(_("Choose CSV or XLSX."), field="format")
    filterset = ClientFilter.of_text(request.POST.get("query", ""), actor=request.actor)
    filterset.check()
    wanted = ContentFile(filterset.query.urlencode().encode())
    started = start_operation(request.actor, EXPORT, {"format": ending}, source=wanted)
    return redirect("operation_detail", started.public_id)


def _check_right(request: Request) -> None:
    if not keeps_clients(request.actor):
        raise Forbidden(_("You cannot add clients here."))


def _prepare(request: Request, upload: Any) -> Operation:
    """Keeps the file and what its headings seem to mean, until its owner has looked."""
    name = check_upload(upload, ("csv", "xlsx"))
    ending = ending_of(name)
    table = open_table(upload, ending)
    # That it can be read at all is found out here and not by the worker.
    next(table.rows, None)
    data = {"ending": ending, "mapping": recognised(table.header), "existing": LEAVE}
    upload.seek(0)
    return prepare_operation(request.actor, IMPORT, data, source=upload)


@dataclass(frozen=True, slots=True)
class Line:
    """A row of the file, and what will become of it: "new", "known" or "bad"."""

    number: int
    # With the heading of each.
    cells: list[tuple[str, str]]
    fate: str
    reason: str = ""
    client: Any = None


def _lines(
    request: Request, rows: list[Cells], mapping: list[str], header: list[str]
) -> list[Line]:
    return [_line(request, row, mapping, header) for row in rows]


def _line(request: Request, row: Cells, mapping: list[str], header: list[str]) -> Line:
    cells = list(zip(header, row.cells, strict=False))
    try:
        read = read_row(row, mapping, header)
    except RowError as error:
        reason = f"{error.column}: {error.reason}" if error.column else error.reason
        return Line(row.line, cells, "bad", reason)
    known = clients_with_phone(request.actor, read.client.phone, limit=1)
    if known:
        return Line(row.line, cells, "known", client=known[0])
    return Line(row.line, cells, "new")


def _problem(mapping: list[str]) -> str:
    try:
        check_mapping(mapping)
    except DomainError as error:
        return str(error.message)
    return ""


def _explained() -> list[tuple[str, str]]:
    return [
        (str(FIELDS["name"]), _("Required. Full name of a person, or the name of a company.")),
        (str(FIELDS["phone"]), _("Required. In any spelling; by it known clients are found.")),
        (str(FIELDS["kind"]), _("“company” or “person”; empty: as the name tells.")),
        (str(FIELDS["email"]), ""),
        (str(FIELDS["comment"]), _("Up to 500 characters, seen by your organization alone.")),
        (str(FIELDS["tags"]), _("Several are separated by commas; new ones are made.")),
        (
            str(FIELDS["consent"]),
            _(
                "Whether the client agrees to their data being passed to providers: the day they "
                "said so, “yes” for today, or empty. Write it only where you have their word: "
                "without it you are asked at the first request."
            ),
        ),
    ]
