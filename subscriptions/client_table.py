"""Rows of the list of clients as they are drawn: their cells are made here, not by the template.

A template costs ten times as much for a condition or a loop in a row as Python does.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from core.pagination import Page
from core.parts.lists import select_box
from core.parts.text import moment, phone_link
from subscriptions.choices import ClientKind
from subscriptions.models import ClientTag
from subscriptions.selectors.clients import tags_of_rows


@dataclass(frozen=True, slots=True)
class Line:
    url: str
    name: str
    # The box that selects the row, with its cell; "" for who only reads.
    box: str
    phone: str
    tags: str
    kind: str
    email: str
    consent: str
    added: str


def lines_of(page: Page, tags: Sequence[ClientTag], *, selectable: bool) -> list[Line]:
    """The rows of a page of `client_rows`; `tags` are all of the portfolio's."""
    kinds = {value: str(label) for value, label in ClientKind.choices}
    names = tags_of_rows(page, tags)
    base = reverse("client_list")
    given, withdrawn = (
        _("Given"),
        format_html('<span class="text-danger">{}</span>', _("Withdrawn")),
    )
    return [
        Line(
            url=f"{base}{row.public_id}/",
            name=row.name,
            box=_box(row) if selectable else "",
            phone=phone_link(row.phone),
            tags=_tags(names.get(row.id, ())),
            kind=kinds[row.kind],
            email=row.email,
            consent=withdrawn if row.consent_withdrawn_at else given if row.consent_at else "—",
            added=moment(row.created_at),
        )
        for row in page.rows
    ]


def _box(row: Any) -> SafeString:
    return format_html('<td class="select-cell">{}</td>', select_box(row.public_id, row.name))


def _tags(names: Sequence[str]) -> SafeString:
    return format_html_join("", '<span class="tag">{}</span>', ((name,) for name in names))
