"""The vocabulary follows the streets, whichever way they come in."""

import pytest
from django.core.management import call_command

from core.actor import ANONYMOUS, system_actor
from core.tests.later import commit
from locations.jobs import clean_vocabulary, keep_vocabulary
from locations.models import NameWord, Street, WordKey
from locations.selectors.suggestions import suggest
from locations.services import add_building
from locations.services.imports import import_buildings
from locations.services.vocabulary import learn, learn_missing, rebuild, words_of
from locations.spelling import keys_of, skeleton
from locations.tests.factories import CityFactory, StreetFactory

pytestmark = pytest.mark.django_db


def known() -> set[str]:
    return set(NameWord.objects.values_list("name", flat=True))


def keys(word: str) -> set[str]:
    return set(WordKey.objects.filter(word=word).values_list("key", flat=True))


def test_words_of_a_name_and_the_whole_without_spaces():
    assert words_of("юрия гагарина") == ["юрия", "гагарина", "юриягагарина"]
    assert words_of("8 марта") == ["марта"]
    assert words_of("1 я садовая") == ["садовая"]
    assert words_of("12") == []


def test_a_name_is_learned_once():
    assert learn(["юрия гагарина", "мира"]) == 2
    assert learn(["мира", "", "юрия гагарина"]) == 0
    assert keys("мира") == keys_of(skeleton("мира"))
    assert known() == {"юрия гагарина", "мира"}


def test_a_street_that_a_person_adds_is_learned(django_capture_on_commit_callbacks):
    city = CityFactory(name="Казань")
    with django_capture_on_commit_callbacks(execute=True):
        add_building(
            system_actor(),
            city=city,
            street_type="ул",
            street_name="Чистопольская",
            number="12",
            latitude=55.8,
            longitude=49.1,
        )
    assert known() == {"чистопольская"}
    found = suggest(ANONYMOUS, "казнь чистапольская 12")
    assert [place.text for place in found] == ["Казань, ул Чистопольская, д 12"]


def test_streets_of_an_import_are_learned(tmp_path):
    CityFactory(name="Казань")
    path = tmp_path / "buildings.csv"
    path.write_text(
        "city,street,number,latitude,longitude\n"
        "Казань,Чистопольская,12,55.8,49.1\nКазань,Мира,1,55.81,49.1\n",
        encoding="utf-8",
    )
    import_buildings(system_actor(), path)
    commit()
    assert known() == {"чистопольская", "мира"}


def test_streets_that_came_past_the_services_are_learned_by_the_hour():
    StreetFactory(name="Чистопольская")
    assert known() == set()
    keep_vocabulary.call()
    assert known() == {"чистопольская"}
    assert learn_missing() == 0


def test_names_that_are_gone_are_forgotten_by_night():
    for name in ("Мира", "Мира Победы", "Чистопольская"):
        StreetFactory(name=name)
    learn_missing()
    Street.objects.filter(name__in=["Мира Победы", "Чистопольская"]).delete()
    clean_vocabulary.call()
    assert known() == {"мира"}
    assert set(WordKey.objects.values_list("word", flat=True)) == {"мира"}


def test_rebuilding_mends_keys_and_changes_nothing_else():
    StreetFactory(name="Чистопольская")
    learn_missing()
    WordKey.objects.filter(word="чистопольская").first().delete()
    WordKey.objects.create(key="неключ", word="чистопольская")
    gone, learned = rebuild()
    assert (gone, learned) == (1, 0)
    assert keys("чистопольская") == keys_of(skeleton("чистопольская"))
    assert rebuild() == (0, 0)


def test_the_command_says_what_it_did(capsys):
    StreetFactory(name="Чистопольская")
    call_command("rebuild_vocabulary")
    assert capsys.readouterr().out == "0 rows taken away, 1 names learned\n"
