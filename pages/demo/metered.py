"""What the demo company and the private person have had for years: services, meters, use."""

import math
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from django.db import transaction

from core import clock
from core.actor import Actor
from core.months import months_on
from locations.models import Building
from pages.demo import words
from pages.demo.people import People
from subscriptions.choices import Tariff, UsageUnit
from subscriptions.models import Meter, Plan, Subscription, UsageMonth
from subscriptions.selectors.catalogue import categories
from subscriptions.services.centre.adding import add_services
from subscriptions.services.centre.import_rows import Service
from subscriptions.services.centre.records import set_own_price
from subscriptions.services.usage import (
    NewMeter,
    UsageRow,
    add_meter,
    record_usage,
    set_limit,
    set_readings_day,
)
from subscriptions.services.usage.checking import check_limits_of
from subscriptions.services.usage.many_readings import ReadingRow, record_readings
from subscriptions.usage_rules import ZONES, metered_units_of

MONTHS = 14
OFFICES = 8
# What an office has; the larger ones have all of it.
OFFICE = ("internet", "electricity", "water", "heating", "cctv", "intercom", "internet")
HOME = ("internet", "tv", "intercom", "electricity", "water")
# A month's use of an office and of a home, and what its meter showed at first.
USED = {
    "electricity": (900, 210),
    "water": (14, 8),
    "heating": (6, 2),
    "gas": (60, 14),
}
TRAFFIC = (420, 190)
# Each price is so much below the next.
RISE = Decimal("0.92")
READINGS_BY = 25


@dataclass(frozen=True, slots=True)
class Portfolio:
    """Who holds it, and by which of the two columns of USED it is measured."""

    holder: Actor
    scale: int
    wanted: Sequence[tuple[Building, str, tuple[str, ...]]]


def keep_metered(people: People, buildings: list[Building], chance: random.Random) -> None:
    """About forty services of the company at eight addresses, five of the person's flat."""
    company, person = people.holders
    offers = _offers(people)
    offices = chance.sample([one for one in buildings if one.city_id in offers], OFFICES)
    home = next(one for one in buildings if one.city_id in offers)
    wanted = [
        (office, str(chance.randint(1, 40)), OFFICE[: 4 + (index * 5) % 4])
        for index, office in enumerate(offices)
    ]
    portfolios = [
        Portfolio(company, 0, wanted),
        Portfolio(person, 1, [(home, "47", HOME)]),
    ]
    with transaction.atomic():
        for portfolio in portfolios:
            _keep(portfolio, people, offers, chance)
        _watch(company, person)


Prices = list[tuple[date, Decimal]]  # from which day, a month
Offers = dict[int, dict[str, list[Plan]]]  # city's id → category's code → plans


def _offers(people: People) -> Offers:
    """What can be had in the cities, of providers that are on the portal."""
    offers: Offers = {}
    plans = Plan.objects.filter(provider__is_claimed=True).select_related("provider", "category")
    by_provider: dict[tuple[int, str], list[Plan]] = {}
    for plan in plans.order_by("pk"):
        by_provider.setdefault((plan.provider_id, plan.category.code), []).append(plan)
    cities = _cities()
    for provider, row in zip(people.providers, words.PROVIDERS, strict=True):
        _name, _claimed, codes, places, _share = row
        for place in places:
            for code in codes:
                found = by_provider.get((provider.pk, code), [])
                offers.setdefault(cities[place], {}).setdefault(code, []).extend(found)
    return {
        city: offered
        for city, offered in offers.items()
        if {"electricity", "water"} <= set(offered)
    }


def _cities() -> list[int]:
    names = [row[0] for row in words.CITIES]
    found = dict(Building.objects.order_by().values_list("city__name", "city_id").distinct())
    return [found[name] for name in names]


def _keep(portfolio: Portfolio, people: People, offers: Offers, chance: random.Random) -> None:
    made = [
        row
        for building, number, codes in portfolio.wanted
        for plan in _plans(building, codes, offers, chance)
        for row in _enter(portfolio.holder, building, number, plan, chance)
    ]
    metered = [one for one in made if metered_units_of(one.category.code)]
    readings: list[ReadingRow] = []
    for subscription in metered:
        readings += _meter(portfolio, subscription, chance)
    record_readings(portfolio.holder, readings)
    _traffic([one for one in made if one.category.code == "internet"], portfolio, people, chance)


def _plans(
    building: Building, codes: Sequence[str], offers: Offers, chance: random.Random
) -> Iterator[Plan]:
    offered = offers[building.city_id]
    return (chance.choice(offered[code]) for code in codes if offered.get(code))


def _enter(
    holder: Actor, building: Building, number: str, plan: Plan, chance: random.Random
) -> list[Subscription]:
    """Writes the service down, with what it has cost since it began."""
    (began, price), *dearer = _prices(plan, chance)
    service = Service(
        line=0,
        building_id=building.pk,
        unit=number,
        category=next(one for one in categories() if one.pk == plan.category_id),
        provider_id=plan.provider_id,
        plan=plan.name,
        attributes=dict(plan.attributes),
        price=price,
        started_on=began,
        contract=f"Д-{chance.randint(1000, 9999)}/{began:%y}",
        account=f"{chance.randint(10**8, 10**9 - 1)}",
        term_until=None,
        renew=0,
        centre="",
        tags=(),
    )
    made, _known = add_services(holder, [service])
    return [_raised(holder, row, dearer) for row in made]


def _raised(holder: Actor, row: Subscription, prices: Prices) -> Subscription:
    for day, price in prices:
        row = set_own_price(holder, row, version=row.version, price=price, starts_on=day)
    return row


def _prices(plan: Plan, chance: random.Random) -> Prices:
    """It began some years ago, and became dearer every year where it costs anything."""
    today = clock.today()
    began = today - timedelta(days=chance.randint(500, 1300))
    days = [began]
    while plan.price and (following := months_on(days[-1], 12)) < today:
        days.append(following)
    years = reversed(range(len(days)))
    return [
        (day, (plan.price * RISE**back).quantize(Decimal("1.00")))
        for back, day in zip(years, days, strict=True)
    ]


def _meter(
    portfolio: Portfolio, subscription: Subscription, chance: random.Random
) -> Iterator[ReadingRow]:
    """A meter read around the 22nd of each month; some are not read yet in this one."""
    code = subscription.category.code
    tariff = Tariff.DAY_NIGHT if code == "electricity" and chance.random() < 0.5 else Tariff.SINGLE
    shown: dict[str, Decimal] = {
        zone: Decimal(chance.randint(800, 20_000)) for zone in ZONES[tariff]
    }
    days = list(_reading_days(chance))
    meter = add_meter(
        portfolio.holder,
        subscription,
        NewMeter(
            unit=metered_units_of(code)[0],
            serial=f"{chance.randint(10**7, 10**8 - 1)}",
            installed_on=days[0],
            figures=dict(shown),
            tariff=tariff,
            label="" if code != "water" else "холодная",
        ),
    )
    late = chance.random() < 0.3
    for day in days[1:-1] if late else days[1:]:
        for zone in shown:
            part = Decimal("0.7") if zone == "DAY" else Decimal("0.3") if zone == "NIGHT" else 1
            shown[zone] += round(_use(code, portfolio.scale, day, chance) * part, 1)
            yield ReadingRow(subscription.number, day, shown[zone], meter.serial, zone)


def _reading_days(chance: random.Random) -> Iterator[date]:
    today = clock.today()
    first = months_on(today.replace(day=1), -MONTHS)
    for step in range(MONTHS + 1):
        day = months_on(first, step) + timedelta(days=chance.randint(18, 23))
        yield min(day, today)
        if day >= today:
            return


def _use(code: str, scale: int, day: date, chance: random.Random) -> Decimal:
    """A month's use: more in winter where it warms or lights."""
    winter = 1 + 0.35 * math.cos((day.month - 1) / 12 * 2 * math.pi)
    season = winter if code in ("electricity", "heating", "gas") else 1.0
    return Decimal(str(USED[code][scale] * season * chance.uniform(0.85, 1.15)))


def _traffic(
    subscriptions: list[Subscription], portfolio: Portfolio, people: People, chance: random.Random
) -> None:
    """What providers told of months of traffic, this one up to yesterday."""
    rows: dict[int, list[UsageRow]] = {}
    today = clock.today()
    for subscription in subscriptions:
        usual = TRAFFIC[portfolio.scale] * chance.uniform(0.6, 1.4)
        for back in range(MONTHS):
            first = months_on(today.replace(day=1), -back)
            last = min(months_on(first, 1), today) - timedelta(days=1)
            if last < first:
                continue
            share = ((last - first).days + 1) / 30
            amount = Decimal(str(round(usual * share * chance.uniform(0.8, 1.25), 1)))
            rows.setdefault(subscription.provider_id, []).append(
                UsageRow(subscription.number, first, last, amount, UsageUnit.GB)
            )
    for provider_id, told in sorted(rows.items()):
        record_usage(people.operators[provider_id][0], told)


def _watch(company: Actor, person: Actor) -> None:
    """Limits, one of which this month passes, and the day by which meters are read."""
    for actor in (company, person):
        set_readings_day(actor, READINGS_BY)
    this_month = clock.today().replace(day=1)
    traffic = UsageMonth.objects.filter(unit=UsageUnit.GB, month=this_month)
    most = (
        traffic.filter(subscription__holder=company.organization)
        .select_related("subscription__category")
        .order_by("-amount")
        .first()
    )
    if most is not None:
        allowed = round(most.amount * Decimal("0.8"), -1)
        set_limit(company, "AMOUNT", allowed, subscription=most.subscription, unit=UsageUnit.GB)
    meter = Meter.objects.filter(subscription__holder=company.organization).first()
    if meter is not None:
        category = meter.subscription.category
        set_limit(company, "RISE", 40, category=category)
    ids = Subscription.objects.filter(holder__in=[company.organization, person.organization])
    check_limits_of(list(ids.values_list("pk", flat=True)))
