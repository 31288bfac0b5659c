"""Readings of many meters at once: from files, and from the API."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.utils.translation import gettext as _

from core import clock
from core.actor import Actor
from core.errors import DomainError, Forbidden
from core.folding import fold
from subscriptions.choices import ReadingState, Tariff, UsageZone
from subscriptions.models import Meter, MeterReading
from subscriptions.services.usage.chains import Chain, Chains, Link, chains_of, rebuild
from subscriptions.services.usage.meters import check_figure
from subscriptions.services.usage.readings import reason_of
from subscriptions.services.usage.records import Recorded, lock_subscriptions, source_of
from subscriptions.services.usage.rows import Named, RowFault, find_subscriptions, the_one
from subscriptions.usage_rights import works
from subscriptions.usage_rules import ZONES, Doubt, Judgement


@dataclass(frozen=True, slots=True)
class ReadingRow:
    """A figure of one register. `serial` may be left out where the subscription has one meter."""

    subscription: str
    day: date
    value: Decimal
    serial: str = ""
    zone: str = ""


def record_readings(actor: Actor, rows: Sequence[ReadingRow]) -> Recorded:
    """Writes a batch of readings within the caller's transaction, without an event.

    Nobody can be asked: what is unusual waits for the provider, or, where the provider itself tells
    it, is taken as it is. A figure that is there already stays. Raises Forbidden.
    """
    if actor.organization is None or not works(actor):
        raise Forbidden(_("You cannot record use here."))
    done = Recorded()
    if not rows:
        return done
    batch = _Batch(actor, rows)
    for index, row in enumerate(rows):
        try:
            batch.take(row, done)
        except DomainError as error:
            done.faults.append(RowFault(index, error.field or "", str(error.message)))
    batch.write()
    return done


class _Batch:
    """What is known of the meters that rows name, and the readings that come of the rows."""

    def __init__(self, actor: Actor, rows: Sequence[ReadingRow]) -> None:
        self._actor = actor
        self._found = find_subscriptions(actor, {row.subscription for row in rows})
        ids = {named.pk for several in self._found.values() for named in several}
        lock_subscriptions(ids)
        self._meters: dict[int, list[Meter]] = defaultdict(list)
        for meter in Meter.objects.filter(subscription_id__in=ids).order_by("pk"):
            self._meters[meter.subscription_id].append(meter)
        every = [meter.pk for meters in self._meters.values() for meter in meters]
        self._chains: Chains = chains_of(every)
        days = {row.day for row in rows}
        there = MeterReading.objects.filter(
            meter_id__in=every, day__in=days, live_key__isnull=False
        )
        self._there = {row.live_key: row.value for row in there}
        self._new: list[MeterReading] = []

    def take(self, row: ReadingRow, done: Recorded) -> None:
        named = the_one(self._found, row.subscription)
        meter = self._meter(named, row.serial)
        zone = _zone(meter, row.zone)
        value = _value(meter, zone, row)
        _check_day(meter, row.day, named.today)
        reading = MeterReading(
            meter=meter,
            zone=zone,
            day=row.day,
            value=value,
            source=source_of(self._actor, named.provider_id),
            user=self._actor.user,
            organization=self._actor.organization,
            created_at=clock.now(),
        )
        reading.set_live_key()
        known = self._there.get(reading.live_key)
        if known is not None:
            if known != value:
                raise DomainError(
                    _("There is another reading of this day already."), field="reading"
                )
            done.unchanged += 1
            return
        self._judge(reading, named)
        self._there[reading.live_key] = value
        self._new.append(reading)
        done.created += 1

    def _judge(self, reading: MeterReading, named: Named) -> None:
        meter, chain = reading.meter, self._chains[reading.meter_id, reading.zone]
        if chain.disagrees(reading.day, reading.value, meter.digits) is not None:
            raise DomainError(_("A later reading shows less than this."), field="reading")
        judgement: Judgement = chain.judge(reading.day, reading.value, meter.digits)
        by_provider = self._actor.organization_id == named.provider_id
        if by_provider and judgement.doubt == Doubt.LOWER:
            raise DomainError(_("This is less than before."), field="reading")
        reading.rollovers = judgement.rollovers
        if judgement.doubt is not None and not by_provider:
            reading.state = ReadingState.DOUBTFUL
            reading.reason = reason_of(judgement)
        else:
            _insert(chain, Link(reading.day, reading.value, reading.rollovers, 0))

    def write(self) -> None:
        if not self._new:
            return
        MeterReading.objects.bulk_create(self._new, batch_size=500)
        meters = {reading.meter_id: reading.meter for reading in self._new}
        _mend(meters)
        rebuild(list(meters.values()))

    def _meter(self, named: Named, serial: str) -> Meter:
        meters = self._meters.get(named.pk, [])
        if serial:
            key = fold(serial).replace(" ", "")
            meters = [one for one in meters if fold(one.serial).replace(" ", "") == key]
        hanging = [one for one in meters if one.removed_on is None] or meters
        if not hanging:
            raise DomainError(_("There is no such meter here."), field="serial")
        if len(hanging) > 1:
            raise DomainError(
                _("There are several meters here: write the serial number."), field="serial"
            )
        return hanging[0]


def _zone(meter: Meter, given: str) -> str:
    zones = ZONES[meter.tariff]
    if not given and meter.tariff == Tariff.SINGLE:
        return UsageZone.ALL
    if given not in zones:
        names = ", ".join(str(zone.label) for zone in zones)
        raise DomainError(
            _("This meter has the registers: %(names)s.") % {"names": names}, field="zone"
        )
    return given


def _value(meter: Meter, zone: str, row: ReadingRow) -> Decimal:
    try:
        return check_figure(meter, zone, row.value)
    except DomainError as error:
        error.field = "reading"
        raise


def _check_day(meter: Meter, day: date, today: date) -> None:
    if day > today:
        raise DomainError(_("This day is still to come."), field="day")
    if day < meter.installed_on or (meter.removed_on is not None and day > meter.removed_on):
        raise DomainError(_("The meter did not hang there on this day."), field="day")


def _insert(chain: Chain, link: Link) -> None:
    chain.links.append(link)
    chain.links.sort(key=lambda one: one.day)


def _mend(meters: dict[int, Meter]) -> None:
    """Where readings came between others, a counter may have passed zero in another step."""
    for (meter_id, _zone_name), chain in chains_of(meters).items():
        for before, after in zip(chain.links, chain.links[1:], strict=False):
            passed = int(
                after.value < before.value and chain_agrees(before, after, meters[meter_id].digits)
            )
            if after.rollovers != passed:
                MeterReading.objects.filter(pk=after.pk).update(rollovers=passed)


def chain_agrees(before: Link, after: Link, digits: int) -> bool:
    """Whether a lower figure can be a counter that began anew."""
    return Chain([after]).disagrees(before.day, before.value, digits) is None
