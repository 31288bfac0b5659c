"""People: made by staff, and what they set about themselves."""

from allauth.account.models import EmailAddress
from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from core import clock
from core.actor import Actor
from core.choices import StaffScope
from core.errors import DomainError
from users.models import CustomUser, Membership
from users.models.user import normalize_email
from users.services.organizations import require_administrator
from users.staff_groups import follow_scope


class EmailTakenError(DomainError):
    """The address has an account. For the mail to its owner, never for the answer to a visitor."""


def create_user(
    actor: Actor,
    *,
    email: str,
    full_name: str,
    password: str | None = None,
    staff_scope: StaffScope | None = None,
    language: str = settings.LANGUAGE_CODE,
) -> CustomUser:
    """A person made by an administrator or the system, who vouch for the address.

    Without `password` the person sets one by "forgot password". Raises Forbidden, EmailTakenError.
    """
    require_administrator(actor)
    with transaction.atomic():
        if CustomUser.objects.filter(email=normalize_email(email)).exists():
            raise EmailTakenError(_("This address is already in use."), field="email")
        user = CustomUser.objects.create_user(
            email,
            password,
            full_name=full_name.strip(),
            language=language,
            date_joined=clock.now(),
            is_staff=staff_scope is not None,
            is_superuser=staff_scope == StaffScope.ADMIN,
            staff_scope=staff_scope or "",
        )
        EmailAddress.objects.create(user=user, email=user.email, primary=True, verified=True)
        if user.is_staff:
            follow_scope(user)
    return user


def change_profile(
    actor: Actor, *, full_name: str, time_zone: str, language: str, theme: str
) -> CustomUser:
    """Sets what a person says about themselves. `time_zone` may be "": that of the organization."""
    user = CustomUser.objects.get(pk=actor.user.pk)
    user.full_name = full_name.strip()
    user.time_zone = time_zone
    user.language = language
    user.theme = theme
    user.save(update_fields=["full_name", "search_name", "time_zone", "language", "theme"])
    return user


def remember_organization(actor: Actor) -> None:
    """Notes that the actor's organization was used last: the next sign-in opens with it."""
    Membership.objects.filter(user=actor.user, organization=actor.organization).update(
        used_at=clock.now()
    )
