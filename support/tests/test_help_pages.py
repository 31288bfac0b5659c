"""The public knowledge base: who reads what, what machines read, votes."""

from datetime import timedelta

import pytest
from django.test import Client as Browser
from django.urls import reverse
from django.utils import timezone

from core import clock
from core.choices import OrganizationKind, StaffScope
from support.models import Article, ArticleVote
from support.selectors.articles import related
from support.services.article_votes import reader_of
from support.services.articles import publish, save_article, unpublish
from support.tests.factories import ArticleCategoryFactory, make_article
from users.tests.factories import make_actor, make_staff

pytestmark = pytest.mark.django_db
LONG = "\n\n".join(f"## Part {n}\n\n{'Words of a part. ' * 40}" for n in range(4))


@pytest.fixture
def browser():
    return Browser(headers={"accept-language": "en"})


def page_of(article: Article) -> str:
    return reverse("help_article", args=[article.slug])


def test_anybody_reads_sections_and_articles(browser):
    section = ArticleCategoryFactory(name="First steps", description="From address to request.")
    article = make_article("How to file", "Press **File**.", category=section, summary="In short.")
    home = browser.get(reverse("help_home"))
    assert "First steps" in home.content.decode()
    assert page_of(article) in home.content.decode()
    shelf = browser.get(reverse("help_category", args=[section.slug]))
    assert "In short." in shelf.content.decode()
    page = browser.get(page_of(article)).content.decode()
    assert "<strong>File</strong>" in page
    assert '<meta name="description" content="In short.">' in page
    assert f'<link rel="canonical" href="http://localhost:8000{page_of(article)}">' in page
    assert "On this page" not in page


def test_a_long_article_has_contents_that_lead_to_its_headings(browser):
    page = browser.get(page_of(make_article(body=LONG))).content.decode()
    assert "On this page" in page
    for number in range(4):
        assert f'href="#s-part-{number}"' in page
        assert f'<h2 id="s-part-{number}">' in page


def test_headings_of_one_name_have_anchors_of_their_own(browser):
    body = LONG.replace("Part 1", "Part 0")
    page = browser.get(page_of(make_article(body=body))).content.decode()
    assert page.count('id="s-part-0"') == 1
    assert page.count('id="s-part-0-2"') == 1


@pytest.mark.parametrize(
    "hostile",
    [
        "<script>alert(1)</script>",
        "## <img src=x onerror=alert(1)>",
        "[click](javascript:alert(1))",
        "![pixel](https://spy.example/p.png)",
        '## "><svg onload=alert(1)>',
        "<h2 onclick=alert(1)>Hello</h2>",
    ],
)
def test_hostile_markdown_is_harmless_on_the_page_and_in_the_contents(browser, hostile):
    page = browser.get(page_of(make_article(body=f"{hostile}\n\n{LONG}"))).content.decode()
    text = page[page.index('<div class="help-page') : page.index('<p class="help-note">')]
    for bad in ("<script", "<img src", "spy.example", "<svg", 'href="javascript', "<h2 on"):
        assert bad not in text


@pytest.mark.parametrize("who", ["anonymous", "member", "account manager"])
def test_drafts_do_not_exist_for_those_who_do_not_write(who, browser, sign_in):
    draft = make_article("Secret plans", published=False)
    if who == "member":
        browser = sign_in(make_actor(OrganizationKind.AGENCY))
    elif who == "account manager":
        browser = sign_in(make_staff(StaffScope.ACCOUNT_MANAGER))
    assert browser.get(page_of(draft)).status_code == 404
    assert (
        browser.post(reverse("help_vote", args=[draft.slug]), {"helped": "yes"}).status_code == 404
    )
    shown = [
        browser.get(reverse("help_home")),
        browser.get(reverse("help_search"), {"q": "secret plans"}),
        browser.get(reverse("help_suggest"), {"q": "secret plans"}),
        browser.get(reverse("sitemap_part", args=["portal"])),
    ]
    assert all("secret-plans" not in answer.content.decode() for answer in shown)
    assert browser.get(reverse("help_category", args=[draft.category.slug])).status_code == 404


@pytest.mark.parametrize("scope", [StaffScope.SUPPORT, StaffScope.CONTENT, StaffScope.ADMIN])
def test_writers_see_a_draft_at_its_address_and_search_engines_do_not(scope, sign_in):
    draft = make_article("Secret plans", published=False)
    browser = sign_in(make_staff(scope))
    page = browser.get(page_of(draft)).content.decode()
    assert '<meta name="robots" content="noindex">' in page
    assert reverse("article_edit", args=[draft.slug]) in page
    assert "help-helped" not in page


def test_an_article_taken_back_is_gone_at_once(browser):
    article = make_article("How to file")
    assert browser.get(page_of(article)).status_code == 200
    unpublish(make_staff(), article)
    assert browser.get(page_of(article)).status_code == 404
    assert "how-to-file" not in browser.get(reverse("help_search"), {"q": "file"}).content.decode()


def test_published_articles_and_their_sections_stand_in_the_sitemap(browser):
    article = make_article()
    make_article("Secret plans", published=False)
    index = browser.get(reverse("sitemap")).content.decode()
    assert reverse("sitemap_part", args=["articles"]) in index
    shown = browser.get(reverse("sitemap_part", args=["articles"])).content.decode()
    assert f"http://localhost:8000{page_of(article)}" in shown
    assert "secret-plans" not in shown
    sections = browser.get(reverse("sitemap_part", args=["help"])).content.decode()
    assert reverse("help_category", args=[article.category.slug]) in sections
    assert sections.count("<loc>") == 1


def test_related_articles_share_words_or_the_section():
    section = ArticleCategoryFactory()
    article = make_article("Meter readings", category=section)
    near = make_article("Wrong meter", "Other text.")
    same = make_article("Invoices", "Other text.", category=section)
    make_article("Passkeys", "Another thing altogether.")
    make_article("Meters of drafts", published=False)
    assert [row.slug for row in related(article)] == [near.slug, same.slug]


# --- unchanged pages --------------------------------------------------------------------------
def test_a_page_that_has_not_changed_is_not_sent_again(browser):
    article = make_article()
    browser.get(page_of(article))
    first = browser.get(page_of(article))
    again = browser.get(page_of(article), headers={"if-none-match": first["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert first["Cache-Control"] == "private, no-cache"
    with clock.set_to(timezone.now() + timedelta(minutes=1)):
        save_article(
            make_staff(), article, title=article.title, body="New.", category=article.category
        )
    changed = browser.get(page_of(article), headers={"if-none-match": first["ETag"]})
    assert changed.status_code == 200
    assert "New." in changed.content.decode()


@pytest.mark.parametrize("name", ["help_home", "help_category"])
def test_lists_are_sent_anew_when_an_article_comes(name, browser):
    article = make_article()
    address = reverse(name, args=[article.category.slug] if name == "help_category" else [])
    browser.get(address)
    tag = browser.get(address)["ETag"]
    assert browser.get(address, headers={"if-none-match": tag}).status_code == 304
    make_article("Another", category=article.category)
    assert browser.get(address, headers={"if-none-match": tag}).status_code == 200


def test_what_one_reader_has_is_not_taken_for_what_another_sees(browser, sign_in):
    article = make_article()
    browser.get(page_of(article))
    tag = browser.get(page_of(article))["ETag"]
    other = sign_in(make_actor())
    other.get(page_of(article))
    assert other.get(page_of(article), headers={"if-none-match": tag}).status_code == 200


# --- votes ------------------------------------------------------------------------------------
def vote(browser, article, helped, **more):
    return browser.post(reverse("help_vote", args=[article.slug]), {"helped": helped, **more})


def counts(article: Article) -> tuple[int, int]:
    article.refresh_from_db()
    return article.helped, article.helped_not


def test_an_anonymous_reader_has_one_vote_and_may_change_it(browser):
    article = make_article()
    assert vote(browser, article, "yes").status_code == 302
    vote(browser, article, "yes")
    assert counts(article) == (1, 0)
    vote(browser, article, "no", comment="The third step is missing.")
    assert counts(article) == (0, 1)
    stored = ArticleVote.objects.get()
    assert stored.comment == "The third step is missing."
    page = browser.get(page_of(article)).content.decode()
    assert "The third step is missing." in page
    vote(browser, article, "yes", comment="Not kept with a yes.")
    assert counts(article) == (1, 0)
    assert ArticleVote.objects.get().comment == ""
    assert vote(Browser(), article, "yes").status_code == 302
    assert counts(article) == (2, 0)


def test_a_person_has_one_vote_in_all_their_browsers(sign_in):
    article, actor = make_article(), make_actor()
    vote(sign_in(actor), article, "yes")
    vote(sign_in(actor), article, "no")
    assert counts(article) == (0, 1)


def test_the_reader_of_a_vote_is_a_digest_that_leads_to_nobody():
    actor = make_actor()
    digest = reader_of(actor, "")
    assert len(digest) == 64
    assert digest != reader_of(make_actor(), "")


def test_a_session_that_nobody_was_given_is_no_reader(browser):
    article = make_article()
    browser.cookies["sessionid"] = "forged0123456789forged0123456789"
    vote(browser, article, "yes")
    assert browser.cookies["sessionid"].value != "forged0123456789forged0123456789"


@pytest.mark.parametrize("helped", ["", "maybe"])
def test_a_vote_says_yes_or_no(helped, browser):
    article = make_article()
    assert vote(browser, article, helped).status_code == 404
    assert counts(article) == (0, 0)


def test_a_comment_that_is_too_long_is_not_lost(browser):
    article = make_article()
    answer = vote(browser, article, "no", comment="long " * 200)
    assert answer.status_code == 422
    assert "long long" in answer.content.decode()
    assert ArticleVote.objects.count() == 0


def test_votes_of_one_network_address_are_limited(browser, monkeypatch):
    monkeypatch.setattr("support.views.help.VOTES_AT_MOST", 3)
    article = make_article()
    statuses = [
        vote(Browser(REMOTE_ADDR="203.0.113.77"), article, "yes").status_code for _ in "12345"
    ]
    assert statuses == [302, 302, 302, 429, 429]
    assert counts(article) == (3, 0)


def test_comments_are_read_by_writers_alone(browser, sign_in):
    article = make_article()
    vote(browser, article, "no", comment="Where is step three?")
    other = Browser().get(page_of(article)).content.decode()
    assert "Where is step three?" not in other
    edited = sign_in(make_staff(StaffScope.SUPPORT)).get(
        reverse("article_edit", args=[article.slug])
    )
    assert "Where is step three?" in edited.content.decode()


# --- queries ----------------------------------------------------------------------------------
@pytest.mark.parametrize(("name", "queries"), [("help_home", 2), ("help_category", 2)])
def test_lists_cost_the_same_however_long(name, queries, browser, django_assert_num_queries):
    section = ArticleCategoryFactory()
    address = reverse(name, args=[section.slug] if name == "help_category" else [])
    make_article(category=section)
    browser.get(address)
    with django_assert_num_queries(queries):
        browser.get(address)
    for number in range(2):
        make_article(f"Article {number}", category=section)
        make_article(f"Elsewhere {number}")
    with django_assert_num_queries(queries):
        browser.get(address)


def test_an_article_costs_two_queries(browser, django_assert_num_queries):
    article = make_article()
    browser.get(page_of(article))
    with django_assert_num_queries(2):
        browser.get(page_of(article))
    make_article("How to check a house", category=article.category)
    with django_assert_num_queries(2):
        browser.get(page_of(article))


def test_a_draft_published_again_keeps_its_first_day():
    article = make_article()
    first = article.published_at
    with clock.set_to(timezone.now() + timedelta(days=2)):
        article = publish(make_staff(), unpublish(make_staff(), article))
    assert article.published_at == first
