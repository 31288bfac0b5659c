"""Acting on several requests at once: those selected, or all that the filters find."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from core.access import access, only
from core.actor import Actor
from core.choices import OrganizationKind, Role
from core.errors import DomainError
from core.http import Request
from core.models import Operation
from core.querysets import get_visible, refuse_invisible
from subscriptions.forms.bulk import form_for
from subscriptions.selectors.request_page import needs_page, workers_of
from subscriptions.services.bulk import (
    ASSIGN,
    AT_ONCE,
    BULK_TRANSITIONS,
    NOTE,
    SELECTED_AT_MOST,
    Outcome,
    Task,
    act_on_many,
    check_selection,
    check_task,
)
from subscriptions.services.bulk_work import (
    KIND,
    found_numbers,
    label_of,
    results_of,
    start_bulk,
)
from subscriptions.views.way_back import way_back
from users.models import CustomUser

NOBODY = "none"
workers = access(only(*OrganizationKind, least=Role.MEMBER))


@workers
@require_POST
def request_bulk(request: Request) -> HttpResponse:
    """Does `do` with the requests `selected`, or with `all` that the filters in `query` find.

    What must be filled in is asked for first; so is whether all of many are meant. A few are done
    at once and listed, more by an operation.
    """
    do = request.POST.get("do", "")
    check_task(request.actor, Task(do, {"note": "-"}))
    numbers = _numbers(request)
    form = form_for(do, _people(request.actor), request.POST)
    if not _is_sure(request, do, numbers):
        return _ask(request, do, numbers, form_for(do, _people(request.actor)))
    if not form.is_valid():
        return _ask(request, do, numbers, form, status=422)
    task = Task(do, form.data_for_move(), _assignee(request))
    back = way_back(request, reverse("request_list"))
    if len(numbers) > AT_ONCE:
        started = start_bulk(request.actor, task, numbers, back)
        return redirect("operation_detail", started.public_id)
    outcomes = act_on_many(request.actor, task, numbers)
    return _show(
        request,
        label_of(do),
        [row.number for row in outcomes if not row.refusal],
        [row for row in outcomes if row.refusal],
        back,
    )


@workers
@require_GET
def request_bulk_results(request: Request, public_id: str) -> HttpResponse:
    """What an operation has done so far, and where the list can be taken away."""
    operation = get_visible(Operation.objects, request.actor, public_id=public_id)
    if operation.kind != KIND:
        refuse_invisible()
    results = results_of(operation)
    back = results.back or reverse("request_list")
    return _show(request, results.label, results.done, results.refused, back, operation=operation)


def _numbers(request: Request) -> list[str]:
    if request.POST.get("all"):
        return check_selection(
            found_numbers(request.actor, request.POST.get("query", "")), most=10_000
        )
    return check_selection(request.POST.getlist("selected"), SELECTED_AT_MOST)


def _is_sure(request: Request, do: str, numbers: list[str]) -> bool:
    """Whether everything is known: what is asked for, and how many requests are meant."""
    if request.POST.get("sure") != str(len(numbers)) and request.POST.get("all"):
        return False
    if request.POST.get("sure"):
        return True
    if do == NOTE:
        return False
    if do == ASSIGN:
        return True
    return do not in BULK_TRANSITIONS or not needs_page(BULK_TRANSITIONS[do])


def _ask(
    request: Request, do: str, numbers: list[str], form: Any, status: int = 200
) -> HttpResponse:
    back = way_back(request, reverse("request_list"))
    is_all = bool(request.POST.get("all"))
    transition = BULK_TRANSITIONS.get(do)
    context = {
        "do": do,
        "label": label_of(do),
        "form": form,
        "count": len(numbers),
        "numbers": [] if is_all else numbers,
        "is_all": is_all,
        "query": request.POST.get("query", ""),
        # The first time nobody has been asked; then the number that was agreed to has changed.
        "has_changed": is_all and bool(request.POST.get("sure")) and status != 422,
        "confirm": transition.confirm if transition else "",
        "is_danger": transition is not None and transition.style == "danger",
        "back": back,
        "crumbs": [(_("Requests"), back), (label_of(do), "")],
    }
    return render(request, "subscriptions/requests/bulk_ask.html", context, status=status)


def _show(
    request: Request,
    label: str,
    done: list[str],
    refused: list[Outcome],
    back: str,
    operation: Operation | None = None,
) -> HttpResponse:
    context = {
        "label": label,
        "done": [Outcome(number) for number in done],
        "refused": refused,
        "operation": operation,
        "list_base": reverse("request_list"),
        "back": back,
        "crumbs": [(_("Requests"), back), (_("What was done"), "")],
    }
    return render(request, "subscriptions/requests/bulk.html", context)


def _people(actor: Actor) -> dict[str, str]:
    if actor.kind != OrganizationKind.PROVIDER:
        return {}
    return workers_of(actor.organization.pk)


def _assignee(request: Request) -> CustomUser | None:
    """The colleague that the form names; only an action that assigns asks for one."""
    person = request.POST.get("user", "")
    if request.POST.get("do") != ASSIGN or person == NOBODY:
        return None
    found = CustomUser.objects.filter(
        public_id=person, memberships__organization=request.actor.organization
    ).first()
    if found is None:
        raise DomainError(_("Choose someone who works here."), field="user")
    return found
