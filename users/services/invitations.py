"""Asking people by mail to join an organization, and their answer.

What the inviter is told never depends on whether the address has an account: the letter is the
same, and the account is looked for when the letter's link is opened.
"""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext as _

from core import clock
from core.actor import Actor
from core.choices import OrganizationKind, PartyRole, Role
from core.errors import Conflict, DomainError, Forbidden
from core.events import emit
from core.jobs import enqueue_once
from users.models import CustomUser, Invitation, Membership, Organization, Team
from users.models.user import normalize_email
from users.services.members import give_role, join, lock_for_owner, require_owner

LIFETIME = timedelta(days=7)
# Letters to one address, and new addresses of one organization a day: nobody floods strangers.
LETTERS_AT_MOST = 5
RESEND_AFTER = timedelta(minutes=5)
A_DAY = 50


class InvitationState(Enum):
    OPEN = "open"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    REVOKED = "revoked"
    EXPIRED = "expired"


@dataclass(frozen=True, slots=True)
class Accepted:
    """`is_new`: the person has become a member by this; False where they were one already."""

    membership: Membership
    is_new: bool


def state_of(invitation: Invitation) -> InvitationState:
    if invitation.accepted_at:
        return InvitationState.ACCEPTED
    if invitation.declined_at:
        return InvitationState.DECLINED
    if invitation.revoked_at or not invitation.organization.is_active:
        return InvitationState.REVOKED
    if invitation.expires_at <= clock.now():
        return InvitationState.EXPIRED
    return InvitationState.OPEN


def invite(actor: Actor, *, email: str, role: Role, team: Team | None = None) -> Invitation:
    """Asks an address to join the actor's organization; a job writes the letter.

    Raises Forbidden for others than owners, DomainError with `field` for an address that is asked
    or a member already, for a team of another organization, and past A_DAY.
    """
    organization = actor.organization
    if organization is None or organization.kind == OrganizationKind.PERSON:
        raise Forbidden(_("Nobody can be invited here."))
    require_owner(actor, organization)
    address = _clean(email)
    if team is not None and team.organization_id != organization.pk:
        raise DomainError(_("Choose a team of your organization."), field="team")
    now = clock.now()
    with transaction.atomic():
        lock_for_owner(actor, organization)
        _refuse_member(organization, address)
        _refuse_flood(organization, now)
        key = f"{organization.pk}:{address}"
        before = Invitation.objects.filter(open_key=key).first()
        if before is not None:
            if before.expires_at > now:
                raise DomainError(
                    _("This address is invited already: send the letter again from the list."),
                    field="email",
                )
            before.open_key = None
            before.save(update_fields=["open_key"])
        invitation = Invitation.objects.create(
            organization=organization,
            email=address,
            role=role,
            team=team,
            # No secret has this digest: the first is made when the letter is written.
            token_digest=digest_of(secrets.token_urlsafe(32)),
            open_key=key,
            invited_by=actor.user,
            created_at=now,
            expires_at=now + LIFETIME,
        )
        _tell(actor, "invitation.sent", invitation, role=True)
        _send(invitation)
    return invitation


def resend_invitation(actor: Actor, invitation: Invitation) -> Invitation:
    """Sends another letter, with a new link and a new term; the old link opens nothing any more.

    Raises Forbidden, Conflict where it has been answered or revoked, DomainError when it was sent
    just now or LETTERS_AT_MOST times.
    """
    require_owner(actor, invitation.organization)
    now = clock.now()
    with transaction.atomic():
        lock_for_owner(actor, invitation.organization)
        row = _unanswered(invitation)
        if row.sent_count >= LETTERS_AT_MOST:
            raise DomainError(
                _("So many letters are enough: ask the person to look among the unwanted mail.")
            )
        if row.sent_at is None or row.sent_at > now - RESEND_AFTER:
            raise DomainError(_("The letter was sent just now. Try again in some minutes."))
        row.expires_at = now + LIFETIME
        row.save(update_fields=["expires_at"])
        _tell(actor, "invitation.sent", row, role=True)
        _send(row)
    return row


def revoke_invitation(actor: Actor, invitation: Invitation) -> None:
    """The link opens nothing any more; once more changes nothing. Raises Forbidden, Conflict."""
    require_owner(actor, invitation.organization)
    with transaction.atomic():
        lock_for_owner(actor, invitation.organization)
        row = Invitation.objects.select_for_update().get(pk=invitation.pk)
        if row.revoked_at is not None:
            return
        row = _unanswered(invitation)
        row.revoked_at, row.open_key = clock.now(), None
        row.save(update_fields=["revoked_at", "open_key"])
        _tell(actor, "invitation.revoked", row)


def make_secret(invitation_id: int) -> tuple[Invitation, str] | None:
    """A new secret for the letter that is about to be sent; None where it has become pointless."""
    secret = secrets.token_urlsafe(32)
    open_now = Invitation.objects.filter(
        pk=invitation_id, open_key__isnull=False, expires_at__gt=clock.now()
    )
    made = open_now.filter(sent_count__lt=LETTERS_AT_MOST, organization__is_active=True).update(
        token_digest=digest_of(secret), sent_at=clock.now(), sent_count=F("sent_count") + 1
    )
    if not made:
        return None
    row = Invitation.objects.select_related("organization", "invited_by").get(pk=invitation_id)
    return row, secret


def invitation_by(secret: str) -> Invitation | None:
    """The invitation that a link leads to, whatever its state; None for an old or forged link."""
    rows = Invitation.objects.select_related("organization", "invited_by", "team")
    return rows.filter(token_digest=digest_of(secret)).first()


def accept_invitation(user: CustomUser, secret: str) -> Accepted:
    """Makes the invited person a member; the same person once more changes nothing.

    A member already keeps the higher of the two roles. Raises Forbidden for a person of another
    address, Conflict when the invitation is not open any more.
    """
    invitation = _answered_by(user, secret)
    organization = invitation.organization
    with transaction.atomic():
        Organization.objects.select_for_update().get(pk=organization.pk)
        row = Invitation.objects.select_for_update().get(pk=invitation.pk)
        present = Membership.objects.filter(
            user=user, organization=organization, is_active=True
        ).first()
        if row.accepted_by_id == user.pk and present is not None:
            return Accepted(present, is_new=False)
        _require_open(row)
        actor = Actor(user, organization, Role(row.role))
        membership = present or join(actor, organization, user, Role(row.role), row.team)
        if present is not None and Role(row.role).rank > Role(present.role).rank:
            give_role(actor, present, Role(row.role))
        row.accepted_at, row.accepted_by, row.open_key = clock.now(), user, None
        row.save(update_fields=["accepted_at", "accepted_by", "open_key"])
        _tell(actor, "invitation.accepted", row, role=True)
    return Accepted(membership, is_new=present is None)


def decline_invitation(user: CustomUser, secret: str) -> Invitation:
    """Says no; once more changes nothing. Raises Forbidden, Conflict as `accept_invitation`."""
    invitation = _answered_by(user, secret)
    with transaction.atomic():
        # The organization first, as everywhere: the event refers to it.
        Organization.objects.select_for_update().get(pk=invitation.organization_id)
        row = Invitation.objects.select_for_update().get(pk=invitation.pk)
        if row.declined_at is not None:
            return row
        _require_open(row)
        row.declined_at, row.open_key = clock.now(), None
        row.save(update_fields=["declined_at", "open_key"])
        _tell(Actor(user), "invitation.declined", row)
    return row


def digest_of(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


def _answered_by(user: CustomUser, secret: str) -> Invitation:
    invitation = invitation_by(secret)
    if invitation is None:
        raise Conflict(_("This link is not valid any more."))
    if user.email != invitation.email:
        raise Forbidden(_("This invitation was sent to another address."))
    return invitation


def _require_open(invitation: Invitation) -> None:
    if state_of(invitation) != InvitationState.OPEN:
        raise Conflict(_("This invitation is not open any more."))


def _unanswered(invitation: Invitation) -> Invitation:
    """The row as it is now, open or expired."""
    row = Invitation.objects.select_for_update().get(pk=invitation.pk)
    if row.open_key is None:
        raise Conflict(_("This invitation has been answered or revoked in the meantime."))
    return row


def _clean(email: str) -> str:
    address = normalize_email(email)
    try:
        validate_email(address)
    except ValidationError as error:
        raise DomainError(_("Write an e-mail address."), field="email") from error
    return address


def _refuse_member(organization: Organization, address: str) -> None:
    """The inviter sees the members with their addresses: this tells nothing new."""
    members = organization.memberships.filter(is_active=True, user__email=address)
    if members.exists():
        raise DomainError(_("This person is a member already."), field="email")


def _refuse_flood(organization: Organization, now: datetime) -> None:
    today = organization.invitations.filter(created_at__gt=now - timedelta(days=1))
    if today.count() >= A_DAY:
        raise DomainError(_("So many invitations are enough for a day. Go on tomorrow."))


def _send(invitation: Invitation) -> None:
    from users.jobs import send_invitation

    enqueue_once(send_invitation, str(invitation.pk), invitation.pk)


def _tell(actor: Actor, kind: str, invitation: Invitation, *, role: bool = False) -> None:
    data = {"role": str(invitation.role)} if role else {}
    emit(actor, kind, invitation, {PartyRole.OWNER: invitation.organization}, data)
