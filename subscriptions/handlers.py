"""What this app does on events."""

from core.events import handler
from core.models import Event
from subscriptions import operations  # noqa: F401
from subscriptions.services import places  # noqa: F401 - says what moves with a building
from subscriptions.services.leads import offer_lead


@handler("lead.received")
def route_lead(event: Event) -> None:
    offer_lead(event.subject_id)
