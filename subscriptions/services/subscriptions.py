"""What comes out of a connected request: the subscription, and the agency's commission.

Called within the transaction of the move; a unique key on each keeps them at one per request.
"""

from core import clock
from core.actor import Actor
from core.choices import OrganizationKind
from core.events import emit
from core.ids import unused_number
from subscriptions.figures import COMMISSION
from subscriptions.models import Commission, ConnectionRequest, Subscription
from subscriptions.models.catalogue import commission_amount
from subscriptions.models.subscriptions import NUMBER_PREFIX
from subscriptions.services.parties import count, parties_of


def start_subscription(actor: Actor, request: ConnectionRequest) -> Subscription:
    """The service of a CONNECT request in force from now, on the terms that were filed."""
    subscription = Subscription.objects.create(
        number=unused_number(
            NUMBER_PREFIX, lambda number: Subscription.objects.filter(number=number).exists()
        ),
        owner_id=request.owner_id,
        provider_id=request.provider_id,
        holder_id=request.holder_id,
        client_id=request.client_id,
        origin=request,
        unit_id=request.unit_id,
        building_id=request.building_id,
        category_id=request.category_id,
        plan_id=request.plan_id,
        price=request.price,
        currency=request.currency,
        started_at=clock.now(),
    )
    emit(
        actor,
        "subscription.started",
        subscription,
        parties_of(request),
        {"number": subscription.number},
    )
    return subscription


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
