"""The list of subscriptions: lean rows, in an order that an index serves, with their sums."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from django.db.models import Count, Q, QuerySet, Sum
from django.utils.translation import gettext as _

from core.actor import Actor
from core.errors import DomainError
from core.pagination import Page, paginate
from core.parts.text import grouped
from subscriptions.centre_filters import NONE, CentreFilter
from subscriptions.centre_rights import holds_services
from subscriptions.choices import CostBy, SubscriptionState
from subscriptions.models import CostNow, Holding, Subscription, SubscriptionTag
from subscriptions.models.teams import works_at_places
from subscriptions.selectors.subscriptions import knows_cost

COLUMNS = (
    "id",
    "number",
    "state",
    "price",
    "currency",
    "started_at",
    "term_ends_on",
    "renew_months",
    "ends_on",
    "category_id",
    "contract_number",
    "place_key",
    "plan__name",
    "building__address",
    "unit__number",
    "provider__name",
    "client__name",
    "cost_centre_id",
    "owner_id",
    "holder_id",
)
# What `?sort=` may say, and the columns it orders by.
_ORDERS = {
    "": ("-id",),
    "cost": ("price", "id"),
    "-cost": ("-price", "-id"),
    "place": ("place_key", "id"),
    "-place": ("-place_key", "-id"),
    "term": ("term_ends_on", "id"),
    "-term": ("-term_ends_on", "-id"),
}
# Sums of more rows than these are read from what was counted before, or not told.
SUMMED = 1_000


def order_of(actor: Actor, sort: str) -> tuple[str, ...]:
    """Holders see theirs by place, and order by what is theirs alone; the others the newest first.

    Raises DomainError with field `sort`.
    """
    if holds_services(actor):
        sort = sort or "place"
    elif sort:
        sort = "?"
    try:
        return _ORDERS[sort]
    except KeyError as error:
        raise DomainError(_("This list cannot be sorted so."), field="sort") from error


def centre_rows(actor: Actor, rows: QuerySet, sort: str = "", cursor: str = "") -> Page:
    """A page of lean rows in an order of `_ORDERS`.

    By the end of terms come only those that have one. `price`, `term_ends_on` and the contract are
    None where the actor is not to know them.
    """
    order = order_of(actor, sort)
    if "term" in sort:
        rows = rows.filter(term_ends_on__isnull=False)
    page = paginate(rows.values_list(*COLUMNS, named=True), order, cursor)
    told = [row if knows_cost(actor, row) else _without_cost(row) for row in page.rows]
    return replace(page, rows=told)


def _without_cost(row: Any) -> Any:
    return row._replace(price=None, term_ends_on=None, contract_number="", renew_months=0)


def tags_of(actor: Actor, pks: Iterable[int]) -> dict[int, list[str]]:
    """The actor's own tags of subscriptions, by id."""
    found: dict[int, list[str]] = defaultdict(list)
    if actor.organization is None:
        return found
    links = SubscriptionTag.subscriptions.through.objects.filter(
        subscription__in=list(pks), subscriptiontag__owner_id=actor.organization.pk
    ).order_by("subscriptiontag__search_key")
    for pk, name in links.values_list("subscription_id", "subscriptiontag__name"):
        found[pk].append(name)
    return found


# --- sums ---------------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class Totals:
    """How many services and what they cost a month; `monthly` None where there are too many to
    add up for one page (`count` is then the most that was looked at)."""

    count: int
    monthly: Decimal | None

    @property
    def shown(self) -> str:
        return grouped(self.count)


def totals_of(actor: Actor, filterset: CentreFilter) -> Totals | None:
    """What of the filtered services is in force; None for whom it says nothing.

    Few are added up as they stand; of many the figures counted before are read, for all of them
    or for one thing they are filtered by (`services.spend`, seconds behind the last change).
    """
    if not holds_services(actor):
        return None
    holding = _counted(actor)
    if holding is not None and holding.count > SUMMED:
        kept = _kept(holding, filterset)
        if kept is not None:
            return kept
    rows = filterset.qs.order_by()
    if "state" not in filterset.query:
        rows = rows.exclude(state=SubscriptionState.ENDED)
    found = rows.values("price", "state")[: SUMMED + 1].aggregate(
        count=Count("price"), monthly=Sum("price", filter=~Q(state=SubscriptionState.ENDED))
    )
    if found["count"] > SUMMED:
        return Totals(SUMMED, None)
    return Totals(found["count"], exact(found["monthly"]))


def exact(total: Any) -> Decimal:
    """SQLite adds as floating point: back to kopecks. 0 for None."""
    return Decimal(total or 0).quantize(Decimal("0.01"))


def _counted(actor: Actor) -> Holding | None:
    if works_at_places(actor):
        return None
    return Holding.objects.filter(owner_id=actor.organization_id).first()


def _kept(holding: Holding, filterset: CentreFilter) -> Totals | None:
    active = [name for name in filterset.query if name in filterset.filters]
    if not active:
        return Totals(holding.count, holding.monthly)
    key = kept_key(filterset, active[0]) if len(active) == 1 else None
    if key is None:
        return None
    row = CostNow.objects.filter(owner_id=holding.pk, by=key[0], key=key[1]).first()
    return Totals(row.count, row.monthly) if row else Totals(0, Decimal(0))


def kept_key(filterset: CentreFilter, name: str) -> tuple[str, int] | None:
    """Under what costs are kept for one active filter; None where they are not."""
    filterset.check()
    value = str(filterset.query.get(name))
    if name == "centre":
        return CostBy.CENTRE, 0 if value == NONE else filterset.references["centre"][value].pk
    kept = {"city": CostBy.CITY, "provider": CostBy.PROVIDER, "category": CostBy.CATEGORY}
    return (kept[name], filterset.references[name][value].pk) if name in kept else None


@dataclass(frozen=True, slots=True)
class Group:
    """Services of one city, building or category: how many, and what they cost a month."""

    key: int
    count: int
    monthly: Decimal


def groups_of(actor: Actor, filterset: CentreFilter, by: str) -> list[Group]:
    """The filtered services that are in force, by CITY, BUILDING or CATEGORY; the dearest first."""
    if not filterset.is_active and by != CostBy.BUILDING and not works_at_places(actor):
        kept = CostNow.objects.filter(owner_id=actor.organization_id, by=by)
        rows = kept.order_by("-monthly", "key").values_list("key", "count", "monthly")
        found = [Group(*row) for row in rows]
        if sum(group.count for group in found) > SUMMED:
            return found
    return _live_groups(filterset.qs, by)


GROUPS_SHOWN = 200


def _live_groups(rows: QuerySet[Subscription], by: str) -> list[Group]:
    column = f"{by.lower()}_id"
    found = (
        rows.exclude(state=SubscriptionState.ENDED)
        .order_by()
        .values(column)
        .annotate(count=Count("pk"), monthly=Sum("price"))
        .order_by("-monthly", column)
        .values_list(column, "count", "monthly")
    )
    return [Group(key, count, exact(monthly)) for key, count, monthly in found[:GROUPS_SHOWN]]
