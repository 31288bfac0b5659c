"""The board: of every state the requests that are due first, and how many there are.

Whatever the number of columns, their rows and counts come in one query, and what is shown of them
in a second; counts are kept while nothing happens. Each column is read from an index by state and
deadline up to its limit, so a board over a million requests costs what a small one does.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from hashlib import sha256
from typing import Any

from django.core.cache import caches
from django.core.exceptions import EmptyResultSet
from django.db import DEFAULT_DB_ALIAS, connections
from django.db.models import QuerySet
from django.http import QueryDict

from core import clock
from core.actor import Actor
from core.choices import OrganizationKind
from core.pagination import Page, cursor_after, paginate
from core.polling import pulse_of
from core.querysets import refuse_invisible
from subscriptions.choices import RequestState
from subscriptions.filters import RequestFilter
from subscriptions.models import ConnectionRequest
from subscriptions.models.teams import works_at_places
from subscriptions.request_workflow import FINAL_STATES, OPEN_STATES, REQUEST_WORKFLOW
from subscriptions.selectors.requests import BASE, COUNT_CAP, rows_by_id

# Cards of a column to begin with, and the most that it ever holds: then the list is better.
CARDS, CARDS_AT_MOST = 10, 60
CLOSED = "closed"
CLOSED_DAYS = 7
_COUNTS_KEPT_SECONDS = 60
# Stands for a state while the SQL of a column is worked out.
_ANY_STATE = "any state"

_SHOWN = (
    *BASE,
    "due_at",
    "closed_at",
    "held_from",
    "held_until",
    "awaited_kind",
    "awaited",
    "plan__name",
    "building__address",
    "unit__number",
)
_OWN: dict[OrganizationKind | None, tuple[str, ...]] = {
    OrganizationKind.AGENCY: ("client__name", "provider__name"),
    OrganizationKind.BUILDER: ("client__name", "provider__name"),
    OrganizationKind.PROVIDER: ("client__name", "assignee__full_name", "assignee__email"),
    OrganizationKind.COMPANY: ("provider__name",),
    OrganizationKind.PERSON: ("provider__name",),
}


@dataclass(frozen=True, slots=True)
class BoardColumn:
    """`name` is a state, or CLOSED. `cursor` is where the next cards begin, "" when all are here.

    `count` stops at COUNT_CAP + 1: more than that nobody counts.
    """

    name: str
    rows: list[Any] = field(default_factory=list)
    cursor: str = ""
    count: int = 0


def board_filter(actor: Actor, query: QueryDict) -> RequestFilter:
    """The filters of the list over what the actor sees.

    For a provider `visible_to` would look into every row whether it was filed; what has a deadline
    has been (a constraint of the table says so), and of what is closed it is asked.
    """
    if actor.kind != OrganizationKind.PROVIDER:
        return RequestFilter(query, actor=actor)
    rows = ConnectionRequest.objects.filter(provider_id=actor.organization_id)
    return RequestFilter(query, rows, actor=actor)


def column_names(actor: Actor, found: RequestFilter) -> list[str]:
    """The states that the board has columns for: those asked for, else all open ones.

    Drafts have a column with those who file.
    """
    states = [RequestState.DRAFT.value] if actor.kind != OrganizationKind.PROVIDER else []
    states += [name for name in REQUEST_WORKFLOW.states if name in OPEN_STATES]
    asked = set(found.query.getlist("state"))
    return [name for name in states if name in asked] if asked & set(states) else states


def board_columns(
    actor: Actor, found: RequestFilter, shown: Mapping[str, int], *, closed: bool
) -> list[BoardColumn]:
    """All columns of a `board_filter`, each with its first cards.

    `shown` says of which column more are wanted.

    What was closed lately is the last of them, without cards unless `closed`. Raises DomainError
    for a filter that is not understood.
    """
    names = [*column_names(actor, found), CLOSED]
    wanted = names if closed else names[:-1]
    sizes = {name: min(max(shown.get(name, CARDS), CARDS), CARDS_AT_MOST) for name in wanted}
    # One more of each, to know whether there are more.
    limits = {name: size + 1 for name, size in sizes.items()}
    ids, counts = _read(actor, found, limits, names)
    details = {row.id: row for row in rows_by_id(fields_of(actor), [pk for _name, pk in ids])}
    rows: dict[str, list[Any]] = {name: [] for name in names}
    for name, pk in ids:
        if pk in details:
            rows[name].append(details[pk])
    return [_made(name, rows[name], sizes.get(name, 0), counts.get(name, 0)) for name in names]


def more_cards(actor: Actor, found: RequestFilter, name: str, cursor: str) -> Page:
    """The next cards of one column. Raises DomainError for a cursor of another's making."""
    if name == RequestState.DRAFT and actor.kind == OrganizationKind.PROVIDER:
        # `board_filter` has not asked whether it was filed: a draft is its owner's alone.
        refuse_invisible()
    order = _order(name)
    keys = [key.lstrip("-") for key in order]
    rows = _column(found.qs, name).values_list(*keys, named=True)
    page = paginate(rows, order, cursor, CARDS)
    return Page(
        rows_by_id(fields_of(actor), [row.id for row in page.rows]), page.next_cursor, False
    )


def _read(
    actor: Actor, found: RequestFilter, limits: Mapping[str, int], names: Sequence[str]
) -> tuple[list[tuple[str, int]], dict[str, int]]:
    """(column, id) of the first rows of each column, and how many each has; one query.

    Counts are bounded by COUNT_CAP, and kept until something happens or a minute has passed.
    """
    key = _counts_key(actor, found, names)
    counts: dict[str, int] | None = caches["local"].get(key)
    parts = _Parts(found.qs)
    for name, limit in limits.items():
        parts.add(name, "part.*", _order(name), limit)
    if counts is None:
        for name in names:
            # In the order of the index, which is then read alone.
            parts.add(name, "COUNT(*)", _order(name)[:1], COUNT_CAP + 1)
    rows = parts.fetch()
    ids = [(name, value) for name, is_count, value in rows if not is_count]
    if counts is None:
        counts = {name: value for name, is_count, value in rows if is_count}
        caches["local"].set(key, counts, _COUNTS_KEPT_SECONDS)
    return ids, counts


def _counts_key(actor: Actor, found: RequestFilter, names: Sequence[str]) -> str:
    organization = actor.organization
    parts = (
        actor.organization_id,
        pulse_of(organization) if organization else 0,
        # A team's members may see fewer places; "me" of a filter is the reader.
        actor.team_id if works_at_places(actor) else None,
        actor.user_id if found.is_active or organization is None else None,
        found.query.urlencode(),
        # What is overdue or closed lately depends on the minute.
        f"{clock.now():%Y%m%d%H%M}",
        tuple(names),
    )
    return f"board:{sha256(repr(parts).encode()).hexdigest()}"


def fields_of(actor: Actor) -> tuple[str, ...]:
    """What a card of this actor's board shows."""
    return (*_SHOWN, *_OWN.get(actor.kind, ("provider__name",)))


def _column(rows: QuerySet, name: str) -> QuerySet:
    """The requests of a column, by what its index has."""
    if name == CLOSED:
        since = clock.now() - timedelta(days=CLOSED_DAYS)
        return rows.filter(
            closed_at__gte=since, state__in=sorted(FINAL_STATES), submitted_at__isnull=False
        )
    rows = rows.filter(state=name)
    return rows if name == RequestState.DRAFT else rows.filter(due_at__isnull=False)


def _order(name: str) -> tuple[str, ...]:
    if name == CLOSED:
        return ("-closed_at", "-id")
    return ("-id",) if name == RequestState.DRAFT else ("due_at", "id")


def _made(name: str, rows: list[Any], size: int, count: int) -> BoardColumn:
    """A column of the rows that were read: one more than `size` where there are more."""
    order = _order(name)
    keys = [key.lstrip("-") for key in order]
    # The order of a union is nobody's promise.
    ordered = sorted(
        rows,
        key=lambda row: [getattr(row, key) for key in keys],
        reverse=order[0].startswith("-"),
    )
    here = ordered[:size]
    cursor = cursor_after(here[-1], order) if len(ordered) > size else ""
    return BoardColumn(name, here, cursor, max(count, len(here)))


class _Parts:
    """One query made of a limited query for each column.

    Django's `union()` limits no parts on SQLite. Columns of states differ in one parameter, so
    their SQL is worked out once.
    """

    def __init__(self, rows: QuerySet) -> None:
        self._rows = rows
        self._texts: dict[tuple[Any, ...], tuple[str, tuple[Any, ...]] | None] = {}
        self._sql: list[str] = []
        self._parameters: list[Any] = []
        self._names: list[tuple[str, bool]] = []

    def add(self, name: str, wanted: str, order: Sequence[str], limit: int) -> None:
        """`wanted` of the first `limit` rows of a column; nothing where nothing can be in it."""
        shape = name if name in {RequestState.DRAFT, CLOSED} else _ANY_STATE
        key = (shape, tuple(order), limit)
        if key not in self._texts:
            self._texts[key] = self._compile(shape, order, limit)
        compiled = self._texts[key]
        if compiled is None:
            return
        sql, parameters = compiled
        # Nothing in it is anybody's input: numbers, and what Django has made.
        self._sql.append(f"SELECT {len(self._names)}, {wanted} FROM ({sql}) part")  # noqa: S608
        self._parameters += [name if value == _ANY_STATE else value for value in parameters]
        self._names.append((name, wanted.startswith("COUNT")))

    def fetch(self) -> list[tuple[str, bool, int]]:
        """The column, whether it is its count, and the value."""
        if not self._sql:
            return []
        with connections[DEFAULT_DB_ALIAS].cursor() as cursor:
            cursor.execute(" UNION ALL ".join(self._sql), self._parameters)
            return [(*self._names[place], value) for place, value in cursor.fetchall()]

    def _compile(
        self, shape: str, order: Sequence[str], limit: int
    ) -> tuple[str, tuple[Any, ...]] | None:
        rows = _column(self._rows, shape).order_by(*order).values_list("id")[:limit]
        try:
            compiled: tuple[str, tuple[Any, ...]] = rows.query.get_compiler(
                DEFAULT_DB_ALIAS
            ).as_sql()
        except EmptyResultSet:
            return None
        return compiled
