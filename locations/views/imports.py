"""Addresses brought in a file, with a look at it first."""

from dataclasses import dataclass
from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from core.access import access, members_alone, only
from core.choices import Role
from core.errors import DomainError
from core.http import Request
from core.imports import example_file, own_operation
from core.models import Operation
from core.operations import begin_operation, has_begun, prepare_operation
from core.parts.text import COUNT_LIMIT
from core.uploads import check_upload, ending_of
from locations.import_forms import BuildingFileForm, DoubtfulForm
from locations.models import Building, UnplacedHouse
from locations.operations import IMPORT
from locations.services.imports.building_batch import Fate
from locations.services.imports.building_rows import EXAMPLES, FIELDS, explained
from locations.services.imports.buildings import LOOKED_AT, Preview, Terms, preview_import
from locations.services.rights import IMPORTERS, may_import, require_importer

# Addresses stay when the organization's leave is over, so guests of the staff bring none.
importers = access(members_alone(only(*IMPORTERS, least=Role.MANAGER)))
SHOWN = 20


@importers
@require_http_methods(["GET", "POST"])
def building_import(request: Request) -> HttpResponse:
    """The file, and what it may hold."""
    form = BuildingFileForm(request.POST or None, request.FILES or None)
    if request.method == "POST":
        require_importer(request.actor)
        if form.is_valid():
            try:
                prepared = _prepare(request, form.cleaned_data["file"])
            except DomainError as error:
                form.add_error("file", str(error))
            else:
                return redirect("building_import_check", prepared.public_id)
    context = {
        "form": form,
        "columns": explained(),
        "may": may_import(request.actor),
        "keeps": request.actor.is_admin,
        "waiting": _waiting(request),
        "crumbs": [(_("Import of addresses"), "")],
    }
    status = 422 if form.errors else 200
    return render(request, "locations/imports/file.html", context, status=status)


@importers
@require_http_methods(["GET", "POST"])
def building_import_check(request: Request, public_id: str) -> HttpResponse:
    """What will become of the first rows; then it begins."""
    require_importer(request.actor)
    prepared = own_operation(request.actor, IMPORT, public_id)
    if has_begun(prepared):
        return redirect("operation_detail", prepared.public_id)
    form = DoubtfulForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        begin_operation(prepared, form.cleaned_data)
        return redirect("operation_detail", prepared.public_id)
    with prepared.source.open("rb") as file:
        preview = _look(request, file, prepared.data)
    context = {
        "form": form,
        "preview": preview,
        "lines": _lines(preview)[:SHOWN],
        "looked_at": LOOKED_AT,
        "keeps": prepared.data.get("keeps"),
        "crumbs": [(_("Import of addresses"), reverse("building_import")), (_("Check"), "")],
    }
    status = 422 if form.errors else 200
    return render(request, "locations/imports/check.html", context, status=status)


@importers
@require_GET
def building_import_template(request: Request, ending: str) -> HttpResponse:
    """An example to fill in."""
    header = [str(label) for label in FIELDS.values()]
    return example_file("addresses", ending, header, EXAMPLES)


def _waiting(request: Request) -> int:
    """How many houses of the register wait for coordinates, for those who can bring them.

    Of millions no more are counted than are told.
    """
    if not request.actor.is_admin:
        return 0
    return UnplacedHouse.objects.order_by()[: COUNT_LIMIT + 1].count()


def _prepare(request: Request, upload: Any) -> Operation:
    """Keeps the file until its owner has looked; that it can be read is found out here."""
    name = check_upload(upload, ("csv", "xlsx"))
    data = {"ending": ending_of(name), "keeps": request.actor.is_admin}
    _look(request, upload, data)
    upload.seek(0)
    return prepare_operation(request.actor, IMPORT, data, source=upload)


def _look(request: Request, file: Any, data: dict[str, Any]) -> Preview:
    terms = Terms(keeps=bool(data.get("keeps")))
    return preview_import(request.actor, file, data["ending"], terms)


@dataclass(frozen=True, slots=True)
class Line:
    """A row of the file: as it is understood, or as it is written where it is not."""

    number: int
    fate: str
    address: str
    building: Building | None = None
    reason: str = ""
    column: str = ""


def _lines(preview: Preview) -> list[Line]:
    heading = dict(zip(preview.names, preview.header, strict=True))
    judged = [
        Line(
            verdict.house.line,
            verdict.fate,
            verdict.house.address,
            verdict.building if verdict.fate not in (Fate.BAD, Fate.NEW) else None,
            verdict.reason,
            heading.get(verdict.column, ""),
        )
        for verdict in preview.verdicts
    ]
    bad = [
        Line(
            fault.line,
            Fate.BAD,
            ", ".join(filter(None, cells))[:200],
            reason=fault.reason,
            column=heading.get(fault.column, ""),
        )
        for fault, cells in preview.faults
    ]
    return sorted([*judged, *bad], key=lambda line: line.number)
