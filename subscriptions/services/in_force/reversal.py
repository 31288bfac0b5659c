"""The agency's commission goes back when what it was earned with ends too early.

The number of days is the plan's as it was when the connection was filed. A reversal is a row of its
own, written once; the accrual stays as it is.
"""

from datetime import date
from zoneinfo import ZoneInfo

from django.utils import timezone

from core import clock
from core.actor import Actor
from core.events import emit
from subscriptions.choices import RequestKind
from subscriptions.figures import COMMISSION
from subscriptions.models import Commission, Subscription
from subscriptions.services.parties import count, know_parties, parties_of


def reverse_commission(
    actor: Actor, subscription: Subscription, last_day: date
) -> Commission | None:
    """Takes back what was earned by connecting an ended subscription; None where nothing is.

    Within the transaction of the end, under the subscription's lock.
    """
    accrual = returnable(subscription, last_day)
    if accrual is None:
        return None
    request = accrual.request
    know_parties(request)
    reversal = Commission.objects.create(
        kind=Commission.Kind.REVERSAL,
        request=request,
        owner_id=accrual.owner_id,
        provider_id=accrual.provider_id,
        amount=-accrual.amount,
        currency=accrual.currency,
        rule=accrual.rule,
        value=accrual.value,
        accrued_at=clock.now(),
    )
    count(request, {COMMISSION: reversal.amount})
    emit(
        actor,
        "commission.reversed",
        reversal,
        parties_of(request),
        {
            "number": request.number,
            "amount": str(reversal.amount),
            "currency": reversal.currency,
        },
    )
    return reversal


def returnable(subscription: Subscription, last_day: date | None = None) -> Commission | None:
    """The accrual that goes back if the subscription ends on `last_day`; None: none.

    Without a day: the one on which it has ended, or today. A move to another address ends nothing:
    the days count from the first connection.
    """
    first = _first(subscription)
    origin = first.origin
    if origin is None or origin.kind != RequestKind.CONNECT or not origin.clawback_days:
        return None
    if _days_in_force(first, subscription, last_day) >= origin.clawback_days:
        return None
    rows = Commission.objects.filter(request=origin)
    if rows.filter(kind=Commission.Kind.REVERSAL).exists():
        return None
    return rows.filter(kind=Commission.Kind.ACCRUAL).select_related("request").first()


def _first(subscription: Subscription) -> Subscription:
    """The subscription that was connected, before it moved from address to address."""
    row = subscription
    while row.moved_from is not None:
        row = row.moved_from
    return row


def _days_in_force(first: Subscription, last: Subscription, last_day: date | None) -> int:
    zone = ZoneInfo(last.provider.time_zone)
    ended = last_day or timezone.localtime(last.ended_at or clock.now(), zone).date()
    return (ended - timezone.localtime(first.started_at, zone).date()).days
