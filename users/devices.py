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


def throttle_key(request: HttpRequest, login: str) -> str:
    """What failed attempts are counted by: the account, or the account in this known browser.

    `login` is what one signs in with, an address or a phone: each has a count of its own.
    """
    account = _account(login)
    device = _known_device(request, account)
    return f"{account}:{device}" if device else account


def is_known(request: HttpRequest, email: str) -> bool:
    """Whether this account has been signed in before in this browser."""
    return bool(_known_device(request, _account(email)))


def remember(response: HttpResponse, *logins: object) -> None:
    """Marks the browser in which a person, known by these logins, has just signed in."""
    accounts = [_account(str(login)) for login in logins if login]
    response.set_signed_cookie(
        COOKIE,
        ":".join([secrets.token_hex(8), *accounts]),
        salt=_SALT,
        max_age=_AGE,
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )


def _known_device(request: HttpRequest, account: str) -> str:
    """The name of this browser where the account is known in it, else ""."""
    mark = request.get_signed_cookie(COOKIE, default="", salt=_SALT, max_age=_AGE) or ""
    device, *owners = mark.split(":")
    return device if account in owners else ""


def _account(login: str) -> str:
    return hashlib.sha256(normalize_email(login).encode()).hexdigest()[:32]
