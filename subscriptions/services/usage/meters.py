"""Meters: hung up with their first figures, taken down with their last."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from zoneinfo import ZoneInfo

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from core import clock
from core.actor import Actor
from core.errors import Conflict, DomainError
from core.events import emit
from core.folding import fold
from subscriptions.choices import ReadingState, Tariff, UsageSource
from subscriptions.models import Meter, MeterReading, Subscription
from subscriptions.services.usage.records import lock_subscriptions
from subscriptions.services.usage.rows import EARLIEST, check_amount
from subscriptions.services.usage.telling import usage_parties
from subscriptions.usage_rights import require_recording
from subscriptions.usage_rules import ZONES, metered_units_of

METERS_AT_MOST = 20


@dataclass(frozen=True, slots=True)
class NewMeter:
    """What a person says of a meter. `figures`: what its registers showed when it was installed."""

    unit: str
    serial: str
    installed_on: date
    figures: Mapping[str, Decimal]
    label: str = ""
    tariff: str = Tariff.SINGLE
    digits: int = 5
    coefficient: Decimal = Decimal(1)


def today_at(subscription: Subscription) -> date:
    """The present day at the place of the service."""
    return clock.today(ZoneInfo(subscription.city.time_zone))


def add_meter(actor: Actor, subscription: Subscription, new: NewMeter) -> Meter:
    """Hangs a meter up; its first figures are readings. Once more with one serial: Conflict.

    Raises Forbidden, DomainError with the field that is wrong.
    """
    require_recording(actor, subscription)
    meter = _meter(subscription, new)
    figures = check_figures(meter, new.figures)
    with transaction.atomic():
        lock_subscriptions([subscription.pk])
        if Meter.objects.filter(subscription=subscription).count() >= METERS_AT_MOST:
            raise DomainError(_("There are enough meters here already."))
        try:
            with transaction.atomic():
                meter.save(force_insert=True)
        except IntegrityError as error:
            raise Conflict(
                _("A meter with this serial number is here already."), field="serial"
            ) from error
        first_readings(actor, [(meter, figures)])
        emit(
            actor,
            "meter.added",
            subscription,
            usage_parties(subscription),
            {"number": subscription.number, "meter": meter.pk},
        )
    return meter


def first_readings(actor: Actor, rows: list[tuple[Meter, Mapping[str, Decimal]]]) -> None:
    """What saved meters showed when they were hung up, where the chain of each register begins."""
    readings = []
    for meter, figures in rows:
        for zone in ZONES[meter.tariff]:
            reading = MeterReading(
                meter=meter,
                zone=zone,
                day=meter.installed_on,
                value=figures[zone],
                source=UsageSource.INITIAL,
                state=ReadingState.ACCEPTED,
                user=actor.user,
                organization=actor.organization,
                created_at=clock.now(),
            )
            reading.set_live_key()
            readings.append(reading)
    MeterReading.objects.bulk_create(readings, batch_size=500)


def remove_meter(actor: Actor, meter: Meter, day: date) -> Meter:
    """Takes a meter down; its last figures were entered before, as readings of that day.

    Once more changes nothing. Raises Forbidden, DomainError with field `removed_on`.
    """
    subscription = meter.subscription
    require_recording(actor, subscription)
    with transaction.atomic():
        lock_subscriptions([subscription.pk])
        row = Meter.objects.select_for_update().get(pk=meter.pk)
        if row.removed_on is not None:
            return row
        last = row.readings.exclude(live_key=None).order_by("-day").values_list("day", flat=True)
        if day > today_at(subscription) or day < (last.first() or row.installed_on):
            raise DomainError(_("Choose a day from the last reading to today."), field="removed_on")
        row.removed_on, row.live_key = day, None
        row.save(update_fields=["removed_on", "live_key"])
        emit(
            actor,
            "meter.removed",
            subscription,
            usage_parties(subscription),
            {"number": subscription.number, "meter": row.pk},
        )
    return row


def live_key_of(subscription_id: int, serial: str) -> str:
    return f"{subscription_id}:{fold(serial).replace(' ', '')}"[:70]


def _meter(subscription: Subscription, new: NewMeter) -> Meter:
    units = metered_units_of(subscription.category.code)
    if new.unit not in units:
        raise DomainError(_("There are no meters of this kind for this service."), field="unit")
    if not fold(new.serial):
        raise DomainError(_("Write the serial number that stands on the meter."), field="serial")
    if not EARLIEST <= new.installed_on <= today_at(subscription):
        raise DomainError(_("Choose a day that is not after today."), field="installed_on")
    meter = Meter(
        subscription=subscription,
        unit=new.unit,
        serial=" ".join(new.serial.split()),
        label=" ".join(new.label.split()),
        tariff=new.tariff,
        digits=new.digits,
        coefficient=new.coefficient,
        installed_on=new.installed_on,
        live_key=live_key_of(subscription.pk, new.serial),
        created_at=clock.now(),
    )
    try:
        meter.clean_fields(exclude=["subscription", "live_key"])
    except ValidationError as error:
        name, texts = next(iter(error.message_dict.items()))
        raise DomainError(" ".join(texts), field=name) from error
    for name in ("serial", "label"):
        if not getattr(meter, name).isprintable():
            raise DomainError(_("This has characters that cannot be shown."), field=name)
    return meter


def check_figures(meter: Meter, figures: Mapping[str, Decimal]) -> dict[str, Decimal]:
    """A figure for each register of a meter, as stored. Raises DomainError with the field."""
    checked = {}
    for zone in ZONES[meter.tariff]:
        if zone not in figures:
            raise DomainError(_("Fill this in."), field=field_of(zone))
        checked[str(zone)] = check_figure(meter, zone, figures[zone])
    return checked


def check_figure(meter: Meter, zone: str, value: Decimal) -> Decimal:
    """Raises DomainError for what the register cannot show."""
    value = check_amount(value, field_of(zone))
    if value >= Decimal(10) ** meter.digits:
        raise DomainError(
            _("The meter has %(digits)s digits before the point: it cannot show this.")
            % {"digits": meter.digits},
            field=field_of(zone),
        )
    return value


def field_of(zone: str) -> str:
    """The name of the input of a register."""
    return f"zone_{zone}"
