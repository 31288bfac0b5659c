"""Consents: listed, renewed when the text changes, withdrawn with all that follows."""

import pytest
from django.urls import reverse

from users.choices import CONSENT_VERSIONS, ConsentDocument
from users.models import Consent
from users.services import consents
from users.tests.factories import MembershipFactory
from users.tests.own import a_person, enter, is_in, prove

pytestmark = pytest.mark.django_db
DOCUMENT = ConsentDocument.PERSONAL_DATA
DATA = "/users/profile/data/"
RENEW = "/users/profile/consent/"
WITHDRAW = "/users/profile/consent/withdraw/"


def one_who_agreed():
    user = a_person()
    consents.give_consent(user, DOCUMENT)
    MembershipFactory(user=user)
    return user


@pytest.fixture
def new_version(monkeypatch):
    monkeypatch.setitem(CONSENT_VERSIONS, DOCUMENT, "2027-01")


def test_the_page_says_document_version_and_date():
    user = one_who_agreed()
    page = enter(user).get(DATA)
    assert [row.version for row in page.context["consents"]] == [CONSENT_VERSIONS[DOCUMENT]]
    assert WITHDRAW in page.content.decode()


def test_consents_of_others_are_not_listed():
    one_who_agreed()
    assert enter(a_person()).get(DATA).context["consents"] == []


def test_agreeing_twice_is_one_consent():
    user = one_who_agreed()
    consents.give_consent(user, DOCUMENT)
    assert Consent.objects.count() == 1


class TestNewVersion:
    def test_it_is_asked_for_at_the_next_sign_in_before_anything_else(self, new_version):
        user = one_who_agreed_to("2026-11")
        browser = enter(user)
        for page in (reverse("home"), reverse("profile"), reverse("notification_list")):
            assert browser.get(page).url == RENEW
        assert browser.get(reverse("consent_document")).status_code == 200
        assert "2027-01" in browser.get(RENEW).content.decode()
        assert browser.post(RENEW).url == reverse("home")
        assert browser.get(reverse("home")).status_code == 200
        assert list(Consent.objects.values_list("version", flat=True)) == ["2026-11", "2027-01"]

    def test_a_session_that_is_open_is_not_interrupted(self, monkeypatch):
        browser = enter(one_who_agreed())
        monkeypatch.setitem(CONSENT_VERSIONS, DOCUMENT, "2027-01")
        assert browser.get(reverse("home")).status_code == 200

    def test_fragments_are_not_filled_with_the_question(self, new_version):
        browser = enter(one_who_agreed_to("2026-11"))
        answer = browser.get(reverse("bell"), headers={"hx-request": "true"})
        assert (answer.status_code, answer.content) == (204, b"")

    def test_who_agreed_to_it_is_not_asked_again(self, new_version):
        user = one_who_agreed_to("2026-11")
        consents.give_consent(user, DOCUMENT)
        browser = enter(user)
        assert browser.get(reverse("home")).status_code == 200
        assert browser.get(RENEW).url == DATA
        assert browser.post(RENEW).url == DATA
        assert Consent.objects.count() == 2

    def test_who_never_agreed_to_anything_is_staffs_doing_and_not_asked(self, new_version):
        user = a_person()
        MembershipFactory(user=user)
        assert enter(user).get(reverse("home")).status_code == 200

    def test_one_may_sign_out_or_refuse_instead(self, new_version):
        browser = enter(one_who_agreed_to("2026-11"))
        assert browser.get(WITHDRAW).status_code == 200
        browser.post(reverse("account_logout"))
        assert not is_in(browser)


def one_who_agreed_to(version):
    user = one_who_agreed()
    Consent.objects.update(version=version)
    return user


class TestWithdrawal:
    def test_it_says_what_follows_asks_for_the_password_and_leads_to_deletion(self):
        user = one_who_agreed()
        browser = enter(user)
        assert browser.get(WITHDRAW).context["days"] == 14
        assert browser.post(WITHDRAW).url.startswith(reverse("account_reauthenticate"))
        assert Consent.objects.get().withdrawn_at is None
        prove(browser)
        assert browser.post(WITHDRAW).url == reverse("account_login")
        user.refresh_from_db()
        assert user.deletion_due_at is not None
        assert Consent.objects.get().withdrawn_at is not None
        assert not is_in(browser)

    def test_keeping_the_account_is_a_new_consent_and_both_stay_on_record(self):
        user = one_who_agreed()
        browser = enter(user)
        prove(browser)
        browser.post(WITHDRAW)
        browser = enter(user)
        assert browser.get(reverse("account_deletion")).context["has_withdrawn"]
        browser.post(reverse("account_deletion_cancel"))
        old, new = Consent.objects.order_by("pk")
        assert old.withdrawn_at is not None
        assert (new.version, new.withdrawn_at) == (old.version, None)
        assert enter(user).get(reverse("home")).status_code == 200
