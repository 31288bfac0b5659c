"""The board as it is shown: cards, and the moves that each offers its reader."""

from collections.abc import Hashable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, TypedDict
from urllib.parse import quote

from django.http import QueryDict
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.html import escape
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from core.actor import Actor
from core.badges import badge_of, state_html
from core.choices import OrganizationKind
from core.parts.text import deadline, moment
from core.workflow import Transition
from subscriptions.models.requests import shown_state
from subscriptions.request_table import RowAction, action_of
from subscriptions.request_workflow import REQUEST_WORKFLOW, cases_of, sides_of
from subscriptions.selectors.board import CARDS, CLOSED, CLOSED_DAYS, BoardColumn
from subscriptions.selectors.request_choices import request_choices
from subscriptions.selectors.request_page import place_in_words, plan_in_words
from subscriptions.waiting import waits_for


class Card(TypedDict):
    """One request on the board. `html` is its `<li>`, put together here: seventy cards with their
    menus, drawn by the template a value at a time, would cost more than the rest of the page.
    """

    number: str
    moves: list[RowAction]
    html: SafeString


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
    actor: Actor, columns: Iterable[BoardColumn], query: QueryDict, back: str
) -> list[ShownColumn]:
    """The columns for the page; `query` are the filters of the board, `back` its address."""
    rows = list(columns)
    cards = iter(cards_of(actor, [row for column in rows for row in column.rows], back))
    return [_shown(column, [next(cards) for _row in column.rows], query) for column in rows]


def cards_of(actor: Actor, rows: Iterable[Any], back: str) -> list[Card]:
    """Cards of lean rows (`selectors.board.fields_of`); moves come back to `back`."""
    drawing = _Drawing(
        actor,
        {row.pk: row.name for row in request_choices(actor).categories.values()},
        reverse("request_list"),
        quote(back, safe=""),
    )
    return [drawing.card(row) for row in rows]


# Stand in a menu that is drawn once for the number and the version of each card.
_NUMBER, _VERSION = "@number@", "@version@"


@dataclass(slots=True)
class _Drawing:
    """What cards of one page have in common: menus differ by state and side alone."""

    actor: Actor
    services: dict[int, str]
    base: str
    back: str
    menus: dict[Hashable, tuple[list[Transition], str]] = field(default_factory=dict)

    def card(self, row: Any) -> Card:
        url = f"{self.base}{row.number}/"
        transitions, menu = self._menu(row)
        return {
            "number": row.number,
            "moves": [_move(found, row, url) for found in transitions],
            "html": SafeString(
                f'<li class="card-item" data-card="{row.number}" data-version="{row.version}">'
                f'<a class="card-number" href="{url}">{row.number}</a>'
                f'<span class="card-due">{_when(row)}</span>'
                f"{''.join(self._lines(row))}"
                f"{menu.replace(_NUMBER, row.number).replace(_VERSION, str(row.version))}</li>"
            ),
        }

    def _lines(self, row: Any) -> Iterator[str]:
        place = place_in_words(row.building__address, row.unit__number)
        plan = plan_in_words(row.kind, row.plan__name)
        service = f"{self.services.get(row.category_id, '')}, {plan}"
        people = [getattr(row, "client__name", ""), _beside(self.actor, row)]
        yield f'<span class="card-place">{escape(place)}</span>'
        yield f'<span class="card-note">{escape(service)}</span>'
        yield f'<span class="card-note">{escape(" · ".join(filter(None, people)))}</span>'
        if awaited := waits_for(row):
            yield f'<span class="card-note card-awaited">{escape(awaited)}</span>'

    def _menu(self, row: Any) -> tuple[list[Transition], str]:
        sides, cases = sides_of(self.actor, row), cases_of(row)
        key = (row.state, frozenset(sides), cases, row.held_from)
        found = self.menus.get(key)
        if found is None:
            transitions = REQUEST_WORKFLOW.offered(row.state, sides, cases)
            found = self.menus[key] = (transitions, self._draw(transitions, row))
        return found

    def _draw(self, transitions: list[Transition], row: Any) -> str:
        if not transitions:
            return ""
        moves = [_move(found, row, f"{self.base}{_NUMBER}/") for found in transitions]
        context = {"moves": moves, "number": _NUMBER, "version": _VERSION, "back": self.back}
        return render_to_string("subscriptions/requests/card_menu.html", context)


def _when(row: Any) -> str:
    if row.closed_at is None:
        return deadline(row.due_at)
    return f"{state_html(badge_of('request', shown_state(row)))} {moment(row.closed_at)}"


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
