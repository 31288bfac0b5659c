"""How long an import of buildings takes, and how long others wait meanwhile.

`python -m bench.imports --rows 300000` on DATABASE_URL makes a file of that many houses of several
cities, imports it, imports it again (nothing changes), and while it does so writes to the same
tables once every 50 ms from another connection. Targets on PostgreSQL: 300,000 rows in 10 minutes,
another writer waits less than a second. What it made is deleted at the end; `--keep` leaves it.
"""

import argparse
import csv
import math
import random
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path

from bench.__main__ import prepare_environment

prepare_environment()

import django  # noqa: E402
from django.apps import apps  # noqa: E402

if not apps.ready:
    django.setup()

from django.db import connection, transaction  # noqa: E402

from core.actor import system_actor  # noqa: E402
from locations.models import Building, City, Region, Street  # noqa: E402
from locations.services.imports import import_buildings  # noqa: E402
from locations.services.imports.building_rows import COLUMNS  # noqa: E402

CITIES = 10
HOUSES_PER_STREET = 60
_MARK = "bench-import"
_SYLLABLES = [
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
    "ха",
    "чу",
    "ша",
    "щи",
    "эн",
]


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.imports", description=__doc__)
    parser.add_argument("--rows", type=int, default=300_000)
    parser.add_argument("--known", type=int, default=0, help="buildings there before, near by")
    parser.add_argument("--keep", action="store_true")
    return parser.parse_args()


def make_cities() -> list[City]:
    region, _ = Region.objects.get_or_create(
        fias_id=_MARK, defaults={"name": _MARK, "full_name": _MARK, "time_zone": "UTC"}
    )
    for number in range(CITIES):
        city = City(
            region=region,
            fias_id=f"{_MARK}-{number}",
            name=f"Пробный{'абвгдежзик'[number]}",
            latitude=50 + number,
            longitude=40,
            population=1_000_000,
            time_zone="UTC",
        )
        city.set_derived()
        if not City.objects.filter(fias_id=city.fias_id).exists():
            city.save()
    return list(City.objects.filter(region=region))


def houses(cities: list[City], count: int, seed: int) -> Iterator[list[str]]:
    """Rows of streets that lie anywhere in a city; houses stand 40 m from each other."""
    chance = random.Random(seed)
    made = 0
    while made < count:
        city = chance.choice(cities)
        name = "".join(chance.choices(_SYLLABLES, k=4)).capitalize()
        latitude = city.latitude + chance.uniform(-0.15, 0.15)
        longitude = city.longitude + chance.uniform(-0.25, 0.25)
        turn = chance.uniform(0, math.tau)
        for number in range(1, min(HOUSES_PER_STREET, count - made) + 1):
            away = number * 40 / 111_195
            yield [
                city.name,
                "ул",
                name,
                str(number) if number % 7 else f"{number} корп {number % 3 + 1}",
                f"{latitude + away * math.cos(turn):.6f}",
                f"{longitude + away * math.sin(turn) * 1.6:.6f}",
                "",
                "420000",
                "4",
                "9",
                "144",
            ]
            made += 1


def write_file(path: Path, cities: list[City], count: int, seed: int) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(COLUMNS)
        writer.writerows(houses(cities, count, seed))


class OtherWriter(threading.Thread):
    """Adds and changes a street every 50 ms, and notes how long each took."""

    def __init__(self, city: City) -> None:
        super().__init__(daemon=True)
        self.waits: list[float] = []
        self._city = city
        self._done = threading.Event()

    def run(self) -> None:
        while not self._done.wait(0.05):
            street = Street(city=self._city, name=f"Чужая {time.time_ns()}")
            street.set_derived()
            began = time.perf_counter()
            with transaction.atomic():
                street.save()
                Street.objects.filter(pk=street.pk).update(city_rank=1)
            self.waits.append(time.perf_counter() - began)
        connection.close()

    def stop(self) -> None:
        self._done.set()
        self.join()


def measure(name: str, path: Path, city: City, rows: int) -> None:
    writer = OtherWriter(city)
    writer.start()
    began, spent = time.perf_counter(), time.process_time()
    outcome = import_buildings(system_actor(), path)
    seconds, spent = time.perf_counter() - began, time.process_time() - spent
    writer.stop()
    print(
        f"{name:24}{rows:>9} rows {seconds:8.1f} s {rows / seconds:8.0f} rows/s"
        f"   300,000 in {300_000 / rows * seconds / 60:5.1f} min"
        f" (of the processor {300_000 / rows * spent / 60:.1f} min)"
        f"   others wait: median {statistics.median(writer.waits) * 1000:.0f} ms,"
        f" longest {max(writer.waits) * 1000:.0f} ms"
        f"   ({outcome.created} new, {outcome.updated} changed, {outcome.unchanged} known,"
        f" {outcome.refused} refused)"
    )
    sys.stdout.flush()


def remove() -> None:
    Building.objects.filter(city__region__fias_id=_MARK).delete()
    Street.objects.filter(city__region__fias_id=_MARK).delete()
    City.objects.filter(region__fias_id=_MARK).delete()
    Region.objects.filter(fias_id=_MARK).delete()


def main() -> None:
    options = arguments()
    cities = make_cities()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "buildings.csv"
        try:
            if options.known:
                write_file(path, cities, options.known, seed=1)
                import_buildings(system_actor(), path)
            write_file(path, cities, options.rows, seed=2)
            measure("all new", path, cities[0], options.rows)
            measure("all known", path, cities[0], options.rows)
        finally:
            if not options.keep:
                remove()


if __name__ == "__main__":
    main()
