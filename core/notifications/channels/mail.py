"""E-mail, to confirmed addresses only."""

import smtplib
from collections.abc import Collection
from typing import Any
from urllib.parse import urlsplit

from django.apps import apps
from django.conf import settings
from django.core.mail import EmailMessage, EmailMultiAlternatives
from django.template.loader import render_to_string
from django.utils.translation import gettext_lazy as _

from core.jobs import PermanentFailure, TemporaryFailure
from core.notifications.channels.base import Channel, Message

# SMTP: replies from here on say "never", those below "not now" (RFC 5321, 4.2.1).
NEVER = 500


class MailChannel(Channel):
    name = "email"
    label = _("E-mail")
    is_letter = True

    def reachable(self, user_ids: Collection[int]) -> set[int]:
        return set(confirmed_addresses(user_ids))

    def send(self, message: Message, user: Any) -> None:
        address = confirmed_addresses([user.pk]).get(user.pk)
        if address is None:
            raise PermanentFailure("no confirmed address")
        hand_over(_compose(message, user, address))


def hand_over(letter: EmailMessage) -> None:
    """Gives a letter to the mail server; no transaction may be open.

    Raises PermanentFailure where the server says "never", TemporaryFailure for all else; neither
    names an address.
    """
    try:
        letter.send()
    except smtplib.SMTPRecipientsRefused as error:
        codes = [code for code, _reply in error.recipients.values()]
        raise _failure(error, min(codes, default=0)) from None
    except smtplib.SMTPAuthenticationError as error:
        # The portal's own password: mended by its operator, not by giving up on a letter.
        raise TemporaryFailure(_in_words(error, error.smtp_code)) from None
    except smtplib.SMTPResponseException as error:
        raise _failure(error, error.smtp_code) from None
    except (smtplib.SMTPException, OSError) as error:
        raise TemporaryFailure(_in_words(error)) from None


def confirmed_addresses(user_ids: Collection[int]) -> dict[int, str]:
    """User id → their confirmed address, of people who may sign in."""
    rows = apps.get_model("account", "EmailAddress").objects.filter(
        user_id__in=list(user_ids), primary=True, verified=True, user__is_active=True
    )
    return dict(rows.values_list("user_id", "email"))


def _compose(message: Message, user: Any, address: str) -> EmailMultiAlternatives:
    context = {"message": message, "user": user, "site_url": settings.SITE_URL}
    mail = EmailMultiAlternatives(
        " ".join(message.title.split()),
        render_to_string("core/mail/notification.txt", context).strip() + "\n",
        settings.DEFAULT_FROM_EMAIL,
        [address],
        # The same letter sent again after a crash has the same id: mailboxes then show one.
        headers={
            "Message-ID": f"<{message.key}@{urlsplit(settings.SITE_URL).hostname}>",
            "Auto-Submitted": "auto-generated",
        },
    )
    mail.attach_alternative(render_to_string("core/mail/notification.html", context), "text/html")
    return mail


def _failure(error: Exception, code: int) -> Exception:
    kind = PermanentFailure if code >= NEVER else TemporaryFailure
    return kind(_in_words(error, code))


def _in_words(error: Exception, code: int = 0) -> str:
    """Without the server's words: they repeat the address."""
    name = type(error).__name__
    return f"{name} {code}" if code else name
