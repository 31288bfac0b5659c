"""Moving a request: at once from a row or a button, or after a page has asked for what it needs."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from core.access import MEMBERS, access
from core.actor import Actor
from core.errors import Conflict, DomainError, Forbidden
from core.workflow import Transition
from subscriptions.choices import RequestState
from subscriptions.forms.moves import MoveForm
from subscriptions.forms.visits import move_form
from subscriptions.models import ConnectionRequest
from subscriptions.request_workflow import REQUEST_WORKFLOW, cases_of, sides_of, state_label
from subscriptions.selectors.bundles import CANCEL, others_to_cancel
from subscriptions.selectors.request_history import history
from subscriptions.selectors.request_page import request_for_page, title_of
from subscriptions.services.bundles import cancel_others
from subscriptions.services.requests import move_request
from subscriptions.views.request_list import render_rows
from subscriptions.views.way_back import shown_query, way_back

# The newest events shown where it is not known what the reader had seen.
LAST_EVENTS = 3


@access(MEMBERS)
def request_move(request: HttpRequest, number: str, transition: str) -> HttpResponse:
    """GET asks for what the transition needs; POST makes the move."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    row = REQUEST_WORKFLOW.transitions.get(transition)
    if row is None:
        raise Http404
    found = request_for_page(actor, number)
    if not row.fits(cases_of(found)):
        raise Http404
    if request.method != "POST":
        return _ask(request, found, row)
    form = move_form(actor, found, row, request.POST, others=_others(actor, found, row))
    if form.is_valid():
        try:
            moved = move_request(
                actor, number, transition, form.data_for_move(), form.cleaned_data["version"]
            )
        except Conflict as conflict:
            return _conflict(request, number, form.cleaned_data["seen"], conflict)
        except Forbidden:
            raise
        except DomainError as refused:
            form.refuse(str(refused.message), refused.field)
        else:
            if form.cleaned_data.get("others"):
                _cancel_others(request, moved, form.data_for_move())
            return _moved(request, moved)
    return _form_page(request, found, row, form, status=422)


def _ask(request: HttpRequest, found: ConnectionRequest, row: Transition) -> HttpResponse:
    """The form of a move that is possible now; otherwise what became of the request."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    if not sides_of(actor, found) & row.sides:
        raise Forbidden(_("Your side cannot do this with the request."))
    if found.state not in row.sources:
        message = _("“%(action)s” is not possible any more: the state is now “%(state)s”.") % {
            "action": row.label,
            "state": state_label(found),
        }
        return _conflict_page(request, found, 0, message)
    form = move_form(
        actor,
        found,
        row,
        initial={"version": found.version, "seen": history(actor, found).newest},
        others=_others(actor, found, row),
    )
    return _form_page(request, found, row, form)


def _others(actor: Actor, found: ConnectionRequest, row: Transition) -> list[str]:
    """Numbers of what was filed together and may be cancelled along with it."""
    if row.name != CANCEL:
        return []
    return [other.number for other in others_to_cancel(actor, found)]


def _cancel_others(request: HttpRequest, moved: ConnectionRequest, data: dict[str, Any]) -> None:
    actor: Actor = request.actor  # type: ignore[attr-defined]
    for outcome in cancel_others(actor, moved, data):
        if outcome.refusal:
            told = _("%(number)s: %(reason)s") % {
                "number": outcome.number,
                "reason": outcome.refusal,
            }
            messages.warning(request, told)
        else:
            told = _("%(number)s: %(state)s.") % {
                "number": outcome.number,
                "state": RequestState.CANCELLED.label,
            }
            messages.success(request, told)


def _form_page(
    request: HttpRequest,
    found: ConnectionRequest,
    row: Transition,
    form: MoveForm,
    status: int = 200,
) -> HttpResponse:
    context: dict[str, Any] = {
        "row": found,
        "title": title_of(found),
        "transition": row,
        "form": form,
        "back": way_back(request, reverse("request_detail", args=[found.number])),
        "crumbs": [
            (_("Requests"), reverse("request_list")),
            (found.number, reverse("request_detail", args=[found.number])),
            (row.label, ""),
        ],
    }
    return render(request, "subscriptions/requests/move.html", context, status=status)


def _moved(request: HttpRequest, moved: ConnectionRequest) -> HttpResponse:
    told = _("%(number)s: %(state)s.") % {
        "number": moved.number,
        "state": state_label(moved),
    }
    if _from_list(request):
        return render_rows(request, shown_query(request), toast=told)
    messages.success(request, told)
    return redirect(way_back(request, reverse("request_detail", args=[moved.number])))


def _conflict(
    request: HttpRequest, number: str, seen: int | None, conflict: Conflict
) -> HttpResponse:
    """Someone was faster: nobody's work is overwritten, and what they did is shown."""
    if _from_list(request):
        # 200, for htmx to put the rows as they are now in place of those that were old.
        return render_rows(
            request, shown_query(request), toast=f"{number}: {conflict}", toast_is_bad=True
        )
    actor: Actor = request.actor  # type: ignore[attr-defined]
    return _conflict_page(
        request, request_for_page(actor, number), seen or 0, str(conflict.message)
    )


def _conflict_page(
    request: HttpRequest, found: ConnectionRequest, seen: int, message: str
) -> HttpResponse:
    actor: Actor = request.actor  # type: ignore[attr-defined]
    lines = history(actor, found, after=seen).lines
    context = {
        "row": found,
        "title": title_of(found),
        "message": message,
        "lines": lines if seen else lines[:LAST_EVENTS],
        "typed": request.POST.get("note") or request.POST.get("reason_text") or "",
        "crumbs": [
            (_("Requests"), reverse("request_list")),
            (found.number, reverse("request_detail", args=[found.number])),
            (_("Changed meanwhile"), ""),
        ],
    }
    return render(request, "subscriptions/requests/conflict.html", context, status=409)


def _from_list(request: HttpRequest) -> bool:
    """Whether the move was made from a row by htmx, which takes the list for an answer."""
    return request.headers.get("HX-Target") == "list"
