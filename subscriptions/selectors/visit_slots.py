"""Which slots providers keep, and which of them are free."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.db.models import Q, QuerySet

from core import clock
from locations.models import Building, ServiceCategory
from subscriptions.models import SlotException, SlotPattern, VisitSlot
from subscriptions.selectors.calendars import calendars_of
from subscriptions.slots import DAY, Slot, expand, parse_key
from users.models import Organization

# So far ahead a visit is chosen.
DAYS_AHEAD = 21


@dataclass(frozen=True, slots=True)
class Place:
    """Where a visit is wanted, and for what."""

    city_id: int
    district_id: int | None
    category_id: int

    @classmethod
    def of(cls, building: Building, category_id: int) -> "Place":
        return cls(building.city_id, building.district_id, category_id)

    def suits(self, pattern: SlotPattern) -> bool:
        """Whether the crews of the pattern come here for this service."""
        return (
            pattern.city_id in (None, self.city_id)
            and pattern.district_id in (None, self.district_id)
            and pattern.category_id in (None, self.category_id)
        )


def free_slots(
    provider: Organization,
    place: Building,
    category: ServiceCategory | int,
    days: Sequence[date],
    *,
    with_notice: bool = True,
) -> list[Slot]:
    """The slots at a building on `days` (by the provider's calendar) that take one more visit.

    In the order of time, those of one time with the freest crew first. `with_notice`: those that
    somebody outside of the provider may still choose; without it, all that have not begun.
    Four queries; none of them where the provider keeps no slots there but one.
    """
    category_id = category if isinstance(category, int) else category.pk
    found = slots_for([(provider, Place.of(place, category_id))], days)[0]
    return choosable(found, with_notice=with_notice)


def choosable(slots: Sequence[Slot], *, with_notice: bool = True) -> list[Slot]:
    """Those of `slots` that are free and not too near."""
    now = clock.now()
    return [
        slot
        for slot in slots
        if slot.free and (slot.can_be_chosen(now) if with_notice else slot.starts_at > now)
    ]


def slots_for(
    wanted: Sequence[tuple[Organization, Place]], days: Sequence[date]
) -> list[list[Slot]]:
    """For each provider and place all slots on `days`, free or not; four queries for all."""
    providers = {provider.pk: provider for provider, _place in wanted}
    patterns = list(
        patterns_on(days, provider_id__in=list(providers)) if days else SlotPattern.objects.none()
    )
    slots = _read(patterns, list(providers.values()), days)
    by_pattern: dict[int, list[Slot]] = {}
    for slot in slots:
        by_pattern.setdefault(slot.pattern_id, []).append(slot)
    return [
        in_order(
            slot
            for pattern in patterns
            if pattern.provider_id == provider.pk and place.suits(pattern)
            for slot in by_pattern.get(pattern.pk, [])
        )
        for provider, place in wanted
    ]


def slots_of(
    provider: Organization,
    days: Sequence[date],
    patterns: Collection[SlotPattern] | None = None,
) -> list[Slot]:
    """All slots of a provider (or of some of its patterns) on `days`, in the order of time."""
    if patterns is None:
        patterns = list(patterns_on(days, provider_id__in=[provider.pk]))
    return in_order(_read(patterns, [provider], days))


def slot_named(provider: Organization, key: str) -> Slot | None:
    """The slot of `Slot.key` as it is now, among those of `provider`; None where there is none."""
    parsed = parse_key(key)
    if parsed is None:
        return None
    public_id, starts_at, ends_at = parsed
    pattern = (
        SlotPattern.objects.filter(provider=provider, public_id=public_id)
        .select_related("team")
        .first()
    )
    if pattern is None:
        return None
    day = starts_at.astimezone(ZoneInfo(provider.time_zone)).date()
    # One that runs over midnight belongs to the day before.
    for slot in _read([pattern], [provider], [day - DAY, day]):
        if (slot.starts_at, slot.ends_at) == (starts_at, ends_at):
            return slot
    return None


def keeps_slots(provider: Organization) -> bool:
    """Whether the provider has patterns that are not over."""
    return _standing(clock.today(ZoneInfo(provider.time_zone)), provider_id=provider.pk).exists()


def days_ahead(provider: Organization, count: int = DAYS_AHEAD) -> list[date]:
    """Today and the days after it, by the provider's calendar."""
    today = clock.today(ZoneInfo(provider.time_zone))
    return [today + timedelta(days=number) for number in range(count)]


def patterns_on(days: Sequence[date], **which: object) -> QuerySet[SlotPattern]:
    """Patterns that may have slots on `days`, extra ones too, in the order they are shown."""
    rows = _standing(min(days) - DAY, **which)
    return rows.select_related("team", "city", "district", "category").order_by(
        "starts", "ends", "pk"
    )


def _standing(day: date, **which: object) -> QuerySet[SlotPattern]:
    return SlotPattern.objects.filter(Q(valid_until=None) | Q(valid_until__gte=day), **which)


def _read(
    patterns: Collection[SlotPattern], providers: Sequence[Organization], days: Sequence[date]
) -> list[Slot]:
    if not patterns or not days:
        return []
    calendars = calendars_of(providers, min(days))
    ids = [provider.pk for provider in providers]
    exceptions = list(SlotException.objects.filter(provider_id__in=ids, day__in=list(days)))
    taken = _taken(ids, days)
    return [
        slot.with_taken(taken.get((slot.pattern_id, slot.starts_at, slot.ends_at), 0))
        for pattern in patterns
        for slot in expand(
            pattern,
            [row for row in exceptions if row.provider_id == pattern.provider_id],
            calendars[pattern.provider_id],
            days,
        )
    ]


def _taken(ids: list[int], days: Sequence[date]) -> dict[tuple[int, datetime, datetime], int]:
    """Places taken by (pattern, from, to); a day on either side for time zones and midnights."""
    since = datetime.combine(min(days) - DAY, time(), UTC)
    until = datetime.combine(max(days) + 3 * DAY, time(), UTC)
    rows = VisitSlot.objects.filter(
        provider_id__in=ids, starts_at__gte=since, starts_at__lt=until, taken__gt=0
    )
    return {
        (pattern, starts_at, ends_at): taken
        for pattern, starts_at, ends_at, taken in rows.values_list(
            "pattern_id", "starts_at", "ends_at", "taken"
        )
    }


def in_order(slots: Iterable[Slot]) -> list[Slot]:
    return sorted(
        slots,
        key=lambda slot: (slot.starts_at, slot.ends_at, -slot.free, slot.pattern_id),
    )


def by_time(slots: Sequence[Slot]) -> list[Slot]:
    """One slot for each time: of several crews the one that stands first (see `in_order`)."""
    seen: dict[tuple[datetime, datetime], Slot] = {}
    for slot in slots:
        seen.setdefault((slot.starts_at, slot.ends_at), slot)
    return list(seen.values())
