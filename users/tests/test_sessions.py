"""Where one is signed in, and that an ended session is worth nothing to whoever has its cookie."""

import pytest
from allauth.usersessions.models import UserSession
from django.contrib.sessions.models import Session
from django.test import Client as Browser
from django.urls import reverse

from users import presence
from users.choices import SecurityKind
from users.jobs import sweep_sessions
from users.models import SecurityRecord
from users.tests.factories import PASSWORD
from users.tests.own import CHROME, IPHONE, a_person, enter, is_in
from users.user_agents import device_name

pytestmark = pytest.mark.django_db
LIST = "/users/sessions/"


def stolen(browser) -> Browser:
    """Another browser with the cookies of the first."""
    thief = Browser(REMOTE_ADDR="198.51.100.9")
    thief.cookies.update(browser.cookies)
    return thief


def test_the_list_says_device_place_and_which_is_this_one():
    user = a_person()
    enter(user, IPHONE, "198.51.100.20")
    browser = enter(user)
    here, there = browser.get(LIST).context["places"]
    assert (here.is_current, here.device, here.row.ip) == (True, "Chrome, Windows", "203.0.113.7")
    assert (there.is_current, there.device) == (False, "Safari, iPhone")
    page = browser.get(LIST).content.decode()
    assert "198.51.100.20" in page
    assert reverse("session_end", args=[there.row.pk]) in page
    assert reverse("session_end", args=[here.row.pk]) not in page


def test_others_sessions_are_neither_listed_nor_ended():
    mine, other = enter(a_person()), a_person()
    elsewhere = enter(other, IPHONE)
    foreign = UserSession.objects.get(user=other)
    assert [place.device for place in mine.get(LIST).context["places"]] == ["Chrome, Windows"]
    assert mine.post(reverse("session_end", args=[foreign.pk])).status_code == 404
    assert is_in(elsewhere)


def test_three_sessions_cost_as_many_queries_as_one(django_assert_num_queries):
    user = a_person()
    browser = enter(user)
    browser.get(LIST)
    for count in (1, 3):
        with django_assert_num_queries(5):
            assert len(browser.get(LIST).context["places"]) == count
        enter(user, IPHONE)
        enter(user)


def test_an_ended_session_is_worth_nothing():
    user = a_person()
    elsewhere, browser = enter(user, IPHONE), enter(user)
    thief = stolen(elsewhere)
    assert is_in(thief)
    row = UserSession.objects.get(user_agent=IPHONE)
    assert browser.post(reverse("session_end", args=[row.pk])).url == LIST
    assert not is_in(thief)
    assert not is_in(elsewhere)
    assert is_in(browser)
    # Ended already: another press, or another window, says so.
    assert browser.post(reverse("session_end", args=[row.pk])).status_code == 404


def test_signing_out_everywhere_else_leaves_this_one():
    user = a_person()
    elsewhere, browser = enter(user, IPHONE), enter(user)
    thief = stolen(elsewhere)
    assert browser.post(reverse("session_end_all")).url == LIST
    assert not is_in(thief)
    assert is_in(browser)
    record = SecurityRecord.objects.get(kind=SecurityKind.SESSIONS_ENDED)
    assert (record.user, record.device) == (user, "Chrome, Windows")


def test_signing_out_here_too_ends_all():
    user = a_person()
    elsewhere, browser = enter(user, IPHONE), enter(user)
    thief = stolen(browser)
    assert browser.post(reverse("session_end_all"), {"here": "1"}).url == reverse("account_login")
    assert not is_in(browser)
    assert not is_in(thief)
    assert not is_in(elsewhere)


def test_a_session_stolen_before_a_change_of_the_password_is_worth_nothing_after():
    user = a_person()
    browser, elsewhere = enter(user), enter(user, IPHONE)
    thieves = [stolen(browser), stolen(elsewhere)]
    assert all(is_in(thief) for thief in thieves)
    new = "another-good-one-2"
    form = {"oldpassword": PASSWORD, "password1": new, "password2": new}
    assert browser.post("/users/password/change/", form).status_code == 302
    assert not any(is_in(thief) for thief in thieves)
    assert is_in(browser)
    # Worthless, and so no longer among those that the list shows.
    assert [place.is_current for place in browser.get(LIST).context["places"]] == [True]


def test_signing_out_ends_the_session_on_the_server_too():
    browser = enter(a_person())
    thief = stolen(browser)
    browser.post("/users/logout/")
    assert not is_in(thief)


def test_use_is_written_down_now_and_then(monkeypatch):
    user = a_person()
    browser = enter(user)
    before = UserSession.objects.get().last_seen_at
    browser.get("/users/profile/")
    assert UserSession.objects.get().last_seen_at == before
    session = browser.session
    session[presence.SEEN] -= presence.EVERY_SECONDS
    session.save()
    browser.get("/users/profile/", REMOTE_ADDR="198.51.100.77")
    row = UserSession.objects.get()
    assert row.last_seen_at > before
    assert row.ip == "198.51.100.77"


def test_addresses_of_sessions_that_are_no_more_are_forgotten():
    user = a_person()
    enter(user, IPHONE)
    browser = enter(user)
    Session.objects.exclude(session_key=browser.session.session_key).delete()
    sweep_sessions.call()
    assert [row.session_key for row in UserSession.objects.all()] == [browser.session.session_key]


def test_a_session_is_ended_by_a_form_alone():
    browser = enter(a_person())
    assert browser.get(reverse("session_end_all")).status_code == 405
    assert browser.get(reverse("session_end", args=[1])).status_code == 405


@pytest.mark.parametrize(
    ("agent", "name"),
    [
        (CHROME, "Chrome, Windows"),
        (IPHONE, "Safari, iPhone"),
        (
            "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) "
            "Chrome/134.0.0.0 YaBrowser/25.4.0.0 Safari/537.36",
            "Яндекс Браузер, Windows",
        ),
        (
            "Mozilla/5.0 (Linux; Android 14; K) AppleWebKit/537.36 (KHTML, like Gecko) "
            "SamsungBrowser/27.0 Chrome/125.0.0.0 Mobile Safari/537.36",
            "Samsung Internet, Android",
        ),
        (
            "Mozilla/5.0 (X11; Linux x86_64; rv:144.0) Gecko/20100101 Firefox/144.0",
            "Firefox, Linux",
        ),
        (
            "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like "
            "Gecko) Version/18.5 Safari/605.1.15",
            "Safari, macOS",
        ),
    ],
)
def test_a_browser_is_called_as_people_call_it(agent, name):
    assert device_name(agent) == name


def test_what_says_nothing_of_itself_is_called_unknown():
    assert device_name("<script>") == device_name("") != ""
