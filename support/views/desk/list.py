"""The desk's list: what is due first, with what can be done in place."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from core.actor import Actor
from core.errors import DomainError
from core.pagination import PAGE_SIZE
from core.parts.lists import changed
from core.polling import go_by, not_modified, stamp
from core.saved_views import Layout, ListState, broken_view, list_state, may_keep_views
from core.saved_views.reading import url_of_view
from core.saved_views.writing import may_change
from support.choices import Priority
from support.desk_choices import desk_choices
from support.desk_panels import LIST, TICKETS, check_sort
from support.desk_table import (
    chosen_columns,
    desk_page,
    fields_of,
    headings_of,
    lines_of,
    table_for,
)
from support.filters import TicketFilter
from support.selectors.desk_counts import desk_counts, in_words
from support.selectors.desk_extras import desk_version
from support.services.bulk import BULK_TRANSITIONS, FOUND_AT_MOST
from support.ticket_workflow import works_the_desk
from support.views.desk.door import readers

PAGE_TEMPLATE = "support/desk/list.html"
ROWS_TEMPLATE = "support/desk/rows.html"
# "Show more" adds pages; a refresh brings as many rows as are shown, up to this.
MOST_ROWS = 200
# So many columns fit on a wide screen.
WIDE = 9
# The whole list opens with what has to be done.
USUAL = "group=open"
OVERDUE = "due=overdue"
# The list that a ticket was opened from, in its address.
TRAIL = "list"


@readers
@require_GET
def desk_list(request: HttpRequest) -> HttpResponse:
    actor: Actor = request.actor  # type: ignore[attr-defined]
    go_by(request, desk_version())
    unchanged = not_modified(request)
    if unchanged is not None:
        return unchanged
    if request.GET.get("fragment"):
        return stamp(request, render_rows(request, request.GET))
    state = list_state(actor, LIST, request.GET)
    if not request.GET:
        usual = f"{reverse('desk_list')}?{USUAL}"
        return redirect(url_of_view(TICKETS, state.default) if state.default else usual)
    try:
        context = list_context(actor, request.GET, state)
    except DomainError as error:
        return show_broken(request, error)
    return render(request, PAGE_TEMPLATE, context | _page_context(actor, state, request.GET))


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
    context = {"broken": broken, "crumbs": [(_("Support desk"), reverse("desk_list"))]}
    return render(request, "core/lists/broken.html", context, status=400)


def list_context(actor: Actor, query: QueryDict, state: ListState) -> dict[str, Any]:
    """What the list needs; raises DomainError for an address that it does not understand."""
    filterset = TicketFilter(query, actor=actor)
    filterset.check()
    sort = sort_of(filterset, query.get("sort", ""))
    columns = chosen_columns(state.columns)
    page = desk_page(filterset, fields_of(columns), sort, query.get("after", ""), _size(query))
    table = table_for(actor, columns, page.rows, trail_of(query))
    acts = works_the_desk(actor)
    return {
        "filterset": filterset,
        "page": page,
        "lines": lines_of(table, columns, page.rows, acting=acts),
        "columns": headings_of(columns, _("Actions") if acts else ""),
        "sort": sort,
        "acts": acts,
        "bulk_url": reverse("desk_bulk") if acts else "",
        "select": "bulk" if acts else "",
        # More than fits is scrolled within its frame.
        "is_wide": len(columns) > WIDE,
        "poll_url": f"{reverse('desk_list')}?{_fragment_of(query)}",
        "list_url": f"{reverse('desk_list')}?{changed(query)}",
        # What "all that the filters find" means: it stands in the part that filters replace.
        "found_query": changed(filterset.query),
        "tabs": _tabs(actor, filterset),
    }


def sort_of(filterset: TicketFilter, asked: str) -> str:
    """By what is due where something has to be done; what is over, by what changed last."""
    check_sort(asked)
    return asked or ("due" if filterset.is_of_open else "-changed")


def trail_of(query: QueryDict) -> str:
    """The list as a ticket's address remembers it, for the way back and the next ticket."""
    rest = QueryDict(changed(query), mutable=True)
    rest.pop("size", None)
    return f"?{urlencode({TRAIL: rest.urlencode()})}"


def _page_context(actor: Actor, state: ListState, query: QueryDict) -> dict[str, Any]:
    """What stands around the list and does not change with it."""
    rest = QueryDict(changed(query), mutable=True)
    for name in ("view", "size"):
        rest.pop(name, None)
    return {
        "crumbs": [(_("Support desk"), "")],
        "view_tabs": state.tabs(TICKETS, Layout.LIST),
        "view_kind": TICKETS,
        "view_query": rest.urlencode(),
        "view_layout": Layout.LIST,
        "view": state.current,
        "may_keep": may_keep_views(actor, TICKETS),
        "may_replace": state.current is not None and may_change(actor, state.current),
        "export_url": reverse("desk_export") if works_the_desk(actor) else "",
        "known": desk_choices() if works_the_desk(actor) else None,
        "priorities": Priority.choices,
        "bulk_moves": [move for move in BULK_TRANSITIONS.values() if move.name != "reopen"],
        "found_at_most": FOUND_AT_MOST,
    }


@dataclass(frozen=True, slots=True)
class Tab:
    """A usual view; `count` is "" where nobody counts."""

    label: Any
    url: str
    count: str
    is_current: bool
    is_late: bool = False


def _tabs(actor: Actor, filterset: TicketFilter) -> list[Tab]:
    counts = desk_counts(actor)
    now = filterset.query.urlencode()
    usual = (
        (_("Mine"), "group=open&assignee=me", in_words(counts.mine)),
        (_("Unassigned"), "group=open&assignee=none", in_words(counts.unassigned)),
        (_("Overdue"), OVERDUE, in_words(counts.overdue)),
        (_("All open"), USUAL, ""),
        (_("Solved"), "state=SOLVED", ""),
    )
    return [
        Tab(label, f"?{query}", count, _same(now, query), query == OVERDUE and counts.overdue > 0)
        for label, query, count in usual
    ]


def _same(one: str, other: str) -> bool:
    return sorted(one.split("&")) == sorted(other.split("&"))


def _fragment_of(query: QueryDict) -> str:
    part = query.copy()
    part["fragment"] = "list"
    part.pop("size", None)
    return part.urlencode()


def _size(query: QueryDict) -> int:
    given = query.get("size", "")
    if not given:
        return PAGE_SIZE
    if not given.isascii() or not given.isdecimal() or not 1 <= len(given) <= 4:
        raise DomainError(_("“size” must be a number."), field="size")
    return min(max(int(given), PAGE_SIZE), MOST_ROWS)
