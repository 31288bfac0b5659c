"""The main job as two people meet it in Chromium: from registering an agency to a connection.

The steps find things by the names of fields, by addresses and by the one primary action of a page:
the journey is the same in every language.
"""

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.core import mail
from django.core.cache import cache
from django.urls import reverse
from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Locator,
    Page,
    Request,
    expect,
    sync_playwright,
)

from core.actor import Actor
from core.choices import OrganizationKind
from locations.tests.factories import (
    BuildingCoverageFactory,
    BuildingFactory,
    CityFactory,
    StreetFactory,
)
from subscriptions.models import Commission, ConnectionRequest, Subscription
from subscriptions.tests.factories import PlanFactory
from users.tests.factories import PASSWORD, make_actor

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

AGENT = "agent@agency.example"
TYPED = "казань чистопольская 12"

# How each journey is walked: a wide screen by day, a phone in the dark.
WAYS = {
    "desk-light": {"viewport": {"width": 1440, "height": 900}, "color_scheme": "light"},
    "phone-dark": {
        "viewport": {"width": 390, "height": 844},
        "color_scheme": "dark",
        "has_touch": True,
        "is_mobile": True,
    },
}

# A violation goes to the console, and so to the complaints, whatever Chromium itself says of it.
TELL_VIOLATIONS = """document.addEventListener('securitypolicyviolation', (event) =>
    console.error(`CSP: ${event.violatedDirective} ${event.blockedURI} ${event.sourceFile}`))"""


@dataclass
class Visitor:
    """One person at one browser; `complaints` is all that was wrong on the pages seen so far."""

    page: Page
    complaints: list[str] = field(default_factory=list)

    def go(self, address: str) -> None:
        self.page.goto(address)
        self.look()

    def look(self) -> None:
        """Waits until the page is still; axe and the width of the page may add complaints."""
        self.page.wait_for_load_state("networkidle")
        where = self.page.url
        for rule in Axe().run(self.page).response["violations"]:
            for node in rule["nodes"]:
                self.complaints.append(f"{where}: axe {rule['id']}: {node['html']}")
        wide = self.page.evaluate("document.documentElement.scrollWidth")
        if wide > self.page.viewport_size["width"]:
            self.complaints.append(f"{where}: {wide} px wide")

    def fill(self, **values: str) -> None:
        for name, value in values.items():
            self.page.locator(f"main [name='{name}']").fill(value)

    def follow(self, link: Locator) -> None:
        """Presses what leads to another page, and looks at that page."""
        with self.page.expect_navigation():
            link.click()
        self.look()

    def press_primary(self) -> None:
        self.follow(self.page.locator("main .btn-primary"))

    def leave(self) -> None:
        """Looks at nothing of the site: no fragment is asked for while something else goes on."""
        self.page.goto("about:blank")

    def hear_console(self, said: ConsoleMessage) -> None:
        if said.type in {"error", "warning"}:
            self.complaints.append(f"{self.page.url}: {said.text}")

    def hear_failure(self, request: Request) -> None:
        # Going to another page breaks off what the last one was asking for.
        if request.failure != "net::ERR_ABORTED":
            self.complaints.append(f"{request.url}: {request.failure}")


# Patience for a machine that does other work as well.
expect.set_options(timeout=20_000)


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    # Playwright keeps an event loop in this thread, which Django takes for asynchronous code.
    with pytest.MonkeyPatch.context() as patch, sync_playwright() as playwright:
        patch.setitem(os.environ, "DJANGO_ALLOW_ASYNC_UNSAFE", "true")
        browser = playwright.chromium.launch(
            executable_path="/usr/bin/chromium", args=["--no-sandbox"]
        )
        yield browser
        browser.close()


@pytest.fixture(params=WAYS.values(), ids=WAYS.keys())
def visit(request, chromium, served):
    """A function that sits another person down at a browser of their own."""
    # Who was written to by the last journey is not written to again within minutes.
    cache.clear()
    contexts: list[BrowserContext] = []

    def _visit() -> Visitor:
        context = chromium.new_context(
            base_url=served, locale="ru-RU", timezone_id="Europe/Moscow", **request.param
        )
        contexts.append(context)
        context.add_init_script(TELL_VIOLATIONS)
        visitor = Visitor(context.new_page())
        visitor.page.on("console", visitor.hear_console)
        visitor.page.on("requestfailed", visitor.hear_failure)
        visitor.page.on("pageerror", lambda error: visitor.complaints.append(str(error)))
        return visitor

    yield _visit
    for context in contexts:
        context.close()


@pytest.fixture
def provider() -> Actor:
    """The operator of a provider that connects one house and sells one plan there."""
    actor = make_actor(OrganizationKind.PROVIDER)
    actor.user.set_password(PASSWORD)
    actor.user.save()
    street = StreetFactory(city=CityFactory(name="Казань"), name="Чистопольская")
    house = BuildingFactory(street=street, number="12")
    coverage = BuildingCoverageFactory(building=house, provider=actor.organization)
    PlanFactory(provider=actor.organization, category=coverage.category)
    return actor


# --- coming in --------------------------------------------------------------------------------
def register(agent: Visitor) -> None:
    agent.go(reverse("site_home"))
    agent.go(reverse("account_signup") + "?kind=agency")
    agent.fill(
        organization_name="Агентство «Новый адрес»",
        full_name="Анна Агентова",
        email=AGENT,
        password1=PASSWORD,
    )
    agent.page.locator("[name=consent]").check()
    agent.press_primary()


def confirm(agent: Visitor) -> None:
    """Opens the link of the only letter so far."""
    (letter,) = mail.outbox
    assert letter.to == [AGENT]
    link = re.search(r"https?://[^/\s]+(/\S+)", letter.body)
    assert link, letter.body
    agent.go(link[1])
    agent.press_primary()


def sign_in(visitor: Visitor, email: str) -> None:
    visitor.go(reverse("account_login"))
    visitor.fill(login=email, password=PASSWORD)
    visitor.press_primary()
    expect(visitor.page).to_have_url(re.compile(reverse("home") + "$"))


# --- the agent --------------------------------------------------------------------------------
def file_request(agent: Visitor) -> str:
    """From the address field of the cabinet to a filed request; returns its number."""
    agent.page.locator("main [role=combobox]").press_sequentially(TYPED, delay=20)
    agent.follow(agent.page.locator("[role=option]").first)
    agent.page.locator("main [name=unit]").fill("47")
    agent.page.locator("main [type=checkbox][name=plan]").check()
    agent.press_primary()
    agent.fill(name="Пётр Клиентов", phone="8 912 345-67-89")
    agent.page.locator("[name=consent]").check()
    agent.press_primary()
    expect(agent.page).to_have_url(re.compile(re.escape(reverse("request_check", args=["x"])[:-2])))
    agent.press_primary()
    request = ConnectionRequest.objects.get()
    assert request.state == "SUBMITTED"
    agent.go(reverse("request_list"))
    expect(agent.page.get_by_role("link", name=request.number)).to_be_visible()
    return request.number


def see_it_connected(agent: Visitor, number: str) -> None:
    """The bell, the subscription that it leads to, the list of them, and the commission."""
    subscription, commission = Subscription.objects.get(), Commission.objects.get()
    page = reverse("subscription_detail", args=[subscription.number])
    agent.go(reverse("home"))
    open_bell(agent)
    agent.go(reverse("notification_list"))
    agent.go(reverse("request_detail", args=[number]))
    agent.follow(agent.page.locator(f"main a[href='{page}']"))
    agent.go(reverse("subscription_list"))
    expect(agent.page.locator(f"main a[href='{page}']")).to_be_visible()
    agent.go(reverse("commission_list"))
    expect(agent.page.get_by_role("link", name=number)).to_be_visible()
    assert commission.amount == 825


# --- the provider -----------------------------------------------------------------------------
def take_up(operator: Visitor, number: str) -> None:
    """Finds the request in the queue and brings it to its visit."""
    open_bell(operator)
    operator.go(reverse("request_list"))
    operator.follow(operator.page.get_by_role("link", name=number))
    move(operator, number, "start_check")
    move(operator, number, "approve")
    move(operator, number, "schedule", starts_at="10:00", ends_at="12:00")
    move(operator, number, "start_work")


def connect(operator: Visitor, number: str) -> None:
    move(operator, number, "connect")
    assert ConnectionRequest.objects.get().state == "CONNECTED"
    operator.go(reverse("home"))


def move(operator: Visitor, number: str, transition: str, **asked: str) -> None:
    """Makes the next step of a request from its page, filling in what it asks for."""
    address = reverse("request_move", args=[number, transition])
    operator.follow(
        operator.page.locator(f"main [formaction='{address}'], main a[href='{address}']")
    )
    if operator.page.url.endswith(address):
        operator.fill(**asked)
        operator.press_primary()
    expect(operator.page).to_have_url(re.compile(reverse("request_detail", args=[number]) + "$"))


# --- both -------------------------------------------------------------------------------------
def open_bell(visitor: Visitor) -> None:
    """The bell counts what is unread, and shows it when opened."""
    bell = visitor.page.locator("#bell")
    expect(bell.locator(".bell-count")).to_be_visible()
    bell.locator("summary").click()
    expect(bell.locator(".bell-line.is-unread").first).to_be_visible()
    visitor.look()


def letters_to(email: str) -> list[str]:
    return [letter.subject for letter in mail.outbox if letter.to == [email]]


def test_from_registration_to_a_connected_service(visit, provider, run_jobs):
    agent, operator = visit(), visit()

    register(agent)
    agent.leave()
    run_jobs()
    confirm(agent)
    sign_in(agent, AGENT)
    number = file_request(agent)
    agent.leave()
    run_jobs()
    assert letters_to(provider.user.email)

    sign_in(operator, provider.user.email)
    take_up(operator, number)
    connect(operator, number)
    operator.leave()
    mail.outbox.clear()
    run_jobs()
    assert letters_to(AGENT)

    see_it_connected(agent, number)
    assert agent.complaints + operator.complaints == []
