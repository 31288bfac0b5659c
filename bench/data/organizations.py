"""Agencies and providers, each with one member."""

from collections.abc import Iterator

from bench.data.common import NOW, insert
from bench.shape import Shape
from core.choices import OrganizationKind, Role
from core.models import Pulse
from users.models import CustomUser, Membership, Organization


def make_organizations(shape: Shape) -> None:
    def rows() -> Iterator[Organization]:
        for kind, count, word in (
            (OrganizationKind.AGENCY, shape.agencies, "agency"),
            (OrganizationKind.PROVIDER, shape.providers, "provider"),
        ):
            for number in range(1, count + 1):
                yield Organization(
                    kind=kind, name=f"Bench {word} {number}", created_at=NOW, verified_at=NOW
                )

    insert(Organization, rows())
    organizations = list(Organization.objects.order_by("pk"))
    insert(Pulse, (Pulse(organization=organization) for organization in organizations))
    insert(
        CustomUser,
        (
            CustomUser(
                email=f"bench{organization.pk}@estconnect.example",
                full_name=f"Bench {organization.pk}",
                password="!",  # noqa: S106
            )
            for organization in organizations
        ),
    )
    users = list(CustomUser.objects.order_by("pk"))
    insert(
        Membership,
        (
            Membership(user=user, organization=organization, role=Role.MANAGER, created_at=NOW)
            for user, organization in zip(users, organizations, strict=True)
        ),
    )


def agencies() -> list[Organization]:
    return list(Organization.objects.filter(kind=OrganizationKind.AGENCY).order_by("pk"))


def providers() -> list[Organization]:
    return list(Organization.objects.filter(kind=OrganizationKind.PROVIDER).order_by("pk"))
