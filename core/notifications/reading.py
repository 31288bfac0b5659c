"""The bell and its list: what a person was told for the organization they act for, or as staff."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import QuerySet
from django.urls import reverse

from core import clock
from core.actor import Actor
from core.choices import PartyRole
from core.events.registry import kind as kind_named
from core.models import Event, EventParty, Notification
from core.notifications.registry import Telling, say, subjects_of

# More than so many unread are said to be more, and not counted.
COUNT_CAP = 100


@dataclass(frozen=True, slots=True)
class Line:
    """One notification as it is shown. `url` opens it: it is read from then on."""

    id: int
    title: str
    subject: str
    url: str
    # The page of the subject; "" when it has none.
    target: str
    icon: str
    at: datetime
    is_unread: bool


def notifications_of(actor: Actor) -> QuerySet[Notification]:
    """What the actor was told for this organization: those of others wait behind the switcher.

    A person who has left an organization cannot act for it, and so reads nothing of it. Staff who
    act for none have a bell of their own.
    """
    if actor.user is None or (actor.organization is None and not actor.is_staff):
        return Notification.objects.none()
    return Notification.objects.filter(user=actor.user, organization=actor.organization)


def unread_count(actor: Actor) -> int:
    """How many are unread, at most COUNT_CAP."""
    return notifications_of(actor).filter(read_at=None)[:COUNT_CAP].count()


def newest_of(actor: Actor) -> int:
    """The id of what the actor was told last; 0: of nothing yet."""
    newest = notifications_of(actor).order_by("-id").values_list("pk", flat=True)
    return newest.first() or 0


def lines_of(notifications: Sequence[Notification], *, is_letter: bool = False) -> list[Line]:
    """Notifications in words, in the present language: two queries and those of the presenters.

    Their events should be loaded (`select_related("event")`).
    """
    subjects = subjects_of(notification.event for notification in notifications)
    sides = _sides(notifications)
    lines = []
    for notification in notifications:
        event = notification.event
        subject = subjects.get((event.subject_type, event.subject_id))
        seen_as = (
            {PartyRole.SUPPORT}
            if notification.organization_id is None
            else sides.get((event.pk, notification.organization_id), set())
        )
        lines.append(
            Line(
                id=notification.pk,
                title=say(_telling(event, seen_as, is_letter)),
                subject=subject.title if subject else "",
                url=reverse("notification_open", args=[notification.pk]),
                target=subject.url if subject else "",
                icon=kind_named(event.kind).icon,
                at=notification.created_at,
                is_unread=notification.read_at is None,
            )
        )
    return lines


def mark_read(actor: Actor, notification_ids: Collection[int]) -> int:
    """Marks some of the actor's notifications as read; how many were unread."""
    unread = notifications_of(actor).filter(read_at=None, pk__in=notification_ids)
    return unread.update(read_at=clock.now())


def mark_all_read(actor: Actor, newest: int) -> int:
    """Marks as read all up to the one with the id `newest`: what came since was not seen."""
    unread = notifications_of(actor).filter(read_at=None, pk__lte=newest)
    return unread.update(read_at=clock.now())


def _sides(notifications: Sequence[Notification]) -> dict[tuple[int, int], set[PartyRole]]:
    """(event, organization) → the sides on which the organization stands."""
    parties = EventParty.objects.filter(
        event_id__in={notification.event_id for notification in notifications},
        organization_id__in={
            notification.organization_id
            for notification in notifications
            if notification.organization_id is not None
        },
    )
    sides: dict[tuple[int, int], set[PartyRole]] = {}
    for event_id, organization_id, role in parties.values_list(
        "event_id", "organization_id", "role"
    ):
        sides.setdefault((event_id, organization_id), set()).add(PartyRole(role))
    return sides


def _telling(event: Event, sides: Collection[PartyRole], is_letter: bool) -> Telling:
    kind = kind_named(event.kind)
    seen = kind.seen_by(sides) or frozenset()
    data = {key: value for key, value in event.data.items() if key in seen}
    return Telling(kind, data, is_letter)
