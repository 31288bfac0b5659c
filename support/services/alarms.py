"""Warns of deadlines that are near, and passes on those that were missed.

Each is told once: what has been told stands on the row, and changes in the transaction of the
event. A moment that has come while no worker ran is told late, or not at all where it has lost its
meaning (a warning after the deadline).
"""

import logging
from collections.abc import Iterator
from datetime import datetime

from django.db import transaction
from django.db.models import Q

from core import clock
from core.actor import system_actor
from core.choices import PartyRole
from core.events import emit
from support.choices import DeadlineKind
from support.models import Ticket
from support.services.deadlines import COLUMNS, sound
from support.ticket_clocks import MISSED, WARNED

BATCH = 200
logger = logging.getLogger(__name__)


def sound_alarms() -> int:
    """Tells of everything that is due to be told; returns how many events were written.

    A transaction for each ticket: nobody waits for the whole batch, and a killed worker has told
    what it has told. Reads a range of one index. A ticket that fails keeps its alarm, and leaves
    those after it alone.
    """
    told, failed = 0, 0
    for pk, alarm_at in _due():
        try:
            told += _sound(pk, alarm_at)
        except Exception:
            failed += 1
            logger.exception("The alarm of a ticket failed.", extra={"ticket": pk})
    if failed:
        raise RuntimeError(f"Alarms of {failed} tickets failed; {told} events were written.")
    return told


def _due() -> Iterator[tuple[int, datetime]]:
    """Each ticket whose alarm has come, once; read in batches."""
    now = clock.now()
    rows = Ticket.objects.filter(alarm_at__lte=now).order_by("alarm_at", "pk")
    after = Q()
    while batch := list(rows.filter(after).values_list("pk", "alarm_at")[:BATCH]):
        yield from ((pk, at) for pk, at in batch if at is not None)
        pk, at = batch[-1]
        after = Q(alarm_at__gt=at) | Q(alarm_at=at, pk__gt=pk)


@transaction.atomic
def _sound(pk: int, alarm_at: datetime) -> int:
    """How many events were written; none where somebody was faster."""
    ticket = Ticket.objects.select_for_update().filter(pk=pk).first()
    if ticket is None or ticket.alarm_at != alarm_at:
        return 0
    told = sound(ticket)
    # Nobody's open page turns old because the portal noticed the time: the version stays.
    ticket.save(update_fields=COLUMNS)
    for kind, step in told:
        _emit(ticket, kind, step)
    return len(told)


def _emit(ticket: Ticket, kind: DeadlineKind, step: int) -> None:
    told = {"number": ticket.number, "deadline": kind.value}
    name = "ticket.due_soon" if step == WARNED else "ticket.escalated"
    if step != WARNED:
        told["level"] = str(step - MISSED + 1)
    emit(system_actor(), name, ticket, {PartyRole.SUPPORT: None}, told)
