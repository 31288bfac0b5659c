"""What follows from changes of subscriptions, and what runs by the clock."""

from core.choices import OrganizationKind
from core.events import handler, kinds
from core.jobs import enqueue_many, job, schedule
from core.models import Event, EventParty
from subscriptions.centre_rights import HOLDING_KINDS
from subscriptions.services.centre.findings import look_through
from subscriptions.services.centre.renewals import remind_holders, renew_terms
from subscriptions.services.price_changes import apply_due, remind
from subscriptions.services.spend import holders
from subscriptions.services.spend_later import refresh_later, refresh_spend

# Whatever happens to a subscription may change what it costs: also what other parts tell of it.
COUNTED_AFTER = [
    "subscriptions.received",
    *(name for name in kinds() if name.startswith("subscription.")),
]


@handler(*COUNTED_AFTER)
def count_costs_anew(event: Event) -> None:
    """For the holders among those whom it concerns, once for all changes that wait."""
    concerned = EventParty.objects.filter(event=event).select_related("organization")
    refresh_later(
        party.organization_id
        for party in concerned
        if OrganizationKind(party.organization.kind) in HOLDING_KINDS
    )


@schedule("12 * * * *")
@job(queue="long")
def apply_new_prices() -> None:
    """Every hour: a day begins at eleven different hours."""
    apply_due()
    renew_terms()


@schedule("20 6 * * *")
@job(queue="long")
def remind_of_what_comes() -> None:
    remind_holders()
    remind()


@schedule("5 1 * * *")
@job(queue="long")
def count_all_costs() -> None:
    """Every night: months begin, services end on their day, addresses are merged."""
    enqueue_many(refresh_spend, [(pk, True) for pk in holders()])


@job(queue="long", retries=3)
def look_through_services(owner_id: int) -> None:
    look_through(owner_id)


@schedule("30 2 * * *")
@job(queue="long")
def look_through_all_services() -> None:
    """Every night, after the costs: offers and coverage change."""
    enqueue_many(look_through_services, [(pk,) for pk in holders()])
