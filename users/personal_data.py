"""What `users` keeps of a person: what they take away with them."""

from collections.abc import Iterable

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.db.models.fields.files import FieldFile
from django.utils.translation import gettext_lazy as _

from core.choices import Role
from core.personal_data import exports, exports_files
from core.personal_data.registry import Row
from users import erasure
from users.choices import ConsentDocument, SecurityKind
from users.erasure import own_organizations
from users.models import (
    Consent,
    CustomUser,
    Membership,
    SecurityRecord,
    SupportAccess,
    Verification,
    VerificationDocument,
)
from users.user_agents import device_name

__all__ = ["erasure"]


@exports(
    "profile",
    _("Profile"),
    order=10,
    fields={
        "full_name": _("Name"),
        "email": _("E-mail"),
        "phone": _("Phone"),
        "time_zone": _("Time zone"),
        "language": _("Language"),
        "theme": _("Theme"),
        "joined": _("Registered"),
        "last_sign_in": _("Last sign-in"),
    },
)
def profile(user: CustomUser) -> Iterable[Row]:
    yield {
        "full_name": user.full_name,
        "email": user.email,
        "phone": user.phone or None,
        "time_zone": user.time_zone,
        "language": user.language,
        "theme": user.get_theme_display(),
        "joined": user.date_joined,
        "last_sign_in": user.last_login,
    }


@exports(
    "addresses",
    _("E-mail addresses"),
    order=15,
    fields={"email": _("E-mail"), "confirmed": _("Confirmed"), "primary": _("Signs in")},
)
def addresses(user: CustomUser) -> Iterable[Row]:
    for row in EmailAddress.objects.filter(user=user).order_by("pk"):
        yield {"email": row.email, "confirmed": row.verified, "primary": row.primary}


@exports(
    "organizations",
    _("Organizations you belong to"),
    order=20,
    fields={
        "name": _("Name"),
        "kind": _("Kind"),
        "role": _("Role"),
        "team": _("Team"),
        "since": _("Member since"),
        "used": _("Last used"),
    },
)
def organizations(user: CustomUser) -> Iterable[Row]:
    rows = Membership.objects.filter(user=user).select_related("organization", "team")
    for row in rows.order_by("pk"):
        yield {
            "name": row.organization.name,
            "kind": row.organization.get_kind_display(),
            "role": Role(row.role).label,
            "team": row.team.name if row.team else None,
            "since": row.created_at,
            "used": row.used_at,
        }


@exports(
    "own_organizations",
    _("Organizations in which you are alone"),
    order=25,
    fields={
        "name": _("Name"),
        "about": _("About the organization"),
        "website": _("Website"),
        "phone": _("Phone"),
        "email": _("E-mail"),
        "legal_name": _("Full legal name"),
        "legal_address": _("Legal address"),
        "inn": _("INN"),
        "kpp": _("KPP"),
        "ogrn": _("OGRN"),
        "bank_name": _("Bank"),
        "bank_bic": _("BIC"),
        "bank_account": _("Bank account"),
        "bank_correspondent": _("Correspondent account"),
    },
)
def alone_in(user: CustomUser) -> Iterable[Row]:
    for organization in own_organizations(user):
        yield {name: getattr(organization, name) for name in erasure.ORGANIZATION_TEXTS}


@exports(
    "consents",
    _("Consents"),
    order=30,
    fields={
        "document": _("Document"),
        "version": _("Version"),
        "given": _("Given"),
        "withdrawn": _("Withdrawn"),
    },
)
def consents(user: CustomUser) -> Iterable[Row]:
    for row in Consent.objects.filter(user=user).order_by("pk"):
        yield {
            "document": ConsentDocument(row.document).label,
            "version": row.version,
            "given": row.given_at,
            "withdrawn": row.withdrawn_at,
        }


@exports(
    "sessions",
    _("Sessions"),
    order=40,
    fields={
        "since": _("Signed in"),
        "seen": _("Last seen"),
        "address": _("Network address"),
        "device": _("Device"),
        "browser": _("What the browser says of itself"),
    },
)
def sessions(user: CustomUser) -> Iterable[Row]:
    for row in UserSession.objects.filter(user=user).order_by("pk"):
        yield {
            "since": row.created_at,
            "seen": row.last_seen_at,
            "address": row.ip,
            "device": device_name(row.user_agent),
            "browser": row.user_agent,
        }


@exports(
    "security",
    _("Security of the account"),
    order=45,
    fields={
        "at": _("Time"),
        "what": _("What happened"),
        "address": _("Network address"),
        "device": _("Device"),
    },
)
def security(user: CustomUser) -> Iterable[Row]:
    for row in SecurityRecord.objects.filter(user=user).order_by("pk").iterator():
        yield {
            "at": row.at,
            "what": SecurityKind(row.kind).label,
            "address": row.address,
            "device": row.device,
        }


@exports(
    "second_factors",
    _("Second factor"),
    order=50,
    fields={
        "kind": _("Kind"),
        "name": _("Name"),
        "added": _("Added"),
        "used": _("Last used"),
    },
)
def second_factors(user: CustomUser) -> Iterable[Row]:
    for row in Authenticator.objects.filter(user=user).order_by("pk"):
        yield {
            "kind": row.get_type_display(),
            "name": row.data.get("name"),
            "added": row.created_at,
            "used": row.last_used_at,
        }


@exports(
    "invitations",
    _("Invitations to you"),
    order=55,
    fields={
        "organization": _("Organization"),
        "email": _("E-mail"),
        "role": _("Role"),
        "sent": _("Sent"),
        "accepted": _("Accepted"),
    },
)
def invitations(user: CustomUser) -> Iterable[Row]:
    for row in erasure.invitations_to(user).select_related("organization").order_by("pk"):
        yield {
            "organization": row.organization.name,
            "email": row.email,
            "role": Role(row.role).label,
            "sent": row.sent_at,
            "accepted": row.accepted_at,
        }


@exports(
    "verifications",
    _("Verifications you asked for"),
    order=57,
    fields={
        "organization": _("Organization"),
        "asked": _("Asked"),
        "comment": _("Comment"),
        "state": _("State"),
        "answer": _("Answer"),
    },
)
def verifications(user: CustomUser) -> Iterable[Row]:
    rows = Verification.objects.filter(applicant=user).select_related("organization")
    for row in rows.order_by("pk"):
        yield {
            "organization": row.organization.name,
            "asked": row.submitted_at,
            "comment": row.comment,
            "state": row.get_state_display(),
            "answer": row.refusal_note,
        }


@exports(
    "support",
    _("Leave you gave to our support"),
    order=58,
    fields={
        "organization": _("Organization"),
        "given": _("Given"),
        "until": _("Until"),
        "reason": _("What for"),
    },
)
def support(user: CustomUser) -> Iterable[Row]:
    rows = SupportAccess.objects.filter(granted_by=user).select_related("organization")
    for row in rows.order_by("pk"):
        yield {
            "organization": row.organization.name,
            "given": row.granted_at,
            "until": row.expires_at,
            "reason": row.reason,
        }


@exports_files("photo")
def photo(user: CustomUser) -> Iterable[tuple[str, FieldFile]]:
    if user.photo:
        yield user.photo.name or "", user.photo


@exports_files("verifications")
def documents(user: CustomUser) -> Iterable[tuple[str, FieldFile]]:
    for row in VerificationDocument.objects.filter(verification__applicant=user).order_by("pk"):
        yield row.name, row.file
