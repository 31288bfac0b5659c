"""Figures of use that somebody tells: by the API, by a file, by hand.

    done = record_usage(actor, [UsageRow("ES-1234-5678", date(2026, 10, 1), date(2026, 10, 31),
                                         Decimal("120.5"))])

The same rows again change nothing. A provider's figure stands against its customer's: it is not
overwritten, and takes the place of what the customer told of those days.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from django.db import transaction
from django.utils.translation import gettext as _

from core import clock
from core.actor import Actor
from core.choices import PartyRole, Via
from core.errors import DomainError, Forbidden
from core.events import emit
from subscriptions.choices import UsageSource, UsageZone
from subscriptions.models import Subscription, UsageRecord
from subscriptions.services.usage.checking import check_later
from subscriptions.services.usage.months import Touched, refresh_months, touch, upsert
from subscriptions.services.usage.rows import (
    Named,
    RowFault,
    check_amount,
    check_period,
    find_subscriptions,
    the_one,
    unit_for,
)
from subscriptions.usage_rights import works

BATCH = 500
_UNIQUE = ("subscription", "unit", "series", "zone", "starts_on", "ends_on")
_CHANGED = ("amount", "source", "organization", "recorded_at")


@dataclass(frozen=True, slots=True)
class UsageRow:
    """Use in a period, both days included. `subscription`: its number, contract or account."""

    subscription: str
    starts_on: date
    ends_on: date
    amount: Decimal
    # "": the usual unit of the service.
    unit: str = ""
    zone: str = UsageZone.ALL


@dataclass(slots=True)
class Recorded:
    created: int = 0
    updated: int = 0
    unchanged: int = 0
    faults: list[RowFault] = field(default_factory=list)

    def add(self, other: "Recorded", offset: int) -> None:
        self.created += other.created
        self.updated += other.updated
        self.unchanged += other.unchanged
        self.faults += [RowFault(one.index + offset, one.field, one.reason) for one in other.faults]


def record_usage(actor: Actor, rows: Sequence[UsageRow]) -> Recorded:
    """Writes what is sound of `rows`, 500 to a transaction, and says what is wrong with the others.

    Raises Forbidden where the actor tells no use at all.
    """
    done = Recorded()
    for offset in range(0, len(rows), BATCH):
        batch = read_batch(actor, rows[offset : offset + BATCH])
        with transaction.atomic():
            part = write_batch(batch)
            if part.created or part.updated:
                count = {"created": part.created, "updated": part.updated}
                parties = {PartyRole.OWNER: actor.organization}
                emit(actor, "usage.recorded", actor.organization, parties, count)
        done.add(part, offset)
    return done


@dataclass(frozen=True, slots=True)
class Batch:
    """Rows that may be written, with their indexes, and what is wrong with the others."""

    sound: list[tuple[Named, UsageRecord, int]]
    faults: list[RowFault]


def read_batch(actor: Actor, rows: Sequence[UsageRow]) -> Batch:
    """Looks up and checks a batch, before the transaction that writes it: others wait for less.

    Raises Forbidden where the actor tells no use at all.
    """
    if actor.organization is None or not works(actor):
        raise Forbidden(_("You cannot record use here."))
    found = find_subscriptions(actor, {row.subscription for row in rows})
    batch = Batch([], [])
    for index, row in enumerate(rows):
        try:
            named = the_one(found, row.subscription)
            batch.sound.append((named, _record(actor, named, row), index))
        except DomainError as error:
            batch.faults.append(RowFault(index, error.field or "", str(error.message)))
    return batch


def write_batch(batch: Batch) -> Recorded:
    """Writes a batch within the caller's transaction, without an event: the caller tells of all."""
    done = Recorded(faults=list(batch.faults))
    if batch.sound:
        _write(batch.sound, done)
    done.faults.sort(key=lambda fault: fault.index)
    return done


def _record(actor: Actor, named: Named, row: UsageRow) -> UsageRecord:
    check_period(row.starts_on, row.ends_on, named.today)
    if row.zone not in UsageZone.values:
        raise DomainError(_("There is no such register."), field="zone")
    return UsageRecord(
        subscription_id=named.pk,
        unit=unit_for(named.category, row.unit),
        zone=row.zone,
        starts_on=row.starts_on,
        ends_on=row.ends_on,
        amount=check_amount(row.amount),
        source=source_of(actor, named.provider_id),
        organization=actor.organization,
        recorded_at=clock.now(),
    )


def source_of(actor: Actor, provider_id: int) -> str:
    """How a figure came, by the door and by who told it."""
    if actor.via == Via.IMPORT:
        return UsageSource.IMPORT
    if actor.via == Via.API:
        return UsageSource.API
    return UsageSource.PROVIDER if actor.organization_id == provider_id else UsageSource.HAND


def lock_subscriptions(ids: Iterable[int]) -> None:
    """One writer of use at a time for each subscription: months are worked out of what is there."""
    rows = Subscription.objects.select_for_update().filter(pk__in=set(ids))
    list(rows.order_by("pk").values_list("pk", flat=True))


def _write(sound: list[tuple[Named, UsageRecord, int]], done: Recorded) -> None:
    lock_subscriptions(named.pk for named, _record, _index in sound)
    told = _Told(record for _named, record, _index in sound)
    touched: Touched = {}
    # By what is unique: of two rows for one period the later is written.
    wanted: dict[tuple[object, ...], UsageRecord] = {}
    replaced: list[UsageRecord] = []
    for named, record, index in sound:
        try:
            before = told.settle(record, provider_id=named.provider_id, replaced=replaced)
        except DomainError as error:
            done.faults.append(RowFault(index, error.field or "", str(error.message)))
            continue
        if before is not None and _says_the_same(before, record, named.provider_id):
            done.unchanged += 1
            continue
        done.updated += before is not None
        done.created += before is None
        wanted[_key(record)] = record
        touch(touched, record.subscription_id, record.unit, record.starts_on, record.ends_on)
    for gone in replaced:
        touch(touched, gone.subscription_id, gone.unit, gone.starts_on, gone.ends_on)
    UsageRecord.objects.filter(pk__in=[gone.pk for gone in replaced if gone.pk]).delete()
    upsert(list(wanted.values()), _UNIQUE, _CHANGED)
    refresh_months(touched)
    check_later(subscription_id for subscription_id, _unit in touched)


def _key(record: UsageRecord) -> tuple[object, ...]:
    return (
        record.subscription_id, record.unit, record.zone, record.starts_on, record.ends_on,
    )  # fmt: skip


def _says_the_same(before: UsageRecord, record: UsageRecord, provider_id: int) -> bool:
    """What the provider confirms of its customer's figures becomes the provider's."""
    confirms = record.organization_id == provider_id != before.organization_id
    return before.amount == record.amount and not confirms


class _Told:
    """Figures told of the subscriptions of a batch, around its periods, and those it adds."""

    def __init__(self, records: Iterable[UsageRecord]) -> None:
        batch = list(records)
        stored = UsageRecord.objects.filter(
            subscription_id__in={record.subscription_id for record in batch},
            series="",
            ends_on__gte=min(record.starts_on for record in batch),
            starts_on__lte=max(record.ends_on for record in batch),
        )
        self._rows: dict[tuple[int, str], list[UsageRecord]] = defaultdict(list)
        for row in stored:
            self._rows[row.subscription_id, row.unit].append(row)

    def settle(
        self, record: UsageRecord, *, provider_id: int, replaced: list[UsageRecord]
    ) -> UsageRecord | None:
        """Takes `record` in; returns what was told of the very period before, None where nothing.

        What it takes the place of goes to `replaced`. Raises DomainError where it may not stand.
        """
        rows = self._rows[record.subscription_id, record.unit]
        same = next((row for row in rows if _is_same(row, record)), None)
        others = [row for row in rows if row is not same and _overlap(row, record)]
        by_provider = record.organization_id == provider_id
        standing = [row for row in [*others, same] if row is not None]
        if not by_provider and any(row.organization_id == provider_id for row in standing):
            if same is not None and same.amount == record.amount and not others:
                return same
            raise DomainError(_("The provider's own figure stands for these days."), field="amount")
        in_the_way = [
            row for row in others if not by_provider or row.organization_id == provider_id
        ]
        if in_the_way:
            raise DomainError(
                _("This overlaps with the figure of %(first)s – %(last)s.")
                % {
                    "first": f"{in_the_way[0].starts_on:%d.%m.%Y}",
                    "last": f"{in_the_way[0].ends_on:%d.%m.%Y}",
                },
                field="starts_on",
            )
        replaced += others
        gone = {id(row) for row in [*others, same]}
        rows[:] = [*(row for row in rows if id(row) not in gone), record]
        return same


def _is_same(one: UsageRecord, other: UsageRecord) -> bool:
    return (one.zone, one.starts_on, one.ends_on) == (other.zone, other.starts_on, other.ends_on)


def _overlap(one: UsageRecord, other: UsageRecord) -> bool:
    """Whether both tell of one day of one register; a figure in all tells of every register."""
    apart = one.zone != other.zone and UsageZone.ALL not in (one.zone, other.zone)
    return not apart and one.starts_on <= other.ends_on and other.starts_on <= one.ends_on
