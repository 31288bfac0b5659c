"""What demo providers offer: zones around their cities, buildings stated one by one, plans."""

import math
import random
from datetime import timedelta
from decimal import Decimal
from typing import Any

from core import clock
from core.actor import Actor
from locations.models import Building, City, CoverageState, ServiceCategory
from locations.services import save_zone, state_building_coverage
from pages.demo import words
from pages.demo.people import People
from subscriptions.choices import ExitRule
from subscriptions.services.plans import create_plan

PLANS = 60
# From the first of the 90 days: still ahead today.
PLANNED_AHEAD = timedelta(days=150)
# Categories whose networks are stated with a technology and a speed.
SPEEDS = {"internet": ("FTTB", 500)}


def create_offers(people: People, cities: list[City], chance: random.Random) -> None:
    """Zones and plans of every provider, by its manager (by the portal where it is not on it)."""
    categories = {category.code: category for category in ServiceCategory.objects.all()}
    offered: list[tuple[Actor, str]] = []
    for provider, row in zip(people.providers, words.PROVIDERS, strict=True):
        _name, _claimed, codes, places, _share = row
        manager = people.operators[provider.pk][0]
        if manager.system:
            manager = Actor(organization=provider, via=manager.via, system=True)
        for code in codes:
            for place in places:
                _zone(manager, categories[code], cities[place], chance)
            offered.append((manager, code))
    _plans(offered, categories)


def _zone(manager: Actor, category: ServiceCategory, city: City, chance: random.Random) -> None:
    technology, speed = SPEEDS.get(category.code, ("", None))
    state, planned_from = CoverageState.AVAILABLE, None
    if chance.random() < 0.12:
        state, planned_from = CoverageState.PLANNED, clock.today() + PLANNED_AHEAD
    elif chance.random() < 0.08:
        state = CoverageState.SURVEY
    save_zone(
        manager,
        category=category,
        name=f"{city.name}, {category.name_ru.lower()}",
        geometry=outline(city, chance),
        technology=technology,
        max_speed=speed,
        state=state,
        planned_from=planned_from,
        source="Карта сети",
    )


def outline(city: City, chance: random.Random) -> dict[str, Any]:
    """A GeoJSON polygon of uneven edge around a city's middle, three to six kilometres across."""
    corners = chance.randint(14, 30)
    stretch = 1 / math.cos(math.radians(city.latitude))
    latitude = city.latitude + chance.uniform(-0.012, 0.012)
    longitude = city.longitude + chance.uniform(-0.012, 0.012) * stretch
    ring = []
    for corner in range(corners):
        turn = 2 * math.pi * corner / corners
        reach = chance.uniform(0.022, 0.038)
        ring.append(
            [
                round(longitude + reach * stretch * math.cos(turn), 6),
                round(latitude + reach * math.sin(turn), 6),
            ]
        )
    return {"type": "Polygon", "coordinates": [[*ring, ring[0]]]}


def state_buildings(people: People, buildings: list[Building], chance: random.Random) -> None:
    """Some houses stated one by one: connected beyond a zone, or not within it."""
    internet = ServiceCategory.objects.get(code="internet")
    for provider in people.providers[:3]:
        manager = people.operators[provider.pk][0]
        for building in chance.sample(buildings, 40):
            refused = chance.random() < 0.3
            state_building_coverage(
                manager,
                building=building,
                category=internet,
                technology="GPON",
                max_speed=None if refused else 1000,
                state=CoverageState.NOT_AVAILABLE if refused else CoverageState.AVAILABLE,
                source="Акт обследования",
            )


def _plans(offered: list[tuple[Actor, str]], categories: dict[str, ServiceCategory]) -> None:
    """60 plans: each provider's line of a category, dearer providers a little above the others."""
    made = 0
    while made < PLANS:
        for turn, (manager, code) in enumerate(offered):
            line: list[tuple[Any, ...]] = words.PLANS[code]  # type: ignore[assignment]
            index = made // len(offered)
            if made >= PLANS:
                break
            row = line[index % len(line)]
            name, attributes, price, fee, term, days_min, days_max, rule, value, technology = row
            again = index // len(line)
            create_plan(
                manager,
                category=categories[code],
                name=f"{name} {words.VARIANTS[again]}".strip(),
                technology=technology,
                attributes=attributes,
                price=Decimal(price + (turn % 4) * (30 if price else 0) + 100 * again),
                connection_fee=Decimal(fee + (turn % 3) * (100 if fee else 0)),
                term_months=term,
                days_min=days_min,
                days_max=days_max,
                commission_rule=rule,
                commission_value=Decimal(str(value)),
                clawback_days=90,
                exit_rule=ExitRule.REMAINING if term else ExitRule.NONE,
                exit_value=Decimal(50 if term else 0),
                change_fee=Decimal(100 if turn % 2 and price else 0),
                relocation_fee=Decimal(300),
                suspension_price=Decimal(price // 10),
                is_published=True,
            )
            made += 1
