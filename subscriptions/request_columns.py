"""The columns that a table of requests can have: each declared once, with who may see it.

A column says what it reads, how it is shown in the page and how in a file. Nobody reads what is not
shown (`selectors.requests`); what needs more than the row itself is read for a page at a time, by
`more`. Columns that come from elsewhere (custom fields) are added to `SOURCES`.
"""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from django.urls import reverse
from django.utils import timezone
from django.utils.html import escape
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from core.actor import Actor
from core.badges import badge, badge_of
from core.choices import OrganizationKind
from core.errors import Text
from core.parts.lists import Column
from core.parts.text import day, deadline, moment, money, phone
from subscriptions.choices import CancelReason, RejectReason, RequestKind
from subscriptions.models.catalogue import commission_amount
from subscriptions.models.requests import shown_state
from subscriptions.selectors import custom_fields
from subscriptions.selectors.request_choices import request_choices
from subscriptions.selectors.request_extras import tags_of_clients, visits_of
from subscriptions.selectors.request_page import place_in_words, plan_in_words
from subscriptions.selectors.requests import BASE
from subscriptions.waiting import waits_for, whom

K = OrganizationKind
_PORTFOLIO = frozenset({K.AGENCY, K.BUILDER, None})
_WITH_CLIENTS = _PORTFOLIO | {K.PROVIDER}
_FILERS = frozenset({*K, None}) - {K.PROVIDER}
_EVERYONE = frozenset({*K, None})
_REASONS = dict(RejectReason.choices) | dict(CancelReason.choices)
_KINDS = dict(RequestKind.choices)


@dataclass(slots=True)
class Table:
    """What cells of one page need beside their rows."""

    actor: Actor
    base: str  # the address of the list
    services: Mapping[int, str]  # categories by id
    # What `more` of the columns shown has read: by column and id of the request.
    extras: dict[str, Mapping[int, Any]] = field(default_factory=dict)
    # In which of the rows something happened since the reader looked, and the mark of it.
    fresh: Collection[int] = ()
    fresh_dot: str = ""

    def beside(self, column: str, row: Any) -> Any:
        return self.extras.get(column, {}).get(row.id)


Cell = Callable[[Any, Table], str]
More = Callable[[Actor, list[int]], Mapping[int, Any]]


@dataclass(frozen=True, slots=True)
class RequestColumn:
    """`cell` gives HTML for a page, "" where there is nothing; `text` the same for a file."""

    name: str
    label: Text
    text: Cell
    reads: tuple[str, ...] = ()
    cell: Cell | None = None
    kinds: frozenset[OrganizationKind | None] = _EVERYONE
    sort: str = ""
    numeric: bool = False
    css: str = ""
    more: More | None = None

    def shown(self, row: Any, table: Table) -> str:
        return self.cell(row, table) if self.cell else escape(self.text(row, table))

    def heading(self) -> Column:
        return Column(self.name, self.label, sort=self.sort, numeric=self.numeric)


def _two(first: str, second: str, css: str = "cell-note") -> str:
    """A cell of two lines."""
    if not second:
        return SafeString(f"<span>{escape(first)}</span>") if first else ""
    return SafeString(f'<span>{escape(first)}<span class="{css}">{escape(second)}</span></span>')


def _person(row: Any, prefix: str) -> str:
    return getattr(row, f"{prefix}__full_name") or getattr(row, f"{prefix}__email") or ""


def _is_own(row: Any, table: Table) -> bool:
    """Whether the reader's organization filed it: who holds a service is told no more."""
    return table.actor.organization is None or row.owner_id == table.actor.organization_id


def _at(value: datetime | date | None) -> str:
    """For a file: a day, with the time where there is one."""
    if value is None:
        return ""
    if isinstance(value, datetime):
        return f"{timezone.localtime(value):%d.%m.%Y %H:%M}"
    return f"{value:%d.%m.%Y}"


def _time(name: str, label: Text, sort: str = "", **more: Any) -> RequestColumn:
    return RequestColumn(
        name,
        label,
        lambda row, table: _at(getattr(row, more.get("reads", name))),
        (more.get("reads", name),),
        lambda row, table: moment(getattr(row, more.get("reads", name))),
        sort=sort,
    )


def _commission(row: Any) -> Any:
    return commission_amount(
        row.commission_rule, row.commission_value, price=row.price, fee=row.connection_fee
    )


def _state_cell(row: Any, table: Table) -> str:
    awaited = waits_for(row)
    note = f'<span class="cell-note">{escape(awaited)}</span>' if awaited else ""
    return SafeString(f"<span>{badge('request', shown_state(row))}{note}</span>")


def _number_cell(row: Any, table: Table) -> str:
    dot = table.fresh_dot if row.id in table.fresh else ""
    return SafeString(f'<a href="{table.base}{row.number}/">{row.number}</a>{dot}')


def _bundle_cell(row: Any, table: Table) -> str:
    bundle = row.bundle__public_id
    if not bundle or not _is_own(row, table):
        return ""
    return SafeString(f'<a href="{table.base}?bundle={bundle}">{bundle}</a>')


_COLUMNS = [
    RequestColumn(
        "due",
        _("Deadline"),
        lambda row, table: _at(row.due_at),
        ("due_at",),
        lambda row, table: deadline(row.due_at),
        sort="due",
    ),
    RequestColumn(
        "number",
        _("Number"),
        lambda row, table: row.number,
        cell=_number_cell,
        css="lead-cell",
    ),
    RequestColumn(
        "state",
        _("State"),
        lambda row, table: str(badge_of("request", shown_state(row)).label),
        ("held_until", "awaited_kind", "awaited"),
        _state_cell,
    ),
    RequestColumn(
        "client",
        _("Client"),
        lambda row, table: row.client__name or "",
        ("client__name", "client__phone"),
        lambda row, table: _two(
            row.client__name or "", phone(row.client__phone), "cell-note cell-phone"
        ),
        kinds=_WITH_CLIENTS,
    ),
    RequestColumn(
        "phone",
        _("Client's phone"),
        lambda row, table: phone(row.client__phone).replace("\xa0", " "),
        ("client__phone",),
        kinds=_WITH_CLIENTS,
    ),
    RequestColumn(
        "tags",
        _("Client's tags"),
        lambda row, table: ", ".join(table.beside("tags", row) or ()),
        kinds=_PORTFOLIO - {None},
        more=tags_of_clients,
    ),
    RequestColumn(
        "owner",
        _("Filed by"),
        lambda row, table: row.owner__name,
        ("owner__name",),
        kinds=_EVERYONE - {K.AGENCY, K.BUILDER},
    ),
    RequestColumn(
        "place",
        _("Address"),
        lambda row, table: place_in_words(row.building__address, row.unit__number),
        ("building__address", "unit__number"),
        css="place-cell",
    ),
    RequestColumn("city", _("City"), lambda row, table: row.city__name, ("city__name",)),
    RequestColumn(
        "district",
        _("District"),
        lambda row, table: row.building__district__name or "",
        ("building__district__name",),
    ),
    RequestColumn(
        "service",
        _("Service"),
        lambda row, table: table.services.get(row.category_id, ""),
        ("category_id", "plan__name"),
        lambda row, table: _two(
            table.services.get(row.category_id, ""), plan_in_words(row.kind, row.plan__name)
        ),
    ),
    RequestColumn("plan", _("Plan"), lambda row, table: row.plan__name, ("plan__name",)),
    RequestColumn("kind", _("Kind"), lambda row, table: str(_KINDS[row.kind]), ("kind",)),
    RequestColumn(
        "provider",
        _("Provider"),
        lambda row, table: row.provider__name,
        ("provider__name",),
        kinds=_FILERS,
    ),
    RequestColumn(
        "price",
        _("Price a month"),
        lambda row, table: str(row.price),
        ("price", "currency"),
        lambda row, table: money(row.price, row.currency),
        numeric=True,
        css="figure",
    ),
    RequestColumn(
        "fee",
        _("Connection fee"),
        lambda row, table: str(row.connection_fee),
        ("connection_fee", "currency"),
        lambda row, table: money(row.connection_fee, row.currency),
        numeric=True,
        css="figure",
    ),
    RequestColumn(
        "commission",
        _("Commission"),
        lambda row, table: str(_commission(row)),
        ("commission_rule", "commission_value", "price", "connection_fee", "currency"),
        lambda row, table: money(_commission(row), row.currency),
        # Only agencies earn, so only they are told what (`rights.earns_commission`).
        kinds=frozenset({K.AGENCY}),
        numeric=True,
        css="figure",
    ),
    RequestColumn(
        "visit",
        _("Visit"),
        lambda row, table: _at(table.beside("visit", row)),
        cell=lambda row, table: moment(table.beside("visit", row)),
        more=visits_of,
    ),
    RequestColumn(
        "preferred",
        _("Convenient time for a visit"),
        lambda row, table: row.preferred_visit,
        ("preferred_visit",),
        kinds=_WITH_CLIENTS,
    ),
    RequestColumn(
        "comment",
        _("Comment"),
        lambda row, table: row.comment,
        ("comment",),
        kinds=_WITH_CLIENTS,
        css="words-cell",
    ),
    RequestColumn(
        "held",
        _("On hold until"),
        lambda row, table: _at(row.held_until),
        ("held_until", "awaited_kind", "awaited"),
        lambda row, table: _two(day(row.held_until), whom(row) if row.held_until else ""),
    ),
    RequestColumn(
        "reason",
        _("Reason"),
        lambda row, table: str(_REASONS.get(row.reason, "")),
        ("reason",),
    ),
    RequestColumn(
        "assignee",
        _("Assignee"),
        lambda row, table: _person(row, "assignee"),
        ("assignee__full_name", "assignee__email"),
        kinds=frozenset({K.PROVIDER}),
    ),
    RequestColumn(
        "created_by",
        _("Who filed it"),
        lambda row, table: _person(row, "created_by") if _is_own(row, table) else "",
        ("created_by__full_name", "created_by__email"),
        kinds=_FILERS,
    ),
    RequestColumn(
        "bundle",
        _("Bundle"),
        lambda row, table: (row.bundle__public_id or "") if _is_own(row, table) else "",
        ("bundle__public_id",),
        _bundle_cell,
        kinds=_FILERS,
    ),
    _time("created", _("Created"), "-created", reads="created_at"),
    _time("filed", _("Filed"), "-filed", reads="submitted_at"),
    _time("state_since", _("In this state since")),
    _time("checked", _("Taken up"), reads="checked_at"),
    _time("approved", _("Approved"), reads="approved_at"),
    _time("closed", _("Closed"), reads="closed_at"),
    _time("changed", _("Changed"), reads="updated_at"),
]

# Who files and who works see other columns first.
_FILED_FOR_CLIENTS = ("number", "state", "client", "place", "service", "provider", "due", "created")
_FILED_FOR_ONESELF = ("number", "state", "place", "service", "provider", "created")
DEFAULTS: dict[OrganizationKind | None, tuple[str, ...]] = {
    K.AGENCY: _FILED_FOR_CLIENTS,
    K.BUILDER: _FILED_FOR_CLIENTS,
    K.PROVIDER: ("due", "number", "place", "service", "state", "assignee"),
    K.COMPANY: _FILED_FOR_ONESELF,
    K.PERSON: _FILED_FOR_ONESELF,
    None: ("number", "state", "owner", "place", "service", "provider", "due", "created"),
}

Source = Callable[[Actor], Iterable[RequestColumn]]


def _own_columns(actor: Actor) -> Iterable[RequestColumn]:
    return (column for column in _COLUMNS if actor.kind in column.kinds)


def _custom_columns(actor: Actor) -> Iterable[RequestColumn]:
    """What providers ask for beside: read with all the others of its kind at once."""
    return (_custom(column) for column in custom_fields.columns_for(actor))


def _custom(column: Column) -> RequestColumn:
    name = f"{_CUSTOM}{column.name}"
    return RequestColumn(
        name,
        column.label,
        lambda row, table: (table.beside(name, row) or {}).get(column.name, ""),
        numeric=column.numeric,
        css="figure" if column.numeric else "",
        more=custom_fields.values_of,
    )


_CUSTOM = "own-"
# What tells of columns, each by actor.
SOURCES: list[Source] = [_own_columns, _custom_columns]


def columns_for(actor: Actor) -> dict[str, RequestColumn]:
    """Every column that the actor may have, by name."""
    return {column.name: column for source in SOURCES for column in source(actor)}


def chosen_columns(actor: Actor, names: Iterable[str]) -> list[RequestColumn]:
    """The columns called so, in this order, the number always among them.

    Names of columns that are no more, or no longer the actor's, are passed over. Without any the
    columns of the actor's kind.
    """
    wanted = list(names)
    if any(name.startswith(_CUSTOM) for name in wanted):
        offered = columns_for(actor)
    else:
        offered = {column.name: column for column in _own_columns(actor)}
    chosen = [offered[name] for name in wanted if name in offered]
    if not chosen:
        return [offered[name] for name in DEFAULTS[actor.kind]]
    if all(column.name != "number" for column in chosen):
        chosen.insert(0, offered["number"])
    return chosen


def fields_of(columns: Iterable[RequestColumn]) -> tuple[str, ...]:
    """What has to be read to show these columns, and to say what may be done with a row."""
    return tuple(dict.fromkeys((*BASE, *(name for column in columns for name in column.reads))))


def table_for(actor: Actor, columns: Iterable[RequestColumn], rows: Iterable[Any]) -> Table:
    """What the cells of these rows need; one query for each column that reads more."""
    services = {row.pk: row.name for row in request_choices(actor).categories.values()}
    table = Table(actor, reverse("request_list"), services)
    ids = [row.id for row in rows]
    read: dict[More, Mapping[int, Any]] = {}
    for column in columns:
        if column.more is not None and ids:
            if column.more not in read:
                read[column.more] = column.more(actor, ids)
            table.extras[column.name] = read[column.more]
    return table
