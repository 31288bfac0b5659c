"""Dangerous acts are for who has just proved to be themselves, not for who finds a session open."""

import time

from allauth.account import app_settings
from allauth.account.internal.flows.login import get_authentication_records
from allauth.core.exceptions import ReauthenticationRequired
from django.http import HttpRequest


def signed_in_recently(request: HttpRequest) -> bool:
    """Whether this session showed a password, a code or a passkey in the last ten minutes."""
    records = get_authentication_records(request, request.user)
    latest = max((record["at"] for record in records), default=0)
    return time.time() - latest < app_settings.REAUTHENTICATION_TIMEOUT


def require_recent_sign_in(request: HttpRequest) -> None:
    """Leads an older session to prove itself again; afterwards what was sent is done.

    Raises ReauthenticationRequired, which allauth's middleware answers. Call it before anything is
    written.
    """
    if not signed_in_recently(request):
        raise ReauthenticationRequired
