"""Rows of a file as use: which column is what, and what is wrong in a row."""

import re
from calendar import monthrange
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core import imports
from core.errors import DomainError
from core.folding import fold
from core.tables import Cells, RowError
from subscriptions.choices import UsageUnit, UsageZone
from subscriptions.services.usage.many_readings import ReadingRow
from subscriptions.services.usage.records import UsageRow
from subscriptions.services.usage.rows import REFERENCE_LENGTH

# What a file may say, and what people call it.
FIELDS: dict[str, Any] = {
    "subscription": gettext_lazy("Number, contract or account"),
    "month": gettext_lazy("Month"),
    "starts_on": gettext_lazy("From"),
    "ends_on": gettext_lazy("Until"),
    "amount": gettext_lazy("Used"),
    "unit": gettext_lazy("Unit of measure"),
    "day": gettext_lazy("Day of the reading"),
    "reading": gettext_lazy("Reading"),
    "serial": gettext_lazy("Serial number"),
    "zone": gettext_lazy("Tariff zone"),
}
# Headings by which columns are recognised (folded).
_HEADINGS = {
    "subscription": (
        "number", "subscription", "contract", "account", "personal account", "номер", "подписка",
        "договор", "номер договора", "лицевой счет", "лицевой счёт", "лс", "л с", "счет",
        "number contract or account", "номер договор или лицевой счет",
    ),
    "month": ("month", "месяц", "период"),
    "starts_on": ("from", "starts on", "начало", "начало периода", "с", "период с"),
    "ends_on": ("until", "to", "до", "ends on", "конец", "конец периода", "по", "период по"),
    "amount": (
        "used", "amount", "usage", "consumption", "потреблено", "потребление", "расход",
        "количество", "объем", "объём", "израсходовано",
    ),
    "unit": ("unit", "единица", "ед изм", "ед", "единица измерения", "unit of measure"),
    "day": ("day", "date", "day of the reading", "дата", "день", "дата показания",
            "дата показаний", "день показания"),
    "reading": ("reading", "показание", "показания", "показание счетчика"),
    "serial": ("serial", "serial number", "meter", "счетчик", "счётчик", "номер счетчика",
               "заводской номер", "серийный номер", "прибор учета"),
    "zone": ("register", "zone", "tariff zone", "tariff", "тарифная зона", "зона",
             "регистр", "тариф", "шкала"),
}  # fmt: skip
_UNITS = {
    UsageUnit.GB: ("gb", "гб"),
    UsageUnit.KWH: ("kwh", "квтч", "квт ч", "квт час"),
    UsageUnit.M3: ("m3", "м3", "куб м", "кубометр"),
    UsageUnit.GCAL: ("gcal", "гкал"),
    UsageUnit.MINUTES: ("min", "minutes", "мин", "минут", "минуты"),
}
_ZONES = {
    UsageZone.ALL: ("all", "всего", "общая", "сутки"),
    UsageZone.DAY: ("day", "день", "т1", "t1"),
    UsageZone.NIGHT: ("night", "ночь", "т2", "t2"),
    UsageZone.PEAK: ("peak", "пик"),
    UsageZone.HALF_PEAK: ("half peak", "полупик"),
}
_MONTHS = ("январ", "феврал", "март", "апрел", "ма", "июн", "июл", "август", "сентябр", "октябр",
           "ноябр", "декабр")  # fmt: skip
_MONTH = re.compile(r"^(?:(\d{4})[-./](\d{1,2})|(\d{1,2})[-./](\d{4}))$")
_RUSSIAN_MONTH = re.compile(r"^([а-я]{3,8})\s+(\d{4})$")
_DAY = re.compile(
    r"^(?:(\d{4})-(\d{1,2})-(\d{1,2})|(\d{1,2})[./](\d{1,2})[./](\d{4}))(?:[ T]00:00(?::00)?)?$"
)


@dataclass(frozen=True, slots=True)
class ImportedRow:
    """A sound row: use in a period, or a reading."""

    line: int
    row: UsageRow | ReadingRow


def recognised(header: Sequence[str]) -> list[str]:
    """For each column the field that its heading means, "" for none; each field once."""
    return imports.recognised(header, _HEADINGS)


def check_mapping(mapping: Sequence[str]) -> None:
    """Raises DomainError unless rows can be understood and nothing is there twice."""
    used = [field for field in mapping if field]
    if set(used) - set(FIELDS):
        raise DomainError(_("There is no such field."), field="mapping")
    for field in used:
        if used.count(field) > 1:
            raise DomainError(
                _("Two columns are “%(field)s”: leave one.") % {"field": FIELDS[field]},
                field="mapping",
            )
    if "subscription" not in used:
        raise DomainError(
            _("Say which column is “%(field)s”.") % {"field": FIELDS["subscription"]},
            field="mapping",
        )
    has_period = "month" in used or {"starts_on", "ends_on"} <= set(used)
    if not (("amount" in used and has_period) or {"reading", "day"} <= set(used)):
        raise DomainError(
            _("A file needs what was used and the month, or readings and their day."),
            field="mapping",
        )


def read_row(row: Cells, mapping: Sequence[str], header: Sequence[str]) -> ImportedRow:
    """What a row says. Raises RowError with the heading of the column that is wrong."""
    if row.problem:
        raise RowError("", row.problem)
    cells = dict.fromkeys(FIELDS, "")
    cells |= {
        field: " ".join(cell.split())
        for field, cell in zip(mapping, row.cells, strict=False)
        if field
    }
    try:
        return ImportedRow(row.line, _read(cells))
    except DomainError as error:
        raise RowError(heading_of(error.field or "", mapping, header), str(error)) from error


def heading_of(field: str, mapping: Sequence[str], header: Sequence[str]) -> str:
    """The heading of a field's column; a period's fields may stand in a column of months."""
    headings = {name: text for name, text in zip(mapping, header, strict=False) if name}
    if field in ("starts_on", "ends_on") and field not in headings:
        field = "month"
    return headings.get(field, "")


def _read(cells: Mapping[str, str]) -> UsageRow | ReadingRow:
    reference = cells["subscription"]
    if not reference:
        raise DomainError(_("This is missing."), field="subscription")
    if len(reference) > REFERENCE_LENGTH or not reference.isprintable():
        raise DomainError(_("This is no number, contract or account."), field="subscription")
    if cells["reading"] and cells["amount"]:
        raise DomainError(_("Write what was used, or a reading, and not both."), field="reading")
    zone = _one_of(_ZONES, cells["zone"], "zone")
    if cells["reading"]:
        return ReadingRow(
            reference,
            _day(cells["day"], "day"),
            _number(cells["reading"], "reading"),
            cells["serial"][:40],
            zone,
        )
    starts_on, ends_on = _period(cells)
    return UsageRow(
        reference,
        starts_on,
        ends_on,
        _number(cells["amount"], "amount"),
        _one_of(_UNITS, cells["unit"], "unit"),
        zone or UsageZone.ALL,
    )


def _period(cells: Mapping[str, str]) -> tuple[date, date]:
    if cells["starts_on"] or cells["ends_on"]:
        return _day(cells["starts_on"], "starts_on"), _day(cells["ends_on"], "ends_on")
    first = _month(cells["month"])
    return first, first.replace(day=monthrange(first.year, first.month)[1])


def _month(text: str) -> date:
    found = _MONTH.match(text)
    if found:
        year, month = (found[1], found[2]) if found[1] else (found[4], found[3])
        return _date(year, month, 1, "month")
    # A spreadsheet makes a date of it: its first day is meant.
    if _DAY.match(text):
        return _day(text, "month").replace(day=1)
    words = _RUSSIAN_MONTH.match(text.lower())
    for number, stem in enumerate(_MONTHS, start=1):
        if words and words[1].startswith(stem) and len(words[1]) <= len(stem) + 2:
            return _date(words[2], number, 1, "month")
    raise DomainError(_("Write the month like 11.2026."), field="month")


def _day(text: str, field: str) -> date:
    found = _DAY.match(text)
    if not found:
        raise DomainError(_("Write the day like 25.11.2026."), field=field)
    if found[1]:
        return _date(found[1], found[2], found[3], field)
    return _date(found[6], found[5], found[4], field)


def _date(year: Any, month: Any, day: Any, field: str) -> date:
    try:
        return date(int(year), int(month), int(day))
    except ValueError as error:
        raise DomainError(_("There is no such day."), field=field) from error


def _number(text: str, field: str) -> Decimal:
    if not text:
        raise DomainError(_("This is missing."), field=field)
    plain = "".join(text.split()).replace(",", ".")
    try:
        if len(plain) > 30:
            raise InvalidOperation
        return Decimal(plain)
    except InvalidOperation as error:
        raise DomainError(
            _("“%(value)s” is not a number.") % {"value": text[:40]}, field=field
        ) from error


def _one_of(known: Mapping[Any, tuple[str, ...]], text: str, field: str) -> str:
    """The choice that a word means; "" for an empty cell."""
    key = fold(text)
    if not text:
        return ""
    for choice, words in known.items():
        if key in map(fold, words) or key.replace(" ", "") in map(fold, words):
            return str(choice)
    raise DomainError(_("“%(value)s” is not understood here.") % {"value": text[:40]}, field=field)
