"""Fixtures of tests in Chromium: `open_page` opens a page, and fails at what its console said."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

DESK = {"width": 1440, "height": 900}
PHONE = {"width": 390, "height": 844}
PARTS = "/developers/parts/"

# A violation goes to the console, and so to the complaints, whatever Chromium itself says of it.
TELL_VIOLATIONS = """document.addEventListener('securitypolicyviolation', (event) =>
    console.error(`CSP: ${event.violatedDirective} ${event.blockedURI} ${event.sourceFile}`))"""


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """Started once in a process; each test has contexts of its own."""
    # Playwright keeps an event loop in this thread, which Django takes for asynchronous code.
    with pytest.MonkeyPatch.context() as patch, sync_playwright() as playwright:
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
        browser = playwright.chromium.launch(
            executable_path="/usr/bin/chromium", args=["--no-sandbox"]
        )
        yield browser
        browser.close()


@pytest.fixture
def complaints() -> list[str]:
    """What the console said; a test that opened pages ends with none."""
    return []


@pytest.fixture
def open_page(chromium: Browser, served, settings, complaints):
    settings.DEBUG = True
    contexts: list[BrowserContext] = []

    def heard(said) -> None:
        if said.type in {"error", "warning"}:
            complaints.append(said.text)

    def _open(address: str = PARTS, *, actor=None, **options) -> Page:
        # Colours change at once: what axe measures is what a reader sees.
        options = {"viewport": DESK, "reduced_motion": "reduce"} | options
        context = chromium.new_context(base_url=served, locale="en-US", **options)
        contexts.append(context)
        cookies: list[Any] = [{"name": "django_language", "value": "en", "url": served}]
        if actor:
            cookies.append({"name": "sessionid", "value": _session(actor.user), "url": served})
        context.add_cookies(cookies)
        if options.get("java_script_enabled", True):
            context.add_init_script(TELL_VIOLATIONS)
        page = context.new_page()
        page.on("console", heard)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.goto(address)
        return page

    yield _open
    for context in contexts:
        context.close()
    assert complaints == []


def _session(user: Any) -> str:
    session = SessionStore()
    session[SESSION_KEY] = str(user.pk)
    session[BACKEND_SESSION_KEY] = "users.backends.AuthenticationBackend"
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    session.save()
    return str(session.session_key)
