"""Demo places: real cities, streets with houses along them."""

import math
import random
from collections.abc import Sequence
from pathlib import Path

from core import clock
from core.actor import system_actor
from locations.models import Building, City, Region, Street
from locations.services.imports import import_cities, import_regions
from locations.services.vocabulary import learn
from pages.demo import words

BUILDINGS = 3_000
# How many of the buildings each of the six cities gets.
SHARES = (0.34, 0.2, 0.14, 0.12, 0.1, 0.1)
BATCH = 500


def load_cities(folder: Path | None) -> list[City]:
    """The six demo cities, out of the whole real list when `folder` has region.csv and city.csv."""
    names = [row[0] for row in words.CITIES]
    if folder and (folder / "city.csv").exists():
        import_regions(system_actor(), folder / "region.csv")
        import_cities(system_actor(), folder / "city.csv")
    else:
        _own_cities()
    found = {city.name: city for city in City.objects.filter(name__in=names).order_by("population")}
    return [found[name] for name in names]


def _own_cities() -> None:
    for name, region_name, kind, latitude, longitude, population, zone in words.CITIES:
        region, _made = Region.objects.get_or_create(
            fias_id=f"demo-{region_name}",
            defaults={
                "name": region_name,
                "type": kind,
                "full_name": f"{kind} {region_name}",
                "time_zone": zone,
            },
        )
        city = City(
            region=region,
            fias_id=f"demo-{name}",
            name=name,
            type="г",
            latitude=latitude,
            longitude=longitude,
            population=population,
            time_zone=zone,
        )
        city.set_derived()
        city.save()


def build_streets(cities: list[City], chance: random.Random) -> list[Building]:
    """3,000 buildings along streets that run straight through their cities."""
    for city, share in zip(cities, SHARES, strict=True):
        _build_city(city, round(BUILDINGS * share), chance)
    return list(Building.objects.select_related("city").order_by("pk"))


def _build_city(city: City, count: int, chance: random.Random) -> None:
    rows = []
    for type_, name in words.STREETS:
        street = Street(city=city, type=type_, name=name)
        street.set_derived()
        rows.append(street)
    Street.objects.bulk_create(rows)
    learn(row.search_key for row in rows)
    streets = list(Street.objects.filter(city=city).select_related("city").order_by("pk"))
    houses: list[Building] = []
    per_street = math.ceil(count / len(streets))
    for street in streets:
        houses += _houses(street, min(per_street, count - len(houses)), chance)
    for start in range(0, len(houses), BATCH):
        Building.objects.bulk_create(houses[start : start + BATCH])


def _houses(street: Street, count: int, chance: random.Random) -> list[Building]:
    """Even numbers on one side, odd ones on the other, along a line of about two kilometres."""
    city = street.city
    bearing = chance.uniform(0, math.pi)
    stretch = 1 / math.cos(math.radians(city.latitude))
    latitude = city.latitude + chance.uniform(-0.035, 0.035)
    longitude = city.longitude + chance.uniform(-0.035, 0.035) * stretch
    houses = []
    for index in range(count):
        along = (index - count / 2) * 0.0006
        aside = 0.0002 if index % 2 else -0.0002
        floors = chance.choice([2, 5, 5, 9, 9, 10, 14, 16, 18, 25])
        entrances = chance.randint(1, 6)
        house = Building(
            city=city,
            street=street,
            number=f"{index + 1}{chance.choice(['', '', '', '', 'А', ' к1', ' к2'])}",
            latitude=latitude + along * math.sin(bearing) + aside * math.cos(bearing),
            longitude=longitude + (along * math.cos(bearing) - aside * math.sin(bearing)) * stretch,
            entrances=entrances,
            floors=floors,
            units_count=entrances * floors * 4,
            created_at=clock.now(),
        )
        house.set_derived()
        houses.append(house)
    return houses


class Flats:
    """Flats given out, each once: two who order the same for one flat would refuse each other."""

    def __init__(self, chance: random.Random) -> None:
        self._chance = chance
        self._given: set[tuple[int, str]] = set()

    def give(self, building: Building) -> str | None:
        """The number of a flat of the building; None where the draw falls on one given out."""
        number = str(self._chance.randint(1, building.units_count or 1))
        if (building.pk, number) in self._given:
            return None
        self._given.add((building.pk, number))
        return number

    def give_one_of(self, buildings: Sequence[Building]) -> tuple[Building, str]:
        """A building and the number of a flat in it."""
        building = self._chance.choice(buildings)
        while (number := self.give(building)) is None:
            building = self._chance.choice(buildings)
        return building, number
