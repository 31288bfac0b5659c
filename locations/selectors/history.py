"""What statements said before, read back: each version as the change that it brought."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from core.actor import Actor
from core.choices import Via
from core.parts.rows import TimelineEntry
from locations.models import (
    Building,
    BuildingCoverage,
    CoverageAction,
    CoverageRecord,
    CoverageState,
    CoverageZone,
)

SHOWN = 20
_COLUMNS = (
    "zone_id",
    "building_id",
    "action",
    "version",
    "name",
    "technology",
    "max_speed",
    "state",
    "planned_from",
    "source",
    "expires_at",
    "via",
    "at",
    "category__name_ru",
    "category__name_en",
    "user__full_name",
    "user__email",
)
_ICONS = {
    CoverageAction.STATED: "plus",
    CoverageAction.CHANGED: "pencil",
    CoverageAction.CONFIRMED: "check",
    CoverageAction.RETIRED: "archive",
    CoverageAction.RESTORED: "restore",
    CoverageAction.WITHDRAWN: "arrow-back-up",
}


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that a version says otherwise than the one before it."""

    label: str
    before: str
    after: str

    def __str__(self) -> str:
        return f"{self.label}: {self.before or '—'} → {self.after or '—'}"


def zone_history(actor: Actor, zone: CoverageZone) -> list[TimelineEntry]:
    """The newest versions of a zone, newest first."""
    return _entries(actor, CoverageRecord.objects.filter(zone=zone))


def building_history(
    actor: Actor, building: Building, provider_id: int, category_id: int, technology: str
) -> list[TimelineEntry]:
    """What the provider said of a building in that category and technology, withdrawn or not."""
    rows = CoverageRecord.objects.filter(
        building=building, provider=provider_id, category=category_id, technology=technology
    )
    return _entries(actor, rows)


def last_change(actor: Actor, row: CoverageZone | BuildingCoverage, since: int) -> str:
    """Who changed `row` last, when, and what is otherwise than in version `since`; or ""."""
    records = _records_of(row).order_by("-id")
    found = list(_read(records.filter(version__gte=since)[: SHOWN + 1]))
    if not found or found[0].version == since:
        return ""
    newest, known = found[0], found[-1]
    changes = "; ".join(map(str, _changes(known, newest, found[:-1])))
    who, when = _who(actor, newest), _moment(newest.at)
    return f"{who}, {when}: {changes}." if changes else f"{who}, {when}."


def _records_of(row: CoverageZone | BuildingCoverage) -> QuerySet[CoverageRecord]:
    if isinstance(row, CoverageZone):
        return CoverageRecord.objects.filter(zone=row)
    return CoverageRecord.objects.filter(
        building=row.building_id,
        provider=row.provider_id,
        category=row.category_id,
        technology=row.technology,
    )


def _read(rows: QuerySet[CoverageRecord]) -> Iterable[CoverageRecord]:
    """Records without their outlines, only whether they have one."""
    read = rows.select_related("category", "user").only(*_COLUMNS)
    outlined = CoverageRecord.objects.filter(
        pk__in=[row.pk for row in read], geometry__isnull=False
    )
    with_outline = set(outlined.values_list("pk", flat=True))
    for row in read:
        row.has_outline = row.pk in with_outline  # type: ignore[attr-defined]
        yield row


def _entries(actor: Actor, rows: QuerySet[CoverageRecord]) -> list[TimelineEntry]:
    read = list(_read(rows.order_by("-id")[: SHOWN + 1]))
    before: list[CoverageRecord | None] = [*read[1:], None]
    return [_entry(actor, row, former) for row, former in zip(read[:SHOWN], before, strict=False)]


def _entry(actor: Actor, row: CoverageRecord, former: CoverageRecord | None) -> TimelineEntry:
    action = CoverageAction(row.action)
    if former is None or action == CoverageAction.STATED:
        text = _whole(row)
    else:
        text = "; ".join(map(str, _changes(former, row, [row])))
    return TimelineEntry(
        icon=_ICONS[action], title=str(action.label), moment=row.at, text=text, who=_who(actor, row)
    )


def _changes(
    before: CoverageRecord, after: CoverageRecord, between: Iterable[Any]
) -> Iterator[Change]:
    for (label, was), (_label, becomes) in zip(_facts(before), _facts(after), strict=True):
        if was != becomes:
            yield Change(label, was, becomes)
    if any(row.has_outline for row in between) and after.zone_id:
        yield Change(_("Outline"), _("former"), _("new"))


def _whole(row: CoverageRecord) -> str:
    return "; ".join(f"{label}: {value}" for label, value in _facts(row) if value)


def _facts(row: CoverageRecord) -> list[tuple[str, str]]:
    return [
        (_("Name"), row.name),
        (_("Service"), row.category.name),
        (_("State"), str(CoverageState(row.state).label)),
        (_("Technology"), row.technology),
        (_("Speed, Mbit/s"), str(row.max_speed or "")),
        (_("Planned from"), date_format(row.planned_from) if row.planned_from else ""),
        (_("Valid until"), _moment(row.expires_at) if row.expires_at else ""),
        (_("Source"), row.source),
    ]


def _who(actor: Actor, row: CoverageRecord) -> str:
    """Colleagues know each other by name; staff are staff to them."""
    if row.via in (Via.STAFF, Via.ADMIN) and not actor.is_staff:
        return _("Staff of the portal")
    if row.user is None:
        return _("The portal")
    name = str(row.user)
    return _("%(person)s, by a file") % {"person": name} if row.via == Via.IMPORT else name


def _moment(at: datetime) -> str:
    return date_format(timezone.localtime(at), "SHORT_DATETIME_FORMAT")
