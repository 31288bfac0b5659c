"""Asks geocoders in their order, within their limits, and keeps what they answer.

Outside of any transaction: the other side may take seconds.
"""

import hashlib
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

import structlog
from django.db import IntegrityError, transaction
from django.db.models import Case, F, Q, Value, When
from django.utils import timezone

from locations.addresses import fold
from locations.geocoding.base import Found, Geocoder, GeocoderError, Question
from locations.models import GeocoderAnswer, GeocoderUse

log = structlog.get_logger("locations.geocoding")
# Nothing found today may be found after the register's next issue.
_EMPTY_KEPT = timedelta(days=1)
_PATIENCE_SECONDS = 1.5
_LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Places:
    """What was found, by whom (`source`, and what must be said beside it).

    `is_busy`: nothing, because no geocoder could be asked now.
    """

    found: tuple[Found, ...] = ()
    source: str = ""
    attribution: str = ""
    is_busy: bool = False


def locate(text: str) -> Places:
    """Where an address is; houses before streets. The first geocoder that knows it answers."""
    words = " ".join(text.split())[:300]
    if not words:
        return Places()
    key = f"forward {fold(words)}"
    answered = _first(lambda geocoder: geocoder.forward(words), key)
    houses_first = sorted(answered.found, key=lambda place: not place.is_house)
    return Places(tuple(houses_first), answered.source, answered.attribution, answered.is_busy)


def what_is_at(latitude: float, longitude: float) -> Places:
    """The house at a point. Points within a metre are one question."""
    key = f"reverse {latitude:.5f} {longitude:.5f}"
    return _first(lambda geocoder: geocoder.reverse(latitude, longitude), key)


def _first(ask: Callable[[Geocoder], Question], key: str) -> Places:
    from locations.geocoding import geocoders

    busy = False
    for geocoder in geocoders():
        try:
            found = _kept(geocoder, key)
            if found is None:
                found = _ask(geocoder, ask(geocoder), key)
        except GeocoderError as error:
            log.warning("geocoder_failed", geocoder=geocoder.name, trouble=error.trouble)
            busy = True
            continue
        if found:
            return Places(tuple(found), geocoder.title, geocoder.attribution)
    return Places(is_busy=busy)


def _ask(geocoder: Geocoder, question: Question, key: str) -> list[Found]:
    _wait_for_turn(geocoder)
    try:
        found = geocoder.ask(question)
    except GeocoderError as error:
        _note_trouble(geocoder, error)
        raise
    _keep(geocoder, key, found)
    return found


# --- whose turn it is -------------------------------------------------------------------------
def _wait_for_turn(geocoder: Geocoder) -> None:
    """Takes one request of the geocoder's limits. Raises GeocoderError when there is none."""
    end = time.monotonic() + _PATIENCE_SECONDS
    while not take_turn(geocoder, timezone.now()):
        use = GeocoderUse.objects.get(geocoder=geocoder.name)
        wait = (use.next_at - timezone.now()).total_seconds()
        if _is_shut(geocoder, use) or time.monotonic() + max(wait, 0) > end:
            raise GeocoderError("no turn within its limits")
        time.sleep(max(wait, 0.01))


def _is_shut(geocoder: Geocoder, use: GeocoderUse) -> bool:
    now = timezone.now()
    return use.paused_until > now or (use.day == now.date() and use.used >= geocoder.per_day)


def take_turn(geocoder: Geocoder, now: datetime) -> bool:
    """Whether one request may be sent now; if so it is counted. Days are those of UTC.

    One conditional update: of several processes that ask at once one gets the turn.
    """
    today = now.astimezone(UTC).date()
    rows = GeocoderUse.objects.filter(
        Q(day__lt=today) | Q(used__lt=int(geocoder.per_day)),
        geocoder=geocoder.name,
        next_at__lte=now,
        paused_until__lte=now,
    )
    taken = rows.update(
        # In this order: MariaDB reads a column that was set earlier as it is then.
        used=Case(When(day=today, then=F("used") + 1), default=Value(1)),
        day=today,
        next_at=now + timedelta(seconds=1 / geocoder.per_second),
    )
    if not taken:
        _make_row(geocoder, today)
    return bool(taken)


def _make_row(geocoder: Geocoder, today: date) -> None:
    if GeocoderUse.objects.filter(geocoder=geocoder.name).exists():
        return
    try:
        with transaction.atomic():
            GeocoderUse.objects.create(
                geocoder=geocoder.name, day=today, next_at=_LONG_AGO, paused_until=_LONG_AGO
            )
    except IntegrityError:
        return  # made by another at this moment


def _note_trouble(geocoder: Geocoder, error: GeocoderError) -> None:
    GeocoderUse.objects.filter(geocoder=geocoder.name).update(
        trouble=error.trouble[:100], paused_until=timezone.now() + error.pause
    )


# --- what is kept -----------------------------------------------------------------------------
def _digest(key: str) -> str:
    return hashlib.blake2b(key.encode(), digest_size=32).hexdigest()


def _kept(geocoder: Geocoder, key: str) -> list[Found] | None:
    row = GeocoderAnswer.objects.filter(
        geocoder=geocoder.name, question=_digest(key), expires_at__gt=timezone.now()
    ).first()
    return None if row is None else [Found(**place) for place in row.found]


def _keep(geocoder: Geocoder, key: str, found: list[Found]) -> None:
    kept = geocoder.kept if found else _EMPTY_KEPT
    values: dict[str, Any] = {
        "found": [asdict(place) for place in found],
        "expires_at": timezone.now() + kept,
    }
    place = {"geocoder": geocoder.name, "question": _digest(key)}
    if GeocoderAnswer.objects.filter(**place).update(**values):
        return
    try:
        with transaction.atomic():
            GeocoderAnswer.objects.create(**place, **values)
    except IntegrityError:
        return  # asked twice at this moment; either answer will do


def forget_expired() -> int:
    """Deletes answers that may be kept no longer; how many."""
    return GeocoderAnswer.objects.filter(expires_at__lte=timezone.now()).delete()[0]
