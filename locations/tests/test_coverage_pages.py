"""The provider's pages of coverage."""

import json

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone, translation

from core.choices import OrganizationKind, Role
from locations.models import Building, BuildingCoverage, CoverageState, CoverageZone
from locations.tests.factories import (
    BuildingCoverageFactory,
    BuildingFactory,
    CoverageZoneFactory,
    ServiceCategoryFactory,
    square,
)
from users.tests.factories import OrganizationFactory, make_actor, make_staff

pytestmark = pytest.mark.django_db

PROVIDER = OrganizationKind.PROVIDER
SQUARE = square(55.7944, 49.1115)


@pytest.fixture(autouse=True)
def english():
    with translation.override("en"):
        yield


@pytest.fixture
def manager():
    actor = make_actor(PROVIDER, Role.MANAGER)
    actor.user.language = "en"
    actor.user.save()
    return actor


@pytest.fixture
def browser(sign_in, manager):
    return sign_in(manager)


def file_of(*names, geometry=SQUARE):
    features = [
        {"type": "Feature", "properties": {"name": name}, "geometry": geometry} for name in names
    ]
    content = json.dumps({"type": "FeatureCollection", "features": features}).encode()
    return SimpleUploadedFile("zones.geojson", content)


def terms(**fields):
    return {"category": ServiceCategoryFactory().pk, "state": "AVAILABLE", **fields}


# --- lists ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("page", "factory"),
    [("coverage_list", CoverageZoneFactory), ("coverage_buildings", BuildingCoverageFactory)],
)
def test_a_list_takes_the_same_few_queries_with_one_row_and_with_three(
    browser, manager, django_assert_max_num_queries, page, factory
):
    counts = []
    for more in (1, 2):
        for _ in range(more):
            factory(provider=manager.organization)
        browser.get(reverse(page))
        with django_assert_max_num_queries(12) as captured:
            browser.get(reverse(page))
        counts.append(len(captured))
    assert counts[0] == counts[1]


def test_the_list_holds_own_zones_alone(browser, manager):
    own = CoverageZoneFactory(provider=manager.organization, name="Свой центр")
    CoverageZoneFactory(name="Чужой центр")
    page = browser.get(reverse("coverage_list"))
    assert [zone.pk for zone in page.context["page"].rows] == [own.pk]
    assert "Чужой центр" not in page.text


def test_the_list_goes_on_by_cursor(browser, manager):
    zones = [
        CoverageZoneFactory(provider=manager.organization, name=f"Зона {n:02}").pk
        for n in range(30)
    ]
    first = browser.get(reverse("coverage_list")).context["page"]
    rest = browser.get(reverse("coverage_list"), {"after": first.next_cursor}).context["page"]
    assert [zone.pk for zone in [*first.rows, *rest.rows]] == zones


def test_filters_narrow_and_what_is_unknown_is_refused(browser, manager):
    own = {"provider": manager.organization}
    working = CoverageZoneFactory(**own)
    survey = CoverageZoneFactory(
        **own, state=CoverageState.SURVEY, category=ServiceCategoryFactory(code="tv")
    )
    retired = CoverageZoneFactory(**own, is_active=False)
    expired = CoverageZoneFactory(**own, expires_at=timezone.now())

    def found(**query):
        page = browser.get(reverse("coverage_list"), query)
        return {zone.pk for zone in page.context["page"].rows}

    assert found() == {working.pk, survey.pk, retired.pk, expired.pk}
    assert found(state="SURVEY") == found(category="tv") == {survey.pk}
    assert found(standing="retired") == {retired.pk}
    assert found(standing="expired") == {expired.pk}
    assert found(standing="in-force") == {working.pk, survey.pk}
    for query in ({"nothing": "1"}, {"state": "X"}, {"standing": "later"}, {"after": "x"}):
        assert browser.get(reverse("coverage_list"), query).status_code == 400


def test_buildings_are_found_by_street(browser, manager):
    for number in ("12", "120", "13"):
        BuildingCoverageFactory(
            provider=manager.organization,
            building=BuildingFactory(number=number, street__name="Лесная"),
        )
    page = browser.get(reverse("coverage_buildings"), {"street": "ул. Лесная 12"})
    assert {row.building.number for row in page.context["page"].rows} == {"12", "120"}


def test_members_read_and_are_offered_no_changes(sign_in, manager):
    zone = CoverageZoneFactory(provider=manager.organization)
    statement = BuildingCoverageFactory(provider=manager.organization)
    member = sign_in(make_actor(role=Role.MEMBER, organization=manager.organization))
    for page in ("coverage_list", "coverage_buildings"):
        answer = member.get(reverse(page))
        assert answer.status_code == 200
        assert reverse("coverage_import") not in answer.text
        assert reverse("coverage_building_new") not in answer.text
    zone_page = member.get(reverse("coverage_zone", args=[zone.public_id]))
    assert reverse("coverage_retire", args=[zone.public_id]) not in zone_page.text
    for page, args in [
        ("coverage_import", []),
        ("coverage_zone_edit", [zone.public_id]),
        ("coverage_building_new", []),
        ("coverage_building_edit", [statement.pk]),
    ]:
        assert member.get(reverse(page, args=args)).status_code == 403


def test_anothers_zone_and_statement_do_not_exist(browser):
    zone, statement = CoverageZoneFactory(), BuildingCoverageFactory()
    for page in ("coverage_zone", "coverage_zone_edit"):
        assert browser.get(reverse(page, args=[zone.public_id])).status_code == 404
    for page in ("coverage_retire", "coverage_restore"):
        assert browser.post(reverse(page, args=[zone.public_id])).status_code == 404
    assert browser.get(reverse("coverage_building_edit", args=[statement.pk])).status_code == 404
    assert browser.post(reverse("coverage_withdraw", args=[statement.pk])).status_code == 404
    zone.refresh_from_db()
    assert zone.is_active
    assert BuildingCoverage.objects.count() == 1


# --- import -----------------------------------------------------------------------------------


def test_a_file_is_imported_with_its_terms(browser, manager):
    answer = browser.post(
        reverse("coverage_import"),
        terms(file=file_of("Центр", "Север"), technology="GPON", max_speed="500", source="Карта"),
        follow=True,
    )
    assert "2 zones added." in answer.text
    zones = CoverageZone.objects.order_by("name")
    assert [(z.name, z.technology, z.max_speed, z.provider) for z in zones] == [
        (name, "GPON", 500, manager.organization) for name in ("Север", "Центр")
    ]
    assert zones[0].cells.exists()


def test_every_fault_of_a_file_stands_beside_the_field(browser):
    broken = {"type": "Polygon", "coordinates": [SQUARE["coordinates"][0][:-1]]}
    answer = browser.post(
        reverse("coverage_import"), terms(file=file_of("А", "Б", geometry=broken))
    )
    form = answer.context["form"]
    assert len(form.errors["file"]) == 2
    assert "Feature 2: Ring 1 is not closed" in answer.text
    assert not CoverageZone.objects.exists()


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({}, "file"),
        ({"file": SimpleUploadedFile("x", b" " * (5 * 1024 * 1024 + 1))}, "file"),
        ({"file": SimpleUploadedFile("x", b"[" * 200_000)}, "file"),
        ({"file": "text"}, "file"),
        ({"category": "999999"}, "category"),
        ({"state": "PLANNED"}, "planned_from"),
        ({"state": "X"}, "state"),
        ({"max_speed": "9" * 5000}, "max_speed"),
        ({"expires_on": "2000-01-01"}, "expires_on"),
        ({"technology": "x" * 31}, "technology"),
    ],
)
def test_what_cannot_be_is_told_beside_its_field(browser, fields, field):
    given = terms(**{"file": file_of("А"), **fields} if fields else {})
    answer = browser.post(reverse("coverage_import"), given)
    assert answer.status_code == 200
    assert field in answer.context["form"].errors
    assert not CoverageZone.objects.exists()


def test_the_preview_tells_what_a_file_holds_and_saves_nothing(browser):
    url = reverse("coverage_preview")
    text = browser.post(url, {"file": file_of("Центр", "<b>Север")}).text
    assert "The file holds 2 zones" in text
    assert "Центр, &lt;b&gt;Север" in text
    assert "not JSON" in browser.post(url, {"file": SimpleUploadedFile("x", b"nonsense")}).text
    assert not CoverageZone.objects.exists()


def test_an_administrator_chooses_the_provider(sign_in):
    browser, provider = sign_in(make_staff()), OrganizationFactory(kind=PROVIDER)
    assert "provider" in browser.get(reverse("coverage_import")).context["form"].fields
    refused = browser.post(reverse("coverage_import"), terms(file=file_of("А")))
    assert "provider" in refused.context["form"].errors
    browser.post(reverse("coverage_import"), terms(file=file_of("А"), provider=provider.pk))
    assert CoverageZone.objects.get().provider == provider
    assert browser.get(reverse("coverage_list")).status_code == 200


def test_a_provider_cannot_name_another(browser, manager):
    other = OrganizationFactory(kind=PROVIDER)
    browser.post(reverse("coverage_import"), terms(file=file_of("А"), provider=other.pk))
    assert CoverageZone.objects.get().provider == manager.organization


# --- a zone -----------------------------------------------------------------------------------


def test_the_page_of_a_zone_draws_its_outline(browser, manager):
    ring = SQUARE["coordinates"][0]
    hole = square(55.7944, 49.1115, 0.002)["coordinates"][0]
    zone = CoverageZoneFactory(
        provider=manager.organization,
        geometry={"type": "Polygon", "coordinates": [ring, hole]},
        technology="GPON",
    )
    page = browser.get(reverse("coverage_zone", args=[zone.public_id])).text
    assert page.count("Z") >= 2
    assert 'fill-rule="evenodd"' in page
    assert "GPON" in page
    assert " style=" not in page.partition("<main")[2]


def test_a_zone_is_changed_with_its_outline_or_without(browser, manager):
    zone = CoverageZoneFactory(provider=manager.organization, technology="GPON")
    url = reverse("coverage_zone_edit", args=[zone.public_id])
    browser.post(url, terms(name="Новое имя", technology="GPON", expires_on="2030-05-09"))
    zone.refresh_from_db()
    assert (zone.name, zone.version, zone.geometry) == ("Новое имя", 2, SQUARE)
    shown = timezone.localtime(zone.expires_at, timezone.get_fixed_timezone(180))
    assert shown.strftime("%d %H:%M") == "10 00:00"
    form = browser.get(url).context["form"]
    assert str(form["expires_on"].value()) == "2030-05-09"
    other = square(56.5, 49)
    browser.post(url, terms(name="Новое имя", file=file_of("x", geometry=other)))
    zone.refresh_from_db()
    assert zone.geometry["coordinates"] == other["coordinates"]
    several = browser.post(url, terms(name="Н", file=file_of("А", "Б")))
    assert "file" in several.context["form"].errors


def test_a_zone_is_retired_and_restored(browser, manager):
    zone = CoverageZoneFactory(provider=manager.organization)
    for page, active in (("coverage_retire", False), ("coverage_restore", True)):
        url = reverse(page, args=[zone.public_id])
        assert browser.get(url).status_code == 405
        assert browser.post(url).status_code == 302
        zone.refresh_from_db()
        assert zone.is_active is active
        shown = browser.get(reverse("coverage_zone", args=[zone.public_id]))
        assert shown.status_code == 200


# --- statements about buildings ---------------------------------------------------------------


def test_a_building_is_found_by_its_address_and_stated(browser, manager):
    building = BuildingFactory(street__city__name="Казань", street__name="Лесная", number="5")
    new = reverse("coverage_building_new")
    chosen = browser.get(new, {"address": "казань лесная 5"})
    assert chosen.url == f"{new}?building={building.public_id}"
    answer = browser.post(chosen.url, terms(state="NOT_AVAILABLE", technology="FTTB"), follow=True)
    assert building.address in answer.text
    statement = BuildingCoverage.objects.get()
    assert (statement.building, statement.provider) == (building, manager.organization)
    assert (statement.state, statement.technology) == ("NOT_AVAILABLE", "FTTB")


def test_several_buildings_are_offered_and_none_is_told(browser):
    street = BuildingFactory(street__name="Лесная", number="5").street
    other = BuildingFactory(street=street, number="5а")
    page = browser.get(reverse("coverage_building_new"), {"address": "лесная 5"})
    assert f"?building={other.public_id}" in page.text
    nothing = browser.get(reverse("coverage_building_new"), {"address": "нет такой"})
    assert "There is no such building" in nothing.text


def test_suggestions_for_coverage_lead_to_its_form(browser):
    building = BuildingFactory(street__name="Лесная", number="5")
    text = browser.get(reverse("suggest"), {"q": "лесная 5", "for": "coverage"}).text
    assert f'data-url="{reverse("coverage_building_new")}?building={building.public_id}"' in text
    assert browser.get(reverse("suggest"), {"q": "x", "for": "elsewhere"}).status_code == 400


def test_a_building_of_others_cannot_be_stated(browser):
    hidden = BuildingFactory(status=Building.Status.PENDING, added_by=OrganizationFactory())
    new = reverse("coverage_building_new")
    for public_id in (hidden.public_id, "NOSUCHTHING2", "x" * 500):
        assert browser.get(new, {"building": public_id}).status_code == 404


def test_a_statement_is_changed_but_not_its_service_and_technology(browser, manager):
    statement = BuildingCoverageFactory(provider=manager.organization, technology="FTTB")
    url = reverse("coverage_building_edit", args=[statement.pk])
    other = ServiceCategoryFactory(code="tv")
    browser.post(url, {"state": "SURVEY", "category": other.pk, "technology": "GPON"})
    row = BuildingCoverage.objects.get()
    assert (row.pk, row.state, row.technology) == (statement.pk, "SURVEY", "FTTB")
    assert row.category == statement.category


def test_a_statement_is_withdrawn(browser, manager):
    statement = BuildingCoverageFactory(provider=manager.organization)
    browser.post(reverse("coverage_withdraw", args=[statement.pk]))
    assert not BuildingCoverage.objects.exists()
