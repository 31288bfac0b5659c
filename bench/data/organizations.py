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
    add_members(list(Organization.objects.order_by("pk")))


def add_members(organizations: list[Organization]) -> None:
    """One MANAGER for each, and what the portal keeps of every organization."""
    insert(Pulse, (Pulse(organization=organization) for organization in organizations))
    emails = {f"bench{row.pk}@estconnect.example": row for row in organizations}
    insert(
        CustomUser,
        (
            CustomUser(email=email, full_name=f"Bench {row.pk}", password="!")  # noqa: S106
            for email, row in emails.items()
        ),
    )
    users = CustomUser.objects.filter(email__in=list(emails)).order_by("pk")
    insert(
        Membership,
        (
            Membership(
                user=user,
                organization=emails[user.email],
                role=Role.MANAGER,
                created_at=NOW,
            )
            for user in users
        ),
    )


def agencies() -> list[Organization]:
    return list(Organization.objects.filter(kind=OrganizationKind.AGENCY).order_by("pk"))


def providers() -> list[Organization]:
    return list(Organization.objects.filter(kind=OrganizationKind.PROVIDER).order_by("pk"))


def companies() -> list[Organization]:
    return list(Organization.objects.filter(kind=OrganizationKind.COMPANY).order_by("pk"))
