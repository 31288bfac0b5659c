"""How a person is forgotten: step by step, what `users` keeps of them.

The person's row stays, without anything of theirs: notes, requests and events point at it, and say
that a deleted account wrote them.
"""

from typing import Any

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.contrib.admin.models import LogEntry
from django.contrib.contenttypes.models import ContentType
from django.contrib.sessions.models import Session
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from core import clock
from core.actor import system_actor
from core.choices import OrganizationKind, PartyRole
from core.events import emit
from core.ids import new_public_id
from core.personal_data import erases
from users.models import (
    AccountManagement,
    Consent,
    CustomUser,
    Invitation,
    Membership,
    Organization,
    SecurityRecord,
    SupportAccess,
    VerificationDocument,
)
from users.models.user import ERASED_DOMAIN

# What an organization says of itself; of one that is a single person it says it of the person.
ORGANIZATION_TEXTS = (
    "name",
    "about",
    "website",
    "phone",
    "email",
    "legal_name",
    "legal_address",
    "inn",
    "kpp",
    "ogrn",
    "bank_name",
    "bank_bic",
    "bank_account",
    "bank_correspondent",
)


def own_organizations(user: CustomUser) -> QuerySet[Organization]:
    """Organizations in which this person is the only one left."""
    present = Membership.objects.filter(is_active=True)
    shared = present.exclude(user=user).values("organization")
    return Organization.objects.filter(
        pk__in=present.filter(user=user).values("organization")
    ).exclude(pk__in=shared)


def invitations_to(user: CustomUser) -> QuerySet[Invitation]:
    return Invitation.objects.filter(Q(email__iexact=user.email) | Q(accepted_by=user))


@erases(order=0)
def close(user: CustomUser) -> None:
    """First of all nobody is signed in with it any more."""
    CustomUser.objects.filter(pk=user.pk).update(is_active=False)
    mine = str(user.pk)
    for session in Session.objects.order_by("pk").iterator(500):
        data = session.get_decoded()
        # Half-finished sign-ins and resets hold the address without a person.
        if data.get("_auth_user_id") == mine or user.email in str(data):
            session.delete()
    UserSession.objects.filter(user=user).delete()


@erases(order=20)
def erase_organizations(user: CustomUser) -> None:
    """Organizations of one are closed; in others the person's place is empty from now on."""
    for organization in own_organizations(user):
        for document in VerificationDocument.objects.filter(
            verification__organization=organization
        ):
            document.file.delete(save=False)
            document.delete()
        organization.verifications.update(comment="", refusal_note="")
        _erase_organization(organization)
    with transaction.atomic():
        for membership in Membership.objects.filter(user=user).select_related("organization"):
            parties = {PartyRole.OWNER: membership.organization}
            data = {"role": str(membership.role)}
            emit(system_actor(), "membership.removed", membership, parties, data)
            membership.delete()
    # Contacts of a larger organization that were the person's own.
    Organization.objects.filter(email__iexact=user.email).update(email="")
    if user.phone:
        Organization.objects.filter(phone=user.phone).update(phone="")


def _erase_organization(organization: Organization) -> None:
    """A private person's leaves nothing behind; of a firm the name and requisites stay, which are
    in its contracts."""
    if organization.logo:
        organization.logo.delete(save=False)
    is_person = organization.kind == OrganizationKind.PERSON
    for name in ORGANIZATION_TEXTS if is_person else ("about", "website", "phone", "email"):
        setattr(organization, name, "")
    if is_person:
        organization.name = _("Deleted account")
    organization.is_active = False
    organization.save()
    organization.invitations.all().delete()


@erases(order=30)
def erase_invitations(user: CustomUser) -> None:
    invitations_to(user).delete()
    SupportAccess.objects.filter(granted_by=user).update(reason="")
    user.verifications.update(comment="")
    AccountManagement.objects.filter(user=user).delete()


@erases(order=40)
def erase_security(user: CustomUser) -> None:
    """That there was consent, and from when to when, stays: it says nothing of who it was."""
    Authenticator.objects.filter(user=user).delete()
    SecurityRecord.objects.filter(user=user).delete()
    Consent.objects.filter(user=user, withdrawn_at=None).update(withdrawn_at=clock.now())


@erases(order=90)
def erase_admin_log(user: CustomUser) -> None:
    """What the admin's history calls the person; what was done stays."""
    about = Q(content_type=ContentType.objects.get_for_model(CustomUser), object_id=str(user.pk))
    for text in filter(None, [user.full_name, user.email, str(user.phone or "")]):
        about |= Q(object_repr__contains=text) | Q(change_message__contains=text)
    LogEntry.objects.filter(about).update(object_repr="", change_message="")


# The last of all: until then a job that was killed finds the person again, and goes on.
@erases(order=1000)
def erase_person(user: CustomUser) -> None:
    if user.photo:
        user.photo.delete(save=False)
    with transaction.atomic():
        EmailAddress.objects.filter(user=user).delete()
        row = CustomUser.objects.select_for_update().get(pk=user.pk)
        row.groups.clear()
        row.user_permissions.clear()
        for name, value in _nobody().items():
            setattr(row, name, value)
        row.set_unusable_password()
        row.save()


def _nobody() -> dict[str, Any]:
    return {
        "public_id": new_public_id(),
        "email": f"{new_public_id()}@{ERASED_DOMAIN}",
        "phone": None,
        "full_name": "",
        "time_zone": "",
        "photo": "",
        "is_active": False,
        "is_staff": False,
        "is_superuser": False,
        "staff_scope": "",
        "last_login": None,
        "deletion_due_at": None,
    }
