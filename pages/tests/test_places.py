"""Pages of cities and providers: what they show, to whom they speak, what they never tell."""

import json
import re
from decimal import Decimal

import pytest
from django.core.cache import caches
from django.test import Client as Browser
from django.urls import reverse
from django.utils import timezone

from core.choices import OrganizationKind
from locations.models import Building, CoverageState
from locations.selectors.coverage_of_city import offered_in
from locations.tests.factories import (
    BuildingCoverageFactory,
    BuildingFactory,
    CityFactory,
    CoverageZoneFactory,
    RegionFactory,
    ServiceCategoryFactory,
    StreetFactory,
    square,
)
from pages.models import PublicCity, PublicOffer, PublicProvider
from pages.services import refresh_public_places
from pages.slugs import free_slug, transliterated
from subscriptions.tests.factories import PlanFactory
from users.tests.factories import OrganizationFactory

pytestmark = pytest.mark.django_db


def provider(**fields):
    named = {"name": "Уфанет", "verified_at": timezone.now()} | fields
    return OrganizationFactory(kind=OrganizationKind.PROVIDER, **named)


@pytest.fixture
def kazan():
    return CityFactory(name="Казань", population=1_300_000)


@pytest.fixture
def house(kazan):
    return BuildingFactory(street=StreetFactory(city=kazan, name="Чистопольская"))


def get(path):
    answer = Browser().get(path)
    return answer.status_code, answer.content.decode()


# --- addresses -----------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("name", "slug"),
    [
        ("Казань", "kazan"),
        ("Нижний Новгород", "nizhniy-novgorod"),
        ("Щёлково", "shchelkovo"),
        ("ООО «Ромашка-Телеком» №1", "ooo-romashka-telekom-no1"),
        ("Объячево", "obyachevo"),
        ("Google", "google"),
        ("日本", "n"),
        ("", "n"),
        ("/../", "n"),
    ],
)
def test_a_name_is_transliterated(name, slug):
    assert transliterated(name) == slug


def test_a_slug_that_is_taken_gets_the_region_and_then_a_number():
    taken = {"kirovsk"}
    second = free_slug("Кировск", "Мурманская", taken)
    assert second == "kirovsk-murmanskaya"
    assert free_slug("Кировск", "Мурманская", taken | {second}) == "kirovsk-murmanskaya-2"
    assert free_slug("Кировск", "", taken) == "kirovsk-2"


def test_the_larger_city_has_the_plain_slug_and_slugs_stay(kazan):
    small = CityFactory(
        name="Казань", population=900, region=RegionFactory(name="Омская"), qualifier="Омская"
    )
    for city in (small, kazan):
        building = BuildingFactory(street=StreetFactory(city=city))
        BuildingCoverageFactory(building=building, provider=provider(name=f"П{city.pk}"))
    refresh_public_places()
    slugs = dict(PublicCity.objects.values_list("city", "slug"))
    assert slugs == {kazan.pk: "kazan", small.pk: "kazan-omskaya"}
    # Growing, being renamed, being emptied change no address.
    type(small).objects.filter(pk=small.pk).update(population=9_000_000, name="Новая")
    refresh_public_places()
    assert dict(PublicCity.objects.values_list("city", "slug")) == slugs


# --- what is shown -------------------------------------------------------------------------
def test_a_city_shows_who_connects_there_from_which_price(house):
    zone = CoverageZoneFactory(provider=provider())
    cheap = PlanFactory(provider=zone.provider, name="Дешёвый", price=Decimal(300))
    dear = PlanFactory(provider=zone.provider, name="Дорогой", price=Decimal(900))
    elsewhere = PlanFactory(provider=zone.provider, name="Не здесь", everywhere=False)
    hidden = PlanFactory(provider=zone.provider, name="Скрытый", is_published=False)
    absent = PlanFactory(provider=provider(name="Далёкий"), name="Чужой")
    refresh_public_places()
    status, html = get("/connect/kazan/")
    assert status == 200
    for text in ("Казань", "Уфанет", cheap.name, dear.name, "300\N{NO-BREAK SPACE}₽"):
        assert text in html
    for row in (elsewhere, hidden, absent):
        assert row.name not in html
    assert html.index(cheap.name) < html.index(dear.name)
    assert '<link rel="canonical" href="http://localhost:8000/connect/kazan/">' in html
    assert 'value="Казань, "' in html
    assert 'href="/connect/kazan/ufanet/"' in html


def test_what_machines_read_is_right_and_ends_nothing(house):
    hostile = provider(name="</script><b>x & y")
    BuildingCoverageFactory(building=house, provider=hostile)
    PlanFactory(provider=hostile, price=Decimal("450.50"))
    refresh_public_places()
    _status, html = get("/connect/kazan/")
    assert "</script><b>" not in html
    block = re.search(r'<script type="application/ld\+json" nonce="[^"]+">(.*?)</script>', html)[1]
    graph = json.loads(block)["@graph"]
    service = next(row for row in graph if row["@type"] == "Service")
    assert service["provider"] == [{"@type": "Organization", "name": hostile.name}]
    assert service["offers"]["lowPrice"] == "450.50"
    assert service["areaServed"]["name"] == "Казань"
    crumbs = next(row for row in graph if row["@type"] == "BreadcrumbList")["itemListElement"]
    assert crumbs[0]["item"] == "http://localhost:8000/connect/"


def test_a_provider_has_a_page_and_one_in_each_city(house):
    zone = CoverageZoneFactory(provider=provider(about="Мы с 1999 года", website="https://a.test/"))
    plan = PlanFactory(provider=zone.provider)
    refresh_public_places()
    for path in ("/providers/ufanet/", "/connect/kazan/ufanet/"):
        status, html = get(path)
        assert status == 200
        assert plan.name in html
        assert f'<link rel="canonical" href="http://localhost:8000{path}">' in html
    _status, html = get("/providers/ufanet/")
    assert 'name="q" value=""' in html
    assert "Мы с 1999 года" in html
    assert 'href="/connect/kazan/ufanet/"' in html
    assert 'href="https://a.test/" rel="nofollow noopener"' in html
    assert "/providers/ufanet/" in get("/providers/")[1]
    assert "/connect/kazan/" in get("/connect/")[1]


@pytest.mark.parametrize(
    "fields",
    [
        {"is_sandbox": True},
        {"verified_at": None},
        {"is_active": False},
        {"verified_at": None, "is_claimed": False},
    ],
)
def test_only_verified_real_working_providers_have_pages(house, fields):
    stated = BuildingCoverageFactory(building=house, provider=provider(**fields))
    PlanFactory(provider=stated.provider)
    refresh_public_places()
    assert get("/providers/ufanet/")[0] == 404
    assert get("/connect/kazan/ufanet/")[0] == 404
    assert "Уфанет" not in get("/providers/")[1]
    status, html = get("/connect/kazan/")
    # Staff work the requests of one that is not on the portal yet: it is in answers, so it is here.
    worked_by_staff = fields.get("is_claimed") is False
    assert (status == 200) is worked_by_staff
    assert ("Уфанет" in html) is worked_by_staff


def test_a_provider_that_loses_its_verification_is_gone_before_the_next_run(house):
    stated = BuildingCoverageFactory(building=house, provider=provider())
    refresh_public_places()
    assert get("/providers/ufanet/")[0] == 200
    stated.provider.verified_at = None
    stated.provider.save()
    caches["local"].clear()
    for path in ("/providers/ufanet/", "/connect/kazan/ufanet/"):
        assert get(path)[0] == 404
    refresh_public_places()
    caches["local"].clear()
    for path in ("/providers/ufanet/", "/connect/kazan/", "/connect/kazan/ufanet/"):
        assert get(path)[0] == 404
    # Its address is kept for it.
    assert PublicProvider.objects.get().slug == "ufanet"


def test_a_private_building_puts_no_city_on_the_site(house):
    CoverageZoneFactory(provider=provider())
    BuildingCoverageFactory(building=house, provider=provider(name="Второй"))
    Building.objects.update(status=Building.Status.PENDING, verified_key=None)
    assert refresh_public_places() == 0
    assert get("/connect/kazan/")[0] == 404
    for path in ("/connect/", "/providers/", "/sitemap.xml"):
        html = get(path)[1]
        assert "kazan" not in html
        assert "Чистопольская" not in html


@pytest.mark.parametrize(
    "path", ["/connect/nowhere/", "/connect/kazan/nobody/", "/providers/nobody/", "/connect/%00/"]
)
def test_what_is_not_there_is_not_found(path):
    assert get(path)[0] == 404


def test_statements_that_say_no_are_no_offer(house):
    BuildingCoverageFactory(building=house, provider=provider(), state=CoverageState.NOT_AVAILABLE)
    assert refresh_public_places() == 0


def test_a_zone_counts_where_a_building_stands_in_it_and_not_beside(kazan):
    street = StreetFactory(city=kazan, name="Баумана")
    BuildingFactory(street=street)
    inside = CoverageZoneFactory(geometry=square(55.7944, 49.1115, 0.0004))
    # Its border cell holds the building, its polygon does not.
    CoverageZoneFactory(geometry=square(55.7944 + 0.0006, 49.1115, 0.0004))
    far = CoverageZoneFactory(geometry=square(57, 50), category=ServiceCategoryFactory(code="tv"))
    assert offered_in(kazan.pk) == {(inside.provider_id, inside.category_id): "AVAILABLE"}
    BuildingFactory(street=street, latitude=57.0, longitude=50.0)
    assert (far.provider_id, far.category_id) in offered_in(kazan.pk)


def test_a_run_without_news_changes_nothing(house):
    BuildingCoverageFactory(building=house, provider=provider())
    refresh_public_places()
    before = (PublicCity.objects.get().changed_at, PublicOffer.objects.get().pk)
    refresh_public_places()
    assert (PublicCity.objects.get().changed_at, PublicOffer.objects.get().pk) == before
    PlanFactory(provider=PublicOffer.objects.get().provider)
    refresh_public_places()
    assert PublicCity.objects.get().changed_at > before[0]


# --- the price of a page ----------------------------------------------------------------------
@pytest.mark.parametrize("count", [1, 3])
def test_a_page_costs_the_same_with_one_row_as_with_three_and_then_nothing(
    house, count, django_assert_num_queries
):
    for number in range(count):
        zone = CoverageZoneFactory(provider=provider(name=f"П{number}"))
        PlanFactory(provider=zone.provider)
        BuildingFactory(street=StreetFactory(city=CityFactory(name=f"Н{number}")))
    refresh_public_places()
    get("/about/")
    pages = [
        ("/connect/kazan/", 4), ("/connect/kazan/p0/", 3), ("/providers/p0/", 5),
        ("/connect/", 1), ("/providers/", 1),
    ]  # fmt: skip
    for path, queries in pages:
        with django_assert_num_queries(queries):
            assert get(path)[0] == 200
        with django_assert_num_queries(0):
            get(path)


def test_the_sitemap_names_cities_and_providers_in_parts(house, monkeypatch):
    from pages.views import discovery

    for number in range(3):
        stated = BuildingCoverageFactory(building=house, provider=provider(name=f"П{number}"))
        BuildingCoverageFactory(
            building=house,
            provider=stated.provider,
            category=ServiceCategoryFactory(code="tv"),
        )
    BuildingCoverageFactory(building=house, provider=provider(name="Песочница", is_sandbox=True))
    refresh_public_places()
    monkeypatch.setattr(discovery._Site, "limit", 2)
    _status, index = get("/sitemap.xml")
    assert "<loc>http://localhost:8000/sitemap-cities.xml</loc><lastmod>" in index.replace("\n", "")
    assert "<loc>http://localhost:8000/sitemap-offers.xml?p=2</loc>" in index
    assert "sitemap-offers.xml?p=3" not in index
    first, second = get("/sitemap-offers.xml")[1], get("/sitemap-offers.xml?p=2")[1]
    found = re.findall("<loc>(.*?)</loc>", first + second)
    assert found == [f"http://localhost:8000/connect/kazan/p{number}/" for number in range(3)]
    providers = get("/sitemap-providers.xml")[1] + get("/sitemap-providers.xml?p=2")[1]
    assert providers.count("<loc>") == 3
    assert get("/sitemap-nothing.xml")[0] == 404
    assert get("/sitemap-offers.xml?p=9")[0] == 404


def test_the_answer_at_an_address_is_one_page_for_search_engines(house):
    page = reverse("availability_building", args=[house.public_id])
    _status, html = get(f"{page}?sort=price&unit=5&plan=x")
    assert f'<link rel="canonical" href="http://localhost:8000{page}">' in html
