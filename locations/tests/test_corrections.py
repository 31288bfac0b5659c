"""Addresses that are misspelled, typed on another keyboard, in Latin, or in another order."""

import pytest
from django.urls import reverse
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.actor import ANONYMOUS
from core.choices import OrganizationKind
from locations.models import Building, NameWord, Street, WordKey
from locations.selectors import gazetteer
from locations.selectors.suggestions import find_places, suggest, suggest_cities
from locations.services.vocabulary import learn_missing
from locations.tests.factories import BuildingFactory, CityFactory, StreetFactory
from users.tests.factories import make_actor

pytestmark = pytest.mark.django_db

STREETS = {
    "Казань": [
        ("ул", "Чистопольская"),
        ("ул", "8 Марта"),
        ("ул", "Юрия Гагарина"),
        ("ул", "Большая Красная"),
        ("пр-кт", "Ленина"),
        ("пер", "Садовый"),
        ("ул", "Советская"),
        ("ул", "Щорса"),
        ("ул", "Ёлочная"),
        ("мкр", "Солнечный"),
        ("ул", "Набережная"),
    ],
    "Уфа": [("ул", "Чистопольская"), ("ул", "Садовая"), ("ул", "Мира")],
    "Нижний Новгород": [("ул", "Белинского"), ("ул", "Мира")],
    "Санкт-Петербург": [("ул", "Садовая"), ("пр-кт", "Невский")],
}
NUMBERS = ["5", "12", "12 корп 2", "12а", "120"]


@pytest.fixture
def places():
    for position, (name, streets) in enumerate(STREETS.items()):
        city = CityFactory(name=name, population=2_000_000 - position)
        for type_, street_name in streets:
            street = StreetFactory(city=city, type=type_, name=street_name)
            for number in NUMBERS:
                BuildingFactory(street=street, number=number)
    learn_missing()


def first(text, actor=ANONYMOUS):
    found = suggest(actor, text)
    return found[0].text if found else None


CHISTOPOLSKAYA_12 = "Казань, ул Чистопольская, д 12"
GAGARINA_5 = "Казань, ул Юрия Гагарина, д 5"
MEANT = {
    # Edits: of the city, of the street, of both, of short names, of a type.
    "Казнь Чистопольская 12": CHISTOPOLSKAYA_12,
    "Казань Чистапольская 12": CHISTOPOLSKAYA_12,
    "Казань, ул. Чистополсьская, д. 12": CHISTOPOLSKAYA_12,
    "Кзаань чистпоольская 12": CHISTOPOLSKAYA_12,
    "Казань чистоская 12": CHISTOPOLSKAYA_12,
    "чистапольскя 12": CHISTOPOLSKAYA_12,
    "Кахань улмца чистопольская 12": CHISTOPOLSKAYA_12,
    "уфв мира 5": "Уфа, ул Мира, д 5",
    "Уфа мра 5": "Уфа, ул Мира, д 5",
    "казань просект ленена 5": "Казань, пр-кт Ленина, д 5",
    "казань рп-кт ленина 5": "Казань, пр-кт Ленина, д 5",
    "нижний навгород белинскго 5": "Нижний Новгород, ул Белинского, д 5",
    "нижнийновгород белинского 5": "Нижний Новгород, ул Белинского, д 5",
    "санктпетербург садвая 5": "Санкт-Петербург, ул Садовая, д 5",
    "казань чистопольскя 12 кв 47": CHISTOPOLSKAYA_12,
    "казань восмого 8 марто 5": "Казань, ул 8 Марта, д 5",
    # A street half typed, with a slip in it; a word of it left out; initials.
    "казань чистапол": "Казань, ул Чистопольская",
    "казань чистоп 12": CHISTOPOLSKAYA_12,
    "казань гагарина 5": GAGARINA_5,
    "казань б красная 5": "Казань, ул Большая Красная, д 5",
    # The other keyboard.
    "rfpfym": "Казань",
    "rfpfym xbcnjgjkmcrfz 12": CHISTOPOLSKAYA_12,
    "Rfpfym? ek/ Xbcnjgjkmcrfz? l/ 12": CHISTOPOLSKAYA_12,
    "rfpfym ktybyf 5": "Казань, пр-кт Ленина, д 5",
    "ekbwf ktybyf 5": "Казань, пр-кт Ленина, д 5",
    "rfpfym `kjxyfz 5": "Казань, ул Ёлочная, д 5",
    "rfpfym xbcnjgjkmcrfz 12r2": "Казань, ул Чистопольская, д 12 корп 2",
    "rfpym xbcnfgjkmcrfz 12": CHISTOPOLSKAYA_12,
    "Казань xbcnjgjkmcrfz 12": CHISTOPOLSKAYA_12,
    # Latin letters.
    "kazan": "Казань",
    "kazan chistopolskaya 12": CHISTOPOLSKAYA_12,
    "Kazan', ul. Chistopol'skaya, d. 12": CHISTOPOLSKAYA_12,
    "kazan chistopolskaja 12a": "Казань, ул Чистопольская, д 12а",
    "ulitsa sovetskaya 5 kazan": "Казань, ул Советская, д 5",
    "kazan shchorsa 5": "Казань, ул Щорса, д 5",
    "kazan schorsa 5": "Казань, ул Щорса, д 5",
    "kazan yolochnaya 5": "Казань, ул Ёлочная, д 5",
    "kazan yelochnaia 5": "Казань, ул Ёлочная, д 5",
    "kazan yuriya gagarina 5": GAGARINA_5,
    "kazan iuriia gagarina 5": GAGARINA_5,
    "nizhny novgorod belinskogo 5": "Нижний Новгород, ул Белинского, д 5",
    "saint petersburg nevsky prospect 5": "Санкт-Петербург, пр-кт Невский, д 5",
    "kazan chistopolskaya 12k2": "Казань, ул Чистопольская, д 12 корп 2",
    "Kазань Чистопольская 12": CHISTOPOLSKAYA_12,
    # Order.
    "гагарина юрия 5 казань": GAGARINA_5,
    "5 юрия гагарина казань": GAGARINA_5,
    "чистопольская казань 12": CHISTOPOLSKAYA_12,
    "12 казань чистопольская": CHISTOPOLSKAYA_12,
    "12к2 чистопольская казань": "Казань, ул Чистопольская, д 12 корп 2",
    "казань красная большая 12/2": "Казань, ул Большая Красная, д 12 корп 2",
    # Abbreviations, «ё».
    "казань пр-т ленина 5": "Казань, пр-кт Ленина, д 5",
    "казань мкр солнечный 5": "Казань, мкр Солнечный, д 5",
    "казань м-н солнечный 5": "Казань, мкр Солнечный, д 5",
    "казань елочная 5": "Казань, ул Ёлочная, д 5",
    "казань ул набережня 5": "Казань, ул Набережная, д 5",
}


@pytest.mark.parametrize(("text", "meant"), MEANT.items())
def test_what_is_meant_comes_first(places, text, meant):
    assert first(text) == meant


@pytest.mark.parametrize("number", ["12к2", "12 корп 2", "12/2", "12 корпус 2"])
def test_the_house_is_kept_when_the_street_is_corrected(places, number):
    assert first(f"казань чистопальская {number}") == "Казань, ул Чистопольская, д 12 корп 2"


def test_a_number_that_is_not_there_is_never_changed(places):
    found = suggest(ANONYMOUS, "казань чистопальская 13")
    assert [place.text for place in found] == ["Казань, ул Чистопольская"]


def test_the_other_gender_of_a_name_is_offered_too(places):
    assert first("казань садовая 5") == "Казань, пер Садовый, д 5"
    assert first("уфа садовый 5") == "Уфа, ул Садовая, д 5"


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("казань чистопольская 12", ""),
        ("чистопол", ""),
        ("казнь чистапольская 12", "Казань, Чистопольская 12"),
        ("rfpfym", "Казань"),
        ("rfpfym xbcnjgjkmcrfz", "Казань Чистопольская"),
        ("казань бальшая красная", "Казань, Большая Красная"),
    ],
)
def test_what_a_correction_is_shown_for_is_said(places, text, meant):
    assert find_places(ANONYMOUS, text).meant == meant


def test_the_fragment_says_it_and_counts(places, client):
    answer = client.get(reverse("suggest"), {"q": "казнь чистапольская 12"}).text
    assert '<li class="combobox-note">Показано по запросу: Казань, Чистопольская 12</li>' in answer
    assert '<li class="combobox-status">3 подсказки</li>' in answer


def test_what_the_correction_is_shown_for_is_escaped(client):
    street = StreetFactory(city=CityFactory(name='Зло<b>"', qualifier="<i>"), name="Чистопольская")
    BuildingFactory(street=street, number="12")
    learn_missing()
    answer = client.get(reverse("suggest"), {"q": "зло чистапольская 12"}).text
    assert "Показано по запросу: Зло&lt;b&gt;&quot; (&lt;i&gt;), Чистопольская 12" in answer


@pytest.mark.parametrize(
    "text",
    [
        "qwxz vbnm",
        "щщщ ъъъ фыва",
        "zzzz",
        "аааааааа",
        "12345 678",
        "№ ; %",
        "привет как дела",
        "щщщыыы",
    ],
)
def test_nonsense_is_not_corrected_into_anything(places, text):
    assert suggest(ANONYMOUS, text) == []


def test_a_correction_does_not_show_what_is_anothers(places):
    owner = make_actor(OrganizationKind.AGENCY)
    street = Building.objects.filter(address=CHISTOPOLSKAYA_12).get().street
    BuildingFactory(
        street=street, number="77", status=Building.Status.PENDING, added_by=owner.organization
    )
    BuildingFactory(street=street, number="78", status=Building.Status.MERGED)
    own = "Казань, ул Чистопольская, д 77"
    assert first("казань чистапольская 77", owner) == own
    for other in (ANONYMOUS, make_actor(OrganizationKind.AGENCY)):
        assert own not in [place.text for place in suggest(other, "казань чистапольская 77")]
    assert first("казань чистапольская 78", owner) == "Казань, ул Чистопольская"


@pytest.mark.parametrize(
    "text", ["казнь чистапольская 12", "rfpym xbcnfgjkmcrfz 12", "12 чистопольская казань"]
)
def test_a_correction_takes_few_queries(places, django_assert_max_num_queries, text):
    suggest(ANONYMOUS, "казань")
    with django_assert_max_num_queries(10):
        assert suggest(ANONYMOUS, text)


def test_huge_input_is_answered(places):
    for text in ("чистапольская " * 400, "rfpfym " * 400, "а" * 10_000, "1 а " * 500):
        suggest(ANONYMOUS, text)


LONG_NAMES = ["Чистопольская", "Машиностроителей", "Богдана Хмельницкого", "Красногвардейская"]


@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    name=st.sampled_from(LONG_NAMES),
    at=st.integers(0, 100),
    letter=st.sampled_from("абвгдежзиклмнопрстуфхцчшыэюя"),
    kind=st.sampled_from(["leave out", "put in", "change", "swap"]),
)
def test_one_slip_in_a_long_word_still_finds_the_street(long_streets, name, at, letter, kind):
    word = max(name.lower().split(), key=len)
    at %= len(word) - 1
    slipped = {
        "leave out": word[:at] + word[at + 1 :],
        "put in": word[:at] + letter + word[at:],
        "change": word[:at] + letter + word[at + 1 :],
        "swap": word[:at] + word[at + 1] + word[at] + word[at + 2 :],
    }[kind]
    text = f"казань {name.lower().replace(word, slipped)} 12"
    assert first(text) == f"Казань, ул {name}, д 12"


@pytest.fixture
def long_streets():
    if not Street.objects.exists():
        kazan = CityFactory(name="Казань")
        for name in [*LONG_NAMES, "Машинная", "Красная", "Хмельная", "Частная"]:
            BuildingFactory(street=StreetFactory(city=kazan, name=name), number="12")
        learn_missing()
        gazetteer.forget()


def test_cities_alone_are_found_misspelled_too(places):
    for text, name in [
        ("каз", "Казань"),
        ("казнь", "Казань"),
        ("rfpfym", "Казань"),
        ("ufa", "Уфа"),
    ]:
        assert [place.title for place in suggest_cities(text)][:1] == [name]
    assert suggest_cities("") == []


def test_the_tables_may_be_empty(places):
    NameWord.objects.all().delete()
    WordKey.objects.all().delete()
    assert first("казань чистопольская 12") == CHISTOPOLSKAYA_12
    assert first("казнь") == "Казань"
    # The street is not known by its words: the city is what remains.
    assert first("казань чистапольская 12") in (None, "Казань")
