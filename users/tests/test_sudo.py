"""Dangerous acts in Django admin: done by who has just proved to be themselves."""

import pytest
from django.contrib.auth.models import Group
from django.urls import reverse

from core.choices import OrganizationKind, StaffScope
from pages.models import MenuItem
from users.models import AccountManagement, CustomUser, Organization
from users.services.organizations import assign_account_manager
from users.tests.factories import PASSWORD, OrganizationFactory, UserFactory, make_staff
from users.tests.sessions import TEN_MINUTES, prove

pytestmark = pytest.mark.django_db

REAUTHENTICATE = "/users/reauthenticate/"


@pytest.fixture
def staff():
    actor = make_staff(StaffScope.ADMIN)
    actor.user.set_password(PASSWORD)
    actor.user.save()
    return actor


@pytest.fixture
def old(sign_in, staff):
    """A browser that was left open eleven minutes ago."""
    return prove(sign_in(staff), staff.user, seconds_ago=TEN_MINUTES + 60)


def change_url(row):
    return reverse(f"admin:users_{row._meta.model_name}_change", args=[row.pk])


def data_of(user, **changed):
    data = {
        "full_name": user.full_name,
        "time_zone": "",
        "language": "ru",
        "theme": "auto",
        "staff_scope": user.staff_scope,
        "is_active": "on",
        "groups": [],
    }
    return {name: value for name, value in (data | changed).items() if value is not None}


def is_asked(response):
    return response.status_code == 302 and response.url.startswith(REAUTHENTICATE)


@pytest.mark.parametrize(
    "changed", [{"staff_scope": "SUPPORT"}, {"staff_scope": "ADMIN"}, {"is_active": None}]
)
def test_an_old_session_changes_no_rights_of_staff(old, changed):
    user = UserFactory(full_name="Пётр")
    assert is_asked(old.post(change_url(user), data_of(user, **changed)))
    user.refresh_from_db()
    assert (user.staff_scope, user.is_staff, user.is_superuser, user.is_active) == (
        "",
        False,
        False,
        True,
    )


def test_groups_are_rights_of_staff_too(old):
    user = UserFactory()
    group = Group.objects.first()
    assert is_asked(old.post(change_url(user), data_of(user, groups=[group.pk])))
    assert not user.groups.exists()
    permissions = group.permissions.count()
    change = reverse("admin:auth_group_change", args=[group.pk])
    assert is_asked(old.post(change, {"name": group.name, "permissions": []}))
    assert group.permissions.count() == permissions > 0


def test_a_name_may_be_mended_without_being_asked(old):
    user = UserFactory(full_name="Пётр")
    old.post(change_url(user), data_of(user, full_name="Павел"))
    user.refresh_from_db()
    assert user.full_name == "Павел"


def test_making_staff_is_asked_about_and_making_a_person_is_not(old):
    url = reverse("admin:users_customuser_add")
    person = {"email": "new@example.com", "full_name": "Новый", "staff_scope": "", "language": "ru"}
    assert is_asked(old.post(url, person | {"staff_scope": "SUPPORT"}))
    assert not CustomUser.objects.filter(email="new@example.com").exists()
    assert not is_asked(old.post(url, person))
    assert CustomUser.objects.filter(email="new@example.com").exists()


def test_an_old_session_deletes_nothing(old, staff):
    kam = make_staff(StaffScope.ACCOUNT_MANAGER).user
    assigned = assign_account_manager(staff, OrganizationFactory(), kam)
    delete = reverse("admin:users_accountmanagement_delete", args=[assigned.pk])
    assert old.get(delete).status_code == 200
    assert is_asked(old.post(delete, {"post": "yes"}))
    page = reverse("admin:pages_menuitem_changelist")
    rows = list(MenuItem.objects.values_list("pk", flat=True))
    data = {"action": "delete_selected", "_selected_action": rows, "post": "yes"}
    assert is_asked(old.post(page, data))
    assert MenuItem.objects.count() == len(rows) > 0
    assert AccountManagement.objects.filter(pk=assigned.pk).exists()


def test_an_old_session_verifies_nobody(old):
    waiting = OrganizationFactory(kind=OrganizationKind.PROVIDER, verified_at=None)
    act = {"action": "verify", "_selected_action": [waiting.pk]}
    assert is_asked(old.post(reverse("admin:users_organization_changelist"), act))
    assert Organization.objects.filter(verified_at__isnull=True).count() == 1


def test_after_the_password_what_was_sent_is_done(old):
    user = UserFactory()
    asked = old.post(change_url(user), data_of(user, staff_scope="SUPPORT"))
    wrong = old.post(asked.url, {"password": "not-the-password"})
    assert wrong.status_code == 200
    user.refresh_from_db()
    assert not user.is_staff
    done = old.post(asked.url, {"password": PASSWORD})
    assert done.status_code == 302
    user.refresh_from_db()
    assert (user.staff_scope, user.is_staff) == ("SUPPORT", True)
    assert not is_asked(old.post(change_url(user), data_of(user, staff_scope="")))


def test_a_session_without_any_proof_is_asked(sign_in, staff):
    user = UserFactory()
    assert is_asked(sign_in(staff).post(change_url(user), data_of(user, is_active=None)))


def test_nobody_shuts_themselves_out(sign_in, staff):
    browser = prove(sign_in(staff), staff.user)
    for changed in ({"staff_scope": ""}, {"is_active": None}):
        response = browser.post(change_url(staff.user), data_of(staff.user, **changed))
        assert response.status_code == 200
        assert len(response.context["adminform"].form.errors) == 1
    staff.user.refresh_from_db()
    assert (staff.user.is_active, staff.user.staff_scope) == (True, "ADMIN")


def test_the_scope_brings_its_flags_and_its_group(sign_in, staff):
    browser, user = prove(sign_in(staff), staff.user), UserFactory()
    seen = []
    for scope in ("SUPPORT", "ACCOUNT_MANAGER", "CONTENT", "ADMIN", ""):
        user.refresh_from_db()
        groups = list(user.groups.values_list("pk", flat=True))
        data = data_of(user, staff_scope=scope, groups=groups)
        assert browser.post(change_url(user), data).status_code == 302
        user.refresh_from_db()
        names = list(user.groups.order_by("name").values_list("name", flat=True))
        seen.append((user.is_staff, user.is_superuser, names))
    assert seen == [
        (True, False, ["Поддержка"]),
        (True, False, ["Аккаунт-менеджеры (КАМ)"]),
        (True, False, ["Редакторы сайта"]),
        (True, True, ["Редакторы сайта"]),
        (False, False, []),
    ]
