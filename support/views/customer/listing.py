"""The tickets of an organization; and, for who is not signed in, how support is reached."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET

from core.access import PUBLIC, access
from core.errors import DomainError
from core.http import Request
from core.navigation import url_if_any
from core.pagination import PAGE_SIZE, Page, paginate
from core.parts.lists import Column, Columns
from core.polling import not_modified, stamp, tag_of
from support.choices import TicketState
from support.customer_filters import WAITING, OwnTicketFilter
from support.models.tickets import LEAST_TO_WRITE
from support.selectors.customer import ORDER, WAITING_SHOWN, waiting_for
from support.selectors.tickets import ticket_rows
from support.services.mail.addresses import desk_address

MOST_ROWS = 200
COLUMNS = Columns(
    Column("subject", _("Ticket")),
    Column("state", _("State")),
    Column("who", _("Who asked")),
    Column("changed", _("Changed")),
)
PAGE, ROWS, VISITOR = (f"support/customer/{name}.html" for name in ("list", "rows", "visitor"))


@access(PUBLIC)
@require_GET
def ticket_list(request: Request) -> HttpResponse:
    """What waits for the reader first, then what changed last.

    Staff are led to the desk, visitors shown how support is reached.
    """
    actor = request.actor
    if actor.organization is None:
        desk = url_if_any("desk_list") if actor.is_staff else ""
        return (
            redirect(desk)
            if desk
            else render(request, VISITOR, _ways() | {"mail_address": desk_address()})
        )
    is_part = request.GET.get("fragment") == "rows"
    if is_part and (unchanged := not_modified(request)) is not None:
        return unchanged
    if is_part:
        return stamp(request, render(request, ROWS, _found(request)))
    return render(request, PAGE, _found(request) | _around(request))


def _found(request: Request) -> dict[str, Any]:
    """The rows of the page: those that wait for the reader stand above the others."""
    cursor = request.GET.get("after", "")
    filterset = OwnTicketFilter(request.GET, ticket_rows(request.actor), actor=request.actor)
    rows = filterset.qs
    waiting: list[Any] = []
    if "state" not in filterset.query:
        waiting = [] if cursor else waiting_for(rows)
        rows = rows.exclude(state=TicketState.PENDING)
    page = paginate(rows, ORDER, cursor, _size(request))
    return {
        "page": Page([*waiting[:WAITING_SHOWN], *page.rows], page.next_cursor, page.is_first),
        "columns": COLUMNS,
        "filterset": filterset,
        "more_waiting_url": f"?state={WAITING}" if len(waiting) > WAITING_SHOWN else "",
        "may_write": request.actor.has_role(LEAST_TO_WRITE),
        **_ways(),
    }


def _around(request: Request) -> dict[str, Any]:
    query = request.GET.copy()
    query["fragment"] = "rows"
    query.pop("after", None)
    address = f"{reverse('ticket_list')}?{query.urlencode()}"
    return {"poll_url": address, "poll_tag": tag_of(request, path=address)}


def _size(request: Request) -> int:
    """As many rows as the page shows already, when it refreshes itself."""
    given = request.GET.get("size", "")
    if not given:
        return PAGE_SIZE
    if not given.isascii() or not given.isdecimal() or len(given) > 4:
        raise DomainError(gettext("“size” must be a number."), field="size")
    return min(max(int(given), PAGE_SIZE), MOST_ROWS)


def _ways() -> dict[str, Any]:
    return {"help_url": url_if_any("help_home")}
