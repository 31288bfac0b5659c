"""What a provider writes down of its slots: weekly patterns, and the days that differ."""

from collections.abc import Collection
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from core import clock
from core.actor import Actor
from core.choices import OrganizationKind, PartyRole, Role
from core.errors import Conflict, DomainError, Forbidden
from core.events import emit
from core.querysets import get_visible
from core.workflow import touched
from locations.models import City, District, ServiceCategory
from subscriptions.choices import SlotExceptionKind
from subscriptions.models import Appointment, SlotException, SlotPattern
from subscriptions.services.requests.input import clean_text
from subscriptions.services.visits.booking import LIVE
from users.models import Organization, Team

PATTERNS_AT_MOST = 200
DAYS_AT_MOST = 62
MINUTES = range(15, 24 * 60 + 1)
CAPACITY_AT_MOST = 500
NOTICE_AT_MOST = 14 * 24
NOTE_LENGTH = 200
_EVERY_DAY = range(7)
# What cannot be changed while visits stand in the slots: their times would not be there any more.
_SHAPE = ("starts", "ends", "minutes")


def may_keep_slots(actor: Actor) -> bool:
    """MANAGERs of a working provider, and administrators who act for one."""
    if actor.kind != OrganizationKind.PROVIDER or not actor.organization.is_working_provider:
        return False
    return actor.system or actor.is_admin or actor.has_role(Role.MANAGER)


def save_pattern(
    actor: Actor,
    pattern: SlotPattern | None,
    *,
    weekdays: Collection[int],
    starts: time,
    ends: time,
    minutes: int,
    capacity: int,
    notice_hours: int,
    follows_calendar: bool,
    valid_from: date,
    valid_until: date | None = None,
    city: City | None = None,
    district: District | None = None,
    category: ServiceCategory | None = None,
    team: Team | None = None,
    version: int | None = None,
) -> SlotPattern:
    """Adds a pattern to the actor's provider, or (with `pattern`) changes it.

    `weekdays` are numbers from 0 (Monday) to 6. Visits that stand already stay as they are. Raises
    Forbidden, NotVisible, Conflict (changed meanwhile), DomainError with `field`.
    """
    _check_right(actor)
    fields = {
        "weekdays": _bits(weekdays),
        "starts": starts,
        "ends": ends,
        "minutes": minutes,
        "capacity": capacity,
        "notice_hours": notice_hours,
        "follows_calendar": follows_calendar,
        "valid_from": valid_from,
        "valid_until": valid_until,
        "city": city or (district.city if district else None),
        "district": district,
        "category": category,
        "team": team,
    }
    _check(actor, fields)
    with transaction.atomic():
        row = _locked(actor, pattern, version) if pattern else _new(actor)
        if row.pk is not None and any(getattr(row, name) != fields[name] for name in _SHAPE):
            _check_unused(row)
        for name, value in fields.items():
            setattr(row, name, value)
        if row.pk is None:
            row.created_at = row.updated_at = clock.now()
        else:
            touched(row)
        row.save()
        _tell(actor, "pattern")
    return row


def delete_pattern(actor: Actor, pattern: SlotPattern) -> None:
    """Deletes a pattern in which nobody has ever taken a place.

    Raises Forbidden, NotVisible, Conflict.
    """
    _check_right(actor)
    with transaction.atomic():
        row = _locked(actor, pattern, None)
        if row.slots.exists():
            raise Conflict(
                _("Visits were agreed upon in these slots: set the day until which they run.")
            )
        row.delete()
        _tell(actor, "pattern")


def visits_ahead(pattern: SlotPattern) -> int:
    """How many visits stand in the slots of a pattern from now on."""
    return Appointment.objects.filter(
        slot__pattern=pattern, state__in=LIVE, starts_at__gt=clock.now()
    ).count()


# --- exceptions -------------------------------------------------------------------------------
def add_exceptions(
    actor: Actor,
    kind: str,
    *,
    day: date,
    until: date | None = None,
    pattern: SlotPattern | None = None,
    starts: time | None = None,
    ends: time | None = None,
    capacity: int | None = None,
    note: str = "",
) -> list[SlotException]:
    """Makes each day from `day` to `until` differ; those that differ so already are left alone.

    CLOSED without `pattern` closes the provider. CAPACITY needs `pattern` and `capacity` (0: no
    slots), EXTRA `pattern`, `starts`, `ends` and `capacity`. Visits that stand already stay.
    Returns what was added. Raises Forbidden, NotVisible, DomainError with `field`.
    """
    _check_right(actor)
    if pattern is not None:
        pattern = get_visible(SlotPattern.objects, actor, pk=pattern.pk)
    last = until or day
    _check_exception(actor, kind, day, last, pattern, starts, ends, capacity)
    extra = kind == SlotExceptionKind.EXTRA
    added = []
    with transaction.atomic():
        # One after another: the same exception is not added twice at once.
        Organization.objects.select_for_update().get(pk=actor.organization.pk)
        for offset in range((last - day).days + 1):
            row = SlotException(
                provider=actor.organization,
                pattern=pattern,
                kind=kind,
                day=day + timedelta(days=offset),
                starts=starts if extra else None,
                ends=ends if extra else None,
                capacity=None if kind == SlotExceptionKind.CLOSED else capacity,
                note=clean_text(note, NOTE_LENGTH, "note"),
                created_at=clock.now(),
            )
            row.key = _key(row)
            if _save_once(row):
                added.append(row)
        if added:
            _tell(actor, "exception")
    return added


def remove_exception(actor: Actor, exception: SlotException) -> None:
    """The day is as the pattern says again. Raises Forbidden."""
    _check_right(actor)
    with transaction.atomic():
        gone, _rows = SlotException.objects.visible_to(actor).filter(pk=exception.pk).delete()
        if gone:
            _tell(actor, "exception")


def _save_once(row: SlotException) -> bool:
    try:
        with transaction.atomic():
            row.save(force_insert=True)
    except IntegrityError:
        return False
    return True


def _key(row: SlotException) -> str:
    parts = [row.provider_id, row.pattern_id or 0, row.day, row.kind]
    if row.starts is not None and row.ends is not None:
        parts.append(f"{row.starts:%H%M}-{row.ends:%H%M}")
    return ":".join(str(part) for part in parts)


def _check_exception(
    actor: Actor,
    kind: str,
    day: date,
    last: date,
    pattern: SlotPattern | None,
    starts: time | None,
    ends: time | None,
    capacity: int | None,
) -> None:
    if kind not in SlotExceptionKind.values:
        raise DomainError(_("Choose what is different."), field="kind")
    if last < day:
        raise DomainError(_("The last day must not be before the first."), field="until")
    if (last - day).days >= DAYS_AT_MOST:
        raise DomainError(
            _("At most %(count)s days at once.") % {"count": DAYS_AT_MOST}, field="until"
        )
    if last < clock.today(ZoneInfo(actor.organization.time_zone)):
        raise DomainError(_("Choose a day that is not over."), field="day")
    if kind == SlotExceptionKind.CLOSED:
        return
    if pattern is None:
        raise DomainError(_("Choose the slots that it is about."), field="pattern")
    least = 0 if kind == SlotExceptionKind.CAPACITY else 1
    if capacity is None or not least <= capacity <= CAPACITY_AT_MOST:
        message = _("From %(least)s to %(most)s.") % {"least": least, "most": CAPACITY_AT_MOST}
        raise DomainError(message, field="capacity")
    if kind == SlotExceptionKind.EXTRA:
        for name, value in (("starts", starts), ("ends", ends)):
            if value is None:
                raise DomainError(_("Fill this in."), field=name)
        if starts == ends:
            raise DomainError(_("The slot must end after it begins."), field="ends")


# --- patterns ---------------------------------------------------------------------------------
def _check(actor: Actor, fields: dict[str, object]) -> None:
    minutes, capacity, notice = fields["minutes"], fields["capacity"], fields["notice_hours"]
    if minutes not in MINUTES:
        raise DomainError(_("From 15 minutes to a day."), field="minutes")
    if _span(fields["starts"], fields["ends"]) % int(minutes):  # type: ignore[call-overload]
        raise DomainError(
            _("The hours from first to last must be a whole number of slots."), field="minutes"
        )
    if not 1 <= capacity <= CAPACITY_AT_MOST:  # type: ignore[operator]
        message = _("From %(least)s to %(most)s.") % {"least": 1, "most": CAPACITY_AT_MOST}
        raise DomainError(message, field="capacity")
    if not 0 <= notice <= NOTICE_AT_MOST:  # type: ignore[operator]
        message = _("From %(least)s to %(most)s.") % {"least": 0, "most": NOTICE_AT_MOST}
        raise DomainError(message, field="notice_hours")
    first, last = fields["valid_from"], fields["valid_until"]
    if last is not None and last < first:  # type: ignore[operator]
        raise DomainError(_("The last day must not be before the first."), field="valid_until")
    district, city, team = fields["district"], fields["city"], fields["team"]
    if isinstance(district, District) and isinstance(city, City) and district.city_id != city.pk:
        raise DomainError(_("This district is in another city."), field="district")
    if isinstance(team, Team) and team.organization_id != actor.organization_id:
        raise DomainError(_("Choose a team of yours."), field="team")


def _span(starts: object, ends: object) -> int:
    """Minutes from one time on the wall to the next time it shows the other."""
    day = date(2000, 1, 1)
    begins = datetime.combine(day, starts)  # type: ignore[arg-type]
    closes = datetime.combine(day, ends)  # type: ignore[arg-type]
    if closes <= begins:
        closes += timedelta(days=1)
    return int((closes - begins) / timedelta(minutes=1))


def _bits(weekdays: Collection[int]) -> int:
    chosen = set(weekdays)
    if not chosen:
        raise DomainError(_("Choose at least one day of the week."), field="weekdays")
    if not chosen <= set(_EVERY_DAY):
        raise DomainError(_("There is no such day."), field="weekdays")
    return sum(1 << day for day in chosen)


def _check_unused(pattern: SlotPattern) -> None:
    if visits_ahead(pattern):
        raise DomainError(
            _(
                "Visits stand in these slots, so their hours cannot be changed. Set the day until "
                "which they run, and add new slots from the day after."
            ),
            field="starts",
        )


def _locked(actor: Actor, pattern: SlotPattern, version: int | None) -> SlotPattern:
    row: SlotPattern = get_visible(SlotPattern.objects.select_for_update(), actor, pk=pattern.pk)
    if version is not None and row.version != version:
        raise Conflict(_("Someone changed these slots while you were looking. Look again."))
    return row


def _new(actor: Actor) -> SlotPattern:
    Organization.objects.select_for_update().get(pk=actor.organization.pk)
    if SlotPattern.objects.visible_to(actor).count() >= PATTERNS_AT_MOST:
        raise DomainError(_("There are enough patterns here already."))
    return SlotPattern(provider=actor.organization)


def _check_right(actor: Actor) -> None:
    if not may_keep_slots(actor):
        raise Forbidden(_("Only managers of a verified provider keep its slots."))


def _tell(actor: Actor, what: str) -> None:
    emit(
        actor,
        "slots.changed",
        actor.organization,
        {PartyRole.OWNER: actor.organization},
        {"what": what},
    )
