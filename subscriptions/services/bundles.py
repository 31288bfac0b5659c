"""What is done with a bundle as a whole; its requests live on their own."""

from collections.abc import Mapping
from typing import Any

from core.actor import Actor
from core.errors import DomainError
from subscriptions.models import ConnectionRequest
from subscriptions.selectors.bundles import CANCEL, others_to_cancel
from subscriptions.services.bulk import Outcome
from subscriptions.services.requests import move_request


def cancel_others(
    actor: Actor, request: ConnectionRequest, data: Mapping[str, Any]
) -> list[Outcome]:
    """Cancels the rest of a request's bundle for the same reason, each by itself.

    `data` as for the transition `cancel`. What became of each; a refusal stops none of the others.
    """
    outcomes = []
    for other in others_to_cancel(actor, request):
        try:
            move_request(actor, other.number, CANCEL, data)
        except DomainError as refused:
            outcomes.append(Outcome(other.number, refused.message))
        else:
            outcomes.append(Outcome(other.number))
    return outcomes
