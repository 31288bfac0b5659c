"""Refusals held against the statement that promised the connection, until they are too many.

A provider says of a zone or a building that it connects there, and refuses: once is an accident,
`MANY` times within `WITHIN` is a statement that is not true.
"""

from datetime import datetime, timedelta

from django.db import IntegrityError, models, transaction

from core import clock
from core.actor import system_actor
from locations.models import BuildingCoverage, CoverageState, CoverageZone
from locations.selectors.coverage import Statement
from locations.services import contradict
from subscriptions.choices import RejectReason, RequestKind, RequestState
from subscriptions.models import ConnectionRequest, CoverageRefusal
from subscriptions.selectors.availability import promise_of

MANY = 3
WITHIN = timedelta(days=90)
# Reasons that say "not possible here"; no access, a debt or a duplicate say nothing of the network.
IMPOSSIBLE = (RejectReason.NO_PORT, RejectReason.NO_LINE, RejectReason.IMPOSSIBLE_ON_SITE)


def note_refusal(request_id: int) -> bool:
    """Counts a rejected request against what was stated there; whether that is contradicted now.

    Safe to run twice: a request is counted once.
    """
    request = (
        ConnectionRequest.objects.select_related("plan", "building")
        .filter(
            pk=request_id,
            state=RequestState.REJECTED,
            kind=RequestKind.CONNECT,
            reason__in=IMPOSSIBLE,
        )
        .first()
    )
    if request is None:
        return False
    promise = promise_of(request.plan, request.building)
    if promise is None or promise.state != CoverageState.AVAILABLE:
        # A survey found what it was for; nothing was promised.
        return False
    refusal = _kept(request, promise)
    return _judge(refusal, promise) if refusal else False


def _kept(request: ConnectionRequest, promise: Statement) -> CoverageRefusal | None:
    """The refusal on record; None for one from before the statement was last stated."""
    refused_at = request.closed_at or clock.now()
    if refused_at < promise.stated_at:
        return None
    column = "zone_id" if promise.origin == "zone" else "statement_id"
    refusal = CoverageRefusal(request=request, refused_at=refused_at, **{column: promise.pk})
    try:
        with transaction.atomic():
            refusal.save(force_insert=True)
    except IntegrityError:
        return CoverageRefusal.objects.filter(request=request).first()
    return refusal


def _judge(refusal: CoverageRefusal, promise: Statement) -> bool:
    since = max(promise.stated_at, clock.now() - WITHIN)
    count = refusals_of(refusal.zone_id, refusal.statement_id, since).count()
    if count < MANY:
        return False
    model: type[CoverageZone | BuildingCoverage] = (
        CoverageZone if refusal.zone_id else BuildingCoverage
    )
    statement = model(pk=refusal.zone_id or refusal.statement_id)
    return contradict(system_actor(), statement, refusals=count, since=promise.stated_at)


def refusals_of(
    zone_id: int | None, statement_id: int | None, since: datetime
) -> models.QuerySet[CoverageRefusal]:
    """Refusals held against a zone, or a statement about a building, since a moment."""
    rows = CoverageRefusal.objects.filter(refused_at__gte=since)
    return rows.filter(zone=zone_id) if zone_id else rows.filter(statement=statement_id)
