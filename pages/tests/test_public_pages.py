"""The public site as visitors and search engines see it."""

from html import unescape

import pytest
from django.core.cache import caches
from django.urls import reverse

from core.choices import OrganizationKind
from locations.tests.factories import CityFactory
from pages.models import SitePage
from pages.starter import SLUGS, read_text
from users.tests.factories import OrganizationFactory, make_actor

pytestmark = pytest.mark.django_db


def text_of(answer) -> str:
    return answer.content.decode()


@pytest.mark.parametrize("slug", SLUGS)
@pytest.mark.parametrize("language", ["ru", "en"])
def test_each_page_of_a_new_site_is_there_in_both_languages(client, slug, language):
    client.cookies["django_language"] = language
    written = read_text(f"{slug}.{language}")
    answer = client.get(f"/{slug}/")
    assert answer.status_code == 200
    html = unescape(text_of(answer))
    assert f'<html lang="{language}"' in html
    assert written["title"] in html
    assert f"<title>{written['seo_title']} · Estconnect</title>" in html
    assert f'<meta name="description" content="{written["seo_description"]}">' in html
    assert f'<link rel="canonical" href="http://localhost:8000/{slug}/">' in html


def test_the_canonical_address_has_no_parameters(client):
    html = text_of(client.get("/about/?from=mail"))
    assert '<link rel="canonical" href="http://localhost:8000/about/">' in html


def test_a_page_not_published_does_not_exist(client):
    SitePage.objects.filter(slug="about").update(is_published=False)
    assert client.get("/about/").status_code == 404
    assert client.get("/no-such-page/").status_code == 404


def test_markdown_of_a_page_runs_nothing(client):
    SitePage.objects.create(
        slug="hostile", title_ru="<b>x</b>", body_ru="<script>alert(1)</script> [a](javascript:b)"
    )
    html = text_of(client.get("/hostile/"))
    assert "<script>alert" not in html
    assert "<b>x</b>" not in html
    assert 'href="javascript' not in html


def test_a_page_read_again_costs_no_query(client, django_assert_num_queries):
    client.get("/about/")
    with django_assert_num_queries(0):
        client.get("/about/")


def test_the_first_page_asks_for_an_address_first(client):
    html = text_of(client.get("/"))
    form = html.index(f'action="{reverse("check")}"')
    assert html.index("<h1") < form < html.index("<h2")
    assert f'data-combobox="{reverse("suggest")}"' in html


def test_the_first_page_counts_only_what_is_there(client):
    assert "welcome-reach" not in text_of(client.get("/"))
    CityFactory.create_batch(2)
    OrganizationFactory(kind=OrganizationKind.PROVIDER)
    OrganizationFactory(kind=OrganizationKind.PROVIDER, verified_at=None)
    OrganizationFactory(kind=OrganizationKind.PROVIDER, is_sandbox=True)
    caches["local"].clear()
    client.cookies["django_language"] = "en"
    html = text_of(client.get("/"))
    assert "2 cities" in html
    assert "1 provider takes" in html


def test_the_first_page_read_again_costs_no_query(client, django_assert_num_queries):
    client.get("/")
    with django_assert_num_queries(0):
        client.get("/")


def test_whoever_is_signed_in_gets_the_cabinet(sign_in):
    answer = sign_in(make_actor()).get("/")
    assert answer.status_code == 302
    assert answer["Location"] == reverse("home")


def test_the_language_is_switched_and_kept(client):
    assert '<html lang="ru"' in text_of(client.get("/about/"))
    answer = client.post(reverse("set_language"), {"language": "en", "next": "/about/"})
    assert answer.status_code == 302
    assert answer["Location"] == "/about/"
    html = text_of(client.get("/about/"))
    assert '<html lang="en"' in html
    assert read_text("about.en")["lead"] in html


def test_the_browsers_language_is_a_first_guess(client):
    html = text_of(client.get("/about/", headers={"Accept-Language": "en-GB,en;q=0.9"}))
    assert '<html lang="en"' in html


def test_the_sitemap_names_published_pages_by_their_own_host(client):
    SitePage.objects.filter(slug="about").update(is_published=False)
    index = client.get("/sitemap.xml")
    assert index["Content-Type"] == "application/xml"
    assert "<loc>http://localhost:8000/sitemap-texts.xml</loc>" in text_of(index)
    # A part without anything in it is not named.
    assert "sitemap-cities.xml" not in text_of(index)
    answer = client.get("/sitemap-portal.xml")
    assert answer["Content-Type"] == "application/xml"
    xml = text_of(answer) + text_of(client.get("/sitemap-texts.xml"))
    for path in ("/", "/availability/", "/contacts/"):
        assert f"<loc>http://localhost:8000{path}</loc>" in xml
    assert "/about/" not in xml


def test_robots_are_kept_from_what_needs_sign_in(client):
    answer = client.get("/robots.txt")
    assert answer["Content-Type"].startswith("text/plain")
    lines = text_of(answer).splitlines()
    assert "Disallow: /requests/" in lines
    assert "Disallow: /" not in lines
    assert "Sitemap: http://localhost:8000/sitemap.xml" in lines


def test_the_icon_is_found_where_browsers_look(client):
    answer = client.get("/favicon.ico")
    assert answer.status_code == 302
    assert answer["Location"].endswith("favicon.svg")
