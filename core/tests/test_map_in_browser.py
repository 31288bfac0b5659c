"""The map as a person meets it: seen, moved by keys, a point chosen, a zone drawn."""

import json

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from core.tests.browser import DESK, PHONE
from users.tests.factories import make_actor

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

PLACES, POINT, DRAWN = "#map-places", "#map-point", "#map-draw"


def position(page) -> tuple[float, float]:
    fields = (page.locator(f"[name={name}]") for name in ("latitude", "longitude"))
    latitude, longitude = (float(field.input_value()) for field in fields)
    return latitude, longitude


def outline(page) -> dict:
    text = page.locator("[name=geometry]").input_value()
    return json.loads(text) if text else {}


def click_at(page, selector: str, *places: tuple[float, float]) -> None:
    """Clicks in the map, each place in shares of its width and height."""
    canvas = page.locator(f"{selector} .map-canvas")
    canvas.scroll_into_view_if_needed()
    box = canvas.bounding_box()
    for across, down in places:
        page.mouse.move(box["x"] + box["width"] * across, box["y"] + box["height"] * down)
        page.mouse.click(box["x"] + box["width"] * across, box["y"] + box["height"] * down)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("viewport", [DESK, PHONE], ids=["desk", "phone"])
def test_axe_finds_nothing_in_an_open_map(open_page, scheme, viewport):
    page = open_page(actor=make_actor(), viewport=viewport, color_scheme=scheme)
    page.locator(f"{PLACES} .map-marker").first.click()
    expect(page.locator(".leaflet-popup")).to_contain_text("Чистопольская, 12")
    found = Axe().run(page).response["violations"]
    assert [(rule["id"], rule["nodes"][0]["html"]) for rule in found] == []
    assert page.evaluate("document.documentElement.scrollWidth") == viewport["width"]


def test_a_layer_is_put_away_and_brought_back(open_page):
    page = open_page()
    markers = page.locator(f"{PLACES} .map-marker")
    expect(markers).to_have_count(3)
    page.get_by_label("Buildings").uncheck()
    expect(markers).to_have_count(0)
    page.get_by_label("Buildings").check()
    expect(markers).to_have_count(3)


def test_a_marker_opens_by_the_keyboard_and_closes_by_escape(open_page):
    page = open_page()
    page.locator(f"{PLACES} .map-marker").first.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("link", name="Open", exact=True)).to_have_attribute("href", "/")
    expect(page.get_by_role("button", name="Close", exact=True)).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator(".leaflet-popup")).to_have_count(0)


def test_a_cluster_brings_the_map_closer(open_page):
    page = open_page()
    scale = page.locator(f"{PLACES} .leaflet-control-scale-line")
    expect(scale).to_have_text("1 km")
    page.locator(f"{PLACES} .map-cluster").first.click()
    expect(scale).to_have_text("200 m")


class TestPoint:
    def test_a_click_fills_the_fields(self, open_page):
        page = open_page()
        click_at(page, POINT, (0.75, 0.25))
        latitude, longitude = position(page)
        assert latitude > 55.821
        assert longitude > 49.102
        expect(page.locator(f"{POINT} .map-status")).to_contain_text(f"Latitude {latitude:.6f}")

    def test_arrow_keys_move_the_point_and_not_the_map(self, open_page):
        page = open_page()
        page.get_by_role("button", name="Put the point in the middle").click()
        before = position(page)
        point = page.locator(f"{POINT} .map-marker")
        expect(point).to_be_focused()
        page.keyboard.press("ArrowUp")
        higher = position(page)
        assert higher[0] > before[0]
        assert higher[1] == before[1]
        page.keyboard.press("Shift+ArrowRight")
        assert position(page)[1] > before[1]
        page.get_by_role("button", name="Put the point in the middle").click()
        assert position(page) == before

    def test_what_is_typed_is_the_truth(self, open_page):
        page = open_page()
        page.get_by_label("Latitude").fill("43,1")
        page.get_by_label("Longitude").fill("131.9")
        page.locator(f"{POINT} .map-canvas").scroll_into_view_if_needed()
        expect(page.locator(f"{POINT} .map-marker")).to_be_in_viewport()
        expect(page.get_by_label("Latitude")).to_have_value("43,1")
        page.get_by_label("Latitude").fill("north")
        expect(page.locator(f"{POINT} .map-marker")).to_have_count(0)
        expect(page.get_by_label("Latitude")).to_have_value("north")


class TestDrawing:
    def test_a_second_outline_makes_a_multipolygon_and_undo_takes_it_away(self, open_page):
        page = open_page()
        before = outline(page)
        page.get_by_role("button", name="Draw").click()
        corners = [(0.05, 0.5), (0.2, 0.5), (0.2, 0.8)]
        click_at(page, DRAWN, *corners, corners[0])
        expect(page.get_by_role("button", name="Draw")).to_have_attribute("aria-pressed", "false")
        drawn = outline(page)
        assert drawn["type"] == "MultiPolygon"
        assert drawn["coordinates"][0] == before["coordinates"]
        assert len(drawn["coordinates"][1][0]) == 4
        page.get_by_role("button", name="Undo").click()
        assert outline(page) == before

    def test_a_piece_is_cut_out(self, open_page):
        page = open_page()
        page.get_by_role("button", name="Cut out").click()
        corners = [(0.45, 0.4), (0.55, 0.4), (0.55, 0.6), (0.45, 0.6)]
        click_at(page, DRAWN, *corners, corners[0])
        expect(page.locator(f"{DRAWN} .map-status")).to_have_text("Outlines drawn: 1")
        drawn = outline(page)
        assert drawn["type"] == "Polygon"
        assert [len(ring) for ring in drawn["coordinates"]] == [5, 5]

    def test_a_corner_is_moved(self, open_page):
        page = open_page()
        before = outline(page)
        page.get_by_role("button", name="Move corners").click()
        corner = page.locator(f"{DRAWN} .marker-icon:not(.marker-icon-middle)").first
        corner.scroll_into_view_if_needed()
        box = corner.bounding_box()
        page.mouse.move(box["x"] + 7, box["y"] + 7)
        page.mouse.down()
        page.mouse.move(box["x"] - 40, box["y"] + 20, steps=5)
        page.mouse.up()
        expect(page.locator(f"{DRAWN} .map-status")).to_have_text("Outlines drawn: 1")
        after = outline(page)
        same = [place for place in before["coordinates"][0] if place in after["coordinates"][0]]
        assert len(set(map(tuple, same))) == 3
        assert after != before

    def test_the_whole_is_moved_and_removed(self, open_page):
        page = open_page()
        before = outline(page)
        page.get_by_role("button", name="Move whole").click()
        canvas = page.locator(f"{DRAWN} .map-canvas")
        canvas.scroll_into_view_if_needed()
        box = canvas.bounding_box()
        page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
        page.mouse.down()
        page.mouse.move(box["x"] + box["width"] / 2 + 50, box["y"] + box["height"] / 2, steps=5)
        page.mouse.up()
        expect(page.locator(f"{DRAWN} .map-status")).to_have_text("Outlines drawn: 1")
        moved = outline(page)
        assert moved["coordinates"][0][0][0] > before["coordinates"][0][0][0]
        page.get_by_role("button", name="Remove").click()
        click_at(page, DRAWN, (0.5, 0.5))
        expect(page.locator("[name=geometry]")).to_have_value("")

    def test_what_is_pasted_is_shown_and_nonsense_is_kept_and_named(self, open_page):
        page = open_page()
        field = page.locator("[name=geometry]")
        pasted = {
            "type": "Polygon",
            "coordinates": [[[49.1, 55.8], [49.2, 55.8], [49.2, 55.9], [49.1, 55.8]]],
        }
        field.fill(json.dumps(pasted))
        expect(page.locator(f"{DRAWN} path.map-drawn")).to_have_count(1)
        field.fill("{nonsense")
        expect(page.locator(f"{DRAWN} .map-status")).to_contain_text("This is not GeoJSON")
        expect(field).to_have_value("{nonsense")


def test_without_scripts_the_fields_are_there_and_the_map_says_so(open_page):
    page = open_page(java_script_enabled=False)
    expect(page.locator(f"{POINT} noscript p")).to_contain_text("type the coordinates")
    expect(page.locator(f"{POINT} .map-canvas")).to_be_hidden()
    expect(page.get_by_label("Latitude")).to_be_visible()


def test_other_pages_do_not_load_the_map(open_page):
    page = open_page("/users/login/")
    assert page.evaluate("typeof window.L") == "undefined"
