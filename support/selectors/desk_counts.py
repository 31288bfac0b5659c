"""How much waits at the desk: figures of tabs, tiles and the home, none beyond a cap."""

from dataclasses import dataclass
from datetime import datetime

from django.core.cache import caches
from django.db.models import QuerySet

from core import clock
from core.actor import Actor
from core.parts.text import grouped
from support.choices import OPEN_STATES
from support.models import Ticket

# Beyond this nobody needs the figure: "more than 1,000" is said instead.
COUNT_CAP = 1_000
_KEPT_SECONDS = 30


@dataclass(frozen=True, slots=True)
class DeskCounts:
    """`COUNT_CAP + 1` stands for more than that."""

    mine: int
    unassigned: int
    overdue: int


def desk_counts(actor: Actor) -> DeskCounts:
    """Counted anew when a ticket changed or half a minute passed; each by a range of an index."""
    newest = Ticket.objects.order_by("-updated_at", "-id").values_list("id", "updated_at").first()
    key = f"desk-counts:{actor.user_id}:{newest}".replace(" ", "_")
    counts: DeskCounts = caches["local"].get_or_set(  # type: ignore[assignment]
        key, lambda: _count(actor, clock.now()), _KEPT_SECONDS
    )
    return counts


def in_words(count: int) -> str:
    return f"{grouped(COUNT_CAP)}+" if count > COUNT_CAP else grouped(count)


def _count(actor: Actor, now: datetime) -> DeskCounts:
    rows = Ticket.objects.visible_to(actor)
    open_rows = rows.filter(state__in=sorted(OPEN_STATES))
    return DeskCounts(
        mine=_capped(open_rows.filter(assignee_id=actor.user_id)),
        unassigned=_capped(open_rows.filter(assignee__isnull=True)),
        overdue=_capped(rows.filter(due_at__lt=now)),
    )


def _capped(rows: QuerySet) -> int:
    return rows.order_by().values("pk")[: COUNT_CAP + 1].count()
