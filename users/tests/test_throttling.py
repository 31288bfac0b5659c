"""Guessing is held off, however it is spread out, and never keeps the owner out for long."""

import re

import pytest
from django.contrib.auth.hashers import Argon2PasswordHasher
from django.core.cache import cache
from django.test import Client as Browser
from django.urls import reverse
from structlog.contextvars import merge_contextvars
from structlog.testing import capture_logs

from core.tests.later import in_parallel
from users.tests.factories import PASSWORD, UserFactory
from users.tests.mailbox import deliver, link_in

LOGIN = "/users/login/"
EMAIL, PHONE = "anna@example.com", "+79123456789"
# The settings' "login_failed": per account in ten minutes, per address in one.
PER_ACCOUNT, PER_ADDRESS = 10, 20


def make_owner():
    user = UserFactory(email=EMAIL, phone=PHONE)
    user.set_password(PASSWORD)
    user.save()
    return user


def attempt(browser=None, login=EMAIL, password=PASSWORD, **extra):
    data = {"login": login, "password": password}
    return (browser or Browser()).post(LOGIN, data, **extra)


def is_in(answer):
    return answer.status_code == 302


@pytest.fixture(params=["memory", "table"])
def each_cache(request, settings):
    """The shared cache in the process, and the table of the database that stands without Redis."""
    if request.param == "table":
        settings.CACHES = settings.CACHES | {
            "default": {
                "BACKEND": "django.core.cache.backends.db.DatabaseCache",
                "LOCATION": "core_cache",
            }
        }


@pytest.mark.parametrize("login", [EMAIL, "8 912 345-67-89"])
def test_of_a_hundred_guesses_at_once_ten_are_looked_at(
    login, shared_database, each_cache, monkeypatch
):
    # The table is no model's: what another test counted in it is still there.
    cache.clear()
    make_owner()
    own = Browser()
    assert is_in(attempt(own))
    own.post(reverse("account_logout"))
    checked = []
    verify = Argon2PasswordHasher.verify

    def counted(self, *args, **kwargs):
        checked.append(1)
        return verify(self, *args, **kwargs)

    monkeypatch.setattr(Argon2PasswordHasher, "verify", counted)

    def guess(number):
        address = f"10.1.{number // 200}.{number % 200}"
        return is_in(attempt(login=login, password=f"wrong-{number}", REMOTE_ADDR=address))

    # As many at once as a server has processes for, and more: each has a connection of its own.
    rounds = in_parallel(25, lambda number: [guess(number * 4 + turn) for turn in range(4)])
    assert len(rounds) == 25
    assert not any(map(any, rounds))
    assert len(checked) <= PER_ACCOUNT
    # Even the right password is refused to a stranger now, and not to the owner in their browser.
    assert not is_in(attempt(login=login, REMOTE_ADDR="10.2.0.1"))
    assert is_in(attempt(own, login=login))


@pytest.mark.django_db
def test_the_owner_comes_in_elsewhere_by_a_letter_at_once():
    make_owner()
    for number in range(PER_ACCOUNT + 2):
        attempt(password="wrong-password", REMOTE_ADDR=f"10.0.0.{number}")
    elsewhere = Browser()
    assert not is_in(attempt(elsewhere))
    elsewhere.post("/users/password/reset/", {"email": EMAIL})
    form = elsewhere.get(link_in(deliver()[0], "password/reset/key")).url
    elsewhere.post(form, {"password1": "another-good-one", "password2": "another-good-one"})
    assert is_in(attempt(elsewhere, password="another-good-one"))


@pytest.mark.django_db
def test_guesses_that_never_cease_do_not_keep_the_owner_out(time_machine):
    """A day of guesses: in a known browser one comes in at any time."""
    make_owner()
    time_machine.move_to("2026-11-20 00:00:00+00:00", tick=False)
    own = Browser()
    attempt(own)
    own.post(reverse("account_logout"))
    for hour in range(0, 24, 6):
        time_machine.move_to(f"2026-11-20 {hour:02}:30:00+00:00", tick=False)
        for number in range(PER_ACCOUNT + 1):
            attempt(password="wrong-password", REMOTE_ADDR=f"10.0.{hour}.{number}")
        assert is_in(attempt(own))
        own.post(reverse("account_logout"))


@pytest.mark.django_db
def test_a_mark_of_another_account_or_of_ones_own_making_helps_nobody():
    make_owner()
    UserFactory(email="mallory@example.com")
    mallory = UserFactory._meta.model.objects.get(email="mallory@example.com")
    mallory.set_password(PASSWORD)
    mallory.save()
    theirs = Browser()
    assert is_in(attempt(theirs, login="mallory@example.com"))
    theirs.post(reverse("account_logout"))
    for number in range(PER_ACCOUNT):
        attempt(password="wrong-password", REMOTE_ADDR=f"10.0.0.{number}")
    assert not is_in(attempt(theirs))
    forged = Browser()
    forged.cookies["device"] = "0123456789abcdef:anything:signed-by-nobody"
    assert not is_in(attempt(forged))


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("proxies", "forwarded"),
    [
        (0, "{n}.1.1.1"),
        (1, "{n}.1.1.1, 203.0.113.9"),
        (2, "{n}.1.1.1, 203.0.113.9, 10.0.0.1"),
    ],
)
@pytest.mark.parametrize("header", ["x-forwarded-for", "forwarded", "x-real-ip", "true-client-ip"])
def test_a_forged_header_makes_no_new_address(proxies, forwarded, header, settings):
    settings.TRUSTED_PROXY_COUNT = proxies
    texts = []
    for number in range(PER_ADDRESS + 1):
        headers = {header: forwarded.format(n=number + 1)}
        answer = attempt(login=f"user{number}@example.com", headers=headers)
        texts.append(str(answer.context["form"].errors))
    assert len(set(texts[:PER_ADDRESS])) == 1
    assert texts[-1] != texts[0]


@pytest.mark.django_db
def test_the_log_names_the_address_of_the_connection_and_not_a_forged_one():
    with capture_logs(processors=[merge_contextvars]) as logs:
        Browser().get("/nowhere/", headers={"x-forwarded-for": "203.0.113.9"})
    assert {entry["ip"] for entry in logs if entry["event"] == "request_finished"} == {"127.0.0.1"}


@pytest.mark.django_db
@pytest.mark.parametrize(
    "headers",
    [
        {"x-forwarded-host": "evil.example"},
        {"x-forwarded-host": "evil.example", "x-forwarded-proto": "https"},
        {"forwarded": "host=evil.example;proto=https"},
        {"x-original-url": "/admin/", "x-rewrite-url": "/admin/"},
    ],
)
def test_forged_headers_change_neither_pages_nor_redirects_nor_letters(headers):
    make_owner()
    page = Browser().get(LOGIN, headers=headers)
    assert "evil.example" not in page.content.decode()
    assert attempt(headers=headers).url == reverse("home")
    answer = Browser().post("/users/password/reset/", {"email": EMAIL}, headers=headers)
    assert answer.url == reverse("account_reset_password_done")
    (letter,) = deliver()
    assert "evil.example" not in letter.body


@pytest.mark.django_db
def test_a_host_that_is_not_ours_is_refused(settings):
    settings.ALLOWED_HOSTS = ["portal.example"]
    make_owner()
    assert attempt(HTTP_HOST="evil.example").status_code == 400
    assert is_in(attempt(HTTP_HOST="portal.example"))


FORGED = [
    "https://evil.example/",
    "//evil.example",
    "///evil.example",
    "/\\evil.example",
    "\\\\evil.example",
    "\\/evil.example",
    "/\t/evil.example",
    "\n//evil.example",
    "http:evil.example",
    "http:///evil.example",
    "https:/\\evil.example",
    "javascript:alert(1)",
    "JaVaScRiPt:alert(1)",
    "data:text/html,x",
    "%2F%2Fevil.example",
    "//testserver@evil.example",
    "https://testserver.evil.example/",
    "http://testserver:80@evil.example/",
    "/%09/evil.example",
    "//evil%E3%80%82example",
    "\x00//evil.example",
]


def leads_away(url):
    """All but a path of this site: browsers take \\ for / and leave out what cannot be seen."""
    return not re.fullmatch(r"(?![/\\]{2})[^\x00-\x20\\:]*", url)


@pytest.mark.django_db
@pytest.mark.parametrize("forged", FORGED)
def test_no_page_sends_anybody_elsewhere(forged):
    user = make_owner()
    UserFactory(email="new@example.com", confirmed=False)
    from allauth.account.models import EmailAddress, EmailConfirmationHMAC

    waiting = EmailConfirmationHMAC(EmailAddress.objects.get(email="new@example.com")).key
    browser = Browser()
    where = {"next": forged}
    went = [browser.post(LOGIN, where | {"login": EMAIL, "password": PASSWORD})]
    went.append(browser.get(LOGIN, where))
    went.append(browser.post("/users/reauthenticate/", where | {"password": PASSWORD}))
    went.append(browser.post(reverse("organization_switch"), where | {"organization": "-"}))
    went.append(browser.post("/i18n/setlang/", where | {"language": "en"}))
    went.append(browser.post(reverse("account_logout"), where))
    went.append(Browser().post(reverse("account_confirm_email", args=[waiting]), where))
    new = {"full_name": "A", "email": "n@example.com", "password1": PASSWORD, "consent": "on"}
    went.append(Browser().post(f"{reverse('account_signup')}?kind=person", where | new))
    redirects = [answer.url for answer in went if answer.status_code in {301, 302, 303}]
    assert len(redirects) >= 5
    assert [url for url in redirects if leads_away(url)] == []
    assert user.is_active


def test_the_test_knows_what_leads_away():
    harmless = {"%2F%2Fevil.example", "/%09/evil.example"}
    assert {url for url in FORGED if not leads_away(url)} == harmless
    assert not leads_away("/users/profile/?a=b")
