"""Events of a subscription: whom they concern, and by which request they came about."""

from typing import Any

from core.actor import Actor
from core.choices import PartyRole
from core.events import emit
from subscriptions.models import ConnectionRequest, Subscription
from users.models import Organization


def parties_of_subscription(
    subscription: Subscription,
) -> dict[PartyRole, Organization | None]:
    """Its owner keeps hearing of its state after handing it over; a holder of its own is told once,
    as the owner."""
    handed_over = subscription.holder_id not in (None, subscription.owner_id)
    return {
        PartyRole.OWNER: subscription.owner,
        PartyRole.PROVIDER: subscription.provider,
        PartyRole.HOLDER: subscription.holder if handed_over else None,
    }


def tell(
    actor: Actor,
    event: str,
    subscription: Subscription,
    request: ConnectionRequest | None = None,
    **told: Any,
) -> None:
    """Writes an event of the subscription in the transaction of its change."""
    data = {"number": subscription.number, **told}
    if request is not None:
        data["request"] = request.pk
    emit(actor, event, subscription, parties_of_subscription(subscription), data)
