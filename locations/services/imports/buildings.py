"""Buildings from CSV: the good rows in, the others listed to be corrected (docs/imports.md)."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from uuid import UUID

from django.db import IntegrityError, OperationalError, models, transaction
from django.utils.translation import gettext as _

from core import clock
from core.actor import Actor
from core.errors import DomainError
from core.tables import (
    Fault,
    Outcome,
    Progress,
    Refused,
    Row,
    RowError,
    read_batches,
    refused_rows,
    silent,
)
from locations import addresses
from locations.models import Building, City, Street
from locations.services.building_counts import recount
from locations.services.buildings import check_number
from locations.services.rights import require_keeper

REQUIRED = ("city", "street", "number", "latitude", "longitude")
OPTIONAL = ("street_type", "fias_id", "postal_code", "entrances", "floors", "units")
COLUMNS = (
    "city",
    "street_type",
    "street",
    "number",
    "latitude",
    "longitude",
    "fias_id",
    "postal_code",
    "entrances",
    "floors",
    "units",
)
# Another writer made the same street or house at this moment: the batch is read and written anew.
_ATTEMPTS = 4
_CHANGEABLE = (
    "number",
    "fias_id",
    "postal_code",
    "latitude",
    "longitude",
    "entrances",
    "floors",
    "units_count",
)
_FOLLOWING = ("cell", "address", "search_key", "city_rank", "verified_key", "status")
# An empty cell says nothing of these: what is known stays.
_KEPT = ("fias_id", "postal_code", "entrances", "floors", "units_count")
_StreetKey = tuple[int, str, str]


@dataclass(slots=True)
class _House:
    """A row whose cells are sound: what it says of one house."""

    row: Row
    city: City
    # That of the row at first; the stored one once the batch has found or made it.
    street: Street | None
    values: dict[str, object] = field(default_factory=dict)

    @property
    def street_key(self) -> _StreetKey | None:
        return (self.city.pk, self.street.search_key, self.street.type) if self.street else None

    def building(self) -> Building:
        building = Building(
            city=self.city, street=self.street, created_at=clock.now(), **self.values
        )
        building.set_derived()
        return building


def import_buildings(
    actor: Actor, path: Path, *, refused_path: Path | None = None, progress: Progress = silent
) -> Outcome:
    """Creates and updates buildings from a CSV file with COLUMNS, 500 rows to a transaction.

    A building is known by its FIAS id, else by its folded address; the last row about it counts.
    Rows that cannot be taken are written to `refused_path` with line, column and reason. May be run
    again, also after it was killed: rows already there are left as they are. Raises Forbidden, and
    DomainError for a file without its columns.
    """
    require_keeper(actor)
    outcome, lines = Outcome(), 0
    cities = _cities_by_name()
    with refused_rows(refused_path, COLUMNS) as refused:
        for batch in read_batches(path, required=REQUIRED, optional=OPTIONAL):
            houses = _sound(batch, cities, outcome, refused)
            for fault, cells in _save(houses, outcome):
                _refuse(fault, cells, outcome, refused)
            lines += len(batch)
            progress(lines)
    return outcome


# --- reading ----------------------------------------------------------------------------------


def _cities_by_name() -> dict[str, list[City]]:
    """Cities by folded name, and by name with region where several are called the same."""
    found: dict[str, list[City]] = {}
    for city in City.objects.all():
        names = {city.search_key, addresses.fold(city.title)}
        for name in names:
            found.setdefault(name, []).append(city)
    return found


def _sound(
    batch: Iterable[Row],
    cities: dict[str, list[City]],
    outcome: Outcome,
    refused: Refused | None,
) -> list[_House]:
    houses = []
    for row in batch:
        try:
            row.check()
            houses.append(_house(row, cities))
        except RowError as error:
            _refuse(Fault(row.line, error.column, error.reason), row.cells, outcome, refused)
    return houses


def _refuse(fault: Fault, cells: dict[str, str], outcome: Outcome, refused: Refused | None) -> None:
    outcome.refuse(fault)
    if refused:
        refused.write(fault, cells)


def _house(row: Row, cities: dict[str, list[City]]) -> _House:
    city = _city(row, cities)
    try:
        number = check_number(row.text("number", 30, required=True))
    except DomainError as error:
        raise RowError("number", str(error.message)) from error
    values: dict[str, object] = {
        "number": number,
        "fias_id": _fias_id(row),
        "postal_code": _postal_code(row),
        "latitude": row.number("latitude", -90, 90),
        "longitude": row.number("longitude", -180, 180),
        "entrances": row.count("entrances", 200),
        "floors": row.count("floors", 200),
        "units_count": row.count("units", 20_000),
    }
    return _House(row, city, _street(row, city), values)


def _city(row: Row, cities: dict[str, list[City]]) -> City:
    found = cities.get(addresses.fold(row.text("city", 200, required=True)), [])
    if not found:
        raise RowError("city", _("There is no such city."))
    if len(found) > 1:
        names = "; ".join(city.title for city in found[:5])
        raise RowError(
            "city", _("Several cities are called so: write %(names)s.") % {"names": names}
        )
    return found[0]


def _street(row: Row, city: City) -> Street | None:
    name = row.text("street", 150)
    if not name:
        return None
    type_ = addresses.street_type(row.text("street_type", 20))
    street = Street(city=city, name=name)
    street.type = type_ or street.type
    street.set_derived()
    if not street.search_key:
        raise RowError("street", _("This is no name of a street."))
    return street


def _fias_id(row: Row) -> str | None:
    text = row.text("fias_id", 40)
    if not text:
        return None
    try:
        return str(UUID(text))
    except ValueError as error:
        raise RowError("fias_id", _("This is not a FIAS id.")) from error


def _postal_code(row: Row) -> str:
    text = row.text("postal_code", 6)
    if text and not (len(text) == 6 and text.isascii() and text.isdecimal()):
        raise RowError("postal_code", _("A postal code has six digits."))
    return text


# --- writing ----------------------------------------------------------------------------------


def _save(houses: list[_House], outcome: Outcome) -> list[tuple[Fault, dict[str, str]]]:
    """Writes one batch in one transaction; returns the rows that what is stored does not admit."""
    for attempt in range(1, _ATTEMPTS + 1):
        batch = _Batch(houses)
        try:
            with transaction.atomic():
                batch.write()
        except (IntegrityError, OperationalError):
            if attempt == _ATTEMPTS:
                raise
            continue
        outcome.created += len(batch.new)
        outcome.updated += len(batch.changed)
        outcome.unchanged += len(batch.unchanged)
        return batch.refused
    return []


class _Batch:
    """Rows of one transaction, compared with what is stored."""

    def __init__(self, houses: list[_House]) -> None:
        self.houses = houses
        self.new: list[Building] = []
        self.changed: dict[int, Building] = {}
        self.unchanged: set[int] = set()
        self.refused: list[tuple[Fault, dict[str, str]]] = []
        self._by_fias: dict[str, Building] = {}
        self._by_address: dict[tuple[int, str | None], Building] = {}
        self._pending: dict[tuple[int, str | None], Building] = {}
        # Where buildings stood that a row moved.
        self._left: set[int] = set()

    def write(self) -> None:
        if not self.houses:
            return
        self._find_streets()
        stated = [(house, house.building()) for house in self.houses]
        self._find_buildings([building for _house, building in stated])
        for house, building in stated:
            try:
                self._take(building)
            except RowError as error:
                fault = Fault(house.row.line, error.column, error.reason)
                self.refused.append((fault, house.row.cells))
        Building.objects.bulk_create(self.new)
        if self.changed:
            fields = (*_CHANGEABLE, *_FOLLOWING, "city", "street")
            Building.objects.bulk_update(self.changed.values(), fields)
        recount({*self._left, *(row.cell for row in [*self.new, *self.changed.values()])})

    def _find_streets(self) -> None:
        """Puts stored streets in place of those that rows name, making the missing ones."""
        wanted = {
            house.street_key: house.street
            for house in self.houses
            if house.street and house.street_key
        }
        known = self._known_streets(wanted)
        missing = [street for key, street in wanted.items() if key not in known]
        for street in missing:
            # A batch that is written anew may have met a street that was not committed.
            street.pk = None
        if missing:
            Street.objects.bulk_create(missing, ignore_conflicts=True)
            known = self._known_streets(wanted)
        for house in self.houses:
            if house.street_key:
                house.street = known[house.street_key]

    @staticmethod
    def _known_streets(wanted: Iterable[_StreetKey]) -> dict[_StreetKey, Street]:
        cities = {city for city, _key, _type in wanted}
        keys = {key for _city, key, _type in wanted}
        rows = Street.objects.filter(city__in=cities, search_key__in=keys).select_related("city")
        return {(row.city_id, row.search_key, row.type): row for row in rows}

    def _find_buildings(self, stated: list[Building]) -> None:
        fias_ids = [building.fias_id for building in stated if building.fias_id]
        cities = {building.city_id for building in stated}
        keys = [building.verified_key for building in stated]
        same = models.Q(fias_id__in=fias_ids) | models.Q(city__in=cities, verified_key__in=keys)
        pending = models.Q(
            city__in=cities,
            search_key__in=[building.search_key for building in stated],
            status=Building.Status.PENDING,
        )
        rows = Building.objects.select_related("street", "city")
        for row in rows.filter(same):
            self._remember(row)
        for row in rows.filter(pending).order_by("-pk"):
            self._pending[row.city_id, row.address_key] = row

    def _remember(self, building: Building) -> None:
        if building.fias_id:
            self._by_fias[building.fias_id] = building
        if building.verified_key:
            self._by_address[building.city_id, building.verified_key] = building

    def _take(self, stated: Building) -> None:
        """Decides what a row does: makes a building, changes one, or nothing."""
        address = (stated.city_id, stated.verified_key)
        by_fias = self._by_fias.get(stated.fias_id or "")
        by_address = self._by_address.get(address)
        if by_fias and by_address and by_fias is not by_address:
            raise RowError("fias_id", _("This FIAS id is that of another address."))
        existing = by_fias or by_address or self._pending.get(address)
        if existing is None:
            self.new.append(stated)
            self._remember(stated)
            return
        if existing.status == Building.Status.MERGED:
            raise RowError("fias_id", _("This building was merged into another."))
        if existing.fias_id and stated.fias_id and existing.fias_id != stated.fias_id:
            raise RowError("fias_id", _("This address has another FIAS id."))
        self._change(existing, stated)
        self._remember(existing)

    def _change(self, existing: Building, stated: Building) -> None:
        """Brings `existing` to what the row states; a row of a register verifies it, too."""
        before = _state_of(existing)
        cell = existing.cell
        for name in _CHANGEABLE:
            value = getattr(stated, name)
            if name not in _KEPT or value not in (None, ""):
                setattr(existing, name, value)
        existing.city, existing.street = stated.city, stated.street
        existing.status = Building.Status.VERIFIED
        existing.set_derived()
        if existing.pk is None:
            # Made by an earlier row of this batch.
            return
        if _state_of(existing) != before:
            self._left.add(cell)
            self.changed[existing.pk] = existing
            self.unchanged.discard(existing.pk)
        elif existing.pk not in self.changed:
            self.unchanged.add(existing.pk)


def _state_of(building: Building) -> tuple[object, ...]:
    return tuple(
        getattr(building, name) for name in (*_CHANGEABLE, *_FOLLOWING, "city_id", "street_id")
    )
