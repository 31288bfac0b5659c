"""The columns that the desk's list can have: each declared once.

A column says what it reads, how it is shown in the page and how in a file. What needs more than the
row itself (tags, who is looking) is read for a page at a time, by `more`.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from typing import Any

from django.urls import reverse
from django.utils import timezone
from django.utils.html import escape, format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.actor import Actor
from core.badges import badge, badge_of
from core.choices import OrganizationKind
from core.errors import Text
from core.pagination import Page, paginate
from core.parts.icons import icon
from core.parts.lists import Column, Columns
from core.parts.text import deadline, moment
from core.prepared_rows import NamedRows, padded
from support.choices import Channel, Priority, TicketState
from support.desk_choices import desk_choices
from support.filters import TicketFilter
from support.models import Ticket
from support.models.tickets import NEVER
from support.selectors.desk_extras import people_at, tags_of

# Orders of the list by what stands in the address; an index stands behind each.
ORDERS: dict[str, tuple[str, ...]] = {
    "due": ("due_at", "id"),
    "-due": ("-due_at", "-id"),
    "-changed": ("-updated_at", "-id"),
    "changed": ("updated_at", "id"),
    "-created": ("-id",),
    "created": ("id",),
}
# What every row is read with: what it is called and where it stands.
BASE = ("id", "number", "subject", "state", "version", "assignee_id", "due_at", "updated_at")
_KINDS = dict(OrganizationKind.choices)
_CHANNELS = dict(Channel.choices)
_CHANNEL_ICONS = {
    Channel.WEB: "world",
    Channel.MAIL: "mail",
    Channel.API: "api",
    Channel.STAFF: "phone",
}


@dataclass(slots=True)
class Table:
    """What cells of one page need beside their rows."""

    actor: Actor
    base: str
    queues: Mapping[int, str]
    categories: Mapping[int, str]
    extras: dict[str, Mapping[int, Any]] = field(default_factory=dict)
    # The list as it stands, for tickets to lead back to it and to the next of it.
    trail: str = ""

    def beside(self, column: str, row: Any) -> Any:
        return self.extras.get(column, {}).get(row.id)


Cell = Callable[[Any, Table], str]
More = Callable[[list[int]], Mapping[int, Any]]


@dataclass(frozen=True, slots=True)
class TicketColumn:
    """`cell` gives HTML for a page, "" where there is nothing; `text` the same for a file."""

    name: str
    label: Text
    text: Cell
    reads: tuple[str, ...] = ()
    cell: Cell | None = None
    sort: str = ""
    numeric: bool = False
    css: str = ""
    more: More | None = None

    def shown(self, row: Any, table: Table) -> str:
        return self.cell(row, table) if self.cell else escape(self.text(row, table))

    def heading(self) -> Column:
        return Column(self.name, self.label, sort=self.sort, numeric=self.numeric)


def _at(value: datetime | None) -> str:
    if value is None or value == NEVER:
        return ""
    return f"{timezone.localtime(value):%d.%m.%Y %H:%M}"


def _two(first: str, second: str) -> str:
    if not first and not second:
        return ""
    if not second:
        return format_html("<span>{}</span>", first)
    return format_html('<span>{}<span class="cell-note">{}</span></span>', first, second)


def _subject_cell(row: Any, table: Table) -> str:
    people = table.beside("subject", row)
    return format_html(
        '<span><a href="{}{}/{}">{}</a><span class="cell-note">{}{}</span></span>',
        table.base, row.number, table.trail, row.subject, row.number, _present(people, table),
    )  # fmt: skip


def _present(people: Sequence[tuple[int, str, bool]] | None, table: Table) -> str:
    """Who else is there now: a word and an icon, not a colour alone."""
    lines = []
    for user_id, name, writes in people or ():
        if user_id != table.actor.user_id:
            words = _("%(name)s is writing") if writes else _("%(name)s is looking")
            shown = icon("pencil" if writes else "eye")
            lines.append(
                format_html('<span class="present">{}{}</span>', shown, words % {"name": name})
            )
    return SafeString("".join(lines))


def _customer(row: Any) -> str:
    return row.requester_name or row.requester_email


def _person(row: Any) -> str:
    return row.assignee__full_name or row.assignee__email or ""


def _assignee_cell(row: Any, table: Table) -> str:
    """Whose it is, and beneath where it waits."""
    return _two(_person(row) or _("nobody"), table.queues.get(row.queue_id, ""))


def _priority_cell(row: Any, table: Table) -> str:
    """What is usual is said quietly, so that the rest is seen."""
    if row.priority == Priority.NORMAL:
        return format_html('<span class="text-secondary">{}</span>', Priority.NORMAL.label)
    return badge("ticket.priority", row.priority)


def _tags_cell(row: Any, table: Table) -> str:
    names = table.beside("tags", row) or ()
    return SafeString(" ".join(format_html('<span class="tag">{}</span>', n) for n in names))


def _channel_cell(row: Any, table: Table) -> str:
    return format_html(
        "<span>{} {}</span>", icon(_CHANNEL_ICONS[row.channel]), _CHANNELS[row.channel]
    )


def _time(name: str, label: Text, reads: str, sort: str = "") -> TicketColumn:
    return TicketColumn(
        name,
        label,
        lambda row, table: _at(getattr(row, reads)),
        (reads,),
        lambda row, table: moment(getattr(row, reads)),
        sort=sort,
    )


_COLUMNS = [
    TicketColumn(
        "due",
        gettext_lazy("Deadline"),
        lambda row, table: _at(row.due_at),
        ("due_at",),
        lambda row, table: deadline(None if row.due_at == NEVER else row.due_at),
        sort="due",
        css="due-cell",
    ),
    TicketColumn("number", gettext_lazy("Number"), lambda row, table: row.number),
    TicketColumn(
        "subject",
        gettext_lazy("Subject"),
        lambda row, table: row.subject,
        cell=_subject_cell,
        css="lead-cell",
        more=people_at,
    ),
    TicketColumn(
        "state",
        gettext_lazy("State"),
        lambda row, table: str(badge_of("ticket.desk", row.state).label),
        cell=lambda row, table: badge("ticket.desk", row.state),
    ),
    TicketColumn(
        "priority",
        gettext_lazy("Priority"),
        lambda row, table: str(Priority(row.priority).label),
        ("priority",),
        _priority_cell,
    ),
    TicketColumn(
        "customer",
        gettext_lazy("Customer"),
        lambda row, table: ", ".join(filter(None, [_customer(row), row.owner__name])),
        ("requester_name", "requester_email", "owner__name"),
        lambda row, table: _two(_customer(row), row.owner__name or ""),
        css="customer-cell",
    ),
    TicketColumn(
        "email",
        gettext_lazy("E-mail"),
        lambda row, table: row.requester_email,
        ("requester_email",),
    ),
    TicketColumn(
        "kind",
        gettext_lazy("Kind of organization"),
        lambda row, table: str(_KINDS.get(row.owner__kind, "")),
        ("owner__kind",),
    ),
    TicketColumn(
        "category",
        gettext_lazy("Category"),
        lambda row, table: table.categories.get(row.category_id, ""),
        ("category_id",),
    ),
    TicketColumn(
        "queue",
        gettext_lazy("Queue"),
        lambda row, table: table.queues.get(row.queue_id, ""),
        ("queue_id",),
    ),
    TicketColumn(
        "assignee",
        gettext_lazy("Assignee"),
        lambda row, table: _person(row),
        ("assignee__full_name", "assignee__email", "queue_id"),
        _assignee_cell,
    ),
    TicketColumn(
        "tags",
        gettext_lazy("Tags"),
        lambda row, table: ", ".join(table.beside("tags", row) or ()),
        cell=_tags_cell,
        more=tags_of,
    ),
    TicketColumn(
        "place",
        gettext_lazy("Address"),
        lambda row, table: row.building__address or "",
        ("building__address",),
    ),
    TicketColumn(
        "channel",
        gettext_lazy("Came by"),
        lambda row, table: str(_CHANNELS[row.channel]),
        ("channel",),
        _channel_cell,
    ),
    _time("waits", gettext_lazy("Waits since"), "awaits_since"),
    TicketColumn(
        "messages",
        gettext_lazy("Messages"),
        lambda row, table: str(row.messages_count),
        ("messages_count",),
        numeric=True,
        css="figure",
    ),
    TicketColumn(
        "score",
        gettext_lazy("Score"),
        lambda row, table: str(row.score or ""),
        ("score",),
        numeric=True,
        css="figure",
    ),
    _time("held", gettext_lazy("Waits until"), "held_until"),
    _time("created", gettext_lazy("Opened"), "created_at", "-created"),
    _time("changed", gettext_lazy("Changed"), "updated_at", "-changed"),
    _time("state_since", gettext_lazy("In this state since"), "state_since"),
    _time("answered", gettext_lazy("First answered"), "first_answered_at"),
    _time("solved", gettext_lazy("Solved"), "solved_at"),
    _time("closed", gettext_lazy("Closed"), "closed_at"),
]
COLUMNS = {column.name: column for column in _COLUMNS}
DEFAULTS = ("due", "subject", "state", "priority", "customer", "assignee", "changed")
FIXED = frozenset({"subject"})


def chosen_columns(names: Iterable[str]) -> list[TicketColumn]:
    """The columns called so, in this order, the subject always among them; of none the usual."""
    chosen = [COLUMNS[name] for name in names if name in COLUMNS]
    if not chosen:
        return [COLUMNS[name] for name in DEFAULTS]
    if all(column.name != "subject" for column in chosen):
        chosen.insert(0, COLUMNS["subject"])
    return chosen


def fields_of(columns: Iterable[TicketColumn]) -> tuple[str, ...]:
    return tuple(dict.fromkeys((*BASE, *(name for column in columns for name in column.reads))))


@lru_cache(maxsize=256)
def _reader(fields: tuple[str, ...]) -> NamedRows:
    return NamedRows(fields, lambda ids: Ticket.objects.filter(pk__in=ids))


def rows_by_id(fields: tuple[str, ...], ids: list[int]) -> list[Any]:
    """Lean rows (named tuples of `fields`) in the order of `ids`, which the caller may see."""
    by_id = {row.id: row for row in _reader(fields).fetch(ids=padded(ids))}
    return [by_id[pk] for pk in ids if pk in by_id]


def desk_page(
    found: TicketFilter, fields: tuple[str, ...], sort: str, cursor: str = "", size: int = 25
) -> Page:
    """A page of lean rows of what the filter finds, in the order `sort` (a key of ORDERS).

    Two queries: which rows, from the table of tickets alone, then what is shown of them. Raises
    DomainError for a filter or a cursor that is not understood.
    """
    order = ORDERS[sort]
    keys = list(dict.fromkeys([*(name.lstrip("-") for name in order), "id"]))
    page = paginate(found.qs.values_list(*keys, named=True), order, cursor, size)
    return Page(rows_by_id(fields, [row.id for row in page.rows]), page.next_cursor, page.is_first)


def table_for(
    actor: Actor, columns: Iterable[TicketColumn], rows: Sequence[Any], trail: str = ""
) -> Table:
    """What the cells of these rows need; one query for each column that reads more."""
    known = desk_choices()
    table = Table(actor, reverse("desk_list"), known.queue_names(), known.category_names())
    table.trail = trail
    ids = [row.id for row in rows]
    for column in columns:
        if column.more is not None and ids:
            table.extras[column.name] = column.more(ids)
    return table


def headings_of(columns: Iterable[TicketColumn], actions: Text = "") -> Columns:
    headings = [column.heading() for column in columns]
    if actions:
        headings.append(Column("actions", actions, hidden=True))
    return Columns(*headings)


def lines_of(
    table: Table, columns: Sequence[TicketColumn], rows: Sequence[Any], *, acting: bool
) -> list[dict[str, Any]]:
    """Rows as they are shown: dicts of finished texts, what templates are quickest with."""
    labels = [escape(column.label) for column in columns]
    return [
        {
            "number": row.number,
            "version": row.version,
            "url": f"{table.base}{row.number}/",
            "may_take": acting and row.assignee_id != table.actor.user_id and _is_open(row),
            "cells": SafeString(
                "".join(
                    _cell(column, label, column.shown(row, table))
                    for column, label in zip(columns, labels, strict=True)
                )
            ),
        }
        for row in rows
    ]


def _is_open(row: Any) -> bool:
    return row.state not in (TicketState.SOLVED, TicketState.CLOSED)


def _cell(column: TicketColumn, label: str, html: str) -> str:
    css = column.css if html else f"{column.css} is-empty"
    return f'<td class="{css}" data-label="{label}">{html or "—"}</td>'
