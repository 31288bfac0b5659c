"""Browsers in which an account has been signed in before.

Guessing is throttled by account. So that a stranger's guesses do not keep the owner out, a browser
that has signed in holds a signed mark, and has a count of its own (OWASP, "device cookies").
"""

import hashlib
import secrets

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from users.models.user import normalize_email

COOKIE = "device"
_SALT = "users.devices"
_AGE = 60 * 60 * 24 * 180


def throttle_key(request: HttpRequest, email: str) -> str:
    """What failed attempts are counted by: the account, or the account in this known browser."""
    account = _account(email)
    mark = request.get_signed_cookie(COOKIE, default="", salt=_SALT, max_age=_AGE) or ""
    device, _, owner = mark.partition(":")
    return f"{account}:{device}" if owner == account else account


def remember(response: HttpResponse, email: str) -> None:
    """Marks the browser that has just signed in."""
    response.set_signed_cookie(
        COOKIE,
        f"{secrets.token_hex(8)}:{_account(email)}",
        salt=_SALT,
        max_age=_AGE,
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )


def _account(email: str) -> str:
    return hashlib.sha256(normalize_email(email).encode()).hexdigest()[:32]
