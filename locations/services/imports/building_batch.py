"""Houses of one batch beside what is stored: what becomes of each, and the writing of it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from django.db import models
from django.utils.translation import gettext as _

from core import clock
from core.actor import Actor
from core.choices import PartyRole
from core.events import Draft, emit_many
from core.tables import RowError
from locations.models import Building, BuildingGuest, Street, UnplacedHouse
from locations.models.places import BuildingQuerySet
from locations.selectors.districts import districts_of
from locations.services.building_counts import recount
from locations.services.imports.building_rows import House, StreetKey
from locations.services.imports.nearby import Neighbour, Neighbourhood
from locations.services.vocabulary import learn_soon

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
# Whether it was corrected is told by these.
_SPOT = ("number", "latitude", "longitude")
# An empty cell says nothing of these: what is known stays.
_KEPT = ("fias_id", "postal_code", "entrances", "floors", "units_count")


class Fate(StrEnum):
    """What becomes of a row."""

    NEW = "new"
    CHANGED = "changed"
    KNOWN = "known"
    DOUBTFUL = "doubtful"
    BAD = "bad"


@dataclass(frozen=True, slots=True)
class Verdict:
    """`building`: what the row makes, changes, is known as, or stands too near to."""

    house: House
    fate: Fate
    building: Building | None = None
    column: str = ""
    reason: str = ""


class Batch:
    """Decides about some houses, then writes. One use, in one transaction.

    With `keeps` the rows are a register's: they verify and correct what is stored. Otherwise they
    are an organization's: what is known stays as it is, what is new awaits verification. With
    `adds_doubtful` a house that stands where another does is added all the same.
    """

    def __init__(
        self, actor: Actor, houses: Sequence[House], *, keeps: bool, adds_doubtful: bool
    ) -> None:
        self._actor = actor
        self._houses = houses
        self._keeps = keeps
        self._adds_doubtful = adds_doubtful
        self._writes = False
        self._now = clock.now()
        self._new: list[Building] = []
        self._changed: dict[int, Building] = {}
        # Of those that awaited verification and are verified: whether a row corrected them, too.
        self._verified: dict[int, bool] = {}
        # Where buildings stood that a row moved.
        self._left: set[int] = set()
        self._streets: dict[StreetKey, Street] = {}
        self._by_fias: dict[str, Building] = {}
        self._by_address: dict[tuple[int, str | None], Building] = {}
        self._pending: dict[tuple[int, str | None], Building] = {}
        self._foreign_fias: set[str | None] = set()
        self._around = Neighbourhood()
        self._near: dict[int, Building] = {}

    # --- deciding ---------------------------------------------------------------------------
    def decide(self, *, writes: bool = False) -> list[Verdict]:
        """A verdict for each house, in order; nothing is written. Reads in a few queries.

        `writes`: `store` follows in this transaction; what it may change is locked first.
        """
        if not self._houses:
            return []
        self._writes = writes
        self._streets = known_streets(
            {house.street_key for house in self._houses if house.street_key}
        )
        stated = [self._building(house) for house in self._houses]
        if self._keeps:
            _take_from_register(stated)
        self._find_same(stated)
        unknown = [building for building in stated if self._existing(building) is None]
        if unknown:
            rows = Building.objects.visible_to(self._actor)
            self._around.load(rows, unknown)
            self._find_near(list(zip(self._houses, stated, strict=True)))
        return [self._verdict(*pair) for pair in zip(self._houses, stated, strict=True)]

    def _building(self, house: House) -> Building:
        key = house.street_key
        street = self._streets.get(key, house.street) if key else None
        status = Building.Status.VERIFIED if self._keeps else Building.Status.PENDING
        building = Building(
            city=house.city,
            street=street,
            status=status,
            added_by=self._actor.organization,
            created_at=self._now,
            **house.values,
        )
        building.set_derived()
        return building

    def _find_same(self, stated: list[Building]) -> None:
        """Reads the buildings with the FIAS ids and addresses of the rows."""
        fias_ids = [building.fias_id for building in stated if building.fias_id]
        cities = {building.city_id for building in stated}
        keys = [building.address_key for building in stated]
        same = models.Q(fias_id__in=fias_ids) | models.Q(city__in=cities, verified_key__in=keys)
        pending = models.Q(
            city__in=cities,
            search_key__in=[building.search_key for building in stated],
            status=Building.Status.PENDING,
        )
        rows = self._held(Building.objects.visible_to(self._actor), same, pending)
        for row in rows.filter(same):
            self._remember(row)
        for row in rows.filter(pending).order_by("-pk"):
            self._pending[row.city_id, row.address_key] = row
        if not self._keeps and fias_ids:
            # Ids are unique over all rows, also over those of others that the actor cannot see.
            taken = Building.objects.filter(fias_id__in=fias_ids)
            self._foreign_fias = set(taken.values_list("fias_id", flat=True)) - set(self._by_fias)

    def _held(self, rows: BuildingQuerySet, *wanted: models.Q) -> BuildingQuerySet:
        """Those of `rows` that are wanted, in full; where the batch writes, locked, and as they are
        once they are.

        By their ids in order, as merging does. One that came to be wanted meanwhile is left out:
        the constraints meet it, and the batch is read anew.
        """
        full = rows.select_related("street", "city")
        if not self._writes:
            return full
        ids = {pk for some in wanted for pk in rows.filter(some).values_list("pk", flat=True)}
        locked = Building.objects.select_for_update().filter(pk__in=ids).order_by("pk")
        return full.filter(pk__in=list(locked.values_list("pk", flat=True)))

    def _find_near(self, pairs: Sequence[tuple[House, Building]]) -> None:
        """Reads in full the buildings that rows may be the same house as."""
        standing = Building.objects.standing()
        while wanted := self._wanted_near(pairs) - self._near.keys():
            found = self._held(standing, models.Q(pk__in=wanted)).in_bulk(wanted)
            self._near |= found
            # Merged or refused since they were looked for: another may be the same house then.
            self._around.forget(wanted - found.keys())

    def _wanted_near(self, pairs: Iterable[tuple[House, Building]]) -> set[int]:
        wanted: set[int] = set()
        for house, building in pairs:
            if self._existing(building) is None:
                same, doubt = self._around.judge(building, house.has_type)
                wanted.update(near.pk for near in (*same, doubt) if near and near.pk)
        return wanted

    def _remember(self, building: Building) -> None:
        if building.fias_id:
            self._by_fias[building.fias_id] = building
        if building.verified_key or not self._keeps:
            self._by_address[building.city_id, building.address_key] = building

    def _existing(self, stated: Building) -> Building | None:
        """The building that the row is about, by FIAS id, then by address."""
        address = (stated.city_id, stated.address_key)
        by_fias = self._by_fias.get(stated.fias_id or "")
        return by_fias or self._by_address.get(address) or self._pending.get(address)

    def _verdict(self, house: House, stated: Building) -> Verdict:
        try:
            return self._judge(house, stated)
        except RowError as error:
            return Verdict(house, Fate.BAD, None, error.column, error.reason)

    def _judge(self, house: House, stated: Building) -> Verdict:
        existing = self._existing(stated)
        if existing is not None:
            self._check_ids(stated, existing)
            return self._known(house, stated, existing, completely=True)
        same, doubt = self._around.judge(stated, house.has_type)
        # An earlier row of the batch may have given one of them its FIAS id.
        same = [near for near in same if not _are_two(stated, self._full(near))]
        if len(same) == 1:
            # With a FIAS id it will be known by that the next time, and the same must come of it.
            found, completely = self._full(same[0]), stated.fias_id is not None
            return self._known(house, stated, found, completely=completely)
        if (doubt or same) and not self._adds_doubtful:
            return self._doubtful(house, doubt or same[0])
        if stated.fias_id in self._foreign_fias:
            stated.fias_id = None
        self._new.append(stated)
        self._remember(stated)
        self._around.add(stated)
        return Verdict(house, Fate.NEW, stated)

    def _check_ids(self, stated: Building, existing: Building) -> None:
        """Raises RowError where FIAS id and address speak of different buildings."""
        by_address = self._by_address.get((stated.city_id, stated.address_key))
        if existing.status == Building.Status.MERGED:
            raise RowError("fias_id", _("This building was merged into another."))
        if existing.status == Building.Status.REFUSED:
            raise RowError("fias_id", _("Somebody has decided on this address already."))
        if by_address and by_address is not existing:
            raise RowError("fias_id", _("This FIAS id is that of another address."))
        if _are_two(stated, existing):
            raise RowError("fias_id", _("This address has another FIAS id."))

    def _full(self, near: Neighbour) -> Building:
        if near.building is not None:
            return near.building
        return self._near[near.pk or 0]

    def _doubtful(self, house: House, near: Neighbour) -> Verdict:
        reason = _("At this point stands %(address)s. If it is another house, add it as doubtful.")
        building = self._full(near)
        return Verdict(house, Fate.DOUBTFUL, building, "", reason % {"address": near.address})

    def _known(
        self, house: House, stated: Building, existing: Building, *, completely: bool
    ) -> Verdict:
        """A row about a building that is there: corrected by a register, else left as it is.

        Not `completely`: it was recognised by its place, so that its spelling and its point stay,
        and only what is empty is filled in.
        """
        if not self._keeps:
            return Verdict(house, Fate.KNOWN, existing)
        before, cell = _state_of(existing), existing.cell
        spot, waited = _spot_of(existing), existing.status == Building.Status.PENDING
        if completely or existing.status == Building.Status.PENDING:
            self._correct(existing, stated)
        else:
            _fill(existing, stated)
        self._remember(existing)
        if existing.pk is not None and _state_of(existing) != before:
            self._changed[existing.pk] = existing
            self._left.add(cell)
            if waited:
                existing.decided_at = self._now
            if waited or existing.pk in self._verified:
                moved = _spot_of(existing) != spot
                self._verified[existing.pk] = moved or self._verified.get(existing.pk, False)
            return Verdict(house, Fate.CHANGED, existing)
        return Verdict(house, Fate.KNOWN, existing)

    def _correct(self, existing: Building, stated: Building) -> None:
        """Brings `existing` to what the row states; a row of a register verifies it, too."""
        for name in _CHANGEABLE:
            value = getattr(stated, name)
            if name not in _KEPT or value not in (None, ""):
                setattr(existing, name, value)
        existing.city, existing.street = stated.city, stated.street
        existing.status = Building.Status.VERIFIED
        existing.set_derived()

    # --- writing ----------------------------------------------------------------------------
    def store(self) -> None:
        """Writes what `decide` found; in its transaction. May raise IntegrityError."""
        written = [*self._new, *self._changed.values()]
        self._make_streets(written)
        for row, district_id in zip(written, districts_of(written), strict=True):
            row.district_id = district_id
        Building.objects.bulk_create(self._new)
        if self._changed:
            fields = (*_CHANGEABLE, *_FOLLOWING, "city", "street", "district", "decided_at")
            Building.objects.bulk_update(self._changed.values(), fields)
        self._tell_verified()
        recount({*self._left, *(row.cell for row in written)})
        if self._keeps:
            ids = [building.fias_id for building in written if building.fias_id]
            UnplacedHouse.objects.filter(fias_id__in=ids).delete()
        elif self._actor.organization is not None:
            parties = {PartyRole.OWNER: self._actor.organization}
            emit_many(self._actor, [Draft("building.added", row, parties) for row in self._new])

    def _tell_verified(self) -> None:
        """As `verify_building` does: whoever added them is told, and they have guests no more."""
        if not self._verified:
            return
        BuildingGuest.objects.filter(building__in=self._verified).delete()
        rows = Building.objects.select_related("added_by").in_bulk(self._verified)
        drafts = [
            Draft(
                "building.verified",
                row,
                {PartyRole.OWNER: row.added_by},
                {"corrected": self._verified[pk]},
            )
            for pk, row in sorted(rows.items())
        ]
        emit_many(self._actor, drafts)

    def _make_streets(self, buildings: list[Building]) -> None:
        """Gives buildings of new streets their rows, made by this batch or by another writer."""
        homeless = [row for row in buildings if row.street and row.street_id is None]
        made = {_key_of(row.street): row.street for row in homeless if row.street}
        if not made:
            return
        for street in made.values():
            # A batch that is written anew may have met a street that was not committed.
            street.pk = None
        Street.objects.bulk_create(made.values(), ignore_conflicts=True)
        learn_soon(*(street.search_key for street in made.values()))
        stored = known_streets(made)
        for building in homeless:
            if building.street:
                building.street = stored[_key_of(building.street)]


def _key_of(street: Street) -> StreetKey:
    return (street.city_id, street.search_key, street.type)


def known_streets(wanted: Iterable[StreetKey]) -> dict[StreetKey, Street]:
    """The stored streets among `wanted`, which are keys of city, folded name and type."""
    cities, names = set(), set()
    for city, key, _type in wanted:
        cities.add(city)
        names.add(key)
    if not names:
        return {}
    rows = Street.objects.filter(city__in=cities, search_key__in=names).select_related("city")
    return {_key_of(row): row for row in rows}


def _take_from_register(stated: list[Building]) -> None:
    """Completes rows by the houses of the register that waited for their coordinates."""
    ids = [building.fias_id for building in stated if building.fias_id]
    cities = {building.city_id for building in stated}
    keys = [building.address_key for building in stated]
    by_id = {house.fias_id: house for house in UnplacedHouse.objects.filter(fias_id__in=ids)}
    at_address = UnplacedHouse.objects.filter(city__in=cities, address_key__in=keys)
    by_key = {(house.city_id, house.address_key): house for house in at_address}
    for building in stated:
        key = (building.city_id, building.address_key)
        house = by_id.get(building.fias_id or "") or by_key.get(key)
        if house is not None and building.fias_id in (None, house.fias_id):
            building.fias_id = house.fias_id
            building.postal_code = building.postal_code or house.postal_code


def _are_two(one: Building, other: Building) -> bool:
    """Whether the register knows them as two houses."""
    return bool(one.fias_id and other.fias_id and one.fias_id != other.fias_id)


def _fill(existing: Building, stated: Building) -> None:
    for name in _KEPT:
        if getattr(existing, name) in (None, ""):
            setattr(existing, name, getattr(stated, name))


def _spot_of(building: Building) -> tuple[object, ...]:
    street = _key_of(building.street) if building.street else None
    return (street, *(getattr(building, name) for name in _SPOT))


def _state_of(building: Building) -> tuple[object, ...]:
    street = building.street
    named = (building.city_id, _key_of(street) if street else None)
    return (*named, *(getattr(building, name) for name in (*_CHANGEABLE, *_FOLLOWING)))
