"""Reads of what came out of requests: subscriptions and commissions."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import Q, QuerySet, Sum

from core import clock
from core.actor import Actor
from core.choices import OrganizationKind
from core.models import Tally
from core.pagination import Page, paginate
from core.querysets import get_visible
from subscriptions.figures import COMMISSION
from subscriptions.models import Subscription
from subscriptions.rights import PORTFOLIO_KINDS

MONTHS_SHOWN = 12

_SUBSCRIPTION_COLUMNS = (
    "id",
    "number",
    "state",
    "price",
    "currency",
    "started_at",
    "ended_at",
    "category_id",
    "plan__name",
    "building__address",
    "unit__number",
    "provider__name",
    "owner__name",
    "client__name",
    "owner_id",
    "holder_id",
)


def knows_cost(actor: Actor, row: Any) -> bool:
    """Whether what a subscription costs is the actor's to know: once handed over to its holder it
    is no more the concern of who filed for it (DOMAIN.md, Client, holder, subscription)."""
    is_handed_over = row.holder_id is not None and row.holder_id != row.owner_id
    return not (is_handed_over and actor.kind in PORTFOLIO_KINDS)


def subscription_rows(actor: Actor, rows: QuerySet[Subscription], cursor: str = "") -> Page:
    """A page of lean rows, newest first, of subscriptions visible to the actor.

    `price` is None where the actor is not to know it.
    """
    page = paginate(rows.values_list(*_SUBSCRIPTION_COLUMNS, named=True), ("-id",), cursor)
    told = [row if knows_cost(actor, row) else row._replace(price=None) for row in page.rows]
    return replace(page, rows=told)


def subscription_for_page(actor: Actor, number: str) -> Subscription:
    """The subscription with all that its page names, in one query; NotVisible when not theirs."""
    rows = Subscription.objects.select_related(
        "owner", "provider", "holder", "client", "building", "unit", "category", "plan", "origin"
    )
    return get_visible(rows, actor, number=number)


def numbered(text: str) -> Q:
    """Subscriptions that their papers call so: the contract or the personal account, in full."""
    words = " ".join(text.split())
    return Q(contract_number=words) | Q(account_number=words) if words else Q(pk__in=[])


@dataclass(frozen=True, slots=True)
class Month:
    """`first` is its first day."""

    first: date
    amount: Decimal


def commission_by_month(actor: Actor) -> list[Month]:
    """The sums of the last twelve months, this one last, from the figures kept by day."""
    months = last_months(clock.today(), MONTHS_SHOWN)
    if actor.organization is None:
        return []
    sums: dict[date, Decimal] = defaultdict(Decimal)
    days = Tally.objects.filter(
        organization_id=actor.organization.pk, figure=COMMISSION, day__gte=months[0]
    )
    for day, amount in days.values_list("day").annotate(Sum("amount")).order_by("day"):
        sums[day.replace(day=1)] += amount
    return [Month(first, sums[first]) for first in months]


def last_months(today: date, count: int) -> list[date]:
    """First days of `count` months, that of `today` last."""
    first = today.replace(day=1)
    found = [first]
    while len(found) < count:
        first = next_month(first, -1)
        found.append(first)
    return found[::-1]


def next_month(first: date, step: int = 1) -> date:
    """The first day of the month `step` months on."""
    index = first.year * 12 + first.month - 1 + step
    return date(index // 12, index % 12 + 1, 1)


def has_commissions(actor: Actor) -> bool:
    """Whether commissions are anything of the actor's: who earns them, who owes them, staff."""
    kinds: Sequence[OrganizationKind | None] = (
        OrganizationKind.AGENCY,
        OrganizationKind.PROVIDER,
        None,
    )
    return actor.kind in kinds
