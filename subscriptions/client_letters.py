"""Letters to clients, who have no account yet: written and sent by jobs."""

from django.conf import settings
from django.core.mail import EmailMessage
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import translation

from subscriptions.services.clients.handing_over import renew_secret


def send_invitation(pk: int) -> None:
    """Sends the letter of an open invitation; the link is made here and stands nowhere else."""
    found = renew_secret(pk)
    if found is None:
        return
    invitation, secret = found
    inviter = invitation.created_by
    with translation.override(inviter.language if inviter else settings.LANGUAGE_CODE):
        context = {
            "invitation": invitation,
            "url": settings.SITE_URL + reverse("client_claim", args=[secret]),
            "site_url": settings.SITE_URL,
        }
        subject = render_to_string("subscriptions/mail/client_invitation_subject.txt", context)
        body = render_to_string("subscriptions/mail/client_invitation_message.txt", context)
    EmailMessage(
        " ".join(subject.split()),
        body.strip() + "\n",
        settings.DEFAULT_FROM_EMAIL,
        [invitation.email],
        headers={"Auto-Submitted": "auto-generated"},
    ).send()
