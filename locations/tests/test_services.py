"""What changes places and coverage: rights, rules, events."""

import json
from datetime import date, timedelta

import pytest
from django.utils import timezone

from core.actor import ANONYMOUS, system_actor
from core.choices import OrganizationKind, Role, StaffScope
from core.errors import DomainError, Forbidden, NotVisible
from core.models import Event
from locations.geojson import OutlinesError
from locations.models import Building, BuildingCoverage, CoverageState, CoverageZone, Unit, ZoneCell
from locations.selectors.coverage import statements_at
from locations.services import (
    add_building,
    import_zones,
    restore_zone,
    retire_zone,
    revise_statement,
    revise_zone,
    save_zone,
    state_building_coverage,
    unit_of,
    withdraw_building_coverage,
)
from locations.services.findings import check_coverage
from locations.tests.factories import (
    BuildingCoverageFactory,
    BuildingFactory,
    CityFactory,
    CoverageZoneFactory,
    ServiceCategoryFactory,
    square,
)
from users.tests.factories import OrganizationFactory, make_actor, make_staff

pytestmark = pytest.mark.django_db

PROVIDER, AGENCY = OrganizationKind.PROVIDER, OrganizationKind.AGENCY
SQUARE = square(55.7944, 49.1115)


@pytest.fixture
def internet():
    return ServiceCategoryFactory()


@pytest.fixture
def manager():
    return make_actor(PROVIDER, Role.MANAGER)


def geojson(*names, geometry=SQUARE):
    features = [
        {"type": "Feature", "properties": {"name": name}, "geometry": geometry} for name in names
    ]
    return json.dumps({"type": "FeatureCollection", "features": features}).encode()


def kinds_told(organization):
    return list(
        Event.objects.filter(parties__organization=organization)
        .order_by("pk")
        .values_list("kind", "data")
    )


# --- zones ------------------------------------------------------------------------------------


def test_a_saved_zone_answers_at_once_and_tells_its_provider(manager, internet):
    building = BuildingFactory()
    zone = save_zone(
        manager,
        name=" Центр ",
        category=internet,
        geometry=SQUARE,
        technology="GPON",
        max_speed=500,
    )
    assert (zone.provider, zone.name, zone.version) == (manager.organization, "Центр", 1)
    (said,) = statements_at(building)
    assert (said.zone_name, said.technology, said.max_speed) == ("Центр", "GPON", 500)
    assert kinds_told(manager.organization) == [("coverage.changed", {"state": "AVAILABLE"})]


def test_a_changed_zone_keeps_its_outline_unless_given_another(manager, internet):
    building = BuildingFactory()
    zone = save_zone(manager, name="Центр", category=internet, geometry=SQUARE)
    cells = set(ZoneCell.objects.values_list("cell", flat=True))
    changed = save_zone(
        manager, zone=zone, name="Центр", category=internet, state=CoverageState.SURVEY
    )
    assert (changed.pk, changed.version) == (zone.pk, 2)
    assert set(ZoneCell.objects.values_list("cell", flat=True)) == cells
    assert [said.state for said in statements_at(building)] == [CoverageState.SURVEY]
    save_zone(manager, zone=zone, name="Центр", category=internet, geometry=square(56.5, 49))
    assert statements_at(building) == []


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"name": "  "}, "name"),
        ({"geometry": None}, "file"),
        ({"state": "PLANNED"}, "planned_from"),
        ({"state": "MAYBE"}, "state"),
        ({"max_speed": 0}, "max_speed"),
        ({"expires_at": timezone.now() - timedelta(seconds=1)}, "expires_at"),
    ],
)
def test_terms_that_contradict_themselves_are_refused_by_field(manager, internet, fields, field):
    with pytest.raises(DomainError) as caught:
        save_zone(manager, **{"name": "Центр", "category": internet, "geometry": SQUARE, **fields})
    assert caught.value.field == field
    assert not CoverageZone.objects.exists()
    assert not Event.objects.exists()


def test_a_date_of_a_plan_is_kept_for_a_plan_alone(manager, internet):
    terms = {"category": internet, "geometry": SQUARE, "planned_from": date(2027, 1, 1)}
    assert save_zone(manager, name="А", state="PLANNED", **terms).planned_from == date(2027, 1, 1)
    assert save_zone(manager, name="Б", state="AVAILABLE", **terms).planned_from is None


def test_two_zones_of_one_name_are_refused(manager, internet):
    save_zone(manager, name="Центр", category=internet, geometry=SQUARE)
    with pytest.raises(DomainError) as caught:
        save_zone(manager, name="Центр", category=internet, geometry=SQUARE)
    assert caught.value.field == "name"


def changes(actor, zone, statement, building, category):
    """Every service that changes coverage, for trying rights."""
    return {
        "save": lambda: save_zone(actor, name="Н", category=category, geometry=SQUARE),
        "change": lambda: save_zone(actor, name="Н", category=category, zone=zone),
        "import": lambda: import_zones(actor, content=geojson("И"), category=category),
        "retire": lambda: retire_zone(actor, zone),
        "restore": lambda: restore_zone(actor, zone),
        "state": lambda: state_building_coverage(actor, building=building, category=category),
        "withdraw": lambda: withdraw_building_coverage(actor, statement),
        "revise": lambda: revise_zone(actor, zone, {"max_speed": 10}),
        "confirm": lambda: revise_zone(actor, zone, {}),
        "restate": lambda: revise_statement(actor, statement, {"max_speed": 10}),
        "check": lambda: check_coverage(actor, zone.provider),
    }


STRANGERS = {
    "viewer": lambda provider: make_actor(role=Role.VIEWER, organization=provider),
    "member": lambda provider: make_actor(role=Role.MEMBER, organization=provider),
    "agency": lambda provider: make_actor(AGENCY, Role.OWNER),
    "support": lambda provider: make_staff(StaffScope.SUPPORT, provider),
    "nobody": lambda provider: ANONYMOUS,
}
WHAT = list(changes(*[None] * 5))
# Another provider states its own coverage; it only keeps its hands off this one's.
OTHERS = [
    ("other provider", what)
    for what in (
        "change", "retire", "restore", "withdraw", "revise", "confirm", "restate", "check",
    )
]  # fmt: skip


@pytest.mark.parametrize(
    ("who", "what"), [(who, what) for who in STRANGERS for what in WHAT] + OTHERS
)
def test_only_managers_of_the_provider_change_its_coverage(internet, who, what):
    provider = OrganizationFactory(kind=PROVIDER)
    make = STRANGERS.get(who, lambda provider: make_actor(PROVIDER, Role.OWNER))
    zone = CoverageZoneFactory(provider=provider)
    statement = BuildingCoverageFactory(provider=provider)
    with pytest.raises(Forbidden):
        changes(make(provider), zone, statement, BuildingFactory(), internet)[what]()
    assert not Event.objects.exists()


@pytest.mark.parametrize("what", WHAT)
def test_owners_may_do_all_of_it(internet, what):
    actor = make_actor(PROVIDER, Role.OWNER)
    zone = CoverageZoneFactory(provider=actor.organization)
    statement = BuildingCoverageFactory(provider=actor.organization)
    changes(actor, zone, statement, BuildingFactory(), internet)[what]()


def test_an_administrator_says_for_which_provider(internet):
    admin, provider = make_staff(), OrganizationFactory(kind=PROVIDER)
    with pytest.raises(DomainError) as caught:
        save_zone(admin, name="Ц", category=internet, geometry=SQUARE)
    assert caught.value.field == "provider"
    with pytest.raises(DomainError):
        save_zone(
            admin, name="Ц", category=internet, geometry=SQUARE, provider=OrganizationFactory()
        )
    zone = save_zone(admin, name="Ц", category=internet, geometry=SQUARE, provider=provider)
    assert zone.provider == provider


def test_a_retired_zone_comes_back_as_a_statement_of_now(manager, internet):
    building = BuildingFactory()
    old = CoverageZoneFactory(
        provider=manager.organization, stated_at=timezone.now() - timedelta(days=9)
    )
    retire_zone(manager, old)
    retire_zone(manager, old)
    assert statements_at(building) == []
    zone = restore_zone(manager, old)
    assert zone.stated_at > timezone.now() - timedelta(minutes=1)
    assert len(statements_at(building)) == 1
    assert [data for _kind, data in kinds_told(manager.organization)] == [
        {"state": "RETIRED"},
        {"state": "AVAILABLE"},
    ]


# --- import of zones --------------------------------------------------------------------------


def test_a_file_of_zones_is_imported_and_imported_again(manager, internet):
    outcome = import_zones(
        manager, content=geojson("Центр", "Север"), category=internet, technology="FTTB"
    )
    assert (outcome.created, outcome.replaced) == (2, 0)
    retire_zone(manager, CoverageZone.objects.get(name="Север"))
    again = import_zones(
        manager, content=geojson("Север", "Юг"), category=internet, technology="FTTB", max_speed=100
    )
    assert (again.created, again.replaced) == (1, 1)
    zones = CoverageZone.objects.order_by("pk").values_list("name", "max_speed", "is_active")
    assert list(zones) == [("Центр", None, True), ("Север", 100, True), ("Юг", 100, True)]


def test_a_zone_of_another_technology_is_another_zone(manager, internet):
    for technology in ("FTTB", "GPON"):
        import_zones(manager, content=geojson("Ц"), category=internet, technology=technology)
    assert CoverageZone.objects.count() == 2


def test_zones_without_names_get_one_and_its_number(manager, internet):
    import_zones(manager, content=geojson("", ""), category=internet, name="Казань")
    import_zones(manager, content=json.dumps(SQUARE).encode(), category=internet, name="Одна")
    assert set(CoverageZone.objects.values_list("name", flat=True)) == {
        "Казань 1",
        "Казань 2",
        "Одна",
    }


def test_a_faulty_file_changes_nothing(manager, internet):
    broken = {"type": "Polygon", "coordinates": [SQUARE["coordinates"][0][:-1]]}
    for content in (geojson("А", geometry=broken), geojson("А", "А"), b"nonsense"):
        with pytest.raises(OutlinesError):
            import_zones(manager, content=content, category=internet)
    assert not CoverageZone.objects.exists()


# --- statements about buildings ---------------------------------------------------------------


def test_a_building_is_stated_once_and_stated_again(manager, internet):
    building = BuildingFactory()
    first = state_building_coverage(
        manager, building=building, category=internet, technology="FTTB", max_speed=100
    )
    second = state_building_coverage(
        manager, building=building, category=internet, technology="FTTB", state="NOT_AVAILABLE"
    )
    assert first.pk == second.pk
    assert [(said.state, said.max_speed) for said in statements_at(building)] == [
        ("NOT_AVAILABLE", None)
    ]
    assert len(kinds_told(manager.organization)) == 2


def test_a_withdrawn_statement_lets_the_zone_speak_again(manager, internet):
    building = BuildingFactory()
    CoverageZoneFactory(provider=manager.organization)
    statement = state_building_coverage(
        manager, building=building, category=internet, state="NOT_AVAILABLE"
    )
    withdraw_building_coverage(manager, statement)
    assert [said.origin for said in statements_at(building)] == ["zone"]
    assert not BuildingCoverage.objects.exists()


def test_a_building_that_one_does_not_see_cannot_be_stated(manager, internet):
    hidden = BuildingFactory(status=Building.Status.PENDING, added_by=OrganizationFactory())
    with pytest.raises(NotVisible):
        state_building_coverage(manager, building=hidden, category=internet)


# --- buildings and units ----------------------------------------------------------------------


def test_a_unit_is_one_in_every_spelling():
    agent, building = make_actor(AGENCY, Role.MEMBER), BuildingFactory()
    unit = unit_of(agent, building, "кв. 47 а")
    assert unit.number == "47А"
    assert unit_of(agent, building, " 47а ") == unit
    assert Unit.objects.count() == 1


def test_a_private_house_has_one_unit_without_number():
    agent, house = make_actor(AGENCY), BuildingFactory(is_private_house=True)
    unit = unit_of(agent, house, "5")
    assert unit.number == ""
    assert unit_of(agent, house, "") == unit


@pytest.mark.parametrize("number", ["", "  ", "кв.", "9" * 21])
def test_a_flat_without_a_number_is_refused(number):
    with pytest.raises(DomainError) as caught:
        unit_of(make_actor(AGENCY), BuildingFactory(), number)
    assert caught.value.field == "unit_number"
    assert not Unit.objects.exists()


def test_who_only_reads_or_does_not_see_the_building_names_no_unit():
    building = BuildingFactory()
    for actor in (ANONYMOUS, make_actor(AGENCY, Role.VIEWER)):
        with pytest.raises(Forbidden):
            unit_of(actor, building, "1")
    building.status, building.added_by = Building.Status.PENDING, OrganizationFactory()
    building.save()
    with pytest.raises(NotVisible):
        unit_of(make_actor(AGENCY), building, "1")


def added(actor, city, number="12", **fields):
    place = {
        "street_type": "ул",
        "street_name": "Чистопольская",
        "latitude": 55.8,
        "longitude": 49.1,
    }
    return add_building(actor, city=city, number=number, **(place | fields))


def test_an_added_building_is_its_organizations_until_verified():
    agent, city = make_actor(AGENCY), CityFactory()
    building = added(agent, city)
    assert (building.status, building.verified_key) == (Building.Status.PENDING, None)
    assert kinds_told(agent.organization) == [("building.added", {})]
    assert Building.objects.visible_to(agent).get() == building
    colleague = make_actor(organization=agent.organization, role=Role.VIEWER)
    assert Building.objects.visible_to(colleague).exists()
    assert not Building.objects.visible_to(make_actor(AGENCY)).exists()
    assert not Building.objects.visible_to(ANONYMOUS).exists()


def test_adding_what_stands_there_gives_it_back():
    agent, city = make_actor(AGENCY), CityFactory()
    mine = added(agent, city, "12 корп 2")
    assert added(agent, city, "д. 12к2", street_type="улица") == mine
    verified = added(system_actor(), city, "14")
    assert verified.status == Building.Status.VERIFIED
    assert added(agent, city, "14") == verified
    assert added(make_actor(AGENCY), city, "12 корп 2") != mine
    assert Building.objects.count() == 3


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"number": ""}, "number"),
        ({"number": "№"}, "number"),
        ({"number": "1" * 31}, "number"),
        ({"latitude": 91}, "latitude"),
        ({"latitude": float("nan")}, "latitude"),
        ({"longitude": -181}, "longitude"),
        ({"street_name": "!"}, "street_name"),
        ({"street_name": "я" * 151}, "street_name"),
    ],
)
def test_a_building_that_cannot_be_is_refused_by_field(fields, field):
    with pytest.raises(DomainError) as caught:
        added(make_actor(AGENCY), CityFactory(), **fields)
    assert caught.value.field == field
    assert not Building.objects.exists()


def test_who_only_reads_adds_no_building():
    for actor in (ANONYMOUS, make_actor(AGENCY, Role.VIEWER), make_staff(StaffScope.SUPPORT)):
        with pytest.raises(Forbidden):
            added(actor, CityFactory())
