"""Reminders of visits: a day before and two hours before, once each."""

from datetime import timedelta

from django.db import transaction
from django.db.models import F, Q, QuerySet

from core import clock
from core.actor import system_actor
from core.events import emit
from subscriptions.choices import AppointmentState
from subscriptions.models import Appointment
from subscriptions.services.parties import know_parties, parties_of

DAY_BEFORE = timedelta(hours=24)
HOURS_BEFORE = timedelta(hours=2)
BATCH = 200
# Which column says that it was done, how long before, and the letter's kind.
_KINDS = {
    "day": ("reminded_day_at", DAY_BEFORE),
    "hours": ("reminded_hours_at", HOURS_BEFORE),
}


def remind() -> int:
    """Reminds of every visit whose time has come; returns of how many. Safe to run by several."""
    reminded = 0
    for kind in _KINDS:
        while pks := list(_due(kind)[:BATCH]):
            for pk in pks:
                reminded += _remind_of(pk, kind)
    return reminded


def _due(kind: str) -> "QuerySet[Appointment, int]":
    """Ids of visits agreed upon, near enough, and not reminded of yet.

    A visit agreed upon when it was near already is no news to anybody.
    """
    column, before = _KINDS[kind]
    now = clock.now()
    rows = Appointment.objects.filter(
        Q(created_at__lte=F("starts_at") - before),
        state=AppointmentState.CONFIRMED,
        starts_at__gt=now,
        starts_at__lte=now + before,
        **{f"{column}__isnull": True},
    )
    return rows.order_by("starts_at").values_list("pk", flat=True)


@transaction.atomic
def _remind_of(pk: int, kind: str) -> bool:
    """Claims the reminder, so that of several workers one sends it, and only of what still is."""
    from subscriptions.jobs import send_visit_letter

    column, _before = _KINDS[kind]
    claimed = Appointment.objects.filter(
        pk=pk, state=AppointmentState.CONFIRMED, **{f"{column}__isnull": True}
    ).update(**{column: clock.now()})
    if not claimed:
        return False
    visit = Appointment.objects.select_related("request").get(pk=pk)
    request = visit.request
    know_parties(request)
    emit(
        system_actor(),
        "visit.reminded",
        request,
        parties_of(request),
        {"number": request.number, "starts_at": visit.starts_at.isoformat()},
    )
    send_visit_letter.enqueue(pk, kind)
    return True
