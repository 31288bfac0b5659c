"""What allauth says happened to an account, as security records; what a sign-in brings."""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.mfa.models import Authenticator
from allauth.mfa.signals import authenticator_used
from django.conf import settings
from django.dispatch import receiver
from django.http import HttpRequest, HttpResponse

from core import theme
from users import devices, presence
from users.choices import SecurityKind, Theme
from users.services import consents
from users.services.security import Origin, note

# Each of allauth's notifications is one of our records, and its letter ours.
_KINDS = {
    "account/email/password_changed": SecurityKind.PASSWORD_CHANGED,
    "account/email/password_set": SecurityKind.PASSWORD_CHANGED,
    "account/email/password_reset": SecurityKind.PASSWORD_RESET,
    "account/email/email_changed": SecurityKind.EMAIL_CHANGED,
    "mfa/email/totp_activated": SecurityKind.TOTP_ON,
    "mfa/email/totp_deactivated": SecurityKind.TOTP_OFF,
    "mfa/email/recovery_codes_generated": SecurityKind.RECOVERY_CODES,
    "mfa/email/webauthn_added": SecurityKind.PASSKEY_ADDED,
    "mfa/email/webauthn_removed": SecurityKind.PASSKEY_REMOVED,
}


class AccountEvents(DefaultAccountAdapter):
    """The part of the portal's adapter that watches over accounts."""

    def send_notification_mail(
        self,
        template_prefix: str,
        user: Any,
        context: dict[str, Any] | None = None,
        email: str | None = None,
    ) -> None:
        """Records what the library would write of; of what is not in the list nobody is told."""
        kind = _KINDS.get(template_prefix)
        if kind is not None:
            note(user, kind, Origin.of(self.request, user), email or "")

    def login(self, request: HttpRequest, user: Any) -> None:
        is_first = user.last_login is None
        super().login(request, user)
        presence.follow(request)
        if not is_first and not devices.is_known(request, user.email):
            note(user, SecurityKind.NEW_DEVICE, Origin.of(request, user))

    def post_login(self, request: HttpRequest, user: Any, **kwargs: Any) -> HttpResponse:
        response = super().post_login(request, user, **kwargs)
        devices.remember(response, user.email, user.phone)
        if consents.is_due(user):
            request.session[consents.DUE] = True
        # One who never chose keeps what this browser has.
        if user.theme != Theme.AUTO:
            keep_theme(response, user.theme)
        return response


def keep_theme(response: HttpResponse, chosen: str) -> None:
    response.set_cookie(
        theme.COOKIE,
        chosen,
        max_age=theme.COOKIE_AGE,
        secure=settings.SESSION_COOKIE_SECURE,
        samesite="Lax",
    )


@receiver(authenticator_used)
def recovery_code_used(
    sender: Any, request: HttpRequest, user: Any, authenticator: Authenticator, **kwargs: Any
) -> None:
    if authenticator.type == Authenticator.Type.RECOVERY_CODES:
        note(user, SecurityKind.RECOVERY_CODE_USED, Origin.of(request, user))
