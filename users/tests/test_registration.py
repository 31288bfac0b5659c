"""Coming in: an agency registers, confirms the address by the mailed link, signs in."""

import pytest
from django.contrib.auth.hashers import check_password
from django.test import Client as Browser
from django.urls import reverse

from core.choices import OrganizationKind, Role
from core.models import Event, Pulse
from users.models import Consent, CustomUser, Membership, Organization
from users.services.people import EmailTakenError, register_agency
from users.tests.factories import PASSWORD, UserFactory
from users.tests.mailbox import deliver, link_in

pytestmark = pytest.mark.django_db

FORM = {
    "organization_name": "Агентство «Ключ»",
    "full_name": "Анна Иванова",
    "email": "Anna@Example.com",
    "phone": "8 912 345-67-89",
    "password1": PASSWORD,
    "consent": "on",
}


def register(browser=None, **changes):
    return (browser or Browser()).post(reverse("account_signup"), FORM | changes)


def test_registering_makes_person_agency_owner_consent_and_event_together():
    response = register()
    assert response.url == reverse("account_email_verification_sent")
    user = CustomUser.objects.get()
    organization = Organization.objects.get()
    assert (user.email, user.full_name) == ("anna@example.com", "Анна Иванова")
    assert (organization.kind, organization.name) == (OrganizationKind.AGENCY, "Агентство «Ключ»")
    assert str(organization.phone) == "+79123456789"
    assert organization.verified_at is None
    assert Membership.objects.get().role == Role.OWNER
    assert Pulse.objects.filter(organization=organization).exists()
    event = Event.objects.get()
    assert (event.kind, event.subject_id) == ("organization.registered", organization.pk)
    assert (event.actor_user, event.actor_organization) == (user, organization)
    assert Consent.objects.get(user=user).version
    assert check_password(PASSWORD, user.password)


def test_the_mailed_link_confirms_and_leads_to_sign_in():
    browser = Browser()
    register(browser)
    (letter,) = deliver()
    assert letter.to == ["anna@example.com"]
    link = link_in(letter, "confirm-email")
    assert browser.get(link).status_code == 200
    response = browser.post(link, follow=True)
    assert response.redirect_chain[-1][0] == reverse("account_login")
    assert "anna@example.com" in [str(message) for message in response.context["messages"]][-1]
    answer = browser.post(
        reverse("account_login"), {"login": "ANNA@example.COM", "password": PASSWORD}
    )
    assert answer.url == reverse("home")


def test_nobody_signs_in_before_the_address_is_confirmed():
    register()
    browser = Browser()
    answer = browser.post(reverse("account_login"), {"login": FORM["email"], "password": PASSWORD})
    assert answer.url == reverse("account_email_verification_sent")
    assert browser.get(reverse("profile")).status_code == 302


def test_a_used_link_says_what_to_do_next():
    browser = Browser()
    register(browser)
    link = link_in(deliver()[0], "confirm-email")
    browser.post(link)
    response = browser.get(link)
    assert response.status_code == 200
    assert reverse("account_login") in response.content.decode()


def test_a_taken_address_is_answered_like_a_new_one_and_its_owner_gets_a_letter():
    UserFactory(email="anna@example.com")
    taken, new = Browser(), Browser()
    first = register(taken)
    second = register(new, email="other@example.com")
    assert (first.status_code, first.url) == (second.status_code, second.url)
    pages = [browser.get(first.url).content.decode() for browser in (taken, new)]
    assert "anna@example.com" in pages[0]
    assert len(pages[0].replace("anna@", "other@")) == len(pages[1])
    assert {letter.to[0]: "confirm-email" in letter.body for letter in deliver()} == {
        "anna@example.com": False,
        "other@example.com": True,
    }
    assert Organization.objects.count() == 1


def test_a_registration_that_meets_another_leaves_nothing_behind():
    UserFactory(email="anna@example.com")
    with pytest.raises(EmailTakenError):
        register_agency(
            organization_name="A", full_name="B", email="ANNA@example.com", password=PASSWORD
        )
    assert not Organization.objects.exists()
    assert not Event.objects.exists()


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("organization_name", ""),
        ("full_name", " "),
        ("email", "not-an-address"),
        ("phone", "12"),
        ("password1", "short"),
        ("password1", "1234567890123"),
        ("consent", ""),
    ],
)
def test_bad_input_is_said_beside_its_field_and_nothing_typed_is_lost(field, value):
    response = register(**{field: value})
    form = response.context["form"]
    assert list(form.errors) == [field]
    content = response.content.decode()
    for name in {"organization_name", "full_name"} - {field}:
        assert FORM[name] in content
    assert PASSWORD not in content
    assert not CustomUser.objects.exists()


def test_what_the_form_does_not_offer_cannot_be_set():
    register(
        kind="PROVIDER",
        is_staff="on",
        is_superuser="on",
        staff_scope="ADMIN",
        is_active="",
        verified_at="2026-01-01",
        is_sandbox="on",
        role="VIEWER",
        public_id="AAAAAAAAAAAA",
        user="1",
    )
    user, organization = CustomUser.objects.get(), Organization.objects.get()
    assert not (user.is_staff or user.is_superuser or user.staff_scope)
    assert user.is_active
    assert (organization.kind, organization.verified_at) == (OrganizationKind.AGENCY, None)
    assert not organization.is_sandbox
    assert "AAAAAAAAAAAA" not in {user.public_id, organization.public_id}
    assert Membership.objects.get().role == Role.OWNER
