"""People who come in by an invitation and have no account yet."""

from allauth.account.models import EmailAddress
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from core import clock
from core.errors import Conflict
from users.choices import ConsentDocument
from users.models import CustomUser
from users.services.consents import give_consent
from users.services.invitations import (
    Accepted,
    InvitationState,
    accept_invitation,
    invitation_by,
    state_of,
)


def account_of(email: str) -> CustomUser | None:
    """The account that somebody can sign in to with this address.

    One whose address was never confirmed is none: whoever made it has not shown that it is theirs.
    """
    user = CustomUser.objects.filter(email=email).first()
    if user is None or user.email != email:
        return None
    return user if EmailAddress.objects.filter(user=user, verified=True).exists() else None


def come_in(secret: str, *, full_name: str, password: str, language: str) -> Accepted:
    """An account for the invited address, confirmed by the link, and the membership; all or none.

    An account that was begun with this address and never confirmed becomes theirs, with the new
    password: whoever began it could not sign in, and now never can. Raises Conflict where the link
    is not open any more, or the address has a confirmed account.
    """
    invitation = invitation_by(secret)
    if invitation is None or state_of(invitation) != InvitationState.OPEN:
        raise Conflict(_("This invitation is not open any more."))
    email = invitation.email
    try:
        with transaction.atomic():
            user = _account(email)
            user.full_name = " ".join(full_name.split())
            user.language = language
            user.set_password(password)
            user.save()
            EmailAddress.objects.update_or_create(
                user=user, email=email, defaults={"primary": True, "verified": True}
            )
            give_consent(user, ConsentDocument.PERSONAL_DATA)
            return accept_invitation(user, secret)
    except IntegrityError as error:
        raise Conflict(_("This address has an account now: sign in.")) from error


def _account(email: str) -> CustomUser:
    begun = CustomUser.objects.select_for_update().filter(email=email).first()
    if begun is None:
        return CustomUser(email=email, date_joined=clock.now())
    if not begun.is_active or account_of(email) is not None:
        raise Conflict(_("This address has an account now: sign in."))
    return begun
