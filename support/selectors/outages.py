"""An outage as customers report it: several open tickets of one building within a day."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, Min, Q, QuerySet

from core import clock
from core.actor import Actor
from locations.models import Building
from support.choices import OPEN_STATES
from support.models import Ticket

WITHIN = timedelta(hours=24)
LEAST = 3
SHOWN_AT_MOST = 50


@dataclass(frozen=True, slots=True)
class Outage:
    """`count` open tickets of one building, the first of them of `since`."""

    building: Building
    count: int
    since: datetime


def outages(actor: Actor) -> list[Outage]:
    """What looks like an outage now, the largest first; for staff. Two queries, one of nothing.

    Read from the index of what was opened within a day, however many tickets there are.
    """
    rows = reported(actor).values("building").annotate(count=Count("pk"), since=Min("created_at"))
    found = list(rows.filter(count__gte=LEAST).order_by("-count", "since")[:SHOWN_AT_MOST])
    if not found:
        return []
    buildings = Building.objects.in_bulk([row["building"] for row in found])
    return [Outage(buildings[row["building"]], row["count"], row["since"]) for row in found]


def outage_at(actor: Actor, building_id: int | None) -> Outage | None:
    """The outage that a ticket of this building belongs to, if there is one."""
    if building_id is None:
        return None
    rows = reported(actor).filter(building=building_id)
    told = rows.aggregate(count=Count("pk"), since=Min("created_at"))
    if told["count"] < LEAST:
        return None
    return Outage(Building.objects.get(pk=building_id), told["count"], told["since"])


def outage_numbers(actor: Actor, building: Building) -> list[str]:
    """The numbers of the tickets that report it, oldest first."""
    rows = reported(actor).filter(building=building).order_by("created_at", "pk")
    return list(rows.values_list("number", flat=True))


def reported(actor: Actor) -> QuerySet[Ticket]:
    """Open tickets of a day that tell of an outage somewhere; nothing of customers' trying out."""
    if actor.organization is not None:
        return Ticket.objects.none()
    return Ticket.objects.visible_to(actor).filter(
        Q(owner=None) | Q(owner__is_sandbox=False),
        created_at__gte=clock.now() - WITHIN,
        state__in=_in_order(OPEN_STATES),
        category__is_outage=True,
        building__isnull=False,
    )


def _in_order(states: Iterable[str]) -> list[str]:
    return sorted(str(state) for state in states)
