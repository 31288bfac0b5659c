"""Letters that tell a person what happened to their account."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime

from django.conf import settings
from django.core.mail import EmailMessage
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.errors import Text
from users.choices import SecurityKind
from users.models import CustomUser, SecurityRecord
from users.time_zones import zone

SENTENCES: dict[str, Text] = {
    SecurityKind.NEW_DEVICE: gettext_lazy(
        "Somebody, most likely you, signed in to your account from a device that was not used "
        "for it before."
    ),
    SecurityKind.PASSWORD_CHANGED: gettext_lazy(
        "The password of your account was changed. Wherever else you were signed in, you have "
        "been signed out."
    ),
    SecurityKind.PASSWORD_RESET: gettext_lazy(
        "A new password was set for your account, by a link from a letter. Wherever you were "
        "signed in, you have been signed out."
    ),
    SecurityKind.EMAIL_CHANGED: gettext_lazy(
        "The e-mail address of your account was changed. You sign in with the new one, and "
        "letters go there."
    ),
    SecurityKind.PHONE_CHANGED: gettext_lazy("The phone number of your account was changed."),
    SecurityKind.TOTP_ON: gettext_lazy(
        "Signing in to your account takes a code from your app from now on."
    ),
    SecurityKind.TOTP_OFF: gettext_lazy(
        "Signing in to your account takes no code from your app any more."
    ),
    SecurityKind.RECOVERY_CODES: gettext_lazy(
        "New recovery codes were made for your account. The old ones do not work any more."
    ),
    SecurityKind.RECOVERY_CODE_USED: gettext_lazy(
        "One of your recovery codes was used. It does not work any more."
    ),
    SecurityKind.PASSKEY_ADDED: gettext_lazy(
        "A passkey was added to your account: it confirms that it is you who signs in."
    ),
    SecurityKind.PASSKEY_REMOVED: gettext_lazy(
        "A passkey was removed from your account. It does not open it any more."
    ),
    SecurityKind.SESSIONS_ENDED: gettext_lazy("You were signed out on your other devices."),
    SecurityKind.DATA_EXPORTED: gettext_lazy(
        "An archive of your personal data was asked for. Only you can download it, signed in to "
        "your account."
    ),
    SecurityKind.DELETION_ASKED: gettext_lazy(
        "You asked to delete your account. It will be erased with your personal data on %(date)s. "
        "Until then you can keep it: sign in and press “Keep my account”."
    ),
    SecurityKind.DELETION_CANCELLED: gettext_lazy(
        "Your account will not be deleted: everything stays as it was."
    ),
}


def send_security_letter(record_id: int, email: str = "") -> None:
    """Writes of one record; nothing is sent for one that is gone with its account."""
    record = SecurityRecord.objects.select_related("user").filter(pk=record_id).first()
    if record is None or not record.user.is_active:
        return
    user = record.user
    with _as_read_by(user):
        context = {
            "sentence": SENTENCES[record.kind] % {"date": _day(user.deletion_due_at)},
            "record": record,
            # The old owner of the address cannot set a password by it any more.
            "is_lost": record.kind == SecurityKind.EMAIL_CHANGED,
        }
        _send("security", str(SecurityKind(record.kind).label), user, context, email)


def send_deletion_put_off(user_id: int) -> None:
    """Tells why an account was not erased on its day."""
    user = CustomUser.objects.filter(pk=user_id, deletion_due_at__isnull=False).first()
    if user is None:
        return
    with _as_read_by(user):
        context = {"date": _day(user.deletion_due_at)}
        _send("deletion_put_off", _("Your account is not deleted yet"), user, context)


@contextmanager
def _as_read_by(user: CustomUser) -> Iterator[None]:
    """Within the block words and times are those of the reader."""
    own_zone = zone(user.time_zone, settings.DEFAULT_VIEWER_TIME_ZONE)
    with translation.override(user.language), timezone.override(own_zone):
        yield


def _day(moment: datetime | None) -> str:
    return date_format(timezone.localtime(moment), "DATE_FORMAT") if moment else ""


def _send(
    template: str, subject: str, user: CustomUser, context: Mapping[str, object], email: str = ""
) -> None:
    context = {
        **context,
        "site_url": settings.SITE_URL,
        "password_url": settings.SITE_URL + reverse("account_reset_password"),
        "records_url": settings.SITE_URL + reverse("security_records"),
    }
    body = render_to_string(f"users/mail/{template}.txt", context).strip() + "\n"
    EmailMessage(subject, body, settings.DEFAULT_FROM_EMAIL, [email or user.email]).send()
