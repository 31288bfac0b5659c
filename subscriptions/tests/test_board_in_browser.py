"""The board and the list under a hand: dragging, what is refused, keys."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from core.choices import OrganizationKind
from core.tests.browser import DESK, PHONE
from subscriptions.choices import RequestState
from subscriptions.models import ConnectionRequest
from subscriptions.tests.factories import move, request_in
from users.tests.factories import make_actor

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
S = RequestState
URL = "/requests/board/"


@pytest.fixture
def operator():
    return make_actor(OrganizationKind.PROVIDER)


@pytest.fixture
def rows(operator):
    """Three that are being checked, the nearest deadline first, and one that was filed."""
    states = (S.CHECKING, S.CHECKING, S.CHECKING, S.SUBMITTED)
    return [request_in(state, plan__provider=operator.organization) for state in states]


def card(page, column, number):
    return page.locator(f"#column-{column} [data-card='{number}']")


def focused(page):
    return page.evaluate("document.activeElement.textContent.trim()")


@pytest.mark.parametrize(("viewport", "scheme"), [(DESK, "light"), (PHONE, "dark")])
@pytest.mark.parametrize(
    "address", [URL, "/requests/", "/lists/requests/columns/", "/requests/rules/"]
)
def test_axe_finds_nothing_and_nothing_overflows(
    open_page, operator, rows, address, viewport, scheme
):
    page = open_page(address, actor=operator, viewport=viewport, color_scheme=scheme)
    violations = Axe().run(page).response["violations"]
    assert [(rule["id"], node["html"]) for rule in violations for node in rule["nodes"]] == []
    wide = page.evaluate("document.documentElement.scrollWidth")
    assert wide <= viewport["width"]


def test_a_card_is_dragged_where_its_moves_lead(open_page, operator, rows):
    page = open_page(URL, actor=operator)
    number = rows[0].number
    card(page, S.CHECKING, number).drag_to(page.locator(f"#column-{S.APPROVED} .board-head"))
    expect(card(page, S.APPROVED, number)).to_be_visible()
    expect(page.locator("#toasts")).to_contain_text(number)
    expect(page.locator(".is-moving")).to_have_count(0)
    assert ConnectionRequest.objects.get(number=number).state == S.APPROVED
    # No move leads back.
    card(page, S.APPROVED, number).drag_to(page.locator(f"#column-{S.SUBMITTED} .board-head"))
    expect(card(page, S.APPROVED, number)).to_be_visible()
    assert ConnectionRequest.objects.get(number=number).state == S.APPROVED


def test_a_move_that_asks_for_something_opens_its_page(open_page, operator, rows):
    page = open_page(URL, actor=operator)
    with page.expect_navigation():
        card(page, S.CHECKING, rows[0].number).drag_to(
            page.locator(f"#column-{S.NEEDS_INFO} .board-head")
        )
    assert "/move/ask_info/" in page.url
    page.locator("main [name=note]").fill("Which entrance?")
    with page.expect_navigation():
        page.locator("main .btn-primary").click()
    assert URL in page.url
    expect(card(page, S.NEEDS_INFO, rows[0].number)).to_be_visible()


def test_a_refused_move_goes_back_with_what_the_other_did(open_page, operator, rows, complaints):
    page = open_page(URL, actor=operator)
    number = rows[0].number
    expect(card(page, S.CHECKING, number)).to_be_visible()
    # A colleague is faster, before the board has heard of it.
    page.route("**/requests/board/?*fragment=board*", lambda route: route.abort())
    move(rows[0], "approve")
    menu = card(page, S.CHECKING, number)
    menu.locator("summary").click()
    menu.locator("button[data-move=approve]").click()
    expect(page.locator("#toasts .toast-bad")).to_contain_text(number)
    expect(card(page, S.CHECKING, number)).to_be_visible()
    page.unroute("**/requests/board/?*fragment=board*")
    # The browser itself notes the answers 409 and the fragments that were kept from the page.
    complaints.clear()


def test_the_board_refreshes_itself_within_five_seconds(open_page, operator, rows):
    page = open_page(URL, actor=operator)
    expect(card(page, S.SUBMITTED, rows[3].number)).to_be_visible()
    move(rows[3], "start_check")
    expect(card(page, S.CHECKING, rows[3].number)).to_be_visible(timeout=6_000)


def test_cards_are_reached_and_moved_by_keys(open_page, operator, rows):
    page = open_page(URL, actor=operator)
    for key in ("ArrowDown", "ArrowRight", "ArrowDown"):
        page.keyboard.press(key)
    number = focused(page)
    assert number in {row.number for row in rows[:3]}
    page.keyboard.press("m")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Enter")
    expect(card(page, S.APPROVED, number)).to_be_visible()
    page.keyboard.press("?")
    expect(page.locator("dialog#keys")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("dialog#keys")).to_be_hidden()


def test_rows_are_reached_selected_and_opened_by_keys(open_page, operator, rows):
    page = open_page("/requests/", actor=operator)
    for key in ("j", "x", "j", "j", "x", "k"):
        page.keyboard.press(key)
    expect(page.locator("[data-selected-count]")).to_have_text("2")
    number = focused(page)
    # In a field the same keys are letters.
    page.locator("main [name=q]").press_sequentially("jx")
    expect(page.locator("main [name=q]")).to_have_value("jx")
    expect(page.locator("[data-selected-count]")).to_have_text("2")
    page.locator("main [name=q]").fill("")
    page.get_by_role("link", name=number).focus()
    with page.expect_navigation():
        page.keyboard.press("Enter")
    assert number in page.url


def test_what_arranges_the_list_follows_its_filters(open_page, operator, rows):
    page = open_page("/requests/", actor=operator)
    page.locator(".filter-more summary").click()
    page.locator("main input[name=state][value=CHECKING]").check()
    expect(page.locator("#rows > tr")).to_have_count(3)
    expect(page.locator(".layout-switch a").last).to_have_attribute("href", f"{URL}?state=CHECKING")
    assert page.locator("input[form=bulk][name=query]").input_value() == "state=CHECKING"
    assert page.locator("#take-away input[name=query]").input_value() == "state=CHECKING"


def test_without_scripts_the_board_is_worked_all_the_same(open_page, operator, rows):
    page = open_page(URL, actor=operator, java_script_enabled=False)
    menu = card(page, S.SUBMITTED, rows[3].number)
    menu.locator("summary").click()
    menu.locator("button[data-move=start_check]").click()
    assert page.url.endswith(f"{URL}?")
    expect(card(page, S.CHECKING, rows[3].number)).to_be_visible()
