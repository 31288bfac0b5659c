"""Leaves that organizations give staff, and what was done by them."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Q, QuerySet

from core import clock
from core.actor import Actor
from core.choices import Role, StaffScope, Via
from core.events.registry import kinds
from core.models import Event
from users.models import AccountManagement, CustomUser, Membership, Organization, SupportAccess

# A leave's page shows so many of the latest acts.
MOST_ACTS = 100
USES = ("support.entered", "support.left")


@dataclass(frozen=True, slots=True)
class Guest:
    """As whom a staff member acts by a leave: never with more than who gave it has now."""

    access: SupportAccess
    organization: Organization
    role: Role


@dataclass(frozen=True, slots=True)
class Act:
    """Something that staff did in an organization."""

    title: Any
    icon: str
    at: datetime
    who: str


def in_force(now: datetime) -> QuerySet[SupportAccess]:
    """Neither revoked nor run out, of organizations that are there."""
    return SupportAccess.objects.filter(
        revoked_at__isnull=True, expires_at__gt=now, organization__is_active=True
    )


def leaves_of(actor: Actor) -> QuerySet[SupportAccess]:
    """Those that the actor's organization gave."""
    return SupportAccess.objects.filter(organization=actor.organization)


def leaves_for(user: CustomUser, organization_ids: list[int]) -> dict[int, SupportAccess]:
    """By organization: the leave by which this staff member may enter it now."""
    rows = _entitled(user).filter(organization_id__in=organization_ids).order_by("pk")
    return {access.organization_id: access for access in rows}


def organizations_that_let_in(user: CustomUser) -> QuerySet[Organization]:
    """The organizations that this staff member may enter now."""
    return Organization.objects.filter(pk__in=_entitled(user).values("organization_id"))


def leave_for(user: CustomUser, public_id: str) -> Guest | None:
    """As whom this staff member may act by this leave; None when they may not, or no more.

    Two queries. Whoever gave the leave must still be a member: the guest's role is theirs, and
    MANAGER at most.
    """
    access = (
        _entitled(user)
        .filter(public_id=public_id)
        .select_related("organization__pulse", "granted_by")
        .first()
    )
    if access is None:
        return None
    giver = Membership.objects.filter(
        organization_id=access.organization_id,
        user_id=access.granted_by_id,
        is_active=True,
        user__is_active=True,
    ).first()
    if giver is None:
        return None
    role = min(Role(giver.role), Role.MANAGER, key=lambda role: role.rank)
    return Guest(access, access.organization, role)


def acts_by(access: SupportAccess) -> list[Act]:
    """What staff did in the organization while the leave lasted, newest first.

    Starts and ends of a use are among them. Staff's own acts for the organization, by no leave, are
    too: whoever reads this wants to know all of it.
    """
    end = min(filter(None, [access.revoked_at, access.expires_at]))
    first = Event.objects.filter(
        subject_type=SupportAccess._meta.label_lower, subject_id=access.pk
    ).order_by("id")
    began = first.values_list("pk", flat=True).first()
    if began is None:
        return []
    events = (
        Event.objects.filter(
            pk__gte=began,
            created_at__lte=end,
            via=Via.STAFF,
            actor_organization_id=access.organization_id,
        )
        .select_related("actor_user")
        .order_by("-pk")
    )
    return [
        Act(kinds()[event.kind].title, kinds()[event.kind].icon, event.created_at, _who(event))
        for event in events[:MOST_ACTS]
    ]


def uses_of(accesses: list[SupportAccess]) -> dict[int, list[Act]]:
    """By leave: who entered and left by it, newest first. One query."""
    events = (
        Event.objects.filter(
            subject_type=SupportAccess._meta.label_lower,
            subject_id__in=[access.pk for access in accesses],
            kind__in=USES,
        )
        .select_related("actor_user")
        .order_by("-id")
    )
    found: dict[int, list[Act]] = {access.pk: [] for access in accesses}
    for event in events:
        kind = kinds()[event.kind]
        found[event.subject_id].append(Act(kind.title, kind.icon, event.created_at, _who(event)))
    return found


def _who(event: Event) -> str:
    return str(event.actor_user) if event.actor_user else ""


def _entitled(user: CustomUser) -> QuerySet[SupportAccess]:
    """Leaves in force that are for this person: support and administrators any, account managers
    those of the organizations in their charge."""
    rows = in_force(clock.now())
    if not user.is_active or user.scope in (None, StaffScope.CONTENT):
        return rows.none()
    if user.scope == StaffScope.ACCOUNT_MANAGER:
        managed = AccountManagement.objects.filter(user=user).values("organization_id")
        return rows.filter(Q(organization_id__in=managed))
    return rows
