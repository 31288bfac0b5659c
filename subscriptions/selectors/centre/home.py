"""What a holder's home says of its services: spend, terms that end, what could be saved."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from django.db.models import Count, Min, QuerySet, Sum, Value
from django.db.models.functions import Coalesce

from core.actor import Actor
from core.months import months_on
from subscriptions.choices import CostBy, FindingState, SubscriptionState
from subscriptions.models import Finding, Holding, Spend, Subscription
from subscriptions.models.money import MoneyField
from subscriptions.models.teams import works_at_places
from subscriptions.selectors.centre.spend import today_of, totals_by_month
from subscriptions.services.spend import MONTHS_BACK

TERMS_DAYS = 30


@dataclass(frozen=True, slots=True)
class HolderFigures:
    """`months`: sums of the last twelve, this one last; `first_term` is None without `terms`."""

    months: Sequence[Decimal]
    terms: int
    first_term: date | None
    findings: int
    saving: Decimal


def holder_figures(actor: Actor) -> HolderFigures | None:
    """None where nothing has been counted yet. One query; of a team's places some more."""
    today = today_of(actor)
    terms = _terms(actor, today)
    if works_at_places(actor):
        return _of_places(actor, terms, today)
    owner_id = actor.organization.pk
    first = today.replace(day=1)
    months = Spend.objects.filter(
        owner_id=owner_id,
        by=CostBy.TOTAL,
        month__gte=months_on(first, -MONTHS_BACK),
        month__lte=first,
    )
    # They do not depend on the row: each is read once for all of them.
    beside = {
        "terms": terms.values("holder_id").annotate(n=Count("pk")).values("n")[:1],
        "first": terms.order_by("term_ends_on").values("term_ends_on")[:1],
        "findings": Holding.objects.filter(pk=owner_id).values("findings")[:1],
        "saving": Holding.objects.filter(pk=owner_id).values("saving")[:1],
    }
    rows = list(months.order_by("month").annotate(**beside).values_list("month", "amount", *beside))
    if not rows:
        return None
    _month, _amount, count, first_term, findings, saving = rows[-1]
    sums = {row[0]: row[1] for row in rows}
    wanted = [months_on(first, step) for step in range(-MONTHS_BACK, 1)]
    return HolderFigures(
        [sums.get(month, Decimal(0)) for month in wanted],
        count or 0,
        first_term,
        findings or 0,
        saving or Decimal(0),
    )


def _terms(actor: Actor, today: date) -> QuerySet[Subscription]:
    """What is in force and whose term ends soon."""
    until = today + timedelta(days=TERMS_DAYS)
    rows = Subscription.objects.visible_to(actor).filter(
        term_ends_on__gte=today, term_ends_on__lte=until
    )
    return rows.exclude(state=SubscriptionState.ENDED).order_by()


def _of_places(actor: Actor, terms: QuerySet[Subscription], today: date) -> HolderFigures:
    this = today.replace(day=1)
    ending = terms.aggregate(count=Count("pk"), first=Min("term_ends_on"))
    zero = Value(Decimal(0), output_field=MoneyField())
    found = (
        Finding.objects.visible_to(actor)
        .filter(state=FindingState.OPEN)
        .aggregate(count=Count("pk"), saving=Coalesce(Sum("saving_year"), zero))
    )
    return HolderFigures(
        [amount for first, amount in totals_by_month(actor) if first <= this],
        ending["count"],
        ending["first"],
        found["count"],
        found["saving"],
    )
