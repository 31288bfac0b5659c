"""Registration: a person comes in by themselves, with the organization that they will act for."""

import secrets
from dataclasses import dataclass
from datetime import timedelta
from enum import Enum

import structlog
from allauth.account.models import EmailAddress
from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import ProtectedError, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import override

from core import clock
from core.actor import Actor
from core.choices import OrganizationKind, Role
from users import requisites
from users.choices import ConsentDocument
from users.models import CustomUser, Organization
from users.models.user import ERASED_DOMAIN, normalize_email
from users.services.consents import give_consent
from users.services.organizations import save_new_organization
from users.services.people import EmailTakenError

# How long an address may stay unconfirmed before the registration is forgotten.
UNCONFIRMED_FOR = timedelta(days=7)

logger = structlog.get_logger(__name__)


class Need(Enum):
    """Whether a thing is asked for."""

    REQUIRED = "required"
    OPTIONAL = "optional"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Questions:
    """What a kind of organization is asked beside the person's name, address and password."""

    organization: bool = True
    requisites: Need = Need.OPTIONAL
    sandbox: bool = False


QUESTIONS = {
    OrganizationKind.AGENCY: Questions(),
    OrganizationKind.BUILDER: Questions(requisites=Need.REQUIRED),
    OrganizationKind.PROVIDER: Questions(requisites=Need.REQUIRED),
    OrganizationKind.COMPANY: Questions(sandbox=True),
    OrganizationKind.PERSON: Questions(organization=False, requisites=Need.NONE),
}


def register(
    *,
    kind: OrganizationKind,
    full_name: str,
    email: str,
    password: str,
    organization_name: str = "",
    phone: str = "",
    inn: str = "",
    kpp: str = "",
    ogrn: str = "",
    with_sandbox: bool = False,
    language: str = settings.LANGUAGE_CODE,
) -> CustomUser:
    """A person with their organization, ownership and consent, all or nothing; unconfirmed.

    A private person's organization is called as the person. A provider that staff had entered
    (`unclaimed_provider`) is not made a second time: the person comes in alone, and claims it.
    Raises DomainError for requisites that are wrong, or missing where the kind needs them, and
    EmailTakenError, also when two come at once.
    """
    asked = QUESTIONS[kind]
    details = _requisites(asked, inn, kpp, ogrn)
    wanted = normalize_email(email)
    is_taken = CustomUser.objects.filter(email=wanted).exists()
    try:
        with transaction.atomic():
            # For a taken address the same is written under another and taken back: so that the
            # time of the answer does not tell of the account.
            written = f"{secrets.token_hex(8)}@{ERASED_DOMAIN}" if is_taken else wanted
            user = _new_person(written, password, full_name, language)
            if unclaimed_provider(kind, details.get("inn", "")) is None:
                organization = Organization(
                    kind=kind,
                    name=(organization_name if asked.organization else full_name).strip(),
                    phone=phone,
                    email=written,
                    created_at=clock.now(),
                    **details,
                )
                _found(organization, user)
                if with_sandbox and asked.sandbox:
                    _found(_sandbox_of(organization, language), user)
            if is_taken:
                raise EmailTakenError(_("This address is already in use."), field="email")
    except IntegrityError as error:
        if CustomUser.objects.filter(email=wanted).exists():
            raise EmailTakenError(_("This address is already in use."), field="email") from error
        raise
    return user


def unclaimed_provider(kind: OrganizationKind, inn: str) -> Organization | None:
    """The provider with this INN that staff had entered and nobody has claimed yet."""
    if kind != OrganizationKind.PROVIDER or not inn:
        return None
    entered = Organization.objects.filter(
        kind=kind, inn=inn, is_claimed=False, is_active=True, is_sandbox=False
    )
    return entered.order_by("pk").first()


def purge_unconfirmed() -> int:
    """Forgets the registrations whose address nobody confirmed in time; how many.

    An organization goes with its only person; one that has others or work of its own stays.
    """
    count = 0
    for pk in list(_never_confirmed().values_list("pk", flat=True)):
        try:
            with transaction.atomic():
                count += _forget(pk)
        except ProtectedError:
            logger.warning("unconfirmed_registration_kept", user_id=pk)
    return count


def _never_confirmed() -> QuerySet[CustomUser]:
    """People who came in by themselves and could never sign in."""
    confirmed = EmailAddress.objects.filter(verified=True).values("user_id")
    return CustomUser.objects.filter(
        date_joined__lt=clock.now() - UNCONFIRMED_FOR, last_login=None, is_staff=False
    ).exclude(pk__in=confirmed)


def _forget(pk: int) -> bool:
    """Removes a person and what is theirs alone, unless the address was confirmed meanwhile."""
    user = _never_confirmed().select_for_update().filter(pk=pk).first()
    if user is None:
        return False
    for organization in Organization.objects.filter(memberships__user=user):
        if not organization.memberships.exclude(user=user).exists():
            organization.delete()
    user.delete()
    return True


def _requisites(asked: Questions, inn: str, kpp: str, ogrn: str) -> dict[str, str]:
    if asked.requisites is Need.NONE:
        return {}
    numbers = {
        "inn": requisites.clean_inn(inn),
        "kpp": requisites.clean_kpp(kpp),
        "ogrn": requisites.clean_ogrn(ogrn),
    }
    requisites.require_agreement(**numbers)
    if asked.requisites is Need.REQUIRED:
        requisites.require_all(**numbers)
    return numbers


def _new_person(email: str, password: str, full_name: str, language: str) -> CustomUser:
    user = CustomUser.objects.create_user(
        email,
        password,
        full_name=full_name.strip(),
        language=language,
        date_joined=clock.now(),
    )
    EmailAddress.objects.create(user=user, email=user.email, primary=True, verified=False)
    give_consent(user, ConsentDocument.PERSONAL_DATA)
    return user


def _found(organization: Organization, user: CustomUser) -> None:
    save_new_organization(Actor(user, organization, Role.OWNER), organization, owner=user)


def _sandbox_of(organization: Organization, language: str) -> Organization:
    """Where software is tried out: the same kind of organization, in a world of its own."""
    with override(language):
        name = _("%(name)s: sandbox") % {"name": organization.name}
    return Organization(
        kind=organization.kind,
        name=name[: Organization._meta.get_field("name").max_length],
        email=organization.email,
        is_sandbox=True,
        created_at=clock.now(),
    )
