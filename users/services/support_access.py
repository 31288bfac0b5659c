"""Letting staff into an organization's cabinet: given, used, taken back; nobody enters without."""

from datetime import timedelta

import structlog
from django.db import transaction
from django.utils.translation import gettext as _

from core import clock
from core.actor import Actor
from core.choices import PartyRole, Role, Via
from core.errors import DomainError, Forbidden, NotVisible
from core.events import emit
from users.models import Organization, SupportAccess
from users.selectors.support_access import in_force, leave_for, leaves_of

LONGEST = timedelta(days=7)

logger = structlog.get_logger(__name__)


def grant_access(actor: Actor, *, lasts: timedelta, reason: str) -> SupportAccess:
    """Lets staff act in the actor's organization for so long, at most seven days.

    For managers and owners of it, and for nobody of the staff. Raises Forbidden, DomainError while
    a leave is in force already.
    """
    _require_manager(actor)
    if not timedelta() < lasts <= LONGEST:
        raise DomainError(_("Staff are let in for seven days at most."), field="lasts")
    now = clock.now()
    with transaction.atomic():
        # A form sent twice: the second waits here, and sees what the first did.
        Organization.objects.select_for_update().get(pk=actor.organization.pk)
        if in_force(now).filter(organization=actor.organization).exists():
            raise DomainError(_("Staff are let in already. End that leave first."), field="lasts")
        access = SupportAccess.objects.create(
            organization=actor.organization,
            granted_by=actor.user,
            reason=reason.strip(),
            granted_at=now,
            expires_at=now + lasts,
        )
        _tell(actor, "support.let_in", access)
    return access


def revoke_access(actor: Actor, public_id: str) -> SupportAccess:
    """Ends a leave: staff who act by it are out at their next request. Twice changes nothing.

    Raises Forbidden, NotVisible for a leave of another organization.
    """
    _require_manager(actor)
    with transaction.atomic():
        access = leaves_of(actor).select_for_update().filter(public_id=public_id).first()
        if access is None:
            raise NotVisible(_("There is no such leave."))
        now = clock.now()
        if access.revoked_at is None and access.expires_at > now:
            access.revoked_at = now
            access.save(update_fields=["revoked_at"])
            _tell(actor, "support.shut_out", access)
    return access


def enter(actor: Actor, public_id: str) -> Actor:
    """The actor that a staff member becomes by a leave in force, with its start written down.

    Raises Forbidden when they act by a leave already, NotVisible for a leave that is not in force
    or not for them.
    """
    if actor.leave is not None:
        raise Forbidden(_("Leave the organization you are in first."))
    guest = leave_for(actor.user, public_id)
    if guest is None:
        raise NotVisible(_("The organization does not let you in, or not any more."))
    acting = Actor(actor.user, guest.organization, guest.role, Via.STAFF, leave=guest.access)
    with transaction.atomic():
        _tell(acting, "support.entered", guest.access)
    logger.info("support_entered", access=public_id, organization_id=guest.organization.pk)
    return acting


def leave(actor: Actor) -> None:
    """Ends what `enter` began. Raises Forbidden for who acts by no leave."""
    if actor.leave is None:
        raise Forbidden(_("You act for no organization by its leave."))
    with transaction.atomic():
        _tell(actor, "support.left", actor.leave)
    logger.info("support_left", access=actor.leave.public_id)


def _require_manager(actor: Actor) -> None:
    # A role alone does not do: staff have one too while they act by a leave.
    is_member = actor.leave is None and actor.organization is not None and actor.user is not None
    if not (is_member and actor.has_role(Role.MANAGER)):
        raise Forbidden(_("Only managers and owners of the organization can do this."))


def _tell(actor: Actor, kind: str, access: SupportAccess) -> None:
    emit(actor, kind, access, {PartyRole.OWNER: access.organization})
