"""Letters to visitors who wait for a service: written and sent by jobs."""

from django.conf import settings
from django.core.mail import EmailMessage
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import translation

from subscriptions.choices import WatchState
from subscriptions.models import AvailabilityWatch
from subscriptions.services.watches.visitors import confirm_token, stop_token

# A letter, and of which state it tells: what has changed since is not told.
KINDS = {
    "confirm": WatchState.UNCONFIRMED,
    "told": WatchState.TOLD,
    "expired": WatchState.EXPIRED,
}


def send_letter(pk: int, kind: str) -> None:
    """Sends the letter `kind` of a visitor's watch, unless it is no longer so, or forgotten."""
    row = (
        AvailabilityWatch.objects.filter(pk=pk, state=KINDS[kind])
        .select_related("building", "category", "provider")
        .first()
    )
    if row is None or not row.email:
        return
    page = reverse("availability_building", args=[row.building.public_id])
    stop_url = settings.SITE_URL + reverse("watch_stop", args=[stop_token(row)])
    with translation.override(row.language or settings.LANGUAGE_CODE):
        context = {
            "watch": row,
            "service": row.category.name,
            "confirm_url": settings.SITE_URL + reverse("watch_confirm", args=[confirm_token(row)]),
            "stop_url": stop_url,
            "page_url": f"{settings.SITE_URL}{page}?category={row.category.code}",
        }
        subject = render_to_string(f"subscriptions/mail/watch_{kind}_subject.txt", context)
        body = render_to_string(f"subscriptions/mail/watch_{kind}_message.txt", context)
    EmailMessage(
        " ".join(subject.split()),
        body.strip() + "\n",
        settings.DEFAULT_FROM_EMAIL,
        [row.email],
        headers={
            "Auto-Submitted": "auto-generated",
            # RFC 8058: mail programs end it by one press.
            "List-Unsubscribe": f"<{stop_url}>",
            "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
        },
    ).send()
