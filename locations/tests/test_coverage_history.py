"""Versions of statements: what they said, who changed them, and edits of an old one refused."""

import json
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone, translation

from core.actor import system_actor
from core.choices import OrganizationKind, PartyRole, Role, Via
from core.errors import Conflict, Forbidden
from core.models import Event, EventParty
from core.tests.reading import seen
from locations.models import BuildingCoverage, CoverageRecord, CoverageZone
from locations.selectors.coverage import statements_at
from locations.selectors.history import building_history, zone_history
from locations.services import (
    contradict,
    retire_zone,
    revise_statement,
    revise_zone,
    save_zone,
    state_building_coverage,
    withdraw_building_coverage,
)
from locations.tests.factories import (
    BuildingCoverageFactory,
    BuildingFactory,
    CoverageZoneFactory,
    ServiceCategoryFactory,
    square,
)
from users.tests.factories import OrganizationFactory, make_actor

pytestmark = pytest.mark.django_db

PROVIDER = OrganizationKind.PROVIDER
SQUARE = square(55.7944, 49.1115)


@pytest.fixture(autouse=True)
def english():
    with translation.override("en"):
        yield


@pytest.fixture
def internet():
    return ServiceCategoryFactory()


@pytest.fixture
def manager():
    actor = make_actor(PROVIDER, Role.MANAGER)
    actor.user.language = "en"
    actor.user.full_name = "Anna Ivanova"
    actor.user.save()
    return actor


def told(entries):
    return [(str(entry.title), entry.text) for entry in entries]


def test_a_zone_tells_what_it_said_newest_first(manager, internet):
    zone = save_zone(manager, name="Centre", category=internet, geometry=SQUARE)
    save_zone(manager, zone=zone, name="Centre", category=internet, state="SURVEY", max_speed=100)
    save_zone(
        manager, zone=zone, name="Centre", category=internet, state="SURVEY", max_speed=100,
        geometry=square(55.8, 49.2),
    )  # fmt: skip
    revise_zone(manager, zone, {})
    retire_zone(manager, zone)
    entries = zone_history(manager, zone)
    assert told(entries) == [
        ("Retired", ""),
        ("Confirmed", ""),
        ("Changed", "Outline: former → new"),
        ("Changed", "State: Available → Needs a survey; Speed, Mbit/s: — → 100"),
        ("Stated", "Name: Centre; Service: Internet; State: Available"),
    ]
    assert {entry.who for entry in entries} == {"Anna Ivanova"}


def test_staff_are_staff_to_the_provider_and_files_say_so(manager, internet):
    zone = save_zone(manager, name="Centre", category=internet, geometry=SQUARE)
    revise_zone(manager.through(Via.STAFF), zone, {"max_speed": 5})
    revise_zone(manager.through(Via.IMPORT), zone, {"max_speed": 6})
    who = [entry.who for entry in zone_history(manager, zone)]
    assert who == ["Anna Ivanova, by a file", "Staff of the portal", "Anna Ivanova"]


def test_what_was_said_of_a_building_outlives_its_withdrawal(manager, internet):
    building = BuildingFactory()
    statement = state_building_coverage(manager, building=building, category=internet)
    withdraw_building_coverage(manager, statement)
    again = state_building_coverage(
        manager, building=building, category=internet, state="SURVEY", technology=""
    )
    entries = building_history(manager, building, again.provider_id, internet.pk, "")
    assert [title for title, _text in told(entries)] == ["Stated", "Withdrawn", "Stated"]


def test_history_of_another_provider_is_not_mixed_in(manager, internet):
    building = BuildingFactory()
    state_building_coverage(manager, building=building, category=internet)
    rival = make_actor(PROVIDER, Role.MANAGER)
    other = state_building_coverage(rival, building=building, category=internet)
    entries = building_history(rival, building, other.provider_id, internet.pk, "")
    assert len(entries) == 1


def test_history_costs_the_same_however_long(manager, internet, django_assert_num_queries):
    zone = save_zone(manager, name="Centre", category=internet, geometry=SQUARE)
    for speed in range(1, 30):
        revise_zone(manager, zone, {"max_speed": speed})
    with django_assert_num_queries(2):
        assert len(zone_history(manager, zone)) == 20


# --- versions ---------------------------------------------------------------------------------
def test_an_edit_of_an_older_version_is_refused_with_the_others_change(manager, internet):
    zone = save_zone(manager, name="Centre", category=internet, geometry=SQUARE)
    save_zone(manager, zone=zone, name="Centre", category=internet, state="SURVEY", version=1)
    with pytest.raises(Conflict, match=r"Anna Ivanova.*State: Available → Needs a survey"):
        save_zone(manager, zone=zone, name="Mine", category=internet, version=1)
    stored = CoverageZone.objects.get()
    assert (stored.name, stored.version) == ("Centre", 2)


def test_a_conflict_tells_of_the_technology_that_it_is_about(manager, internet):
    building = BuildingFactory()

    def state(technology, **terms):
        place = {"building": building, "category": internet}
        return state_building_coverage(manager, **place, technology=technology, **terms)

    state("GPON")
    state("ADSL")
    state("GPON", state="SURVEY")
    state("ADSL", max_speed=8)
    with pytest.raises(Conflict) as caught:
        state("GPON", max_speed=100, version=1)
    assert str(caught.value.message).endswith(": State: Available → Needs a survey.")


def test_the_page_shows_the_others_change_and_keeps_what_was_typed(sign_in, manager, internet):
    zone = save_zone(manager, name="Centre", category=internet, geometry=SQUARE)
    browser, address = sign_in(manager), reverse("coverage_zone_edit", args=[zone.public_id])
    shown = browser.get(address).context["form"]
    typed = {
        "name": "Mine", "category": internet.pk, "state": "AVAILABLE",
        "outline": shown.initial["outline"], "version": shown.initial["version"],
    }  # fmt: skip
    revise_zone(manager, zone, {"state": "SURVEY"})
    answer = browser.post(address, typed)
    assert answer.status_code == 409
    assert "State: Available → Needs a survey" in seen(answer)
    assert answer.context["form"]["name"].value() == "Mine"
    assert CoverageZone.objects.get().name == "Centre"
    over = typed | {"version": answer.context["form"]["version"].value()}
    assert browser.post(address, over).status_code == 302
    assert CoverageZone.objects.get().name == "Mine"


def test_a_statement_of_a_building_is_guarded_alike(sign_in, manager, internet):
    building = BuildingFactory()
    statement = state_building_coverage(manager, building=building, category=internet)
    browser = sign_in(manager)
    address = reverse("coverage_building_edit", args=[statement.pk])
    revise_statement(manager, statement, {"max_speed": 77})
    answer = browser.post(address, {"state": "SURVEY", "version": "1"})
    assert answer.status_code == 409
    assert "Speed, Mbit/s: — → 77" in seen(answer)
    assert browser.post(address, {"state": "SURVEY", "version": "2"}).status_code == 302
    assert BuildingCoverage.objects.get().state == "SURVEY"


# --- contradicted -----------------------------------------------------------------------------
@pytest.mark.parametrize("factory", [CoverageZoneFactory, BuildingCoverageFactory])
def test_a_contradicted_statement_tells_its_provider_once(factory):
    row = factory()
    assert contradict(system_actor(), row, refusals=3, since=row.stated_at)
    assert not contradict(system_actor(), row, refusals=4, since=row.stated_at)
    event = Event.objects.get(kind="coverage.contradicted")
    assert event.data == {"refusals": 3}
    party = EventParty.objects.get(event=event)
    assert (party.organization_id, party.role) == (row.provider_id, PartyRole.PROVIDER)


@pytest.mark.parametrize(
    "fields", [{"state": "SURVEY"}, {"state": "NOT_AVAILABLE"}, {"stated_at": timezone.now()}]
)
def test_what_was_stated_anew_or_promises_nothing_is_not_contradicted(fields):
    zone = CoverageZoneFactory(**fields)
    since = zone.stated_at - timedelta(days=1 if "stated_at" in fields else 0)
    assert not contradict(system_actor(), zone, refusals=3, since=since)
    assert CoverageZone.objects.get().contradicted_at is None


def test_only_the_portal_counts_outcomes(manager):
    zone = CoverageZoneFactory(provider=manager.organization)
    with pytest.raises(Forbidden):
        contradict(manager, zone, refusals=3, since=zone.stated_at)


def test_changing_or_confirming_answers_for_it(manager, internet):
    building = BuildingFactory()
    own = {"provider": manager.organization, "category": internet}
    for change in (
        lambda zone, stated: (
            revise_zone(manager, zone, {}),
            revise_statement(manager, stated, {}),
        ),
        lambda zone, stated: (
            save_zone(manager, zone=zone, name=zone.name, category=internet, state="SURVEY"),
            state_building_coverage(manager, building=building, category=internet, state="SURVEY"),
        ),
    ):
        CoverageZone.objects.all().delete()
        BuildingCoverage.objects.all().delete()
        zone = CoverageZoneFactory(**own, contradicted_at=timezone.now())
        stated = BuildingCoverageFactory(**own, building=building, contradicted_at=timezone.now())
        change(zone, stated)
        assert CoverageZone.objects.get().contradicted_at is None
        assert BuildingCoverage.objects.get().contradicted_at is None
        assert statements_at(building)[0].contradicted_at is None


def test_a_contradicted_zone_is_marked_in_the_list_and_on_its_page(sign_in, manager):
    zone = CoverageZoneFactory(provider=manager.organization, contradicted_at=timezone.now())
    CoverageZoneFactory(provider=manager.organization, name="Sound")
    browser = sign_in(manager)
    assert seen(browser.get(reverse("coverage_list"))).count("Refused lately") == 2  # and a filter
    narrowed = browser.get(reverse("coverage_list"), {"standing": "contradicted"})
    assert [row.pk for row in narrowed.context["page"].rows] == [zone.pk]
    page = browser.get(reverse("coverage_zone", args=[zone.public_id]))
    assert "your refusals contradict it" in seen(page)
    browser.post(reverse("coverage_confirm", args=[zone.public_id]))
    zone.refresh_from_db()
    assert (zone.contradicted_at, zone.version) == (None, 2)


def test_records_hold_outlines_only_where_they_are_new(manager, internet):
    zone = save_zone(manager, name="Centre", category=internet, geometry=SQUARE)
    revise_zone(manager, zone, {"max_speed": 10})
    records = CoverageRecord.objects.order_by("pk")
    assert [json.dumps(row.geometry) == json.dumps(zone.geometry) for row in records] == [
        True,
        False,
    ]


def test_an_outsider_sees_no_history():
    record = CoverageRecord.objects
    zone = CoverageZoneFactory()
    manager = make_actor(role=Role.MANAGER, organization=zone.provider)
    revise_zone(manager, zone, {})
    assert record.visible_to(manager).count() == 1
    outsider = make_actor(PROVIDER, Role.OWNER, organization=OrganizationFactory(kind=PROVIDER))
    assert record.visible_to(outsider).count() == 0
    assert record.visible_to(make_actor()).count() == 0
