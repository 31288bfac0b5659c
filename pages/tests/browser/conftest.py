"""Chromium, and people sitting at it."""

import os
from collections.abc import Iterator

import pytest
from django.core.cache import cache
from playwright.sync_api import Browser, BrowserContext, sync_playwright

from pages.tests.browser.visitor import TELL_VIOLATIONS, WAYS, Visitor


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
            base_url=served,
            locale="ru-RU",
            timezone_id="Europe/Moscow",
            # Colours change at once: what axe measures is what a reader sees.
            reduced_motion="reduce",
            **request.param,
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
