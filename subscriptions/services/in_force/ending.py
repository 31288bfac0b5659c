"""A subscription ends: on the spot, on the day agreed upon, or because it moves elsewhere."""

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.db import transaction
from django.utils.timezone import make_aware

from core import clock
from core.actor import Actor
from core.querysets import locked_by_key
from core.workflow import touched
from subscriptions.choices import SubscriptionState
from subscriptions.models import ConnectionRequest, Subscription
from subscriptions.models.subscriptions import force_key
from subscriptions.services.in_force.prices import close_price
from subscriptions.services.in_force.reversal import reverse_commission
from subscriptions.services.in_force.telling import tell


@transaction.atomic
def end_subscription(
    actor: Actor,
    subscription: Subscription,
    last_day: date,
    request: ConnectionRequest | None = None,
) -> None:
    """Ends a locked subscription in force: `last_day` is the last one that is paid for.

    Takes the agency's commission back where it ends too early, tells whom it concerns; a handler of
    the event closes what else was asked for. Rights are the caller's to check.
    """
    close(subscription, last_day, _moment_after(subscription, last_day))
    reverse_commission(actor, subscription, last_day)
    tell(actor, "subscription.ended", subscription, request)


def close(subscription: Subscription, last_day: date, moment: datetime) -> None:
    """Takes a locked subscription out of force: its price ends, its place is free again."""
    subscription.state = SubscriptionState.ENDED
    subscription.ended_at = moment
    subscription.suspended_until, subscription.resume_price = None, None
    had_key, subscription.in_force_key = subscription.in_force_key, None
    touched(subscription)
    subscription.save()
    close_price(subscription, last_day)
    if had_key is not None:
        _pass_key_on(subscription)


def _moment_after(subscription: Subscription, last_day: date) -> datetime:
    """The end of the last day where the provider is, or now where that day is not over."""
    midnight = datetime.combine(last_day + timedelta(days=1), time())
    return min(clock.now(), make_aware(midnight, ZoneInfo(subscription.provider.time_zone)))


def _pass_key_on(ended: Subscription) -> None:
    """Of two in force at one unit, since two addresses turned out to be one, the other is left."""
    others = Subscription.objects.filter(
        unit_id=ended.unit_id,
        category_id=ended.category_id,
        in_force_key__isnull=True,
        # What a holder wrote down holds no place (docs/decisions/017).
        origin__isnull=False,
    )
    for other in locked_by_key(others.exclude(state=SubscriptionState.ENDED)):
        if other.in_force_key is not None or other.state == SubscriptionState.ENDED:
            continue
        other.in_force_key = force_key(other.unit_id, ended.category)
        other.save(update_fields=["in_force_key"])
        return
