"""People and organizations for tests."""

from datetime import timedelta
from importlib import import_module

import factory
from django.apps import apps
from django.contrib.auth.models import Group
from django.utils import timezone

from core.actor import Actor
from core.choices import OrganizationKind, Role, StaffScope
from core.models import Pulse
from users.models import CustomUser, Invitation, Membership, Organization, Team
from users.services.invitations import digest_of
from users.staff_groups import follow_scope

PASSWORD = "correct-horse-battery"


class UserFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = CustomUser
        skip_postgeneration_save = True

    email = factory.Sequence(lambda n: f"user{n}@example.com")
    full_name = factory.Sequence(lambda n: f"User {n}")

    @factory.post_generation
    def confirmed(self, create, extracted, **kwargs):
        """Every user can sign in unless a test says `confirmed=False`."""
        from allauth.account.models import EmailAddress

        EmailAddress.objects.create(
            user=self, email=self.email, primary=True, verified=extracted is not False
        )


class OrganizationFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Organization
        skip_postgeneration_save = True

    kind = OrganizationKind.AGENCY
    name = factory.Sequence(lambda n: f"Organization {n}")
    created_at = factory.LazyFunction(timezone.now)
    verified_at = factory.LazyFunction(timezone.now)

    @factory.post_generation
    def pulse_row(self, create, extracted, **kwargs):
        Pulse.objects.get_or_create(organization=self)


class MembershipFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Membership

    user = factory.SubFactory(UserFactory)
    organization = factory.SubFactory(OrganizationFactory)
    role = Role.MANAGER
    created_at = factory.LazyFunction(timezone.now)


def make_actor(
    kind: OrganizationKind = OrganizationKind.AGENCY,
    role: Role = Role.MANAGER,
    organization: Organization | None = None,
) -> Actor:
    """A member of a new organization (or of the given one), as an Actor."""
    membership = MembershipFactory(
        organization=organization or OrganizationFactory(kind=kind), role=role
    )
    return Actor(membership.user, membership.organization, Role(membership.role))


def make_staff(scope: StaffScope = StaffScope.ADMIN, organization=None) -> Actor:
    user = UserFactory(is_staff=True, is_superuser=scope == StaffScope.ADMIN, staff_scope=scope)
    if not Group.objects.exists():
        # Made by a migration; a test that empties the tables took them along.
        import_module("users.migrations.0003_groups").make_groups(apps)
    follow_scope(user)
    return Actor(user, organization, staff=scope)


class TeamFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Team

    organization = factory.SubFactory(OrganizationFactory)
    name = factory.Sequence(lambda n: f"Team {n}")
    created_at = factory.LazyFunction(timezone.now)


class InvitationFactory(factory.django.DjangoModelFactory):
    """An open invitation whose link ends in `secret`; sent an hour ago."""

    class Meta:
        model = Invitation
        exclude = ("secret",)

    secret = factory.Sequence(lambda n: f"secret-{n}")
    organization = factory.SubFactory(OrganizationFactory)
    email = factory.Sequence(lambda n: f"invited{n}@example.com")
    role = Role.MEMBER
    token_digest = factory.LazyAttribute(lambda row: digest_of(row.secret))
    open_key = factory.LazyAttribute(lambda row: f"{row.organization.pk}:{row.email}")
    created_at = factory.LazyFunction(timezone.now)
    sent_at = factory.LazyFunction(lambda: timezone.now() - timedelta(hours=1))
    sent_count = 1
    expires_at = factory.LazyFunction(lambda: timezone.now() + timedelta(days=7))
