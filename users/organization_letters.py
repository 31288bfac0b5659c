"""Letters about organizations: an invitation, the answer to a claim. Sent by jobs alone."""

from typing import Any

from django.conf import settings
from django.core.mail import EmailMessage
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone, translation

from users.models import CustomUser, Verification
from users.services.invitations import make_secret
from users.time_zones import zone


def send_invitation(invitation_id: int) -> None:
    """Writes the letter with a new secret in it; nothing where the invitation is open no more.

    Sent again after a crash, the second letter has the link that works.
    """
    made = make_secret(invitation_id)
    if made is None:
        return
    invitation, secret = made
    reader = CustomUser.objects.filter(email=invitation.email).first() or invitation.invited_by
    context = {
        "organization": invitation.organization,
        "inviter": invitation.invited_by,
        "role": invitation.get_role_display,
        "expires_at": invitation.expires_at,
        "url": settings.SITE_URL + reverse("invitation", args=[secret]),
    }
    _send("invitation", invitation.email, reader, invitation.organization.time_zone, context)


def send_claim_refused(verification_id: int) -> None:
    """Tells whoever claimed an organization that it was refused: no bell of theirs would."""
    row = (
        Verification.objects.select_related("organization", "applicant")
        .filter(pk=verification_id, applicant__is_active=True)
        .first()
    )
    if row is None:
        return
    context = {
        "organization": row.organization,
        "reason": row.get_refusal_display,
        "note": row.refusal_note,
        "url": settings.SITE_URL + reverse("organization_claim"),
    }
    _send("claim_refused", row.applicant.email, row.applicant, row.applicant.time_zone, context)


def _send(
    name: str, email: str, reader: CustomUser | None, zone_name: str, context: dict[str, Any]
) -> None:
    """In the reader's language; words that depend on it are handed over as functions."""
    language = reader.language if reader else settings.LANGUAGE_CODE
    own_zone = zone(zone_name, settings.DEFAULT_VIEWER_TIME_ZONE)
    with translation.override(language), timezone.override(own_zone):
        context = {**context, "site_url": settings.SITE_URL}
        subject = " ".join(render_to_string(f"users/mail/{name}_subject.txt", context).split())
        body = render_to_string(f"users/mail/{name}.txt", context).strip() + "\n"
        EmailMessage(subject, body, settings.DEFAULT_FROM_EMAIL, [email]).send()
