"""Who belongs to an organization, and with what role."""

from django.db import transaction
from django.utils.translation import gettext as _

from core import clock
from core.actor import Actor
from core.choices import OrganizationKind, PartyRole, Role
from core.errors import DomainError, Forbidden
from core.events import emit
from users.models import CustomUser, Membership, Organization


def add_member(
    actor: Actor, organization: Organization, user: CustomUser, role: Role
) -> Membership:
    """Makes `user` a member, or one again; a present member gets the new role.

    For the organization's owners, administrators and the system. Raises Forbidden, and DomainError
    where a rule stands against it (a private person's organization has one member; an owner stays).
    """
    _require_owner(actor, organization)
    with transaction.atomic():
        _lock(organization)
        membership = Membership.objects.filter(user=user, organization=organization).first()
        if membership is not None and membership.is_active:
            return _set_role(actor, membership, role)
        _refuse_company_of_a_person(organization)
        if membership is None:
            membership = Membership(user=user, organization=organization, created_at=clock.now())
        membership.role = role
        membership.is_active = True
        membership.save()
        _tell(actor, "membership.added", membership)
    return membership


def change_role(actor: Actor, membership: Membership, role: Role) -> Membership:
    """Gives a member another role. Raises Forbidden, DomainError for the last owner."""
    _require_owner(actor, membership.organization)
    with transaction.atomic():
        _lock(membership.organization)
        return _set_role(actor, Membership.objects.get(pk=membership.pk), role)


def remove_member(actor: Actor, membership: Membership) -> None:
    """Takes a member's right away, from the next request on; the row stays as a record.

    Members may leave by themselves. Raises Forbidden, DomainError for the last owner.
    """
    if membership.user_id != actor.user_id:
        _require_owner(actor, membership.organization)
    with transaction.atomic():
        _lock(membership.organization)
        row = Membership.objects.get(pk=membership.pk)
        if not row.is_active:
            return
        require_another_owner(row)
        row.is_active = False
        row.save(update_fields=["is_active"])
        _tell(actor, "membership.removed", row)


def require_another_owner(membership: Membership) -> None:
    """Raises DomainError when the organization would be left without an owner."""
    others = Membership.objects.filter(
        organization_id=membership.organization_id,
        role=Role.OWNER,
        is_active=True,
        user__is_active=True,
    ).exclude(pk=membership.pk)
    if membership.role == Role.OWNER and membership.is_active and not others.exists():
        raise DomainError(
            _("This is the only owner. Make somebody else an owner first."), field="role"
        )


def _set_role(actor: Actor, membership: Membership, role: Role) -> Membership:
    if membership.role == role:
        return membership
    if role != Role.OWNER:
        require_another_owner(membership)
    membership.role = role
    membership.save(update_fields=["role"])
    _tell(actor, "membership.changed", membership)
    return membership


def _lock(organization: Organization) -> None:
    """Two owners removing each other wait here; the second sees what the first did."""
    Organization.objects.select_for_update().get(pk=organization.pk)


def _refuse_company_of_a_person(organization: Organization) -> None:
    is_person = organization.kind == OrganizationKind.PERSON
    if is_person and organization.memberships.filter(is_active=True).exists():
        raise DomainError(_("A private person's account belongs to that person alone."))


def _require_owner(actor: Actor, organization: Organization) -> None:
    if actor.system or actor.is_admin:
        return
    if actor.organization_id != organization.pk or not actor.has_role(Role.OWNER):
        raise Forbidden(_("Only an owner of the organization can do this."))


def _tell(actor: Actor, kind: str, membership: Membership) -> None:
    parties = {PartyRole.OWNER: membership.organization}
    emit(actor, kind, membership, parties, {"role": str(membership.role)})
