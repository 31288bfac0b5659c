"""Coming in: each kind registers, confirms the address by the mailed link, signs in."""

import pytest
from allauth.account.models import EmailAddress, EmailConfirmationHMAC
from django.contrib.auth.hashers import Argon2PasswordHasher, check_password
from django.db import connection
from django.db.models import ProtectedError
from django.test import Client as Browser
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from core.actor import Actor
from core.choices import OrganizationKind, Role
from core.errors import DomainError
from core.models import Event, Pulse
from users.models import Consent, CustomUser, Membership, Organization
from users.services.people import EmailTakenError
from users.services.registration import purge_unconfirmed
from users.services.registration import register as register_person
from users.tests.factories import PASSWORD, MembershipFactory, OrganizationFactory, UserFactory
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
REQUISITES = {"inn": "7707083893", "kpp": "773601001", "ogrn": "1027700132195"}


def register(browser=None, as_a="agency", **changes):
    address = f"{reverse('account_signup')}?kind={as_a}"
    return (browser or Browser()).post(address, FORM | changes)


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


@pytest.mark.parametrize("method", ["get", "post"])
@pytest.mark.parametrize("link", ["used", "old", "forged", "foreign"])
def test_a_link_that_opens_nothing_says_what_to_do_next(method, link, time_machine):
    time_machine.move_to("2026-11-01 12:00:00+00:00", tick=False)
    browser = Browser()
    register(browser)
    path = link_in(deliver()[0], "confirm-email")
    if link == "used":
        browser.post(path)
    elif link == "old":
        time_machine.move_to("2026-11-04 12:01:00+00:00", tick=False)
    elif link == "forged":
        path = reverse("account_confirm_email", args=["forged:key"])
    else:
        address = EmailAddress.objects.get()
        UserFactory(email="taken@example.com")
        address.email = "taken@example.com"
        address.save()
        path = reverse("account_confirm_email", args=[EmailConfirmationHMAC(address).key])
    response = getattr(browser, method)(path, follow=True)
    assert response.status_code == 200
    assert reverse("account_login") in response.content.decode()
    if link != "used":
        assert not EmailAddress.objects.filter(user__email="anna@example.com", verified=True)


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
        register_person(
            kind=OrganizationKind.AGENCY,
            organization_name="A",
            full_name="B",
            email="ANNA@example.com",
            password=PASSWORD,
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
    assert response.status_code == 422
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
        with_sandbox="on",
        claim="1",
    )
    user, organization = CustomUser.objects.get(), Organization.objects.get()
    assert not (user.is_staff or user.is_superuser or user.staff_scope)
    assert user.is_active
    assert (organization.kind, organization.verified_at) == (OrganizationKind.AGENCY, None)
    assert not organization.is_sandbox
    assert "AAAAAAAAAAAA" not in {user.public_id, organization.public_id}
    assert Membership.objects.get().role == Role.OWNER


@pytest.mark.parametrize("kind", OrganizationKind.values)
def test_each_kind_registers_with_what_it_is_asked(kind):
    response = register(as_a=kind.lower(), **REQUISITES)
    assert response.url == reverse("account_email_verification_sent")
    organization = Organization.objects.get()
    assert organization.kind == kind
    is_person = kind == OrganizationKind.PERSON
    assert organization.name == (FORM["full_name"] if is_person else FORM["organization_name"])
    numbers = (organization.inn, organization.kpp, organization.ogrn)
    assert numbers == (("", "", "") if is_person else tuple(REQUISITES.values()))
    assert organization.phone == ("" if is_person else "+79123456789")
    assert Membership.objects.get().role == Role.OWNER


def test_the_choice_comes_first_and_keeps_where_one_was_going():
    page = Browser().get(reverse("account_signup"), {"next": "/clients/"})
    html = page.content.decode()
    for kind in OrganizationKind.values:
        assert f"next=%2Fclients%2F&amp;kind={kind.lower()}" in html
    form = Browser().get(reverse("account_signup"), {"next": "/clients/", "kind": "provider"})
    assert 'name="next" value="/clients/"' in form.content.decode()


@pytest.mark.parametrize("kind", ["", "STAFF", "provider'", "PROVIDER "])
def test_without_a_known_kind_nothing_is_made(kind):
    response = register(as_a=kind)
    assert response.status_code == 422
    assert "entries" in response.context
    assert not CustomUser.objects.exists()


def test_fields_are_asked_only_where_they_are_needed():
    def names(kind):
        page = Browser().get(reverse("account_signup"), {"kind": kind})
        return set(page.context["form"].fields)

    always = {"full_name", "email", "password1", "consent"}
    of_an_organization = always | {"organization_name", "phone", *REQUISITES}
    assert names("person") == always
    assert names("company") == of_an_organization | {"with_sandbox"}
    for kind in ("agency", "builder", "provider"):
        assert names(kind) == of_an_organization


@pytest.mark.parametrize("kind", ["builder", "provider"])
@pytest.mark.parametrize("missing", REQUISITES)
def test_who_is_to_be_verified_gives_all_requisites(kind, missing):
    response = register(as_a=kind, **(REQUISITES | {missing: ""}))
    assert list(response.context["form"].errors) == [missing]
    assert not CustomUser.objects.exists()


def test_an_entrepreneur_has_no_kpp():
    numbers = {"inn": "500100732259", "ogrn": "304500116000157"}
    assert register(as_a="provider", **numbers).status_code == 302
    assert Organization.objects.get().kpp == ""


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("inn", "7707083894"),
        ("inn", "77070838"),
        ("kpp", "7736"),
        ("ogrn", "1027700132196"),
        ("ogrn", "304500116000157"),
    ],
)
@pytest.mark.parametrize("kind", ["provider", "company"])
def test_a_slip_in_a_number_is_said_beside_it_and_stays_typed(kind, field, value):
    response = register(as_a=kind, **(REQUISITES | {field: value}))
    assert response.status_code == 422
    assert list(response.context["form"].errors) == [field]
    assert f'value="{value}"' in response.content.decode()
    # Folded away, nobody would see the error.
    assert kind == "provider" or '<details class="requisites" open>' in response.content.decode()


def test_the_service_refuses_what_the_form_would():
    person = {"full_name": "B", "email": "b@example.com", "password": PASSWORD}
    with pytest.raises(DomainError) as caught:
        register_person(kind=OrganizationKind.BUILDER, organization_name="A", **person)
    assert caught.value.field == "inn"
    with pytest.raises(DomainError):
        register_person(
            kind=OrganizationKind.AGENCY, organization_name="A", inn="7707083894", **person
        )
    assert not CustomUser.objects.exists()


def test_a_company_may_have_a_sandbox_at_once_and_switches_to_it(sign_in):
    register(as_a="company", with_sandbox="on")
    user = CustomUser.objects.get()
    real, sandbox = Organization.objects.order_by("pk")
    assert (real.is_sandbox, sandbox.is_sandbox) == (False, True)
    assert (real.kind, sandbox.kind) == (OrganizationKind.COMPANY, OrganizationKind.COMPANY)
    assert real.name in sandbox.name
    assert real.name != sandbox.name
    roles = Membership.objects.filter(user=user).values_list("organization_id", "role")
    assert set(roles) == {(real.pk, Role.OWNER), (sandbox.pk, Role.OWNER)}
    user.emailaddress_set.update(verified=True)
    browser = sign_in(Actor(user, real, Role.OWNER))
    assert browser.get(reverse("home")).context["actor"].organization == real
    browser.post(reverse("organization_switch"), {"organization": sandbox.public_id})
    assert browser.get(reverse("home")).context["actor"].organization == sandbox


@pytest.mark.parametrize("kind", ["agency", "provider"])
def test_others_get_no_sandbox(kind):
    register(as_a=kind, with_sandbox="on", **REQUISITES)
    assert not Organization.objects.get().is_sandbox


# --- a provider that staff had entered ---------------------------------------------------------
def unclaimed(**fields):
    defaults = {"kind": OrganizationKind.PROVIDER, "is_claimed": False, **REQUISITES}
    return OrganizationFactory(**defaults | fields)


def test_a_provider_entered_by_staff_is_claimed_and_not_made_a_second_time():
    entered = unclaimed()
    browser = Browser()
    assert register(browser, as_a="provider", **REQUISITES).status_code == 302
    assert list(Organization.objects.all()) == [entered]
    assert not Membership.objects.exists()
    (letter,) = deliver()
    # Opened elsewhere: the letter itself knows the way.
    elsewhere = Browser()
    answer = elsewhere.post(link_in(letter, "confirm-email"))
    assert answer.url == f"{reverse('organization_claim')}?inn={entered.inn}"


def test_after_the_first_sign_in_comes_the_claim_once():
    entered = unclaimed()
    browser = Browser()
    register(browser, as_a="provider", **REQUISITES)
    browser.post(link_in(deliver()[0], "confirm-email"))
    who = {"login": FORM["email"], "password": PASSWORD}
    assert browser.post(reverse("account_login"), who).url == (
        f"{reverse('organization_claim')}?inn={entered.inn}"
    )
    browser.post(reverse("account_logout"))
    assert browser.post(reverse("account_login"), who).url == reverse("home")


@pytest.mark.parametrize(
    ("kind", "fields"),
    [
        ("provider", {"is_claimed": True}),
        ("provider", {"is_active": False}),
        ("provider", {"inn": "7707329152"}),
        ("builder", {}),
    ],
)
def test_others_are_made_beside(kind, fields):
    unclaimed(**fields)
    register(as_a=kind, **REQUISITES)
    assert Membership.objects.get().organization.inn == REQUISITES["inn"]
    assert reverse("organization_claim") not in deliver()[0].body


def test_a_taken_address_tells_nothing_of_a_claim_either():
    entered = unclaimed()
    UserFactory(email="anna@example.com")
    taken, new = Browser(), Browser()
    answers = [
        register(taken, as_a="provider", **REQUISITES),
        register(new, as_a="provider", **(REQUISITES | {"email": "other@example.com"})),
    ]
    assert len({(answer.status_code, answer.url) for answer in answers}) == 1
    assert taken.session["claim"] == new.session["claim"] == entered.public_id


# --- nothing tells whether an account exists ---------------------------------------------------
def test_a_taken_address_takes_the_same_work_as_a_new_one(monkeypatch):
    """Statements and hashes are counted: a clock would tell of the machine, not of the code."""
    UserFactory(email="anna@example.com")
    hashed = []
    original = Argon2PasswordHasher.encode

    def counted(self, *args, **kwargs):
        hashed.append(1)
        return original(self, *args, **kwargs)

    monkeypatch.setattr(Argon2PasswordHasher, "encode", counted)

    def work(**fields):
        hashed.clear()
        with CaptureQueriesContext(connection) as queries:
            register(as_a="builder", **REQUISITES, **fields)
        return len(hashed), [_shape(query["sql"]) for query in queries]

    work(email="warm@example.com")
    taken_hashes, taken = work(email="anna@example.com")
    new_hashes, new = work(email="other@example.com")
    assert taken_hashes == new_hashes == 1
    writes = ("INSERT", "UPDATE", "DELETE")
    assert [s for s in taken if s[0] in writes] == [s for s in new if s[0] in writes]
    assert abs(len(taken) - len(new)) <= len(new) * 0.1


def _shape(sql):
    """What a statement does and to which table."""
    words = sql.replace('"', "").replace("`", "").split()
    table = next((w for w in words if w.startswith(("users_", "core_", "account_", "django_"))), "")
    return words[0], table


# --- registrations that nobody confirms --------------------------------------------------------
def test_who_does_not_confirm_is_forgotten_after_a_week(time_machine):
    time_machine.move_to("2026-11-01 12:00:00+00:00", tick=False)
    register(as_a="company", with_sandbox="on")
    UserFactory(email="confirmed@example.com")
    time_machine.move_to("2026-11-08 11:59:00+00:00", tick=False)
    assert purge_unconfirmed() == 0
    time_machine.move_to("2026-11-08 12:01:00+00:00", tick=False)
    assert purge_unconfirmed() == 1
    assert [user.email for user in CustomUser.objects.all()] == ["confirmed@example.com"]
    assert not Organization.objects.exists()
    assert Event.objects.filter(kind="organization.registered").count() == 2
    # The address is free again.
    register()
    assert CustomUser.objects.filter(email="anna@example.com").exists()


def test_the_purge_spares_staff_who_signed_in_and_organizations_of_others(time_machine):
    time_machine.move_to("2026-11-01 12:00:00+00:00", tick=False)
    kept = [
        UserFactory(confirmed=False, is_staff=True),
        UserFactory(confirmed=False, last_login="2026-11-02T00:00Z"),
    ]
    shared = MembershipFactory(user=UserFactory(confirmed=False)).organization
    colleague = MembershipFactory(organization=shared).user
    time_machine.move_to("2026-12-01 12:00:00+00:00", tick=False)
    assert purge_unconfirmed() == 1
    assert set(CustomUser.objects.all()) == {*kept, colleague}
    assert Organization.objects.get() == shared


def test_one_registration_that_cannot_be_removed_does_not_stop_the_purge(time_machine, monkeypatch):
    time_machine.move_to("2026-11-01 12:00:00+00:00", tick=False)
    first, _second = (MembershipFactory(user=UserFactory(confirmed=False)) for _ in range(2))
    time_machine.move_to("2026-12-01 12:00:00+00:00", tick=False)
    remove = Organization.delete

    def refuse(self, *args, **kwargs):
        if self.pk == first.organization_id:
            raise ProtectedError("has work of its own", set())
        return remove(self, *args, **kwargs)

    monkeypatch.setattr(Organization, "delete", refuse)
    assert purge_unconfirmed() == 1
    assert [row.pk for row in Membership.objects.all()] == [first.pk]


def test_the_purge_runs_every_day():
    from core.jobs.schedules import schedules

    assert "users.jobs.purge_unconfirmed_registrations" in {plan.name for plan in schedules()}
