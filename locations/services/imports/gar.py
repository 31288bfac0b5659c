"""Streets and houses of a region from the state address register (docs/imports.md).

The register has no coordinates, and a building must have them. So streets become streets, houses
that the portal knows get their FIAS ids and postal codes, and all others wait as `UnplacedHouse`
(docs/decisions/005). 500 rows to a transaction; nothing twice, however often it is killed.
"""

import csv
import hashlib
import sqlite3
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _

from core import clock
from core.actor import Actor
from core.errors import DomainError
from core.tables import BATCH, escaped
from locations import addresses
from locations.models import Building, City, Street, UnplacedHouse
from locations.models.places import STREET_LENGTH, STREET_TYPE_LENGTH
from locations.services.imports.building_batch import known_streets
from locations.services.imports.building_rows import StreetKey
from locations.services.imports.gar_loading import STREET_LEVEL, Scratch, Watch, load, place
from locations.services.imports.gar_source import GarSource
from locations.services.imports.writing import in_transaction
from locations.services.rights import require_keeper
from locations.services.vocabulary import learn_soon

_FAULT_COLUMNS = ("file", "object_id", "column", "reason")


@dataclass(slots=True)
class GarOutcome:
    """How many rows did what, by figure (`FIGURES`); `faults`: rows that could not be taken."""

    figures: dict[str, int] = field(default_factory=dict)
    faults: int = 0

    def __getattr__(self, name: str) -> int:
        if name not in FIGURES:
            raise AttributeError(name)
        return self.figures.get(name, 0)


# What is counted: streets made, given their FIAS id, and known; houses known by the portal that
# were completed, or had nothing to add; houses that wait: new, corrected, known; houses in places
# that are no cities of the portal.
FIGURES = (
    "streets_new",
    "streets_completed",
    "streets_known",
    "buildings_completed",
    "buildings_known",
    "waiting_new",
    "waiting_changed",
    "waiting_known",
    "elsewhere",
)


def silent(stage: str, rows: int) -> None:
    """Progress that nobody watches."""


def import_gar(
    actor: Actor,
    path: Path,
    region: str,
    *,
    refused_path: Path | None = None,
    work_folder: Path | None = None,
    watch: Watch = silent,
) -> GarOutcome:
    """Reads region `region` ("16") from a folder or a ZIP archive of the register.

    How far it got stands in a file in `work_folder` (by default in the portal's `var`); the same
    call goes on from there, and removes it at the end. Cities must be there already, by their FIAS
    ids. Rows that cannot be taken go to `refused_path`. Raises Forbidden, DomainError.
    """
    require_keeper(actor)
    if not (region.isascii() and region.isdecimal() and 1 <= len(region) <= 2):
        raise DomainError(_("A region is its code of two digits."), field="region")
    source = GarSource(path, region.zfill(2))
    try:
        scratch = Scratch(_scratch_path(source, region, work_folder))
        try:
            load(source, scratch, watch)
            _Writing(scratch, watch).run()
            outcome = GarOutcome(scratch.figures(), _write_faults(scratch, refused_path))
        except BaseException:
            scratch.close()
            raise
        scratch.remove()
    except sqlite3.OperationalError as error:
        # Another import of the region has it, or the disk is full: what was done stays done.
        message = _("The scratch file cannot be written: %(reason)s.") % {"reason": error}
        raise DomainError(message) from error
    finally:
        source.close()
    return outcome


def _scratch_path(source: GarSource, region: str, folder: Path | None) -> Path:
    chosen = folder or settings.VAR_DIR / "gar"
    chosen.mkdir(mode=0o700, parents=True, exist_ok=True)
    told = f"{source.path.resolve()}\n{source.fingerprint}"
    digest = hashlib.blake2b(told.encode(), digest_size=8).hexdigest()
    return chosen / f"{region.zfill(2)}-{digest}.sqlite3"


def _write_faults(scratch: Scratch, path: Path | None) -> int:
    """Writes bad rows to a CSV file, where there are any; how many."""
    rows = scratch.faults()
    first = next(rows, None)
    if first is None or path is None:
        return sum(1 for _row in rows) + (first is not None)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(_FAULT_COLUMNS)
        count = 0
        for row in chain([first], rows):
            writer.writerow([escaped(cell) for cell in row])
            count += 1
    return count


@dataclass(slots=True)
class _Step:
    """What a batch did: figures, faults, and the streets of objects, to be noted after it."""

    figures: dict[str, int] = field(default_factory=dict)
    faults: list[tuple[str, str, str, str]] = field(default_factory=list)
    streets: list[tuple[int, int]] = field(default_factory=list)

    def count(self, name: str) -> None:
        self.figures[name] = self.figures.get(name, 0) + 1


class _Writing:
    """What the scratch file holds, written to the portal batch by batch."""

    def __init__(self, scratch: Scratch, watch: Watch) -> None:
        self._scratch = scratch
        self._watch = watch

    def run(self) -> None:
        cities = City.objects.exclude(fias_id="")
        place(self._scratch, list(cities.values_list("fias_id", "pk")))
        # A street right in its city has the plain name, whatever lies in a settlement of the city.
        self._each("streets", _streets_sql(is_inner=False), _write_streets)
        self._each("inner streets", _streets_sql(is_inner=True), _write_streets)
        self._each("buildings", _HOUSES, _write_houses)
        self._count_elsewhere()

    def _each(self, stage: str, sql: str, write: Callable[[list[Any]], _Step]) -> None:
        """Goes on with a stage after the last batch that was written."""
        scratch, done = self._scratch, 0
        if scratch.is_done(stage):
            return
        while rows := scratch.db.execute(sql, [scratch.position(stage), BATCH]).fetchall():
            batch = rows
            step = in_transaction(lambda batch=batch: write(batch))  # type: ignore[misc]
            for fault in step.faults:
                scratch.refuse(*fault)
            scratch.db.executemany("UPDATE object SET street = ? WHERE id = ?", step.streets)
            scratch.moved(stage, rows[-1][0], step.figures)
            done += len(rows)
            self._watch(stage, done)
        scratch.finish(stage)

    def _count_elsewhere(self) -> None:
        def work() -> None:
            [(count,)] = self._scratch.db.execute(
                "SELECT COUNT(*) FROM house LEFT JOIN object ON object.id = house.parent"
                " WHERE object.city IS NULL"
            )
            self._scratch.add({"elsewhere": count})

        self._scratch.stage("elsewhere", work)


# --- streets ----------------------------------------------------------------------------------
def _streets_sql(*, is_inner: bool) -> str:
    """Streets of a city's own (or, `is_inner`, of what lies in it), and whatever has houses."""
    return f"""
        SELECT object.id, object.guid, object.name, object.type, object.city, up.name
        FROM object LEFT JOIN object up ON up.id = object.parent
        WHERE object.id > ? AND object.city IS NOT NULL AND NOT object.is_city
          AND COALESCE(up.is_city, 0) = {int(not is_inner)}
          AND (object.level = {STREET_LEVEL}
               OR EXISTS (SELECT 1 FROM house WHERE house.parent = object.id))
        ORDER BY object.id LIMIT ?"""  # noqa: S608


def _write_streets(rows: list[Any]) -> _Step:
    step = _Step()
    guids = [row[1] for row in rows]
    by_fias = {street.fias_id: street for street in Street.objects.filter(fias_id__in=guids)}
    unknown = [row for row in rows if row[1] not in by_fias]
    spelled = _spellings(unknown)
    taken = known_streets({_key(street) for found in spelled.values() for street in found})
    new: list[tuple[int, Street]] = []
    completed: list[Street] = []
    for object_id, guid, *_rest in unknown:
        free = next((one for one in spelled[object_id] if _is_free(taken.get(_key(one)))), None)
        reason = next(filter(None, map(_fault_of, spelled[object_id])), "")
        if reason or free is None:
            reason = reason or _("Another street of this name has another FIAS id.")
            step.faults.append(("AS_ADDR_OBJ", str(object_id), "NAME", reason))
            continue
        street = taken.setdefault(_key(free), free)
        street.fias_id = guid
        if street.pk is None:
            new.append((object_id, street))
        else:
            completed.append(street)
            step.streets.append((street.pk, object_id))
    Street.objects.bulk_create([street for _id, street in new])
    learn_soon(*(street.search_key for _id, street in new))
    Street.objects.bulk_update(completed, ["fias_id"])
    step.figures = {
        "streets_new": len(new),
        "streets_completed": len(completed),
        "streets_known": len(by_fias),
    }
    step.streets += [(by_fias[row[1]].pk, row[0]) for row in rows if row[1] in by_fias]
    step.streets += _made(new)
    return step


def _spellings(rows: list[Any]) -> dict[int, list[Street]]:
    """By object: the street as it is called, and told apart by what it lies in."""
    cities = City.objects.in_bulk({row[4] for row in rows})
    found: dict[int, list[Street]] = {}
    for object_id, _guid, name, type_, city_id, above in rows:
        city = cities[city_id]
        found[object_id] = [_street(city, name, type_)]
        if above and above != city.name:
            found[object_id].append(_street(city, f"{name} ({above})", type_))
    return found


def _made(new: list[tuple[int, Street]]) -> Iterator[tuple[int, int]]:
    """Ids of streets that were just made; not every database tells them by itself."""
    guids = [street.fias_id for _id, street in new]
    pks = dict(Street.objects.filter(fias_id__in=guids).values_list("fias_id", "pk"))
    for object_id, street in new:
        yield pks[street.fias_id], object_id


def _street(city: City, name: str, type_: str) -> Street:
    street = Street(city=city, name=" ".join(name.split()))
    street.type = addresses.street_type(type_) or street.type
    street.set_derived()
    return street


def _fault_of(street: Street) -> str:
    if not street.search_key or not street.name.isprintable():
        return _("This is no name of a street.")
    if len(street.name) > STREET_LENGTH or len(street.type) > STREET_TYPE_LENGTH:
        return _("This is too long.")
    return ""


def _key(street: Street) -> StreetKey:
    return (street.city_id, street.search_key, street.type)


def _is_free(stored: Street | None) -> bool:
    return stored is None or stored.fias_id is None


# --- houses -----------------------------------------------------------------------------------
_HOUSES = """
    SELECT house.id, house.guid, house.number, house.postal_code, object.city, object.street,
           object.is_city
    FROM house JOIN object ON object.id = house.parent
    WHERE house.id > ? AND object.city IS NOT NULL ORDER BY house.id LIMIT ?"""


def _write_houses(rows: list[Any]) -> _Step:
    step = _Step()
    stated = _stated(rows, step)
    find = _buildings_of([house for _id, house in stated])
    completed: dict[int, Building] = {}
    placed: list[str] = []
    waiting: list[UnplacedHouse] = []
    for object_id, house in stated:
        building = find(house)
        if building is None:
            waiting.append(house)
        elif building.fias_id not in (None, house.fias_id):
            reason = _("This address has another FIAS id.")
            step.faults.append(("AS_HOUSES", str(object_id), "OBJECTGUID", reason))
        else:
            placed.append(house.fias_id)
            if _complete(building, house):
                completed[building.pk] = building
            step.count("buildings_completed" if building.pk in completed else "buildings_known")
    Building.objects.bulk_update(completed.values(), ["fias_id", "postal_code"])
    UnplacedHouse.objects.filter(fias_id__in=placed).delete()
    _keep_waiting(waiting, step)
    return step


def _buildings_of(houses: list[UnplacedHouse]) -> Callable[[UnplacedHouse], Building | None]:
    """How to find the building of one of `houses`: by its FIAS id, then by its address."""
    # A merged one is known: its id is a second one of the house it became.
    sought = Building.objects.exclude(status=Building.Status.REFUSED)
    known = sought.filter(fias_id__in=[house.fias_id for house in houses])
    by_fias = {building.fias_id: building for building in known}
    at_address = Building.objects.filter(
        city__in={house.city_id for house in houses},
        verified_key__in=[house.address_key for house in houses],
    )
    by_key = {(row.city_id, row.verified_key): by_fias.get(row.fias_id, row) for row in at_address}

    def find(house: UnplacedHouse) -> Building | None:
        return by_fias.get(house.fias_id) or by_key.get((house.city_id, house.address_key))

    return find


def _keep_waiting(houses: list[UnplacedHouse], step: _Step) -> None:
    """Houses that no building is known of: new ones, and what the register corrected."""
    guids = [house.fias_id for house in houses]
    stored = {row.fias_id: row for row in UnplacedHouse.objects.filter(fias_id__in=guids)}
    new: list[UnplacedHouse] = []
    changed: list[UnplacedHouse] = []
    for house in houses:
        row = stored.get(house.fias_id)
        if row is None:
            new.append(house)
        elif _bring_to(row, house):
            changed.append(row)
    UnplacedHouse.objects.bulk_create(new)
    UnplacedHouse.objects.bulk_update(changed, _WAITING)
    known = len(houses) - len(new) - len(changed)
    step.figures |= {
        "waiting_new": len(new),
        "waiting_changed": len(changed),
        "waiting_known": known,
    }


_WAITING = ("city", "street", "number", "postal_code", "address_key")


def _stated(rows: list[Any], step: _Step) -> list[tuple[int, UnplacedHouse]]:
    """What the register says of each house; one whose street could not be taken is a fault."""
    cities = City.objects.in_bulk({row[4] for row in rows})
    streets = Street.objects.in_bulk({row[5] for row in rows if row[5]})
    now = clock.now()
    stated = []
    for object_id, guid, number, postal_code, city_id, street_id, is_city in rows:
        if street_id not in streets and not is_city:
            reason = _("Its street could not be taken.")
            step.faults.append(("AS_HOUSES", str(object_id), "PARENTOBJID", reason))
            continue
        house = UnplacedHouse(
            fias_id=guid,
            city=cities[city_id],
            street=streets.get(street_id),
            number=number,
            postal_code=postal_code,
            created_at=now,
        )
        house.set_derived()
        stated.append((object_id, house))
    return stated


def _complete(building: Building, house: UnplacedHouse) -> bool:
    """Fills the FIAS id and the postal code where they are empty; whether anything was."""
    before = (building.fias_id, building.postal_code)
    building.fias_id = building.fias_id or house.fias_id
    building.postal_code = building.postal_code or house.postal_code
    return before != (building.fias_id, building.postal_code)


def _bring_to(stored: UnplacedHouse, house: UnplacedHouse) -> bool:
    """Brings a house that waits to what the register says now; whether it said something else."""
    house.postal_code = house.postal_code or stored.postal_code
    names = ("city_id", "street_id", "number", "postal_code", "address_key")
    if all(getattr(stored, name) == getattr(house, name) for name in names):
        return False
    for name in _WAITING:
        setattr(stored, name, getattr(house, name))
    return True
