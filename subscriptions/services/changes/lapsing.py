"""Changes whose subscription is gone before they were made."""

from django.db import transaction

from core.actor import system_actor
from core.errors import Conflict
from core.events import emit
from subscriptions.choices import CancelReason, SubscriptionState
from subscriptions.models import ConnectionRequest, Subscription
from subscriptions.request_workflow import OPEN_STATES
from subscriptions.services.parties import parties_of
from subscriptions.services.requests.moving import move_request


def close_changes_of(subscription_id: int) -> int:
    """Closes what is still asked of an ended subscription; returns how much there was.

    What is in work is cancelled, what was agreed for a day lapses. Each is a transaction of its
    own; safe to run twice.
    """
    ended = Subscription.objects.filter(pk=subscription_id, state=SubscriptionState.ENDED)
    if not ended.exists():
        return 0
    rows = ConnectionRequest.objects.filter(subscription_id=subscription_id).order_by("pk")
    in_work = list(rows.filter(state__in=OPEN_STATES).values_list("number", flat=True))
    for number in in_work:
        _cancel(number)
    agreed = list(rows.filter(apply_on__isnull=False).values_list("pk", flat=True))
    return len(in_work) + sum(lapse(pk) for pk in agreed)


def _cancel(number: str) -> None:
    try:
        move_request(system_actor(), number, "cancel", {"reason": CancelReason.SERVICE_ENDED.value})
    except Conflict:
        # Closed by somebody in the meantime: that is what was wanted.
        return


@transaction.atomic
def lapse(request_id: int) -> bool:
    """A change agreed for a day will not be made; whether it was this call that said so."""
    rows = ConnectionRequest.objects.select_for_update().filter(pk=request_id)
    request = rows.filter(apply_on__isnull=False).first()
    if request is None:
        return False
    request.apply_on = None
    request.save(update_fields=["apply_on"])
    emit(system_actor(), "request.lapsed", request, parties_of(request), {"number": request.number})
    return True
