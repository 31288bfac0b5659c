"""Organizations: made, verified, looked after."""

from django.db import transaction
from django.utils.translation import gettext as _

from core import clock
from core.actor import Actor
from core.choices import OrganizationKind, PartyRole, Role, StaffScope
from core.errors import DomainError, Forbidden
from core.events import emit
from core.models import Pulse
from users.models import AccountManagement, CustomUser, Membership, Organization


def create_organization(
    actor: Actor,
    *,
    kind: OrganizationKind,
    name: str,
    owner: CustomUser | None = None,
    verified: bool = False,
    **details: object,
) -> Organization:
    """A new organization, with `owner` as its first member where one is given.

    For administrators and the system. `details` are other fields of `Organization` (inn, phone,
    time_zone, is_claimed, is_sandbox …). Raises Forbidden.
    """
    require_administrator(actor)
    now = clock.now()
    with transaction.atomic():
        organization = Organization(kind=kind, name=name.strip(), created_at=now, **details)
        organization.verified_at = now if verified else None
        save_new_organization(actor, organization, owner)
    return organization


def save_new_organization(
    actor: Actor, organization: Organization, owner: CustomUser | None
) -> None:
    """Saves a row with all that an organization needs from its first day; within a transaction."""
    organization.save(force_insert=True)
    Pulse.objects.create(organization=organization)
    if owner is not None:
        Membership.objects.create(
            user=owner, organization=organization, role=Role.OWNER, created_at=clock.now()
        )
    emit(
        actor,
        "organization.registered",
        organization,
        {PartyRole.OWNER: organization},
        {"kind": str(organization.kind)},
    )


def verify_organization(actor: Actor, organization: Organization) -> Organization:
    """Lets a provider or builder receive data and publish (DOMAIN.md, Verification); once.

    Raises Forbidden for all but administrators and the system.
    """
    require_administrator(actor)
    with transaction.atomic():
        row = Organization.objects.select_for_update().get(pk=organization.pk)
        if row.verified_at is None:
            row.verified_at = clock.now()
            row.save(update_fields=["verified_at"])
            emit(actor, "organization.verified", row, {PartyRole.OWNER: row})
    return row


def assign_account_manager(
    actor: Actor, organization: Organization, user: CustomUser
) -> AccountManagement:
    """Puts an organization in the charge of an account manager; asking twice changes nothing.

    Raises Forbidden for all but administrators and the system, DomainError for a person who is not
    an account manager.
    """
    require_administrator(actor)
    if user.scope != StaffScope.ACCOUNT_MANAGER or not user.is_active:
        raise DomainError(_("Choose a person who works as an account manager."), field="user")
    with transaction.atomic():
        # The lock makes two administrators wait for each other instead of meeting the constraint.
        Organization.objects.select_for_update().get(pk=organization.pk)
        assigned, is_new = AccountManagement.objects.get_or_create(
            user=user, organization=organization, defaults={"created_at": clock.now()}
        )
        if is_new:
            parties = {PartyRole.OWNER: organization}
            emit(actor, "account_manager.assigned", assigned, parties)
    return assigned


def dismiss_account_manager(actor: Actor, assigned: AccountManagement) -> None:
    """Takes an organization out of an account manager's charge, from the next request on."""
    require_administrator(actor)
    with transaction.atomic():
        parties = {PartyRole.OWNER: assigned.organization}
        emit(actor, "account_manager.dismissed", assigned, parties)
        assigned.delete()


def require_administrator(actor: Actor) -> None:
    """Raises Forbidden for all but administrators and the system."""
    if not (actor.system or actor.is_admin):
        raise Forbidden(_("Only an administrator of the portal can do this."))
