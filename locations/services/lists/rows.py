"""Rows of a list of buildings: which column is what, and what is wrong in a row.

One layout in and out, so that a list taken away can be corrected and brought back.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, override

from core import clock
from core.errors import DomainError
from core.folding import fold
from core.tables import Cells, RowError, unescaped
from locations.models import CoverageState, ServiceCategory
from locations.terms import Terms

# What a file may say, and under which headings it is recognised (folded, in either language).
FIELDS: dict[str, Any] = {
    "fias_id": gettext_lazy("FIAS id"),
    "address": gettext_lazy("Address"),
    "category": gettext_lazy("Service"),
    "technology": gettext_lazy("Technology"),
    "max_speed": gettext_lazy("Speed, Mbit/s"),
    "state": gettext_lazy("State"),
    "planned_from": gettext_lazy("Planned from"),
    "stated": gettext_lazy("Stated"),
    "expires": gettext_lazy("Valid until"),
    "source": gettext_lazy("Source"),
}
_HEADINGS: dict[str, tuple[str, ...]] = {
    "fias_id": ("fias", "fias id", "код фиас", "фиас", "гуид фиас", "идентификатор фиас"),
    "address": ("address", "адрес", "адрес дома"),
    "category": ("category", "service", "услуга", "вид услуги", "категория"),
    "technology": ("technology", "технология"),
    "max_speed": ("max speed", "speed", "скорость", "максимальная скорость"),
    "state": ("state", "status", "состояние", "статус"),
    "planned_from": ("planned from", "planned", "планируется с", "дата подключения"),
    "stated": ("stated", "date", "дата", "заявлено", "дата заявления"),
    "expires": ("expires", "valid until", "until", "действует до", "срок"),
    "source": ("source", "источник"),
}
_DAYS = ("%d.%m.%Y", "%Y-%m-%d", "%d/%m/%Y")
_EARLIEST = date(1990, 1, 1)


@dataclass(frozen=True, slots=True)
class ListRow:
    """A sound row; its building is found later, many at once.

    `stated_at` is None where the file does not say; `fields`: what the statement says.
    """

    line: int
    fias_id: str
    address: str
    category: ServiceCategory
    fields: dict[str, Any]
    stated_at: datetime | None

    @property
    def technology(self) -> str:
        return str(self.fields["technology"])


def recognised(header: Sequence[str]) -> list[str]:
    """For each column the field that its heading means, "" for none; each field once."""
    found: list[str] = []
    names = _names()
    for heading in header:
        field = names.get(fold(heading), "")
        found.append("" if field in found else field)
    return found


def check_columns(mapping: Sequence[str]) -> None:
    """Raises DomainError unless the file says which buildings, and which service."""
    if "address" not in mapping and "fias_id" not in mapping:
        raise DomainError(
            _("The file needs a column “%(address)s” or “%(fias)s”.")
            % {"address": FIELDS["address"], "fias": FIELDS["fias_id"]},
            field="file",
        )
    if "category" not in mapping:
        raise DomainError(
            _("The file needs a column “%(service)s”.") % {"service": FIELDS["category"]},
            field="file",
        )


class RowReader:
    """Reads rows of one file: knows its columns, services and states by all their names."""

    def __init__(self, header: Sequence[str]) -> None:
        self._mapping = recognised(header)
        self._headings = {
            field: name for field, name in zip(self._mapping, header, strict=True) if field
        }
        self._categories = {
            fold(name): row
            for row in ServiceCategory.objects.filter(is_active=True)
            for name in (row.code, row.name_ru, row.name_en)
        }
        self._states = _states()

    def read(self, row: Cells) -> ListRow:
        """The row. Raises RowError with the heading of the column that is wrong."""
        if row.problem:
            raise RowError("", row.problem)
        cells = dict.fromkeys(FIELDS, "")
        for field, cell in zip(self._mapping, row.cells, strict=False):
            if field:
                # A spreadsheet keeps the apostrophe that an export puts before what would run.
                cells[field] = " ".join(unescaped(cell).split())
        try:
            return self._read(row.line, cells)
        except DomainError as error:
            raise self.fault(error.field or "", str(error.message)) from error

    def fault(self, field: str, reason: str) -> RowError:
        """What is wrong in the column of `field`, by its heading."""
        return RowError(self._headings.get(_COLUMN_OF.get(field, field), ""), reason)

    def _read(self, line: int, cells: Mapping[str, str]) -> ListRow:
        for field, cell in cells.items():
            if not cell.isprintable():
                raise DomainError(_("This has characters that cannot be shown."), field=field)
        _check_lengths(cells)
        if not (cells["fias_id"] or cells["address"]):
            raise DomainError(_("Say which building."), field="address")
        terms = Terms(
            state=self._state(cells["state"]),
            technology=cells["technology"],
            max_speed=_speed(cells["max_speed"]),
            planned_from=_day(cells["planned_from"], "planned_from"),
            expires_at=_end(_day(cells["expires"], "expires")),
            source=cells["source"],
        )
        return ListRow(
            line,
            _fias_id(cells["fias_id"]),
            cells["address"],
            self._category(cells["category"]),
            terms.fields(),
            _stated(_day(cells["stated"], "stated")),
        )

    def _category(self, text: str) -> ServiceCategory:
        found = self._categories.get(fold(text))
        if found is None:
            raise DomainError(_("There is no such service."), field="category")
        return found

    def _state(self, text: str) -> str:
        if not text:
            return CoverageState.AVAILABLE
        found = self._states.get(fold(text))
        if found is None:
            words = ", ".join(str(label) for label in CoverageState.labels)
            raise DomainError(_("Write one of: %(words)s.") % {"words": words}, field="state")
        return found


_COLUMN_OF = {"expires_at": "expires"}
_LONGEST = {"technology": 30, "source": 100, "address": 300}


def _names() -> dict[str, str]:
    """Fields by folded heading: the words above, and what our own files call them."""
    names = {word: field for field, words in _HEADINGS.items() for word in words}
    for language in ("ru", "en"):
        with override(language):
            names |= {fold(str(label)): field for field, label in FIELDS.items()}
    return names


def _states() -> dict[str, str]:
    states = {fold(state.value): state.value for state in CoverageState}
    for language in ("ru", "en"):
        with override(language):
            states |= {fold(str(state.label)): state.value for state in CoverageState}
    return states


def _check_lengths(cells: Mapping[str, str]) -> None:
    for field, most in _LONGEST.items():
        if len(cells[field]) > most:
            raise DomainError(
                _("This is longer than %(most)s characters.") % {"most": most}, field=field
            )


def _fias_id(text: str) -> str:
    if not text:
        return ""
    try:
        return str(UUID(text))
    except ValueError as error:
        raise DomainError(_("This is not a FIAS id."), field="fias_id") from error


def _speed(text: str) -> int | None:
    if not text:
        return None
    digits = text.replace(" ", "")
    if not (digits.isascii() and digits.isdecimal()) or len(digits) > 9:
        raise DomainError(_("Give a speed from 1 to 1,000,000 Mbit/s."), field="max_speed")
    return int(digits)


def _day(text: str, field: str) -> date | None:
    if not text:
        return None
    for pattern in _DAYS:
        try:
            day = datetime.strptime(text, pattern).date()
        except ValueError:
            continue
        if day >= _EARLIEST and day.year < 2200:
            return day
    raise DomainError(_("Write the day as 22.11.2026."), field=field)


def _end(day: date | None) -> datetime | None:
    """The moment at which the day is over."""
    if day is None:
        return None
    return timezone.make_aware(datetime.combine(day + timedelta(days=1), time.min))


def _stated(day: date | None) -> datetime | None:
    if day is None or day == clock.today():
        return None
    if day > clock.today():
        raise DomainError(_("This day is yet to come."), field="stated")
    return timezone.make_aware(datetime.combine(day, time.min))
