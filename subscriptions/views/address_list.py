"""A list of addresses brought in a file, and what came of it."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from core.access import MEMBERS, access
from core.errors import DomainError
from core.http import Request
from core.imports import example_file, own_operation
from core.models import Operation
from core.operations import start_operation
from core.tables import open_table
from core.uploads import check_upload, ending_of
from subscriptions.forms.availability import ListForm
from subscriptions.forms.errors import show
from subscriptions.operations import LIST
from subscriptions.rights import may_file
from subscriptions.selectors.catalogue import categories
from subscriptions.services.address_list import heads_of

_EXAMPLES = [
    ["1", "Казань, ул Чистопольская, д 12"],
    ["2", "Казань, Баумана 5, кв 7"],
]


@access(MEMBERS)
@require_http_methods(["GET", "POST"])
def availability_list(request: Request) -> HttpResponse:
    """The file, and what it may hold."""
    form = ListForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        try:
            started = _start(request, form)
        except DomainError as error:
            show(form, error)
        else:
            return redirect("availability_list_result", started.public_id)
    crumbs = [(_("Availability"), reverse("availability")), (_("A list of addresses"), "")]
    status = 422 if form.errors else 200
    context = {"form": form, "crumbs": crumbs}
    return render(request, "subscriptions/availability/list.html", context, status=status)


@access(MEMBERS)
@require_GET
def availability_list_template(request: Request, ending: str) -> HttpResponse:
    """An example to fill in."""
    return example_file("addresses", ending, [_("Number"), _("Address")], _EXAMPLES)


@access(MEMBERS)
@require_GET
def availability_list_result(request: Request, public_id: str) -> HttpResponse:
    """How far it is, the file that came out, and where one may wait for a service."""
    row = list_operation(request, public_id)
    context = {
        "operation": row,
        "is_over": row.state in (Operation.State.DONE, Operation.State.FAILED),
        "facts": row.summary.get("facts", []),
        "progress_url": reverse("operation_progress", args=[row.public_id]),
        "waiting": waiting_of(row) if may_file(request.actor) else [],
        "crumbs": [
            (_("Availability"), reverse("availability")),
            (_("A list of addresses"), reverse("availability_list")),
            (_("Answers"), ""),
        ],
    }
    return render(request, "subscriptions/availability/list_result.html", context)


def waiting_of(row: Operation) -> list[tuple[str, str, int]]:
    """Code, name, and at how many of the buildings it is not available, of each category."""
    ids: dict[str, list[int]] = row.data.get("waiting", {})
    return [(one.code, one.name, len(ids[one.code])) for one in categories() if one.code in ids]


def list_operation(request: Request, public_id: str) -> Operation:
    """One's own answered list, or NotVisible."""
    return own_operation(request.actor, LIST, public_id)


def _start(request: Request, form: ListForm) -> Operation:
    upload: Any = form.cleaned_data["file"]
    ending = ending_of(check_upload(upload, ("csv", "xlsx")))
    table = open_table(upload, ending)
    # That it can be read at all is found out here and not by the worker.
    heads_of(table.header)
    next(table.rows, None)
    upload.seek(0)
    data = {"ending": ending, "categories": form.cleaned_data["categories"]}
    return start_operation(request.actor, LIST, data, source=upload)
