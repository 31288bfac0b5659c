"""Rows of a file as services that a holder has already: which column is what, what is wrong."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core import clock, imports
from core.actor import Actor
from core.errors import DomainError
from core.folding import digits_of, fold
from core.tables import Cells, RowError
from locations.addresses import unit_number
from subscriptions.models import CategoryAttribute
from subscriptions.selectors.address_list import Understood
from subscriptions.selectors.catalogue import Category, categories
from subscriptions.services.centre.records import RENEWED_AT_MOST
from users.models import Organization

FIELDS: dict[str, Any] = {
    "address": gettext_lazy("Address"),
    "unit": gettext_lazy("Flat or office"),
    "category": gettext_lazy("Service"),
    "provider": gettext_lazy("Provider"),
    "plan": gettext_lazy("Plan"),
    "price": gettext_lazy("A month"),
    "started_on": gettext_lazy("In force since"),
    "contract": gettext_lazy("Contract"),
    "account": gettext_lazy("Personal account"),
    "term_until": gettext_lazy("Term until"),
    "renew": gettext_lazy("Renewed by, months"),
    "figure": gettext_lazy("Speed, channels, power"),
    "centre": gettext_lazy("Cost centre"),
    "tags": gettext_lazy("Tags"),
}
REQUIRED = ("address", "category", "provider", "price")
_HEADINGS = {
    "address": ("address", "адрес", "полный адрес", "место", "адрес подключения"),
    "unit": ("flat or office", "unit", "flat", "office", "кв", "квартира", "офис", "помещение",
             "квартира или офис"),
    "category": ("service", "category", "услуга", "вид услуги", "категория"),
    "provider": ("provider", "провайдер", "поставщик", "оператор", "инн"),
    "plan": ("plan", "тариф", "тарифный план", "название тарифа"),
    "price": ("a month", "price", "в месяц", "цена", "стоимость", "абонплата", "абонентская плата",
              "руб мес", "сумма"),
    "started_on": ("in force since", "since", "действует с", "дата подключения", "подключено",
                   "начало"),
    "contract": ("contract", "contract number", "договор", "номер договора"),
    "account": ("personal account", "account", "лицевой счет", "лс", "л с"),
    "term_until": ("term until", "term ends on", "срок до", "окончание договора", "действует до",
                   "конец срока"),
    "renew": ("renewed by months", "renew", "продление мес", "автопродление",
              "продлевается на мес"),
    "figure": ("speed channels power", "speed", "скорость каналы мощность", "скорость",
               "мощность", "каналов"),
    "centre": ("cost centre", "cost center", "место затрат", "центр затрат", "цфо", "мвз"),
    "tags": ("tags", "tag", "метки", "метка", "теги"),
}  # fmt: skip
_LENGTHS = {"plan": 120, "contract": 60, "account": 60, "centre": 60, "unit": 20, "address": 200}
_EARLIEST = date(1990, 1, 1)
_LATEST = date(2100, 1, 1)
_MOST = Decimal(10) ** 9
_BETWEEN_TAGS = re.compile(r"[,;|]")
_TAGS_AT_MOST = 20


@dataclass(frozen=True, slots=True)
class Service:
    """A sound row: a service that is known by now."""

    line: int
    building_id: int
    unit: str
    category: Category
    provider_id: int
    plan: str
    attributes: dict[str, Any]
    price: Decimal
    started_on: date
    contract: str
    account: str
    term_until: date | None
    renew: int
    centre: str
    tags: tuple[str, ...]


def recognised(header: Sequence[str]) -> list[str]:
    """For each column the field that its heading means, "" for none; each field once."""
    return imports.recognised(header, _HEADINGS)


def check_mapping(mapping: Sequence[str]) -> None:
    """Raises DomainError with field `file` unless what is required is there."""
    missing = [str(FIELDS[field]) for field in REQUIRED if field not in mapping]
    if missing:
        raise DomainError(
            _("The file lacks the columns: %(names)s.") % {"names": ", ".join(missing)},
            field="file",
        )


def cells_of(row: Cells, mapping: Sequence[str]) -> dict[str, str]:
    """The cells of a row by field, each without surrounding blanks."""
    cells = dict.fromkeys(FIELDS, "")
    for field, cell in zip(mapping, row.cells, strict=False):
        if field:
            cells[field] = " ".join(cell.split())
    return cells


class Reader:
    """Reads rows; providers and categories are looked up once for all of them."""

    def __init__(self, actor: Actor) -> None:
        self._categories: dict[str, Category] = {}
        for category in categories():
            for name in (category.code, category.name_ru, category.name_en):
                self._categories[fold(name)] = category
        self._providers: dict[str, list[int]] = {}
        rows = Organization.objects.working_providers().filter(
            is_sandbox=actor.organization.is_sandbox
        )
        for pk, name, inn in rows.values_list("pk", "name", "inn"):
            self._providers.setdefault(fold(name), []).append(pk)
            if inn:
                self._providers.setdefault(inn, []).append(pk)

    def read(self, line: int, cells: Mapping[str, str], place: Understood) -> Service:
        """The service of a row whose address is understood. Raises DomainError with `field`."""
        _check_texts(cells)
        if place.house is None or not place.house.pk:
            raise DomainError(place.problem or _("Not found: check the spelling."), field="address")
        category = self._category(cells["category"])
        started = _day(cells["started_on"], "started_on") or clock.today()
        if started > clock.today():
            raise DomainError(_("It is not in force yet on this day."), field="started_on")
        until = _day(cells["term_until"], "term_until")
        if until is not None and until < started:
            raise DomainError(
                _("The term cannot end before the service began."), field="term_until"
            )
        return Service(
            line=line,
            building_id=place.house.pk,
            unit=unit_number(cells["unit"]) if cells["unit"] else place.unit,
            category=category,
            provider_id=self._provider(cells["provider"]),
            plan=cells["plan"] or category.name,
            attributes=_attributes(cells["figure"], category),
            price=_amount(cells["price"]),
            started_on=started,
            contract=cells["contract"],
            account=cells["account"],
            term_until=until,
            renew=_months(cells["renew"], until),
            centre=cells["centre"],
            tags=_tags(cells["tags"]),
        )

    def _category(self, text: str) -> Category:
        found = self._categories.get(fold(text))
        if found is None:
            known = ", ".join(category.name for category in categories())
            raise DomainError(
                _("There is no such service. Choose one of: %(known)s.") % {"known": known},
                field="category",
            )
        return found

    def _provider(self, text: str) -> int:
        if not text:
            raise DomainError(_("Write the provider's name."), field="provider")
        inn = digits_of(text)
        found = self._providers.get(inn if len(inn) in (10, 12) else fold(text), [])
        if len(found) == 1:
            return found[0]
        if found:
            raise DomainError(
                _("Several providers are called so: write the INN."), field="provider"
            )
        raise DomainError(
            _("We do not know this provider. Check the name, write the INN, or ask us to add it."),
            field="provider",
        )


def read_row(
    reader: Reader,
    row: Cells,
    cells: Mapping[str, str],
    place: Understood,
    names: Mapping[str, str],
) -> Service:
    """As `Reader.read`; raises RowError with the heading of the column that is wrong."""
    if row.problem:
        raise RowError("", row.problem)
    try:
        return reader.read(row.line, cells, place)
    except DomainError as error:
        raise RowError(names.get(error.field or "", ""), str(error.message)) from error


def _check_texts(cells: Mapping[str, str]) -> None:
    for field, text in cells.items():
        if not text.isprintable():
            raise DomainError(_("This has characters that cannot be shown."), field=field)
        if len(text) > _LENGTHS.get(field, 200):
            raise DomainError(
                _("This is longer than %(most)s characters.") % {"most": _LENGTHS.get(field, 200)},
                field=field,
            )


def _amount(text: str) -> Decimal:
    """ "1 250,50 ₽" is 1250.50."""
    plain = re.sub(r"[\s\u00a0₽]|руб\.?", "", text.casefold()).replace(",", ".")
    try:
        amount = Decimal(plain)
    except InvalidOperation as error:
        raise DomainError(_("Write an amount: 1250 or 1250,50."), field="price") from error
    if not amount.is_finite() or not 0 <= amount <= _MOST:
        raise DomainError(_("Write an amount: 1250 or 1250,50."), field="price")
    if amount != amount.quantize(Decimal("0.01")):
        raise DomainError(_("There is nothing less than a kopeck."), field="price")
    return amount.quantize(Decimal("0.01"))


def _day(text: str, field: str) -> date | None:
    if not text:
        return None
    for pattern in ("%d.%m.%Y", "%Y-%m-%d", "%d/%m/%Y", "%Y-%m-%d %H:%M:%S"):
        try:
            day = datetime.strptime(text, pattern).date()
        except ValueError:
            continue
        if _EARLIEST <= day <= _LATEST:
            return day
        break
    raise DomainError(_("Write a day: 22.11.2026."), field=field)


def _months(text: str, until: date | None) -> int:
    if text in ("", "0"):
        return 0
    if not (text.isascii() and text.isdecimal()) or int(text) > RENEWED_AT_MOST:
        raise DomainError(
            _("This is not a whole number up to %(most)s.") % {"most": RENEWED_AT_MOST},
            field="renew",
        )
    if until is None:
        raise DomainError(
            _("Say when the term ends: without that it cannot renew."), field="term_until"
        )
    return int(text)


def _attributes(text: str, category: Category) -> dict[str, Any]:
    """The category's first figure: what offers are compared with."""
    if not text:
        return {}
    first = next(
        (one for one in category.attributes if one.kind == CategoryAttribute.Kind.NUMBER), None
    )
    number = digits_of(text)
    if first is None or not number or len(number) > 9:
        raise DomainError(_("Write a whole number."), field="figure")
    return {first.code: int(number)}


def _tags(text: str) -> tuple[str, ...]:
    names = [" ".join(part.split()) for part in _BETWEEN_TAGS.split(text)]
    tags = tuple(dict.fromkeys(name for name in names if fold(name)))
    if len(tags) > _TAGS_AT_MOST or any(len(name) > 40 for name in tags):
        raise DomainError(_("These are too many tags, or too long ones."), field="tags")
    return tags
