"""What the address field offers for what has been typed."""

import pytest
from django.urls import reverse

from core.actor import ANONYMOUS, system_actor
from core.choices import OrganizationKind
from locations.models import Building
from locations.selectors import gazetteer
from locations.selectors.suggestions import suggest
from locations.tests.factories import BuildingFactory, CityFactory, StreetFactory
from users.tests.factories import make_actor

pytestmark = pytest.mark.django_db


@pytest.fixture
def places():
    """Two large cities with streets and houses, and two small ones of one name."""
    kazan = CityFactory(name="Казань", population=1_300_000)
    ufa = CityFactory(name="Уфа", population=1_100_000)
    CityFactory(name="Казачинск", population=10_000)
    big = CityFactory(name="Кировск", qualifier="Ленинградская область", population=26_000)
    small = CityFactory(name="Кировск", qualifier="Мурманская область", population=25_000)
    CityFactory(name="Нижний Новгород", population=1_200_000)
    streets = {
        (city.pk, type_, name): StreetFactory(city=city, type=type_, name=name)
        for city, type_, name in [
            (kazan, "ул", "Чистопольская"),
            (kazan, "ул", "8 Марта"),
            (kazan, "пр-кт", "Ленина"),
            (kazan, "ул", "Набережная"),
            (kazan, "ул", "Лесная"),
            (ufa, "ул", "Чистопольская"),
            (ufa, "ул", "Ленина"),
            (ufa, "ул", "Казанская"),
            (big, "ул", "Ленина"),
            (small, "ул", "Ленина"),
        ]
    }
    for (_city, _type, name), street in streets.items():
        numbers = ["12", "120", "12а", "12 корп 2", "3"] if name == "Чистопольская" else ["5", "12"]
        for number in numbers:
            BuildingFactory(street=street, number=number)


def texts(text, actor=ANONYMOUS, limit=8):
    return [found.text for found in suggest(actor, text, limit)]


CHISTOPOLSKAYA_12 = "Казань, ул Чистопольская, д 12"


@pytest.mark.parametrize(
    "text",
    [
        "Казань Чистопольская 12",
        "казань, ул. Чистопольская, д. 12",
        "г Казань улица чистопольская дом 12",
        "ЧИСТОПОЛЬСКАЯ 12 КАЗАНЬ",
        "чистопольская ул 12, Казань",
        "чистопольская 12",
        "  чистопольская   12 кв 47",
        "Казань, ул Чистопольская, д 12",
        "чистопол",
    ],
)
def test_the_house_in_the_larger_city_comes_first(places, text):
    first = texts(text)[0]
    assert first == (CHISTOPOLSKAYA_12 if "12" in text else "Казань, ул Чистопольская")


@pytest.mark.parametrize("text", ["12к2", "12 корп 2", "12/2", "12 к. 2", "12 КОРПУС 2"])
def test_a_block_is_found_in_every_spelling(places, text):
    assert texts(f"казань чистопольская {text}") == ["Казань, ул Чистопольская, д 12 корп 2"]


def test_houses_with_the_number_come_before_longer_numbers(places):
    assert texts("казань чистопольская 12") == [
        CHISTOPOLSKAYA_12,
        "Казань, ул Чистопольская, д 12а",
        "Казань, ул Чистопольская, д 12 корп 2",
        "Казань, ул Чистопольская, д 120",
    ]


def test_without_a_city_the_number_is_shown_in_all_cities_first(places):
    assert texts("чистопольская 12", limit=3) == [
        CHISTOPOLSKAYA_12,
        "Уфа, ул Чистопольская, д 12",
        "Казань, ул Чистопольская, д 12а",
    ]


def test_a_city_narrows_to_itself(places):
    assert texts("уфа ленина") == [
        "Уфа, ул Ленина",
        "Уфа, ул Ленина, д 12",
        "Уфа, ул Ленина, д 5",
    ]


def test_cities_come_by_population_and_streets_after_them(places):
    assert texts("каза") == ["Казань", "Казачинск", "Уфа, ул Казанская"]
    assert texts("ка") == ["Казань", "Казачинск"]
    assert texts("нижний нов") == ["Нижний Новгород"]


def test_streets_of_one_name_come_by_population(places):
    assert texts("ленина") == [
        "Казань, пр-кт Ленина",
        "Уфа, ул Ленина",
        "Кировск (Ленинградская область), ул Ленина",
        "Кировск (Мурманская область), ул Ленина",
    ]


def test_a_city_told_apart_is_meant_when_it_is_named_in_full(places):
    assert texts("кировск") == ["Кировск (Ленинградская область)", "Кировск (Мурманская область)"]
    assert texts("Кировск (Мурманская область), ул Ленина 5") == [
        "Кировск (Мурманская область), ул Ленина, д 5"
    ]
    assert texts("кировск ленина 5") == [
        "Кировск (Ленинградская область), ул Ленина, д 5",
        "Кировск (Мурманская область), ул Ленина, д 5",
    ]


def test_a_number_may_belong_to_the_street(places):
    assert texts("8 марта")[0] == "Казань, ул 8 Марта"
    assert texts("казань 8")[0] == "Казань, ул 8 Марта"
    assert texts("казань 8 марта 5") == ["Казань, ул 8 Марта, д 5"]


@pytest.mark.parametrize("text", ["казань ул набережная 5", "казань набережная 5"])
def test_a_word_that_may_be_a_type_is_found_as_a_name(places, text):
    assert texts(text) == ["Казань, ул Набережная, д 5"]


def test_a_word_that_may_be_a_name_is_left_out_as_a_type(places):
    assert texts("казань аллея лесная 5") == ["Казань, ул Лесная, д 5"]


@pytest.mark.parametrize("text", ["казань чистопольская 999", "казань чистопольская ул бук"])
def test_where_nothing_fits_the_last_word_is_left_out(places, text):
    assert texts(text)[0] == "Казань, ул Чистопольская"


@pytest.mark.parametrize(
    "text", ["", " ", ",", "!!!", "ъыь", "%", "_", "' OR 1=1", "\x00", "я" * 5000, "1 " * 3000, "￿"]
)
def test_nonsense_finds_nothing_and_breaks_nothing(places, text):
    assert texts(text) == []


def test_a_typed_percent_sign_is_no_wildcard(places):
    assert texts("%ань") == []


def test_a_building_that_awaits_verification_is_its_organizations_alone(places):
    actor = make_actor(OrganizationKind.AGENCY)
    street = Building.objects.filter(address=CHISTOPOLSKAYA_12).get().street
    BuildingFactory(
        street=street, number="77", status=Building.Status.PENDING, added_by=actor.organization
    )
    BuildingFactory(street=street, number="78", status=Building.Status.MERGED)
    own = "Казань, ул Чистопольская, д 77"
    assert texts("казань чистопольская 77", actor) == [own]
    for other in (ANONYMOUS, make_actor(OrganizationKind.AGENCY)):
        assert own not in texts("казань чистопольская 77", other)
    assert "Казань, ул Чистопольская, д 78" not in texts("казань чистопольская 78", system_actor())


@pytest.mark.parametrize(
    ("text", "most"),
    [("казань чистопольская 12", 1), ("чистопольская 12", 1), ("каза", 1), ("казань чист", 2)],
)
def test_a_suggestion_takes_few_queries(places, django_assert_max_num_queries, text, most):
    texts("казань")
    with django_assert_max_num_queries(most):
        assert texts(text)


def test_a_new_city_is_found_once_the_list_is_read_anew(places):
    assert texts("новоград") == []
    CityFactory(name="Новоград")
    gazetteer.forget()
    assert texts("новоград") == ["Новоград"]


def test_nonsense_does_not_multiply_queries(places, django_assert_max_num_queries):
    with django_assert_max_num_queries(7):
        texts("абв где жзи клм ноп рст уфх цчш")


def test_the_fragment_holds_options_for_the_field(places, client):
    answer = client.get(reverse("suggest"), {"q": "казань чистопольская 12"})
    public_id = Building.objects.get(address=CHISTOPOLSKAYA_12).public_id
    assert answer.headers["Cache-Control"] == "private, max-age=30"
    assert f'data-url="/availability/{public_id}/">{CHISTOPOLSKAYA_12}</li>' in answer.text
    assert answer.text.count('role="option"') == 4
    cities = client.get(reverse("suggest"), {"q": "каза"}).text
    assert 'data-value="Казань" data-continue>Казань</li>' in cities


def test_names_are_escaped_in_the_fragment(client):
    CityFactory(name='Зло<script>"', population=1)
    answer = client.get(reverse("suggest"), {"q": "зло"}).text
    assert "<script>" not in answer
    assert "&lt;script&gt;" in answer


def test_nothing_found_is_said(client):
    answer = client.get(reverse("suggest"), {"q": "нетакого"}).text
    assert "combobox-note" in answer
    assert 'role="option"' not in answer
