"""For which organization a signed-in person acts, and with what right."""

from datetime import UTC, datetime

from django.utils.translation import gettext as _

from core.actor import Actor
from core.choices import Role, StaffScope, Via
from core.errors import Forbidden
from core.models import Operation
from users.models import CustomUser, Membership, Organization
from users.selectors.support_access import leave_for

# The session's key of the organization chosen in the switcher: its public id, or NONE.
CHOSEN = "organization"
# Chosen by staff who act for no organization.
NONE = "-"
# The session's key of the leave by which staff act: its public id.
ACCESS = "support_access"

_NEVER = datetime.min.replace(tzinfo=UTC)


def actor_for(user: CustomUser, chosen: str = "", via: Via = Via.WEB, access: str = "") -> Actor:
    """The actor that `user` is, with the organization `chosen` (a public id, NONE or "").

    A choice the person has no right to, any more or ever, counts as none: members then act for the
    organization they used last. Staff act for an organization in their charge as `via=STAFF`; by
    the leave `access` (a public id) as a member of the organization that gave it.
    """
    scope = user.scope
    guest = leave_for(user, access) if access and scope is not None else None
    if guest is not None:
        return Actor(user, guest.organization, guest.role, Via.STAFF, leave=guest.access)
    for membership in user.open_memberships:
        if membership.organization.public_id == chosen:
            return _as_member(user, membership, via)
    if scope is not None:
        organization = in_charge(user, scope, chosen)
        if organization is not None or chosen == NONE or not user.open_memberships:
            return Actor(user, organization, None, Via.STAFF, scope)
    if user.open_memberships:
        last = max(user.open_memberships, key=lambda row: row.used_at or _NEVER)
        return _as_member(user, last, via)
    return Actor(user=user, via=via)


def starter_of(work: Operation, via: Via) -> Actor:
    """Who started long work, with the rights they have now: what was taken away is gone.

    Raises Forbidden for who no longer acts for the organization it was started for.
    """
    chosen = work.organization.public_id if work.organization else NONE
    actor = actor_for(work.user, chosen, via)
    if not work.user.is_active or actor.organization_id != work.organization_id:
        raise Forbidden(_("You no longer belong to this organization."))
    return actor


def in_charge(user: CustomUser, scope: StaffScope, public_id: str) -> Organization | None:
    """The organization that a staff member may act for: any for administrators, else assigned."""
    if not public_id or public_id == NONE:
        return None
    return (
        Organization.objects.in_charge_of(user, scope)
        .filter(public_id=public_id, is_active=True)
        .select_related("pulse")
        .first()
    )


def _as_member(user: CustomUser, membership: Membership, via: Via) -> Actor:
    return Actor(
        user,
        membership.organization,
        Role(membership.role),
        via,
        user.scope,
        team_id=membership.team_id,
    )
