"""Adding an address where the search knows none; and the page on which it is decided on."""

from dataclasses import dataclass
from typing import Any

import pytest
from django.core.cache import cache
from django.core.management import CommandError, call_command
from django.urls import reverse

from core.choices import OrganizationKind, Role, StaffScope
from core.events.registry import kind as kind_named
from core.models import Event
from core.notifications import Subject, Telling
from core.notifications.registry import say, subjects_of
from core.notifications.telling import people_to_tell
from core.tests.local_server import LocalServer, Said
from core.tests.reading import seen
from locations.addresses import split_house, split_street
from locations.models import Building, BuildingGuest, Street
from locations.selectors.added import TypedParts, added_buildings, typed_parts
from locations.selectors.duplicates import near_duplicates
from locations.selectors.gazetteer import forget
from locations.services import add_building, refuse_building
from locations.tests.factories import BuildingFactory, CityFactory, StreetFactory
from locations.tests.geocoders import ADDRESS, house, nothing
from locations.views import new_address
from users.models import Membership
from users.tests.factories import OrganizationFactory, make_actor, make_staff

pytestmark = pytest.mark.django_db
PENDING = Building.Status.PENDING
NEW = "/addresses/new/"


@pytest.fixture(autouse=True)
def kazan():
    city = CityFactory(name="Казань")
    forget()
    yield city
    forget()


@dataclass
class Agent:
    organization: Any
    browser: Any


@pytest.fixture
def agent(sign_in):
    actor = make_actor(role=Role.MEMBER)
    return Agent(actor.organization, sign_in(actor))


def typed(**fields):
    return {
        "city_name": "Казань",
        "street": "ул Чистопольская",
        "number": "12",
        "latitude": "55.800000",
        "longitude": "49,100000",
        "do": "add",
        **fields,
    }


# --- taking apart what was typed --------------------------------------------------------------
@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("Казань, ул Чистопольская, д 12", ("Казань", "ул Чистопольская", "12")),
        ("казань чистопольская 12 корп 2", ("Казань", "чистопольская", "12 корп 2")),
        ("г. Казань ул. 8 Марта 5а", ("Казань", "ул. 8 Марта", "5а")),
        ("Казань 8 Марта, дом 12/2 кв 47", ("Казань", "8 Марта", "12/2")),
        ("Чистопольская 12", ("", "Чистопольская", "12")),
        ("Казань", ("Казань", "", "")),
        ("", ("", "", "")),
        ("12", ("", "", "12")),
    ],
)
def test_a_typed_address_is_taken_apart_for_the_form(text, parts):
    assert typed_parts(text) == TypedParts(*parts)


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("ул. Ленина", ("ул", "Ленина")),
        ("проспект Победы", ("пр-кт", "Победы")),
        ("Красная площадь", ("пл", "Красная")),
        ("Набережная", ("", "Набережная")),
        ("ул Набережная", ("ул", "Набережная")),
        ("Чистопольская", ("", "Чистопольская")),
        ("", ("", "")),
    ],
)
def test_a_street_is_told_from_its_type(text, parts):
    assert split_street(text) == parts


def test_a_house_may_be_missing():
    assert split_house("Чистопольская") == ("Чистопольская", "")


# --- the form ---------------------------------------------------------------------------------
def test_the_search_that_finds_nothing_leads_to_the_form_with_what_was_typed(agent):
    page = agent.browser.get("/availability/", {"q": "Казань, ул Новая 5"})
    assert reverse("address_new") in page.content.decode()
    form = agent.browser.get(NEW, {"address": "Казань, ул Новая 5"}).context["form"]
    assert form.initial == {"city_name": "Казань", "street": "ул Новая", "number": "5"}


def test_a_visitor_and_a_reader_are_offered_no_form(client, sign_in):
    assert NEW not in client.get("/availability/", {"q": "Казань, Новая 5"}).content.decode()
    reader = sign_in(make_actor(role=Role.VIEWER))
    assert NEW not in reader.get("/availability/", {"q": "Казань, Новая 5"}).content.decode()
    assert reader.post(NEW, typed()).status_code == 403
    assert not Building.objects.exists()


def test_a_new_address_is_added_and_opens_where_requests_begin(agent, kazan):
    response = agent.browser.post(NEW, typed(is_private_house="on"))
    building = Building.objects.get()
    assert response["Location"] == f"/availability/{building.public_id}/"
    assert (building.address, building.status) == ("Казань, ул Чистопольская, д 12", PENDING)
    assert (building.latitude, building.longitude) == (55.8, 49.1)
    assert (building.added_by, building.is_private_house) == (agent.organization, True)
    assert agent.browser.get(response["Location"]).status_code == 200
    # Sent twice, it is there once.
    assert agent.browser.post(NEW, typed(seen=building.public_id)).status_code == 302
    assert Building.objects.count() == 1


def test_a_street_without_its_type_is_the_one_that_the_city_has(agent, kazan):
    avenue = StreetFactory(city=kazan, name="Победы", type="пр-кт")
    agent.browser.post(NEW, typed(street="победы"))
    assert Building.objects.get().street == avenue
    StreetFactory(city=kazan, name="Победы", type="ул")
    response = agent.browser.post(NEW, typed(street="Победы", number="14"))
    assert response.status_code == 422
    assert "пр-кт Победы, ул Победы" in seen(response)


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"city_name": "Нигденск"}, "city_name"),
        ({"city_name": ""}, "city_name"),
        ({"number": ""}, "number"),
        ({"number": "№"}, "number"),
        ({"street": "!!!"}, "street"),
        ({"latitude": ""}, "latitude"),
        ({"latitude": "nan"}, "latitude"),
        ({"latitude": "91"}, "latitude"),
        ({"longitude": "1e400"}, "longitude"),
        ({"longitude": "east"}, "longitude"),
        ({"street": "я" * 5000}, "street"),
        ({"number": "\x00"}, "number"),
    ],
)
def test_what_is_wrong_is_said_beside_its_field_and_nothing_is_lost(agent, fields, field):
    response = agent.browser.post(NEW, typed(**fields))
    assert response.status_code == 422
    form = response.context["form"]
    assert list(form.errors) == [field]
    assert form["number"].value() == fields.get("number", "12")
    assert not Building.objects.exists()


def test_two_cities_of_one_name_are_told_apart(agent):
    for region in ("Мурманская область", "Ленинградская область"):
        CityFactory(name="Кировск", qualifier=region)
    forget()
    response = agent.browser.post(NEW, typed(city_name="Кировск"))
    assert "Кировск (Мурманская область)" in str(response.context["form"].errors["city_name"])
    city_name = "Кировск (Ленинградская область)"
    assert agent.browser.post(NEW, typed(city_name=city_name)).status_code == 302
    assert Building.objects.get().city.qualifier == "Ленинградская область"


# --- near duplicates --------------------------------------------------------------------------
def test_near_duplicates_are_shown_before_anything_is_saved(agent, kazan):
    street = StreetFactory(city=kazan, name="Чистопольская")
    near = BuildingFactory(street=street, number="12 корп 1", latitude=55.8002, longitude=49.1)
    far = BuildingFactory(street=street, number="30", latitude=55.8004, longitude=49.1)
    response = agent.browser.post(NEW, typed())
    assert response.status_code == 422
    assert [one.building for one in response.context["near"]] == [near]
    assert "в 22 м от вашей точки" in seen(response)
    assert far.address not in seen(response)
    assert Building.objects.count() == 2
    # The page itself says what it has shown, once.
    content = response.content.decode()
    assert content.count('name="seen"') == 1
    assert response.context["form"]["seen"].value() == near.public_id
    assert f'value="{near.public_id}"' in content
    another = BuildingFactory(street=street, number="14", latitude=55.8001, longitude=49.1)
    again = agent.browser.post(NEW, typed(seen=near.public_id))
    assert [one.building for one in again.context["near"]] == [another, near]
    both = f"{near.public_id} {another.public_id}"
    assert agent.browser.post(NEW, typed(seen=both)).status_code == 302
    assert Building.objects.filter(status=PENDING).count() == 1


def test_the_same_address_is_shown_however_far_and_however_it_is_written(agent, kazan):
    street = StreetFactory(city=kazan, name="Чистопольская")
    same = BuildingFactory(street=street, number="12к2", latitude=55.9)
    response = agent.browser.post(NEW, typed(number="д. 12 корпус 2"))
    (one,) = response.context["near"]
    assert (one.building, one.same_address) == (same, True)


def test_another_organizations_waiting_address_is_not_told(agent, kazan):
    street = StreetFactory(city=kazan, name="Чистопольская")
    BuildingFactory(
        street=street, number="12", status=PENDING, added_by=OrganizationFactory(), latitude=55.8
    )
    assert agent.browser.post(NEW, typed()).status_code == 302
    assert Building.objects.filter(status=PENDING).count() == 2


def test_duplicates_cost_two_queries_however_many(kazan, django_assert_num_queries):
    street = StreetFactory(city=kazan)
    wanted = BuildingFactory(street=street, number="1")
    for number in range(2, 5):
        BuildingFactory(street=street, number=str(number))
    staff = make_staff()
    with django_assert_num_queries(2):
        assert len(near_duplicates(staff, wanted)) == 3


# --- offers -----------------------------------------------------------------------------------
def test_cities_and_streets_are_offered_by_their_beginning(agent, kazan):
    StreetFactory(city=kazan, name="Чистопольская")
    StreetFactory(name="Чистая")
    url = reverse("address_offers")
    assert seen(agent.browser.get(url, {"q": "каз"})) == "Казань"
    found = agent.browser.get(url, {"q": "ул. чист", "city": "казань"})
    assert seen(found) == "ул Чистопольская"
    for query in (
        {},
        {"q": "", "city": ""},
        {"q": "чист", "city": "Нигденск"},
        {"q": "\x00" * 900},
    ):
        assert seen(agent.browser.get(url, query)) == ""


# --- what a geocoder adds ---------------------------------------------------------------------
@pytest.fixture
def server(settings):
    # What others have asked within the hour is counted there, by ids that tests share.
    cache.clear()
    made = LocalServer(lambda asked: Said(body=house("dadata")))
    settings.GEOCODER_URLS = {"dadata": f"{made.url}x?key=S3cret&per_second=1000"}
    yield made
    made.close()


def test_without_a_geocoder_none_is_offered(agent, settings):
    settings.GEOCODER_URLS = {}
    assert 'value="locate"' not in agent.browser.get(NEW).content.decode()
    # A button that is not there does as the main one.
    assert agent.browser.post(NEW, typed(do="locate")).status_code == 302


def test_the_point_is_found_by_the_address_and_nothing_is_saved(agent, server):
    response = agent.browser.post(NEW, typed(do="locate", latitude="", longitude=""))
    form = response.context["form"]
    assert (form["latitude"].value(), form["longitude"].value()) == ("55.794400", "49.111500")
    assert ADDRESS in seen(response)
    assert "DaData" in seen(response)
    assert not Building.objects.exists()
    assert not Street.objects.exists()


def test_what_stands_at_the_point_fills_only_what_is_empty(agent, server):
    response = agent.browser.post(NEW, typed(do="look", street="", number="12а"))
    form = response.context["form"]
    assert form["street"].value() == "ул Чистопольская"
    assert form["number"].value() == "12а"


@pytest.mark.parametrize(
    ("said", "words"),
    [
        (Said(body=nothing("dadata")), "Ничего не нашлось"),
        (Said(503), "Геокодер сейчас не отвечает"),
        (Said(body=b"<html>"), "Геокодер сейчас не отвечает"),
    ],
)
def test_a_geocoder_that_does_not_help_leaves_the_form_as_it_was(agent, server, said, words):
    server.answer = lambda asked: said
    response = agent.browser.post(NEW, typed(do="locate", latitude="55.1"))
    assert response.status_code == 200
    assert words in seen(response)
    assert response.context["form"]["latitude"].value() == "55.1"


def test_one_person_asks_geocoders_so_often_in_an_hour_and_no_oftener(agent, server, monkeypatch):
    monkeypatch.setattr(new_address, "ASKED_IN_AN_HOUR", 2)
    told = [
        seen(agent.browser.post(NEW, typed(do="locate", number=str(number))))
        for number in range(1, 4)
    ]
    assert ["Геокодер сейчас не отвечает" in text for text in told] == [False, False, True]
    assert len(server.seen) == 2


def test_another_of_the_points_found_is_taken_by_its_button(agent):
    response = agent.browser.post(NEW, typed(point="55.1,49.2", do=""))
    form = response.context["form"]
    assert (form["latitude"].value(), form["longitude"].value()) == ("55.1", "49.2")
    assert not Building.objects.exists()


# --- the list and the page of an added address ------------------------------------------------
def pending(**fields):
    fields.setdefault("added_by", OrganizationFactory(name="ООО «Добавитель»"))
    return BuildingFactory(status=PENDING, **fields)


def listed(browser, **query):
    return [row.address for row in browser.get("/addresses/", query).context["page"].rows]


def test_guests_are_looked_for_among_what_waits_alone():
    provider = make_actor(OrganizationKind.PROVIDER)
    waits, verified = BuildingFactory(status="PENDING"), BuildingFactory()
    for building in (waits, verified):
        BuildingGuest.objects.create(building=building, organization=provider.organization)
    assert list(added_buildings(provider, "PENDING")) == [waits]
    assert list(added_buildings(provider, "VERIFIED")) == []
    assert BuildingGuest._meta.db_table not in str(added_buildings(provider, "VERIFIED").query)


def test_each_sees_the_addresses_that_concern_it(sign_in):
    agent, stranger = make_actor(), make_actor()
    provider = make_actor(OrganizationKind.PROVIDER)
    ours, theirs = pending(added_by=agent.organization), pending()
    BuildingGuest.objects.create(building=theirs, organization=provider.organization)
    verified = BuildingFactory()
    support = sign_in(make_staff(StaffScope.SUPPORT))
    assert listed(support) == [ours.address, theirs.address]
    assert listed(sign_in(agent)) == [ours.address]
    assert listed(sign_in(provider)) == [theirs.address]
    assert listed(sign_in(stranger)) == []
    assert sign_in(stranger).get(f"/addresses/{ours.public_id}/").status_code == 404
    assert support.get(f"/addresses/{verified.public_id}/").status_code == 404
    assert support.get("/addresses/", {"state": "VERIFIED"}).status_code == 400


def test_the_list_costs_the_same_with_one_row_and_three(sign_in, django_assert_max_num_queries):
    browser = sign_in(make_staff(StaffScope.SUPPORT))
    pending()
    listed(browser)
    with django_assert_max_num_queries(12) as with_one:
        listed(browser)
    pending()
    pending()
    with django_assert_max_num_queries(len(with_one)) as with_three:
        assert len(listed(browser)) == 3
    assert len(with_three) == len(with_one)


def test_support_verifies_with_a_correction(sign_in):
    browser = sign_in(make_staff(StaffScope.SUPPORT))
    building = pending(number="12")
    page = browser.get(f"/addresses/{building.public_id}/")
    form = page.context["form"]
    sent = {name: form[name].value() for name in ("street", "latitude", "longitude")}
    response = browser.post(f"/addresses/{building.public_id}/verify/", {**sent, "number": "12а"})
    assert response.status_code == 302
    building.refresh_from_db()
    assert (building.status, building.number) == (Building.Status.VERIFIED, "12а")
    # The point was shown rounded, and is kept as it was.
    assert building.latitude == 55.7944


def test_an_address_that_is_verified_already_says_so_beside_the_form(sign_in):
    browser = sign_in(make_staff())
    known = BuildingFactory(number="12")
    building = pending(street=known.street, number="12")
    form = browser.get(f"/addresses/{building.public_id}/").context["form"]
    names = ("street", "number", "latitude", "longitude")
    sent = {name: form[name].value() for name in names}
    response = browser.post(f"/addresses/{building.public_id}/verify/", sent)
    assert response.status_code == 422
    assert "По этому адресу уже есть проверенный дом" in seen(response)


def test_it_is_merged_into_a_near_one_or_one_that_is_looked_for(sign_in, kazan):
    browser = sign_in(make_staff())
    near = BuildingFactory(street=StreetFactory(city=kazan, name="Баумана"), number="12")
    far = BuildingFactory(street=near.street, number="99", latitude=55.9)
    building = pending(street=near.street, number="12а")
    page = browser.get(f"/addresses/{building.public_id}/", {"into": far.address})
    assert [one.building for one in page.context["duplicates"]] == [near]
    assert [place.public_id for place in page.context["into_found"]] == [far.public_id]
    page = browser.get(f"/addresses/{building.public_id}/", {"building": far.public_id})
    assert [place.text for place in page.context["into_found"]] == [far.address]
    merge = f"/addresses/{building.public_id}/merge/"
    assert browser.post(merge, {"target": "NOTHING"}).status_code == 404
    assert browser.post(merge, {"target": near.public_id}).status_code == 302
    building.refresh_from_db()
    assert building.merged_into == near
    assert near.address in seen(browser.get(f"/addresses/{building.public_id}/"))


def test_it_is_refused_with_a_reason_that_the_adder_reads(sign_in):
    agent, browser = make_actor(), sign_in(make_staff())
    building = pending(added_by=agent.organization)
    refuse = f"/addresses/{building.public_id}/refuse/"
    assert browser.post(refuse, {"reason": " "}).status_code == 422
    assert browser.post(refuse, {"reason": "Такого дома нет"}).status_code == 302
    assert "Такого дома нет" in seen(sign_in(agent).get(f"/addresses/{building.public_id}/"))


def test_whoever_added_it_decides_nothing(sign_in):
    agent = make_actor(role=Role.OWNER)
    building = pending(added_by=agent.organization)
    browser = sign_in(agent)
    page = browser.get(f"/addresses/{building.public_id}/")
    assert not page.context["may_decide"]
    for act, data in (
        ("verify", {"number": "1", "latitude": "55", "longitude": "49"}),
        ("refuse", {"reason": "x"}),
        ("merge", {"target": BuildingFactory().public_id}),
    ):
        assert browser.post(f"/addresses/{building.public_id}/{act}/", data).status_code == 403
    building.refresh_from_db()
    assert building.status == PENDING


# --- the command for districts ----------------------------------------------------------------
def test_districts_are_loaded_by_a_command_that_names_what_is_wrong(tmp_path):
    path = tmp_path / "districts.geojson"
    with pytest.raises(CommandError):
        call_command("import_districts", str(path), city="Казань")
    path.write_text('{"type": "FeatureCollection", "features": []}')
    with pytest.raises(CommandError):
        call_command("import_districts", str(path), city="Казань")
    with pytest.raises(CommandError):
        call_command("import_districts", str(path), city="Нигденск")


# --- who is told ------------------------------------------------------------------------------
def test_whoever_added_an_address_is_told_what_became_of_it(kazan):
    clerk = make_actor(role=Role.MEMBER)
    boss = make_actor(organization=clerk.organization, role=Role.OWNER)
    place = {"street_name": "Новая", "latitude": 55.8, "longitude": 49.1}
    building = add_building(clerk, city=kazan, number="1", **place)
    refuse_building(make_staff(), building, reason="Такого дома нет")
    event = Event.objects.get(kind="building.refused")
    assert people_to_tell(event) == {clerk.user.pk: clerk.organization}
    Membership.objects.filter(user=clerk.user).update(is_active=False)
    assert people_to_tell(event) == {boss.user.pk: boss.organization}
    told = subjects_of([event])[event.subject_type, event.subject_id]
    assert told == Subject(building.address, f"/addresses/{building.public_id}/")
    assert say(Telling(kind_named(event.kind), {})) == "добавленный вами адрес отклонён"
