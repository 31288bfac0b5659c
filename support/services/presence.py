"""Who of the staff looks at a ticket now, and who writes in it: so that none answers twice."""

from dataclasses import dataclass
from datetime import timedelta

from django.utils.translation import gettext as _

from core import clock
from core.actor import Actor
from core.errors import Forbidden
from core.querysets import get_visible
from support.models import Presence, Ticket
from users.models import CustomUser

# Pages say that they are there every fifteen seconds or so.
GONE_AFTER = timedelta(seconds=45)
CLEARED_AFTER = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Present:
    user: CustomUser
    writes: bool


def mark_present(actor: Actor, ticket: Ticket, writes: bool = False) -> None:
    """Notes that one of the staff has the ticket before them, and whether they write.

    Raises NotVisible, Forbidden.
    """
    get_visible(Ticket.objects, actor, pk=ticket.pk)
    if actor.organization is not None or actor.user is None or not actor.is_staff:
        raise Forbidden(_("Only staff are seen at a ticket."))
    now = clock.now()
    seen = {"seen_at": now, "writes_at": now if writes else None}
    mine = Presence.objects.filter(ticket=ticket, user=actor.user)
    if not mine.update(**seen):
        # Two pages of one person may come at once: either row will do.
        row = Presence(ticket=ticket, user=actor.user, **seen)
        Presence.objects.bulk_create([row], ignore_conflicts=True)


def mark_gone(actor: Actor, ticket: Ticket) -> None:
    """The page was left."""
    Presence.objects.filter(ticket=ticket, user=actor.user_id or 0).delete()


def others_at(actor: Actor, ticket: Ticket) -> list[Present]:
    """Colleagues who have the ticket before them now, by name; for staff alone. One query."""
    if actor.organization is not None or not (actor.is_staff or actor.system):
        return []
    since = clock.now() - GONE_AFTER
    rows = Presence.objects.filter(
        ticket__in=Ticket.objects.visible_to(actor).filter(pk=ticket.pk), seen_at__gte=since
    ).exclude(user=actor.user_id or 0)
    found = rows.select_related("user").order_by("user__full_name", "pk")
    return [
        Present(row.user, row.writes_at is not None and row.writes_at >= since) for row in found
    ]


def forget_gone() -> int:
    """Clears who left long ago; how many."""
    gone, _rows = Presence.objects.filter(seen_at__lt=clock.now() - CLEARED_AFTER).delete()
    return gone
