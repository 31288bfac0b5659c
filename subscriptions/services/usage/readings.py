"""Readings of meters: entered, judged, corrected, decided upon.

A figure that does not fit what the meter showed before is asked about; confirmed by anyone but the
provider it waits, and does not count, until the provider accepts it.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from uuid import UUID

from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.utils.translation import gettext as _

from core import clock
from core.actor import Actor
from core.errors import Conflict, DomainError, Forbidden
from core.events import emit
from core.ids import new_public_id
from core.storage import private_storage
from core.uploads import ending_of, read_picture
from subscriptions.choices import ReadingState, UsageSource
from subscriptions.models import Meter, MeterReading, Subscription
from subscriptions.services.usage.chains import Chain, chains_of, rebuild
from subscriptions.services.usage.meters import check_figure, check_figures, field_of, today_at
from subscriptions.services.usage.records import lock_subscriptions, source_of
from subscriptions.services.usage.telling import usage_parties
from subscriptions.usage_rights import is_provider_of, may_decide, require_recording
from subscriptions.usage_rules import Doubt, Judgement

PHOTO_SIDE = 1600
REASON_LENGTH = 200


class Unconfirmed(DomainError):
    """The figure is unusual: it is written once whoever enters it has confirmed it."""


@dataclass(frozen=True, slots=True)
class NewReading:
    """What was typed: a figure for each register. `confirmed`: it is right, though unusual."""

    day: date
    figures: Mapping[str, Decimal]
    confirmed: bool = False
    photo: UploadedFile | None = None
    form_token: UUID | None = None


def enter_reading(actor: Actor, meter: Meter, new: NewReading) -> list[MeterReading]:
    """Writes what the registers showed on a day; a form sent twice writes it once.

    Raises Forbidden, Unconfirmed (ask, and call again with `confirmed`), Conflict (there is another
    figure of that day), DomainError with the field that is wrong.
    """
    subscription = meter.subscription
    require_recording(actor, subscription)
    _check_day(meter, new.day)
    figures = check_figures(meter, new.figures)
    with _kept_photo(new.photo) as photo, transaction.atomic():
        lock_subscriptions([subscription.pk])
        before = _entered_before(meter, new, figures)
        if before is not None:
            return before
        readings: list[MeterReading] = []
        chains = chains_of([meter.pk])
        for zone, value in figures.items():
            chain = chains[meter.pk, zone]
            judgement = _judge(meter, chain, zone, new.day, value, confirmed=new.confirmed)
            reading = _reading(actor, meter, zone, new, value, judgement)
            if not readings:
                reading.photo = photo.taken()
            readings.append(reading)
        for reading in readings:
            reading.save(force_insert=True)
            chains[meter.pk, reading.zone].mend_after(reading)
        _written(actor, subscription, readings, "reading.added")
    return readings


def correct_reading(
    actor: Actor,
    reading: MeterReading,
    value: Decimal,
    *,
    confirmed: bool = False,
    photo: UploadedFile | None = None,
) -> MeterReading:
    """Puts another figure in a reading's place; the old one stays to be seen, as corrected.

    A provider's reading is the provider's to correct. The same figure again changes nothing.
    Raises Forbidden, Conflict (corrected or refused meanwhile), Unconfirmed, DomainError.
    """
    meter = reading.meter
    subscription = meter.subscription
    require_recording(actor, subscription)
    value = check_figure(meter, reading.zone, value)
    with _kept_photo(photo) as kept, transaction.atomic():
        lock_subscriptions([subscription.pk])
        row = MeterReading.objects.select_for_update().get(pk=reading.pk)
        if row.live_key is None:
            raise Conflict(_("This reading was corrected or refused meanwhile. Look again."))
        by_provider = row.organization_id == subscription.provider_id
        if by_provider and not is_provider_of(actor, subscription) and actor.organization:
            raise Forbidden(_("The provider took this reading: only they can correct it."))
        if value == row.value:
            return row
        chain = chains_of([meter.pk], without=row.pk)[meter.pk, row.zone]
        judgement = _judge(meter, chain, row.zone, row.day, value, confirmed=confirmed)
        new = NewReading(row.day, {row.zone: value})
        made = _reading(actor, meter, row.zone, new, value, judgement)
        made.supersedes = row
        if row.source == UsageSource.INITIAL:
            made.source = UsageSource.INITIAL
        made.photo = kept.taken()
        row.state, row.live_key = ReadingState.SUPERSEDED, None
        row.save(update_fields=["state", "live_key"])
        made.save(force_insert=True)
        chain.mend_after(made)
        _written(actor, subscription, [made], "reading.corrected")
    return made


def decide_reading(
    actor: Actor, reading: MeterReading, *, accept: bool, reason: str = ""
) -> MeterReading:
    """The provider accepts a doubtful reading, or refuses it with a reason.

    Raises Forbidden, Conflict (it waits no more), DomainError with field `reason`.
    """
    subscription = reading.meter.subscription
    if not may_decide(actor, subscription):
        raise Forbidden(_("The provider decides this."))
    reason = " ".join(reason.split())
    if not accept and not reason:
        raise DomainError(_("Say what is wrong with the figure."), field="reason")
    if len(reason) > REASON_LENGTH or not reason.isprintable():
        raise DomainError(
            _("Use at most %(length)s characters.") % {"length": REASON_LENGTH}, field="reason"
        )
    with transaction.atomic():
        lock_subscriptions([subscription.pk])
        row = MeterReading.objects.select_for_update().select_related("meter").get(pk=reading.pk)
        if row.state != ReadingState.DOUBTFUL:
            raise Conflict(_("Somebody has decided this already."))
        chain = chains_of([row.meter_id])[row.meter_id, row.zone]
        if accept:
            _check_next(chain, row.day, row.value, row.meter.digits, "reason")
        row.state = ReadingState.ACCEPTED if accept else ReadingState.REFUSED
        row.reason = reason or ("" if accept else row.reason)
        row.decided_at = clock.now()
        row.set_live_key()
        row.save(update_fields=["state", "reason", "decided_at", "live_key"])
        chain.mend_after(row)
        _written(actor, subscription, [row], "reading.accepted" if accept else "reading.refused")
    return row


# --- what they share --------------------------------------------------------------------------
def _check_day(meter: Meter, day: date) -> None:
    if day > today_at(meter.subscription):
        raise DomainError(_("This day is still to come."), field="day")
    if day < meter.installed_on:
        raise DomainError(_("The meter was not installed yet on this day."), field="day")
    if meter.removed_on is not None and day > meter.removed_on:
        raise DomainError(_("The meter was removed before this day."), field="day")


def _entered_before(
    meter: Meter, new: NewReading, figures: Mapping[str, Decimal]
) -> list[MeterReading] | None:
    """The readings of a form that was sent before, or of the same figures of that day."""
    if new.form_token is not None:
        keys = [f"{new.form_token.hex}:{zone}" for zone in figures]
        made = list(MeterReading.objects.filter(meter=meter, form_key__in=keys))
        if made:
            return made
    there = list(MeterReading.objects.filter(meter=meter, day=new.day).exclude(live_key=None))
    if not there:
        return None
    if {row.zone: row.value for row in there} == dict(figures):
        return there
    raise Conflict(
        _("There is a reading of this day already: correct it if it is wrong."), field="day"
    )


def _judge(
    meter: Meter, chain: Chain, zone: str, day: date, value: Decimal, *, confirmed: bool
) -> Judgement:
    """What to think of a figure; raises Unconfirmed where it has to be asked about first."""
    _check_next(chain, day, value, meter.digits, field_of(zone))
    judgement = chain.judge(day, value, meter.digits)
    if judgement.asks and not confirmed:
        raise Unconfirmed(_question(judgement), field=field_of(zone))
    return judgement


def _check_next(chain: Chain, day: date, value: Decimal, digits: int, field: str) -> None:
    following = chain.disagrees(day, value, digits)
    if following is not None:
        raise DomainError(
            _("On %(day)s the meter showed less, %(value)s: correct that reading first.")
            % {"day": f"{following.day:%d.%m.%Y}", "value": f"{following.value.normalize():f}"},
            field=field,
        )


def _question(judgement: Judgement) -> str:
    if judgement.doubt == Doubt.JUMP:
        return _("This is much more than usual. Look at the meter again, then confirm the figure.")
    if judgement.doubt == Doubt.LOWER:
        return _("This is less than before. Look at the meter again, then confirm the figure.")
    return _("This is less than before: confirm that the counter has begun anew from zero.")


def reason_of(judgement: Judgement) -> str:
    """Why a figure waits, in words for the provider."""
    if judgement.doubt == Doubt.JUMP:
        return _("much more than usual")
    return _("less than before") if judgement.doubt == Doubt.LOWER else ""


def _reading(
    actor: Actor,
    meter: Meter,
    zone: str,
    new: NewReading,
    value: Decimal,
    judgement: Judgement,
) -> MeterReading:
    subscription = meter.subscription
    waits = judgement.doubt is not None and not may_decide(actor, subscription)
    reading = MeterReading(
        meter=meter,
        zone=zone,
        day=new.day,
        value=value,
        rollovers=judgement.rollovers,
        source=source_of(actor, subscription.provider_id),
        state=ReadingState.DOUBTFUL if waits else ReadingState.ACCEPTED,
        reason=reason_of(judgement) if waits else "",
        user=actor.user,
        organization=actor.organization,
        created_at=clock.now(),
        form_key=f"{new.form_token.hex}:{zone}" if new.form_token else None,
    )
    reading.set_live_key()
    return reading


def _written(
    actor: Actor, subscription: Subscription, readings: Sequence[MeterReading], kind: str
) -> None:
    """The use worked out anew, and the event; a doubtful reading is told as such."""
    rebuild([reading.meter for reading in readings[:1]])
    if kind != "reading.accepted" and any(
        reading.state == ReadingState.DOUBTFUL for reading in readings
    ):
        kind = "reading.doubted"
    emit(
        actor,
        kind,
        subscription,
        usage_parties(subscription),
        {"number": subscription.number, "reading": readings[0].pk},
    )


class _Photo:
    """A photo in private storage that a reading may take."""

    def __init__(self, name: str = "") -> None:
        self.name = name
        self.is_taken = False

    def taken(self) -> str:
        self.is_taken = True
        return self.name


@contextmanager
def _kept_photo(upload: UploadedFile | None) -> Iterator[_Photo]:
    """The photo drawn anew in private storage; gone again where no reading came to take it."""
    if upload is None:
        yield _Photo()
        return
    picture = read_picture(upload, most_side=PHOTO_SIDE, field="photo")
    storage = private_storage()
    ending = ending_of(picture.name or "")
    photo = _Photo(storage.save(f"readings/{new_public_id()}.{ending}", picture))
    try:
        yield photo
    except BaseException:
        photo.is_taken = False
        raise
    finally:
        if not photo.is_taken:
            storage.delete(photo.name)
