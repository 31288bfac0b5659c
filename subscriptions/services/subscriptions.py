"""What comes out of a connected request: the subscription, and the agency's commission.

Called within the transaction of the move; a unique key on each keeps them at one per request.
"""

from datetime import timedelta
from zoneinfo import ZoneInfo

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from core import clock
from core.actor import Actor
from core.choices import OrganizationKind
from core.errors import Conflict
from core.events import emit
from core.ids import unused_number
from core.months import months_on
from subscriptions.choices import PriceReason
from subscriptions.figures import COMMISSION
from subscriptions.models import Commission, ConnectionRequest, Subscription, SubscriptionPrice
from subscriptions.models.catalogue import commission_amount
from subscriptions.models.subscriptions import NUMBER_PREFIX, force_key
from subscriptions.services.parties import count, parties_of


def start_subscription(actor: Actor, request: ConnectionRequest) -> Subscription:
    """The service of a CONNECT request in force from now, on the terms that were filed.

    Raises Conflict where the unit has one already, in a category that it has once.
    """
    now = clock.now()
    today = clock.today(ZoneInfo(request.provider.time_zone))
    term = request.plan.term_months
    subscription = Subscription(
        number=new_number_of_subscription(),
        owner_id=request.owner_id,
        provider_id=request.provider_id,
        holder_id=request.holder_id,
        client_id=request.client_id,
        origin=request,
        unit_id=request.unit_id,
        building_id=request.building_id,
        city_id=request.city_id,
        category_id=request.category_id,
        plan_id=request.plan_id,
        price=request.price,
        currency=request.currency,
        started_at=now,
        updated_at=now,
        term_ends_on=months_on(today, term) - timedelta(days=1) if term else None,
        exit_rule=request.exit_rule,
        exit_value=request.exit_value,
        in_force_key=force_key(request.unit_id, request.category),
    )
    insert_subscription(subscription)
    SubscriptionPrice.objects.create(
        subscription=subscription,
        plan_id=request.plan_id,
        price=request.price,
        currency=request.currency,
        starts_on=today,
        reason=PriceReason.STARTED,
    )
    emit(
        actor,
        "subscription.started",
        subscription,
        parties_of(request),
        {"number": subscription.number},
    )
    return subscription


def new_number_of_subscription() -> str:
    return unused_number(
        NUMBER_PREFIX, lambda number: Subscription.objects.filter(number=number).exists()
    )


def insert_subscription(subscription: Subscription) -> None:
    """Writes a new row; Conflict where the unit has one in a category that it has once.

    The savepoint keeps the transaction usable after the failed insert on PostgreSQL.
    """
    try:
        with transaction.atomic():
            subscription.save(force_insert=True)
    except IntegrityError as error:
        if subscription.in_force_key is None:
            raise
        raise Conflict(
            _("“%(category)s” is in force in this unit already: it must be ended first.")
            % {"category": subscription.category.name}
        ) from error


def accrue_commission(actor: Actor, request: ConnectionRequest) -> Commission | None:
    """What the agency that filed has earned, by the rule copied at filing; None when nothing."""
    if request.owner.kind != OrganizationKind.AGENCY:
        return None
    amount = commission_amount(
        request.commission_rule,
        request.commission_value,
        price=request.price,
        fee=request.connection_fee,
    )
    if amount <= 0:
        return None
    commission = Commission.objects.create(
        request=request,
        owner_id=request.owner_id,
        provider_id=request.provider_id,
        amount=amount,
        currency=request.currency,
        rule=request.commission_rule,
        value=request.commission_value,
        accrued_at=clock.now(),
    )
    count(request, {COMMISSION: amount})
    emit(
        actor,
        "commission.accrued",
        commission,
        parties_of(request),
        {"number": request.number, "amount": str(amount), "currency": request.currency},
    )
    return commission
