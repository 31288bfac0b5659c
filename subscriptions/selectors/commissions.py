"""Reads of commissions: rows of the list, what months come to, by whom and for what."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db.models import Count, Q, QuerySet, Sum

from core.actor import Actor
from core.choices import OrganizationKind
from core.pagination import Page, paginate
from subscriptions.models import Commission

ZERO = Decimal(0)
_ACCRUED = Q(kind=Commission.Kind.ACCRUAL)
_REVERSED = Q(kind=Commission.Kind.REVERSAL)
_COLUMNS = (
    "id",
    "kind",
    "amount",
    "currency",
    "accrued_at",
    "request__number",
    "request__category_id",
    "request__plan__name",
    "owner__name",
    "provider__name",
)


@dataclass(frozen=True, slots=True)
class Sums:
    """What some commissions come to; `reversed` is below zero or zero."""

    accrued: Decimal = ZERO
    reversed: Decimal = ZERO
    count: int = 0

    @property
    def net(self) -> Decimal:
        return self.accrued + self.reversed

    def __add__(self, other: "Sums") -> "Sums":
        return Sums(
            self.accrued + other.accrued,
            self.reversed + other.reversed,
            self.count + other.count,
        )


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a month: by counterparty, by service or by agent. `key` is what a filter takes."""

    key: str
    name: str
    sums: Sums


@dataclass(frozen=True, slots=True)
class Breakdown:
    """A month, whole and in parts; each list of parts comes to the whole."""

    total: Sums
    counterparties: list[Part]
    categories: dict[int, Sums]
    # By the id of who filed; None: gone.
    agents: dict[int | None, Sums]
    # (counterparty's key, category id) → sums
    cells: dict[tuple[str, int], Sums]


def commission_rows(rows: QuerySet[Commission], cursor: str = "") -> Page:
    """A page of lean rows, newest first, of commissions visible to the reader."""
    columns = rows.values_list(*_COLUMNS, named=True)
    return paginate(columns, ("-accrued_at", "-id"), cursor)


def counterparty_of(actor: Actor) -> str:
    """The column of the other side: a provider owes agencies, an agency earns from providers."""
    return "owner" if actor.kind == OrganizationKind.PROVIDER else "provider"


def breakdown(actor: Actor, rows: QuerySet[Commission]) -> Breakdown:
    """What `rows` (of a month: an index range) come to; one query."""
    party = counterparty_of(actor)
    grouped = (
        rows.order_by()
        .values_list(
            f"{party}__public_id",
            f"{party}__name",
            "request__category_id",
            "request__created_by_id",
        )
        .annotate(
            accrued_sum=Sum("amount", filter=_ACCRUED, default=ZERO),
            reversed_sum=Sum("amount", filter=_REVERSED, default=ZERO),
            rows=Count("pk"),
        )
    )
    cells: dict[tuple[str, int], Sums] = defaultdict(Sums)
    names: dict[str, str] = {}
    by_party: dict[str, Sums] = defaultdict(Sums)
    by_category: dict[int, Sums] = defaultdict(Sums)
    by_user: dict[int | None, Sums] = defaultdict(Sums)
    total = Sums()
    for public_id, name, category_id, user_id, accrued, taken_back, count in grouped:
        sums = Sums(_exact(accrued), _exact(taken_back), count)
        names[public_id] = name
        cells[public_id, category_id] += sums
        by_party[public_id] += sums
        by_category[category_id] += sums
        by_user[user_id] += sums
        total += sums
    parties = [Part(key, names[key], sums) for key, sums in by_party.items()]
    return Breakdown(total, _largest_first(parties), dict(by_category), dict(by_user), dict(cells))


def by_agent(
    found: Breakdown, names: Mapping[int | None, tuple[str, str]], none: str
) -> list[Part]:
    """What each who filed has earned; `names`: user id → (key, name), `none` for those gone."""
    parts: dict[tuple[str, str], Sums] = defaultdict(Sums)
    for user_id, sums in found.agents.items():
        parts[names.get(user_id, ("", none))] += sums
    return _largest_first(Part(key, name, sums) for (key, name), sums in parts.items())


def _largest_first(parts: Iterable[Part]) -> list[Part]:
    return sorted(parts, key=lambda part: (-part.sums.net, part.name))


def _exact(amount: Any) -> Decimal:
    """SQLite adds as floating point: back to kopecks."""
    return Decimal(amount).quantize(Decimal("0.01"))
