"""A visitor waits by e-mail: confirmed by a link, ended by another, known to nobody."""

import re
from datetime import timedelta

import pytest
import time_machine
from django.core import mail
from django.core.cache import cache
from django.test import Client as Browser
from django.urls import reverse
from django.utils import timezone

from core.models import Event, Job
from core.tests.reading import seen
from locations.models import Building
from locations.tests.factories import (
    BuildingCoverageFactory,
    BuildingFactory,
    CoverageZoneFactory,
    ServiceCategoryFactory,
)
from subscriptions.choices import WatchState
from subscriptions.forms import watches as forms
from subscriptions.models import AvailabilityWatch
from subscriptions.services.leads import screening
from subscriptions.services.watches import expire_watches, forget_visitors, match_zone
from subscriptions.services.watches.visitors import stop_token
from users.tests.factories import UserFactory

pytestmark = pytest.mark.django_db
EMAIL = "visitor@example.com"


@pytest.fixture
def building():
    ServiceCategoryFactory()
    return BuildingFactory()


@pytest.fixture(autouse=True)
def _typed_slowly(monkeypatch):
    monkeypatch.setattr(screening, "LEAST_SECONDS", -1)
    # What other tests sent from the same address.
    cache.clear()


def ask(building, browser=None, **fields):
    browser = browser or Browser()
    page = reverse("watch_new", args=[building.public_id], query={"category": "internet"})
    shown = forms._SIGNER.sign("shown")
    return browser.post(page, {"email": EMAIL, "consent": "on", "shown": shown} | fields)


def link(letter, word):
    return re.search(rf"http://localhost:8000(/availability/waits/{word}/\S+)", letter.body)[1]


def confirmed(building, run_jobs):
    ask(building)
    run_jobs()
    Browser().post(link(mail.outbox[-1], "confirm"))
    run_jobs()
    return AvailabilityWatch.objects.get()


def test_the_whole_way_from_the_form_to_the_letter(building, run_jobs):
    answer = ask(building)
    assert answer.url == reverse("watch_asked")
    run_jobs()
    (letter,) = mail.outbox
    assert letter.to == [EMAIL]
    assert building.address in letter.body
    page = link(letter, "confirm")
    # Mail programs look at links: looking begins nothing.
    assert Browser().get(page).status_code == 200
    assert AvailabilityWatch.objects.get().state == WatchState.UNCONFIRMED
    for _press in range(2):
        assert Browser().post(page).status_code == 200
    assert AvailabilityWatch.objects.get().state == WatchState.WAITING
    match_zone(CoverageZoneFactory().pk)
    match_zone(CoverageZoneFactory().pk)
    run_jobs()
    assert len(mail.outbox) == 2
    told = mail.outbox[1]
    assert "можно подключить" in told.subject
    assert told.extra_headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    # Nothing of it stands in any organization's events.
    assert not Event.objects.filter(kind__startswith="watch").exists()


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
def test_the_button_of_the_letter_works_in_a_browser(building, run_jobs, open_page):
    """A browser says where a form comes from: what the page's headers leave of that counts."""
    # Where pages are served to a browser, they answer to that name alone.
    ask(building, Browser(SERVER_NAME="localhost"))
    run_jobs()
    page = open_page(link(mail.outbox[-1], "confirm"))
    with page.expect_navigation():
        page.locator("main .btn-primary").click()
    assert AvailabilityWatch.objects.get().state == WatchState.WAITING


def test_an_unconfirmed_watch_is_told_nothing(building, run_jobs):
    ask(building)
    run_jobs()
    assert match_zone(CoverageZoneFactory().pk) == 0


def test_what_appears_before_the_link_is_opened_is_told_at_once(building, run_jobs):
    ask(building)
    run_jobs()
    CoverageZoneFactory()
    Browser().post(link(mail.outbox[0], "confirm"))
    run_jobs()
    assert AvailabilityWatch.objects.get().state == WatchState.TOLD
    assert len(mail.outbox) == 2


def test_every_address_gets_the_same_answer(building, run_jobs):
    """Unknown, asked before, waiting already, an account's."""
    UserFactory(email="known@example.com")
    pages = {ask(building, email=email).url for email in ("new@example.com", "known@example.com")}
    pages.add(ask(building).url)
    run_jobs()
    pages.add(ask(building).url)
    Browser().post(link(mail.outbox[-1], "confirm"))
    pages.add(ask(building).url)
    assert pages == {reverse("watch_asked")}


def test_a_form_sent_again_is_one_watch_and_one_letter(building, run_jobs):
    for spelling in (EMAIL, EMAIL.upper(), f" {EMAIL} "):
        ask(building, email=spelling)
    run_jobs()
    assert AvailabilityWatch.objects.count() == len(mail.outbox) == 1
    with time_machine.travel(timezone.now() + timedelta(hours=25), tick=False):
        ask(building)
        run_jobs(later=True)
    assert (AvailabilityWatch.objects.count(), len(mail.outbox)) == (1, 2)


@pytest.mark.parametrize(("places", "letters"), [(4, 4), (8, 5)])
def test_a_stranger_cannot_fill_a_mailbox(building, run_jobs, places, letters):
    asked = [BuildingFactory() for _n in range(places)]
    begun = timezone.now()
    for hours in range(23):
        cache.clear()
        with time_machine.travel(begun + timedelta(hours=hours), tick=False):
            for place in asked:
                ask(place)
            run_jobs(later=True)
    assert len(mail.outbox) == letters


def test_one_network_address_is_told_when_it_is_too_many(building):
    answers = [ask(building, email=f"a{n}@example.com").status_code for n in range(31)]
    assert answers == [302] * 30 + [429]


@pytest.mark.parametrize(
    "fields", [{"subject": "buy"}, {"shown": "forged"}, {"shown": ""}]
)  # fmt: skip
def test_a_program_is_thanked_and_forgotten(building, monkeypatch, run_jobs, fields):
    monkeypatch.setattr(screening, "LEAST_SECONDS", 2)
    assert ask(building, **fields).url == reverse("watch_asked")
    assert not AvailabilityWatch.objects.exists()


@pytest.mark.parametrize("fields", [{"email": "nobody"}, {"consent": ""}, {"email": ""}])
def test_without_an_address_or_consent_nothing_is_kept(building, fields):
    answer = ask(building, **fields)
    assert answer.status_code == 422
    assert answer.context["form"].errors
    assert not AvailabilityWatch.objects.exists()


def test_the_form_shows_the_consent_whose_version_is_kept(building):
    page = reverse("watch_new", args=[building.public_id], query={"category": "internet"})
    shown = Browser().get(page)
    assert "subscriptions/watches/consent.html" in [one.name for one in shown.templates]
    ask(building)
    version = AvailabilityWatch.objects.get().consent_version
    assert f"Версия {version}" in seen(shown)


def test_what_is_there_already_is_said_so_whatever_the_address(building):
    BuildingCoverageFactory(building=building)
    assert ask(building).status_code == 409


def test_a_private_building_is_not_there_for_visitors(building):
    Building.objects.filter(pk=building.pk).update(status="PENDING", verified_key=None)
    assert ask(building).status_code == 404


def test_a_link_ends_it_by_one_press_and_the_address_is_gone(building, run_jobs):
    row = confirmed(building, run_jobs)
    page = link(mail.outbox[0], "stop")
    assert Browser().get(page).status_code == 200
    assert AvailabilityWatch.objects.get().state == WatchState.WAITING
    # As mail programs do it: without a cookie.
    strict = Browser(enforce_csrf_checks=True)
    answer = strict.post(page, {"List-Unsubscribe": "One-Click"})
    assert answer.status_code == 200
    row.refresh_from_db()
    assert (row.state, row.email, row.open_key) == (WatchState.CANCELLED, "", None)
    assert match_zone(CoverageZoneFactory().pk) == 0


def test_one_link_can_end_everything_of_an_address_and_nothing_of_another(building, run_jobs):
    ask(building)
    ask(BuildingFactory())
    ask(building, email="other@example.com")
    run_jobs()
    mine = AvailabilityWatch.objects.filter(email=EMAIL).first()
    Browser().post(reverse("watch_stop", args=[stop_token(mine)]), {"everything": "1"})
    left = AvailabilityWatch.objects.get(state=WatchState.UNCONFIRMED)
    assert left.email == "other@example.com"
    assert not AvailabilityWatch.objects.filter(email=EMAIL).exists()


@pytest.mark.parametrize("kind", ["confirm", "stop"])
def test_links_are_not_interchangeable_nor_guessed(building, run_jobs, kind):
    ask(building)
    run_jobs()
    other = {"confirm": "stop", "stop": "confirm"}[kind]
    wrong = link(mail.outbox[0], kind).replace(f"/{kind}/", f"/{other}/")
    assert Browser().post(wrong).status_code == 404
    forged = link(mail.outbox[0], kind)[:-3] + "aa/"
    assert Browser().post(forged).status_code == 404
    assert AvailabilityWatch.objects.get().state == WatchState.UNCONFIRMED


def test_a_link_of_confirmation_is_good_for_a_week(building, run_jobs):
    ask(building)
    run_jobs()
    page = link(mail.outbox[0], "confirm")
    with time_machine.travel(timezone.now() + timedelta(days=8)):
        assert Browser().post(page).status_code == 404
        assert forget_visitors() == 1
    assert not AvailabilityWatch.objects.exists()


def test_a_link_sent_again_is_good_for_a_week_too(building, run_jobs):
    ask(building)
    again = timezone.now() + timedelta(days=5)
    with time_machine.travel(again):
        ask(building)
        run_jobs(later=True)
    with time_machine.travel(again + timedelta(days=6)):
        assert forget_visitors() == 0
        assert Browser().post(link(mail.outbox[-1], "confirm")).status_code == 200
    assert AvailabilityWatch.objects.get().state == WatchState.WAITING


def test_a_year_without_it_ends_with_a_letter_and_later_the_address_goes(building, run_jobs):
    confirmed(building, run_jobs)
    with time_machine.travel(timezone.now() + timedelta(days=366)):
        assert expire_watches() == 1
        run_jobs(later=True)
        assert "больше не ждём" in mail.outbox[-1].subject
        assert forget_visitors() == 0
    with time_machine.travel(timezone.now() + timedelta(days=400)):
        assert forget_visitors() == 1
    assert not AvailabilityWatch.objects.exists()


def test_jobs_and_links_hold_no_address(building, run_jobs):
    ask(building)
    assert EMAIL not in str(list(Job.objects.values()))
    run_jobs()
    assert EMAIL not in link(mail.outbox[0], "confirm") + link(mail.outbox[0], "stop")
