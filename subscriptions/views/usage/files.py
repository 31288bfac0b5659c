"""Use brought in a file, with a look at it first; and taken away in one."""

from dataclasses import dataclass
from typing import Any

from django.http import Http404, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from core.access import access, only
from core.choices import OrganizationKind, Role
from core.errors import DomainError, Forbidden
from core.http import Request
from core.imports import CONTENT_TYPES, beginning, example_file, own_operation
from core.models import Operation
from core.operations import begin_operation, has_begun, prepare_operation, start_operation
from core.tables import Cells, RowError, open_table
from core.uploads import check_upload, ending_of
from subscriptions.centre_rights import HOLDING_KINDS
from subscriptions.forms.errors import show
from subscriptions.forms.usage_import import UsageMappingForm, UsageUploadForm
from subscriptions.operations import USAGE_EXPORT, USAGE_IMPORT
from subscriptions.services.usage.exporting import FORMATS
from subscriptions.services.usage.import_rows import FIELDS, check_mapping, read_row, recognised
from subscriptions.services.usage.importing import may_import
from subscriptions.services.usage.rows import find_subscriptions, the_one
from subscriptions.usage_filters import UsageFilter
from subscriptions.views.usage.access import tellers

LOOKED_AT = 10
_EXAMPLES = [
    ["ES-1234-5674", "10.2026", "", "", "245,5", "", "", "", "", ""],
    ["Д-0012/26", "", "01.10.2026", "15.10.2026", "12,3", "", "", "", "", ""],
    ["40817001", "", "", "", "", "", "25.10.2026", "10482", "00123456", ""],
]


@tellers
@require_http_methods(["GET", "POST"])
def usage_import(request: Request) -> HttpResponse:
    """The file, and what it may hold."""
    _check_right(request)
    form = UsageUploadForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        try:
            prepared = _prepare(request, form.cleaned_data["file"])
        except DomainError as error:
            show(form, error)
        else:
            return redirect("usage_import_check", prepared.public_id)
    context = {
        "form": form,
        "fields": _explained(),
        "back_url": _home(request),
        "crumbs": _crumbs(request, (_("Import of use"), "")),
    }
    status = 422 if form.errors else 200
    return render(request, "subscriptions/usage/import.html", context, status=status)


@tellers
@require_http_methods(["GET", "POST"])
def usage_import_check(request: Request, public_id: str) -> HttpResponse:
    """Which column is what, and what is wrong in the first rows; then it begins."""
    _check_right(request)
    prepared = own_operation(request.actor, USAGE_IMPORT, public_id)
    if has_begun(prepared):
        return redirect("operation_detail", prepared.public_id)
    header, rows = beginning(prepared, LOOKED_AT)
    form = UsageMappingForm(request.POST or None, header=header, mapping=prepared.data["mapping"])
    if request.method == "POST" and form.is_valid():
        prepared.data["mapping"] = form.mapping()
        if "start" not in request.POST:
            Operation.objects.filter(pk=prepared.pk).update(data=prepared.data)
            return redirect("usage_import_check", prepared.public_id)
        try:
            check_mapping(prepared.data["mapping"])
        except DomainError as error:
            show(form, error)
        else:
            begin_operation(prepared, {"mapping": prepared.data["mapping"]})
            return redirect("operation_detail", prepared.public_id)
    context = {
        "form": form,
        "header": header,
        "lines": _lines(request, rows, prepared.data["mapping"], header),
        "problem": _problem(prepared.data["mapping"]),
        "again_url": reverse("usage_import"),
        "crumbs": _crumbs(request, (_("Import of use"), reverse("usage_import")), (_("Check"), "")),
    }
    status = 422 if form.errors else 200
    return render(request, "subscriptions/usage/import_check.html", context, status=status)


@tellers
@require_GET
def usage_import_template(request: Request, ending: str) -> HttpResponse:
    """An example to fill in."""
    if ending not in CONTENT_TYPES:
        raise Http404
    return example_file("usage", ending, [str(label) for label in FIELDS.values()], _EXAMPLES)


@access(only(*HOLDING_KINDS, least=Role.MEMBER))
@require_POST
def usage_export(request: Request) -> HttpResponse:
    """Begins to write a year of the use that the filters in `query` find into a file."""
    ending = request.POST.get("format", "")
    if ending not in FORMATS:
        raise DomainError(_("Choose CSV or XLSX."), field="format")
    filterset = UsageFilter(QueryDict(request.POST.get("query", "")), actor=request.actor)
    filterset.check()
    data = {"format": ending, "query": filterset.query.urlencode()}
    started = start_operation(request.actor, USAGE_EXPORT, data)
    return redirect("operation_detail", started.public_id)


def _check_right(request: Request) -> None:
    if not may_import(request.actor):
        raise Forbidden(_("You cannot record use here."))


def _home(request: Request) -> str:
    provides = request.actor.kind == OrganizationKind.PROVIDER
    return reverse("usage_doubtful" if provides else "usage")


def _crumbs(request: Request, *here: tuple[str, str]) -> list[tuple[str, str]]:
    provides = request.actor.kind == OrganizationKind.PROVIDER
    return [(_("Readings to check") if provides else _("Use"), _home(request)), *here]


def _prepare(request: Request, upload: Any) -> Operation:
    """Keeps the file and what its headings seem to mean, until its owner has looked."""
    name = check_upload(upload, ("csv", "xlsx"))
    ending = ending_of(name)
    table = open_table(upload, ending)
    # That it can be read at all is found out here and not by the worker.
    next(table.rows, None)
    data = {"ending": ending, "mapping": recognised(table.header)}
    upload.seek(0)
    return prepare_operation(request.actor, USAGE_IMPORT, data, source=upload)


@dataclass(frozen=True, slots=True)
class Line:
    """A row of the file; `reason`: why it cannot be taken; `number`: of the subscription meant."""

    line: int
    # With the heading of each.
    cells: list[tuple[str, str]]
    reason: str = ""
    number: str = ""


def _lines(
    request: Request, rows: list[Cells], mapping: list[str], header: list[str]
) -> list[Line]:
    read: dict[int, Any] = {}
    reasons: dict[int, str] = {}
    for row in rows:
        try:
            read[row.line] = read_row(row, mapping, header).row
        except RowError as error:
            text = f"{error.column}: {error.reason}" if error.column else error.reason
            reasons[row.line] = text
    found = find_subscriptions(request.actor, {one.subscription for one in read.values()})
    lines = []
    for row in rows:
        number, reason = "", reasons.get(row.line, "")
        if row.line in read:
            try:
                number = the_one(found, read[row.line].subscription).number
            except DomainError as error:
                reason = str(error)
        cells = list(zip(header, row.cells, strict=False))
        lines.append(Line(row.line, cells, reason, number))
    return lines


def _problem(mapping: list[str]) -> str:
    try:
        check_mapping(mapping)
    except DomainError as error:
        return str(error.message)
    return ""


def _explained() -> list[tuple[str, str]]:
    texts = {
        "subscription": _("Required: the subscription's number, or its contract or account."),
        "month": _("Of what was used: 10.2026. Or a period, in the next two columns."),
        "starts_on": _("The first day of a period, where it is no whole month."),
        "ends_on": _("The last day of it."),
        "amount": _("What was used in the month or period."),
        "unit": _("Empty: the usual one of the service."),
        "day": _("Of a reading: 25.10.2026."),
        "reading": _("What the meter showed. A row holds what was used, or a reading."),
        "serial": _("Of the meter, where there are several."),
        "zone": _("Day, night, peak or half-peak, where the meter has several."),
    }
    return [(str(label), texts[field]) for field, label in FIELDS.items()]
