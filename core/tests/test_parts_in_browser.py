"""The parts as a person meets them: in Chromium, in both themes, on a desk and on a phone."""

import json
import re
from itertools import chain, repeat

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from core.tests.browser import DESK, PHONE
from users.tests.factories import make_actor

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

# Adds a fragment that asks the given address three times a second, as htmx would bring it in.
ADD_LIVE = """(address) => {
    const box = document.createElement('div');
    box.innerHTML = '<div id="live" data-poll-every="0.3" data-poll-now></div>';
    box.firstChild.dataset.poll = address;
    document.body.append(box);
    htmx.trigger(box, 'htmx:load');
}"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("viewport", [DESK, PHONE], ids=["desk", "phone"])
@pytest.mark.parametrize("signed_in", [True, False], ids=["cabinet", "site"])
def test_axe_finds_nothing_and_nothing_overflows(open_page, scheme, viewport, signed_in):
    page = open_page(
        actor=make_actor() if signed_in else None,
        viewport=viewport,
        color_scheme=scheme,
        has_touch=viewport is PHONE,
    )
    found = Axe().run(page).response["violations"]
    assert [(rule["id"], rule["nodes"][0]["html"]) for rule in found] == []
    assert page.evaluate("document.documentElement.scrollWidth") == viewport["width"]


def test_everything_that_is_pressed_is_44_pixels_high_on_touch(open_page):
    page = open_page(actor=make_actor(), viewport=PHONE, has_touch=True, is_mobile=True)
    low = page.evaluate(
        """() => [...document.querySelectorAll('.btn, .topbar-link, .phone-bar a')]
            .filter((element) => element.offsetHeight > 0 && element.offsetHeight < 44)
            .map((element) => element.outerHTML)"""
    )
    assert low == []


class TestTheme:
    def test_the_switch_works_at_once_and_stays(self, open_page):
        page = open_page(actor=make_actor())
        page.locator("details.person > summary").click()
        page.get_by_role("button", name="Dark").click()
        expect(page.locator("html")).to_have_attribute("data-bs-theme", "dark")
        page.reload()
        expect(page.locator("html")).to_have_attribute("data-bs-theme", "dark")

    def test_without_scripts_too(self, open_page):
        page = open_page("/users/login/", java_script_enabled=False)
        page.get_by_role("button", name="Dark").click()
        expect(page.locator("html")).to_have_attribute("data-bs-theme", "dark")
        assert page.url.endswith("/users/login/")


class TestDialogs:
    def test_a_dialog_keeps_the_focus_and_gives_it_back(self, open_page):
        page = open_page()
        opener = page.get_by_role("link", name="The one primary action")
        opener.click()
        dialog = page.get_by_role("dialog", name="Cancel this request?")
        expect(dialog).to_be_visible()
        expect(dialog.get_by_role("link", name="Keep as it is")).to_be_focused()
        page.keyboard.press("Escape")
        expect(dialog).to_be_hidden()
        expect(opener).to_be_focused()

    def test_without_scripts_the_link_shows_it(self, open_page):
        page = open_page(java_script_enabled=False)
        page.get_by_role("link", name="The one primary action").click()
        expect(page.locator("#ask")).to_be_visible()
        page.locator("#ask").get_by_role("button", name="Cancel the request").click()
        expect(page.get_by_text("This was heard.")).to_be_visible()

    def test_menus_close_by_escape_and_by_a_click_outside(self, open_page):
        page = open_page(actor=make_actor())
        menu = page.locator("details.person")
        menu.locator("summary").click()
        page.keyboard.press("Escape")
        expect(menu).not_to_have_attribute("open", "")
        menu.locator("summary").click()
        page.get_by_role("heading", level=1).click()
        expect(menu).not_to_have_attribute("open", "")


class TestLists:
    def test_a_filter_applies_itself_and_stays_in_the_address(self, open_page):
        page = open_page()
        page.get_by_label("Provider").first.select_option("svetlain")
        expect(page.locator(".chip")).to_contain_text("Provider:")
        assert page.url.endswith("/developers/parts/?provider=svetlain")
        page.locator(".chip").click()
        expect(page.locator(".chip")).to_have_count(0)

    def test_more_rows_are_appended_and_the_link_goes_with_the_last(self, open_page):
        page = open_page()
        expect(page.locator("#rows > tr")).to_have_count(6)
        page.get_by_role("link", name="Show more").click()
        expect(page.locator("#rows > tr")).to_have_count(12)
        expect(page.get_by_role("link", name="Show more")).to_have_count(0)

    def test_selection_shows_the_bar_with_the_count(self, open_page):
        page = open_page()
        bar = page.locator("#bulk")
        expect(bar).to_be_hidden()
        page.get_by_label("Select EC-4801-1901").check()
        expect(bar).to_contain_text("1 selected")
        page.get_by_label("Select all rows shown").check()
        expect(bar).to_contain_text("6 selected")

    def test_on_a_phone_rows_are_cards_with_labels(self, open_page):
        page = open_page(viewport=PHONE)
        cell = page.locator('#rows td[data-label="Price"]').first
        label = cell.evaluate("(cell) => getComputedStyle(cell, '::before').content")
        assert label == '"Price"'


class TestKeys:
    def test_slash_goes_to_the_search_but_not_from_a_field(self, open_page):
        page = open_page(actor=make_actor())
        page.locator("h1").click()
        page.keyboard.press("/")
        expect(page.locator("[data-search]")).to_be_focused()
        page.keyboard.type("a/b")
        expect(page.locator("[data-search]")).to_have_value("a/b")

    def test_the_first_tab_offers_to_skip_to_the_content(self, open_page):
        page = open_page("/users/profile/", actor=make_actor())
        page.keyboard.press("Tab")
        expect(page.locator(".skip-link")).to_be_focused()
        page.keyboard.press("Enter")
        expect(page.locator("#content")).to_be_focused()


class TestCombobox:
    def test_by_keyboard(self, open_page):
        page = open_page()
        field = page.get_by_role("combobox", name="Address")
        field.fill("каз")
        option = page.get_by_role("option", name="Казань")
        expect(option).to_be_visible()
        expect(field).to_have_attribute("aria-expanded", "true")
        field.press("ArrowDown")
        expect(field).to_have_attribute("aria-activedescendant", option.get_attribute("id"))
        field.press("Escape")
        expect(option).to_be_hidden()
        field.press("ArrowDown")
        with page.expect_navigation():
            field.press("Enter")
        assert re.search(r"place=%D0%9A%D0%B0%D0%B7", page.url)

    def test_nothing_found_is_said(self, open_page):
        page = open_page()
        page.get_by_role("combobox", name="Address").fill("zzz")
        expect(page.get_by_text("Nothing found")).to_be_visible()


class TestSendingOnce:
    def test_the_button_shows_at_once_that_it_was_heard(self, open_page):
        page = open_page()
        posts: list[str] = []
        page.on("request", lambda sent: posts.append(sent.url) if sent.method == "POST" else None)
        page.route("**/developers/parts/", lambda route: None)
        heard = page.evaluate(
            """() => {
                const buttons = document.querySelectorAll('form[method=post] .btn-primary');
                const button = buttons[buttons.length - 1];
                const before = performance.now();
                button.click();
                const state = button.getAttribute('aria-busy');
                button.click();
                return { state, ms: performance.now() - before };
            }"""
        )
        assert heard["state"] == "true"
        assert heard["ms"] < 100
        page.wait_for_timeout(200)
        assert len(posts) == 1


class TestPolling:
    def test_unchanged_fragments_cost_a_304_and_hidden_tabs_ask_nothing(self, open_page):
        page = open_page()
        page.evaluate(ADD_LIVE, "/developers/parts/clock/")
        statuses: list[int] = []
        page.on(
            "response",
            lambda answer: statuses.append(answer.status) if "clock" in answer.url else None,
        )
        expect(page.locator("#live")).to_contain_text("UTC")
        page.wait_for_timeout(1500)
        assert statuses.count(304) >= 2
        page.evaluate(
            "Object.defineProperty(document, 'hidden', {value: true, configurable: true})"
        )
        page.wait_for_timeout(400)
        before = len(statuses)
        page.wait_for_timeout(1000)
        assert len(statuses) == before

    def test_what_is_being_typed_is_left_alone(self, open_page):
        page = open_page()
        field = "<input id='note' aria-label='Note'>"
        answers = chain([field], repeat(f"{field}<b>newest</b>"))
        page.route(
            "**/live/",
            lambda route: route.fulfill(content_type="text/html", body=next(answers)),
        )
        page.evaluate(ADD_LIVE, "/live/")
        page.locator("#note").click()
        page.keyboard.type("half a word")
        page.wait_for_timeout(1000)
        expect(page.locator("#note")).to_have_value("half a word")
        page.locator("#note").fill("")
        page.evaluate("document.activeElement.blur()")
        expect(page.locator("#live b")).to_have_text("newest")


def test_htmx_is_held_to_the_policy(open_page):
    page = open_page()
    config = json.loads(page.evaluate("JSON.stringify(htmx.config)"))
    assert config["allowEval"] is False
    assert config["includeIndicatorStyles"] is False
    assert config["selfRequestsOnly"] is True
