"""What a change makes of its subscription, in the transaction of the move that completes it.

Each `_apply` takes the locked request and subscription and the day from which it counts.
"""

from collections.abc import Callable
from datetime import date

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from core import clock
from core.actor import Actor
from core.errors import Conflict
from core.querysets import locked_by_key
from core.workflow import touched
from locations.models import Building, Unit
from subscriptions.choices import PriceReason, RequestKind, SubscriptionState
from subscriptions.models import ConnectionRequest, PriceLine, Subscription
from subscriptions.models.subscriptions import force_key
from subscriptions.services.centre.sorting import carry_over
from subscriptions.services.in_force.costs import end_of_term, term_after, today_at
from subscriptions.services.in_force.ending import close, end_subscription
from subscriptions.services.in_force.offering import fits_state, offered
from subscriptions.services.in_force.prices import ONE_DAY, price_from
from subscriptions.services.in_force.telling import tell
from subscriptions.services.in_force.terms import hold_subscription
from subscriptions.services.subscriptions import insert_subscription, new_number_of_subscription

K = RequestKind


def complete_change(actor: Actor, request: ConnectionRequest) -> None:
    """The provider is done: what was asked for counts from today, or from the day asked for.

    A day that is ahead is kept on the request (`apply_on`) for the job that makes changes on their
    day; an end that is ahead is known to the subscription at once. Raises Conflict where the
    service is not what it was when the change was filed: then the request is to be rejected.
    """
    if request.kind == K.DISCONNECT:
        _lock_agreed_ends(request)
    subscription = hold_subscription(request.subscription_id)  # type: ignore[arg-type]
    check_possible(request, subscription)
    today, day = today_at(subscription), request.effective_on
    if request.until_on is not None and request.until_on < today:
        raise Conflict(_("The days of the suspension have passed: reject the request."))
    if day is None or day <= today:
        apply_change(actor, request, subscription, today)
        return
    request.apply_on = day
    request.save(update_fields=["apply_on"])
    if request.kind == K.DISCONNECT:
        _bring_forward(request)
        subscription.ends_on = day
        touched(subscription)
        subscription.save()
    tell(
        actor,
        "subscription.change_agreed",
        subscription,
        request,
        kind=request.kind,
        on=day.isoformat(),
    )


def apply_change(
    actor: Actor, request: ConnectionRequest, subscription: Subscription, day: date
) -> None:
    """Makes the change count from `day`; both rows are locked. Raises Conflict as above."""
    check_possible(request, subscription)
    _APPLY[K(request.kind)](actor, request, subscription, day)


def check_possible(request: ConnectionRequest, subscription: Subscription) -> None:
    if subscription.state == SubscriptionState.ENDED:
        raise Conflict(_("The service is not in force any more: reject the request."))
    if not fits_state(subscription, K(request.kind)):
        raise Conflict(
            _("“%(action)s” is not possible: the service is now “%(state)s”.")
            % {
                "action": offered(K(request.kind)).label,
                "state": subscription.get_state_display(),
            }
        )


def _agreed_ends(request: ConnectionRequest) -> QuerySet[ConnectionRequest]:
    """Other ends that are agreed for a day, of the same subscription."""
    rows = ConnectionRequest.objects.filter(
        subscription=request.subscription, kind=K.DISCONNECT, apply_on__isnull=False
    )
    return rows.exclude(pk=request.pk).order_by("pk")


def _lock_agreed_ends(request: ConnectionRequest) -> None:
    """Requests before their subscription, as the job that ends it locks them."""
    locked_by_key(_agreed_ends(request))


def _bring_forward(request: ConnectionRequest) -> None:
    """An end agreed for a later day counts no more, and whoever asked for it is told."""
    # Lapsing moves requests, and moving them imports this module.
    from subscriptions.services.changes.lapsing import lapse

    later = _agreed_ends(request).filter(apply_on__gt=request.apply_on)
    for pk in list(later.values_list("pk", flat=True)):
        lapse(pk)


def _change_plan(
    actor: Actor, request: ConnectionRequest, subscription: Subscription, day: date
) -> None:
    subscription.plan = request.plan
    subscription.term_ends_on = end_of_term(day, request.plan.term_months)
    if subscription.term_ends_on is None:
        subscription.renew_months = 0
    subscription.exit_rule, subscription.exit_value = request.exit_rule, request.exit_value
    price_from(subscription, day, request.price, PriceReason.PLAN_CHANGED)
    touched(subscription)
    subscription.save()
    tell(actor, "subscription.changed", subscription, request)


def _suspend(
    actor: Actor, request: ConnectionRequest, subscription: Subscription, day: date
) -> None:
    subscription.state = SubscriptionState.SUSPENDED
    subscription.suspended_until = request.until_on
    subscription.resume_price = subscription.price
    price_from(subscription, day, request.price, PriceReason.SUSPENDED)
    touched(subscription)
    subscription.save()
    until = request.until_on.isoformat() if request.until_on else ""
    tell(actor, "subscription.suspended", subscription, request, until=until)


def _resume(
    actor: Actor, request: ConnectionRequest, subscription: Subscription, day: date
) -> None:
    resume(actor, subscription, day, request)


def resume(
    actor: Actor,
    subscription: Subscription,
    day: date,
    request: ConnectionRequest | None = None,
) -> None:
    """Puts a locked, suspended subscription in force again from `day` on, at its usual price."""
    price = subscription.resume_price
    subscription.state = SubscriptionState.ACTIVE
    subscription.suspended_until, subscription.resume_price = None, None
    price_from(
        subscription,
        day,
        subscription.price if price is None else price,
        PriceReason.RESUMED,
    )
    touched(subscription)
    subscription.save()
    tell(actor, "subscription.resumed", subscription, request)


def _disconnect(
    actor: Actor, request: ConnectionRequest, subscription: Subscription, day: date
) -> None:
    subscription.ends_on = day
    end_subscription(actor, subscription, day, request)


def _relocate(
    actor: Actor, request: ConnectionRequest, subscription: Subscription, day: date
) -> None:
    """The old one ends and the new one opens, in one transaction; the contract goes along."""
    if request.target_unit_id is None:
        raise TypeError("A move names the unit it goes to.")
    # Two moves to one flat come one after the other: MariaDB lets both insert, and ends one.
    unit = Unit.objects.select_for_update().get(pk=request.target_unit_id)
    now = clock.now()
    building = Building.objects.get(pk=unit.building_id)
    other = request.plan if request.plan_id != subscription.plan_id else None
    announced = [] if other else _announced_for(subscription)
    close(subscription, day - ONE_DAY, now)
    opened = Subscription(
        number=new_number_of_subscription(),
        owner_id=subscription.owner_id,
        provider_id=subscription.provider_id,
        holder_id=subscription.holder_id,
        client_id=subscription.client_id,
        origin=request,
        moved_from=subscription,
        unit_id=unit.pk,
        building=building,
        city_id=building.city_id,
        category_id=subscription.category_id,
        plan_id=request.plan_id,
        price=request.price,
        currency=request.currency,
        contract_number=subscription.contract_number,
        account_number=subscription.account_number,
        started_at=now,
        updated_at=now,
        term_ends_on=term_after(subscription, request.kind, other, day),
        renew_months=0 if other else subscription.renew_months,
        exit_rule=request.exit_rule,
        exit_value=request.exit_value,
        in_force_key=force_key(unit.pk, subscription.category),
    )
    insert_subscription(opened)
    PriceLine.objects.filter(pk__in=announced).update(subscription=opened)
    carry_over(subscription, opened)
    price_from(opened, day, request.price, PriceReason.STARTED)
    tell(actor, "subscription.moved", opened, request)


def _announced_for(subscription: Subscription) -> list[int]:
    """Prices announced for its plan: they are for the place it moves to as well."""
    lines = PriceLine.objects.standing().filter(subscription=subscription)
    return list(lines.values_list("pk", flat=True))


_APPLY: dict[RequestKind, Callable[[Actor, ConnectionRequest, Subscription, date], None]] = {
    K.CHANGE_PLAN: _change_plan,
    K.RELOCATE: _relocate,
    K.SUSPEND: _suspend,
    K.RESUME: _resume,
    K.DISCONNECT: _disconnect,
}
