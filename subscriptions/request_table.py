"""A page of requests as it is shown: the cells of the chosen columns, and what can be done."""

from collections.abc import Iterable, Sequence
from typing import Any, TypedDict

from django.utils.html import escape
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from core.actor import Actor
from core.parts.lists import Column, Columns
from core.workflow import Transition
from subscriptions.request_columns import RequestColumn, Table, table_for
from subscriptions.request_workflow import offered_to
from subscriptions.selectors.request_page import needs_page
from subscriptions.selectors.request_seen import unseen

_ACTIONS = "actions"
# In a row there is room for so many; the others are on the request's page.
ACTIONS_SHOWN = 3
_SELDOM = {"hold", "cancel"}


class RowAction(TypedDict):
    """A button that moves at once, or a link to the page that asks for what the move needs."""

    name: str
    label: Any
    url: str
    at_once: bool
    target: str


class Line(TypedDict):
    """One row as it is shown. A dict of finished texts: what templates are quickest with.

    `cells` are the `<td>`s of the chosen columns, joined here: drawn by the template one by one
    they would cost more than everything else of the page.
    """

    number: str
    version: int
    url: str
    cells: SafeString
    actions: list[RowAction]


def headings_of(columns: Iterable[RequestColumn], label: Any = "") -> Columns:
    """The headings of the table; with `label` a last column of actions, called so."""
    headings = [column.heading() for column in columns]
    if label:
        headings.append(Column(_ACTIONS, label, hidden=True))
    return Columns(*headings)


def lines_of(
    actor: Actor, columns: Sequence[RequestColumn], rows: Sequence[Any], *, acting: bool
) -> list[Line]:
    """Rows (see `selectors.requests`) for a plain loop; with `acting`, what can be done there."""
    table = table_for(actor, columns, rows)
    table.fresh = unseen(actor, [row.id for row in rows])
    if table.fresh:
        words = escape(_("Something happened since you looked"))
        table.fresh_dot = (
            f' <span class="fresh-dot" title="{words}">'
            f'<span class="visually-hidden">{words}</span></span>'
        )
    # Translated once here, not once in every row.
    labels = [escape(column.label) for column in columns]
    return [_line(table, columns, labels, row, acting) for row in rows]


def _line(
    table: Table, columns: Sequence[RequestColumn], labels: Sequence[str], row: Any, acting: bool
) -> Line:
    url = f"{table.base}{row.number}/"
    return {
        "number": row.number,
        "version": row.version,
        "url": url,
        "cells": SafeString(
            "".join(
                _cell(column, label, column.shown(row, table))
                for column, label in zip(columns, labels, strict=True)
            )
        ),
        "actions": [action_of(found, url) for found in _likely(table.actor, row)] if acting else [],
    }


def _cell(column: RequestColumn, label: str, html: str) -> str:
    css = column.css if html else f"{column.css} is-empty"
    return f'<td class="{css}" data-label="{label}">{html or "—"}</td>'


def _likely(actor: Actor, row: Any) -> list[Transition]:
    return [found for found in offered_to(actor, row) if found.name not in _SELDOM][:ACTIONS_SHOWN]


def action_of(transition: Transition, url: str) -> RowAction:
    """A move of the request at `url`, as a row or a card offers it."""
    return {
        "name": transition.name,
        "label": transition.label,
        "url": f"{url}move/{transition.name}/",
        "at_once": not needs_page(transition),
        "target": transition.target or "",
    }
