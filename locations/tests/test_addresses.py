"""One spelling of an address, however it is written."""

import pytest

from locations import addresses


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("г. Казань, ул. Чистопольская, д. 12 корп. 2", "казань чистопольская 12 к2"),
        ("казань чистопольская 12к2", "казань чистопольская 12 к2"),
        ("Казань Чистопольская 12/2", "казань чистопольская 12 к2"),
        ("Казань, Чистопольская улица, дом 12, корпус 2", "казань чистопольская 12 к2"),
        ("12а/2", "12 а к2"),
        ("12 лит. А", "12 а"),
        ("12А", "12 а"),
        ("12 строение 3", "12 с3"),
        ("12к2с3", "12 к2 с3"),
        ("12 влад. 3", "12 влад 3"),
        ("корп. 1205", "к1205"),
        ("12-47", "12 47"),
        ("пр-т Ленина", "ленина"),
        ("проспект Ленина", "ленина"),
        ("Ленина пр-кт", "ленина"),
        ("б-р Строителей", "строителей"),
        ("пер. Вишнёвый", "вишневый"),
        ("ВИШНЁВЫЙ", "вишневый"),
        ("Ёлкина", "елкина"),
        ("К. Маркса", "к маркса"),
        ("Д. Давыдова 5", "д давыдова 5"),
        ("8-е Марта", "8 е марта"),
        ("2-я Парковая", "2 я парковая"),
        ("1905 года", "1905 года"),
        ("Ростов-на-Дону", "ростов на дону"),
        ("ул. Набережная", "набережная"),
        ("Набережные Челны", "набережные челны"),
        ("Площадь", "площадь"),
        ("проспект", "проспект"),
        ("Кировск (Мурманская обл)", "кировск мурманская"),
        ("Кировск (Мурманская область)", "кировск мурманская"),
        ("«Лесная»  –  12 ", "лесная 12"),
        ("мкр 5 дом 7", "5 7"),
        ("", ""),
        ("!!!", ""),
        ("\u0438\u0306ошкар", "йошкар"),
    ],
)
def test_folding(text, key):
    assert addresses.fold(text) == key


def test_folding_twice_changes_nothing():
    for text in ["Казань, ул. Чистопольская, д. 12 корп. 2", "12а/2", "2-я Парковая", "к1205"]:
        assert addresses.fold(addresses.fold(text)) == addresses.fold(text)


def test_houses_sort_as_people_count_parts_before_longer_numbers():
    keys = [addresses.building_key("ленина", text) for text in ("12", "12а", "12к2", "120", "13")]
    assert sorted(keys) == keys


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("казань чистопольская 12 кв 47", "казань чистопольская 12 "),
        ("Чистопольская 12, оф. 3", "чистопольская 12, "),
        ("Квартальная 5", "квартальная 5"),
        ("кв 5", "кв 5"),
    ],
)
def test_a_unit_is_no_part_of_the_address(text, kept):
    assert addresses.without_unit(text) == kept


@pytest.mark.parametrize(
    ("text", "type_"),
    [
        ("улица", "ул"),
        ("УЛ.", "ул"),
        ("пр-т", "пр-кт"),
        ("проспект", "пр-кт"),
        ("м-н", "мкр"),
        ("", ""),
        ("слобода", "слобода"),
    ],
)
def test_types_of_streets_are_abbreviated_as_registers_do(text, type_):
    assert addresses.street_type(text) == type_


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("кв. 47 а", "47А"),
        ("кв47", "47"),
        ("47а", "47А"),
        (" 5 ", "5"),
        ("оф. 3", "ОФ. 3"),
        ("кв.", ""),
        ("", ""),
    ],
)
def test_a_flat_has_one_spelling(text, number):
    assert addresses.unit_number(text) == number


def test_houses_of_streets_of_one_name_and_other_types_differ():
    street, avenue = (addresses.verified_key(type_, "ленина", "12") for type_ in ("ул", "пр-кт"))
    assert street != avenue


def test_a_type_in_the_name_is_not_repeated():
    assert addresses.street_label("ул", "Чистопольская") == "ул Чистопольская"
    assert addresses.street_label("ул", "Чистопольская ул") == "Чистопольская ул"
    assert addresses.street_label("", "Чистопольская") == "Чистопольская"
