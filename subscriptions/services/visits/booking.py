"""Places in slots: one service takes them, so that a slot never holds more visits than it may.

Whoever takes a place holds the rows of the patterns concerned, in the order of their ids, until
the end of the transaction; the count itself grows by an UPDATE that asks for a free place. A place
is given back with the change of its visit's state, which happens once.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import F
from django.db.models.functions import Least
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from core import clock
from core.actor import Actor, system_actor
from core.errors import Conflict, DomainError, Forbidden
from core.events import emit
from core.querysets import get_visible
from subscriptions.choices import AppointmentState, RequestState, Side
from subscriptions.models import Appointment, ConnectionRequest, SlotPattern, VisitSlot
from subscriptions.request_workflow import sides_of
from subscriptions.selectors.visit_slots import (
    Place,
    by_time,
    days_ahead,
    free_slots,
    slot_named,
)
from subscriptions.services.parties import know_parties, parties_of
from subscriptions.slots import Slot, parse_key, slot_key

S = RequestState
LIVE = (AppointmentState.HELD, AppointmentState.CONFIRMED)
# Before the visit is agreed upon: then a place may be held.
HOLDABLE = frozenset({S.DRAFT, S.SUBMITTED, S.CHECKING, S.NEEDS_INFO, S.APPROVED})
# A draft has no deadline: so long its place is kept while the rest is filled in.
DRAFT_HELD_FOR = timedelta(hours=2)
# So many drafts of one organization hold a place of one provider at once.
DRAFTS_HOLD_AT_MOST = 20
SUGGESTED = 3
EXPIRED_AT_ONCE = 200


class SlotTakenError(DomainError):
    """No place is left in the slot; `free` are the next that have one."""

    status = 409

    def __init__(self, free: list[Slot]) -> None:
        if free:
            message = _("No place is left at this time. Free: %(times)s.") % {
                "times": "; ".join(slot_in_words(slot) for slot in free)
            }
        else:
            message = _("No place is left at this time, nor at any other within three weeks.")
        super().__init__(message, field="slot")
        self.free = free


def slot_in_words(slot: Slot) -> str:
    """ "30 November, 10:00–12:00", in the reader's time zone."""
    starts_at, ends_at = timezone.localtime(slot.starts_at), timezone.localtime(slot.ends_at)
    return f"{date_format(starts_at, 'MONTH_DAY_FORMAT')}, {starts_at:%H:%M}–{ends_at:%H:%M}"


# --- holding ----------------------------------------------------------------------------------
def may_hold(actor: Actor, request: ConnectionRequest) -> bool:
    """Whether the actor may hold a slot for the request, or give it up, now."""
    return request.state in HOLDABLE and bool(sides_of(actor, request) & {Side.AGENT, Side.STAFF})


def hold_slot(actor: Actor, request: ConnectionRequest, slot: Slot | str) -> Appointment:
    """Holds a place in `slot` (or the slot of that key) until the request's deadline.

    The place that was held before is given back. Raises NotVisible, Forbidden, Conflict (the visit
    is agreed upon already, or the request is closed), SlotTakenError, DomainError with field
    `slot`.
    """
    key = slot if isinstance(slot, str) else slot.key
    get_visible(ConnectionRequest.objects, actor, pk=request.pk)
    with transaction.atomic():
        row = _locked(actor, request)
        held = _live_visit(row)
        if held is not None and held.slot is not None and _is_in(held.slot, key):
            return held
        _check_holds(row)
        chosen = _chosen(row, key, with_notice=True)
        visit = _move_place(row, held, chosen, AppointmentState.HELD)
        emit(
            actor,
            "visit.held",
            row,
            parties_of(row),
            {
                "number": row.number,
                "starts_at": visit.starts_at.isoformat(),
                "ends_at": visit.ends_at.isoformat(),
            },
        )
    return visit


def _check_holds(row: ConnectionRequest) -> None:
    """Nobody empties a provider's weeks with drafts that nobody else sees."""
    if row.state != S.DRAFT:
        return
    others = Appointment.objects.filter(
        state=AppointmentState.HELD,
        provider_id=row.provider_id,
        request__owner_id=row.owner_id,
        request__state=S.DRAFT,
    )
    if others.exclude(request=row).count() >= DRAFTS_HOLD_AT_MOST:
        raise DomainError(_("File the drafts that hold a time first."), field="slot")


def hold_chosen(
    actor: Actor, requests: Iterable[ConnectionRequest], chosen: Mapping[str, str]
) -> None:
    """Holds what was chosen in one form for several requests (`slot_field`), as `hold_slot`.

    Who chose a time and filed at once has it, too. Those without a choice stay as they are.
    """
    for request in requests:
        key = chosen.get(slot_field(request), "")
        if key:
            hold_slot(actor, request, key)


def slot_field(request: ConnectionRequest) -> str:
    """The name of the field in which a form holds the slot that is chosen for a request."""
    return f"slot-{request.number}"


def release(actor: Actor, request: ConnectionRequest) -> bool:
    """Gives up the place that is held for the request; False where none is.

    Raises NotVisible, Forbidden, Conflict.
    """
    get_visible(ConnectionRequest.objects, actor, pk=request.pk)
    with transaction.atomic():
        row = _locked(actor, request)
        return _give_up_held(actor, row)


def expire_holds() -> int:
    """Gives back the places that were held too long; returns how many. Safe to run by several."""
    expired = 0
    while pks := list(_overdue_holds()[:EXPIRED_AT_ONCE]):
        for pk in pks:
            expired += _expire(pk)
    return expired


def _overdue_holds() -> Any:
    rows = Appointment.objects.filter(state=AppointmentState.HELD, held_until__lte=clock.now())
    return rows.order_by("held_until").values_list("request_id", flat=True)


@transaction.atomic
def _expire(request_id: int) -> bool:
    row = ConnectionRequest.objects.select_for_update().get(pk=request_id)
    held = _live_visit(row)
    if held is None or held.held_until is None or held.held_until > clock.now():
        return False
    return _give_up_held(system_actor(), row)


def _give_up_held(actor: Actor, row: ConnectionRequest) -> bool:
    held = _live_visit(row)
    if held is None or held.state != AppointmentState.HELD:
        return False
    if not _end(held, AppointmentState.CANCELLED):
        return False
    emit(
        actor,
        "visit.hold_expired" if actor.system else "visit.released",
        row,
        parties_of(row),
        {"number": row.number, "starts_at": held.starts_at.isoformat()},
    )
    return True


def _locked(actor: Actor, request: ConnectionRequest) -> ConnectionRequest:
    row = ConnectionRequest.objects.select_for_update().get(pk=request.pk)
    know_parties(row)
    if row.state not in HOLDABLE:
        raise Conflict(_("The time of the visit is agreed upon already, or the request is closed."))
    if not may_hold(actor, row):
        raise Forbidden(_("Your side cannot do this with the request."))
    return row


# --- what moves of a request do ---------------------------------------------------------------
def book(request: ConnectionRequest, data: Mapping[str, Any]) -> Appointment:
    """Agrees upon the visit of a locked request, within its move; the one before is given up.

    `data` has `starts_at` and `ends_at`, or `slot`: the key of one of the provider's slots, whose
    times then count. The place that is held for the request is the first that it may have. Raises
    SlotTakenError, DomainError with field `slot`.
    """
    live = _live_visit(request)
    key = data.get("slot") or ""
    # Of the request's present provider: a draft's plan may have been changed since.
    held = (
        live is not None
        and live.state == AppointmentState.HELD
        and live.provider_id == request.provider_id
    )
    if live is not None and held and _confirms(live, key, data):
        return _confirm(live)
    if key:
        return _move_place(
            request, live, _chosen(request, key, with_notice=False), AppointmentState.CONFIRMED
        )
    if live is not None:
        _end(live, AppointmentState.CANCELLED)
    return _write(
        request,
        AppointmentState.CONFIRMED,
        starts_at=data["starts_at"],
        ends_at=data["ends_at"],
    )


def times_of(request: ConnectionRequest, key: str) -> tuple[datetime, datetime] | None:
    """The moments of the provider's slot of this key, or of the one that is held; None: none."""
    live = _live_visit(request)
    if live is not None and live.slot is not None and _is_in(live.slot, key):
        return live.starts_at, live.ends_at
    slot = slot_named(request.provider, key)
    return (slot.starts_at, slot.ends_at) if slot else None


def close_visits(request: ConnectionRequest, outcome: AppointmentState) -> None:
    """Ends what is ahead of a locked request: DONE, or CANCELLED, which gives the place back."""
    for visit in request.appointments.filter(state__in=LIVE).select_related("slot"):
        _end(visit, outcome)


def follow_deadline(request: ConnectionRequest) -> None:
    """A place that is held stays so until the deadline that a locked request has now."""
    if request.state not in HOLDABLE and request.state != S.ON_HOLD:
        return
    until = F("starts_at") if request.due_at is None else Least("starts_at", request.due_at)
    request.appointments.filter(state=AppointmentState.HELD).update(held_until=until)


# --- the places themselves --------------------------------------------------------------------
def _chosen(request: ConnectionRequest, key: str, *, with_notice: bool) -> Slot:
    """The slot of `key` as it is now, where it suits the request."""
    slot = slot_named(request.provider, key)
    now = clock.now()
    place = Place.of(request.visited, request.category_id)
    pattern = SlotPattern.objects.filter(pk=slot.pattern_id).first() if slot else None
    if slot is None or pattern is None or not place.suits(pattern):
        raise DomainError(
            _("The provider has no such time any more: choose another."), field="slot"
        )
    if slot.starts_at <= now or (with_notice and not slot.can_be_chosen(now)):
        raise DomainError(_("This time is too near: choose a later one."), field="slot")
    return slot


def _move_place(
    request: ConnectionRequest,
    before: Appointment | None,
    slot: Slot,
    state: AppointmentState,
) -> Appointment:
    """Gives back the place of the visit before, if any, and takes one in `slot`."""
    patterns = {slot.pattern_id}
    if before is not None and before.slot is not None:
        patterns.add(before.slot.pattern_id)
    locked = SlotPattern.objects.select_for_update().filter(pk__in=patterns)
    list(locked.order_by("pk").values_list("pk", flat=True))
    if before is not None:
        _end(before, AppointmentState.CANCELLED)
    taken = _take(request, slot)
    return _write(
        request,
        state,
        starts_at=slot.starts_at,
        ends_at=slot.ends_at,
        slot=taken,
        team_id=slot.team_id,
        held_until=_held_until(request, slot) if state == AppointmentState.HELD else None,
    )


def _take(request: ConnectionRequest, slot: Slot) -> VisitSlot:
    """One more place of a slot whose pattern is locked."""
    # As it is under the lock: the pattern may have been changed while we waited for it.
    now = slot_named(request.provider, slot.key)
    if now is None:
        raise DomainError(
            _("The provider has no such time any more: choose another."), field="slot"
        )
    row, _made = VisitSlot.objects.get_or_create(
        pattern_id=now.pattern_id,
        starts_at=now.starts_at,
        ends_at=now.ends_at,
        defaults={"provider_id": now.provider_id, "day": now.day, "capacity": now.capacity},
    )
    grown = VisitSlot.objects.filter(pk=row.pk, taken__lt=now.capacity).update(
        taken=F("taken") + 1, capacity=now.capacity
    )
    if not grown:
        raise SlotTakenError(next_free(request, now.starts_at))
    return row


def next_free(request: ConnectionRequest, after: datetime) -> list[Slot]:
    """The times next to `after` at which the provider can come; where there are none, the first."""
    days = days_ahead(request.provider)
    free = by_time(free_slots(request.provider, request.visited, request.category_id, days))
    return ([slot for slot in free if slot.starts_at >= after] or free)[:SUGGESTED]


def _end(visit: Appointment, outcome: AppointmentState) -> bool:
    """Ends a visit that is still ahead, once; a place that is not used any more is free again."""
    ended = Appointment.objects.filter(pk=visit.pk, state__in=LIVE).update(
        state=outcome,
        held_until=None,
        sequence=F("sequence") + 1,
        updated_at=clock.now(),
    )
    if ended and outcome == AppointmentState.CANCELLED and visit.slot_id is not None:
        VisitSlot.objects.filter(pk=visit.slot_id, taken__gt=0).update(taken=F("taken") - 1)
    return bool(ended)


def _confirms(held: Appointment, key: str, data: Mapping[str, Any]) -> bool:
    """Whether the visit that is agreed upon is the one that was held."""
    if key:
        return held.slot is not None and _is_in(held.slot, key)
    return (held.starts_at, held.ends_at) == (data["starts_at"], data["ends_at"])


def _confirm(held: Appointment) -> Appointment:
    held.state, held.held_until = AppointmentState.CONFIRMED, None
    held.sequence += 1
    held.updated_at = clock.now()
    held.save(update_fields=["state", "held_until", "sequence", "updated_at"])
    return held


def _write(
    request: ConnectionRequest,
    state: AppointmentState,
    **fields: Any,
) -> Appointment:
    now = clock.now()
    return Appointment.objects.create(
        request=request,
        provider_id=request.provider_id,
        state=state,
        sequence=_next_sequence(request),
        created_at=now,
        updated_at=now,
        **fields,
    )


def _next_sequence(request: ConnectionRequest) -> int:
    """One more than the last of the request: in calendars its visits are one event that moves."""
    last = request.appointments.order_by("-pk").values_list("sequence", flat=True).first()
    return 0 if last is None else last + 1


def _live_visit(request: ConnectionRequest) -> Appointment | None:
    rows = request.appointments.filter(state__in=LIVE).select_related("slot__pattern")
    return rows.order_by("-pk").first()


def key_of(visit: Appointment) -> str:
    """The key of the slot that a visit (read with it) has a place in; "" where it has none."""
    place = visit.slot
    return (
        "" if place is None else slot_key(place.pattern.public_id, place.starts_at, place.ends_at)
    )


def _is_in(place: VisitSlot, key: str) -> bool:
    return parse_key(key) == (place.pattern.public_id, place.starts_at, place.ends_at)


def _held_until(request: ConnectionRequest, slot: Slot) -> datetime:
    until = request.due_at or clock.now() + DRAFT_HELD_FOR
    return min(until, slot.starts_at)
