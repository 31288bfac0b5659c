"""Cities, streets, houses, and what providers offer there."""

import math
import random
from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal

from bench.data.common import NOW, insert
from bench.data.names import house_number, names_of_cities, names_of_streets
from bench.data.organizations import providers
from bench.shape import Shape
from locations.models import Building, City, CoverageZone, Region, ServiceCategory, Street, Unit
from locations.services.building_counts import mend_counts
from locations.services.vocabulary import learn_missing
from locations.services.zones import index_zones
from subscriptions.models import Plan


def make_places(shape: Shape, chance: random.Random) -> None:
    region = Region.objects.create(
        fias_id="bench", name="Bench", type="обл", full_name="Bench", time_zone="Europe/Moscow"
    )
    insert(City, _cities(shape, region, chance))
    cities = list(City.objects.order_by("pk"))
    insert(Street, _streets(cities, chance))
    learn_missing()
    streets = list(Street.objects.select_related("city").order_by("pk"))
    # Each city is met early, as when its buildings had been entered by turns.
    chance.shuffle(streets)
    insert(Building, _buildings(shape, streets, chance))
    insert(
        Unit,
        (
            Unit(building_id=pk, number="1")
            for pk in Building.objects.order_by("pk").values_list("pk", flat=True)
        ),
    )
    mend_counts()


def _cities(shape: Shape, region: Region, chance: random.Random) -> Iterator[City]:
    for number, name in enumerate(names_of_cities(shape.cities, chance)):
        city = City(
            region=region,
            fias_id=f"bench-{number}",
            name=name,
            type="г",
            latitude=50 + number // 20 * 0.5,
            longitude=35 + number % 20 * 0.8,
            population=1_000_000 // (number + 1),
            time_zone="Europe/Moscow",
        )
        city.set_derived()
        yield city


def _streets(cities: list[City], chance: random.Random) -> Iterator[Street]:
    for position, city in enumerate(cities):
        seen = set()
        for type_, name in names_of_streets(position, chance):
            street = Street(city=city, type=type_, name=name)
            street.set_derived()
            if (type_, street.search_key) not in seen:
                seen.add((type_, street.search_key))
                yield street


def _buildings(shape: Shape, streets: list[Street], chance: random.Random) -> Iterator[Building]:
    for number in range(shape.buildings):
        street = streets[number % len(streets)]
        city = street.city
        building = Building(
            city=city,
            street=street,
            number=house_number(number // len(streets) + 1),
            latitude=city.latitude + chance.uniform(-0.08, 0.08),
            longitude=city.longitude + chance.uniform(-0.12, 0.12),
            created_at=NOW,
        )
        building.set_derived()
        yield building


def ring(latitude: float, longitude: float, radius: float, corners: int) -> list[list[float]]:
    """An outline with bays, as wide as high on the ground."""
    points = []
    for corner in range(corners):
        angle = 2 * math.pi * corner / corners
        reach = radius * (1 + 0.15 * math.sin(7 * angle) + 0.02 * math.sin(61 * angle))
        points.append(
            [longitude + reach * 1.6 * math.cos(angle), latitude + reach * math.sin(angle)]
        )
    return [*points, points[0]]


def make_offers(shape: Shape, chance: random.Random) -> None:
    categories = list(ServiceCategory.objects.order_by("position")[:4])
    cities = list(City.objects.order_by("pk"))
    offering = providers()
    insert(
        CoverageZone,
        (
            CoverageZone(
                provider=offering[number % len(offering)],
                category=categories[number % len(categories)],
                name=f"Zone {number}",
                technology="FTTB",
                stated_at=NOW - timedelta(days=number % 300),
                geometry={
                    "type": "Polygon",
                    "coordinates": [
                        ring(
                            cities[number % len(cities)].latitude + chance.uniform(-0.06, 0.06),
                            cities[number % len(cities)].longitude + chance.uniform(-0.1, 0.1),
                            chance.uniform(0.01, 0.03),
                            chance.randint(*shape.vertices),
                        )
                    ],
                },
            )
            for number in range(shape.zones)
        ),
    )
    index_zones(CoverageZone.objects.order_by("pk"))
    insert(
        Plan,
        (
            Plan(
                provider=provider,
                category=category,
                name=f"Plan {number}",
                attributes={"speed": 100 * number},
                price=Decimal(300 + 50 * number),
                commission_rule="FIXED",
                commission_value=Decimal(500),
                created_at=NOW,
                updated_at=NOW,
            )
            for provider in offering
            for category in categories
            for number in range(1, 3)
        ),
    )
