"""Who belongs to an organization, and with what role."""

from django.db import transaction
from django.utils.translation import gettext as _

from core import clock
from core.actor import Actor
from core.choices import OrganizationKind, PartyRole, Role
from core.errors import Conflict, DomainError, Forbidden
from core.events import emit
from users.models import CustomUser, Membership, Organization, Team


def add_member(
    actor: Actor,
    organization: Organization,
    user: CustomUser,
    role: Role,
    team: Team | None = None,
) -> Membership:
    """Makes `user` a member, or one again; a present member gets the new role.

    For the organization's owners, administrators and the system. Raises Forbidden, and DomainError
    where a rule stands against it (a private person's organization has one member; an owner stays).
    """
    require_owner(actor, organization)
    with transaction.atomic():
        lock_for_owner(actor, organization)
        membership = Membership.objects.filter(user=user, organization=organization).first()
        if membership is not None and membership.is_active:
            return give_role(actor, membership, role)
        return join(actor, organization, user, role, team)


def join(
    actor: Actor, organization: Organization, user: CustomUser, role: Role, team: Team | None
) -> Membership:
    """Lets in who is no member now; the caller has checked the right and holds the lock."""
    _refuse_company_of_a_person(organization)
    membership = Membership.objects.filter(user=user, organization=organization).first()
    if membership is None:
        membership = Membership(user=user, organization=organization, created_at=clock.now())
    membership.role = role
    membership.team = team
    membership.is_active = True
    membership.save()
    _tell(actor, "membership.added", membership)
    return membership


def give_role(actor: Actor, membership: Membership, role: Role) -> Membership:
    """Sets the role; the caller has checked the right and holds the organization's lock."""
    if membership.role == role:
        return membership
    if role != Role.OWNER:
        require_another_owner(membership)
    membership.role = role
    membership.save(update_fields=["role"])
    _tell(actor, "membership.changed", membership)
    return membership


def change_role(actor: Actor, membership: Membership, role: Role) -> Membership:
    """Gives a member another role. Raises Forbidden, DomainError for the last owner."""
    require_owner(actor, membership.organization)
    with transaction.atomic():
        lock_for_owner(actor, membership.organization)
        return give_role(actor, _present(membership), role)


def change_member(
    actor: Actor, membership: Membership, *, role: Role, team: Team | None
) -> Membership:
    """Gives a member another role and team (None: no team).

    Raises Forbidden, Conflict where the member has left, DomainError with `field` for the last
    owner and for a team of another organization.
    """
    require_owner(actor, membership.organization)
    if team is not None and team.organization_id != membership.organization_id:
        raise DomainError(_("Choose a team of your organization."), field="team")
    with transaction.atomic():
        lock_for_owner(actor, membership.organization)
        row = give_role(actor, _present(membership), role)
        if row.team_id != (team.pk if team else None):
            row.team = team
            row.save(update_fields=["team"])
            _tell(actor, "membership.changed", row)
    return row


def hand_over(actor: Actor, membership: Membership) -> Membership:
    """Makes a member an owner in the actor's place; the actor stays as a manager.

    Raises Forbidden for others than owners, Conflict where the member has left, DomainError for
    handing over to oneself.
    """
    organization = membership.organization
    require_owner(actor, organization)
    if membership.user_id == actor.user_id:
        raise DomainError(_("Choose somebody else: you are an owner already."))
    with transaction.atomic():
        lock_for_owner(actor, organization)
        own = Membership.objects.filter(
            organization=organization, user=actor.user, is_active=True
        ).first()
        if own is None:
            raise Forbidden(_("Only an owner of the organization can do this."))
        made = give_role(actor, _present(membership), Role.OWNER)
        give_role(actor, own, Role.MANAGER)
    return made


def remove_member(actor: Actor, membership: Membership) -> None:
    """Takes a member's right away, from the next request on; the row stays as a record.

    Members may leave by themselves. Raises Forbidden, DomainError for the last owner.
    """
    is_leaving = membership.user_id == actor.user_id
    if not is_leaving:
        require_owner(actor, membership.organization)
    with transaction.atomic():
        if is_leaving:
            _lock(membership.organization)
        else:
            lock_for_owner(actor, membership.organization)
        row = Membership.objects.get(pk=membership.pk)
        if not row.is_active:
            return
        require_another_owner(row)
        row.is_active = False
        row.team = None
        row.save(update_fields=["is_active", "team"])
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


def may_keep_members(actor: Actor, organization: Organization) -> bool:
    """Whether the actor decides who belongs to the organization, and how."""
    if actor.system or actor.is_admin:
        return True
    return actor.organization_id == organization.pk and actor.has_role(Role.OWNER)


def require_owner(actor: Actor, organization: Organization) -> None:
    """Raises Forbidden for all but the organization's owners, administrators and the system."""
    if not may_keep_members(actor, organization):
        raise Forbidden(_("Only an owner of the organization can do this."))


def lock_for_owner(actor: Actor, organization: Organization) -> None:
    """Holds the organization until the transaction ends, for an actor who still is an owner.

    Two owners removing each other wait here; the second is none any more.
    """
    _lock(organization)
    if actor.system or actor.is_admin or actor.leave is not None:
        return
    still = Membership.objects.filter(
        organization=organization, user=actor.user, role=Role.OWNER, is_active=True
    )
    if not still.exists():
        raise Forbidden(_("Only an owner of the organization can do this."))


def _lock(organization: Organization) -> None:
    Organization.objects.select_for_update().get(pk=organization.pk)


def _present(membership: Membership) -> Membership:
    """The row as it is now."""
    row = Membership.objects.select_related("organization").get(pk=membership.pk)
    if not row.is_active:
        raise Conflict(_("This person has left the organization in the meantime."))
    return row


def _refuse_company_of_a_person(organization: Organization) -> None:
    is_person = organization.kind == OrganizationKind.PERSON
    if is_person and organization.memberships.filter(is_active=True).exists():
        raise DomainError(_("A private person's account belongs to that person alone."))


def _tell(actor: Actor, kind: str, membership: Membership) -> None:
    parties = {PartyRole.OWNER: membership.organization}
    emit(actor, kind, membership, parties, {"role": str(membership.role)})
