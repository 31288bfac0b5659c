"""The page of the map as a person meets it: seen, moved, filtered, and without scripts."""

import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.urls import reverse
from playwright.sync_api import expect

from core.tests.browser import DESK, PHONE
from locations.services.building_counts import mend_counts
from locations.tests.factories import (
    BuildingFactory,
    CoverageZoneFactory,
    ServiceCategoryFactory,
    StreetFactory,
    UnitFactory,
    square,
)
from subscriptions.choices import RequestState
from subscriptions.tests.factories import request_in
from users.tests.factories import make_actor

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
CLOSE = "bbox=49.10,55.785,49.13,55.805&zoom=17"
WIDE = "bbox=48.915,55.695,49.315,55.895&zoom=11"


@pytest.fixture
def agent():
    return make_actor()


@pytest.fixture
def building(agent):
    street = StreetFactory(name="Лесная")
    for number in range(2, 5):
        BuildingFactory(street=street, number=str(number), longitude=49.1115 + number / 1000)
    building = BuildingFactory(street=street, number="1", latitude=55.795, longitude=49.115)
    request_in(RequestState.CHECKING, owner=agent.organization, unit=UnitFactory(building=building))
    ServiceCategoryFactory()
    CoverageZoneFactory(name="Центр", geometry=square(55.795, 49.115))
    mend_counts()
    return building


@pytest.mark.parametrize(("viewport", "scheme"), [(DESK, "light"), (PHONE, "dark")])
def test_axe_finds_nothing_and_nothing_overflows(open_page, agent, building, viewport, scheme):
    page = open_page(
        f"/map/?{CLOSE}&category=internet", actor=agent, viewport=viewport, color_scheme=scheme
    )
    expect(page.locator("path.map-shape")).to_have_count(1)
    expect(page.locator(".map-dot.map-tone-neutral")).to_have_count(4)
    # One place has a building and a request there: either leads to the same popup.
    page.locator(".map-marker").filter(has=page.locator(".map-dot.map-tone-wait")).focus()
    page.keyboard.press("Enter")
    expect(page.locator(".leaflet-popup")).to_contain_text(building.address)
    found = Axe().run(page).response["violations"]
    assert [(rule["id"], rule["nodes"][0]["html"]) for rule in found] == []
    assert page.evaluate("document.documentElement.scrollWidth") == viewport["width"]


def test_a_building_opens_what_is_there_and_leads_to_its_availability(open_page, agent, building):
    page = open_page(f"/map/?{CLOSE}", actor=agent)
    page.locator(".map-marker").filter(has=page.locator(".map-dot.map-tone-wait")).focus()
    page.keyboard.press("Enter")
    popup = page.locator(".leaflet-popup")
    expect(popup).to_contain_text("EC-")
    link = popup.get_by_role("link", name="What can be connected")
    expect(link).to_have_attribute(
        "href", reverse("availability_building", args=[building.public_id])
    )


def test_empty_ground_leads_to_the_answer_for_that_point(open_page, agent, building):
    page = open_page(f"/map/?{CLOSE}", actor=agent)
    box = page.locator(".map-canvas").bounding_box()
    page.mouse.click(box["x"] + box["width"] * 0.1, box["y"] + box["height"] * 0.3)
    link = page.locator(".leaflet-popup").get_by_role("link")
    address = link.get_attribute("href")
    assert re.fullmatch(r"/availability/point/\?lat=55\.\d{5}&lon=49\.\d{5}", address)
    link.click()
    expect(page.locator("main h1")).to_contain_text("55.")


def test_the_list_and_the_address_follow_the_map(open_page, agent, building):
    page = open_page(f"/map/?{WIDE}", actor=agent)
    rows = page.locator("#map-rows > tr")
    expect(rows).to_have_count(1)
    expect(rows).to_have_text(building.city.title)
    cluster = page.locator(".map-cluster.map-tone-neutral").first
    expect(cluster).to_be_visible()
    for _ in range(5):
        page.get_by_role("button", name="Closer").click()
        page.wait_for_timeout(400)
    expect(page).to_have_url(re.compile(r"bbox=49\.\d+%2C55\.\d+.*zoom=16"))
    expect(page.locator("#map-list")).not_to_contain_text("No buildings")
    page.reload()
    expect(page).to_have_url(re.compile(r"zoom=16"))
    # A filter keeps the place.
    page.get_by_label("Service").select_option("internet")
    expect(page.locator(".chip")).to_contain_text("Service")
    expect(page).to_have_url(re.compile(r"category=internet.*zoom=16|zoom=16.*category=internet"))
    expect(page.locator("#map-page .leaflet-container")).to_be_visible()


def test_without_scripts_there_is_the_list(open_page, agent, building):
    page = open_page(f"/map/?{CLOSE}", actor=agent, java_script_enabled=False)
    expect(page.locator("#map-page .map-canvas")).to_be_hidden()
    expect(page.locator("#map-page noscript p")).to_contain_text("The list shows the same")
    expect(page.locator("#map-rows > tr")).to_have_count(4)
    page.get_by_label("City").fill(building.city.name)
    page.get_by_role("button", name="Show", exact=True).click()
    expect(page.locator("#map-rows > tr")).to_have_count(4)
