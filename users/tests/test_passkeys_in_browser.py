"""A passkey made, used and removed in Chromium, with an authenticator that Chromium plays."""

import re

import pytest
from allauth.mfa.models import Authenticator
from playwright.sync_api import Page, expect

from users.models import SecurityRecord
from users.tests.factories import PASSWORD, MembershipFactory
from users.tests.own import a_person

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def page(chromium, served, settings):
    """A page with an authenticator in the device; ends with nothing in the console."""
    settings.DEBUG = True
    context = chromium.new_context(base_url=served, locale="en-US")
    context.add_cookies([{"name": "django_language", "value": "en", "url": served}])
    page = context.new_page()
    complaints: list[str] = []
    page.on(
        "console",
        lambda said: complaints.append(said.text) if said.type in {"error", "warning"} else None,
    )
    page.on("pageerror", lambda error: complaints.append(str(error)))
    yield page
    context.close()
    assert complaints == []


def authenticator(page: Page, **options) -> tuple:
    """(the session of the protocol, the authenticator's id)."""
    session = page.context.new_cdp_session(page)
    session.send("WebAuthn.enable")
    made = session.send(
        "WebAuthn.addVirtualAuthenticator",
        {
            "options": {
                "protocol": "ctap2",
                "transport": "internal",
                "hasResidentKey": True,
                "hasUserVerification": True,
                "isUserVerified": True,
                "automaticPresenceSimulation": True,
                **options,
            }
        },
    )
    return session, made["authenticatorId"]


def sign_in(page: Page, user) -> None:
    page.goto("/users/login/")
    page.get_by_label("E-mail").fill(user.email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()


def sign_out(page: Page) -> None:
    page.goto("/users/logout/")
    page.get_by_role("button", name="Sign out", exact=True).click()
    page.wait_for_url(re.compile(r"/$"))


def add_passkey(page: Page, name: str) -> None:
    page.goto("/users/2fa/webauthn/add/")
    if "reauthenticate" in page.url:
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_role("button", name="Go on").click()
    page.get_by_label("Name").fill(name)
    page.get_by_role("button", name="Add").click()


def test_a_passkey_is_added_signs_in_alone_and_is_removed(page):
    user = a_person()
    MembershipFactory(user=user)
    authenticator(page)
    sign_in(page, user)
    page.wait_for_url("**/home/")
    add_passkey(page, "Work laptop")
    # The first factor brings recovery codes, shown at once.
    expect(page.locator("h1")).to_have_text("Recovery codes")
    assert Authenticator.objects.filter(user=user, type="webauthn").count() == 1
    page.goto("/users/2fa/webauthn/")
    expect(page.get_by_text("Work laptop")).to_be_visible()
    expect(page.get_by_text("signs you in alone")).to_be_visible()

    sign_out(page)
    page.goto("/users/login/")
    page.get_by_role("button", name="Sign in with a passkey").click()
    page.wait_for_url("**/home/")
    assert Authenticator.objects.get(type="webauthn").last_used_at is not None

    page.goto("/users/2fa/webauthn/")
    page.get_by_role("link", name="Remove Work laptop").click()
    if "reauthenticate" in page.url:
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_role("button", name="Go on").click()
    page.get_by_role("button", name="Remove").click()
    page.wait_for_url("**/users/2fa/webauthn/")
    assert not Authenticator.objects.filter(user=user).exists()
    kinds = list(SecurityRecord.objects.order_by("pk").values_list("kind", flat=True))
    assert [kind for kind in kinds if kind.startswith("PASSKEY")] == [
        "PASSKEY_ADDED",
        "PASSKEY_REMOVED",
    ]


def test_a_passkey_is_the_second_factor_after_the_password(page):
    user = a_person()
    MembershipFactory(user=user)
    authenticator(page)
    sign_in(page, user)
    page.wait_for_url("**/home/")
    add_passkey(page, "Key")
    expect(page.locator("h1")).to_have_text("Recovery codes")
    sign_out(page)
    sign_in(page, user)
    expect(page.locator("h1")).to_have_text("Second factor")
    page.get_by_role("button", name="Use the passkey").click()
    page.wait_for_url("**/home/")


def test_a_device_that_refuses_is_told_of_and_it_may_be_tried_again(page):
    user = a_person()
    MembershipFactory(user=user)
    session, key = authenticator(page, isUserVerified=False)
    sign_in(page, user)
    page.wait_for_url("**/home/")
    add_passkey(page, "Key")
    expect(page.locator("[data-passkey-failed]")).to_be_visible()
    assert page.get_by_label("Name").input_value() == "Key"
    session.send("WebAuthn.setUserVerified", {"authenticatorId": key, "isUserVerified": True})
    page.get_by_role("button", name="Add").click()
    expect(page.locator("h1")).to_have_text("Recovery codes")
