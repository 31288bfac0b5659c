"""A person at a browser, for journeys: walks the site and notes all that is wrong on its pages.

The steps of a journey find things by the names of fields, by addresses and by the one primary
action of a page: a journey is the same in every language.
"""

import re
from dataclasses import dataclass, field

from axe_playwright_python.sync_playwright import Axe
from django.core import mail
from django.urls import reverse
from playwright.sync_api import ConsoleMessage, Locator, Page, Request, expect

from core.actor import Actor
from core.choices import OrganizationKind, Role
from users.models import Organization
from users.tests.factories import PASSWORD, make_actor

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


# --- what every journey does ------------------------------------------------------------------
def member(
    kind: OrganizationKind = OrganizationKind.AGENCY,
    role: Role = Role.MANAGER,
    organization: Organization | None = None,
) -> Actor:
    """A member who can sign in; of a new organization, or of the given one."""
    actor = make_actor(kind, role, organization)
    actor.user.set_password(PASSWORD)
    actor.user.save()
    return actor


def sign_in(visitor: Visitor, email: str) -> None:
    visitor.go(reverse("account_login"))
    visitor.fill(login=email, password=PASSWORD)
    visitor.press_primary()
    expect(visitor.page).to_have_url(re.compile(reverse("home") + "$"))


def open_bell(visitor: Visitor) -> None:
    """The bell counts what is unread, and shows it when opened."""
    bell = visitor.page.locator("#bell")
    expect(bell.locator(".bell-count")).to_be_visible()
    bell.locator("summary").click()
    expect(bell.locator(".bell-line.is-unread").first).to_be_visible()
    visitor.look()


def move(visitor: Visitor, number: str, transition: str, **asked: str) -> None:
    """Makes the next step of a request from its page, filling in what it asks for."""
    address = reverse("request_move", args=[number, transition])
    visitor.follow(visitor.page.locator(f"main [formaction='{address}'], main a[href='{address}']"))
    if visitor.page.url.endswith(address):
        visitor.fill(**asked)
        visitor.press_primary()
    expect(visitor.page).to_have_url(re.compile(reverse("request_detail", args=[number]) + "$"))


def letters_to(email: str) -> list[str]:
    return [letter.subject for letter in mail.outbox if letter.to == [email]]
