"""What a subscription costs from a day on: the one place that writes its prices."""

from datetime import date, timedelta
from decimal import Decimal

from django.utils.translation import gettext as _

from core.errors import DomainError
from core.workflow import touched
from subscriptions.choices import PriceReason
from subscriptions.models import Plan, Subscription, SubscriptionPrice


def set_price(
    subscription: Subscription,
    *,
    price: Decimal,
    starts_on: date,
    reason: PriceReason,
    plan: Plan | None = None,
) -> SubscriptionPrice:
    """Makes `price` (roubles a month, with `plan` where it is another) count from `starts_on` on.

    Closes the row that was in force on the day before; a second price of one day takes the place
    of the first. The subscription is locked by the caller, in whose transaction this runs; it is
    saved here, and who changes it emits the event. Raises DomainError with field `starts_on` for a
    day before the last price began.
    """
    last = subscription.prices.select_for_update().order_by("-starts_on").first()
    plan_id = plan.pk if plan else subscription.plan_id
    if last is not None and starts_on < last.starts_on:
        raise DomainError(
            _("A price counts from a later day already: choose that day or a later one."),
            field="starts_on",
        )
    if last is not None and starts_on == last.starts_on:
        row = last
        row.price, row.plan_id, row.reason, row.ends_on = price, plan_id, reason, None
        row.save()
    else:
        if last is not None and (last.ends_on is None or last.ends_on >= starts_on):
            last.ends_on = starts_on - timedelta(days=1)
            last.save(update_fields=["ends_on"])
        row = SubscriptionPrice.objects.create(
            subscription=subscription,
            plan_id=plan_id,
            price=price,
            currency=subscription.currency,
            starts_on=starts_on,
            reason=reason,
        )
    subscription.price, subscription.plan_id = price, plan_id
    touched(subscription)
    subscription.save(update_fields=["price", "plan", "version", "updated_at"])
    return row
