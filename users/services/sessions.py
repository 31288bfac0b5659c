"""Where a person is signed in, and how that is ended."""

from dataclasses import dataclass

from allauth.usersessions.models import UserSession
from django.contrib.auth import HASH_SESSION_KEY
from django.contrib.sessions.models import Session
from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from core import clock
from core.errors import NotVisible
from users.choices import SecurityKind
from users.models import CustomUser
from users.services.security import Origin, note
from users.user_agents import device_name, is_handheld


@dataclass(frozen=True, slots=True)
class Place:
    """A browser in which a person is signed in."""

    row: UserSession
    is_current: bool

    @property
    def device(self) -> str:
        return device_name(self.row.user_agent)

    @property
    def icon(self) -> str:
        return "device-mobile" if is_handheld(self.row.user_agent) else "device-desktop"


def places_of(user: CustomUser, current_key: str) -> list[Place]:
    """Where the person is signed in now: this browser first, then the one seen last.

    A session that a changed password has made worthless is none, though its row still stands.
    """
    rows = UserSession.objects.filter(user=user).order_by("-last_seen_at", "-pk")
    by_key = {row.session_key: row for row in rows}
    stored = Session.objects.filter(session_key__in=by_key, expire_date__gt=clock.now())
    right = user.get_session_auth_hash()
    alive = {
        session.session_key
        for session in stored
        if session.get_decoded().get(HASH_SESSION_KEY) == right
    }
    places = [Place(row, key == current_key) for key, row in by_key.items() if key in alive]
    return sorted(places, key=lambda place: not place.is_current)


def end_session(user: CustomUser, pk: int) -> str:
    """Ends one session of the person's, whoever holds its cookie; the key it had.

    Raises NotVisible for a session that is another's, or ended already.
    """
    with transaction.atomic():
        row = UserSession.objects.filter(user=user, pk=pk).first()
        if row is None:
            raise NotVisible(_("This session has ended already."))
        _end(UserSession.objects.filter(pk=row.pk))
    return row.session_key


def end_other_sessions(user: CustomUser, current_key: str, origin: Origin) -> int:
    """Signs out everywhere but in the session `current_key`; how many sessions have ended."""
    with transaction.atomic():
        count = _end(UserSession.objects.filter(user=user).exclude(session_key=current_key))
        note(user, SecurityKind.SESSIONS_ENDED, origin)
    return count


def end_all_sessions(user: CustomUser) -> int:
    with transaction.atomic():
        return _end(UserSession.objects.filter(user=user))


def _end(rows: QuerySet[UserSession]) -> int:
    keys = list(rows.values_list("session_key", flat=True))
    Session.objects.filter(session_key__in=keys).delete()
    rows.delete()
    return len(keys)
