"""The rows of a subscription's price: each day one price, without gaps, the last one open."""

from datetime import date, timedelta
from decimal import Decimal

from subscriptions.choices import PriceReason
from subscriptions.models import Subscription, SubscriptionPrice

ONE_DAY = timedelta(days=1)


def price_from(
    subscription: Subscription, day: date, price: Decimal, reason: PriceReason
) -> SubscriptionPrice:
    """Opens a row with the subscription's plan and `price` from `day` on; closes the one before.

    Of two changes on one day the later counts: there is one row a day. The subscription's own price
    is set, not saved. Within the transaction of the change, under the subscription's lock.
    """
    subscription.price = price
    terms = {
        "plan_id": subscription.plan_id,
        "price": price,
        "currency": subscription.currency,
        "reason": reason,
    }
    current = open_row(subscription)
    if current is not None and current.starts_on >= day:
        for name, value in terms.items():
            setattr(current, name, value)
        current.save(update_fields=[*terms])
        return current
    if current is not None:
        current.ends_on = day - ONE_DAY
        current.save(update_fields=["ends_on"])
    return SubscriptionPrice.objects.create(subscription=subscription, starts_on=day, **terms)


def close_price(subscription: Subscription, last_day: date) -> None:
    """Ends the open row on `last_day`, or on its first day where that is later."""
    current = open_row(subscription)
    if current is None:
        return
    current.ends_on = max(last_day, current.starts_on)
    current.save(update_fields=["ends_on"])


def open_row(subscription: Subscription) -> SubscriptionPrice | None:
    return subscription.prices.filter(ends_on__isnull=True).order_by("-starts_on").first()
