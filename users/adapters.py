"""How allauth fits the portal."""

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.db import IntegrityError, transaction
from django.http import HttpRequest
from django.utils.translation import get_language, gettext_lazy

from core.actor import ANONYMOUS
from users import claims, devices, jobs
from users.account_events import AccountEvents
from users.addresses import client_address
from users.forms.fields import PhoneField
from users.mails import FACTS
from users.redirects import is_own_url
from users.services import phones
from users.services.security import Origin

# One text for all: what was typed says nothing of what there is.
_MISMATCH = gettext_lazy("This e-mail or phone, or the password, is wrong.")


class AccountAdapter(AccountEvents):
    error_messages = AccountEvents.error_messages | {
        "email_password_mismatch": _MISMATCH,
        "phone_password_mismatch": _MISMATCH,
        "username_password_mismatch": _MISMATCH,
        "too_many_login_attempts": gettext_lazy(
            "Too many attempts. Wait ten minutes, or set a new password by a letter."
        ),
        "incorrect_code": gettext_lazy("This code is wrong. Compare it with the message."),
        "same_as_current": gettext_lazy("This is your number already."),
        "rate_limited": gettext_lazy("Too often. Wait a little, and try again."),
    }

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Leaves the letter to a job: a request neither waits for it nor tells by its time."""
        user = context.get("user")
        facts = {name: context[name] for name in FACTS if name in context}
        if "timestamp" in facts:
            facts["timestamp"] = facts["timestamp"].isoformat()
        facts |= {"user": user.pk if user else None, "language": get_language()}
        if user is not None and self.request is not None:
            facts["claim"] = claims.intended(self.request)
        jobs.send_account_mail.enqueue(template_prefix, email, facts)

    def get_login_redirect_url(self, request: HttpRequest) -> str:
        """A provider that one came to claim goes before the home page; once."""
        wanted = request.session.pop(claims.INTENDED, "")
        way = claims.way_to_claim(wanted) if wanted else ""
        return way or super().get_login_redirect_url(request)

    def get_client_ip(self, request: HttpRequest) -> str:
        return client_address(request)

    def is_safe_url(self, url: str) -> bool:
        return bool(url) and is_own_url(self.request, url)

    def logout(self, request: HttpRequest) -> None:
        super().logout(request)
        request.actor = ANONYMOUS  # type: ignore[attr-defined]

    def confirm_email(self, request: HttpRequest, email_address: Any) -> bool:
        """Refuses politely where the address has become another account's in the meantime."""
        try:
            with transaction.atomic():
                return super().confirm_email(request, email_address)
        except IntegrityError:
            self.add_message(
                request,
                messages.ERROR,
                "account/messages/email_confirmation_failed.txt",
                {"email": email_address.email},
            )
            return False

    def _get_login_attempts_cache_key(self, request: HttpRequest, **credentials: Any) -> str:
        login = credentials.get("email") or credentials.get("phone") or ""
        return devices.throttle_key(request, login)

    def reauthenticate(self, user: Any, password: str) -> bool:
        """By the address alone: a person whose phone is confirmed is not asked twice."""
        found = self.authenticate(self.request, email=user.email, password=password)
        return found is not None and found.pk == user.pk

    # --- the phone: what allauth asks of us ----------------------------------------------------
    def phone_form_field(self, **kwargs: Any) -> PhoneField:
        return PhoneField(**kwargs)

    def get_phone(self, user: Any) -> tuple[str, bool] | None:
        """The confirmed phone: none other is stored."""
        return (user.phone.as_e164, True) if user.phone else None

    def set_phone(self, user: Any, phone: str, verified: bool) -> None:
        """Nothing: until its code has come back, a phone stands in the session alone."""

    def set_phone_verified(self, user: Any, phone: str) -> None:
        phones.confirm_phone(user, phone, Origin.of(self.request, user))

    def get_user_by_phone(self, phone: str) -> Any:
        """Nobody: whose a phone was is of no concern to who shows the code that came to it."""
        return None

    def send_verification_code_sms(self, user: Any, phone: str, code: str, **kwargs: Any) -> None:
        phones.send_code(phone, code, get_language() or settings.LANGUAGE_CODE)
