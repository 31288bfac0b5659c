"""Places and coverage in the admin: found fast, no query per row, geometry only read."""

import pytest
from django.urls import reverse

from core.choices import StaffScope
from locations.models import Building, City, Street
from locations.tests.factories import (
    BuildingCoverageFactory,
    BuildingFactory,
    CityFactory,
    CoverageZoneFactory,
    StreetFactory,
    UnitFactory,
)
from users.models import AccountManagement
from users.tests.factories import OrganizationFactory, make_staff

pytestmark = pytest.mark.django_db

MADE_BY = {
    "region": CityFactory,
    "city": CityFactory,
    "street": StreetFactory,
    "building": BuildingFactory,
    "unit": UnitFactory,
    "servicecategory": CoverageZoneFactory,
    "coveragezone": CoverageZoneFactory,
    "buildingcoverage": BuildingCoverageFactory,
}


@pytest.fixture
def browser(sign_in):
    return sign_in(make_staff())


def listing(model):
    return reverse(f"admin:locations_{model}_changelist")


@pytest.mark.parametrize("model", MADE_BY)
def test_a_list_takes_the_same_few_queries_with_one_row_and_with_three(
    browser, django_assert_max_num_queries, model
):
    counts = []
    for more in (1, 2):
        for _ in range(more):
            MADE_BY[model]()
        browser.get(listing(model))
        with django_assert_max_num_queries(12) as captured:
            assert browser.get(listing(model)).status_code == 200
        counts.append(len(captured))
    assert counts[0] == counts[1]


@pytest.mark.parametrize(
    ("model", "text"),
    [("building", "ул. Лесная 12"), ("buildingcoverage", "лесная, 12"), ("street", "ЛЕСНАЯ УЛИЦА")],
)
def test_a_search_finds_by_the_folded_key(browser, model, text):
    for number in ("12", "13"):
        BuildingCoverageFactory(
            building=BuildingFactory(number=number, street__name="Лесная"),
        )
    found = browser.get(listing(model), {"q": text}).context["cl"].result_list
    assert len(found) == (2 if model == "street" else 1)


def test_a_saved_city_and_street_get_their_keys(browser):
    street = StreetFactory(name="Старая")
    city = street.city
    fields = {
        "region": city.region_id,
        "fias_id": city.fias_id,
        "name": "Новоград",
        "latitude": "55",
        "longitude": "49",
        "population": "7",
        "time_zone": "Europe/Moscow",
    }
    browser.post(reverse("admin:locations_city_change", args=[city.pk]), fields)
    browser.post(
        reverse("admin:locations_street_change", args=[street.pk]),
        {"city": city.pk, "name": "Новая", "type": "ул"},
    )
    assert City.objects.get(pk=city.pk).search_key == "новоград"
    saved = Street.objects.get(pk=street.pk)
    assert (saved.search_key, saved.city_rank) == ("новая", -7)


def test_an_address_is_corrected_in_the_admin_and_decided_on_elsewhere(browser):
    building = BuildingFactory(status=Building.Status.PENDING, added_by=OrganizationFactory())
    fields = {
        "city": building.city_id,
        "street": building.street_id,
        "number": "7 корп 1",
        "latitude": building.latitude,
        "longitude": building.longitude,
        "status": "VERIFIED",
    }
    browser.post(reverse("admin:locations_building_change", args=[building.pk]), fields)
    building.refresh_from_db()
    assert building.address.endswith("д 7 корп 1")
    # Deciding tells whoever added it, and moves what hangs on it: see locations.services.
    assert (building.status, building.verified_key) == (Building.Status.PENDING, None)


@pytest.mark.parametrize(
    ("model", "factory"),
    [("coveragezone", CoverageZoneFactory), ("buildingcoverage", BuildingCoverageFactory)],
)
def test_coverage_is_read_there_and_changed_by_services(browser, model, factory):
    row = factory()
    page = reverse(f"admin:locations_{model}_change", args=[row.pk])
    assert browser.get(page).status_code == 200
    assert browser.post(page, {"state": "SURVEY"}).status_code == 403
    for action in ("add", "delete"):
        args = [] if action == "add" else [row.pk]
        url = reverse(f"admin:locations_{model}_{action}", args=args)
        assert browser.post(url, {"post": "yes"}).status_code == 403
    row.refresh_from_db()
    assert row.state == "AVAILABLE"


def test_the_outline_of_a_zone_is_shown(browser):
    zone = CoverageZoneFactory()
    page = browser.get(reverse("admin:locations_coveragezone_change", args=[zone.pk]))
    assert "&quot;Polygon&quot;" in page.text
    assert "<textarea" not in page.text


def test_an_account_manager_sees_coverage_in_charge_alone(sign_in):
    own, other = CoverageZoneFactory(), CoverageZoneFactory()
    manager = make_staff(StaffScope.ACCOUNT_MANAGER)
    AccountManagement.objects.create(
        user=manager.user, organization=own.provider, created_at=own.stated_at
    )
    found = sign_in(manager).get(listing("coveragezone")).context["cl"].result_list
    assert [zone.pk for zone in found] == [own.pk]
    assert other.pk not in {zone.pk for zone in found}
