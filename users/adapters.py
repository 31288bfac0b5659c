"""How allauth fits the portal."""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from django.contrib import messages
from django.db import IntegrityError, transaction
from django.http import HttpRequest, HttpResponse
from django.utils.translation import get_language

from core.actor import ANONYMOUS
from users import devices, jobs
from users.addresses import client_address
from users.mails import FACTS
from users.redirects import is_own_url


class AccountAdapter(DefaultAccountAdapter):
    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Leaves the letter to a job: a request neither waits for it nor tells by its time."""
        user = context.get("user")
        facts = {name: context[name] for name in FACTS if name in context}
        if "timestamp" in facts:
            facts["timestamp"] = facts["timestamp"].isoformat()
        facts |= {"user": user.pk if user else None, "language": get_language()}
        jobs.send_account_mail.enqueue(template_prefix, email, facts)

    def send_notification_mail(
        self,
        template_prefix: str,
        user: Any,
        context: dict[str, Any] | None = None,
        email: str | None = None,
    ) -> None:
        super().send_notification_mail(
            template_prefix, user, {"user": user, **(context or {})}, email
        )

    def get_client_ip(self, request: HttpRequest) -> str:
        return client_address(request)

    def is_safe_url(self, url: str) -> bool:
        return bool(url) and is_own_url(self.request, url)

    def post_login(self, request: HttpRequest, user: Any, **kwargs: Any) -> HttpResponse:
        response = super().post_login(request, user, **kwargs)
        devices.remember(response, user.email)
        return response

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
        return devices.throttle_key(request, credentials.get("email") or "")
