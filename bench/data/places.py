"""Cities, streets, houses, and what providers offer there."""

import math
import random
from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal

from bench.data.common import NOW, insert
from bench.data.organizations import providers
from bench.shape import Shape
from locations.models import Building, City, CoverageZone, Region, ServiceCategory, Street, Unit
from locations.services.building_counts import mend_counts
from locations.services.zones import index_zones
from subscriptions.models import Plan

STREETS_PER_CITY = 60
SYLLABLES = [
    "ба",
    "ве",
    "го",
    "ди",
    "жа",
    "зе",
    "ки",
    "ло",
    "ми",
    "но",
    "пе",
    "ри",
    "са",
    "те",
    "фо",
    "хи",
    "ча",
    "ша",
]


def _name(chance: random.Random) -> str:
    return "".join(chance.choices(SYLLABLES, k=chance.randint(3, 5))).capitalize()


def make_places(shape: Shape, chance: random.Random) -> None:
    region = Region.objects.create(
        fias_id="bench", name="Bench", type="обл", full_name="Bench", time_zone="Europe/Moscow"
    )
    cities = []
    for number in range(shape.cities):
        name = f"{_name(chance)}ск"
        cities.append(
            City(
                region=region,
                fias_id=f"bench-{number}",
                name=name,
                type="г",
                latitude=50 + number // 20 * 0.5,
                longitude=35 + number % 20 * 0.8,
                population=1_000_000 // (number + 1),
                time_zone="Europe/Moscow",
            )
        )
        cities[-1].set_derived()
    insert(City, cities)
    cities = list(City.objects.order_by("pk"))
    insert(Street, _streets(cities, chance))
    streets: dict[int, list[Street]] = {}
    for street in Street.objects.select_related("city").order_by("pk"):
        streets.setdefault(street.city_id, []).append(street)
    insert(Building, _buildings(shape, cities, streets, chance))
    insert(
        Unit,
        (
            Unit(building_id=pk, number="1")
            for pk in Building.objects.order_by("pk").values_list("pk", flat=True)
        ),
    )
    mend_counts()


def _streets(cities: list[City], chance: random.Random) -> Iterator[Street]:
    for city in cities:
        names = {_name(chance) + "ая" for _ in range(STREETS_PER_CITY)}
        for name in sorted(names):
            street = Street(city=city, name=name)
            street.set_derived()
            yield street


def _buildings(
    shape: Shape,
    cities: list[City],
    streets: dict[int, list[Street]],
    chance: random.Random,
) -> Iterator[Building]:
    for number in range(shape.buildings):
        city = cities[number % len(cities)]
        on = streets[city.pk]
        street = on[number // len(cities) % len(on)]
        house = str(number // len(cities) // len(on) + 1)
        latitude = city.latitude + chance.uniform(-0.08, 0.08)
        longitude = city.longitude + chance.uniform(-0.12, 0.12)
        building = Building(
            city=city,
            street=street,
            number=house,
            latitude=latitude,
            longitude=longitude,
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
