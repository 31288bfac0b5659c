"""A provider's week: slots with what is taken, and the visits in them, crew by crew."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from django.utils import timezone
from django.utils.translation import gettext as _

from core import clock
from core.actor import Actor
from subscriptions.models import Appointment
from subscriptions.selectors.visit_days import bounds, crews_of, visits_between
from subscriptions.selectors.visit_picks import times
from subscriptions.selectors.visit_slots import slots_of
from subscriptions.slots import Slot
from users.models import Organization

VISITS_AT_MOST = 1000


@dataclass(slots=True)
class WeekSlot:
    """A time on a day of a crew: a slot, or (without one) a time agreed upon freely."""

    time: str
    slot: Slot | None
    visits: list[Appointment] = field(default_factory=list)

    def free_from(self, now: datetime) -> int:
        """Places that somebody can still take."""
        return self.slot.free if self.slot and self.slot.starts_at > now else 0

    @property
    def held(self) -> int:
        """Places taken that no visit is agreed upon for yet."""
        return max(self.slot.taken - len(self.visits), 0) if self.slot else 0


@dataclass(frozen=True, slots=True)
class WeekRow:
    """A crew's week; `days` are in the order of the week."""

    crew: str
    days: list[list[WeekSlot]]
    free: int


def week_from(day: date) -> list[date]:
    """Monday to Sunday of the week that `day` lies in."""
    monday = day - timedelta(days=day.weekday())
    return [monday + timedelta(days=number) for number in range(7)]


def week_of_visits(actor: Actor, provider: Organization, days: Sequence[date]) -> list[WeekRow]:
    """A row for each crew, and one for what has none; six queries, however much there is."""
    since, until = bounds(provider, days)
    visits = visits_between(actor, since, until).select_related("team", "request", "request__unit")
    visits = visits.select_related(
        "request__building", "request__category", "request__target_unit__building"
    )
    found = _Week(list(days))
    for slot in slots_of(provider, days):
        found.add_slot(slot)
    for visit in visits[:VISITS_AT_MOST]:
        found.add_visit(visit)
    crews: list[tuple[int | None, str]] = [(team.pk, team.name) for team in crews_of(provider)]
    return found.rows([*crews, (None, _("Without a crew"))])


class _Week:
    def __init__(self, days: list[date]) -> None:
        self._days = days
        self._cells: dict[tuple[int | None, date], list[WeekSlot]] = {}

    def add_slot(self, slot: Slot) -> None:
        cell = self._cells.setdefault((slot.team_id, slot.day), [])
        cell.append(WeekSlot(times(slot.starts_at, slot.ends_at), slot))

    def add_visit(self, visit: Appointment) -> None:
        day = timezone.localtime(visit.starts_at).date()
        cell = self._cells.setdefault((visit.team_id, day), [])
        span = (visit.starts_at, visit.ends_at)
        place = next(
            (one for one in cell if one.slot and (one.slot.starts_at, one.slot.ends_at) == span),
            None,
        )
        if place is None:
            place = WeekSlot(times(*span), None)
            cell.append(place)
        place.visits.append(visit)

    def rows(self, crews: list[tuple[int | None, str]]) -> list[WeekRow]:
        made, now = [], clock.now()
        for pk, name in crews:
            days = [self._cells.get((pk, day), []) for day in self._days]
            if pk is None and not any(days):
                continue
            for cell in days:
                cell.sort(key=lambda one: one.time)
            free = sum(one.free_from(now) for cell in days for one in cell)
            made.append(WeekRow(name, days, free))
        return made
