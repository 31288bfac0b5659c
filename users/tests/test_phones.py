"""The phone one signs in with: confirmed by a code, whoever had it before."""

import re

import pytest
from django.test import Client as Browser
from django.urls import reverse

from core.models import Job
from core.tests.concurrency import together
from users.choices import SecurityKind
from users.models import CustomUser, SecurityRecord
from users.services.phones import confirm_phone
from users.services.security import NOWHERE
from users.sms import memory
from users.tests.factories import PASSWORD
from users.tests.mailbox import deliver
from users.tests.own import a_person, enter, prove

pytestmark = pytest.mark.django_db

PHONE = "+79123456789"
CHANGE, VERIFY = "/users/phone/change/", "/users/phone/verify/"
SPELLINGS = [
    "+79123456789",
    "89123456789",
    "8 912 345-67-89",
    "+7(912)3456789",
    "+7 (912) 345 67 89",
    "9123456789",
    "912 345 67 89",
    " 8-912-345-67-89 ",
    "8\u00a0912\u00a0345\u201167\u201189",
]


@pytest.fixture(autouse=True)
def outbox():
    memory.outbox.clear()
    return memory.outbox


def signed_in(user):
    """A browser that has just given the password once more: a phone is changed by nobody else."""
    browser = enter(user)
    prove(browser)
    return browser


def ask(browser, phone=PHONE):
    return browser.post(CHANGE, {"phone": phone})


def code_sent():
    deliver()
    return re.search(r"\d{6}", memory.outbox[-1].text)[0]


def verify(browser, code, **extra):
    return browser.post(VERIFY, {"code": code, "action": "verify"} | extra)


def wrong(code):
    return f"{(int(code) + 1) % 1_000_000:06}"


@pytest.mark.parametrize("typed", SPELLINGS)
def test_a_phone_in_any_spelling_is_confirmed_by_its_code(typed):
    user = a_person()
    browser = signed_in(user)
    assert ask(browser, typed).url == VERIFY
    code = code_sent()
    assert memory.outbox[-1].phone == PHONE
    user.refresh_from_db()
    assert user.phone is None
    assert browser.get(VERIFY).status_code == 200
    assert verify(browser, code).url == CHANGE
    user.refresh_from_db()
    assert user.phone == PHONE
    assert SecurityRecord.objects.get(kind=SecurityKind.PHONE_CHANGED).user == user


@pytest.mark.parametrize("typed", SPELLINGS)
def test_one_signs_in_by_a_confirmed_phone_in_any_spelling(typed):
    a_person(phone=PHONE)
    data = {"login": typed, "password": PASSWORD}
    assert Browser().post(reverse("account_login"), data).url == reverse("home")


def test_a_phone_that_waits_for_its_code_opens_nothing():
    browser = signed_in(a_person())
    ask(browser)
    data = {"login": PHONE, "password": PASSWORD}
    assert Browser().post(reverse("account_login"), data).status_code == 200


@pytest.mark.parametrize("typed", ["", "12", "phone", "+7 912 345", "'; --", "8" * 60])
def test_what_is_no_phone_is_said_beside_the_field(typed):
    browser = signed_in(a_person())
    answer = ask(browser, typed)
    assert answer.status_code == 422
    assert list(answer.context["form"].errors) == ["phone"]
    assert not Job.objects.filter(task="users.jobs.send_phone_code").exists()


def test_ones_own_phone_needs_no_new_code():
    browser = signed_in(a_person(phone=PHONE))
    assert list(ask(browser, "8 912 345 67 89").context["form"].errors) == ["phone"]


def test_without_a_gateway_the_form_says_so(settings):
    browser = signed_in(a_person())
    settings.SMS_URL = ""
    assert list(ask(browser).context["form"].errors) == ["phone"]


def test_three_wrong_codes_use_the_code_up():
    user = a_person()
    browser = signed_in(user)
    ask(browser)
    code = code_sent()
    assert [verify(browser, wrong(code)).status_code for _ in range(2)] == [422, 422]
    assert verify(browser, wrong(code)).url == CHANGE
    assert verify(browser, code).url == CHANGE
    user.refresh_from_db()
    assert user.phone is None


def test_guesses_at_once_cannot_outrun_the_count(monkeypatch):
    """The session counts tries after reading it: many at once would all read nought."""
    from allauth.account.internal.flows import phone_verification

    monkeypatch.setattr(
        phone_verification.ChangePhoneVerificationProcess,
        "record_invalid_attempt",
        lambda self: True,
    )
    user = a_person()
    browser = signed_in(user)
    ask(browser)
    code = code_sent()
    for _ in range(10):
        assert verify(browser, wrong(code)).status_code == 422
    assert verify(browser, code).status_code == 422
    user.refresh_from_db()
    assert user.phone is None


def test_a_code_runs_out(time_machine):
    time_machine.move_to("2026-11-20 12:00:00+00:00", tick=False)
    user = a_person()
    browser = signed_in(user)
    ask(browser)
    code = code_sent()
    time_machine.move_to("2026-11-20 12:10:01+00:00", tick=False)
    assert verify(browser, code).url == CHANGE
    user.refresh_from_db()
    assert user.phone is None


def test_a_code_that_ran_out_before_the_gateway_came_back_is_not_sent(time_machine):
    time_machine.move_to("2026-11-20 12:00:00+00:00", tick=False)
    ask(signed_in(a_person()))
    time_machine.move_to("2026-11-20 12:10:01+00:00", tick=False)
    deliver()
    assert memory.outbox == []


def test_a_new_code_replaces_the_old_and_there_is_an_end_to_it(time_machine):
    time_machine.move_to("2026-11-20 12:00:00+00:00", tick=False)
    user = a_person()
    browser = signed_in(user)
    answers = []
    for minute in range(6):
        time_machine.move_to(f"2026-11-20 12:0{minute}:00+00:00", tick=False)
        answers.append(ask(browser).status_code)
        deliver()
    assert answers == [302] * 5 + [422]
    codes = [re.search(r"\d{6}", sent.text)[0] for sent in memory.outbox]
    assert len(codes) == 5
    if codes[0] != codes[-1]:
        assert verify(browser, codes[0]).status_code == 422
    assert verify(browser, codes[-1]).url == CHANGE
    user.refresh_from_db()
    assert user.phone == PHONE


def test_a_phone_is_not_rung_again_at_once_by_anybody():
    first, second = signed_in(a_person()), signed_in(a_person())
    assert ask(first).status_code == 302
    answer = ask(second, "8 912 345-67-89")
    assert answer.status_code == 422
    assert list(answer.context["form"].errors) == ["phone"]
    deliver()
    assert len(memory.outbox) == 1


def test_nothing_tells_that_a_phone_is_anothers():
    """Page by page, the same answers and the same statements for a free and a taken number."""
    a_person(phone=PHONE)
    answers = {}
    for phone in (PHONE, "+79120000000"):
        browser = signed_in(a_person())
        asked = ask(browser, phone)
        shown = browser.get(VERIFY)
        code = code_sent()
        refused = verify(browser, wrong(code))
        confirmed = verify(browser, code)
        answers[phone] = [
            (answer.status_code, answer.headers.get("Location", ""))
            for answer in (asked, shown, refused, confirmed)
        ]
    assert answers[PHONE] == answers["+79120000000"]


def test_who_shows_the_code_gets_the_phone_and_the_other_is_told():
    before = a_person(email="before@example.com", phone=PHONE)
    now = a_person(email="now@example.com")
    browser = signed_in(now)
    ask(browser)
    verify(browser, code_sent())
    before.refresh_from_db()
    now.refresh_from_db()
    assert (before.phone, now.phone) == (None, PHONE)
    told = {letter.to[0] for letter in deliver()}
    assert told == {"before@example.com", "now@example.com"}
    for letter_of in SecurityRecord.objects.filter(kind=SecurityKind.PHONE_CHANGED):
        assert letter_of.user in (before, now)
    # The old password still opens the old account, by its address.
    data = {"login": "before@example.com", "password": PASSWORD}
    assert Browser().post(reverse("account_login"), data).url == reverse("home")


@pytest.mark.django_db(transaction=True)
def test_two_who_confirm_one_phone_at_once_leave_one_with_it():
    users = [a_person() for _ in range(4)]
    together([lambda user=user: confirm_phone(user, PHONE, NOWHERE) for user in users])
    assert CustomUser.objects.filter(phone=PHONE).count() == 1


def test_the_phone_is_removed_after_the_password_was_given():
    user = a_person(phone=PHONE)
    browser = signed_in(user)
    assert browser.post(reverse("phone_remove")).url == CHANGE
    user.refresh_from_db()
    assert user.phone is None
    assert browser.post(reverse("phone_remove")).url == CHANGE
    assert SecurityRecord.objects.filter(kind=SecurityKind.PHONE_CHANGED).count() == 1


@pytest.mark.parametrize("path", [CHANGE, "/users/phone/remove/"])
def test_a_session_left_open_changes_no_phone(path, time_machine):
    time_machine.move_to("2026-11-20 12:00:00+00:00", tick=False)
    user = a_person(phone=PHONE)
    browser = signed_in(user)
    time_machine.move_to("2026-11-20 13:00:00+00:00", tick=False)
    answer = browser.post(path, {"phone": "+79120000000"})
    assert answer.url.startswith(reverse("account_reauthenticate"))
    user.refresh_from_db()
    assert user.phone == PHONE
    assert memory.outbox == []


def test_neither_phone_nor_code_can_be_read_in_the_queue():
    browser = signed_in(a_person())
    ask(browser)
    job = Job.objects.get(task="users.jobs.send_phone_code")
    assert job.queue == "outgoing"
    waiting = str(job.arguments)
    code = code_sent()
    assert code not in waiting
    assert "9123456789" not in waiting


@pytest.mark.parametrize("language", ["ru", "en"])
def test_the_message_is_one_message(language):
    """70 letters of Cyrillic fit into one; two are paid for twice."""
    user = a_person(language=language)
    ask(signed_in(user))
    code_sent()
    assert len(memory.outbox[-1].text) <= 70


def test_the_page_of_the_code_without_a_code_leads_back():
    browser = signed_in(a_person())
    assert browser.get(VERIFY).url == CHANGE
    assert verify(browser, "123456").url == CHANGE
