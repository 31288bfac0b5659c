"""Acting on several tickets at once: those selected, or all that the filters find."""

from collections.abc import Sequence
from typing import Any

from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from core.errors import DomainError
from core.http import Request
from core.models import Operation
from core.querysets import get_visible, refuse_invisible
from subscriptions.forms.errors import show as show_error
from subscriptions.views.way_back import way_back
from support.desk_choices import desk_choices
from support.filters import TicketFilter
from support.forms.desk_bulk import BulkForm, bulk_form
from support.services.bulk import (
    ASSIGN,
    BULK_TRANSITIONS,
    FOUND_AT_MOST,
    PRIORITY,
    QUEUE,
    Outcome,
    bulk_tasks,
    check_selection,
)
from support.services.bulk_work import (
    KIND,
    act_or_start,
    found_numbers,
    label_of,
    results_of,
)
from support.views.desk.door import workers

# Chosen in the bar itself: nothing more is asked.
IN_BAR = {ASSIGN: "user", PRIORITY: "priority", QUEUE: "queue"}


@workers
@require_POST
def desk_bulk(request: Request) -> HttpResponse:
    """Does `do` with the tickets `selected`, or with `all` that the filters in `query` find.

    What must be filled in is asked for first; so is whether all of many are meant. A few are done
    at once and listed, more by an operation.
    """
    do = request.POST.get("do", "")
    if do not in bulk_tasks():
        raise DomainError(_("This cannot be done with several tickets at once."), field="do")
    numbers = _numbers(request)
    if not _is_sure(request, do, numbers):
        return _ask(request, numbers, bulk_form(do, desk_choices()))
    form = bulk_form(do, desk_choices(), request.POST)
    if not form.is_valid():
        return _ask(request, numbers, form, status=422)
    back = way_back(request, reverse("desk_list"))
    try:
        begun = act_or_start(request.actor, form.task(), numbers, back)
    except DomainError as refused:
        if refused.status != 400:
            raise
        show_error(form, refused)
        return _ask(request, numbers, form, status=422)
    return shown(request, label_of(do), begun, back)


def shown(request: Request, label: str, begun: Any, back: str) -> HttpResponse:
    """What was done, or the operation that does it."""
    if begun.operation is not None:
        return redirect("operation_detail", begun.operation.public_id)
    refused = [row for row in begun.outcomes if row.refusal]
    done = [row.number for row in begun.outcomes if not row.refusal]
    return _results(request, label, done, refused, back)


@workers
@require_GET
def desk_bulk_results(request: Request, public_id: str) -> HttpResponse:
    """What an operation has done so far, and where the list can be taken away."""
    operation = get_visible(Operation.objects, request.actor, public_id=public_id)
    if operation.kind != KIND:
        refuse_invisible()
    found = results_of(operation)
    back = found.back or reverse("desk_list")
    return _results(request, found.label, found.done, found.refused, back, operation)


def _numbers(request: Request) -> list[str]:
    if not request.POST.get("all"):
        return check_selection(request.POST.getlist("selected"))
    query = QueryDict(request.POST.get("query", ""))
    numbers = found_numbers(TicketFilter(query, actor=request.actor).qs)
    return check_selection(numbers, FOUND_AT_MOST)


def _is_sure(request: Request, do: str, numbers: list[str]) -> bool:
    """Whether everything is known: what is asked for, and how many tickets are meant."""
    sure = request.POST.get("sure", "")
    if request.POST.get("all") and sure != str(len(numbers)):
        return False
    if sure:
        return True
    if do in IN_BAR:
        return bool(request.POST.get(IN_BAR[do]))
    move = BULK_TRANSITIONS.get(do)
    return move is not None and not move.requires and not move.confirm


def _ask(
    request: Request, numbers: Sequence[str], form: BulkForm, status: int = 200
) -> HttpResponse:
    back = way_back(request, reverse("desk_list"))
    is_all = bool(request.POST.get("all"))
    transition = BULK_TRANSITIONS.get(form.do)
    context = {
        "do": form.do,
        "label": label_of(form.do),
        "form": form,
        "count": len(numbers),
        "numbers": [] if is_all else numbers,
        "is_all": is_all,
        "query": request.POST.get("query", ""),
        "has_changed": is_all and bool(request.POST.get("sure")) and status != 422,
        "confirm": transition.confirm if transition else "",
        "back": back,
        "crumbs": [(_("Support desk"), back), (label_of(form.do), "")],
    }
    return render(request, "support/desk/bulk_ask.html", context, status=status)


def _results(
    request: Request,
    label: str,
    done: Sequence[str],
    refused: Sequence[Outcome],
    back: str,
    operation: Operation | None = None,
) -> HttpResponse:
    context = {
        "label": label,
        "done": done,
        "refused": refused,
        "operation": operation,
        "back": back,
        "crumbs": [(_("Support desk"), back), (_("What was done"), "")],
    }
    return render(request, "support/desk/bulk.html", context)
