"""Sign-in, and the signed-in person with what they may act for."""

from typing import Any

from allauth.account.auth_backends import AuthenticationBackend as AllauthBackend
from django.http import HttpRequest

from core.errors import DomainError
from core.prepared import Prepared
from users.models import CustomUser, Membership
from users.models.user import normalize_email
from users.phones import parse_phone

_OPEN_MEMBERSHIPS: Prepared[Membership] = Prepared(
    lambda user_id: (
        Membership.objects.filter(
            user_id=user_id, is_active=True, user__is_active=True, organization__is_active=True
        )
        .select_related("user", "organization__pulse")
        .order_by("pk")
    )
)


def _by_email(email: str) -> CustomUser | None:
    wanted = normalize_email(email)
    user = CustomUser.objects.filter(email=wanted).first()
    # MariaDB takes é for e: the address itself decides, not the database's order of letters.
    return user if user and user.email == wanted else None


def _by_phone(phone: str) -> CustomUser | None:
    try:
        wanted = parse_phone(phone)
    except DomainError:
        return None
    return CustomUser.objects.filter(phone=wanted).first()


class AuthenticationBackend(AllauthBackend):
    """Sign-in by e-mail in any letter case, or by a confirmed phone in any spelling.

    Every attempt costs one query and one password hash, whether the account exists, is inactive or
    has no password: allauth's `authenticate` hashes a dummy when nothing was checked.
    """

    def _authenticate(self, request: HttpRequest | None, **credentials: Any) -> Any:
        """By the first that is given of "email" (or "username") and "phone"; never by both."""
        email = credentials.get("email") or credentials.get("username")
        found = _by_email(email) if email else _by_phone(credentials.get("phone") or "")
        return self._check_password(found, credentials["password"])

    def get_user(self, user_id: Any) -> CustomUser | None:
        """The active person of a session, with `open_memberships` loaded, in one query.

        Two for a person who belongs to no organization.
        """
        rows = _OPEN_MEMBERSHIPS.fetch(user_id)
        if not rows:
            user = CustomUser.objects.filter(pk=user_id, is_active=True).first()
            if user is not None:
                user.open_memberships = []
            return user
        user = rows[0].user
        for row in rows:
            row.user = user
        user.open_memberships = rows
        return user
