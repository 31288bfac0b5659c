"""Slots of visits, worked out from weekly patterns: pure functions of what a provider wrote down.

Hours are those on the provider's wall. Where clocks go forward, an hour that the wall never shows
has no slots, and a slot that lies in it partly is shorter; where they go back, the hour shown twice
belongs to one slot, which is longer: slots follow one another without a gap and without meeting.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from core.working_hours import WorkingCalendar
from subscriptions.choices import SlotExceptionKind
from subscriptions.models import SlotException, SlotPattern

DAY = timedelta(days=1)
_MOMENT = "%y%m%d%H%M"


@dataclass(frozen=True, slots=True)
class Slot:
    """Some time on some day, and how many visits it takes; moments are in UTC."""

    pattern_id: int
    pattern_key: str
    provider_id: int
    team_id: int | None
    crew: str
    day: date
    starts_at: datetime
    ends_at: datetime
    capacity: int
    notice: timedelta
    taken: int = 0

    @property
    def key(self) -> str:
        """How a form names it."""
        return slot_key(self.pattern_key, self.starts_at, self.ends_at)

    @property
    def free(self) -> int:
        return max(self.capacity - self.taken, 0)

    def can_be_chosen(self, now: datetime) -> bool:
        """Whether those who do not work for the provider may still take or leave it."""
        return self.starts_at - self.notice > now

    def with_taken(self, taken: int) -> "Slot":
        return replace(self, taken=taken)


def slot_key(pattern_key: str, starts_at: datetime, ends_at: datetime) -> str:
    """A slot in one word: its pattern's public id and both moments (UTC)."""
    return f"{pattern_key}-{starts_at:{_MOMENT}}-{ends_at:{_MOMENT}}"


def parse_key(key: str) -> tuple[str, datetime, datetime] | None:
    """The pattern's public id and the moments of `Slot.key`; None for what is no key."""
    parts = key.split("-")
    if len(parts) != 3 or not parts[0].isalnum() or not key.isascii():
        return None
    try:
        starts_at, ends_at = (
            datetime.strptime(part, _MOMENT).replace(tzinfo=UTC) for part in parts[1:]
        )
    except ValueError:
        return None
    return parts[0], starts_at, ends_at


def expand(
    pattern: SlotPattern,
    exceptions: Collection[SlotException],
    calendar: WorkingCalendar,
    days: Iterable[date],
) -> Iterator[Slot]:
    """The slots of a pattern on `days`, in their order, whoever has taken places in them.

    `exceptions` are those of its provider: of this pattern, of others (left aside) and of all.
    """
    by_day = _by_day(pattern, exceptions)
    for day in days:
        here = by_day.get(day, [])
        if not _is_valid(pattern, day) or any(row.pattern_id is None for row in here):
            continue
        spans = {
            **_regular(pattern, here, calendar, day),
            **_extra(here, calendar.zone, day),
        }
        for (starts_at, ends_at), capacity in sorted(spans.items()):
            yield Slot(
                pattern.pk,
                pattern.public_id,
                pattern.provider_id,
                pattern.team_id,
                pattern.team.name if pattern.team else "",
                day,
                starts_at,
                ends_at,
                capacity,
                timedelta(hours=pattern.notice_hours),
            )


Spans = dict[tuple[datetime, datetime], int]


def _by_day(
    pattern: SlotPattern, exceptions: Collection[SlotException]
) -> Mapping[date, list[SlotException]]:
    found: dict[date, list[SlotException]] = {}
    for row in exceptions:
        if row.pattern_id in (None, pattern.pk):
            found.setdefault(row.day, []).append(row)
    return found


def _regular(
    pattern: SlotPattern, here: Collection[SlotException], calendar: WorkingCalendar, day: date
) -> Spans:
    """What the week says of the day, unless the day is closed."""
    if any(row.kind == SlotExceptionKind.CLOSED for row in here) or not _runs(
        pattern, calendar, day
    ):
        return {}
    capacity = pattern.capacity
    for row in here:
        if row.kind == SlotExceptionKind.CAPACITY and row.capacity is not None:
            capacity = row.capacity
    if not capacity:
        return {}
    return dict.fromkeys(
        spans_of(pattern.starts, pattern.ends, pattern.minutes, calendar.zone, day), capacity
    )


def _is_valid(pattern: SlotPattern, day: date) -> bool:
    return pattern.valid_from <= day and (pattern.valid_until is None or day <= pattern.valid_until)


def _runs(pattern: SlotPattern, calendar: WorkingCalendar, day: date) -> bool:
    if not pattern.runs_on(day.weekday()):
        return False
    return not pattern.follows_calendar or calendar.works_on(day)


def _extra(here: Collection[SlotException], zone: ZoneInfo, day: date) -> Spans:
    found: Spans = {}
    for row in here:
        if row.kind == SlotExceptionKind.EXTRA and row.starts and row.ends:
            begins, ends = _wall_span(row.starts, row.ends, day)
            span = moment_of(begins, zone), moment_of(ends, zone)
            if span[0] < span[1]:
                found[span] = row.capacity or 1
    return found


def spans_of(
    starts: time, ends: time, minutes: int, zone: ZoneInfo, day: date
) -> list[tuple[datetime, datetime]]:
    """The hours of a day cut into slots of `minutes`; what is left over at the end is no slot."""
    begins, closes = _wall_span(starts, ends, day)
    length = timedelta(minutes=minutes)
    found = []
    while begins + length <= closes:
        span = moment_of(begins, zone), moment_of(begins + length, zone)
        if span[0] < span[1]:
            found.append(span)
        begins += length
    return found


def _wall_span(starts: time, ends: time, day: date) -> tuple[datetime, datetime]:
    begins, closes = datetime.combine(day, starts), datetime.combine(day, ends)
    return begins, closes if closes > begins else closes + DAY


def moment_of(wall: datetime, zone: ZoneInfo) -> datetime:
    """The moment (UTC) at which the wall shows `wall`: the first of two, and where it never does,
    the moment at which clocks went forward over it."""
    early = wall.replace(tzinfo=zone).astimezone(UTC)
    if early.astimezone(zone).replace(tzinfo=None) == wall:
        return early
    # Skipped: read by the offset before the change it lies after it, and the other way round.
    late = early
    early = wall.replace(tzinfo=zone, fold=1).astimezone(UTC)
    before = early.astimezone(zone).utcoffset()
    minutes = int((late - early) / timedelta(minutes=1))
    low, high = 0, minutes
    while high - low > 1:
        middle = (low + high) // 2
        moment = (early + timedelta(minutes=middle)).astimezone(zone)
        low, high = (middle, high) if moment.utcoffset() == before else (low, middle)
    return early + timedelta(minutes=high)
