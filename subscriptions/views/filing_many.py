"""Many requests from a file: brought, looked at, filed."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from core.actor import Actor
from core.errors import DomainError, Forbidden
from core.http import Request
from core.imports import example_file, own_operation
from core.models import Operation
from core.operations import start_operation
from core.parts.text import grouped
from core.tables import open_table
from core.uploads import check_upload, ending_of
from subscriptions.forms.errors import show
from subscriptions.forms.filing_many import ManyForm, RequestsFileForm
from subscriptions.operations import CHECK
from subscriptions.rights import files_for_itself, may_file
from subscriptions.services.filing_many.checking import SHOWN, reader_of
from subscriptions.services.filing_many.filing import DRAFT, FILE, start_filing
from subscriptions.services.filing_many.judging import Fate
from subscriptions.services.filing_many.rows import EXAMPLE_HEADER, ROWS_AT_MOST, example_rows
from subscriptions.views.filing import filers

# Of the example's columns those that are about a client.
_CLIENT_COLUMNS = {2, 3, 4, 9}


@filers
@require_http_methods(["GET", "POST"])
def request_many(request: Request) -> HttpResponse:
    """The file, and what it may hold."""
    _check_right(request.actor)
    form = RequestsFileForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        try:
            started = _start(request.actor, form.cleaned_data["file"])
        except DomainError as error:
            show(form, error)
        else:
            return redirect("request_many_check", started.public_id)
    context = {
        "form": form,
        "with_clients": not files_for_itself(request.actor),
        "most": grouped(ROWS_AT_MOST),
        "crumbs": [(_("Requests"), reverse("request_list")), (_("From a file"), "")],
    }
    status = 422 if form.errors else 200
    return render(request, "subscriptions/filing/many.html", context, status=status)


@filers
@require_GET
def request_many_template(request: Request, ending: str) -> HttpResponse:
    """An example to fill in."""
    header, rows = [str(name) for name in EXAMPLE_HEADER], example_rows()
    if files_for_itself(request.actor):
        kept = [place for place in range(len(header)) if place not in _CLIENT_COLUMNS]
        header = [header[place] for place in kept]
        rows = [[row[place] for place in kept] for row in rows]
    return example_file("requests", ending, header, rows)


@filers
@require_http_methods(["GET", "POST"])
def request_many_check(request: Request, public_id: str) -> HttpResponse:
    """What would become of each row; POST with `mode` files them, or makes drafts."""
    _check_right(request.actor)
    row = own_operation(request.actor, CHECK, public_id)
    if row.data.get("filing"):
        return redirect("operation_detail", row.data["filing"])
    counts = row.data.get("counts", {})
    form = ManyForm(request.POST or None, has_doubtful=bool(counts.get(Fate.DOUBTFUL)))
    if request.method == "POST" and form.is_valid():
        try:
            started = start_filing(
                request.actor,
                row,
                mode=request.POST.get("mode", ""),
                takes_doubtful=form.takes_doubtful,
                reason=form.cleaned_data.get("reason", ""),
            )
        except Forbidden:
            raise
        except DomainError as error:
            show(form, error)
        else:
            return redirect("operation_detail", started.public_id)
    is_over = row.state in (Operation.State.DONE, Operation.State.FAILED)
    context: dict[str, Any] = {
        "operation": row,
        "form": form,
        "is_over": is_over,
        "is_ready": row.state == Operation.State.DONE,
        "facts": row.summary.get("facts", []),
        "progress_url": reverse("operation_progress", args=[row.public_id]),
        "groups": _groups(row),
        "good": counts.get(Fate.GOOD, 0),
        "doubtful": counts.get(Fate.DOUBTFUL, 0),
        "modes": {"file": FILE, "draft": DRAFT},
        "crumbs": [
            (_("Requests"), reverse("request_list")),
            (_("From a file"), reverse("request_many")),
            (_("Check"), ""),
        ],
    }
    status = 422 if form.errors else 200
    return render(request, "subscriptions/filing/many_check.html", context, status=status)


def _groups(row: Operation) -> list[dict[str, Any]]:
    """The rows that are shown, the worst first, with how many more there are."""
    titles = {
        Fate.BAD: _("To be corrected"),
        Fate.DOUBTFUL: _("Doubtful"),
        Fate.GOOD: _("Can be filed"),
    }
    counts, shown = row.data.get("counts", {}), row.data.get("shown", {})
    return [
        {
            "fate": fate.value,
            "title": title,
            "count": counts.get(fate, 0),
            "rows": shown.get(fate, []),
            "more": max(counts.get(fate, 0) - SHOWN, 0),
        }
        for fate, title in titles.items()
        if counts.get(fate)
    ]


def _check_right(actor: Actor) -> None:
    if not may_file(actor):
        raise Forbidden(_("You cannot file requests here."))


def _start(actor: Actor, upload: Any) -> Operation:
    ending = ending_of(check_upload(upload, ("csv", "xlsx")))
    table = open_table(upload, ending)
    # That it can be read at all is found out here and not by the worker.
    reader_of(actor, table)
    next(table.rows, None)
    upload.seek(0)
    return start_operation(actor, CHECK, {"ending": ending}, source=upload)
