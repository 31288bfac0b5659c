"""Rows of a file as houses: which column is what, and what is wrong in a row."""

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.errors import DomainError
from core.folding import fold as fold_heading
from core.imports import error_headings
from core.tables import ERROR_COLUMNS, Cells, Row, RowError
from core.tables.rows import check_header
from locations import addresses
from locations.models import City, Street
from locations.services.buildings import check_number

REQUIRED = ("city", "street", "number", "latitude", "longitude")
# What a file may say of a building, in the order of the template.
FIELDS: dict[str, Any] = {
    "city": gettext_lazy("City"),
    "street_type": gettext_lazy("Street type"),
    "street": gettext_lazy("Street"),
    "number": gettext_lazy("House"),
    "latitude": gettext_lazy("Latitude"),
    "longitude": gettext_lazy("Longitude"),
    "fias_id": gettext_lazy("FIAS code"),
    "postal_code": gettext_lazy("Postal code"),
    "entrances": gettext_lazy("Entrances"),
    "floors": gettext_lazy("Floors"),
    "units": gettext_lazy("Units in it"),
}
COLUMNS = tuple(FIELDS)
_WORDS = tomllib.loads(
    (Path(__file__).resolve().parents[2] / "data" / "building_columns.toml").read_text("utf-8")
)
# Rows of the template.
EXAMPLES: list[list[str]] = _WORDS["examples"]["rows"]
_COLUMN_OF = {
    fold_heading(spelling): name
    for name, others in _WORDS["columns"].items()
    for spelling in (name, *others)
}
_ERRORS = frozenset(map(fold_heading, _WORDS["errors"]["words"]))
StreetKey = tuple[int, str, str]
Cities = dict[str, list[City]]


@dataclass(slots=True)
class House:
    """A row whose cells are sound: what it says of one house. `street` is not saved."""

    line: int
    cells: list[str]
    city: City
    street: Street | None
    # Whether the row says of which type the street is.
    has_type: bool
    values: dict[str, object] = field(default_factory=dict)

    @property
    def address(self) -> str:
        """The address as it is understood."""
        street = str(self.street) if self.street else ""
        return addresses.address_of(self.city.title, street, str(self.values["number"]))

    @property
    def street_key(self) -> StreetKey | None:
        return (self.city.pk, self.street.search_key, self.street.type) if self.street else None


def explained() -> list[tuple[str, str]]:
    """Headings of the columns and what may stand in each, for the page."""
    known = _("Optional.")
    texts = {
        "city": _("Required. Where several are called so, with the region in brackets."),
        "street_type": _("“ul”, “pr-kt” or written out; empty: “ul”."),
        "street": _("Its name without the type; empty where houses stand on no street."),
        "number": _("Required. With its block, in any spelling."),
        "latitude": _("Required. Degrees, WGS 84."),
        "longitude": _("Required. Degrees, WGS 84."),
        "fias_id": _("Optional. By it a building is recognised first."),
    }
    return [(str(label), texts.get(name, known)) for name, label in FIELDS.items()]


def columns_of(header: Sequence[str]) -> list[str]:
    """For each heading the name of its column, or one of ERROR_COLUMNS.

    Raises DomainError (`field` "file") where a column is missing, unknown or there twice.
    """
    errors = {*_ERRORS, *map(fold_heading, error_headings())}
    names = []
    for heading in header:
        key = fold_heading(heading)
        names.append(ERROR_COLUMNS[0] if key in errors else _named(key) or heading or "?")
    told = [name for name in names if name not in ERROR_COLUMNS]
    check_header(told, REQUIRED, COLUMNS, strict=True)
    return names


def _named(key: str) -> str:
    return _COLUMN_OF.get(key) or _by_label(key)


def _by_label(key: str) -> str:
    return next((name for name, label in FIELDS.items() if fold_heading(str(label)) == key), "")


def cities_by_name() -> Cities:
    """Cities by folded name, and by name with region where several are called the same."""
    found: Cities = {}
    for city in City.objects.all():
        names = {city.search_key, addresses.fold(city.title)}
        for name in names:
            found.setdefault(name, []).append(city)
    return found


def read_house(cells: Cells, names: Sequence[str], cities: Cities) -> House:
    """The house of a line. Raises RowError with the name of the column that is wrong."""
    row = Row(cells.line, dict(zip(names, cells.cells, strict=False)), cells.problem)
    row.check()
    city = _city(row, cities)
    try:
        number = check_number(row.text("number", 30, required=True))
    except DomainError as error:
        raise RowError("number", str(error.message)) from error
    values: dict[str, object] = {
        "number": number,
        "fias_id": _fias_id(row),
        "postal_code": postal_code(row.text("postal_code", 6)),
        "latitude": row.number("latitude", -90, 90),
        "longitude": row.number("longitude", -180, 180),
        "entrances": row.count("entrances", 200),
        "floors": row.count("floors", 200),
        "units_count": row.count("units", 20_000),
    }
    street, has_type = _street(row, city)
    return House(row.line, cells.cells, city, street, has_type, values)


def _city(row: Row, cities: Cities) -> City:
    found = cities.get(addresses.fold(row.text("city", 200, required=True)), [])
    if not found:
        raise RowError("city", _("There is no such city."))
    if len(found) > 1:
        names = "; ".join(city.title for city in found[:5])
        raise RowError(
            "city", _("Several cities are called so: write %(names)s.") % {"names": names}
        )
    return found[0]


def _street(row: Row, city: City) -> tuple[Street | None, bool]:
    name = row.text("street", 150)
    if not name:
        return None, False
    type_ = addresses.street_type(row.text("street_type", 20))
    search_key = _folded(name)
    if not search_key:
        raise RowError("street", _("This is no name of a street."))
    street = Street(city=city, name=name, search_key=search_key, city_rank=city.rank)
    street.type = type_ or street.type
    return street, bool(type_)


@lru_cache(maxsize=4096)
def _folded(name: str) -> str:
    return addresses.fold(name)


def _fias_id(row: Row) -> str | None:
    text = row.text("fias_id", 40)
    if not text:
        return None
    try:
        return str(UUID(text))
    except ValueError as error:
        raise RowError("fias_id", _("This is not a FIAS id.")) from error


def postal_code(text: str) -> str:
    """`text` where it is one, or empty; raises RowError."""
    if text and not (len(text) == 6 and text.isascii() and text.isdecimal()):
        raise RowError("postal_code", _("A postal code has six digits."))
    return text
