"""Moving or giving up a visit by the link of a letter, without an account.

The link is a signed id (nothing secret is stored), good for one change of one visit. Opening it
changes nothing, so that programs that look into mail do no harm; the change is a POST.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum
from typing import Any

from django.core import signing
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from core import clock
from core.actor import Actor, system_actor
from core.choices import Via
from core.errors import Conflict, DomainError, Forbidden
from core.events import emit
from core.querysets import get_visible
from subscriptions.choices import AppointmentState
from subscriptions.models import Appointment, ConnectionRequest, VisitLink
from subscriptions.request_workflow import sides_of
from subscriptions.selectors.visit_slots import days_ahead, slot_named
from subscriptions.services.parties import know_parties, parties_of
from subscriptions.services.requests import move_request

_SIGNER = signing.Signer(salt="subscriptions.visits.link")
# For visits at a time agreed upon freely; slots say it themselves (`SlotPattern.notice_hours`).
NOTICE = timedelta(hours=12)


class LinkState(Enum):
    """What the link's page is about; each has its words in the template."""

    OPEN = "open"
    TOO_LATE = "too_late"
    USED = "used"
    REVOKED = "revoked"
    CHANGED = "changed"
    PASSED = "passed"


@dataclass(frozen=True, slots=True)
class FoundLink:
    """A link whose signature is right, its visit, and what it is good for now."""

    link: VisitLink
    visit: Appointment
    state: LinkState
    # Until when the visit can be moved or given up by it.
    until: datetime


def token_of(link: VisitLink) -> str:
    return _SIGNER.sign(link.public_id)


def find_link(token: str) -> FoundLink | None:
    """The link of an address; None for one that is forged, mistyped, or gone."""
    try:
        public_id = _SIGNER.unsign(token)
    except signing.BadSignature:
        return None
    rows = VisitLink.objects.select_related(
        "visit__slot__pattern",
        "visit__provider",
        "visit__request__building",
        "visit__request__city",
        "visit__request__client",
        "visit__request__provider",
    )
    link = rows.filter(public_id=public_id).first()
    if link is None:
        return None
    visit = link.visit
    return FoundLink(link, visit, _state(link, visit), visit.starts_at - notice_of(visit))


def notice_of(visit: Appointment) -> timedelta:
    """How long before a visit it can last be moved by its client."""
    return NOTICE if visit.slot is None else timedelta(hours=visit.slot.pattern.notice_hours)


def _state(link: VisitLink, visit: Appointment) -> LinkState:
    now = clock.now()
    if link.used_at is not None:
        return LinkState.USED
    if link.revoked_at is not None:
        return LinkState.REVOKED
    if visit.starts_at <= now:
        return LinkState.PASSED
    if visit.state != AppointmentState.CONFIRMED:
        return LinkState.CHANGED
    return LinkState.OPEN if visit.starts_at - notice_of(visit) > now else LinkState.TOO_LATE


def link_for(visit: Appointment) -> VisitLink | None:
    """The link of a visit for a letter, made when there is none; None where it was revoked."""
    key = str(visit.pk)
    link = VisitLink.objects.filter(open_key=key).first()
    if link is not None:
        return link
    if visit.links.exists():
        return None
    try:
        with transaction.atomic():
            return VisitLink.objects.create(visit=visit, open_key=key, created_at=clock.now())
    except IntegrityError:
        return VisitLink.objects.filter(open_key=key).first()


def move_by_link(token: str, key: str) -> ConnectionRequest:
    """Moves the visit of the link to the provider's slot `key`; the link is used up.

    Raises Conflict (used, revoked, changed or too late meanwhile), SlotTakenError, DomainError with
    field `slot`; then it is not used up.
    """

    def move(actor: Actor, request: ConnectionRequest) -> ConnectionRequest:
        slot = slot_named(request.provider, key)
        if (
            slot is None
            or not slot.can_be_chosen(clock.now())
            or slot.day not in days_ahead(request.provider)
        ):
            message = _("The provider has no such time any more: choose another.")
            raise DomainError(message, field="slot")
        data: dict[str, Any] = {"slot": key, "starts_at": slot.starts_at, "ends_at": slot.ends_at}
        return move_request(actor, request.number, "reschedule", data)

    return _use(token, move)


def cancel_by_link(token: str) -> ConnectionRequest:
    """Gives the visit of the link up: both sides are told that another time is needed.

    Raises Conflict as `move_by_link`.
    """
    return _use(
        token, lambda actor, request: move_request(actor, request.number, "cancel_visit", {})
    )


def _use(
    token: str, change: Callable[[Actor, ConnectionRequest], ConnectionRequest]
) -> ConnectionRequest:
    found = find_link(token)
    if found is None:
        raise Conflict(_("This link leads nowhere."))
    with transaction.atomic():
        request = ConnectionRequest.objects.select_for_update().get(pk=found.visit.request_id)
        know_parties(request)
        # As it is under the lock: of two who press at once the second finds it used.
        again = find_link(token)
        if again is None or again.state is not LinkState.OPEN:
            raise Conflict(_("This link cannot be used any more: look at how the visit stands."))
        VisitLink.objects.filter(pk=again.link.pk).update(used_at=clock.now(), open_key=None)
        return change(system_actor(via=Via.LINK), request)


# --- what both sides may do with it -----------------------------------------------------------
def revoke_link(actor: Actor, visit: Appointment) -> bool:
    """Makes the client's link of a visit work no more; False when there is none.

    Raises NotVisible, Forbidden.
    """
    request = get_visible(ConnectionRequest.objects, actor, pk=visit.request_id)
    if not sides_of(actor, request):
        raise Forbidden(_("Your side cannot do this with the request."))
    with transaction.atomic():
        revoked = VisitLink.objects.filter(visit=visit, open_key__isnull=False).update(
            revoked_at=clock.now(), open_key=None
        )
        if revoked:
            know_parties(request)
            data = {"number": request.number}
            emit(actor, "visit.link_revoked", request, parties_of(request), data)
    return bool(revoked)


def send_again(actor: Actor, visit: Appointment) -> None:
    """Sends the letter of a visit once more, with a new link when the old one was revoked.

    Raises NotVisible, Forbidden, Conflict (the visit is not ahead), DomainError (sent just now).
    """
    from subscriptions.jobs import send_visit_letter

    request = get_visible(ConnectionRequest.objects, actor, pk=visit.request_id)
    if not sides_of(actor, request):
        raise Forbidden(_("Your side cannot do this with the request."))
    with transaction.atomic():
        row = Appointment.objects.select_for_update().get(pk=visit.pk)
        now = clock.now()
        if row.state != AppointmentState.CONFIRMED or row.starts_at <= now:
            raise Conflict(_("This visit is not ahead any more."))
        if row.told_at is not None and now - row.told_at < timedelta(minutes=5):
            raise DomainError(_("The letter has just been sent. Wait a few minutes."))
        if not VisitLink.objects.filter(open_key=str(row.pk)).exists():
            VisitLink.objects.create(visit=row, open_key=str(row.pk), created_at=now)
        Appointment.objects.filter(pk=row.pk).update(told_at=now)
        send_visit_letter.enqueue(row.pk, "agreed")
