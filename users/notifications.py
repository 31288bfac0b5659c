"""How events of organizations are told: what they are about, to whom, and in which words."""

from collections.abc import Collection, Iterable

from django.urls import reverse
from django.utils.translation import gettext as _

from core.choices import PartyRole, Role
from core.models import Event
from core.notifications import Subject, Telling, presenter, recipients, sentence
from users.choices import RefusalReason
from users.models import Invitation, Membership, Organization, Verification

INVITATION, VERIFICATION = (model._meta.label_lower for model in (Invitation, Verification))


@presenter(INVITATION)
def present_invitations(ids: Collection[int]) -> dict[int, Subject]:
    rows = Invitation.objects.filter(pk__in=ids).values_list("pk", "email")
    return {pk: Subject(email, reverse("member_list")) for pk, email in rows}


@presenter(VERIFICATION)
def present_verifications(ids: Collection[int]) -> dict[int, Subject]:
    rows = Verification.objects.filter(pk__in=ids).values_list("pk", "organization__name")
    return {pk: Subject(name, reverse("organization_verification")) for pk, name in rows}


@recipients(INVITATION)
def told_of_invitation(event: Event, role: PartyRole, organization: Organization) -> Iterable[int]:
    """Whoever invited, if they still decide on members; else the owners."""
    owners = Membership.objects.filter(
        organization=organization, role=Role.OWNER, is_active=True, user__is_active=True
    )
    ids = set(owners.values_list("user_id", flat=True))
    inviter = Invitation.objects.filter(pk=event.subject_id).values_list("invited_by", flat=True)
    return ids & set(inviter) or ids


@recipients(VERIFICATION)
def told_of_verification(
    event: Event, role: PartyRole, organization: Organization
) -> Iterable[int]:
    """The organization's owners: who asked is one of them, or has become one by the approval."""
    owners = Membership.objects.filter(
        organization=organization, role=Role.OWNER, is_active=True, user__is_active=True
    )
    return owners.values_list("user_id", flat=True)


@sentence("invitation.accepted")
def accepted(telling: Telling) -> str:
    return _("Your invitation is accepted")


@sentence("invitation.declined")
def declined(telling: Telling) -> str:
    return _("Your invitation is declined")


@sentence("verification.approved")
def approved(telling: Telling) -> str:
    return _("Your organization is verified")


@sentence("verification.refused")
def refused(telling: Telling) -> str:
    reason = telling.data.get("reason")
    text = _("Your organization could not be verified")
    return f"{text}: {RefusalReason(reason).label}" if reason in RefusalReason.values else text
