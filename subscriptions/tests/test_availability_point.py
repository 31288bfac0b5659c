"""The answer at a point on the map."""

import pytest
from django.test import Client as Browser
from django.urls import reverse

from locations.models import Building
from locations.selectors.points import metres_between, read_point
from locations.tests.factories import BuildingFactory, CoverageZoneFactory, square
from subscriptions.tests.factories import PlanFactory
from users.tests.factories import OrganizationFactory, make_actor

pytestmark = pytest.mark.django_db
HERE = {"lat": "55.7944", "lon": "49.1115"}


def page(**query):
    return Browser().get(reverse("availability_point"), query)


@pytest.mark.parametrize(
    ("typed", "point"),
    [
        ("55.79, 49.12", (55.79, 49.12)),
        ("55.79 49.12", (55.79, 49.12)),
        ("55,79; 49,12", (55.79, 49.12)),
        (" -33.9,-151.2 ", (-33.9, -151.2)),
        ("12, 5", None),
        ("12/2", None),
        ("Казань 55.79, 49.12", None),
        ("9" * 10_000, None),
        ("", None),
    ],
)
def test_two_numbers_of_degrees_are_a_point_and_nothing_else_is(typed, point):
    assert read_point(typed) == point


@pytest.mark.parametrize("field", ["availability", "check"])
def test_a_point_typed_into_the_address_field_is_answered(field):
    answer = Browser().get(reverse(field), {"q": "55.7944, 49.1115"})
    assert answer.url == f"{reverse('availability_point')}?lat=55.7944&lon=49.1115"


def test_zones_at_the_point_speak_and_others_do_not():
    zone, other = CoverageZoneFactory(), CoverageZoneFactory(geometry=square(56, 50))
    plan, elsewhere = PlanFactory(provider=zone.provider), PlanFactory(provider=other.provider)
    html = page(**HERE).content.decode()
    assert plan.name in html
    assert f"зона «{zone.name}»" in html
    assert elsewhere.name not in html


def test_a_plan_of_one_city_is_offered_by_the_nearest_building():
    zone, building = CoverageZoneFactory(), BuildingFactory()
    plan = PlanFactory(provider=zone.provider, everywhere=False)
    assert plan.name not in page(**HERE).content.decode()
    plan.cities.add(building.city)
    assert plan.name in page(**HERE).content.decode()


def test_the_nearest_known_buildings_are_listed_and_nobody_elses_private_one(sign_in):
    far = BuildingFactory(latitude=55.7971)
    near = BuildingFactory(latitude=55.7945)
    private = BuildingFactory()
    agency = make_actor()
    Building.objects.filter(pk=private.pk).update(
        status=Building.Status.PENDING, verified_key=None, added_by=agency.organization
    )
    seen = page(**HERE).context["near"]
    assert [one.public_id for one in seen] == [near.public_id, far.public_id]
    assert seen[1].metres == 300
    own = sign_in(agency).get(reverse("availability_point"), HERE).context["near"]
    assert own[0].public_id == private.public_id


def test_the_sandbox_is_never_in_a_strangers_answer():
    zone = CoverageZoneFactory(
        provider=OrganizationFactory(kind="PROVIDER", is_sandbox=True, name="Песочница")
    )
    plan = PlanFactory(provider=zone.provider)
    html = page(**HERE).content.decode()
    assert plan.name not in html
    assert "Песочница" not in html


@pytest.mark.parametrize(
    "query",
    [
        {"lat": "91", "lon": "0"}, {"lat": "0", "lon": "-181"}, {"lat": "nan", "lon": "0"},
        {"lat": "inf", "lon": "0"}, {"lat": "x", "lon": "y"}, {"lat": "", "lon": ""},
        {"lat": "5" * 500, "lon": "1"}, {"lon": "49"}, {"lat": "\x00", "lon": "1"},
    ],
)  # fmt: skip
def test_what_is_no_point_on_earth_is_refused_beside_its_field(query):
    answer = page(**query)
    assert answer.status_code == 422
    assert answer.context["form"].errors


@pytest.mark.parametrize("point", [("90", "0"), ("-90", "180"), ("0", "-180"), ("0", "0")])
def test_the_ends_of_the_earth_are_answered(point):
    assert page(lat=point[0], lon=point[1]).status_code == 200


def test_without_a_point_there_is_a_form_and_both_numbers_may_stand_in_one_field():
    assert page().status_code == 200
    assert page(lat="55.7944, 49.1115", lon="").context["point"] == "55.794400, 49.111500"


@pytest.mark.parametrize("rows", [1, 3])
def test_a_point_costs_as_few_queries_with_one_row_as_with_three(
    rows, django_assert_max_num_queries
):
    for _n in range(rows):
        zone = CoverageZoneFactory()
        PlanFactory(provider=zone.provider)
        BuildingFactory()
    page(**HERE)
    with django_assert_max_num_queries(5):
        page(**HERE)


def test_distance_is_that_of_the_sphere():
    # A degree of latitude on a sphere of 6,371,009 m.
    assert round(metres_between(0, 0, 1, 0)) == 111_195
    assert round(metres_between(60, 179.5, 60, -179.5)) == round(metres_between(60, 0, 60, 1))
