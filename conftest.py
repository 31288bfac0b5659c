"""What every test may use, and the rule that nothing is skipped where all is there."""

import gc
import os
import shutil

import pytest
from django.contrib.auth.hashers import Argon2PasswordHasher
from django.core.cache import caches
from django.test import Client as Browser

from core.tests.browser import chromium, complaints, open_page  # noqa: F401
from core.tests.database import django_db_setup, kept_tables  # noqa: F401
from core.tests.later import run_jobs, served, shared_database, start_worker  # noqa: F401
from locations.geometry import slot_of


def pytest_configure():
    """Passwords are hashed as ever, and cheaply: hundreds are guessed in the tests."""
    Argon2PasswordHasher.time_cost = 1
    Argon2PasswordHasher.memory_cost = 1024
    Argon2PasswordHasher.parallelism = 1


def pytest_collection_finish():
    """What has been imported stays: looking through it for cycles again and again took a fifth."""
    gc.freeze()
    gc.set_threshold(200_000, 10, 10)


@pytest.fixture(autouse=True)
def _empty_cache_of_the_process():
    """What one test kept in the process's cache is of no concern to the next."""
    caches["local"].clear()
    # Ids of zones come again when a test is rolled back; shapes are kept by them.
    slot_of.cache_clear()


@pytest.fixture
def sign_in():
    """A function: actor → a test client signed in as that person."""

    def _sign_in(actor) -> Browser:
        browser = Browser()
        browser.force_login(actor.user, backend="users.backends.AuthenticationBackend")
        return browser

    return _sign_in


def pytest_collection_modifyitems(items):
    """Tests in a browser need Debian's Chromium; `.ci/run` installs it and forbids skips."""
    if shutil.which("chromium"):
        return
    for item in items:
        if item.get_closest_marker("browser"):
            item.add_marker(pytest.mark.skip(reason="Chromium is not installed"))


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    """With FORBID_SKIPS a skipped test has failed: a check that did not run checked nothing."""
    outcome = yield
    report = outcome.get_result()
    if os.environ.get("FORBID_SKIPS") and report.skipped and not hasattr(report, "wasxfail"):
        report.outcome = "failed"
        report.longrepr = f"Skipped where no test may be skipped: {report.longrepr}"
