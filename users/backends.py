"""Sign-in, and the signed-in person with what they may act for."""

from typing import Any

from allauth.account.auth_backends import AuthenticationBackend as AllauthBackend

from core.prepared import Prepared
from users.models import CustomUser, Membership
from users.models.user import normalize_email

_OPEN_MEMBERSHIPS: Prepared[Membership] = Prepared(
    lambda user_id: (
        Membership.objects.filter(
            user_id=user_id, is_active=True, user__is_active=True, organization__is_active=True
        )
        .select_related("user", "organization__pulse")
        .order_by("pk")
    )
)


class AuthenticationBackend(AllauthBackend):
    """Sign-in by e-mail in any letter case.

    Every attempt costs one query and one password hash, whether the account exists, is inactive or
    has no password: allauth's `authenticate` hashes a dummy when nothing was checked.
    """

    def _authenticate_by_email(self, email: str, password: str) -> Any:
        wanted = normalize_email(email)
        user = CustomUser.objects.filter(email=wanted).first()
        # MariaDB takes é for e: the address itself decides, not the database's order of letters.
        return self._check_password(user if user and user.email == wanted else None, password)

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
