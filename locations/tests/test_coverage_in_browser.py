"""Coverage as its provider meets it: a zone drawn, cut and saved on the map; without scripts."""

import json

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.urls import reverse
from playwright.sync_api import expect

from core.choices import OrganizationKind, Role
from core.tests.browser import DESK, PHONE
from core.tests.test_map_in_browser import click_at
from locations.models import CoverageFinding, CoverageZone
from locations.selectors.coverage import statements_at
from locations.tests.factories import (
    BuildingFactory,
    CoverageZoneFactory,
    ServiceCategoryFactory,
    square,
)
from users.tests.factories import make_actor

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def manager():
    actor = make_actor(OrganizationKind.PROVIDER, Role.MANAGER)
    actor.user.language = "en"
    actor.user.save()
    return actor


def near(manager):
    """A zone of another service: the map of a new zone opens there."""
    return CoverageZoneFactory(
        provider=manager.organization,
        category=ServiceCategoryFactory(code="tv", name_en="TV"),
        west=49.1015, south=55.7844, east=49.1215, north=55.8044,
    )  # fmt: skip


def test_a_drawn_zone_makes_a_building_available_until_it_is_cut_out(open_page, manager):
    near(manager)
    ServiceCategoryFactory()
    building = BuildingFactory()
    page = open_page(reverse("coverage_zone_new"), actor=manager)
    page.get_by_role("button", name="Draw").click()
    # The building stands in the middle of the map.
    click_at(page, "#outline", (0.2, 0.2), (0.8, 0.2), (0.8, 0.8), (0.2, 0.8), (0.2, 0.2))
    expect(page.locator("#outline .map-status")).to_have_text("Outlines drawn: 1")
    page.get_by_label("Name of the zone").fill("Drawn")
    page.get_by_label("Service").select_option(label="Internet")
    page.get_by_role("button", name="Save the zone").click()
    expect(page.get_by_role("heading", name="Drawn", exact=True)).to_be_visible()
    assert {said.zone_name for said in statements_at(building)} > {"Drawn"}
    page.get_by_role("link", name="Change").click()
    page.get_by_role("button", name="Cut out").click()
    click_at(page, "#outline", (0.4, 0.4), (0.6, 0.4), (0.6, 0.6), (0.4, 0.6), (0.4, 0.4))
    page.get_by_role("button", name="Save the zone").click()
    expect(page.get_by_text("Outline: former → new")).to_be_visible()
    zone = CoverageZone.objects.get(name="Drawn")
    assert len(zone.geometry["coordinates"]) == 2
    assert "Drawn" not in {said.zone_name for said in statements_at(building)}


def test_without_scripts_an_outline_is_pasted(open_page, manager):
    ServiceCategoryFactory()
    page = open_page(reverse("coverage_zone_new"), actor=manager, java_script_enabled=False)
    page.get_by_label("Name of the zone").fill("Pasted")
    page.get_by_label("Service").select_option(label="Internet")
    page.get_by_label("Outline, GeoJSON").fill("{broken")
    page.get_by_role("button", name="Save the zone").click()
    assert page.get_by_label("Outline, GeoJSON").input_value() == "{broken"
    assert page.get_by_label("Name of the zone").input_value() == "Pasted"
    expect(page.get_by_text("The file is not JSON").first).to_be_visible()
    page.get_by_label("Outline, GeoJSON").fill(json.dumps(square(55.8, 49.1)))
    page.get_by_role("button", name="Save the zone").click()
    assert CoverageZone.objects.get().geometry == square(55.8, 49.1)


@pytest.mark.parametrize("viewport", [DESK, PHONE], ids=["desk", "phone"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_and_nothing_overflows(open_page, manager, viewport, scheme):
    zone = near(manager)
    CoverageFinding.objects.create(
        provider=manager.organization, kind="OVERLAP", category=zone.category, zone=zone,
        other=zone, latitude=55.79, longitude=49.11, geometry=square(55.79, 49.11, 0.001),
    )  # fmt: skip
    page = open_page(
        reverse("coverage_list"), actor=manager, viewport=viewport, color_scheme=scheme
    )
    for address in (
        reverse("coverage_list"),
        reverse("coverage_zone", args=[zone.public_id]),
        reverse("coverage_zone_edit", args=[zone.public_id]),
        reverse("coverage_findings"),
        reverse("coverage_list_import"),
    ):
        page.goto(address)
        found = Axe().run(page).response["violations"]
        assert [(rule["id"], rule["nodes"][0]["html"]) for rule in found] == [], address
        assert page.evaluate("document.documentElement.scrollWidth") == viewport["width"]
