"""A client is invited to hold their subscriptions themselves, and takes them over.

They are linked by the invitation alone, never because a phone is the same (DOMAIN.md). The link's
secret is made when the letter is written, by a job: no queue, log or table holds it.
"""

import secrets
from datetime import timedelta

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from core import clock
from core.actor import Actor, system_actor
from core.choices import OrganizationKind, PartyRole, Role
from core.errors import Conflict, DomainError, Forbidden, NotVisible
from core.events import Draft, emit, emit_many
from subscriptions.choices import SubscriptionState
from subscriptions.models import Client, ClientInvitation, ConnectionRequest, Subscription
from subscriptions.request_workflow import OPEN_STATES
from subscriptions.selectors.clients.invitations import clients_meant
from subscriptions.services.clients.portfolio import check_change, standing_client
from users.services.invitations import digest_of

VALID_FOR = timedelta(days=14)
# A button pressed in impatience sends no second letter; nor is the portal a way to pester people.
RESENT_AFTER = timedelta(minutes=5)
INVITED_A_DAY = 300
HOLDING_KINDS = frozenset({OrganizationKind.PERSON, OrganizationKind.COMPANY})


def new_secret() -> tuple[str, str]:
    """The secret of a link, and its digest, which is all that is stored."""
    secret = secrets.token_urlsafe(32)
    return secret, digest_of(secret)


def invite_client(actor: Actor, client: Client, *, email: str) -> ClientInvitation:
    """Invites a client by e-mail; a job writes the letter.

    One invitation is open at a time. Raises Forbidden, Conflict (one is open), DomainError with
    field `email`.
    """
    check_change(actor, client)
    email = email.strip()
    try:
        validate_email(email)
    except ValidationError as error:
        raise DomainError(_("Write an e-mail address."), field="email") from error
    now = clock.now()
    day = ClientInvitation.objects.visible_to(actor).filter(created_at__gt=now - timedelta(days=1))
    if day.count() >= INVITED_A_DAY:
        raise DomainError(_("Too many invitations today: go on tomorrow."), field="email")
    with transaction.atomic():
        row = standing_client(client)
        _free_expired(row)
        try:
            with transaction.atomic():
                invitation = ClientInvitation.objects.create(
                    owner_id=row.owner_id,
                    client=row,
                    email=email,
                    # Nobody knows this one: the letter's takes its place.
                    token_digest=new_secret()[1],
                    open_key=str(row.pk),
                    created_by=actor.user,
                    created_at=now,
                    expires_at=now + VALID_FOR,
                )
        except IntegrityError as error:
            raise Conflict(
                _("This client is invited already. Send the letter again, or withdraw it first."),
                field="email",
            ) from error
        emit(actor, "client.invited", row, {PartyRole.OWNER: row.owner})
        _write_letter(invitation)
    return invitation


def resend_invitation(actor: Actor, invitation: ClientInvitation) -> ClientInvitation:
    """Sends the letter once more, with a new link that is valid anew; the old one works no more.

    Raises Forbidden, Conflict (used or withdrawn), DomainError when it was sent a moment ago.
    """
    with transaction.atomic():
        row = _own(actor, invitation)
        if row.accepted_at is not None or row.revoked_at is not None:
            raise Conflict(_("This invitation is used or withdrawn. Invite the client anew."))
        now = clock.now()
        if row.sent_at is not None and now - row.sent_at < RESENT_AFTER:
            raise DomainError(_("The letter has just been sent. Wait a few minutes."))
        row.expires_at = now + VALID_FOR
        _keep_open(row)
        _write_letter(row)
    return row


def revoke_invitation(actor: Actor, invitation: ClientInvitation) -> None:
    """Withdraws an open invitation: its link works no more. Raises Forbidden, Conflict (used)."""
    with transaction.atomic():
        row = _own(actor, invitation)
        if row.accepted_at is not None:
            raise Conflict(_("The client has taken this invitation already."))
        if row.revoked_at is not None:
            return
        row.revoked_at, row.open_key = clock.now(), None
        row.save(update_fields=["revoked_at", "open_key"])
        emit(actor, "client.invitation_revoked", row.client, {PartyRole.OWNER: row.owner})


def renew_secret(pk: int) -> tuple[ClientInvitation, str] | None:
    """For the letter: an open invitation with a new secret; None when there is nothing to send."""
    with transaction.atomic():
        rows = ClientInvitation.objects.select_for_update()
        row = rows.filter(pk=pk, accepted_at=None).first()
        if row is None or row.revoked_at is not None or row.expires_at <= clock.now():
            return None
        secret, row.token_digest = new_secret()
        row.sent_at = clock.now()
        row.save(update_fields=["token_digest", "sent_at"])
    return row, secret


def claim_subscriptions(actor: Actor, secret: str) -> list[Subscription]:
    """Makes the actor's organization the holder of what the invitation is about; returns that.

    All subscriptions in force of that client that nobody holds, and whatever comes of requests in
    work. Of several who open the link at once one wins. Raises NotVisible (no such link), Forbidden
    (not a person's or company's own manager), Conflict or DomainError (used, withdrawn, expired).
    """
    _check_holder(actor)
    with transaction.atomic():
        invitation = (
            ClientInvitation.objects.select_for_update()
            .filter(token_digest=digest_of(secret))
            .first()
        )
        if invitation is None:
            raise NotVisible(_("There is no such invitation."))
        check_open(invitation)
        if invitation.owner.is_sandbox != actor.organization.is_sandbox:
            raise DomainError(_("A trial organization cannot take over real subscriptions."))
        taken = _hand_over(clients_meant(invitation), invitation.owner_id, actor)
        invitation.accepted_at, invitation.holder = clock.now(), actor.organization
        invitation.open_key = None
        invitation.save(update_fields=["accepted_at", "holder", "open_key"])
        _tell_of_claim(actor, invitation, taken)
    return taken


def check_open(invitation: ClientInvitation) -> None:
    """Raises Conflict or DomainError, in words, for an invitation that can be taken no more."""
    if invitation.accepted_at is not None:
        raise Conflict(_("This invitation has been used already."))
    if invitation.revoked_at is not None:
        raise Conflict(_("This invitation was withdrawn."))
    if invitation.expires_at <= clock.now():
        raise DomainError(_("This invitation has expired."))


def _check_holder(actor: Actor) -> None:
    if actor.kind not in HOLDING_KINDS:
        raise Forbidden(_("Subscriptions are taken over by a private person or a company."))
    if not actor.has_role(Role.MANAGER):
        raise Forbidden(_("Only a manager or an owner of your organization can do this."))


def _hand_over(clients: list[int], owner_id: int, actor: Actor) -> list[Subscription]:
    """Requests first: one that is being connected at this moment brings its holder along."""
    in_work = ConnectionRequest.objects.select_for_update().filter(
        client__in=clients, owner_id=owner_id, holder=None, state__in=OPEN_STATES
    )
    pks = list(in_work.order_by("pk").values_list("pk", flat=True))
    ConnectionRequest.objects.filter(pk__in=pks).update(holder=actor.organization)
    rows = Subscription.objects.select_for_update().filter(
        client__in=clients, owner_id=owner_id, holder=None
    )
    taken = list(rows.exclude(state=SubscriptionState.ENDED).order_by("pk"))
    Subscription.objects.filter(pk__in=[row.pk for row in taken]).update(holder=actor.organization)
    return taken


def _tell_of_claim(actor: Actor, invitation: ClientInvitation, taken: list[Subscription]) -> None:
    owner, holder = invitation.owner, actor.organization
    count = {"subscriptions": len(taken)}
    emit(actor, "client.claimed", invitation.client, {PartyRole.OWNER: owner}, count)
    # By the portal: so the new holder's people, and whoever acted, have it in writing.
    told = {PartyRole.HOLDER: holder}
    emit(system_actor(), "subscriptions.received", invitation, told, count)
    parties = {PartyRole.OWNER: owner, PartyRole.HOLDER: holder}
    emit_many(
        actor,
        [Draft("subscription.handed_over", row, parties, {"number": row.number}) for row in taken],
    )


def _own(actor: Actor, invitation: ClientInvitation) -> ClientInvitation:
    if invitation.owner_id != actor.organization_id:
        raise NotVisible(_("There is no such invitation."))
    check_change(actor, invitation.client)
    return ClientInvitation.objects.select_for_update().get(pk=invitation.pk)


def _keep_open(row: ClientInvitation) -> None:
    """Saves an invitation as the client's open one; Conflict when a newer one is."""
    row.open_key = str(row.client_id)
    try:
        with transaction.atomic():
            row.save(update_fields=["expires_at", "open_key"])
    except IntegrityError as error:
        raise Conflict(_("A newer invitation of this client is open: send that one.")) from error


def _free_expired(client: Client) -> None:
    """An expired invitation does not stand in the way of the next."""
    ClientInvitation.objects.filter(open_key=str(client.pk), expires_at__lte=clock.now()).update(
        open_key=None
    )


def _write_letter(invitation: ClientInvitation) -> None:
    from subscriptions.jobs import send_client_invitation

    send_client_invitation.enqueue(invitation.pk)
