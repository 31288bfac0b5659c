"""The page of a request as a person meets it: by keyboard, in two tabs, and without scripts."""

import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from core.choices import OrganizationKind, Role
from core.models import Event
from core.tests.browser import DESK, PHONE
from subscriptions.models import RequestNote, RequestSeen
from subscriptions.services.checklists import Item, save_template
from subscriptions.services.custom_fields import create_field
from subscriptions.services.requests import add_note, mark_seen
from subscriptions.tests.sides import url
from users.tests.factories import make_actor

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def request_(sides):
    colleague = make_actor(
        OrganizationKind.PROVIDER, Role.MEMBER, organization=sides.operator.organization
    )
    colleague.user.full_name = "Polina Makarova"
    colleague.user.save()
    save_template(sides.operator, None, [Item("Cable laid"), Item("Photo taken", False)])
    create_field(sides.operator, kind="NUMBER", label="Cable", unit="m")
    request = sides.request()
    add_note(sides.operator, request, "For us alone", internal=True)
    return request


def test_a_colleague_is_named_by_keyboard_and_what_is_typed_outlives_a_tick(
    sides, request_, open_page
):
    page = open_page(url(request_), actor=sides.operator)
    field = page.locator("#note_text")
    field.press_sequentially("Ask @pol")
    option = page.locator("#note_mentions [role=option]")
    expect(option).to_have_text("Polina Makarova")
    expect(field).to_have_attribute("aria-activedescendant", re.compile("note_mentions"))
    page.keyboard.press("Enter")
    expect(field).to_have_value("Ask @Polina Makarova ")
    page.locator("button[name=tick]").first.click()
    expect(page.locator(".panel-count")).to_have_text("1 of 2")
    expect(field).to_have_value("Ask @Polina Makarova ")
    page.get_by_role("button", name="Add an internal note").click()
    expect(page.locator(".tone-internal").first).to_contain_text("Ask @Polina Makarova")
    expect(field).to_have_value("")
    note = RequestNote.objects.latest("pk")
    assert (note.is_internal, note.mentions.count()) == (True, 1)


def test_what_came_while_another_tab_was_open_is_marked_and_then_seen(sides, request_, open_page):
    mark_seen(sides.agent, request_, Event.objects.latest("pk").pk)
    add_note(sides.operator, request_, "The port is free")
    before = RequestSeen.objects.get().event_id
    page = open_page(url(request_), actor=sides.agent)
    expect(page.locator(".timeline-entry.is-new")).to_contain_text("The port is free")
    with page.expect_response(lambda answer: "/seen/" in answer.url) as told:
        pass
    assert told.value.status == 204
    assert RequestSeen.objects.get().event_id > before
    # The page that says so still says it; the next one does not.
    expect(page.locator(".new-mark")).to_have_count(1)
    page.reload()
    expect(page.locator(".new-mark")).to_have_count(0)


@pytest.mark.parametrize(("viewport", "scheme"), [(DESK, "light"), (PHONE, "dark")])
def test_axe_finds_nothing_and_nothing_overflows(sides, request_, open_page, viewport, scheme):
    page = open_page(url(request_), actor=sides.operator, viewport=viewport, color_scheme=scheme)
    page.locator(".fill-in > summary").click()
    page.locator(".related > summary").click()
    expect(page.locator("#link_number")).to_be_visible()
    for path in (None, "/requests/setup/", url(request_, "print/")):
        if path:
            page.goto(path)
        found = Axe().run(page).response["violations"]
        assert [(rule["id"], rule["nodes"][0]["html"]) for rule in found] == []
        assert page.evaluate("document.documentElement.scrollWidth") == viewport["width"]


def test_all_of_it_works_without_scripts(sides, request_, open_page):
    page = open_page(url(request_), actor=sides.operator, java_script_enabled=False)
    page.locator("button[name=tick]").first.click()
    expect(page.locator(".panel-count")).to_have_text("1 of 2")
    page.locator("#note_text").fill("Ask @Polina")
    page.get_by_role("button", name="Add an internal note").click()
    expect(page.locator(".tone-internal").first).to_contain_text("Ask @Polina Makarova")
    page.get_by_role("button", name="Mark all as seen").click()
    assert RequestSeen.objects.filter(user=sides.operator.user).exists()
    page.locator(".related > summary").click()
    page.get_by_role("link", name="Show the related requests").click()
    expect(page.get_by_role("heading", name="Related requests")).to_be_visible()
