"""Which statements answer for a building or a point: DOMAIN.md, Availability, case by case."""

from datetime import date, timedelta

import pytest
from django.utils import timezone

from core import clock
from core.choices import OrganizationKind
from locations.models import CoverageState
from locations.selectors.coverage import statements_at, statements_at_point
from locations.tests.factories import (
    BuildingCoverageFactory,
    BuildingFactory,
    CoverageZoneFactory,
    ServiceCategoryFactory,
    square,
)
from users.tests.factories import OrganizationFactory

pytestmark = pytest.mark.django_db

NOW = timezone.now()
AVAILABLE, PLANNED = CoverageState.AVAILABLE, CoverageState.PLANNED
SURVEY, NOT_AVAILABLE = CoverageState.SURVEY, CoverageState.NOT_AVAILABLE


@pytest.fixture
def building():
    return BuildingFactory()


@pytest.fixture
def provider():
    return OrganizationFactory(kind=OrganizationKind.PROVIDER)


def told(statements):
    return [(said.origin, said.state, said.technology) for said in statements]


def test_no_statement_is_no_answer(building):
    CoverageZoneFactory(geometry=square(56.5, 49.1115))
    assert statements_at(building) == []


def test_a_zone_around_a_building_speaks_for_it(building, provider):
    zone = CoverageZoneFactory(provider=provider, technology="GPON", max_speed=1000)
    (said,) = statements_at(building)
    assert (said.provider_id, said.category_id) == (provider.pk, zone.category_id)
    assert (said.technology, said.max_speed, said.state) == ("GPON", 1000, AVAILABLE)
    assert (said.origin, said.zone_name) == ("zone", zone.name)
    assert said.stated_at == zone.stated_at
    assert statements_at_point(building.latitude, building.longitude) == [said]


def test_a_building_overrides_a_newer_zone_of_the_same_technology(building, provider):
    BuildingCoverageFactory(
        building=building,
        provider=provider,
        technology="FTTB",
        state=NOT_AVAILABLE,
        stated_at=NOW - timedelta(days=90),
    )
    CoverageZoneFactory(provider=provider, technology="FTTB", stated_at=NOW)
    assert told(statements_at(building)) == [("building", NOT_AVAILABLE, "FTTB")]


def test_a_building_without_technology_overrides_zones_of_every_technology(building, provider):
    BuildingCoverageFactory(building=building, provider=provider, state=NOT_AVAILABLE)
    CoverageZoneFactory(provider=provider, technology="FTTB")
    CoverageZoneFactory(provider=provider, technology="GPON")
    assert told(statements_at(building)) == [("building", NOT_AVAILABLE, "")]


def test_a_building_overrides_only_its_own_technology_provider_and_category(building, provider):
    BuildingCoverageFactory(
        building=building, provider=provider, technology="FTTB", state=NOT_AVAILABLE
    )
    CoverageZoneFactory(provider=provider, technology="GPON")
    CoverageZoneFactory(technology="FTTB")
    CoverageZoneFactory(
        provider=provider, technology="FTTB", category=ServiceCategoryFactory(code="tv")
    )
    assert sorted(told(statements_at(building))) == [
        ("building", NOT_AVAILABLE, "FTTB"),
        ("zone", AVAILABLE, "FTTB"),
        ("zone", AVAILABLE, "FTTB"),
        ("zone", AVAILABLE, "GPON"),
    ]


def test_the_newest_zone_wins_even_when_it_offers_less(building, provider):
    CoverageZoneFactory(provider=provider, state=AVAILABLE, stated_at=NOW - timedelta(days=2))
    CoverageZoneFactory(provider=provider, state=SURVEY, stated_at=NOW - timedelta(days=1))
    assert told(statements_at(building)) == [("zone", SURVEY, "")]


def test_of_two_statements_of_one_moment_the_better_wins(building, provider):
    CoverageZoneFactory(provider=provider, state=SURVEY, stated_at=NOW)
    CoverageZoneFactory(provider=provider, state=AVAILABLE, stated_at=NOW)
    assert told(statements_at(building)) == [("zone", AVAILABLE, "")]


def test_the_best_state_comes_first_then_the_nearest_date(building):
    soon, late = date(2027, 1, 1), date(2027, 6, 1)
    for state, day in [
        (NOT_AVAILABLE, None),
        (PLANNED, late),
        (SURVEY, None),
        (PLANNED, soon),
        (AVAILABLE, None),
    ]:
        CoverageZoneFactory(state=state, planned_from=day)
    found = [(said.state, said.planned_from) for said in statements_at(building)]
    assert found == [
        (AVAILABLE, None),
        (PLANNED, soon),
        (PLANNED, late),
        (SURVEY, None),
        (NOT_AVAILABLE, None),
    ]


def test_an_expired_statement_is_silent_from_that_moment(building, provider):
    BuildingCoverageFactory(
        building=building, provider=provider, state=NOT_AVAILABLE, expires_at=NOW
    )
    CoverageZoneFactory(provider=provider, expires_at=NOW + timedelta(hours=1))
    with clock.set_to(NOW - timedelta(seconds=1)):
        assert told(statements_at(building)) == [("building", NOT_AVAILABLE, "")]
    with clock.set_to(NOW):
        assert told(statements_at(building)) == [("zone", AVAILABLE, "")]
    with clock.set_to(NOW + timedelta(hours=1)):
        assert statements_at(building) == []


def test_a_retired_zone_is_silent(building):
    CoverageZoneFactory(is_active=False)
    assert statements_at(building) == []


@pytest.mark.parametrize(
    ("fields", "heard"),
    [
        ({}, True),
        ({"verified_at": None}, False),
        ({"verified_at": None, "is_claimed": False}, True),
        ({"is_active": False}, False),
    ],
)
def test_only_providers_that_work_on_the_portal_are_heard(building, fields, heard):
    provider = OrganizationFactory(kind=OrganizationKind.PROVIDER, **fields)
    BuildingCoverageFactory(building=building, provider=provider)
    CoverageZoneFactory(provider=provider, category=ServiceCategoryFactory(code="tv"))
    assert len(statements_at(building)) == (2 if heard else 0)


def test_a_building_on_the_edge_of_a_zone_is_in_it():
    zone = square(55.7944, 49.1115, 0.01)
    CoverageZoneFactory(geometry=zone)
    (west, south), (east, _), *_ = zone["coordinates"][0]
    assert len(statements_at_point(south, (west + east) / 2)) == 1
    assert len(statements_at_point(south, west)) == 1
    assert statements_at_point(south - 1e-9, west) == []


def test_three_queries_at_most_and_shapes_are_read_once(building, django_assert_num_queries):
    for offset in range(3):
        # The building lies in a border cell of each.
        half = 0.0001 + offset / 100_000
        CoverageZoneFactory(geometry=square(building.latitude, building.longitude, half))
    BuildingCoverageFactory(building=building)
    with django_assert_num_queries(3):
        assert len(statements_at(building)) == 4
    with django_assert_num_queries(2):
        assert len(statements_at(building)) == 4


def test_a_changed_outline_is_seen_at_once(building, django_assert_num_queries):
    zone = CoverageZoneFactory(geometry=square(building.latitude, building.longitude, 0.0001))
    assert len(statements_at(building)) == 1
    zone.geometry = square(building.latitude + 0.0003, building.longitude, 0.0001)
    zone.version += 1
    zone.save()
    assert statements_at(building) == []
