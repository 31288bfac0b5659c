"""Rows of a file as clients: which column is what, and what is wrong in a row."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core import clock, imports
from core.errors import DomainError
from core.folding import fold
from core.tables import Cells, RowError
from subscriptions.choices import ClientKind
from subscriptions.models import Client
from subscriptions.services.clients.portfolio import assign

TAGS_OF_A_ROW = 20
TAG_LENGTH = 40
# What a file may say of a client, and under which headings it is recognised (folded).
FIELDS: dict[str, Any] = {
    "name": gettext_lazy("Name"),
    "phone": gettext_lazy("Phone"),
    "kind": gettext_lazy("Who it is"),
    "email": gettext_lazy("E-mail"),
    "comment": gettext_lazy("Comment"),
    "tags": gettext_lazy("Tags"),
    "consent": gettext_lazy("Consent"),
}
REQUIRED = ("name", "phone")
_HEADINGS = {
    "name": ("name", "client", "имя", "фио", "клиент", "название", "наименование", "контакт"),
    "phone": ("phone", "телефон", "тел", "мобильный", "номер телефона", "сотовый", "моб телефон"),
    "kind": ("kind", "type", "кто это", "тип", "вид", "тип клиента"),
    "email": ("email", "e mail", "mail", "почта", "эл почта", "электронная почта"),
    "comment": ("comment", "note", "комментарий", "примечание", "заметка"),
    "tags": ("tags", "tag", "метки", "метка", "теги", "тег"),
    "consent": ("consent", "согласие", "согласие на передачу данных", "согласие дано"),
}
_COMPANIES = {"company", "компания", "организация", "юрлицо", "юридическое лицо", "ooo", "ооо"}
_PEOPLE = {"person", "частное лицо", "физлицо", "физическое лицо", "человек", "клиент"}
_COMPANY_NAMES = re.compile(r"^(ооо|оао|зао|пао|ао|нко|тсж|тсн|жск|ук|гбу|мбу|llc)\b")
_YES = {"1", "да", "yes", "true", "y", "д", "есть", "дано"}
_NO = {"", "0", "нет", "no", "false", "n", "н"}
_BETWEEN_TAGS = re.compile(r"[,;|]")
_EARLIEST = date(2007, 1, 1)  # 152-ФЗ came into force in this month


@dataclass(frozen=True, slots=True)
class ImportedClient:
    """A sound row. `client` is not saved; `consent_at`: since when they agree, if the file says."""

    line: int
    client: Client
    tags: tuple[str, ...]
    consent_at: datetime | None


def recognised(header: Sequence[str]) -> list[str]:
    """For each column the field that its heading means, "" for none; each field once."""
    return imports.recognised(header, _HEADINGS)


def check_mapping(mapping: Sequence[str]) -> None:
    """Raises DomainError unless name and phone are there and nothing is there twice."""
    used = [field for field in mapping if field]
    if set(used) - set(FIELDS):
        raise DomainError(_("There is no such field."), field="mapping")
    for field in REQUIRED:
        if field not in used:
            raise DomainError(
                _("Say which column is “%(field)s”.") % {"field": FIELDS[field]}, field="mapping"
            )
    for field in used:
        if used.count(field) > 1:
            raise DomainError(
                _("Two columns are “%(field)s”: leave one.") % {"field": FIELDS[field]},
                field="mapping",
            )


def read_row(row: Cells, mapping: Sequence[str], header: Sequence[str]) -> ImportedClient:
    """The client of a row. Raises RowError with the heading of the column that is wrong."""
    if row.problem:
        raise RowError("", row.problem)
    cells = dict.fromkeys(FIELDS, "")
    cells |= {field: cell for field, cell in zip(mapping, row.cells, strict=False) if field}
    headings = {field: name for field, name in zip(mapping, header, strict=False) if field}
    try:
        return _read(row.line, cells)
    except DomainError as error:
        raise RowError(headings.get(error.field or "", ""), str(error.message)) from error


def _read(line: int, cells: Mapping[str, str]) -> ImportedClient:
    client = Client(created_at=clock.now(), updated_at=clock.now())
    name = cells["name"]
    for field in ("name", "phone", "email", "comment"):
        if not all(character.isprintable() or character.isspace() for character in cells[field]):
            raise DomainError(_("This has characters that cannot be shown."), field=field)
    if not name.strip():
        raise DomainError(_("Write the client's name."), field="name")
    fields = {field: cells[field].strip() for field in ("name", "email", "comment")}
    assign(client, fields | {"phone": cells["phone"].strip(), "kind": _kind(cells["kind"], name)})
    return ImportedClient(line, client, _tags(cells["tags"]), _consent(cells["consent"]))


def _kind(text: str, name: str) -> str:
    key = fold(text)
    if key in _COMPANIES:
        return ClientKind.COMPANY
    if key in _PEOPLE:
        return ClientKind.PERSON
    if key:
        raise DomainError(_("Write “company” or “person”, or leave it empty."), field="kind")
    return ClientKind.COMPANY if _COMPANY_NAMES.match(fold(name)) else ClientKind.PERSON


def _tags(text: str) -> tuple[str, ...]:
    names = [" ".join(part.split()) for part in _BETWEEN_TAGS.split(text)]
    tags = tuple(dict.fromkeys(name for name in names if fold(name)))
    if len(tags) > TAGS_OF_A_ROW:
        raise DomainError(_("These are too many tags for one client."), field="tags")
    if any(len(name) > TAG_LENGTH or not name.isprintable() for name in tags):
        raise DomainError(
            _("A tag has %(most)s characters at most.") % {"most": TAG_LENGTH}, field="tags"
        )
    return tags


def _consent(text: str) -> datetime | None:
    """Since when the client agrees: the day that is named, or now for a plain yes."""
    key = text.strip().casefold()
    if key in _NO:
        return None
    if key in _YES:
        return clock.now()
    for pattern in ("%d.%m.%Y", "%Y-%m-%d", "%d/%m/%Y"):
        try:
            day = datetime.strptime(key, pattern).date()
        except ValueError:
            continue
        if not _EARLIEST <= day <= clock.today():
            raise DomainError(
                _("This day cannot be: consent is given in the past."), field="consent"
            )
        return timezone.make_aware(datetime.combine(day, time.min))
    raise DomainError(_("Write “yes”, “no”, or the day it was given: 22.11.2026."), field="consent")
