"""The use of all services of a holder: by service, by place, by month."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Count, F, QuerySet, Sum

from core import clock
from core.actor import Actor
from core.months import months_on
from locations.models import City
from subscriptions.models import Meter, Subscription, UsageAlert, UsageLimit, UsageMonth
from subscriptions.selectors.catalogue import Category, categories
from subscriptions.services.usage.reminding import unread_meters
from subscriptions.usage_rules import UNMEASURED, month_of_day

PLACES_SHOWN = 15
CONSUMERS_SHOWN = 10
UNREAD_SHOWN = 10
CITIES_OFFERED = 200


def measured() -> list[Category]:
    """Categories whose use is measured, in the order of the catalogue."""
    return [row for row in categories() if row.code not in UNMEASURED]


def measured_categories() -> list[tuple[str, str]]:
    """The same as choices of a form."""
    return [(row.code, row.name) for row in measured()]


def cities_of(actor: Actor) -> dict[str, str]:
    """Cities where the actor's services are: public id → name; one query."""
    if actor.organization is None:
        return {}
    held = Subscription.objects.visible_to(actor).values("city_id")
    rows = City.objects.filter(pk__in=held).order_by("name")
    return {row.public_id: row.title for row in rows[:CITIES_OFFERED]}


@dataclass(frozen=True, slots=True)
class Total:
    """What a service came to in a month, and in the same month a year before."""

    category_id: int
    unit: str
    amount: Decimal
    before: Decimal | None
    services: int


def totals(rows: QuerySet[UsageMonth], month: date) -> list[Total]:
    """By service and unit, the months of `rows`; one query."""
    year_before = months_on(month, -12)
    sums = (
        rows.filter(month__in=(month, year_before))
        .order_by()
        .values_list("subscription__category_id", "unit", "month")
        .annotate(Sum("amount"), Count("pk"))
    )
    found: dict[tuple[int, str], dict[date, tuple[Decimal, int]]] = defaultdict(dict)
    for category_id, unit, first, amount, count in sums:
        found[category_id, unit][first] = (amount, count)
    return [
        Total(
            category_id,
            unit,
            months[month][0],
            months[year_before][0] if year_before in months else None,
            months[month][1],
        )
        for (category_id, unit), months in sorted(found.items())
        if month in months
    ]


def by_month(
    rows: QuerySet[UsageMonth], unit: str, firsts: Sequence[date]
) -> Mapping[date, Decimal]:
    """The sums of months in one unit; one query."""
    sums = rows.filter(unit=unit, month__in=firsts).order_by().values_list("month")
    return dict(sums.annotate(Sum("amount")))


@dataclass(frozen=True, slots=True)
class PlaceTotal:
    address: str
    amount: Decimal
    before: Decimal | None
    services: int


def by_place(rows: QuerySet[UsageMonth], unit: str, month: date) -> list[PlaceTotal]:
    """The buildings that used most in a month, with the month before; two queries."""
    grouped = (
        rows.filter(unit=unit)
        .order_by()
        .values("subscription__building_id", "subscription__building__address")
    )
    top = list(
        grouped.filter(month=month)
        .annotate(total=Sum("amount"), services=Count("pk"))
        .order_by("-total", "subscription__building_id")[:PLACES_SHOWN]
    )
    ids = [row["subscription__building_id"] for row in top]
    earlier = rows.filter(
        unit=unit, month=months_on(month, -1), subscription__building_id__in=ids
    ).order_by()
    before = dict(earlier.values_list("subscription__building_id").annotate(Sum("amount")))
    return [
        PlaceTotal(
            row["subscription__building__address"],
            row["total"],
            before.get(row["subscription__building_id"]),
            row["services"],
        )
        for row in top
    ]


def top_consumers(rows: QuerySet[UsageMonth], unit: str, month: date) -> list[Any]:
    """The subscriptions that used most in a month, as lean rows; one query."""
    found = rows.filter(unit=unit, month=month).order_by("-amount", "pk")
    return list(
        found.values_list(
            "amount",
            "subscription__number",
            "subscription__building__address",
            "subscription__unit__number",
            "subscription__provider__name",
            named=True,
        )[:CONSUMERS_SHOWN]
    )


@dataclass(frozen=True, slots=True)
class Unread:
    """Meters that were not read this month; `more` are not shown."""

    rows: list[Any]
    more: bool


def unread(actor: Actor) -> Unread:
    """One query."""
    if actor.organization is None:
        return Unread([], False)
    month = month_of_day(clock.today(ZoneInfo(actor.organization.time_zone)))
    rows = unread_meters(Meter.objects.visible_to(actor), month).order_by(
        "subscription__building__address", "pk"
    )
    found = list(
        rows.values_list(
            "public_id",
            "serial",
            "label",
            "subscription__number",
            "subscription__building__address",
            "subscription__unit__number",
            named=True,
        )[: UNREAD_SHOWN + 1]
    )
    return Unread(found[:UNREAD_SHOWN], len(found) > UNREAD_SHOWN)


def newest_alerts(actor: Actor, month: date) -> list[UsageAlert]:
    """What was told of a month; one query."""
    if actor.organization is None:
        return []
    rows = UsageAlert.objects.visible_to(actor).filter(month=month)
    return list(
        rows.select_related("subscription__building", "subscription__unit").order_by("-pk")[
            :CONSUMERS_SHOWN
        ]
    )


def limit_rows(actor: Actor) -> list[UsageLimit]:
    """The limits of an organization, those of whole services first."""
    if actor.organization is None:
        return []
    rows = UsageLimit.objects.visible_to(actor).select_related("category", "subscription__building")
    seen = Subscription.objects.visible_to(actor).values("pk")
    rows = rows.filter(category__isnull=False) | rows.filter(subscription__in=seen)
    return list(rows.order_by(F("category_id").asc(nulls_last=True), "kind", "pk")[:500])
