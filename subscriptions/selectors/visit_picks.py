"""What the pickers of a visit's time show: days, and the free slots of each."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from django.db.models import F
from django.utils import timezone

from core.actor import Actor
from subscriptions.choices import AppointmentState
from subscriptions.models import Appointment, ConnectionRequest
from subscriptions.selectors.request_history import visit_in_words
from subscriptions.selectors.visit_slots import Place, by_time, choosable, days_ahead, slots_for
from subscriptions.services.visits.booking import may_hold, slot_field
from subscriptions.slots import Slot
from users.models import Organization


@dataclass(frozen=True, slots=True)
class PickDay:
    """A day of the reader's calendar, and what is free on it."""

    day: date
    slots: list[Slot]


@dataclass(frozen=True, slots=True)
class Pick:
    """The time that is held for a request, and those to choose from."""

    request: ConnectionRequest
    held: Appointment | None = None
    may_hold: bool = False
    # Whether the provider keeps slots there at all; with none free it is said so.
    has_slots: bool = False
    days: list[PickDay] = field(default_factory=list)

    @property
    def is_shown(self) -> bool:
        return self.held is not None or (self.may_hold and self.has_slots)

    @property
    def field_name(self) -> str:
        """The radio buttons of each draft have a name of their own: all stand in one form."""
        return slot_field(self.request)

    @property
    def held_in_words(self) -> str:
        return visit_in_words(self.held.starts_at, self.held.ends_at) if self.held else ""


def visit_picks(actor: Actor, requests: Sequence[ConnectionRequest]) -> dict[str, Pick]:
    """By number, for requests that the actor sees: five queries, however many there are."""
    held = _held(requests)
    asking = [row for row in requests if may_hold(actor, row)]
    wanted = [(row.provider, Place.of(row.visited, row.category_id)) for row in asking]
    slots = _slots_of(wanted)
    picks = {row.number: Pick(row, held.get(row.pk)) for row in requests}
    for row, found in zip(asking, slots, strict=True):
        picks[row.number] = Pick(
            row, held.get(row.pk), True, bool(found), by_day(by_time(choosable(found)))
        )
    return picks


def attach_picks(actor: Actor, requests: Sequence[ConnectionRequest]) -> None:
    """Gives each of `requests` its `visit_pick`, for pages that list them."""
    picks = visit_picks(actor, requests)
    for row in requests:
        row.visit_pick = picks[row.number]  # type: ignore[attr-defined]


def by_day(slots: Iterable[Slot]) -> list[PickDay]:
    """Slots in their order under the days of the reader's time zone."""
    days: dict[date, list[Slot]] = {}
    for slot in slots:
        days.setdefault(timezone.localtime(slot.starts_at).date(), []).append(slot)
    return [PickDay(day, found) for day, found in days.items()]


def times(starts_at: datetime, ends_at: datetime) -> str:
    """ "10:00–12:00", in the reader's time zone."""
    start, end = timezone.localtime(starts_at), timezone.localtime(ends_at)
    return f"{start:%H:%M}–{end:%H:%M}"


def _slots_of(wanted: Sequence[tuple[Organization, Place]]) -> list[list[Slot]]:
    if not wanted:
        return []
    # Of providers in several time zones the earliest today and the latest last day.
    days = sorted({day for provider, _place in wanted for day in days_ahead(provider)})
    return slots_for(wanted, days)


def _held(requests: Sequence[ConnectionRequest]) -> dict[int, Appointment]:
    rows = Appointment.objects.filter(
        request_id__in=[row.pk for row in requests],
        state=AppointmentState.HELD,
        provider_id=F("request__provider_id"),
    )
    return {row.request_id: row for row in rows}
