"""What is open at this moment: by age, and what waits in each queue."""

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from django.db.models import Count, Min, Q

from core import clock
from core.actor import Actor
from support.choices import OPEN_STATES, TicketState
from support.models import Queue
from support.selectors.figures.rows import counted

# Upper bounds of the bars, from which the next one begins; the last bar has none.
AGES = (
    timedelta(hours=4),
    timedelta(days=1),
    timedelta(days=3),
    timedelta(days=7),
    timedelta(days=30),
)


@dataclass(slots=True)
class Backlog:
    """A queue's open tickets."""

    queue: str
    public_id: str
    states: dict[str, int] = field(default_factory=dict)
    overdue: int = 0
    unassigned: int = 0
    oldest: Any = None

    @property
    def total(self) -> int:
        return sum(self.states.values())


@dataclass(frozen=True, slots=True)
class OpenNow:
    """`ages`: one number more than AGES has bounds, the youngest first."""

    ages: list[int]
    queues: list[Backlog]

    @property
    def total(self) -> int:
        return sum(self.ages)

    @property
    def overdue(self) -> int:
        return sum(queue.overdue for queue in self.queues)

    @property
    def unassigned(self) -> int:
        return sum(queue.unassigned for queue in self.queues)


def open_now(actor: Actor) -> OpenNow:
    """In two queries; queues without open tickets are left out unless they are in use."""
    now = clock.now()
    queues = {
        row.pk: (row, Backlog(row.name, row.public_id))
        for row in Queue.objects.order_by("position", "pk")
    }
    ages = [0] * (len(AGES) + 1)
    for row in _grouped(actor, now):
        backlog = queues[row["queue_id"]][1]
        state = TicketState(row["state"])
        backlog.states[state] = row["total"]
        backlog.overdue += row["overdue"]
        backlog.unassigned += row["unassigned"]
        backlog.oldest = min(filter(None, (backlog.oldest, row["oldest"])))
        for place in range(len(ages)):
            ages[place] += row[f"age_{place}"]
    shown = [backlog for row, backlog in queues.values() if row.is_active or backlog.total]
    return OpenNow(ages, shown)


def _grouped(actor: Actor, now: Any) -> Any:
    bounds = [None, *(now - age for age in AGES), None]
    ages = {}
    for place in range(len(AGES) + 1):
        within = Q()
        if bounds[place] is not None:
            within &= Q(created_at__lte=bounds[place])
        if bounds[place + 1] is not None:
            within &= Q(created_at__gt=bounds[place + 1])
        ages[f"age_{place}"] = Count("created_at", filter=within)
    return (
        counted(actor)
        .filter(state__in=OPEN_STATES)
        .values("queue_id", "state")
        .annotate(
            total=Count("*"),
            overdue=Count("created_at", filter=Q(due_at__lt=now)),
            unassigned=Count("created_at", filter=Q(assignee=None)),
            oldest=Min("created_at"),
            **ages,
        )
    )
