"""Cities that an organization works in come first."""

import pytest

from core.actor import ANONYMOUS
from core.choices import OrganizationKind
from locations.selectors import familiar
from locations.selectors.suggestions import suggest
from locations.services.vocabulary import learn_missing
from locations.tests.factories import (
    BuildingCoverageFactory,
    BuildingFactory,
    CityFactory,
    CoverageZoneFactory,
    StreetFactory,
)
from users.tests.factories import make_actor

pytestmark = pytest.mark.django_db


@pytest.fixture
def cities():
    """A large city and a small one with the same streets; and two of one name."""
    large = CityFactory(name="Москва", population=12_000_000, latitude=55.75, longitude=37.61)
    small = CityFactory(name="Чистополь", population=60_000)
    one = CityFactory(name="Кировск", qualifier="Ленинградская область", population=26_000)
    other = CityFactory(name="Кировск", qualifier="Мурманская область", population=25_000)
    for city in (large, small, one, other):
        for name in ("Ленина", "Садовая"):
            BuildingFactory(street=StreetFactory(city=city, name=name), number="5")
    learn_missing()
    return {"large": large, "small": small, "other": other}


def texts(actor, text):
    return [place.text for place in suggest(actor, text)]


def works_in(city):
    provider = make_actor(OrganizationKind.PROVIDER)
    BuildingCoverageFactory(building=city.buildings.first(), provider=provider.organization)
    return provider


def test_without_work_the_largest_city_is_first(cities):
    for actor in (ANONYMOUS, make_actor(OrganizationKind.PROVIDER)):
        assert texts(actor, "ленина 5")[0] == "Москва, ул Ленина, д 5"


@pytest.mark.parametrize("text", ["ленина 5", "ленена 5", "ktybyf 5", "lenina 5"])
def test_houses_of_ones_own_city_are_first_and_the_others_follow(cities, text):
    found = texts(works_in(cities["small"]), text)
    assert found[:2] == ["Чистополь, ул Ленина, д 5", "Москва, ул Ленина, д 5"]
    assert len(found) == len(set(found)) == 4


def test_streets_and_cities_too(cities):
    actor = works_in(cities["other"])
    assert texts(actor, "садов")[0] == "Кировск (Мурманская область), ул Садовая"
    assert texts(actor, "кировск")[0] == "Кировск (Мурманская область)"
    assert texts(actor, "кировск ленина 5")[0] == "Кировск (Мурманская область), ул Ленина, д 5"
    assert texts(ANONYMOUS, "кировск")[0] == "Кировск (Ленинградская область)"


def test_a_zone_over_the_middle_of_a_city_makes_it_ones_own(cities):
    provider = make_actor(OrganizationKind.PROVIDER)
    CoverageZoneFactory(provider=provider.organization)
    # Of the fixture's cities all but Moscow stand in the zone's place.
    assert cities["large"].pk not in familiar.familiar_cities(provider)
    assert cities["small"].pk in familiar.familiar_cities(provider)


def test_one_city_does_not_hide_the_others(cities):
    for number in range(10):
        BuildingFactory(street=cities["small"].streets.get(name="Ленина"), number=f"5{number}")
    found = texts(works_in(cities["small"]), "ленина 5")
    assert len(found) == 8
    assert "Москва, ул Ленина, д 5" in found


def test_what_an_organization_works_in_is_asked_once(cities, django_assert_num_queries):
    actor = works_in(cities["small"])
    assert familiar.familiar_cities(actor) == (cities["small"].pk,)
    with django_assert_num_queries(0):
        assert familiar.familiar_cities(actor) == (cities["small"].pk,)
        assert familiar.familiar_cities(ANONYMOUS) == ()
