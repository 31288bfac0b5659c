"""The board: a column for every state, cards that are moved by the table of transitions."""

from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from core.access import MEMBERS, access
from core.actor import Actor
from core.choices import OrganizationKind
from core.errors import Conflict, DomainError
from core.polling import not_modified, stamp
from core.querysets import refuse_invisible
from core.saved_views import Layout, list_state
from core.saved_views.reading import url_of_view
from subscriptions.board import cards_of, shown_columns
from subscriptions.request_panels import LIST, REQUESTS
from subscriptions.request_workflow import REQUEST_WORKFLOW, state_label
from subscriptions.selectors.board import (
    CARDS,
    CARDS_AT_MOST,
    CLOSED,
    board_columns,
    board_filter,
    more_cards,
)
from subscriptions.selectors.request_history import history
from subscriptions.selectors.request_page import request_for_page
from subscriptions.services.bulk import is_number
from subscriptions.services.requests import move_request
from subscriptions.views.request_list import arrangement, show_broken

# Of the address of a board, what is no filter of requests.
_PLACES = ("shown", "column", "closed")
_COLUMNS = frozenset({*REQUEST_WORKFLOW.states, CLOSED})


@access(MEMBERS)
@require_GET
def request_board(request: HttpRequest) -> HttpResponse:
    """The whole page, the part that refreshes itself (`fragment`), or more cards of a `column`."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    if actor.organization is None:
        # A board is of one organization: all requests of the portal would say nothing.
        return redirect("request_list")
    if request.GET.get("column"):
        return _more(request)
    if request.GET.get("fragment"):
        return not_modified(request) or stamp(
            request, render(request, "subscriptions/requests/board_columns.html", _board(request))
        )
    state = list_state(actor, LIST, request.GET)
    if not request.GET and state.default is not None and state.default.layout == Layout.BOARD:
        return redirect(url_of_view(REQUESTS, state.default))
    try:
        context = _board(request)
    except DomainError as error:
        return show_broken(request, error)
    context |= arrangement(actor, state, _filters(request.GET), Layout.BOARD)
    context["crumbs"] = [(_("Requests"), "")]
    return render(request, "subscriptions/requests/board.html", context)


@access(MEMBERS)
@require_POST
def request_board_move(request: HttpRequest) -> HttpResponse:
    """Moves the card `number` by `transition`, for the script that has moved it on the screen.

    Answers {"message": …} with the status of what happened; a conflict says what the other did.
    """
    actor: Actor = request.actor  # type: ignore[attr-defined]
    number, version = request.POST.get("number", ""), request.POST.get("version", "")
    if not number:
        raise DomainError(_("Select at least one request."), field="number")
    if not is_number(number):
        refuse_invisible()
    if not version.isascii() or not version.isdecimal() or len(version) > 9:
        raise DomainError(_("“version” must be a number."), field="version")
    try:
        moved = move_request(actor, number, request.POST.get("transition", ""), None, int(version))
    except Conflict as conflict:
        message = f"{number}: {conflict.message} {_last_change(actor, number)}"
        return JsonResponse({"message": message.strip()}, status=409)
    except DomainError as refused:
        return JsonResponse({"message": str(refused.message)}, status=refused.status)
    told = {"number": moved.number, "state": state_label(moved)}
    return JsonResponse({"message": _("%(number)s: %(state)s.") % told})


def _board(request: HttpRequest) -> dict[str, Any]:
    actor: Actor = request.actor  # type: ignore[attr-defined]
    filters = _filters(request.GET)
    filterset = board_filter(actor, filters)
    closed = bool(request.GET.get("closed"))
    columns = board_columns(actor, filterset, _shown(request.GET), closed=closed)
    kept = filterset.query.copy()
    kept.pop("fragment", None)
    if closed:
        kept["closed"] = "1"
    base = reverse("request_board")
    polled, other = kept.copy(), kept.copy()
    polled["fragment"] = "board"
    other.pop("closed", None)
    if not closed:
        other["closed"] = "1"
    board_url = f"{base}?{kept.urlencode()}"
    return {
        "filterset": filterset,
        "filters_shown": 4 if actor.kind == OrganizationKind.PROVIDER else 3,
        "columns": shown_columns(actor, columns, kept, board_url),
        "closed": closed,
        "closed_url": f"{base}?{other.urlencode()}",
        "poll_url": f"{base}?{polled.urlencode()}",
        "board_url": board_url,
        "move_url": reverse("request_board_move"),
    }


def _more(request: HttpRequest) -> HttpResponse:
    """The next cards of one column, and where those after them are."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    name = request.GET["column"]
    if name not in _COLUMNS:
        raise DomainError(_("The board has no such column."), field="column")
    filters = _filters(request.GET)
    cursor = filters.pop("after", [""])[-1]
    page = more_cards(actor, board_filter(actor, filters), name, cursor)
    following = filters.copy()
    following["column"], following["after"] = name, page.next_cursor
    context = {
        "name": name,
        "cards": cards_of(actor, page.rows, f"{reverse('request_board')}?{filters.urlencode()}"),
        "more_url": f"?{following.urlencode()}" if page.next_cursor else "",
    }
    return render(request, "subscriptions/requests/board_more.html", context)


def _filters(query: QueryDict) -> QueryDict:
    rest = query.copy()
    for name in _PLACES:
        rest.pop(name, None)
    return rest


def _shown(query: QueryDict) -> dict[str, int]:
    """Of which columns more cards are wanted: `shown=CHECKING.20,APPROVED.30`."""
    wanted: dict[str, int] = {}
    for part in filter(None, query.get("shown", "").split(",")):
        name, _dot, count = part.partition(".")
        if name not in _COLUMNS or not count.isascii() or not count.isdecimal() or len(count) > 4:
            raise DomainError(_("“shown” is not understood."), field="shown")
        wanted[name] = min(max(int(count), CARDS), CARDS_AT_MOST)
    return wanted


def _last_change(actor: Actor, number: str) -> str:
    """What the other has done: the newest event, and who it was."""
    lines = history(actor, request_for_page(actor, number)).lines[:1]
    return " ".join(
        f"{line.title} ({line.who})." if line.who else f"{line.title}." for line in lines
    )
