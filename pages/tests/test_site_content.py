"""Settings and menus of the site: what is shown, and what it costs."""

import pytest
from django.core.exceptions import ValidationError
from django.urls import reverse
from django.utils import translation

from core.choices import StaffScope
from pages.context_processors import site as site_processor
from pages.models import MenuItem, SitePage, SiteSettings
from pages.selectors import site
from users.tests.factories import make_staff

pytestmark = pytest.mark.django_db

HEADER = MenuItem.Placement.HEADER


@pytest.fixture
def menu():
    """A function: the titles and addresses of the header as a visitor gets them anew."""
    MenuItem.objects.all().delete()

    def _menu() -> list:
        from django.core.cache import caches

        caches["local"].clear()
        return [(link.title, link.url) for link in site.site_content().header]

    return _menu


def page(**values):
    return SitePage.objects.create(**{"slug": "terms", "title_ru": "Условия", **values})


def test_a_warm_site_costs_no_query(rf, django_assert_num_queries):
    with django_assert_num_queries(2):
        site_processor(rf.get("/"))
    with django_assert_num_queries(0):
        context = site_processor(rf.get("/"))
    assert set(context) == {"site", "site_menu", "footer_menu"}


def test_each_language_has_texts_of_its_own(menu):
    MenuItem.objects.create(placement=HEADER, page=page(title_en="Terms"))
    assert menu() == [("Условия", "/terms/")]
    with translation.override("en"):
        assert menu() == [("Terms", "/terms/")]


def test_a_title_of_its_own_goes_before_that_of_the_page(menu):
    terms = page(title_en="Terms")
    MenuItem.objects.create(placement=HEADER, page=terms, title_ru="Правила")
    assert menu() == [("Правила", "/terms/")]
    with translation.override("en"):
        assert menu() == [("Terms", "/terms/")]


def test_what_is_not_translated_is_shown_in_russian(menu):
    MenuItem.objects.create(placement=HEADER, title_ru="Начало", target="site_home")
    with translation.override("en"):
        assert menu() == [("Начало", "/")]


def test_an_item_that_would_be_dead_is_not_shown(menu):
    MenuItem.objects.create(placement=HEADER, page=page(is_published=False))
    MenuItem.objects.create(placement=HEADER, title_ru="x", target="no_such_page")
    MenuItem.objects.create(placement=HEADER, title_ru="x", target="/no/such/path/")
    MenuItem.objects.create(placement=HEADER, title_ru="x", target="/unpublished/")
    MenuItem.objects.create(placement=HEADER, title_ru="x", target="home", is_visible=False)
    MenuItem.objects.create(placement=HEADER, title_ru="heading alone")
    MenuItem.objects.create(placement=HEADER, title_ru="kept", target="/home/?from=menu#top")
    assert menu() == [("kept", "/home/?from=menu#top")]


def test_a_heading_shows_what_is_under_it_and_vanishes_with_it(menu):
    heading = MenuItem.objects.create(placement=HEADER, title_ru="Кому")
    terms = page()
    MenuItem.objects.create(placement=HEADER, parent=heading, page=terms)
    assert menu() == [("Кому", "")]
    assert [child.url for child in site.site_content().header[0].children] == ["/terms/"]
    terms.is_published = False
    terms.save()
    assert menu() == []


def test_items_stand_in_their_order_and_place(menu):
    MenuItem.objects.create(placement=HEADER, title_ru="second", target="home", position=2)
    MenuItem.objects.create(placement=HEADER, title_ru="first", target="home", position=1)
    MenuItem.objects.create(placement=MenuItem.Placement.FOOTER, title_ru="foot", target="home")
    assert [title for title, _url in menu()] == ["first", "second"]


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"title_ru": "x", "target": "/nowhere/at/all/"}, "target"),
        ({"title_ru": "x", "target": "https://evil.example/"}, "target"),
        ({"title_ru": "", "target": "home"}, "title_ru"),
    ],
)
def test_the_form_refuses_an_item_that_could_not_work(values, field):
    with pytest.raises(ValidationError) as refused:
        MenuItem(placement=HEADER, **values).full_clean()
    assert field in refused.value.message_dict


def test_the_menu_has_two_levels_in_one_place():
    top = MenuItem.objects.create(placement=HEADER, title_ru="top")
    below = MenuItem.objects.create(placement=HEADER, title_ru="below", parent=top)
    for parent, placement in ((below, HEADER), (top, MenuItem.Placement.FOOTER)):
        with pytest.raises(ValidationError) as refused:
            MenuItem(placement=placement, title_ru="x", parent=parent).full_clean()
        assert "parent" in refused.value.message_dict


def test_a_page_cannot_take_an_address_of_the_portal():
    with pytest.raises(ValidationError) as refused:
        SitePage(slug="home", title_ru="x").full_clean()
    assert "slug" in refused.value.message_dict


def test_the_policy_stays_published():
    policy = SitePage.objects.get(slug="privacy")
    policy.is_published = False
    with pytest.raises(ValidationError):
        policy.full_clean()


def test_a_change_in_the_admin_is_seen_at_once(sign_in, client, django_capture_on_commit_callbacks):
    staff = sign_in(make_staff(StaffScope.ADMIN))
    assert "Новое имя" not in client.get("/about/").content.decode()
    form = {"name": "Новое имя", "phone": "+7 495 123-45-67", "email": "a@example.org"}
    with django_capture_on_commit_callbacks(execute=True):
        answer = staff.post(reverse("admin:pages_sitesettings_change", args=[1]), form)
    assert answer.status_code == 302
    assert "Новое имя" in client.get("/about/").content.decode()
    assert "+7\xa0495\xa0123-45-67" in client.get("/contacts/").content.decode()


def test_settings_open_as_the_one_form_they_are(sign_in):
    staff = sign_in(make_staff(StaffScope.ADMIN))
    SiteSettings.objects.all().delete()
    answer = staff.get(reverse("admin:pages_sitesettings_changelist"))
    assert answer.status_code == 302
    assert staff.get(answer["Location"]).status_code == 200
    assert staff.get(reverse("admin:pages_sitesettings_add")).status_code == 403


@pytest.mark.parametrize("model", ["sitepage", "menuitem"])
def test_lists_of_the_admin_open(sign_in, model):
    staff = sign_in(make_staff(StaffScope.ADMIN))
    assert staff.get(reverse(f"admin:pages_{model}_changelist")).status_code == 200
    assert staff.get(reverse(f"admin:pages_{model}_add")).status_code == 200


def test_the_policy_cannot_be_deleted(sign_in):
    staff = sign_in(make_staff(StaffScope.ADMIN))
    policy = SitePage.objects.get(slug="privacy")
    answer = staff.post(reverse("admin:pages_sitepage_delete", args=[policy.pk]), {"post": "yes"})
    assert answer.status_code == 403
    chosen = {"action": "delete_selected", "_selected_action": [policy.pk], "post": "yes"}
    staff.post(reverse("admin:pages_sitepage_changelist"), chosen)
    assert SitePage.objects.filter(slug="privacy").exists()
