"""The board as it is shown: cards, and the moves that each offers its reader."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, TypedDict

from django.http import QueryDict
from django.urls import reverse
from django.utils.translation import gettext as _

from core import clock
from core.actor import Actor
from core.badges import badge_of, state_html
from core.choices import OrganizationKind
from core.parts.text import day_in_words, deadline, moment
from core.workflow import Transition
from subscriptions.choices import RequestState
from subscriptions.request_table import RowAction, action_of
from subscriptions.request_workflow import REQUEST_WORKFLOW, sides_of
from subscriptions.selectors.board import CARDS, CLOSED, CLOSED_DAYS, BoardColumn
from subscriptions.selectors.request_choices import request_choices
from subscriptions.selectors.request_page import place_in_words


class Card(TypedDict):
    """One request on the board: finished texts, as the lines of the list are."""

    number: str
    version: int
    url: str
    state: str  # of a closed one, in its colour; "" where the column says it
    place: str
    service: str
    people: str
    due: str
    awaited: str
    moves: list[RowAction]


@dataclass(frozen=True, slots=True)
class ShownColumn:
    """A column with its cards; addresses are "" where they lead nowhere."""

    name: str
    label: str
    icon: str
    cards: list[Card]
    count: int
    more_url: str  # the next cards alone
    grown_url: str  # the board with more cards of this column, without scripts
    list_url: str


def shown_columns(
    actor: Actor, columns: Iterable[BoardColumn], query: QueryDict
) -> list[ShownColumn]:
    """The columns for the page; `query` are the filters of the board."""
    rows = list(columns)
    cards = iter(cards_of(actor, [row for column in rows for row in column.rows]))
    return [_shown(column, [next(cards) for _row in column.rows], query) for column in rows]


def cards_of(actor: Actor, rows: Iterable[Any]) -> list[Card]:
    """Cards of lean rows (`selectors.board.fields_of`)."""
    services = {row.pk: row.name for row in request_choices(actor).categories.values()}
    base = reverse("request_list")
    offered: dict[tuple[Any, ...], list[Transition]] = {}
    return [_card(actor, row, base, services, offered) for row in rows]


def _card(
    actor: Actor,
    row: Any,
    base: str,
    services: dict[int, str],
    offered: dict[tuple[Any, ...], list[Transition]],
) -> Card:
    url = f"{base}{row.number}/"
    is_closed = row.closed_at is not None
    sides = sides_of(actor, row)
    key = (row.state, *sorted(sides))
    moves = offered.get(key)
    if moves is None:
        moves = offered[key] = REQUEST_WORKFLOW.offered(row.state, sides)
    return {
        "number": row.number,
        "version": row.version,
        "url": url,
        "state": state_html(badge_of("request", row.state)) if is_closed else "",
        "place": place_in_words(row.building__address, row.unit__number),
        "service": f"{services.get(row.category_id, '')}, {row.plan__name}",
        "people": " · ".join(filter(None, [getattr(row, "client__name", ""), _beside(actor, row)])),
        "due": moment(row.closed_at) if is_closed else deadline(row.due_at),
        "awaited": _awaited(row),
        "moves": [_move(found, row, url) for found in moves],
    }


def _move(transition: Transition, row: Any, url: str) -> RowAction:
    action = action_of(transition, url)
    if transition.target is None:
        action["target"] = row.held_from
    return action


def _beside(actor: Actor, row: Any) -> str:
    """Who works it, for its provider; for the others whose service it is."""
    if actor.kind != OrganizationKind.PROVIDER:
        return str(row.provider__name)
    return row.assignee__full_name or row.assignee__email or _("nobody's yet")


def _awaited(row: Any) -> str:
    if row.state != RequestState.ON_HOLD or row.held_until is None:
        return ""
    return _("%(who)s, until %(day)s") % {
        "who": row.awaited,
        "day": day_in_words(row.held_until, clock.today()),
    }


def _shown(column: BoardColumn, cards: list[Card], query: QueryDict) -> ShownColumn:
    is_closed = column.name == CLOSED
    badge = None if is_closed else badge_of("request", column.name)
    grown, more = query.copy(), query.copy()
    grown["shown"] = f"{column.name}.{len(cards) + CARDS}"
    more["column"], more["after"] = column.name, column.cursor
    return ShownColumn(
        name=column.name,
        label=_("Closed in %(days)s days") % {"days": CLOSED_DAYS}
        if badge is None
        else str(badge.label),
        icon="archive" if badge is None else badge.icon,
        cards=cards,
        count=column.count,
        more_url=f"?{more.urlencode()}" if column.cursor else "",
        grown_url=f"?{grown.urlencode()}" if column.cursor else "",
        list_url=_list_url(column.name, query),
    )


def _list_url(name: str, query: QueryDict) -> str:
    """The same requests as a list, which has no end."""
    rest = query.copy()
    for gone in ("closed", "shown"):
        rest.pop(gone, None)
    if name == CLOSED:
        rest["group"] = "closed"
    else:
        rest.setlist("state", [name])
    return f"{reverse('request_list')}?{rest.urlencode()}"
