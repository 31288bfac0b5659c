"""Which rows are the same house: by FIAS id, by address, by place (docs/imports.md)."""

import math
import random

import pytest

from core.actor import system_actor
from core.choices import OrganizationKind, Role
from core.errors import DomainError, Forbidden
from core.models import Event
from core.tables import Cells
from locations.geometry import cell_of
from locations.models import Building, BuildingGuest, Street, UnplacedHouse
from locations.models.places import BuildingQuerySet
from locations.selectors.addressed import Sought, find_buildings
from locations.selectors.points import nearest_buildings
from locations.services import add_building, refuse_building
from locations.services.buildings import show_building
from locations.services.imports.building_batch import Batch, Fate
from locations.services.imports.building_rows import COLUMNS, cities_by_name, read_house
from locations.services.imports.nearby import are_alike, cells_near
from locations.services.rights import require_importer
from locations.tests.factories import BuildingFactory, CityFactory, StreetFactory
from users.tests.factories import OrganizationFactory, make_actor, make_staff

pytestmark = pytest.mark.django_db

PORTAL = system_actor()
ID, OTHER_ID = (f"0000000{n}-0000-4000-8000-000000000000" for n in (1, 2))
LAT, LON = 55.8, 49.1


@pytest.fixture
def kazan():
    return CityFactory(name="Казань")


@pytest.fixture
def known(kazan):
    """Казань, ул Академика Королёва, д 12, without a FIAS id."""
    street = StreetFactory(city=kazan, name="Академика Королёва")
    return BuildingFactory(street=street, number="12", latitude=LAT, longitude=LON, postal_code="")


def line(number="12", street="Королёва", north=0.0, east=0.0, **other):
    """A row so many metres to the north and east of the known building."""
    values = {
        "city": "Казань",
        "street_type": "ул",
        "street": street,
        "number": number,
        "latitude": str(LAT + north / 111_195),
        "longitude": str(LON + east / (111_195 * math.cos(math.radians(LAT)))),
    } | other
    return [values.get(name, "") for name in COLUMNS]


def judge(*lines, actor=PORTAL, keeps=True, adds_doubtful=False, write=True):
    """The fates of rows that come in one batch, and it is written."""
    cities = cities_by_name()
    rows = [Cells(number, cells) for number, cells in enumerate(lines, start=2)]
    houses = [read_house(row, COLUMNS, cities) for row in rows]
    batch = Batch(actor, houses, keeps=keeps, adds_doubtful=adds_doubtful)
    verdicts = batch.decide(writes=write)
    if write:
        batch.store()
    return [verdict.fate for verdict in verdicts]


# --- by id and by address ---------------------------------------------------------------------
def test_the_fias_id_comes_before_the_address_and_the_place(known):
    Building.objects.update(fias_id=ID)
    assert judge(line("99", "Другая", north=5_000, fias_id=ID)) == [Fate.CHANGED]
    known.refresh_from_db()
    assert known.address == "Казань, ул Другая, д 99"


def test_the_address_comes_before_the_place(known):
    there = BuildingFactory(street=known.street, number="14", latitude=LAT + 1, longitude=LON)
    assert judge(line("14", "Академика Королёва")) == [Fate.CHANGED]
    there.refresh_from_db()
    assert there.latitude == LAT


# --- by place ---------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("row", "fate"),
    [
        # The same number on a street spelled otherwise, within 150 m: the same house.
        (line(north=149), Fate.CHANGED),
        (line(east=-149), Fate.CHANGED),
        (line(north=151), Fate.NEW),
        (line("д. 12", "Ак. Королева", north=40), Fate.CHANGED),
        (line(street="Академика Карлёва", north=40), Fate.NEW),
        (line(street="Академика Коралёва", north=40), Fate.CHANGED),
        (line(street="Академика С. Королёва", north=40), Fate.CHANGED),
        # Another number, another street: another house, unless it stands at the same point.
        (line("12а", north=40), Fate.NEW),
        (line("12 к2", north=40), Fate.NEW),
        (line("14", north=16), Fate.NEW),
        (line("14", north=14), Fate.DOUBTFUL),
        (line("12", "Чистопольская", north=14), Fate.DOUBTFUL),
        (line("12", "Чистопольская", north=100), Fate.NEW),
        (line("12", "", north=100), Fate.NEW),
        (line("12", "", north=3), Fate.DOUBTFUL),
        # A type that is said and differs is another street; one that is not said may be any.
        (line(street_type="пр-кт", north=100), Fate.NEW),
        (line(street_type="пр-кт", north=10), Fate.DOUBTFUL),
        (line(street_type="", north=100), Fate.CHANGED),
    ],
)
def test_a_house_is_recognised_by_number_street_and_distance(known, row, fate):
    Building.objects.update(floors=None)
    row[COLUMNS.index("floors")] = "9"
    assert judge(row) == [fate]
    known.refresh_from_db()
    # What is recognised by its place is filled in; its spelling and its point stay.
    assert known.floors == (9 if fate == Fate.CHANGED else None)
    assert (known.address, known.latitude) == ("Казань, ул Академика Королёва, д 12", LAT)
    assert Building.objects.count() == (2 if fate == Fate.NEW else 1)


def test_a_house_recognised_by_its_place_changes_nothing_the_second_time(known):
    row = line(north=100, floors="9")
    assert [judge(row), judge(row)] == [[Fate.CHANGED], [Fate.KNOWN]]
    assert Street.objects.count() == 1


def test_two_fias_ids_are_two_houses_however_near(known):
    Building.objects.update(fias_id=ID)
    assert judge(line("14", north=2, fias_id=OTHER_ID)) == [Fate.NEW]
    assert judge(line("12", north=90, fias_id=ID)) == [Fate.CHANGED]


def test_two_fias_ids_of_one_file_are_two_houses_though_neither_was_known(known):
    rows = [line(north=40, fias_id=ID), line("12", "Ак. Королёва", 80, fias_id=OTHER_ID)]
    assert judge(*rows) == [Fate.CHANGED, Fate.NEW]
    known.refresh_from_db()
    # With its id the row is the register's: its spelling and its point count.
    assert (known.fias_id, known.address) == (ID, "Казань, ул Королёва, д 12")
    assert [judge(*rows), Building.objects.count()] == [[Fate.KNOWN, Fate.KNOWN], 2]


def test_two_candidates_are_a_doubt(known, kazan):
    other = StreetFactory(city=kazan, name="Генерала Королёва")
    BuildingFactory(street=other, number="12", latitude=LAT + 0.0005, longitude=LON)
    assert judge(line(north=30)) == [Fate.DOUBTFUL]


def test_doubtful_rows_are_added_where_that_is_wanted(known):
    assert judge(line("14", north=3), adds_doubtful=True) == [Fate.NEW]
    assert Building.objects.count() == 2


def test_rows_of_one_file_are_compared_with_each_other(kazan):
    fates = judge(line("1"), line("3", north=4), line("1", "Ак. Королёва", north=60))
    assert fates == [Fate.NEW, Fate.DOUBTFUL, Fate.KNOWN]
    assert Building.objects.count() == 1


def test_a_house_of_another_city_is_never_the_same(known):
    CityFactory(name="Арск")
    assert judge(line(city="Арск", north=100)) == [Fate.NEW]


def test_a_house_across_the_180th_meridian_is_near(kazan):
    street = StreetFactory(city=kazan, name="Академика Королёва")
    BuildingFactory(street=street, number="12", latitude=66.0, longitude=179.9999)
    assert judge(line(latitude="66", longitude="-179.9999", floors="2")) == [Fate.CHANGED]


def test_a_merged_building_is_no_neighbour(known):
    Building.objects.update(status=Building.Status.MERGED, verified_key=None)
    assert judge(line("14", north=2)) == [Fate.NEW]


def test_a_refused_address_is_no_house(known):
    known.status, known.fias_id, known.verified_key = Building.Status.PENDING, ID, None
    known.save()
    refuse_building(make_staff(), known, reason="It stands elsewhere")
    assert judge(line(north=10, fias_id=ID), actor=make_staff()) == [Fate.NEW]
    house = Building.objects.get(fias_id=ID)
    assert (house.status, house == known) == (Building.Status.VERIFIED, False)
    [found] = find_buildings(make_staff(), [Sought(ID, "")])
    assert found == house


@pytest.mark.parametrize("status", [Building.Status.MERGED, Building.Status.REFUSED])
def test_what_does_not_stand_gives_its_id_to_no_row(known, status):
    Building.objects.update(status=status, fias_id=ID, verified_key=None)
    assert judge(line("99", "Другая", north=5_000, fias_id=ID)) == [Fate.BAD]
    assert [type(found) for found in find_buildings(PORTAL, [Sought(ID, "")])] == [DomainError]
    known.refresh_from_db()
    assert known.status == status


def test_staff_who_add_a_refused_address_get_a_house_of_their_own(known):
    Building.objects.update(status=Building.Status.REFUSED, verified_key=None)
    place = {"latitude": LAT, "longitude": LON, "street_name": "Академика Королёва"}
    added = add_building(make_staff(), city=known.city, number="12", **place)
    assert (added.status, added == known) == (Building.Status.VERIFIED, False)
    near = nearest_buildings(make_staff(), LAT, LON)
    assert [found.public_id for found in near] == [added.public_id]


@pytest.mark.parametrize(
    ("row", "lock"), [(line(street="Академика Королёва", floors="7"), 1), (line(floors="7"), 2)]
)
def test_what_was_merged_before_it_could_be_locked_stays_merged(known, monkeypatch, row, lock):
    target = BuildingFactory(latitude=50.0)
    locking, calls = BuildingQuerySet.select_for_update, []

    def merged_just_before(rows, *args, **kwargs):
        calls.append(rows)
        if len(calls) == lock:
            stored = Building.objects.filter(pk=known.pk)
            stored.update(status="MERGED", merged_into=target, verified_key=None)
        return locking(rows, *args, **kwargs)

    monkeypatch.setattr(BuildingQuerySet, "select_for_update", merged_just_before)
    assert judge(row) == [Fate.NEW]
    known.refresh_from_db()
    assert (known.status, known.merged_into, known.floors) == ("MERGED", target, None)


def test_a_look_at_rows_locks_nothing(known, monkeypatch):
    monkeypatch.setattr(BuildingQuerySet, "select_for_update", None)
    assert judge(line(north=10, floors="7"), write=False) == [Fate.CHANGED]


def test_an_address_that_awaits_verification_takes_the_registers_spelling(known):
    Building.objects.update(status=Building.Status.PENDING, verified_key=None)
    assert judge(line(north=80)) == [Fate.CHANGED]
    known.refresh_from_db()
    assert (known.status, known.address) == ("VERIFIED", "Казань, ул Королёва, д 12")


@pytest.mark.parametrize(
    ("row", "corrected"), [(line(street="Академика Королёва"), False), (line(north=30), True)]
)
def test_whoever_added_an_address_is_told_when_a_register_verifies_it(kazan, row, corrected):
    agent, guest = make_actor(), OrganizationFactory(kind=OrganizationKind.PROVIDER)
    place = {"latitude": LAT, "longitude": LON, "street_name": "Академика Королёва"}
    added = add_building(agent, city=kazan, number="12", **place)
    show_building(added.pk, guest)
    assert judge(row, row) == [Fate.CHANGED, Fate.KNOWN]
    added.refresh_from_db()
    assert added.status == Building.Status.VERIFIED
    assert added.decided_at is not None
    event = Event.objects.get(kind="building.verified")
    assert (event.subject_id, event.data) == (added.pk, {"corrected": corrected})
    assert [party.organization for party in event.parties.all()] == [agent.organization]
    assert not BuildingGuest.objects.exists()
    judge(row)
    assert Event.objects.filter(kind="building.verified").count() == 1


def test_no_neighbour_is_missed_wherever_it_stands():
    chance = random.Random(20261127)
    for _ in range(20_000):
        lat, lon = chance.uniform(41, 82), chance.uniform(-180, 180)
        turn = chance.uniform(0, math.tau)
        north, east = 149.9 * math.cos(turn), 149.9 * math.sin(turn)
        other_lat = lat + north / 111_195
        other_lon = lon + east / (111_195 * math.cos(math.radians(lat)))
        building = Building(latitude=lat, longitude=lon, cell=cell_of(lat, lon))
        other_lon = (other_lon + 180) % 360 - 180
        assert cell_of(other_lat, other_lon) in cells_near(building)


@pytest.mark.parametrize(
    ("one", "other", "alike"),
    [
        ("карла маркса", "маркса карла", True),
        ("карла маркса", "к маркса", True),
        ("карла маркса", "маркса", False),
        ("большая красная", "красная", False),
        ("большая красная", "малая красная", False),
        ("1 я парковая", "2 я парковая", False),
        ("1 парковая", "парковая", False),
        ("чистопольская", "чистопльская", True),
        ("чистопольская", "чистопoльскaя", False),
        ("лесная", "лестная", True),
        ("мира", "мары", False),
        ("героев", "героев", True),
        ("", "", False),
    ],
)
def test_which_names_are_spellings_of_one_street(one, other, alike):
    assert are_alike(one, other) is alike
    assert are_alike(other, one) is alike


# --- whose rows they are ----------------------------------------------------------------------
def test_an_organizations_rows_are_its_own_and_change_nothing_that_is_known(known):
    actor = make_actor(OrganizationKind.BUILDER)
    fates = judge(line(north=60, floors="9"), line("77", north=500), actor=actor, keeps=False)
    assert fates == [Fate.KNOWN, Fate.NEW]
    known.refresh_from_db()
    assert known.floors is None
    made = Building.objects.get(number="77")
    assert (made.status, made.added_by) == ("PENDING", actor.organization)
    assert made.verified_key is None
    assert Event.objects.filter(kind="building.added").count() == 1
    assert judge(line("77", north=500), actor=actor, keeps=False) == [Fate.KNOWN]


def test_an_organization_learns_nothing_of_what_another_added(kazan):
    StreetFactory(city=kazan, name="Королёва")
    BuildingFactory(
        street=Street.objects.get(),
        number="12",
        latitude=LAT,
        longitude=LON,
        fias_id=ID,
        status=Building.Status.PENDING,
        added_by=OrganizationFactory(),
    )
    actor = make_actor(OrganizationKind.PROVIDER)
    rows = [line("12", fias_id=ID), line("14", north=500)]
    assert judge(*rows, actor=actor, keeps=False) == [Fate.NEW, Fate.NEW]
    assert Building.objects.get(number="12", added_by=actor.organization).fias_id is None


@pytest.mark.parametrize(
    ("kind", "role", "may"),
    [
        (OrganizationKind.BUILDER, Role.MANAGER, True),
        (OrganizationKind.PROVIDER, Role.OWNER, True),
        (OrganizationKind.PROVIDER, Role.MEMBER, False),
        (OrganizationKind.AGENCY, Role.OWNER, False),
        (OrganizationKind.COMPANY, Role.OWNER, False),
    ],
)
def test_who_may_import(kind, role, may):
    actor = make_actor(kind, role)
    if may:
        assert require_importer(actor) is False
        actor.organization.verified_at = None
    with pytest.raises(Forbidden):
        require_importer(actor)
    assert require_importer(make_staff()) is True


# --- houses of the register that waited -------------------------------------------------------
@pytest.mark.parametrize("by", ["fias_id", "address"])
def test_coordinates_make_a_building_of_a_house_that_waited(kazan, by):
    street = StreetFactory(city=kazan, name="Королёва")
    house = UnplacedHouse(
        city=kazan, street=street, number="12", fias_id=ID, postal_code="420000",
        created_at="2026-11-27T10:00Z",
    )  # fmt: skip
    house.set_derived()
    house.save()
    given = {"fias_id": ID} if by == "fias_id" else {}
    organization = make_actor(OrganizationKind.BUILDER)
    assert judge(line("12"), actor=organization, keeps=False) == [Fate.NEW]
    Building.objects.all().delete()
    assert UnplacedHouse.objects.exists()
    assert judge(line("дом 12", **given)) == [Fate.NEW]
    building = Building.objects.get()
    assert (building.fias_id, building.postal_code) == (ID, "420000")
    assert not UnplacedHouse.objects.exists()
