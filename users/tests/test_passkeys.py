"""Passkeys: whose they are, and what a forged answer gets."""

import json

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from django.test import Client as Browser
from django.urls import reverse

from users.models import SecurityRecord
from users.tests.factories import PASSWORD
from users.tests.own import a_passkey, a_person, enter, prove

pytestmark = pytest.mark.django_db
LIST = "/users/2fa/webauthn/"
ADD = LIST + "add/"
ENTER = LIST + "login/"
FORGED = [
    "",
    "no json",
    "null",
    "5",
    "[]",
    "{}",
    '{"response": 5}',
    '{"response": {}}',
    '{"id": "AA", "rawId": "AA", "type": "public-key", "response": {"userHandle": "AA"}}',
    json.dumps(
        {
            "id": "AA",
            "rawId": "AA",
            "type": "public-key",
            "response": {
                "clientDataJSON": "e30",
                "authenticatorData": "AA",
                "signature": "AA",
                "userHandle": "OTk5OTk5OTk5OTk5OTk5OTk5OTk5OTk5OTk",
            },
        }
    ),
]


def test_pages_of_passkeys_ask_for_the_password_first():
    user = a_person()
    browser, row = enter(user), a_passkey(user)
    for page in (ADD, f"{LIST}keys/{row.pk}/edit/", f"{LIST}keys/{row.pk}/remove/"):
        assert browser.get(page).url.startswith(reverse("account_reauthenticate"))


def test_the_site_says_what_it_wants_under_its_own_name(settings):
    settings.SITE_URL = "https://portal.example"
    browser = enter(a_person())
    prove(browser)
    wanted = browser.get(ADD).context["js_data"]["creation_options"]["publicKey"]
    assert wanted["rp"] == {"id": "portal.example", "name": "Estconnect"}


def test_a_passkey_of_another_can_neither_be_renamed_nor_removed():
    browser, row = enter(a_person()), a_passkey(a_person())
    prove(browser)
    for page in ("edit", "remove"):
        assert browser.get(f"{LIST}keys/{row.pk}/{page}/").status_code == 404
        assert browser.post(f"{LIST}keys/{row.pk}/{page}/", {"name": "Mine"}).status_code == 404
    row.refresh_from_db()
    assert row.data["name"] == "Laptop"


def test_it_is_renamed_and_removed_and_the_removal_is_recorded():
    user = a_person()
    browser, row = enter(user), a_passkey(user)
    RecoveryCodes.activate(user)
    prove(browser)
    edit = f"{LIST}keys/{row.pk}/edit/"
    assert browser.post(edit, {"name": ""}).context["form"].errors
    assert browser.post(edit, {"name": "x" * 61}).context["form"].errors
    assert browser.post(edit, {"name": "Phone <b>"}).url == LIST
    assert "Phone &lt;b&gt;" in browser.get(LIST).content.decode()
    assert browser.post(f"{LIST}keys/{row.pk}/remove/").url == LIST
    assert SecurityRecord.objects.order_by("-pk").first().kind == "PASSKEY_REMOVED"
    # Recovery codes without anything to recover go too.
    assert not Authenticator.objects.filter(user=user).exists()


@pytest.mark.parametrize("forged", FORGED)
def test_a_forged_answer_signs_nobody_in(forged):
    browser = Browser()
    answer = browser.get(ENTER, headers={"accept": "application/json"})
    assert set(answer.json()) == {"request_options"}
    assert browser.post(ENTER, {"credential": forged}).url == reverse("account_login")
    assert browser.get("/users/profile/").status_code == 302


@pytest.mark.parametrize("forged", FORGED)
def test_a_forged_answer_adds_no_passkey(forged):
    browser = enter(a_person())
    prove(browser)
    browser.get(ADD)
    answer = browser.post(ADD, {"name": "Mine", "credential": forged})
    assert answer.status_code == 200
    assert "Mine" in answer.content.decode()
    assert not Authenticator.objects.exists()


@pytest.mark.parametrize("forged", FORGED)
def test_a_forged_answer_is_no_second_factor(forged):
    user = a_person()
    codes = RecoveryCodes.activate(user).get_unused_codes()
    from allauth.mfa.totp.internal.auth import TOTP

    TOTP.activate(user, "JBSWY3DPEHPK3PXP")
    browser = Browser()
    step = browser.post("/users/login/", {"login": user.email, "password": PASSWORD})
    assert browser.post(step.url, {"credential": forged}).status_code == 200
    assert browser.get("/users/profile/").status_code == 302
    assert browser.post(step.url, {"code": codes[0]}).status_code == 302


def test_the_way_in_by_passkey_is_throttled_by_address():
    answers = {Browser().post(ENTER, {"credential": "{}"}).status_code for _try in range(62)}
    assert 429 in answers
