"""`python -m bench.zones`: does an availability answer cost more among 10,000 zones than among 100?

Fills an empty database of DATABASE_URL with cities and buildings, then adds zones city by city, 50
to each, and asks about the same buildings of the first two cities: the answers stay the same, only
the tables grow. Target: the median at 10,000 within 1.3 of that at 100. `--buildings`, `--zones`
try it out on less.
"""

import argparse
import random
import statistics
import sys
import time
from collections.abc import Iterator

from bench.__main__ import prepare_environment

PER_CITY = 50
WITHIN = 1.3
ASKED, ROUNDS = 100, 7


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.zones", description=__doc__)
    parser.add_argument("--buildings", type=int, default=1_000_000)
    parser.add_argument("--zones", type=int, nargs="+", default=[100, 1_000, 10_000])
    return parser.parse_args()


def main() -> int:
    options = arguments()
    prepare_environment()
    import django

    django.setup()
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    medians: dict[int, float] = {}
    for count in _filled(options):
        medians[count] = _median_ms()
        ratio = medians[count] / medians[min(medians)]
        verdict = "" if ratio <= WITHIN else "  missed"
        print(f"{count:7} zones: {medians[count]:6.2f} ms, {ratio:.2f}{verdict}", flush=True)
    return 0


def _filled(options: argparse.Namespace) -> Iterator[int]:
    """Adds zones up to each of the counts, and yields it once the tables are settled."""
    from django.core.management import CommandError
    from django.db import connection

    from bench.data.common import SEED, insert
    from bench.data.organizations import make_organizations, providers
    from bench.data.places import make_places
    from bench.shape import Shape
    from locations.models import Building, CoverageZone
    from locations.services.zones import index_zones

    if Building.objects.exists():
        raise CommandError("The database must be empty: zones are added to it step by step.")
    shape = Shape.places()
    cities = -(-max(options.zones) // PER_CITY)
    chance = random.Random(SEED)
    make_organizations(shape)
    make_places(Shape(buildings=options.buildings, cities=cities, agencies=1, providers=1), chance)
    present, offering = 0, providers()
    for count in sorted(options.zones):
        print(f"filling {count} zones …", file=sys.stderr, flush=True)
        insert(CoverageZone, _zones(range(present, count), shape, chance, offering))
        index_zones(CoverageZone.objects.filter(drawing=None).order_by("pk"))
        present = count
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE" if connection.vendor != "mysql" else "SELECT 1")
        yield count


def _zones(numbers: range, shape: object, chance: random.Random, offering: list) -> Iterator:
    from bench.data.common import NOW
    from bench.data.places import ring
    from locations.models import City, CoverageZone, ServiceCategory

    cities = list(City.objects.order_by("pk"))
    category = ServiceCategory.objects.order_by("position").first()
    for number in numbers:
        city = cities[number // PER_CITY]
        outline = ring(
            city.latitude + chance.uniform(-0.06, 0.06),
            city.longitude + chance.uniform(-0.1, 0.1),
            chance.uniform(0.01, 0.03),
            chance.randint(*shape.vertices),
        )
        yield CoverageZone(
            provider=offering[number % len(offering)],
            category=category,
            name=f"Zone {number}",
            technology="FTTB",
            stated_at=NOW,
            geometry={"type": "Polygon", "coordinates": [outline]},
        )


def _median_ms() -> float:
    """The median of asking about buildings of the first two cities, once shapes are in memory."""
    from core.actor import ANONYMOUS
    from locations.models import Building, City
    from subscriptions.selectors.availability import answer

    cities = City.objects.order_by("pk")[:2]
    buildings = list(Building.objects.filter(city__in=list(cities)).order_by("pk")[:ASKED])
    for building in buildings:
        answer(building, actor=ANONYMOUS)
    times = []
    for _ in range(ROUNDS):
        for building in buildings:
            began = time.perf_counter()
            answer(building, actor=ANONYMOUS)
            times.append((time.perf_counter() - began) * 1000)
    return statistics.median(times)


if __name__ == "__main__":
    sys.exit(main())
