"""Those who write the knowledge base: services and pages."""

import pytest
from django.urls import reverse

from core.choices import OrganizationKind, StaffScope
from core.errors import Conflict, DomainError, Forbidden
from core.models import Event
from support.choices import ArticleState
from support.models import Article, ArticleWord
from support.services.articles import publish, save_article, unpublish
from support.tests.factories import ArticleCategoryFactory, make_article
from users.models import Organization
from users.tests.factories import OrganizationFactory, make_actor, make_staff

pytestmark = pytest.mark.django_db
WRITERS = [StaffScope.SUPPORT, StaffScope.CONTENT, StaffScope.ADMIN]


def given(**more):
    return {"title": "How to file", "body": "Press File.", **more}


# --- services ---------------------------------------------------------------------------------
def test_a_new_article_is_a_draft_with_its_words_and_an_event():
    actor = make_staff(StaffScope.SUPPORT)
    article = save_article(actor, None, **given(category=ArticleCategoryFactory()))
    assert (article.slug, article.state, article.written_by) == (
        "how-to-file",
        ArticleState.DRAFT,
        actor.user,
    )
    assert set(article.words.values_list("word", flat=True)) == {"how", "file", "press"}
    event = Event.objects.get(kind="article.changed")
    assert (event.subject_id, event.actor_user_id) == (article.pk, actor.user_id)


def test_words_follow_the_text():
    article = make_article("One", "First words.")
    save_article(make_staff(), article, title="Two", body="Other.", category=article.category)
    assert set(ArticleWord.objects.values_list("word", flat=True)) == {"two", "other"}


@pytest.mark.parametrize("who", ["member", "account manager", "acting"])
def test_nobody_else_writes(who):
    article = make_article()
    actor = {
        "member": lambda: make_actor(OrganizationKind.PROVIDER),
        "account manager": lambda: make_staff(StaffScope.ACCOUNT_MANAGER),
        "acting": lambda: make_staff(StaffScope.ADMIN, OrganizationFactory()),
    }[who]()
    with pytest.raises(Forbidden):
        save_article(actor, None, **given(category=article.category))
    with pytest.raises(Forbidden):
        unpublish(actor, article)
    assert Article.objects.count() == 1


def test_an_edit_of_an_old_version_is_refused():
    article = make_article()
    seen = article.version
    save_article(make_staff(), article, **given(category=article.category), version=seen)
    with pytest.raises(Conflict):
        save_article(make_staff(), article, **given(category=article.category), version=seen)
    with pytest.raises(Conflict):
        unpublish(make_staff(), article, version=seen)


@pytest.mark.parametrize(
    ("field", "more"),
    [
        ("title", {"title": "  "}),
        ("title", {"title": "x" * 151}),
        ("body", {"body": "\n "}),
        ("body", {"body": "x" * 50_001}),
        ("body", {"body": "nul \x00"}),
        ("slug", {"slug": "search"}),
        ("slug", {"slug": "new"}),
        ("slug", {"slug": "как"}),
        ("slug", {"slug": "a/b"}),
        ("slug", {"slug": "x" * 81}),
    ],
)
def test_what_cannot_be_kept_is_refused_at_its_field(field, more):
    with pytest.raises(DomainError) as refused:
        save_article(make_staff(), None, **given(category=ArticleCategoryFactory(), **more) | more)
    assert refused.value.field == field
    assert Article.objects.count() == 0


def test_titles_alike_get_addresses_of_their_own_and_a_taken_one_is_refused():
    section = ArticleCategoryFactory()
    actor = make_staff()
    slugs = [save_article(actor, None, **given(category=section)).slug for _ in range(3)]
    assert slugs == ["how-to-file", "how-to-file-2", "how-to-file-3"]
    with pytest.raises(DomainError) as refused:
        save_article(actor, None, **given(category=section, slug="how-to-file"))
    assert refused.value.field == "slug"


def test_a_russian_title_becomes_a_latin_address():
    assert make_article("Как проверить адрес?").slug == "kak-proverit-adres"
    assert make_article("???").slug == "article"


def test_what_was_published_once_keeps_its_address():
    article = unpublish(make_staff(), make_article())
    with pytest.raises(DomainError) as refused:
        save_article(make_staff(), article, **given(category=article.category, slug="other"))
    assert refused.value.field == "slug"


def test_publishing_twice_is_one_event():
    article = make_article(published=False)
    publish(make_staff(), article)
    publish(make_staff(), article)
    assert Event.objects.filter(kind="article.published").count() == 1


# --- pages ------------------------------------------------------------------------------------
def form(section, **more):
    return {
        "title": "How to file",
        "summary": "",
        "body": "Press **File**.",
        "category": section.pk,
        "ticket_category": "",
        "position": "0",
        "slug": "",
        **more,
    }


@pytest.mark.parametrize("scope", WRITERS)
def test_an_article_is_written_looked_at_and_published(scope, sign_in):
    browser = sign_in(make_staff(scope))
    section = ArticleCategoryFactory()
    assert browser.get(reverse("article_new")).status_code == 200
    saved = browser.post(reverse("article_new"), form(section))
    assert saved["Location"] == reverse("article_edit", args=["how-to-file"])
    assert browser.get(saved["Location"]).status_code == 200
    browser.post(reverse("article_state", args=["how-to-file"]), {"do": "publish"})
    article = Article.objects.get()
    assert article.state == ArticleState.PUBLISHED
    edited = form(section, body="Anew.", version=str(article.version))
    browser.post(reverse("article_edit", args=["how-to-file"]), edited)
    article.refresh_from_db()
    assert article.body == "Anew."
    browser.post(reverse("article_state", args=["how-to-file"]), {"do": "unpublish"})
    article.refresh_from_db()
    assert article.state == ArticleState.DRAFT


@pytest.mark.parametrize(
    "actor",
    [
        pytest.param(lambda: make_actor(OrganizationKind.AGENCY), id="member"),
        pytest.param(lambda: make_staff(StaffScope.ACCOUNT_MANAGER), id="account manager"),
    ],
)
def test_the_pages_of_writers_do_not_exist_for_others(actor, sign_in):
    browser = sign_in(actor())
    article = make_article()
    for address in (
        reverse("article_list"),
        reverse("article_new"),
        reverse("article_edit", args=[article.slug]),
    ):
        assert browser.get(address).status_code == 404
    assert browser.post(reverse("article_preview"), {"body": "x"}).status_code == 404


def test_the_preview_shows_what_readers_will_see_and_saves_nothing(sign_in):
    browser = sign_in(make_staff(StaffScope.CONTENT))
    section = ArticleCategoryFactory()
    fragment = browser.post(reverse("article_preview"), {"body": "**Bold** <script>x</script>"})
    assert "<strong>Bold</strong>" in fragment.content.decode()
    assert "<script>" not in fragment.content.decode()
    page = browser.post(reverse("article_new"), form(section, preview="1")).content.decode()
    assert "<strong>File</strong>" in page
    assert Article.objects.count() == 0


def test_a_conflict_shows_what_is_saved_now_and_loses_nothing(sign_in):
    browser = sign_in(make_staff(StaffScope.SUPPORT))
    article = make_article()
    stale = form(article.category, body="Mine.", version=str(article.version))
    save_article(make_staff(), article, **given(category=article.category, body="Theirs."))
    answer = browser.post(reverse("article_edit", args=[article.slug]), stale)
    page = answer.content.decode()
    assert answer.status_code == 409
    assert "Theirs." in page
    assert "Mine." in page
    article.refresh_from_db()
    assert f'name="version" value="{article.version}"' in page


def test_errors_stand_beside_their_fields(sign_in):
    browser = sign_in(make_staff(StaffScope.SUPPORT))
    browser.cookies["django_language"] = "en"
    answer = browser.post(reverse("article_new"), form(ArticleCategoryFactory(), slug="search"))
    assert answer.status_code == 422
    assert "Choose another address." in answer.content.decode()


def test_fields_that_the_form_does_not_offer_do_not_stick(sign_in):
    browser = sign_in(make_staff(StaffScope.SUPPORT))
    more = {"state": "PUBLISHED", "helped": "99", "published_at": "2026-01-01", "written_by": "1"}
    browser.post(reverse("article_new"), form(ArticleCategoryFactory(), **more))
    article = Article.objects.get()
    assert (article.state, article.helped, article.published_at) == (ArticleState.DRAFT, 0, None)


def test_the_list_finds_and_filters_at_one_price(sign_in, django_assert_num_queries):
    browser = sign_in(make_staff(StaffScope.SUPPORT))
    first = make_article("Meter readings")
    browser.get(reverse("article_list"))
    with django_assert_num_queries(4):
        browser.get(reverse("article_list"))
    make_article("Visits", published=False)
    make_article("Passkeys")
    with django_assert_num_queries(4):
        page = browser.get(reverse("article_list")).content.decode()
    assert page.count('class="lead-cell"') == 3
    found = browser.get(reverse("article_list"), {"q": "METER", "state": "PUBLISHED"})
    assert first.title in found.content.decode()
    assert "Visits" not in found.content.decode()
    assert browser.get(reverse("article_list"), {"sate": "DRAFT"}).status_code == 400


def test_articles_are_written_in_the_admin_too(sign_in):
    browser = sign_in(make_staff(StaffScope.ADMIN))
    section = ArticleCategoryFactory()
    browser.post(reverse("admin:support_article_add"), form(section))
    article = Article.objects.get()
    assert (article.slug, article.state) == ("how-to-file", ArticleState.DRAFT)
    assert article.words.exists()
    publish(make_staff(), article)
    answer = browser.post(
        reverse("admin:support_article_change", args=[article.pk]), form(section, slug="other")
    )
    assert answer.status_code == 200
    assert Article.objects.get().slug == "how-to-file"
    assert Organization.objects.count() == 0
