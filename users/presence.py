"""When a session was last in use: written down now and then, for the list of one's sessions."""

import time

from allauth.usersessions.models import UserSession
from django.contrib.sessions.models import Session
from django.http import HttpRequest

from core import clock
from users.addresses import client_address

# The session's key of the moment (Unix time, seconds) at which it was last written down.
SEEN = "seen"
# No more often: pages poll every few seconds, and nobody asks for the second.
EVERY_SECONDS = 600


def follow(request: HttpRequest) -> None:
    """From sign-in on it is written down when the session is in use."""
    request.session[SEEN] = int(time.time())


def mark_seen(request: HttpRequest) -> None:
    """Writes down that the session is in use, where it is time to."""
    seen = request.session.get(SEEN)
    now = int(time.time())
    if seen is None or now - seen < EVERY_SECONDS:
        return
    request.session[SEEN] = now
    UserSession.objects.filter(session_key=request.session.session_key).update(
        last_seen_at=clock.now(), ip=client_address(request)
    )


def forget_ended() -> int:
    """Addresses and browsers of sessions that are no more need not be kept; how many rows."""
    alive = Session.objects.filter(expire_date__gt=clock.now()).values("session_key")
    return UserSession.objects.exclude(session_key__in=alive).delete()[0]
