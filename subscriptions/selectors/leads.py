"""Reads of leads, of the rules for them, and of disputes."""

from typing import Any

from django.db.models import OuterRef, Prefetch, QuerySet, Subquery
from django.utils.translation import gettext as _

from core.actor import Actor
from core.prepared_rows import PreparedRows
from locations.addresses import fold
from locations.models import ServiceCategory
from subscriptions.choices import LeadOfferState, LeadState
from subscriptions.models import AttributionDispute, Client, Lead, LeadOffer, LeadRule

COUNT_CAP = 100
PANEL_ROWS = 5
# Tabs of the list and the states they show; "" shows all.
TABS: dict[str, tuple[str, ...]] = {
    "": (LeadState.OFFERED,),
    "taken": (LeadState.TAKEN,),
    "all": (),
}
# What is known of the visitor to who works the lead, and to nobody who only looks at it.
OPENED = frozenset({LeadState.TAKEN.value, LeadState.CLOSED.value})


def lead_rows(actor: Actor, tab: str) -> Any:
    """The actor's leads of one tab, with all that the list shows, unordered."""
    rows = Lead.objects.visible_to(actor)
    if TABS[tab]:
        rows = rows.filter(state__in=TABS[tab])
    return with_all(rows)


def with_all(rows: QuerySet[Lead]) -> Any:
    """With building, city, client, categories, and `due_at` of the offer that waits."""
    due = LeadOffer.objects.filter(
        lead=OuterRef("pk"), agency=OuterRef("agency"), state=LeadOfferState.OPEN
    )
    categories = ServiceCategory.objects.order_by("position", "pk")
    return (
        rows.select_related("building", "city", "client")
        .prefetch_related(Prefetch("categories", categories))
        .annotate(due_at=Subquery(due.values("due_at")[:1]))
    )


def place_of(lead: Any) -> str:
    """Where it is, as far as one may know who has not taken the lead: never the flat.

    What was typed instead of a chosen building may name a flat: then it is the city alone.
    """
    if lead.building_id is not None or lead.state in OPENED:
        return str(lead.address)
    return lead.city.title if lead.city else _("An address that is not in our base")


def services_of(lead: Lead) -> str:
    return ", ".join(category.name for category in lead.categories.all())


def count_of(actor: Actor, state: str) -> int:
    """How many of the actor's leads are in a state, counted up to COUNT_CAP + 1."""
    rows = Lead.objects.visible_to(actor).filter(state=state)
    return rows[: COUNT_CAP + 1].count()


def waiting_leads(actor: Actor) -> list[Lead]:
    """The leads that wait for the actor's agency, the nearest deadline first; a few."""
    if actor.organization is None or not _OFFERED.fetch(agency=actor.organization_id):
        # Most homes have none; what the rows would show takes longer to ask for than this.
        return []
    return list(lead_rows(actor, "").order_by("due_at", "pk")[:PANEL_ROWS])


# One is enough: the first of the index.
_OFFERED = PreparedRows(
    lambda agency: (
        Lead.objects.filter(agency_id=agency, state__in=TABS[""]).order_by().values_list("pk")[:1]
    )
)


def was_offered(actor: Actor, public_id: str) -> bool:
    """Whether the actor's agency was ever offered the lead, though it may not be its own now."""
    return (
        actor.organization is not None
        and LeadOffer.objects.filter(
            lead__public_id=public_id, agency_id=actor.organization_id
        ).exists()
    )


def other_name(lead: Lead) -> Client | None:
    """The client who was taken for the visitor though they are called otherwise."""
    client = lead.client
    return client if client is not None and fold(client.name) != fold(lead.name) else None


def rules_of(actor: Actor) -> list[LeadRule]:
    rows = LeadRule.objects.visible_to(actor).select_related("city", "region", "category")
    return list(rows.order_by("-is_active", "pk"))


# --- disputes ---------------------------------------------------------------------------------
def all_disputes() -> Any:
    """For administrators: with both sides and the place, unordered."""
    return AttributionDispute.objects.select_related(
        "claimant",
        "request__client",
        "request__plan",
        "attribution__agency",
        "attribution__client",
        "attribution__category",
        "attribution__unit__building",
        "decided_by",
    )


def open_disputes() -> int:
    return AttributionDispute.objects.open()[: COUNT_CAP + 1].count()


def leads_for_staff(state: str) -> int:
    """How many leads of a state wait for staff, counted up to COUNT_CAP + 1."""
    return Lead.objects.filter(state=state)[: COUNT_CAP + 1].count()
