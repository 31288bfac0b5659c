"""Members, account managers, verification: the rules stand in the services."""

import pytest

from core.actor import system_actor
from core.choices import OrganizationKind, Role, StaffScope
from core.errors import DomainError, Forbidden
from core.models import Event, Pulse
from users.models import AccountManagement, CustomUser, Membership, Organization
from users.services.members import add_member, change_role, remove_member
from users.services.organizations import (
    assign_account_manager,
    create_organization,
    dismiss_account_manager,
    verify_organization,
)
from users.services.people import EmailTakenError, create_user
from users.tests.factories import MembershipFactory, UserFactory, make_actor, make_staff

pytestmark = pytest.mark.django_db


def kinds_told():
    return list(Event.objects.order_by("pk").values_list("kind", flat=True))


def test_an_administrator_creates_an_organization_with_all_it_needs():
    owner = UserFactory()
    actor = make_staff(StaffScope.ADMIN)
    made = create_organization(
        actor, kind=OrganizationKind.PROVIDER, name=" Связь ", owner=owner, verified=True, inn="77"
    )
    assert (made.name, made.inn, made.search_name) == ("Связь", "77", "связь")
    assert made.verified_at is not None
    assert Membership.objects.get().role == Role.OWNER
    assert Pulse.objects.filter(organization=made).exists()
    assert kinds_told() == ["organization.registered"]


@pytest.mark.parametrize("scope", [StaffScope.SUPPORT, StaffScope.ACCOUNT_MANAGER, None])
def test_others_create_verify_and_assign_nothing(scope):
    actor = make_staff(scope) if scope else make_actor(role=Role.OWNER)
    organization = make_actor().organization
    kam = make_staff(StaffScope.ACCOUNT_MANAGER).user
    for act in (
        lambda: create_organization(actor, kind=OrganizationKind.AGENCY, name="A"),
        lambda: verify_organization(actor, organization),
        lambda: assign_account_manager(actor, organization, kam),
        lambda: create_user(actor, email="new@example.com", full_name="N"),
    ):
        with pytest.raises(Forbidden):
            act()
    assert kinds_told() == []


def test_verifying_happens_once():
    organization = create_organization(system_actor(), kind=OrganizationKind.PROVIDER, name="Связь")
    assert not organization.is_working_provider
    first = verify_organization(system_actor(), organization)
    second = verify_organization(system_actor(), organization)
    assert first.verified_at == second.verified_at
    assert second.is_working_provider
    assert kinds_told() == ["organization.registered", "organization.verified"]


def test_an_owner_adds_changes_and_removes_members():
    owner = make_actor(role=Role.OWNER)
    user = UserFactory()
    membership = add_member(owner, owner.organization, user, Role.VIEWER)
    change_role(owner, membership, Role.MANAGER)
    remove_member(owner, membership)
    membership.refresh_from_db()
    assert (membership.role, membership.is_active) == (Role.MANAGER, False)
    again = add_member(owner, owner.organization, user, Role.MEMBER)
    assert (again.pk, again.role, again.is_active) == (membership.pk, Role.MEMBER, True)
    assert kinds_told() == [
        "membership.added",
        "membership.changed",
        "membership.removed",
        "membership.added",
    ]


@pytest.mark.parametrize("role", [Role.VIEWER, Role.MEMBER, Role.MANAGER])
def test_below_owner_nobody_touches_members(role):
    actor = make_actor(role=role)
    other = MembershipFactory(organization=actor.organization, role=Role.VIEWER)
    with pytest.raises(Forbidden):
        add_member(actor, actor.organization, UserFactory(), Role.VIEWER)
    with pytest.raises(Forbidden):
        change_role(actor, other, Role.OWNER)
    with pytest.raises(Forbidden):
        remove_member(actor, other)


def test_an_owner_of_one_organization_is_nobody_in_another():
    owner, other = make_actor(role=Role.OWNER), make_actor(role=Role.OWNER)
    with pytest.raises(Forbidden):
        add_member(owner, other.organization, owner.user, Role.OWNER)


def test_a_member_may_leave_and_the_last_owner_may_not():
    owner = make_actor(role=Role.OWNER)
    member = make_actor(role=Role.MEMBER, organization=owner.organization)
    remove_member(member, Membership.objects.get(user=member.user))
    last = Membership.objects.get(user=owner.user)
    with pytest.raises(DomainError):
        remove_member(owner, last)
    with pytest.raises(DomainError):
        change_role(owner, last, Role.MANAGER)
    with pytest.raises(DomainError):
        add_member(owner, owner.organization, owner.user, Role.VIEWER)
    last.refresh_from_db()
    assert (last.role, last.is_active) == (Role.OWNER, True)


def test_an_inactive_owner_does_not_count():
    owner = make_actor(role=Role.OWNER)
    MembershipFactory(
        organization=owner.organization, role=Role.OWNER, user=UserFactory(is_active=False)
    )
    with pytest.raises(DomainError):
        remove_member(owner, Membership.objects.get(user=owner.user))


def test_a_private_persons_organization_has_one_member():
    person = make_actor(kind=OrganizationKind.PERSON, role=Role.OWNER)
    with pytest.raises(DomainError):
        add_member(person, person.organization, UserFactory(), Role.VIEWER)


def test_account_managers_are_assigned_once_and_dismissed():
    organization = make_actor().organization
    kam = make_staff(StaffScope.ACCOUNT_MANAGER).user
    first = assign_account_manager(system_actor(), organization, kam)
    assert assign_account_manager(system_actor(), organization, kam) == first
    dismiss_account_manager(system_actor(), first)
    assert not AccountManagement.objects.exists()
    assert kinds_told() == ["account_manager.assigned", "account_manager.dismissed"]
    with pytest.raises(DomainError):
        assign_account_manager(system_actor(), organization, UserFactory())


def test_staff_made_by_the_system_can_sign_in_at_once():
    made = create_user(
        system_actor(), email="KAM@Example.com", full_name="K", staff_scope=StaffScope.ADMIN
    )
    assert (made.email, made.is_staff, made.is_superuser) == ("kam@example.com", True, True)
    assert not made.has_usable_password()
    with pytest.raises(EmailTakenError):
        create_user(system_actor(), email="kam@EXAMPLE.com", full_name="K")
    assert CustomUser.objects.count() == 1


def test_events_carry_no_names():
    create_organization(
        system_actor(), kind=OrganizationKind.AGENCY, name="Тайна", owner=UserFactory()
    )
    assert "Тайна" not in str(list(Event.objects.values_list("data", flat=True)))
    assert Organization.objects.count() == 1
