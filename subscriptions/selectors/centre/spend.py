"""What a holder spends: by month and by one thing, from the few rows that are kept of it."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from hashlib import sha256
from typing import Any
from zoneinfo import ZoneInfo

from django.core.cache import caches
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.translation import gettext as _

from core import clock
from core.actor import Actor
from core.months import months_on
from core.pagination import Page, paginate
from locations.models import Building, City, ServiceCategory
from subscriptions.choices import CostBy
from subscriptions.cost_rule import Priced, cost_in_month, is_in_force
from subscriptions.models import CostCentre, Spend, Subscription, SubscriptionPrice
from subscriptions.models.teams import TeamPlace, works_at_places
from subscriptions.services.spend import (
    Counted,
    count_costs,
    dearest_buildings,
    kept_months,
    prices_of,
)
from users.models import Organization

# A team's own sums are counted from rows: they are kept for so long.
KEPT_SECONDS = 60

Sums = dict[tuple[date, int], tuple[int, Decimal]]  # (month, key) → (services, roubles)


def months_for(actor: Actor) -> list[date]:
    """The months that are told, oldest first; those after this one are foreseen."""
    return kept_months(today_of(actor))


def today_of(actor: Actor) -> date:
    zone = actor.organization.time_zone if actor.organization else None
    return clock.today(ZoneInfo(zone) if zone else None)


def spend_by(actor: Actor, by: str, months: Iterable[date]) -> Sums:
    """What the actor's organization spends, by one thing and month.

    Who sees some places alone is told of those: counted from their rows, not from what is kept.
    """
    if actor.organization is None:
        return {}
    wanted = list(months)
    if not works_at_places(actor):
        rows = Spend.objects.filter(
            owner_id=actor.organization.pk,
            by=by,
            month__gte=min(wanted),
            month__lte=max(wanted),
        )
        return {
            (month, key): (count, amount)
            for month, key, count, amount in rows.values_list("month", "key", "count", "amount")
        }
    counted = _of_team(actor)
    return {
        (first, key): (count, Decimal(kopecks) / 100)
        for first in wanted
        for (kind, key), (count, kopecks) in dearest_buildings(
            counted.months.get(first, {})
        ).items()
        if kind == by
    }


def _of_team(actor: Actor) -> Counted:
    cache = caches["local"]
    # With its places in the key: what is taken away from a team is gone at once.
    places = TeamPlace.objects.filter(team_id=actor.team_id or 0).order_by("pk")
    here = ",".join(map(str, places.values_list("pk", flat=True)))
    digest = sha256(here.encode()).hexdigest()[:16]
    key = f"team-spend:{actor.organization_id}:{actor.team_id}:{digest}:{months_for(actor)[0]}"
    found: Counted | None = cache.get(key)
    if found is None:
        found = count_costs(Subscription.objects.visible_to(actor), months_for(actor))
        cache.set(key, found, KEPT_SECONDS)
    return found


def totals_by_month(actor: Actor) -> list[tuple[date, Decimal]]:
    """Every month that is told, oldest first, with its sum."""
    months = months_for(actor)
    sums = spend_by(actor, CostBy.TOTAL, months)
    return [(first, sums.get((first, 0), (0, Decimal(0)))[1]) for first in months]


# --- names --------------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class Named:
    """What a sum is of: its name, and its value in the filter of the list ("" for none)."""

    name: str
    value: str


_MODELS: dict[str, tuple[Any, str, str]] = {
    CostBy.CITY: (City, "public_id", "name"),
    CostBy.BUILDING: (Building, "public_id", "address"),
    CostBy.PROVIDER: (Organization, "public_id", "name"),
    CostBy.CENTRE: (CostCentre, "pk", "name"),
}


def names_of(actor: Actor, by: str, keys: Iterable[int]) -> dict[int, Named]:
    """Names by key; of what is no more, nothing."""
    wanted = {key for key in keys if key}
    if by == CostBy.CATEGORY:
        rows = ServiceCategory.objects.filter(pk__in=wanted)
        return {row.pk: Named(row.name, row.code) for row in rows}
    none = {
        CostBy.CENTRE: Named(_("without a cost centre"), "none"),
        CostBy.BUILDING: Named(_("other buildings"), ""),
        CostBy.TOTAL: Named(_("In all"), ""),
    }
    found = {0: none[by]} if by in none else {}  # type: ignore[index]
    if by not in _MODELS:
        return found
    model, value, name = _MODELS[by]
    for pk, key, label in model._default_manager.filter(pk__in=wanted).values_list(
        "pk", value, name
    ):
        found[pk] = Named(label, str(key))
    return found


# --- the rows behind a sum ----------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class Charge:
    """What one price of a subscription cost in a month."""

    starts_on: date
    ends_on: date
    price: Decimal
    amount: Decimal


@dataclass(frozen=True, slots=True)
class ChargedRow:
    row: Any
    charges: list[Charge]
    amount: Decimal


def charged_rows(rows: QuerySet[Subscription], first: date, cursor: str = "") -> Page:
    """A page of the subscriptions that cost something in a month, with how their sum comes about.

    Rows are ChargedRow. What is foreseen is counted as the sums count it.
    """
    last = months_on(first, 1) - date.resolution
    prices = SubscriptionPrice.objects.filter(
        Q(ends_on__isnull=True) | Q(ends_on__gte=first),
        subscription=OuterRef("pk"),
        starts_on__lte=last,
    )
    lean = rows.filter(Exists(prices)).values_list(
        "id", "number", "currency", "category_id", "plan__name", "provider__name",
        "building__address", "unit__number", "place_key", named=True,
    )  # fmt: skip
    page = paginate(lean, ("place_key", "id"), cursor)
    found = prices_of([row.id for row in page.rows])
    shown = [_charged(row, found[row.id], first, last) for row in page.rows]
    return Page([row for row in shown if row is not None], page.next_cursor, page.is_first)


def _charged(row: Any, prices: list[Priced], first: date, last: date) -> ChargedRow | None:
    if not is_in_force(prices, first):
        return None
    charges = [
        Charge(
            max(price.starts_on, first),
            min(price.ends_on, last),
            Decimal(price.kopecks) / 100,
            Decimal(cost_in_month([price], first)) / 100,
        )
        for price in prices
        if price.starts_on <= last and price.ends_on >= first
    ]
    return ChargedRow(row, charges, sum((one.amount for one in charges), Decimal(0)))


# --- the prices of one subscription -------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class PriceStep:
    """A price of a subscription; `is_ahead`: announced, not in force yet."""

    starts_on: date
    ends_on: date | None
    price: Decimal
    reason: str
    plan: str
    is_ahead: bool = False


def price_steps(row: Subscription) -> list[PriceStep]:
    """The history of a price, oldest first, with what is announced at its end."""
    history = row.prices.select_related("plan").order_by("starts_on")
    steps = [
        PriceStep(one.starts_on, one.ends_on, one.price, one.get_reason_display(), one.plan.name)
        for one in history
    ]
    ahead = row.price_lines.standing().select_related("change__plan")
    for line in ahead.order_by("change__starts_on", "pk"):
        change = line.change
        steps.append(
            PriceStep(change.starts_on, None, change.price, _("Announced"), change.plan.name, True)
        )
    return steps


def by_key(sums: Sums) -> dict[int, Decimal]:
    """What each key comes to over all months of `sums`."""
    found: dict[int, Decimal] = defaultdict(Decimal)
    for (_month, key), (_count, amount) in sums.items():
        found[key] += amount
    return dict(found)
