"""Search in the knowledge base, and what is suggested while a ticket is typed."""

import pytest
from django.db import connection
from django.test import Client as Browser
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from core.actor import system_actor
from support.article_words import stem, tokens_of, words_of_article
from support.selectors.article_search import search_articles, suggest_articles
from support.services.help_loading import load_help
from support.tests.factories import TicketCategoryFactory, make_article

pytestmark = pytest.mark.django_db


@pytest.fixture
def base():
    return {
        "readings": make_article(
            "Как передать показания счётчиков", "Откройте подписку и введите число."
        ),
        "visits": make_article("Визит монтажника", "Время визита можно перенести. Счётчики."),
        "filing": make_article("Как подать заявку", "Проверьте адрес и нажмите кнопку."),
        "draft": make_article("Показания: черновик", "Показания.", published=False),
    }


def found(text: str) -> list[str]:
    return [row.slug for row in search_articles(text).articles]


@pytest.mark.parametrize(
    "text",
    [
        "показания",
        "ПОКАЗАНИЯ",
        "показание счетчика",
        "показ",
        "показаня",  # a letter left out
        "покозания",  # a letter changed
        "покаазния",  # two swapped
        "показанния",  # one too many
        "gjrfpfybz",  # the wrong layout
        "pokazaniya",  # in Latin letters
    ],
)
def test_an_article_is_found_however_it_is_typed(text, base):
    assert found(text)[0] == base["readings"].slug
    assert base["draft"].slug not in found(text)


def test_the_title_weighs_more_than_the_text(base):
    assert found("счётчик") == [base["readings"].slug, base["visits"].slug]


def test_what_was_meant_is_said():
    make_article("Показания счётчиков")
    assert search_articles("gjrfpfybz").meant == "показания"
    assert search_articles("показания").meant == ""


@pytest.mark.parametrize("text", ["", "   ", "!!!", "абракадабра", "%", "\\", "' OR 1=1 --"])
def test_nothing_is_found_for_nothing(text, base):
    assert found(text) == []


def test_a_text_of_any_length_and_of_any_characters_is_taken(base):
    assert found("показания " * 500)[0] == base["readings"].slug
    assert found("показания\U0001f600") == found("показания")


def test_forms_of_a_word_have_one_stem():
    assert {stem(word) for word in ("заявка", "заявку", "заявки", "заявкой", "заявками")} == {
        "заявк"
    }
    assert stem("дом") == "дом"


def test_words_that_say_nothing_are_left_out():
    assert tokens_of("не работает интернет у меня дома")[:2] == ["работает", "интернет"]
    assert tokens_of("не") == ["не"]


def test_addresses_of_links_are_no_words():
    words = words_of_article("Title", "", "See [the page](https://example.com/secret-path).")
    assert "secret" not in words
    assert words["title"] > words["page"]


def test_suggestions_answer_a_sentence(base):
    texts = "Добрый день! Не могу понять, куда вводить показания по горячей воде"
    assert suggest_articles(texts)[0].slug == base["readings"].slug


def test_articles_of_the_tickets_category_come_first(base):
    category = TicketCategoryFactory()
    own = make_article("Другое", "О разном.", ticket_category=category)
    assert [row.slug for row in suggest_articles("", category.public_id)] == [own.slug]
    both = suggest_articles("визит", category.public_id)
    assert {row.slug for row in both} == {own.slug, base["visits"].slug}
    assert suggest_articles("", "nothing") == []


def test_the_fragment_holds_five_at_most_and_what_an_answer_needs():
    for number in range(7):
        make_article(f"Роутер {number}", summary="Коротко <о главном>")
    html = Browser().get(reverse("help_suggest"), {"q": "роутер"}).content.decode()
    assert html.count("<li>") == 5
    assert 'data-article-url="/help/router-' in html
    assert 'data-article-title="Роутер ' in html
    assert "&lt;о главном&gt;" in html
    assert Browser().get(reverse("help_suggest"), {"q": "ничего"}).content == b""


def test_a_suggestion_costs_two_queries_and_then_one(base, django_assert_num_queries):
    with django_assert_num_queries(2):
        suggest_articles("показаня", "nothing")
    with django_assert_num_queries(1):
        suggest_articles("показаня", "nothing")
    with CaptureQueriesContext(
        connection,
    ) as caught:
        Browser().get(reverse("help_suggest"), {"q": "показания"})
    assert len(caught) <= 2


def test_the_search_page_says_when_nothing_is_found(base):
    browser = Browser(headers={"accept-language": "en"})
    page = browser.get(reverse("help_search"), {"q": "абракадабра"}).content.decode()
    assert "Nothing was found" in page
    assert '<meta name="robots" content="noindex">' in page
    assert "What are you looking for?" in browser.get(reverse("help_search")).content.decode()


def test_articles_that_come_with_the_portal_are_found():
    loaded = load_help(system_actor())
    assert loaded.new >= 12
    assert load_help(system_actor()).left == loaded.new
    assert found("как проверить адрес")[0] == "check-address"
    assert found("не работает интернет")[0] == "outage"
    assert found("второй фактор")[0] == "second-factor"
    assert found("удалить учётную запись")[0] == "personal-data"
