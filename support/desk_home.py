"""What waits for the staff, on their home: figures, and the tickets that are due first."""

from django.http import QueryDict
from django.urls import reverse
from django.utils.translation import gettext as _

from core.actor import Actor
from core.choices import StaffScope
from core.registry import Column, Panel, Tile, contributes
from support.filters import TicketFilter
from support.models import Ticket
from support.selectors.desk_counts import desk_counts, in_words
from support.selectors.outages import outages

ROWS_SHOWN = 6
_READERS = (StaffScope.SUPPORT, StaffScope.ADMIN, StaffScope.ACCOUNT_MANAGER)
_MINE, _UNASSIGNED = "group=open&assignee=me", "group=open&assignee=none"
_OVERDUE = "due=overdue"


def _is_for(actor: Actor) -> bool:
    return actor.organization is None and actor.staff in _READERS


@contributes("home.tiles", order=10, staff=True)
def overdue_tickets(actor: Actor, subject: None) -> Tile | None:
    if not _is_for(actor):
        return None
    count = desk_counts(actor).overdue
    tone = "bad" if count else ""
    return Tile(_("Overdue tickets"), in_words(count), url=_list(_OVERDUE), tone=tone)


@contributes("home.tiles", order=11, staff=True)
def unassigned_tickets(actor: Actor, subject: None) -> Tile | None:
    if not _is_for(actor):
        return None
    count = desk_counts(actor).unassigned
    tone = "wait" if count else ""
    return Tile(_("Nobody's tickets"), in_words(count), url=_list(_UNASSIGNED), tone=tone)


@contributes("home.tiles", order=12, staff=True)
def my_tickets(actor: Actor, subject: None) -> Tile | None:
    if not _is_for(actor) or actor.staff == StaffScope.ACCOUNT_MANAGER:
        return None
    return Tile(_("My open tickets"), in_words(desk_counts(actor).mine), url=_list(_MINE))


@contributes("home.panels", order=10, staff=True)
def due_tickets(actor: Actor, subject: None) -> Panel | None:
    """One's own that are due first; of who has none, those of everybody."""
    if not _is_for(actor):
        return None
    is_own = desk_counts(actor).mine > 0
    query = _MINE if is_own else "group=open"
    rows = TicketFilter(QueryDict(query), actor=actor).qs.order_by("due_at", "id")
    found: list[Ticket] = list(rows[:ROWS_SHOWN])
    return Panel(
        "desk",
        _("My tickets, what is due first") if is_own else _("Tickets, what is due first"),
        "support/desk/home_panel.html",
        {"rows": found},
        url=_list(query),
    )


@contributes("home.urgent", order=20, staff=True)
def outages_now(actor: Actor, subject: None) -> Panel | None:
    if not _is_for(actor):
        return None
    found = outages(actor)
    if not found:
        return None
    return Panel(
        "outages",
        _("Outages"),
        "support/desk/home_outages.html",
        {"outages": found},
        url=reverse("desk_outages"),
        column=Column.WIDE,
    )


def _list(query: str) -> str:
    return f"{reverse('desk_list')}?{query}"
