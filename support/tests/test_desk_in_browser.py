"""The desk as staff work it: in Chromium, by keys, with drafts that outlive the page."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.utils import timezone
from playwright.sync_api import expect

from core.choices import StaffScope
from core.tests.browser import DESK, PHONE
from support.choices import DeskSide, MacroFor, Priority
from support.models import InternalNote, Macro, TicketMessage
from support.services.talking import add_note, answer
from support.tests.factories import TicketCategoryFactory, TicketFactory, TicketMessageFactory
from users.tests.factories import make_staff

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def agent():
    return make_staff(StaffScope.SUPPORT)


@pytest.fixture
def ticket(agent):
    ticket = TicketFactory(
        subject="No internet since the morning",
        category=TicketCategoryFactory(),
        requester_email="anna@example.com",
        due_at=timezone.now(),
    )
    TicketMessageFactory(ticket=ticket, body="Nothing works", quoted="> Your ticket is taken")
    add_note(agent, ticket, "The port is **down**")
    answer(agent, ticket, "We look at it")
    Macro.objects.create(name="Greeting", body="Hello there", priority=Priority.HIGH)
    Macro.objects.create(name="Hand over", body="Look, please", into=MacroFor.NOTE)
    return ticket


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("viewport", [DESK, PHONE], ids=["desk", "phone"])
def test_axe_finds_nothing_and_nothing_overflows(open_page, agent, ticket, viewport, scheme):
    page = open_page("/desk/", actor=agent, viewport=viewport, color_scheme=scheme,
                     has_touch=viewport is PHONE)  # fmt: skip
    for path in ("/desk/?group=open", f"/desk/{ticket.number}/", "/desk/new/", "/desk/macros/",
                 f"/desk/{ticket.number}/split/"):  # fmt: skip
        page.goto(path)
        found = Axe().run(page).response["violations"]
        assert [(path, rule["id"], rule["nodes"][0]["html"]) for rule in found] == []
        assert page.evaluate("document.documentElement.scrollWidth") == viewport["width"], path


def test_a_list_is_worked_by_keys(open_page, agent, ticket):
    page = open_page("/desk/?group=open", actor=agent)
    page.keyboard.press("j")
    page.keyboard.press("x")
    expect(page.locator("[data-selected-count]")).to_have_text("1")
    page.keyboard.press("Enter")
    expect(page.locator("h1")).to_have_text(ticket.subject)


def test_one_form_is_shown_at_a_time_and_keys_choose_which(open_page, agent, ticket):
    page = open_page(f"/desk/{ticket.number}/", actor=agent)
    expect(page.locator("#answer")).to_be_visible()
    expect(page.locator("#note")).to_be_hidden()
    page.keyboard.press("n")
    expect(page.locator("#note_body")).to_be_focused()
    expect(page.locator("#answer")).to_be_hidden()
    page.keyboard.type("For us alone")
    page.keyboard.press("Control+Enter")
    expect(page.locator(".message-internal", has_text="For us alone")).to_be_visible()
    assert InternalNote.objects.filter(body="For us alone").exists()
    assert not TicketMessage.objects.filter(body="For us alone").exists()


def test_what_was_typed_is_there_again_until_it_is_sent(open_page, agent, ticket):
    address = f"/desk/{ticket.number}/"
    page = open_page(address, actor=agent)
    page.keyboard.press("r")
    page.keyboard.type("Half an answer")
    page.goto("/desk/?group=open")
    page.goto(address)
    expect(page.locator("#answer_body")).to_have_value("Half an answer")
    page.get_by_role("button", name="Answer and solve").click()
    expect(page.locator(".message-of-staff", has_text="Half an answer")).to_be_visible()
    expect(page.locator("#answer_body")).to_have_value("")
    assert "sent=" not in page.url
    page.reload()
    expect(page.locator("#answer_body")).to_have_value("")
    assert TicketMessage.objects.filter(side=DeskSide.STAFF).count() == 2


def test_a_macro_is_searched_put_in_and_says_what_it_changes(open_page, agent, ticket):
    page = open_page(f"/desk/{ticket.number}/", actor=agent)
    page.keyboard.press("m")
    search = page.locator("#macro-search-answer")
    expect(search).to_be_focused()
    search.fill("greet")
    page.keyboard.press("Enter")
    expect(page.locator("#answer_body")).to_have_value("Hello there")
    expect(page.locator("#answer [data-effects]")).to_contain_text("Priority: High")
    page.get_by_role("button", name="Answer", exact=True).click()
    expect(page.locator(".message-of-staff", has_text="Hello there")).to_be_visible()
    ticket.refresh_from_db()
    assert ticket.priority == Priority.HIGH


def test_without_scripts_both_forms_stand_there_and_work(open_page, agent, ticket):
    page = open_page(f"/desk/{ticket.number}/", actor=agent, java_script_enabled=False)
    for form in ("answer", "note"):
        assert page.locator(f"#{form}").is_visible()
    page.locator("#note_body").fill("By hand")
    page.get_by_role("button", name="Add the internal note").click()
    assert page.locator(".message-internal", has_text="By hand").is_visible()


def test_a_colleague_who_writes_is_seen_within_seconds(open_page, agent, ticket):
    colleague = make_staff(StaffScope.SUPPORT)
    mine = open_page(f"/desk/{ticket.number}/", actor=agent)
    theirs = open_page(f"/desk/{ticket.number}/", actor=colleague)
    theirs.keyboard.press("r")
    theirs.keyboard.type("I am")
    expect(mine.locator(".desk-present")).to_contain_text(
        f"{colleague.user} is writing", timeout=15_000
    )
