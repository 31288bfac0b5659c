"""Long work as its starter sees it: how far it is, what came out, the file to take away."""

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from core.access import IN_CABINET, access
from core.models import Operation
from core.operations import title_of
from core.querysets import get_visible
from core.sendfile import hand_over


@access(IN_CABINET)
@require_GET
def operation_detail(request: HttpRequest, public_id: str) -> HttpResponse:
    row = _operation(request, public_id)
    context = _context(row) | {"crumbs": [(title_of(row), "")]}
    return render(request, "core/operations/detail.html", context)


@access(IN_CABINET)
@require_GET
def operation_progress(request: HttpRequest, public_id: str) -> HttpResponse:
    """The part of the page that changes while the work goes on."""
    row = _operation(request, public_id)
    context = _context(row)
    response = render(request, "core/operations/progress.html", context)
    if context["is_over"]:
        response["X-Poll"] = "end"
    return response


@access(IN_CABINET)
@require_GET
def operation_result(request: HttpRequest, public_id: str) -> HttpResponseBase:
    row = _operation(request, public_id)
    missing = _("This file is no longer kept. Start the work again.")
    return hand_over(row.result, row.result_name, "application/octet-stream", missing)


def _operation(request: HttpRequest, public_id: str) -> Operation:
    row: Operation = get_visible(Operation.objects, request.actor, public_id=public_id)  # type: ignore[attr-defined]
    return row


def _context(row: Operation) -> dict[str, object]:
    return {
        "operation": row,
        "title": title_of(row),
        "is_over": row.state in (Operation.State.DONE, Operation.State.FAILED),
        # Kinds say what came out in words of their own: pairs of a label and a figure.
        "facts": row.summary.get("facts", []),
        "back": row.summary.get("back", ""),
        "back_label": row.summary.get("back_label", ""),
        "progress_url": reverse("operation_progress", args=[row.public_id]),
    }
