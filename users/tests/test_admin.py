"""Django admin: there for staff alone, and bound by the same rules as the portal."""

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import (
    TOTP,
    format_hotp_value,
    hotp_value,
    yield_hotp_counters_from_time,
)
from django.contrib.admin.models import LogEntry
from django.test import Client as Browser
from django.urls import reverse
from django.utils import timezone
from structlog.testing import capture_logs

from core.choices import OrganizationKind, Role, StaffScope, Via
from core.models import Event
from users.models import AccountManagement, CustomUser, Membership, Organization
from users.tests.factories import (
    PASSWORD,
    MembershipFactory,
    OrganizationFactory,
    UserFactory,
    make_actor,
    make_staff,
)
from users.tests.sessions import prove

pytestmark = pytest.mark.django_db

ADMIN = "/admin/"


def changelist(model):
    return reverse(f"admin:users_{model}_changelist")


@pytest.fixture
def administrator(sign_in):
    """One who has just signed in: what is dangerous is not asked about again."""
    staff = make_staff(StaffScope.ADMIN)
    return prove(sign_in(staff), staff.user)


# --- who gets in ------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "path", ["/admin", ADMIN, "/admin/login/", "/admin/nothing/", "/admin/users"]
)
def test_for_others_than_staff_there_is_no_admin(sign_in, path):
    for browser in (Browser(), sign_in(make_actor(role=Role.OWNER))):
        assert browser.get(path).status_code == 404


def test_every_attempt_is_logged(sign_in, settings):
    with capture_logs() as logs:
        Browser().get(ADMIN)
        sign_in(make_actor()).get(ADMIN)
        sign_in(make_staff()).get(ADMIN)
        settings.ADMIN_ALLOWED_ADDRESSES = ["192.0.2.1"]
        sign_in(make_staff()).get(ADMIN)
        settings.ADMIN_ALLOWED_ADDRESSES = []
        settings.STAFF_MFA_REQUIRED = True
        sign_in(make_staff()).get("/admin/users/")
    entries = [entry for entry in logs if entry["event"].startswith("admin")]
    assert {entry["address"] for entry in entries} == {"127.0.0.1"}
    attempts = [(entry["event"], entry.get("reason")) for entry in entries]
    assert attempts == [
        ("admin_refused", "anonymous"),
        ("admin_refused", "not staff"),
        ("admin_opened", None),
        ("admin_refused", "address"),
        ("admin_refused", "second factor"),
    ]


def totp_code(secret):
    counters = list(yield_hotp_counters_from_time())
    return format_hotp_value(hotp_value(secret, counters[len(counters) // 2]))


def test_staff_without_a_second_factor_are_led_to_turn_it_on(sign_in, settings):
    settings.STAFF_MFA_REQUIRED = True
    response = sign_in(make_staff()).get(ADMIN)
    assert response.url == f"{reverse('mfa_activate_totp')}?next=%2Fadmin%2F"


def test_a_session_that_has_not_shown_the_second_factor_is_asked_for_it(sign_in, settings):
    settings.STAFF_MFA_REQUIRED = True
    staff = make_staff()
    TOTP.activate(staff.user, "JBSWY3DPEHPK3PXP")
    browser = sign_in(staff)
    asked = browser.get(ADMIN)
    assert asked.url == f"{reverse('mfa_reauthenticate')}?next=%2Fadmin%2F"
    answer = browser.post(asked.url, {"code": totp_code("JBSWY3DPEHPK3PXP")})
    assert answer.url == ADMIN
    assert browser.get(ADMIN).status_code == 200
    Authenticator.objects.all().delete()
    assert browser.get(ADMIN).status_code == 302


def test_signing_in_with_the_second_factor_opens_the_admin(settings):
    settings.STAFF_MFA_REQUIRED = True
    user = make_staff().user
    user.set_password(PASSWORD)
    user.save()
    TOTP.activate(user, "JBSWY3DPEHPK3PXP")
    codes = RecoveryCodes.activate(user).get_unused_codes()
    browser = Browser()
    step = browser.post("/users/login/", {"login": user.email, "password": PASSWORD, "next": ADMIN})
    assert step.url == reverse("mfa_authenticate")
    assert browser.get("/users/profile/").status_code == 302
    assert browser.post(step.url, {"code": "000000"}).status_code == 200
    assert browser.post(step.url, {"code": codes[0]}).url == ADMIN
    assert browser.get(ADMIN).status_code == 200


def test_the_second_factor_is_turned_on_by_a_code_and_brings_recovery_codes(sign_in):
    actor = make_actor()
    actor.user.set_password(PASSWORD)
    actor.user.save()
    browser = sign_in(actor)
    url = reverse("mfa_activate_totp")
    asked = browser.get(url)
    assert asked.url.startswith(reverse("account_reauthenticate"))
    browser.post(asked.url, {"password": PASSWORD})
    page = browser.get(url)
    secret = page.context["form"].secret
    assert secret in page.content.decode()
    done = browser.post(url, {"code": totp_code(secret)})
    assert done.url == reverse("mfa_view_recovery_codes")
    codes = browser.get(done.url).context["unused_codes"]
    assert len(codes) == 10
    downloaded = browser.get(reverse("mfa_download_recovery_codes")).content.decode().split()
    assert downloaded == codes
    for page in ("mfa_index", "mfa_deactivate_totp", "mfa_generate_recovery_codes"):
        assert browser.get(reverse(page)).status_code == 200


@pytest.mark.parametrize(
    ("proxies", "forwarded", "peer", "status"),
    [
        (0, "", "10.1.2.3", 200),
        (0, "10.1.2.3", "203.0.113.9", 404),
        (1, "10.1.2.3", "127.0.0.1", 200),
        (1, "10.1.2.3, 203.0.113.9", "127.0.0.1", 404),
        (2, "10.1.2.3, 203.0.113.9, 127.0.0.2", "127.0.0.1", 404),
        (2, "203.0.113.9, 10.1.2.3, 127.0.0.2", "127.0.0.1", 200),
        (2, "10.1.2.3", "127.0.0.1", 404),
        (1, "garbage", "127.0.0.1", 404),
        (1, "::ffff:10.1.2.3", "127.0.0.1", 200),
        (1, "10.1.2.3:54321", "127.0.0.1", 200),
        (0, "", "2001:db8:7::1", 200),
        (0, "", "2001:db8:8::1", 404),
        (1, "[2001:db8:7::1]:443", "127.0.0.1", 200),
        (1, "2001:DB8:7:0::1", "127.0.0.1", 200),
        (1, "2001:db8:7::1, 2001:db8:8::1", "127.0.0.1", 404),
        (0, "", "192.0.2.7", 200),
        (0, "", "192.0.2.8", 404),
        (0, "", "", 404),
    ],
)
def test_only_allowed_addresses_open_it_with_proxies_counted(
    administrator, settings, proxies, forwarded, peer, status
):
    settings.ADMIN_ALLOWED_ADDRESSES = ["10.1.0.0/16", "2001:db8:7::/48", "192.0.2.7"]
    settings.TRUSTED_PROXY_COUNT = proxies
    headers = {"HTTP_X_FORWARDED_FOR": forwarded} if forwarded else {}
    assert administrator.get(ADMIN, REMOTE_ADDR=peer, **headers).status_code == status


def test_its_own_sign_in_leads_to_the_portals(administrator):
    assert administrator.get("/admin/login/").url.startswith("/users/login/")
    assert administrator.post("/admin/logout/").url == "/users/logout/"
    assert administrator.get("/admin/password_change/").url == "/users/password/change/"


# --- what is in it ----------------------------------------------------------------------------
def test_an_account_manager_reads_what_is_assigned_and_changes_nothing(sign_in):
    manager = make_staff(StaffScope.ACCOUNT_MANAGER)
    mine, other = OrganizationFactory(name="Ромашка"), OrganizationFactory(name="Ландыш")
    members = [MembershipFactory(organization=mine), MembershipFactory(organization=other)]
    AccountManagement.objects.create(
        user=manager.user, organization=mine, created_at=timezone.now()
    )
    browser = sign_in(manager)
    page = browser.get(changelist("organization")).content.decode()
    assert "Ромашка" in page
    assert "Ландыш" not in page
    rows = browser.get(changelist("membership")).content.decode()
    assert members[0].user.full_name in rows
    assert members[1].user.full_name not in rows
    change = reverse("admin:users_organization_change", args=[mine.pk])
    assert browser.get(change).status_code == 200
    assert browser.post(change, {"name": "Захват"}).status_code == 403
    foreign = reverse("admin:users_organization_change", args=[other.pk])
    assert browser.get(foreign).status_code == 302
    assert browser.get(changelist("customuser")).status_code == 403
    autocomplete = {
        "app_label": "users",
        "model_name": "membership",
        "field_name": "organization",
        "term": "Ландыш",
    }
    assert "Ландыш" not in browser.get(reverse("admin:autocomplete"), autocomplete).content.decode()


def test_support_finds_nothing_in_it(sign_in):
    browser = sign_in(make_staff(StaffScope.SUPPORT))
    assert browser.get(ADMIN).status_code == 200
    assert browser.get(changelist("organization")).status_code == 403


@pytest.mark.parametrize(
    "model", ["customuser", "organization", "membership", "accountmanagement", "consent"]
)
def test_lists_cost_the_same_with_one_row_and_three(
    administrator, model, django_assert_max_num_queries
):
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    def make():
        membership = MembershipFactory()
        AccountManagement.objects.create(
            user=make_staff(StaffScope.ACCOUNT_MANAGER).user,
            organization=membership.organization,
            created_at=timezone.now(),
        )
        membership.user.consents.create(
            document="PERSONAL_DATA", version="1", given_at=timezone.now()
        )

    make()
    administrator.get(changelist(model))  # fills the caches of the frame
    with CaptureQueriesContext(connection) as one:
        assert administrator.get(changelist(model)).status_code == 200
    make()
    make()
    with CaptureQueriesContext(connection) as three:
        administrator.get(changelist(model))
    assert len(one) == len(three) <= 12


@pytest.mark.parametrize("text", ["ромаш", "РОМАШ"])
def test_search_finds_names_in_any_letter_case(administrator, text):
    OrganizationFactory(name="Ромашка")
    OrganizationFactory(name="Ландыш")
    page = administrator.get(changelist("organization"), {"q": text}).content.decode()
    assert "Ромашка" in page
    assert "Ландыш" not in page


def test_verify_goes_through_the_service_and_leaves_history(administrator):
    waiting = OrganizationFactory(kind=OrganizationKind.PROVIDER, verified_at=None)
    done = OrganizationFactory(kind=OrganizationKind.PROVIDER)
    administrator.post(
        changelist("organization"),
        {"action": "verify", "_selected_action": [waiting.pk, done.pk]},
    )
    waiting.refresh_from_db()
    assert waiting.verified_at is not None
    event = Event.objects.get()
    assert (event.kind, event.via, event.subject_id) == (
        "organization.verified",
        Via.ADMIN,
        waiting.pk,
    )
    history = reverse("admin:users_organization_history", args=[waiting.pk])
    assert administrator.get(history).status_code == 200
    assert LogEntry.objects.get().object_id == str(waiting.pk)


def test_an_organization_made_in_the_admin_has_all_it_needs(administrator):
    response = administrator.post(
        reverse("admin:users_organization_add"),
        {
            "kind": "PROVIDER",
            "name": "Связь",
            "time_zone": "Europe/Moscow",
            "opens_at": "09:00",
            "closes_at": "18:00",
            "is_active": "on",
            "memberships-TOTAL_FORMS": 0,
            "memberships-INITIAL_FORMS": 0,
            "_save": "",
        },
    )
    assert response.status_code == 302, response.context["adminform"].form.errors
    made = Organization.objects.get()
    assert (made.name, made.is_claimed, made.pulse.pk) == ("Связь", False, made.pk)
    assert Event.objects.get().via == Via.ADMIN


def test_a_person_made_in_the_admin_may_set_a_password_by_letter(administrator):
    response = administrator.post(
        reverse("admin:users_customuser_add"),
        {"email": "New@Example.com", "full_name": "Новый", "staff_scope": "", "language": "ru"},
    )
    assert response.status_code == 302, response.context["adminform"].form.errors
    made = CustomUser.objects.get(email="new@example.com")
    assert not made.has_usable_password()
    assert made.emailaddress_set.get().verified


def test_the_last_owner_stays_beside_the_field(administrator):
    owner = MembershipFactory(role=Role.OWNER)
    url = reverse("admin:users_membership_change", args=[owner.pk])
    for data in ({"role": "VIEWER", "is_active": "on"}, {"role": "OWNER"}):
        response = administrator.post(url, data)
        assert response.status_code == 200
        assert "role" in response.context["adminform"].form.errors
    owner.refresh_from_db()
    assert (owner.role, owner.is_active) == (Role.OWNER, True)


def test_members_and_managers_are_changed_by_the_services(administrator):
    organization = OrganizationFactory()
    MembershipFactory(organization=organization, role=Role.OWNER)
    user, kam = UserFactory(), make_staff(StaffScope.ACCOUNT_MANAGER).user
    administrator.post(
        reverse("admin:users_membership_add"),
        {"user": user.pk, "organization": organization.pk, "role": "MEMBER", "is_active": "on"},
    )
    membership = Membership.objects.get(user=user)
    change = reverse("admin:users_membership_change", args=[membership.pk])
    administrator.post(change, {"role": "MANAGER", "is_active": "on"})
    administrator.post(change, {"role": "MANAGER"})
    add = reverse("admin:users_accountmanagement_add")
    assert (
        administrator.post(add, {"user": user.pk, "organization": organization.pk}).status_code
        == 200
    )
    administrator.post(add, {"user": kam.pk, "organization": organization.pk})
    managed = AccountManagement.objects.get()
    administrator.post(
        reverse("admin:users_accountmanagement_delete", args=[managed.pk]), {"post": "yes"}
    )
    assert list(Event.objects.order_by("pk").values_list("kind", flat=True)) == [
        "membership.added",
        "membership.changed",
        "membership.removed",
        "account_manager.assigned",
        "account_manager.dismissed",
    ]


def test_no_secret_of_a_second_factor_is_on_a_page(administrator):
    TOTP.activate(make_actor().user, "JBSWY3DPEHPK3PXP")
    row = Authenticator.objects.get()
    page = administrator.get(reverse("admin:mfa_authenticator_change", args=[row.pk]))
    assert page.status_code == 200
    assert "JBSWY3DPEHPK3PXP" not in page.content.decode()
