"""The map page and its layers: what is shown, to whom, and what it costs."""

import json

import numpy as np
import pytest
from django.core.cache import caches
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from core.choices import OrganizationKind, Role
from core.tests.reading import seen
from locations.cells import key_of
from locations.services.building_counts import mend_counts
from locations.tests.factories import (
    BuildingFactory,
    CityFactory,
    CoverageZoneFactory,
    ServiceCategoryFactory,
    StreetFactory,
    UnitFactory,
    square,
)
from locations.viewport import Viewport
from subscriptions.choices import RequestState
from subscriptions.models import ConnectionRequest
from subscriptions.models.teams import TeamPlace
from subscriptions.selectors import map_places
from subscriptions.selectors.map_places import own_places
from subscriptions.tests.factories import PlanFactory, RequestFactory, request_in
from users.tests.factories import TeamFactory, make_actor, make_staff

pytestmark = pytest.mark.django_db
S = RequestState
CITY = "bbox=49.0,55.7,49.3,55.9&zoom=12"
CLOSE = "bbox=49.10,55.785,49.13,55.805&zoom=17"
LAYERS = ["map_buildings", "map_zones", "map_requests", "map_subscriptions"]


@pytest.fixture
def agent():
    return make_actor()


@pytest.fixture
def browser(sign_in, agent):
    return sign_in(agent)


def features(browser, name, query=CITY):
    answer = browser.get(f"{reverse(name)}?{query}")
    assert answer.status_code == 200, answer.content
    assert answer["Content-Type"] == "application/geo+json"
    return json.loads(answer.content)["features"]


def titles(browser, name, query=CITY):
    return sorted(row["properties"]["title"] for row in features(browser, name, query))


def house(number="1", street=None, **fields):
    return BuildingFactory(street=street or StreetFactory(name="Лесная"), number=number, **fields)


def filed(owner, building, state=S.CHECKING, **fields):
    return request_in(state, owner=owner, unit=UnitFactory(building=building), **fields)


class TestLayers:
    def test_own_requests_and_subscriptions_stand_where_they_are(self, browser, agent):
        here, there = house(), house("2", latitude=55.80)
        filed(agent.organization, here)
        filed(agent.organization, here)
        filed(agent.organization, there, S.CONNECTED)
        filed(agent.organization, there, S.REJECTED)
        (requests,) = features(browser, "map_requests", CLOSE)
        assert requests["geometry"]["coordinates"] == [here.longitude, here.latitude]
        assert requests["properties"]["title"] == f"{here.address}: 2 заявки"
        assert requests["properties"]["fragment"] == reverse("map_building", args=[here.public_id])
        assert titles(browser, "map_subscriptions", CLOSE) == [f"{there.address}: 1 подписка"]

    def test_from_afar_they_are_counted(self, browser, agent):
        for number in range(3):
            filed(agent.organization, house(str(number)))
        filed(agent.organization, house("9", latitude=60.0, longitude=30.0))
        (cluster,) = features(browser, "map_requests")
        assert cluster["properties"]["count"] == 3
        assert cluster["properties"]["title"] == "3 заявки"
        west, south, east, north = cluster["properties"]["expand"]
        assert west < 49.1115 < east
        assert south < 55.7944 < north

    def test_never_another_tenants(self, browser, sign_in, agent):
        building = house()
        other = make_actor()
        theirs = filed(other.organization, building)
        filed(other.organization, building, S.CONNECTED)
        operator = make_actor(OrganizationKind.PROVIDER, organization=theirs.provider)
        for name in ("map_requests", "map_subscriptions"):
            assert features(browser, name, CLOSE) == []
        assert titles(sign_in(other), "map_requests", CLOSE) == [f"{building.address}: 1 заявка"]
        # The provider sees what was filed to it, and drafts are the agent's alone.
        RequestFactory(owner=other.organization, plan=theirs.plan, unit=theirs.unit)
        assert titles(sign_in(operator), "map_requests", CLOSE) == [f"{building.address}: 1 заявка"]
        popup = browser.get(reverse("map_building", args=[building.public_id]))
        assert theirs.number not in popup.content.decode()
        assert theirs.number in sign_in(other).get(popup.wsgi_request.path).content.decode()

    def test_not_even_of_the_same_building_in_the_list(self, browser, agent):
        building = house()
        filed(make_actor().organization, building)
        text = seen(browser.get(f"/map/?{CLOSE}"))
        assert f"{building.address} — —" in text
        filed(agent.organization, building)
        assert f"{building.address} 1 —" in seen(browser.get(f"/map/?{CLOSE}"))

    def test_a_team_sees_its_places_alone(self, sign_in):
        boss = make_actor(OrganizationKind.COMPANY)
        member = make_actor(OrganizationKind.COMPANY, Role.MEMBER, boss.organization)
        team = TeamFactory(organization=boss.organization)
        member.user.memberships.update(team=team)
        mine, other = house(), house("2", latitude=55.80)
        for building in (mine, other):
            filed(make_actor().organization, building, holder=boss.organization)
        TeamPlace.objects.create(team=team, building=mine)
        assert titles(sign_in(member), "map_requests", CLOSE) == [f"{mine.address}: 1 заявка"]
        assert len(titles(sign_in(boss), "map_requests", CLOSE)) == 2

    def test_many_are_kept_for_the_same_organization_alone(self, monkeypatch, agent):
        monkeypatch.setattr(map_places, "_MANY", 0)
        filed(agent.organization, house())
        other = make_actor()
        view = Viewport.read("49.10,55.785,49.13,55.805", "17")
        assert len(own_places(agent, "requests", {}, view)) == 1
        assert own_places(other, "requests", {}, view) == []
        assert own_places(agent, "subscriptions", {}, view) == []
        operator = make_actor(
            OrganizationKind.PROVIDER, organization=ConnectionRequest.objects.get().provider
        )
        assert len(own_places(operator, "requests", {}, view)) == 1
        ConnectionRequest.objects.all().delete()
        assert len(own_places(agent, "requests", {}, view)) == 1
        caches["local"].clear()
        assert own_places(agent, "requests", {}, view) == []

    def test_the_bar_narrows_them(self, browser, agent):
        tv = ServiceCategoryFactory(code="tv", name_ru="ТВ")
        plan = PlanFactory(category=tv)
        filed(agent.organization, house(), plan=plan)
        filed(agent.organization, house("2", latitude=55.80))
        assert len(titles(browser, "map_requests", CLOSE)) == 2
        assert len(titles(browser, "map_requests", f"{CLOSE}&category=tv")) == 1
        one = f"{CLOSE}&provider={plan.provider.public_id}"
        assert len(titles(browser, "map_requests", one)) == 1

    def test_zones_of_the_chosen_service_or_provider(self, browser, sign_in):
        tv = ServiceCategoryFactory(code="tv", name_ru="ТВ")
        shown = CoverageZoneFactory(name="Центр", category=tv)
        planned = CoverageZoneFactory(
            name="Север", category=tv, state="PLANNED", planned_from="2027-01-01"
        )
        CoverageZoneFactory(name="Интернет")
        answer = json.loads(browser.get(f"/map/zones/?{CITY}").content)
        assert answer["features"] == []
        assert answer["notice"] == "Выберите услугу, чтобы увидеть зоны."
        assert titles(browser, "map_zones", f"{CITY}&category=tv") == sorted(
            f"{zone.provider.name}, {zone.name}" for zone in (shown, planned)
        )
        (row,) = features(browser, "map_zones", f"{CITY}&category=tv&state=PLANNED")
        assert row["properties"]["tone"] == "info"
        assert "url" not in row["properties"]
        operator = make_actor(OrganizationKind.PROVIDER, organization=shown.provider)
        (own,) = features(sign_in(operator), "map_zones")
        assert own["properties"]["url"] == reverse("coverage_zone", args=[shown.public_id])

    def test_staff_without_an_organization_have_nothing_of_their_own(self, sign_in, agent):
        filed(agent.organization, house())
        staff = sign_in(make_staff())
        assert features(staff, "map_requests", CLOSE) == []
        assert staff.get("/map/").status_code == 200


class TestAsking:
    @pytest.mark.parametrize("name", LAYERS)
    @pytest.mark.parametrize(
        "query",
        [
            "",
            "bbox=nan,0,1,1",
            "bbox=49,56,50,55",
            "bbox=1,2,3",
            f"{CITY}&zoom=x",
            f"{CITY}&colour=red",
            f"{CITY}&category=nothing",
            f"{CITY}&bbox=1,2,3,4",
        ],
    )
    def test_what_is_not_understood_is_refused(self, browser, name, query):
        assert browser.get(f"{reverse(name)}?{query}").status_code == 400

    @pytest.mark.parametrize("name", LAYERS)
    @pytest.mark.parametrize("box", ["-180,-90,180,90", "170,60,190,72", "170,60,-170,72"])
    def test_the_whole_world_and_its_far_side_are_answered(self, browser, name, box):
        assert browser.get(f"{reverse(name)}?bbox={box}&zoom=19").status_code == 200

    @pytest.mark.parametrize("name", LAYERS)
    def test_what_has_not_changed_is_not_sent_again(self, browser, agent, name):
        building = house()
        mend_counts()
        address = f"{reverse(name)}?{CLOSE}"
        answer = browser.get(address)
        tag = answer["ETag"]
        assert answer["Cache-Control"] == "private, no-cache"
        again = browser.get(address, headers={"If-None-Match": tag})
        assert (again.status_code, again.content) == (304, b"")
        filed(agent.organization, building, S.CONNECTED)
        filed(agent.organization, building)
        house("2")
        CoverageZoneFactory()
        changed = browser.get(address, headers={"If-None-Match": tag})
        assert changed.status_code == (304 if name == "map_zones" else 200)

    def test_the_far_side_keeps_its_names(self, browser, agent):
        filed(agent.organization, house(latitude=66.0, longitude=-175.0))
        (row,) = features(browser, "map_requests", "bbox=170,60,190,70&zoom=6")
        assert row["geometry"]["coordinates"] == [185.0, 66.0]

    @pytest.mark.parametrize("name", ["map", *LAYERS])
    def test_signed_out_one_is_sent_to_sign_in(self, client, name):
        answer = client.get(f"{reverse(name)}?{CITY}")
        assert answer.status_code == 302
        assert "/users/login/" in answer["Location"]


class TestList:
    def test_a_close_view_lists_its_buildings_page_by_page(self, browser):
        street = StreetFactory(name="Лесная")
        for number in range(30):
            house(f"{number:02d}", street)
        house("99", street, latitude=60.0)
        first = browser.get(f"/map/?{CLOSE}").content.decode()
        assert first.count('class="lead-cell"') == 25
        after = browser.get(f"/map/?{CLOSE}").context["page"].next_cursor
        second = browser.get(f"/map/?{CLOSE}&after={after}")
        assert second.content.decode().count('class="lead-cell"') == 5

    def test_a_wide_view_lists_its_cities_the_largest_first(self, browser):
        CityFactory(name="Казань", population=1_300_000)
        CityFactory(name="Зеленодольск", population=99_000, latitude=55.84, longitude=48.52)
        CityFactory(name="Пермь", latitude=58.0, longitude=56.3)
        text = browser.get("/map/?bbox=48,55,50,56.5&zoom=9").content.decode()
        assert text.index("?city=%D0%9A") < text.index("?city=%D0%97")
        assert "Пермь" not in text

    def test_a_city_is_gone_to_by_name(self, browser):
        kazan = CityFactory(name="Казань")
        here = house(street=StreetFactory(city=kazan))
        house("2", latitude=60.0)
        answer = browser.get("/map/?city=казань")
        assert seen(answer).count(here.address) == 1
        west, south, east, north = answer.context["bounds"]
        assert west < kazan.longitude < east
        assert south < kazan.latitude < north
        lost = browser.get("/map/?city=Китеж")
        assert "Города «Китеж» нет." in seen(lost)

    def test_it_opens_where_one_works(self, browser, agent):
        assert browser.get("/map/").context["bounds"] is None
        building = house()
        filed(agent.organization, building)
        west, _south, east, _north = browser.get("/map/").context["bounds"]
        assert west < building.city.longitude < east
        assert building.address in seen(browser.get("/map/"))

    def test_the_list_alone_for_the_script(self, browser):
        house()
        answer = browser.get(f"/map/?{CLOSE}", headers={"X-Requested-With": "map-list"})
        assert b"<html" not in answer.content
        assert b'class="lead-cell"' in answer.content
        assert answer["Cache-Control"] == "private, no-store"

    @pytest.mark.parametrize("query", ["bbox=x", f"{CLOSE}&after=zzz", "colour=red"])
    def test_nonsense_is_refused(self, browser, query):
        assert browser.get(f"/map/?{query}").status_code == 400


class TestCost:
    @pytest.mark.parametrize("name", ["map", *LAYERS])
    def test_the_same_queries_with_one_row_and_with_three(self, browser, agent, name):
        street = StreetFactory(name="Лесная")
        category = ServiceCategoryFactory()
        counts = []
        for number in (1, 2, 3):
            building = house(str(number), street)
            filed(agent.organization, building)
            filed(agent.organization, building, S.CONNECTED)
            CoverageZoneFactory(category=category, geometry=square(55.79, 49.11, 0.1))
            mend_counts()
            caches["local"].clear()
            address = f"{reverse(name)}?{CLOSE}&category=internet"
            browser.get(address)
            with CaptureQueriesContext(connection) as queries:
                assert browser.get(address).status_code == 200
            counts.append(len(queries))
        assert counts[0] == counts[2]
        assert counts[0] <= 12


def test_clusters_of_own_places_equal_counting(agent):
    """Against counting in plain Python, over random places."""
    chance = np.random.default_rng(7)
    street = StreetFactory()
    places = []
    for number in range(40):
        latitude, longitude = chance.uniform(55.75, 55.85), chance.uniform(49.0, 49.2)
        building = house(str(number), street, latitude=latitude, longitude=longitude)
        rows = int(chance.integers(1, 3))
        for _ in range(rows):
            filed(agent.organization, building)
        places.append((building, rows))
    view = Viewport.read("49.05,55.77,49.15,55.83", "13")
    expected: dict[int, int] = {}
    for building, rows in places:
        if view.contains(building.latitude, building.longitude):
            key = key_of(building.cell, view.resolution)
            expected[key] = expected.get(key, 0) + rows
    found = {cluster.key: cluster.count for cluster in own_places(agent, "requests", {}, view)}
    assert found == expected
