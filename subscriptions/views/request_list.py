"""Lists of requests: an agent's board, a provider's queue, with actions in place."""

from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from core.access import MEMBERS, access
from core.actor import Actor
from core.choices import OrganizationKind, Role
from core.errors import DomainError
from core.pagination import PAGE_SIZE
from core.parts.lists import changed
from core.polling import not_modified, stamp
from core.saved_views import Layout, ListState, broken_view, list_state, may_keep_views
from core.saved_views.reading import NONE, VIEW, url_of_view
from core.saved_views.writing import may_change
from subscriptions.filters import DUES, RequestFilter
from subscriptions.request_columns import chosen_columns, fields_of
from subscriptions.request_panels import LIST, REQUESTS
from subscriptions.request_table import headings_of, lines_of
from subscriptions.request_workflow import FINAL_STATES
from subscriptions.rights import may_file
from subscriptions.selectors.request_choices import request_choices
from subscriptions.selectors.request_page import needs_page
from subscriptions.selectors.requests import check_sort, queue_counts, request_rows
from subscriptions.services.assignment_rules import may_keep_assignment
from subscriptions.services.bulk import FOUND_AT_MOST, bulk_moves, may_act_in_bulk
from subscriptions.services.requests.exporting import may_export

PAGE_TEMPLATE = "subscriptions/requests/list.html"
ROWS_TEMPLATE = "subscriptions/requests/rows.html"
# "Show more" adds pages; a refresh brings as many rows as are shown, up to this.
MOST_ROWS = 200
# So many columns fit on a wide screen.
WIDE = 8
# Filters that leave closed requests in: by deadline they would not be there.
_REACHING_BACK = {"q", "client", "building", "bundle", "submitted_after", "submitted_before"}
_DAYS_OF_FILING = {"submitted_after", "submitted_before"}


@access(MEMBERS)
def request_list(request: HttpRequest) -> HttpResponse:
    actor: Actor = request.actor  # type: ignore[attr-defined]
    unchanged = not_modified(request)
    if unchanged is not None:
        return unchanged
    if request.GET.get("fragment"):
        return stamp(request, render_rows(request, request.GET))
    state = list_state(actor, LIST, request.GET)
    if not request.GET and state.default is not None:
        return redirect(url_of_view(REQUESTS, state.default))
    try:
        context = list_context(actor, request.GET, state)
    except DomainError as error:
        return show_broken(request, error)
    context |= _page_context(actor) | arrangement(actor, state, request.GET, Layout.LIST)
    # The page is its own first fragment: what arranges it is not an event, and polls ask no tag.
    return render(request, PAGE_TEMPLATE, context)


def render_rows(request: HttpRequest, query: QueryDict, **more: Any) -> HttpResponse:
    """The part of the list that refreshes itself, for the filters of `query`."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    state = list_state(actor, LIST, query)
    return render(request, ROWS_TEMPLATE, list_context(actor, query, state) | more)


def show_broken(request: HttpRequest, error: DomainError) -> HttpResponse:
    """Says that it is the saved view that is no longer valid; any other mistake is raised again."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    broken = broken_view(actor, LIST, request.GET, error)
    if broken is None:
        raise error
    context = {"broken": broken, "crumbs": [(_("Requests"), reverse("request_list"))]}
    return render(request, "core/lists/broken.html", context, status=400)


def list_context(actor: Actor, query: QueryDict, state: ListState) -> dict[str, Any]:
    """What the list needs; raises DomainError for an address that it does not understand."""
    filterset = RequestFilter(query, actor=actor)
    filterset.check()
    sort = _sort(actor, filterset, query.get("sort", ""))
    columns = chosen_columns(actor, state.columns)
    page = request_rows(filterset, fields_of(columns), sort, query.get("after", ""), _size(query))
    is_queue = actor.kind == OrganizationKind.PROVIDER
    return {
        "filterset": filterset,
        "page": page,
        "lines": lines_of(actor, columns, page.rows, acting=is_queue),
        "columns": headings_of(columns, _("Actions") if is_queue else ""),
        "sort": sort,
        "is_queue": is_queue,
        # More than fits is scrolled within its frame.
        "is_wide": len(columns) > WIDE,
        "select": "bulk" if may_act_in_bulk(actor) else "",
        "filters_shown": 4 if is_queue and "district" in filterset.filters else 3,
        "poll_url": f"{reverse('request_list')}?{_fragment_of(query)}",
        "list_url": f"{reverse('request_list')}?{changed(query)}",
        # What "all that the filters find" means: it stands in the part that filters replace.
        "found_query": changed(filterset.query),
        "tabs": _tabs(actor, filterset) if is_queue else (),
        "may_file": may_file(actor),
    }


def arrangement(actor: Actor, state: ListState, query: QueryDict, layout: str) -> dict[str, Any]:
    """The views above the list or board, and what arranges it."""
    rest = QueryDict(changed(query), mutable=True)
    for name in ("view", "size", "shown", "column"):
        rest.pop(name, None)
    filters = rest.urlencode()
    return {
        "view_tabs": state.tabs(REQUESTS, layout),
        "view_kind": REQUESTS,
        "view_query": filters,
        "view_layout": layout,
        "view": state.current,
        "may_keep": may_keep_views(actor, REQUESTS),
        "may_replace": state.current is not None and may_change(actor, state.current),
        "layouts": _layouts(actor, filters, layout),
        "export_url": reverse("request_export") if may_export(actor) else "",
    }


def _layouts(actor: Actor, query: str, layout: str) -> list[dict[str, Any]]:
    """List and board under the same filters; a board is of one organization."""
    if actor.organization is None:
        return []
    named = ((Layout.LIST, _("List"), "list"), (Layout.BOARD, _("Board"), "layout-kanban"))
    return [
        {
            "label": label,
            "icon": icon,
            # Without filters it would open with the view to begin with, whatever its layout.
            "url": REQUESTS.url(one, query or f"{VIEW}={NONE}"),
            "is_current": one == layout,
        }
        for one, label, icon in named
    ]


def _page_context(actor: Actor) -> dict[str, Any]:
    """What stands around the list and does not change with it."""
    is_queue = actor.kind == OrganizationKind.PROVIDER
    moves = bulk_moves(actor) if may_act_in_bulk(actor) else []
    return {
        "crumbs": [(_("Requests"), "")],
        "bulk_url": reverse("request_bulk"),
        # At hand what asks for nothing; the others behind a choice.
        "bulk_moves": [move for move in moves if not needs_page(move)],
        "bulk_others": [move for move in moves if needs_page(move)],
        "may_bulk": bool(moves),
        "workers": request_choices(actor).workers if is_queue and _assigns(actor) else None,
        "rules_url": reverse("assignment_rules") if may_keep_assignment(actor) else "",
        "found_at_most": FOUND_AT_MOST,
    }


def _assigns(actor: Actor) -> bool:
    return actor.has_role(Role.MANAGER) or actor.is_admin


def _sort(actor: Actor, filterset: RequestFilter, asked: str) -> str:
    check_sort(asked)
    if asked:
        return asked
    if _DAYS_OF_FILING & set(filterset.query):
        # The index by time of filing is entered at the days asked for, however long ago.
        return "-filed"
    reaches_back = (
        set(filterset.query.getlist("state")) & FINAL_STATES
        or filterset.query.get("group") == "closed"
        or _REACHING_BACK & set(filterset.query)
    )
    is_queue = actor.kind == OrganizationKind.PROVIDER
    return "due" if is_queue and not reaches_back else "-created"


def _fragment_of(query: QueryDict) -> str:
    part = query.copy()
    part["fragment"] = "list"
    part.pop("size", None)
    return part.urlencode()


@dataclass(frozen=True, slots=True)
class Tab:
    """A part of the queue by deadline; `count` is None where it would not be that of the list."""

    label: Any
    url: str
    count: int | None
    is_current: bool
    is_late: bool


def _tabs(actor: Actor, filterset: RequestFilter) -> list[Tab]:
    """The parts of the queue. Beside other filters the figures of the whole would lie: none."""
    others = set(filterset.query) & (set(filterset.filters) - {"due"})
    counts = None if others else queue_counts(actor)
    current = filterset.query.get("due", "")
    made = []
    for name, label in (*DUES, ("", _("All"))):
        rest = filterset.query.copy()
        for dropped in ("due", "after", "fragment", "size"):
            rest.pop(dropped, None)
        if name:
            rest["due"] = name
        made.append(
            Tab(
                label=label,
                url=f"?{rest.urlencode()}",
                count=None if counts is None else getattr(counts, name or "all"),
                is_current=current == name,
                is_late=name == "overdue" and counts is not None and counts.overdue > 0,
            )
        )
    return made


def _size(query: QueryDict) -> int:
    given = query.get("size", "")
    if not given:
        return PAGE_SIZE
    if not given.isascii() or not given.isdecimal() or not 1 <= len(given) <= 4:
        raise DomainError(_("“size” must be a number."), field="size")
    return min(max(int(given), PAGE_SIZE), MOST_ROWS)
