"""People sitting at Chromium."""

import pytest
from django.core.cache import cache
from playwright.sync_api import BrowserContext

from pages.tests.browser.visitor import TELL_VIOLATIONS, WAYS, Visitor


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
        # Patience for a machine that does other work as well.
        context.set_default_timeout(60_000)
        context.add_init_script(TELL_VIOLATIONS)
        visitor = Visitor(context.new_page())
        visitor.page.on("console", visitor.hear_console)
        visitor.page.on("requestfailed", visitor.hear_failure)
        visitor.page.on("pageerror", lambda error: visitor.complaints.append(str(error)))
        return visitor

    yield _visit
    for context in contexts:
        context.close()
