"""Signing in, and what an answer must not tell."""

import re

import pytest
from allauth.account.models import EmailAddress
from django.contrib.auth.hashers import Argon2PasswordHasher
from django.db import connection
from django.test import Client as Browser
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from core.models import Job
from users.tests.factories import PASSWORD, MembershipFactory, UserFactory
from users.tests.mailbox import deliver, link_in

pytestmark = pytest.mark.django_db

LOGIN = "/users/login/"


def make_user(**fields):
    user = UserFactory(**fields)
    user.set_password(PASSWORD)
    user.save()
    return user


def attempt(email, password=PASSWORD, browser=None, **extra):
    data = {"login": email, "password": password}
    return (browser or Browser()).post(LOGIN, data, **extra)


@pytest.fixture
def count_hashes(monkeypatch):
    """A function that begins to count password hashes: the list grows by one with each."""

    def begin():
        hashes = []
        for name in ("encode", "verify"):
            original = getattr(Argon2PasswordHasher, name)

            def counted(self, *args, original=original, **kwargs):
                hashes.append(1)
                return original(self, *args, **kwargs)

            monkeypatch.setattr(Argon2PasswordHasher, name, counted)
        return hashes

    return begin


@pytest.mark.parametrize("typed", ["anna@example.com", "Anna@Example.COM", "  anna@example.com "])
def test_signs_in_in_any_letter_case(typed):
    make_user(email="anna@example.com")
    assert attempt(typed).url == reverse("home")


def test_wrong_unknown_and_inactive_are_told_the_same():
    make_user(email="known@example.com")
    make_user(email="closed@example.com", is_active=False)
    make_user(email="passwordless@example.com").set_unusable_password()
    answers = {
        email: attempt(email, "wrong-password-1")
        for email in ("known@example.com", "closed@example.com", "unknown@example.com")
    }
    errors = {str(answer.context["form"].errors) for answer in answers.values()}
    assert {answer.status_code for answer in answers.values()} == {200}
    assert len(errors) == 1


# Whatever may be typed, and what there is of it.
LOGINS = [
    "known@example.com",
    "closed@example.com",
    "passwordless@example.com",
    "unconfirmed@example.com",
    "unknown@example.com",
    "+79120000001",
    "8 (912) 000-00-02",
    "+79120000099",
    "neither a phone nor an address",
]


@pytest.fixture
def all_sorts():
    make_user(email="known@example.com", phone="+79120000001")
    make_user(email="closed@example.com", phone="+79120000002", is_active=False)
    make_user(email="unconfirmed@example.com", confirmed=False)
    passwordless = make_user(email="passwordless@example.com")
    passwordless.set_unusable_password()
    passwordless.save()


@pytest.mark.parametrize("login", LOGINS)
def test_each_attempt_costs_the_same_statements_and_one_hash(login, all_sorts, count_hashes):
    """Counted and not timed: a clock would tell of the machine, not of the code."""
    attempt("warm@example.com", "wrong-password-1")
    hashes = count_hashes()
    with CaptureQueriesContext(connection) as queries:
        answer = attempt(login, "wrong-password-1")
    assert answer.status_code == 200
    assert len(hashes) == 1
    # The session that no cookie names is not read: what is left looks for the account.
    assert len(queries) == 1


def test_every_refusal_is_word_for_word_the_same(all_sorts):
    pages = set()
    for login in LOGINS:
        answer = attempt(login, "wrong-password-1")
        html = re.sub(r'value="[^"]*"|nonce="[^"]*"', "", answer.content.decode())
        pages.add((answer.status_code, html))
    assert len(pages) == 1


@pytest.mark.parametrize("email", ["known@example.com", "closed@example.com", "un@example.com"])
def test_forgetting_the_password_costs_the_same_work(email, all_sorts, count_hashes):
    def ask(address):
        with CaptureQueriesContext(connection) as queries:
            answer = Browser().post("/users/password/reset/", {"email": address})
        assert answer.url == reverse("account_reset_password_done")
        return [query["sql"].split()[0:3] for query in queries]

    ask("warm@example.com")
    hashes = count_hashes()
    assert ask(email) == ask("nobody@example.com")
    assert hashes == []


def test_guessing_an_account_is_held_off_for_strangers_not_for_its_owner():
    make_user(email="anna@example.com")
    own = Browser()
    assert attempt("anna@example.com", browser=own).status_code == 302
    own.post(reverse("account_logout"))
    for n in range(12):
        attempt("anna@example.com", f"wrong-password-{n}", REMOTE_ADDR=f"10.0.0.{n}")
    stranger = attempt("anna@example.com", REMOTE_ADDR="10.0.1.1")
    assert stranger.status_code == 200
    assert stranger.context["form"].errors
    assert attempt("anna@example.com", browser=own).url == reverse("home")


def test_the_hold_ends_by_itself(time_machine):
    make_user(email="anna@example.com")
    time_machine.move_to("2026-11-20 12:00:00+00:00", tick=False)
    for n in range(10):
        attempt("anna@example.com", "wrong-password-1", REMOTE_ADDR=f"10.0.0.{n}")
    assert attempt("anna@example.com").status_code == 200
    time_machine.move_to("2026-11-20 12:10:01+00:00", tick=False)
    assert attempt("anna@example.com").url == reverse("home")


def test_one_address_may_not_try_many_accounts():
    answers = [attempt(f"user{n}@example.com", REMOTE_ADDR="10.9.9.9") for n in range(21)]
    errors = [str(answer.context["form"].errors) for answer in answers]
    assert len(set(errors[:20])) == 1
    assert errors[20] != errors[0]


@pytest.mark.parametrize(
    "forged",
    [
        "https://evil.example/",
        "//evil.example",
        "/\\evil.example",
        "javascript:alert(1)",
        "http:///x",
    ],
)
def test_a_forged_next_leads_home(forged):
    make_user(email="anna@example.com")
    answer = Browser().post(
        LOGIN, {"login": "anna@example.com", "password": PASSWORD, "next": forged}
    )
    assert answer.url == reverse("home")


def test_next_within_the_site_is_followed():
    make_user(email="anna@example.com")
    answer = Browser().post(
        LOGIN, {"login": "anna@example.com", "password": PASSWORD, "next": "/users/profile/"}
    )
    assert answer.url == "/users/profile/"


def test_resetting_answers_alike_and_the_letters_differ():
    make_user(email="anna@example.com")
    make_user(email="closed@example.com", is_active=False)
    emails = ["Anna@example.com", "closed@example.com", "unknown@example.com"]
    answers = [Browser().post("/users/password/reset/", {"email": email}) for email in emails]
    assert {(answer.status_code, answer.url) for answer in answers} == {
        (302, reverse("account_reset_password_done"))
    }
    assert {letter.to[0]: "password/reset/key" in letter.body for letter in deliver()} == {
        "anna@example.com": True,
        "closed@example.com": False,
        "unknown@example.com": False,
    }


def test_a_reset_by_letter_sets_the_password_and_ends_other_sessions():
    user = make_user(email="anna@example.com")
    elsewhere, browser = Browser(), Browser()
    attempt("anna@example.com", browser=elsewhere)
    assert elsewhere.get(reverse("profile")).status_code == 200
    browser.post("/users/password/reset/", {"email": user.email})
    link = link_in(deliver()[0], "password/reset/key")
    form_url = browser.get(link).url
    passwords = {"password1": "another-good-one", "password2": "another-good-one"}
    assert browser.post(form_url, passwords).url == reverse("account_reset_password_from_key_done")
    assert elsewhere.get(reverse("profile")).status_code == 302
    assert attempt("anna@example.com", "another-good-one").url == reverse("home")
    assert "once" in browser.get(link).content.decode() or browser.get(link).context["token_fail"]


def test_no_secret_and_no_text_of_a_letter_waits_in_the_queue():
    make_user(email="anna@example.com")
    Browser().post("/users/password/reset/", {"email": "anna@example.com"})
    job = Job.objects.get()
    assert job.queue == "outgoing"
    assert job.arguments["args"][0] == "anna@example.com"
    assert set(job.arguments["args"][1:]) <= {"ru", "en"}


def test_letters_lead_to_the_site_whatever_host_the_request_named(settings):
    settings.ALLOWED_HOSTS = ["*"]
    settings.SITE_URL = "https://portal.example"
    make_user(email="anna@example.com")
    Browser().post(
        "/users/password/reset/", {"email": "anna@example.com"}, HTTP_HOST="evil.example"
    )
    (letter,) = deliver()
    assert "https://portal.example/users/password/reset/key/" in letter.body
    assert "evil.example" not in letter.body


def test_a_new_address_replaces_the_old_once_confirmed(sign_in):
    membership = MembershipFactory(user=make_user(email="old@example.com"))
    browser = Browser()
    attempt("old@example.com", browser=browser)
    page = browser.post("/users/email/", {"email": "new@example.com", "action_add": ""})
    assert page.url.startswith(reverse("account_reauthenticate"))
    browser.post(page.url, {"password": PASSWORD})
    browser.post("/users/email/", {"email": "new@example.com", "action_add": ""})
    link = link_in(deliver()[0], "confirm-email")
    membership.user.refresh_from_db()
    assert membership.user.email == "old@example.com"
    browser.post(link)
    membership.user.refresh_from_db()
    assert membership.user.email == "new@example.com"
    assert [row.email for row in EmailAddress.objects.all()] == ["new@example.com"]
    (notice,) = deliver()
    assert notice.to == ["old@example.com"]


def test_an_address_that_became_anothers_meanwhile_is_refused_politely():
    user = make_user(email="old@example.com")
    address = EmailAddress.objects.create(user=user, email="wanted@example.com", verified=False)
    UserFactory(email="wanted@example.com", confirmed=False)
    from allauth.account.models import EmailConfirmationHMAC

    key = EmailConfirmationHMAC(address).key
    response = Browser().post(reverse("account_confirm_email", args=[key]))
    assert response.status_code < 400
    user.refresh_from_db()
    assert user.email == "old@example.com"
