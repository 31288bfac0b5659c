"""Lists of requests: an agent's board, a provider's queue, with actions in place."""

from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from core.access import MEMBERS, access
from core.actor import Actor
from core.choices import OrganizationKind, Role
from core.errors import DomainError
from core.pagination import PAGE_SIZE
from core.parts.lists import changed
from core.polling import not_modified, stamp
from subscriptions.filters import DUES, RequestFilter
from subscriptions.request_table import COLUMNS, lines_of
from subscriptions.request_workflow import FINAL_STATES
from subscriptions.rights import FILING_KINDS, PORTFOLIO_KINDS, may_file
from subscriptions.selectors.request_page import workers_of
from subscriptions.selectors.requests import ORDERS, queue_counts, request_rows
from subscriptions.services.bulk import BULK_MOVES

PAGE_TEMPLATE = "subscriptions/requests/list.html"
ROWS_TEMPLATE = "subscriptions/requests/rows.html"
# "Show more" adds pages; a refresh brings as many rows as are shown, up to this.
MOST_ROWS = 200
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
    context = list_context(actor, request.GET) | _page_context(actor)
    return stamp(request, render(request, PAGE_TEMPLATE, context))


def render_rows(request: HttpRequest, query: QueryDict, **more: Any) -> HttpResponse:
    """The part of the list that refreshes itself, for the filters of `query`."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    return render(request, ROWS_TEMPLATE, list_context(actor, query) | more)


def list_context(actor: Actor, query: QueryDict) -> dict[str, Any]:
    """What the list needs; raises DomainError for an address that it does not understand."""
    filterset = RequestFilter(query, actor=actor)
    filterset.check()
    sort = _sort(actor, filterset, query.get("sort", ""))
    page = request_rows(actor, filterset, sort, query.get("after", ""), _size(query))
    is_queue = actor.kind == OrganizationKind.PROVIDER
    return {
        "filterset": filterset,
        "page": page,
        "lines": lines_of(actor, page.rows, acting=is_queue),
        "columns": COLUMNS[actor.kind],
        # Translated once here, not once in every row.
        "labels": {column.name: str(column.label) for column in COLUMNS[actor.kind]},
        "sort": sort,
        "is_queue": is_queue,
        "filters_shown": 4 if is_queue and "district" in filterset.filters else 3,
        "poll_url": f"{reverse('request_list')}?{_fragment_of(query)}",
        "list_url": f"{reverse('request_list')}?{changed(query)}",
        "tabs": _tabs(actor, filterset) if is_queue else (),
        "shows_client": actor.kind in PORTFOLIO_KINDS,
        "shows_owner": actor.kind is None,
        "shows_due": actor.kind not in FILING_KINDS - PORTFOLIO_KINDS,
        "may_file": may_file(actor),
    }


def _page_context(actor: Actor) -> dict[str, Any]:
    """What stands around the list and does not change with it."""
    is_queue = actor.kind == OrganizationKind.PROVIDER
    may_act = actor.has_role(Role.MEMBER) or actor.is_admin
    assigns = is_queue and (actor.has_role(Role.MANAGER) or actor.is_admin)
    return {
        "crumbs": [(_("Requests"), "")],
        "bulk_url": reverse("request_bulk"),
        "bulk_moves": BULK_MOVES if is_queue and may_act else (),
        "workers": workers_of(actor.organization.pk) if assigns else None,
    }


def _sort(actor: Actor, filterset: RequestFilter, asked: str) -> str:
    if asked:
        if asked not in ORDERS:
            raise DomainError(_("This list cannot be ordered by “%(sort)s”.") % {"sort": asked})
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
