"""What happens to an account is kept, and told by a letter that a job sends."""

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP
from django.core import mail
from django.urls import reverse

from users.choices import SecurityKind
from users.models import SecurityRecord
from users.security_letters import SENTENCES
from users.services.security import Origin, note
from users.tests.factories import PASSWORD, UserFactory
from users.tests.mailbox import deliver, link_in
from users.tests.own import IPHONE, a_person, enter, prove
from users.tests.test_admin import totp_code

pytestmark = pytest.mark.django_db
PAGE = "/users/profile/security/"
SECRET = "JBSWY3DPEHPK3PXP"


def kinds() -> list[str]:
    return list(SecurityRecord.objects.order_by("pk").values_list("kind", flat=True))


def known(user):
    """A browser in which the person has been before: its sign-in is nothing new."""
    browser = enter(user)
    SecurityRecord.objects.all().delete()
    deliver()
    mail.outbox.clear()
    return browser


def test_every_kind_has_a_sentence():
    assert set(SENTENCES) == set(SecurityKind)


def test_a_sign_in_from_a_new_device_is_told_and_from_a_known_one_not():
    user = a_person()
    browser = enter(user, IPHONE, "198.51.100.20")
    assert mail.outbox == []  # not in the request
    (letter,) = deliver()
    assert letter.to == [user.email]
    assert "Safari, iPhone" in letter.body
    assert "198.51.100.20" in letter.body
    browser.post("/users/logout/")
    browser.post("/users/login/", {"login": user.email, "password": PASSWORD})
    assert kinds() == [SecurityKind.NEW_DEVICE]


def test_the_first_sign_in_of_all_is_nothing_to_be_afraid_of():
    enter(a_person(last_login=None))
    assert kinds() == []


def test_a_wrong_password_is_no_sign_in():
    user = a_person()
    browser = known(user)
    browser.post("/users/logout/")
    browser.post("/users/login/", {"login": user.email, "password": "wrong-password-1"})
    assert kinds() == []


def test_a_changed_password():
    user = a_person()
    browser = known(user)
    new = "another-good-one-2"
    form = {"oldpassword": PASSWORD, "password1": new, "password2": new}
    browser.post("/users/password/change/", form)
    assert kinds() == [SecurityKind.PASSWORD_CHANGED]
    (letter,) = deliver()
    assert reverse("account_reset_password") in letter.body
    assert new not in letter.body


def test_a_password_set_by_a_mailed_link():
    user = a_person()
    browser = known(user)
    browser.post("/users/logout/")
    browser.post("/users/password/reset/", {"email": user.email})
    form_url = browser.get(link_in(deliver()[0], "password/reset/key")).url
    browser.post(form_url, {"password1": "another-good-one", "password2": "another-good-one"})
    assert kinds() == [SecurityKind.PASSWORD_RESET]
    assert len(deliver()) == 1


def test_a_changed_address_is_told_to_the_old_one():
    user = a_person(email="old@example.com")
    browser = known(user)
    prove(browser)
    browser.post("/users/email/", {"email": "new@example.com", "action_add": ""})
    browser.post(link_in(deliver()[0], "confirm-email"))
    assert kinds() == [SecurityKind.EMAIL_CHANGED]
    (letter,) = deliver()
    assert letter.to == ["old@example.com"]
    # A new password would be sent to the new address: the old owner is told to write to us.
    assert reverse("account_reset_password") not in letter.body


def test_the_second_factor_does_not_stand_against_a_new_address():
    user = a_person(email="old@example.com")
    browser = known(user)
    prove(browser)
    TOTP.activate(user, SECRET)
    browser.post("/users/email/", {"email": "new@example.com", "action_add": ""})
    browser.post(link_in(deliver()[0], "confirm-email"))
    user.refresh_from_db()
    assert user.email == "new@example.com"


def test_the_second_factor_on_and_off_and_its_codes():
    user = a_person()
    browser = known(user)
    prove(browser)
    page = browser.get(reverse("mfa_activate_totp"))
    code = totp_code(page.context["form"].secret)
    from core.tests.later import commit

    browser.post(reverse("mfa_activate_totp"), {"code": code})
    commit()
    browser.post(reverse("mfa_generate_recovery_codes"))
    commit()
    browser.post(reverse("mfa_deactivate_totp"))
    commit()
    assert kinds() == [SecurityKind.TOTP_ON, SecurityKind.RECOVERY_CODES, SecurityKind.TOTP_OFF]
    assert len(deliver()) == 3
    assert not Authenticator.objects.exists()


def test_a_recovery_code_works_once_and_its_use_is_told():
    user = a_person()
    browser = known(user)
    browser.post("/users/logout/")
    TOTP.activate(user, SECRET)
    code = RecoveryCodes.activate(user).get_unused_codes()[0]
    step = browser.post("/users/login/", {"login": user.email, "password": PASSWORD})
    assert step.url == reverse("mfa_authenticate")
    assert browser.post(step.url, {"code": code}).status_code == 302
    assert kinds() == [SecurityKind.RECOVERY_CODE_USED]
    browser.post("/users/logout/")
    step = browser.post("/users/login/", {"login": user.email, "password": PASSWORD})
    assert browser.post(step.url, {"code": code}).status_code == 200
    assert kinds() == [SecurityKind.RECOVERY_CODE_USED]


def test_the_page_lists_ones_own_alone_newest_first(django_assert_num_queries):
    user, other = a_person(), UserFactory()
    browser = known(user)
    note(other, SecurityKind.TOTP_OFF, Origin("192.0.2.99", "Somebody else's"))
    browser.get(PAGE)
    for count in (1, 3):
        while SecurityRecord.objects.filter(user=user).count() < count:
            note(user, SecurityKind.PASSWORD_CHANGED, Origin("192.0.2.1", "Chrome, Windows"))
        with django_assert_num_queries(4):
            answer = browser.get(PAGE)
        assert len(answer.context["page"]) == count
    assert "192.0.2.99" not in answer.content.decode()
    ids = [record.pk for record in answer.context["page"]]
    assert ids == sorted(ids, reverse=True)
    assert browser.get(PAGE, {"after": "forged"}).status_code == 400


def test_the_letter_speaks_the_language_and_the_time_of_its_reader(settings):
    user = a_person(language="ru", time_zone="Asia/Vladivostok")
    record = note(user, SecurityKind.PHONE_CHANGED)
    SecurityRecord.objects.filter(pk=record.pk).update(at="2026-03-01T20:30Z")
    (letter,) = deliver()
    assert "06:30" in letter.body
    assert "2 марта 2026" in letter.body


def test_nobody_is_written_to_when_the_account_is_gone():
    user = a_person()
    note(user, SecurityKind.PASSWORD_CHANGED)
    user.is_active = False
    user.save()
    assert deliver() == []


def test_what_a_browser_says_of_itself_cannot_break_the_letter():
    user = a_person()
    enter(user, "Chrome/1 <b>\u0410\u0411 Windows".encode().decode("latin-1") + "x" * 900)
    (letter,) = deliver()
    assert "<b>" not in letter.body
