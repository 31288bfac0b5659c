"""Calendar feeds: addresses by which a calendar program reads one's visits (RFC 5545).

The secret of the address is kept as a digest, to be found by, and sealed, to be shown to its owner
again. What it holds is worked out anew each time, with the rights that its owner has then.
"""

import secrets
from collections.abc import Callable, Iterator

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from core import clock
from core.actor import Actor
from core.choices import OrganizationKind, PartyRole, Role, Via
from core.errors import DomainError, Forbidden, NotVisible
from core.events import emit
from core.vault import rotates, seal, unseal
from subscriptions.choices import FeedScope
from subscriptions.models import CalendarFeed
from subscriptions.selectors.visit_days import sees_all
from users.models import CustomUser, Membership, Organization, Team
from users.services.invitations import digest_of

FEEDS_AT_MOST = 20


def scopes_for(actor: Actor) -> list[FeedScope]:
    """What the actor may have in a feed: crews are the providers' alone."""
    if actor.kind != OrganizationKind.PROVIDER:
        return [FeedScope.OWN, FeedScope.ALL]
    if not sees_all(actor):
        return [FeedScope.OWN] + ([FeedScope.TEAM] if actor.team_id else [])
    return list(FeedScope)


def may_read_team(actor: Actor, team_id: int | None) -> bool:
    """Whether the actor may read the visits of this crew."""
    return sees_all(actor) or (team_id is not None and team_id == actor.team_id)


def create_feed(
    actor: Actor, scope: str, *, team: Team | None = None, with_contacts: bool = False
) -> CalendarFeed:
    """A new address for the actor. Raises Forbidden, DomainError with field `scope` or `team`."""
    user, organization = _member(actor)
    if scope not in scopes_for(actor):
        raise DomainError(_("Choose which visits it holds."), field="scope")
    if scope == FeedScope.TEAM:
        if team is None or team.organization_id != organization.pk:
            raise DomainError(_("Choose a crew."), field="team")
        if not may_read_team(actor, team.pk):
            raise Forbidden(_("You see the visits of your own crew alone."))
    secret = secrets.token_urlsafe(32)
    with transaction.atomic():
        # Of one person one after another, so that there are never more than so many.
        CustomUser.objects.select_for_update().get(pk=user.pk)
        if feeds_of(actor).count() >= FEEDS_AT_MOST:
            raise DomainError(_("There are enough addresses: revoke one first."), field="scope")
        feed = CalendarFeed.objects.create(
            user=user,
            organization=organization,
            scope=scope,
            team=team if scope == FeedScope.TEAM else None,
            with_contacts=with_contacts,
            token_digest=digest_of(secret),
            token=seal(secret),
            created_at=clock.now(),
        )
        emit(
            actor,
            "calendar_feed.created",
            feed,
            {PartyRole.OWNER: organization},
            {"scope": str(scope)},
        )
    return feed


def revoke_feed(actor: Actor, public_id: str) -> None:
    """Makes an address of the actor's work no more. Raises NotVisible."""
    with transaction.atomic():
        feed = feeds_of(actor).filter(public_id=public_id).first()
        if feed is None:
            raise NotVisible(_("There is no such page, or it is not yours to see."))
        data = {"scope": str(feed.scope)}
        emit(actor, "calendar_feed.revoked", feed, {PartyRole.OWNER: feed.organization}, data)
        feed.delete()


def feeds_of(actor: Actor) -> QuerySet[CalendarFeed]:
    """The actor's own addresses in the present organization, the newest first."""
    rows = CalendarFeed.objects.filter(user=actor.user, organization=actor.organization)
    return rows.select_related("team", "organization").order_by("-pk")


def secret_of(feed: CalendarFeed) -> str:
    return unseal(feed.token)


def feed_at(secret: str) -> tuple[CalendarFeed, Actor] | None:
    """The feed of an address, and its owner with the rights they have now; None where it is none,
    or its owner has left."""
    rows = CalendarFeed.objects.select_related("user", "organization", "team")
    feed = rows.filter(token_digest=digest_of(secret)).first()
    if feed is None or not feed.user.is_active or not feed.organization.is_active:
        return None
    membership = Membership.objects.filter(
        user=feed.user, organization=feed.organization, is_active=True
    ).first()
    if membership is None:
        return None
    role = Role(membership.role)
    actor = Actor(feed.user, feed.organization, role, Via.LINK, team_id=membership.team_id)
    return feed, actor


def _member(actor: Actor) -> tuple[CustomUser, Organization]:
    """Who lives by a membership alone: staff who act for others come and go."""
    if actor.user is None or actor.organization is None or actor.role is None or actor.leave:
        raise Forbidden(_("Calendar feeds are for members of the organization."))
    return actor.user, actor.organization


@rotates("calendar feeds")
def rotate_feeds(reseal: Callable[[str], str]) -> Iterator[None]:
    for feed in CalendarFeed.objects.only("pk", "token").iterator(500):
        CalendarFeed.objects.filter(pk=feed.pk).update(token=reseal(feed.token))
        yield
