"""Letters about an account: written and sent by a job, never in the request.

A job carries the recipient's address and ids. Links with a secret in them are made when the letter
is written, so that no queue and no log holds one; they lead to SITE_URL, whatever host the request
named.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from allauth.account.forms import default_token_generator
from allauth.account.models import EmailAddress, EmailConfirmationHMAC
from allauth.account.utils import user_pk_to_url_str
from django.conf import settings
from django.core.mail import EmailMessage
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone, translation

from users import claims
from users.models import CustomUser
from users.models.user import normalize_email
from users.time_zones import zone

# What a letter may tell besides its links; everything else in allauth's context stays behind.
FACTS = ("timestamp", "ip", "user_agent", "from_email", "to_email", "deleted_email")


def send_account_mail(template: str, email: str, facts: Mapping[str, Any]) -> None:
    """Sends the letter `template` (allauth's prefix) to `email`.

    `facts`: "language", "user" (an id or None), "claim" (the public id of a provider that the
    person came to claim) and some of FACTS, as JSON has them. A letter that has become pointless
    meanwhile (the address is confirmed, the person gone) is not sent.
    """
    user_id = facts.get("user")
    user = CustomUser.objects.filter(pk=user_id).first() if user_id else None
    language = user.language if user else facts.get("language", settings.LANGUAGE_CODE)
    viewer_zone = zone(user.time_zone if user else "", settings.DEFAULT_VIEWER_TIME_ZONE)
    with translation.override(language), timezone.override(viewer_zone):
        context = _links(template, email, user, facts.get("claim", ""))
        if context is None:
            return
        context |= {name: facts[name] for name in FACTS if name in facts}
        if "timestamp" in context:
            context["timestamp"] = datetime.fromisoformat(context["timestamp"])
        context |= {"email": email, "user": user, "site_url": settings.SITE_URL}
        subject = " ".join(render_to_string(f"{template}_subject.txt", context).split())
        body = render_to_string(f"{template}_message.txt", context).strip() + "\n"
        EmailMessage(subject, body, settings.DEFAULT_FROM_EMAIL, [email]).send()


def send_password_reset(email: str, language: str) -> None:
    """Answers "I forgot my password": a link for an active account, or that there is none."""
    wanted = normalize_email(email)
    user = CustomUser.objects.filter(email=wanted, is_active=True).first()
    known = user is not None and user.email == wanted
    template = "password_reset_key" if known else "unknown_account"
    facts = {"user": user.pk if known else None, "language": language}  # type: ignore[union-attr]
    send_account_mail(f"account/email/{template}", wanted, facts)


def _links(template: str, email: str, user: CustomUser | None, claim: str) -> dict[str, Any] | None:
    """The links of a letter; None when there is nothing left to say."""
    name = template.rpartition("/")[2]
    if name.startswith("email_confirmation"):
        address = EmailAddress.objects.filter(user=user, email=email, verified=False).first()
        if address is None:
            return None
        link = _url("account_confirm_email", key=EmailConfirmationHMAC(address).key)
        onward = claims.way_to_claim(claim) if claim else ""
        return {"activate_url": f"{link}?{urlencode({'next': onward})}" if onward else link}
    if name == "password_reset_key":
        if user is None or not user.is_active:
            return None
        keys = {"uidb36": user_pk_to_url_str(user), "key": default_token_generator.make_token(user)}
        return {"password_reset_url": _url("account_reset_password_from_key", **keys)}
    return {
        "login_url": _url("account_login"),
        "signup_url": _url("account_signup"),
        "password_reset_url": _url("account_reset_password"),
    }


def _url(name: str, **kwargs: str) -> str:
    return settings.SITE_URL + reverse(name, kwargs=kwargs)
