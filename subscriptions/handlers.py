"""What this app does on events."""

from core.events import handler
from core.models import Event
from subscriptions import operations  # noqa: F401
from subscriptions.services import places  # noqa: F401 - says what moves with a building
from subscriptions.services.coverage_refusals import note_refusal
from subscriptions.services.leads import offer_lead


@handler("lead.received")
def route_lead(event: Event) -> None:
    offer_lead(event.subject_id)


@handler("request.rejected")
def hold_refusal_against_coverage(event: Event) -> None:
    note_refusal(event.subject_id)
