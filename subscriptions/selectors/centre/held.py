"""What somebody holds, in a few figures for a first page."""

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from django.db.models import Count, Min, Q, Sum

from core import clock
from core.actor import Actor
from subscriptions.choices import SubscriptionState
from subscriptions.models import Subscription

# Of more services than these a total would be no figure for a first page.
SUMMED = 5_000
ENDING_DAYS = 30


@dataclass(frozen=True, slots=True)
class HeldFigures:
    """Services in force, what they cost a month; terms that end soon, and when the first does."""

    count: int
    monthly: Decimal
    ending: int
    first_end: date | None


def held_figures(actor: Actor) -> HeldFigures:
    """Of the newest SUMMED services that the actor sees, one query."""
    today = clock.today()
    active = Q(state=SubscriptionState.ACTIVE)
    soon = Q(term_ends_on__gte=today, term_ends_on__lte=today + timedelta(days=ENDING_DAYS))
    standing = Subscription.objects.visible_to(actor).exclude(state=SubscriptionState.ENDED)
    found = standing.order_by("-id")[:SUMMED].aggregate(
        count=Count("pk", filter=active),
        monthly=Sum("price", filter=active),
        ending=Count("pk", filter=soon),
        first_end=Min("term_ends_on", filter=soon),
    )
    return HeldFigures(
        found["count"], found["monthly"] or Decimal(0), found["ending"], found["first_end"]
    )
