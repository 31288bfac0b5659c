"""People: registered by themselves or made by staff, and what they set about themselves."""

from allauth.account.models import EmailAddress
from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from core import clock
from core.actor import Actor
from core.choices import OrganizationKind, Role, StaffScope
from core.errors import DomainError
from users.choices import CONSENT_VERSIONS, ConsentDocument
from users.models import Consent, CustomUser, Membership, Organization
from users.models.user import normalize_email
from users.services.organizations import require_administrator, save_new_organization


class EmailTakenError(DomainError):
    """The address has an account. For the mail to its owner, never for the answer to a visitor."""


def register_agency(
    *,
    organization_name: str,
    full_name: str,
    email: str,
    password: str,
    phone: str = "",
    language: str = settings.LANGUAGE_CODE,
) -> CustomUser:
    """A person, their agency, ownership and consent, all or nothing; the address unconfirmed.

    The person consents to the version in force of the document on personal data. Raises
    EmailTakenError, also when two come at once.
    """
    try:
        with transaction.atomic():
            user = CustomUser.objects.create_user(
                email,
                password,
                full_name=full_name.strip(),
                language=language,
                date_joined=clock.now(),
            )
            EmailAddress.objects.create(user=user, email=user.email, primary=True, verified=False)
            _give_consent(user)
            organization = Organization(
                kind=OrganizationKind.AGENCY,
                name=organization_name.strip(),
                phone=phone,
                email=user.email,
                created_at=clock.now(),
            )
            owner = Actor(user, organization, Role.OWNER)
            save_new_organization(owner, organization, owner=user)
    except IntegrityError as error:
        if CustomUser.objects.filter(email=normalize_email(email)).exists():
            raise EmailTakenError(_("This address is already in use."), field="email") from error
        raise
    return user


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
    return user


def change_profile(actor: Actor, *, full_name: str, time_zone: str, language: str) -> CustomUser:
    """Sets what a person says about themselves. `time_zone` may be "": that of the organization."""
    user = CustomUser.objects.get(pk=actor.user.pk)
    user.full_name = full_name.strip()
    user.time_zone = time_zone
    user.language = language
    user.save(update_fields=["full_name", "time_zone", "language"])
    return user


def remember_organization(actor: Actor) -> None:
    """Notes that the actor's organization was used last: the next sign-in opens with it."""
    Membership.objects.filter(user=actor.user, organization=actor.organization).update(
        used_at=clock.now()
    )


def _give_consent(user: CustomUser) -> None:
    document = ConsentDocument.PERSONAL_DATA
    Consent.objects.create(
        user=user, document=document, version=CONSENT_VERSIONS[document], given_at=clock.now()
    )
