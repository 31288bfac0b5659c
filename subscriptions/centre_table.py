"""Rows of the list of subscriptions as they are drawn: cells made here, not by the template."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.actor import Actor
from core.badges import badge
from core.choices import OrganizationKind
from core.pagination import Page
from core.parts.lists import Column, Columns, select_box
from core.parts.text import day, moment, money
from subscriptions.centre_rights import holds_services
from subscriptions.rights import PORTFOLIO_KINDS
from subscriptions.selectors.request_page import place_in_words


@dataclass(frozen=True, slots=True)
class Line:
    number: str
    # Everything after the number's cell, as HTML.
    cells: SafeString
    box: SafeString | str


def columns_for(actor: Actor) -> Columns:
    """What each side is shown; holders order by what it costs, where it is, when its term ends."""
    holder = holds_services(actor)
    found = [
        Column("number", gettext_lazy("Number")),
        Column("service", gettext_lazy("Service")),
        Column("place", gettext_lazy("Address"), sort="place" if holder else ""),
    ]
    if actor.kind in PORTFOLIO_KINDS | {OrganizationKind.PROVIDER}:
        found.append(Column("client", gettext_lazy("Client")))
    if actor.kind != OrganizationKind.PROVIDER:
        found.append(Column("provider", gettext_lazy("Provider")))
    found += [
        Column("state", gettext_lazy("State")),
        Column("price", gettext_lazy("A month"), sort="-cost" if holder else "", numeric=True),
        Column("term", gettext_lazy("Term until"), sort="term" if holder else ""),
        Column("since", gettext_lazy("In force since")),
    ]
    return Columns(*found)


def lines_of(
    page: Page,
    columns: Columns,
    services: Mapping[int, str],
    tags: Mapping[int, Sequence[str]],
    *,
    selectable: bool,
) -> list[Line]:
    """The rows of a page of `centre_rows`, drawn by `columns`."""
    drawers = [(_DRAWN[column.name], column.label) for column in columns if column.name != "number"]
    return [
        Line(
            number=format_html(
                '<td class="lead-cell"><a href="{}{}/">{}</a></td>',
                reverse("subscription_list"), row.number, row.number,
            ),
            cells=format_html_join(
                "", "{}", ((draw(row, label, services, tags),) for draw, label in drawers)
            ),
            box=_box(row) if selectable else "",
        )
        for row in page.rows
    ]  # fmt: skip


def _box(row: Any) -> SafeString:
    return format_html('<td class="select-cell">{}</td>', select_box(row.number, row.number))


def _service(row: Any, label: Any, services: Any, tags: Any) -> SafeString:
    words = format_html_join(
        "", ' <span class="tag">{}</span>', ((t,) for t in tags.get(row.id, ()))
    )
    return format_html(
        '<td data-label="{}"><span>{}<span class="cell-note">{}</span>{}</span></td>',
        label, services.get(row.category_id, ""), row.plan__name, words,
    )  # fmt: skip


def _place(row: Any, label: Any, *_rest: Any) -> SafeString:
    contract = (
        _("contract %(number)s") % {"number": row.contract_number} if row.contract_number else ""
    )
    note = format_html('<span class="cell-note">{}</span>', contract) if contract else ""
    place = place_in_words(row.building__address, row.unit__number)
    return format_html(
        '<td class="place-cell" data-label="{}"><span>{}{}</span></td>', label, place, note
    )


def _client(row: Any, label: Any, *_rest: Any) -> SafeString:
    return _plain(label, row.client__name or "")


def _provider(row: Any, label: Any, *_rest: Any) -> SafeString:
    return _plain(label, row.provider__name)


def _state(row: Any, label: Any, *_rest: Any) -> SafeString:
    ending = ""
    if row.ends_on and row.state != "ENDED":
        ending = format_html('<span class="cell-note">{}</span>', _until(row))
    return format_html(
        '<td data-label="{}"><span>{}{}</span></td>',
        label, badge("subscription", row.state), ending,
    )  # fmt: skip


def _until(row: Any) -> str:
    return _("until %(day)s") % {"day": day(row.ends_on)}


def _price(row: Any, label: Any, *_rest: Any) -> SafeString:
    shown = money(row.price, row.currency) or "—"
    return format_html('<td class="figure" data-label="{}">{}</td>', label, shown)


def _term(row: Any, label: Any, *_rest: Any) -> SafeString:
    if row.term_ends_on is None:
        return _plain(label, "")
    note = _("renews itself") if row.renew_months else ""
    return format_html(
        '<td data-label="{}"><span>{}<span class="cell-note">{}</span></span></td>',
        label, day(row.term_ends_on), note,
    )  # fmt: skip


def _since(row: Any, label: Any, *_rest: Any) -> SafeString:
    return format_html('<td data-label="{}">{}</td>', label, moment(row.started_at))


def _plain(label: Any, text: str) -> SafeString:
    """An empty cell takes no line of a card."""
    if not text:
        return format_html('<td class="is-empty" data-label="{}"></td>', label)
    return format_html('<td data-label="{}">{}</td>', label, text)


_DRAWN = {
    "service": _service,
    "place": _place,
    "client": _client,
    "provider": _provider,
    "state": _state,
    "price": _price,
    "term": _term,
    "since": _since,
}
