"""What a holder's home says of its services: spend, terms that end, what could be saved."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import Count, Min, QuerySet, Sum, Value
from django.db.models.functions import Coalesce

from core.actor import Actor
from core.months import months_on
from core.prepared_rows import PreparedRows
from subscriptions.choices import CostBy, FindingState, SubscriptionState
from subscriptions.models import Finding, Holding, Spend, Subscription
from subscriptions.models.money import MoneyField
from subscriptions.models.teams import works_at_places
from subscriptions.selectors.centre.spend import today_of, totals_by_month
from subscriptions.services.spend import MONTHS_BACK

TERMS_DAYS = 30


@dataclass(frozen=True, slots=True)
class HolderFigures:
    """`months`: sums of the last twelve, this one last; `first_term` is None without `terms`.

    `count` and `monthly`: what is in force, as it was counted last; None for a team's places.
    """

    months: Sequence[Decimal]
    terms: int
    first_term: date | None
    findings: int
    saving: Decimal
    count: int | None = None
    monthly: Decimal | None = None


def holder_figures(actor: Actor) -> HolderFigures | None:
    """None where nothing has been counted yet. One query; of a team's places some more."""
    today = today_of(actor)
    until = today + timedelta(days=TERMS_DAYS)
    if works_at_places(actor):
        return _of_places(
            actor, _terms(Subscription.objects.visible_to(actor), today, until), today
        )
    this = today.replace(day=1)
    wanted = [months_on(this, step) for step in range(-MONTHS_BACK, 1)]
    rows = _FIGURES.fetch(
        owner=actor.organization.pk, since=wanted[0], this=this, today=today, until=until
    )
    if not rows:
        return None
    _month, _amount, terms, first_term, findings, saving, count, monthly = rows[-1]
    sums = {row[0]: row[1] for row in rows}
    return HolderFigures(
        [sums.get(month, Decimal(0)) for month in wanted],
        terms or 0,
        first_term,
        findings or 0,
        saving or Decimal(0),
        count,
        monthly,
    )


def _figures(owner: int, since: date, this: date, today: date, until: date) -> QuerySet[Spend, Any]:
    """The sums of months, and beside each what does not depend on it: read once for all."""
    months = Spend.objects.filter(
        owner_id=owner, by=CostBy.TOTAL, month__gte=since, month__lte=this
    )
    terms = _terms(Subscription.objects.filter(holder_id=owner), today, until)
    holding = Holding.objects.filter(pk=owner)
    beside = {
        "terms": terms.values("holder_id").annotate(n=Count("pk")).values("n")[:1],
        "first": terms.order_by("term_ends_on").values("term_ends_on")[:1],
    } | {f"its_{name}": holding.values(name)[:1] for name in _KEPT}
    return months.order_by("month").annotate(**beside).values_list("month", "amount", *beside)


_KEPT = ("findings", "saving", "count", "monthly")
_FIGURES = PreparedRows(_figures)


def _terms(rows: QuerySet[Subscription], today: date, until: date) -> QuerySet[Subscription]:
    """What of `rows` is in force, and its term ends soon."""
    rows = rows.filter(term_ends_on__gte=today, term_ends_on__lte=until)
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
