"""Reads of an organization's members, teams and invitations."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Subquery
from django.utils.translation import gettext as _

from core.actor import Actor
from core.choices import Role
from core.errors import NotVisible
from core.folding import fold
from core.ids import is_public_id
from core.pagination import Page, paginate
from users.models import Invitation, Membership, Organization, Team

WORKING_ROLES = (Role.MEMBER, Role.MANAGER, Role.OWNER)
_FACTORS = (Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN)


@dataclass(frozen=True, slots=True)
class MemberRow:
    """`seen_at` and `has_factor` are for those who answer for safety, see `sees_safety`."""

    membership: Membership
    seen_at: datetime | None
    has_factor: bool


def working_members(organization_id: Any) -> QuerySet[Membership]:
    """Whom work of an organization can be given to: its members but viewers, with open accounts.

    `organization_id` may be a placeholder of `core.prepared`.
    """
    return Membership.objects.filter(
        organization_id=organization_id,
        is_active=True,
        user__is_active=True,
        role__in=WORKING_ROLES,
    )


def sees_safety(actor: Actor) -> bool:
    """Whether the actor is shown who was here when, and with what second factor."""
    return actor.is_staff or actor.has_role(Role.MANAGER)


def page_of_members(
    actor: Actor, organization: Organization, text: str = "", cursor: str = ""
) -> Page:
    """A page of MemberRow, who joined first first; one query, whatever is shown of them.

    `text` is a beginning of the name or the e-mail.
    """
    rows = _active(organization).select_related("user", "team")
    if text:
        rows = rows.filter(
            Q(user__search_name__startswith=fold(text))
            | Q(user__search_name__contains=f" {fold(text)}")
            | Q(user__email__startswith=text.strip().lower())
        )
    if sees_safety(actor):
        sessions = UserSession.objects.filter(user=OuterRef("user")).order_by("-last_seen_at")
        factors = Authenticator.objects.filter(user=OuterRef("user"), type__in=_FACTORS)
        rows = rows.annotate(
            session_at=Subquery(sessions.values("last_seen_at")[:1]), has_factor=Exists(factors)
        )
    page = paginate(rows, ["id"], cursor)
    return Page([_row(membership) for membership in page.rows], page.next_cursor, page.is_first)


def member_of(organization: Organization, public_id: str) -> Membership:
    """The active member that a person (their public id) is. Raises NotVisible."""
    rows = _active(organization).select_related("user", "team", "organization")
    found = rows.filter(user__public_id=public_id).first() if is_public_id(public_id) else None
    if found is None:
        raise NotVisible(_gone())
    return found


def teams_of(organization: Organization) -> QuerySet[Team]:
    """By name, each with `member_count`."""
    present = Q(memberships__is_active=True)
    return organization.teams.annotate(member_count=Count("memberships", filter=present)).order_by(
        "name"
    )


def team_of(organization: Organization, public_id: str) -> Team:
    """Raises NotVisible."""
    rows = organization.teams.select_related("organization")
    found = rows.filter(public_id=public_id).first() if is_public_id(public_id) else None
    if found is None:
        raise NotVisible(_gone())
    return found


def unanswered_invitations(organization: Organization) -> list[Invitation]:
    """Open and expired ones, the newest first."""
    rows = organization.invitations.filter(open_key__isnull=False)
    return list(rows.select_related("team", "invited_by").order_by("-id"))


def invitation_of(organization: Organization, public_id: str) -> Invitation:
    """Raises NotVisible."""
    rows = organization.invitations.select_related("organization")
    found = rows.filter(public_id=public_id).first() if is_public_id(public_id) else None
    if found is None:
        raise NotVisible(_gone())
    return found


def _active(organization: Organization) -> QuerySet[Membership]:
    return organization.memberships.filter(is_active=True, user__is_active=True)


def _row(membership: Any) -> MemberRow:
    known = [
        membership.used_at,
        membership.user.last_login,
        getattr(membership, "session_at", None),
    ]
    return MemberRow(
        membership,
        max((moment for moment in known if moment is not None), default=None),
        getattr(membership, "has_factor", False),
    )


def _gone() -> str:
    return _("There is no such page, or it is not yours to see.")
