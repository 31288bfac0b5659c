"""`python -m bench.recall`: how often a misspelled address is found, in how many milliseconds.

Fills an empty database of DATABASE_URL (by default SQLite in var/) with cities, streets and
houses, misspells 100,000 addresses, each in one way, and prints recall@5: the share of queries
whose first five suggestions hold the house that was meant. `--failures FILE` lists all that was not
found. Ends with 1 where a target is missed.
"""

import argparse
import os
import random
import statistics
import sys
import time
from collections import defaultdict
from pathlib import Path

from bench.__main__ import ROOT, prepare_environment

SEED = 20261127
FIRST = 5
ADDRESSES = 100_000
SHOWN_FAILURES = 20
# The share that is to be found; transliteration has no target of its own.
TARGETS = {"one edit": 0.95, "two edits": 0.95, "layout": 0.95, "order": 0.95}


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.recall", description=__doc__)
    parser.add_argument("--buildings", type=int, default=300_000, help="rows of an empty database")
    parser.add_argument("--cities", type=int, default=1_100)
    parser.add_argument(
        "--sample", type=int, default=ADDRESSES, help="addresses misspelled, each in one way"
    )
    parser.add_argument("--failures", type=Path, help="a file for all queries that failed")
    parser.add_argument("--only", default="", help="a word of the kind of mistake")
    return parser.parse_args()


def fill(options: argparse.Namespace) -> None:
    """Places alone, in a database without any; one that has some is taken as it is."""
    from django.db import connection

    from bench.data.common import SEED as PLACES_SEED
    from bench.data.places import make_places
    from bench.shape import Shape
    from locations.models import Building

    if Building.objects.exists():
        return
    print("filling …", file=sys.stderr, flush=True)
    shape = Shape(buildings=options.buildings, cities=options.cities)
    make_places(shape, random.Random(PLACES_SEED))
    with connection.cursor() as cursor:
        cursor.execute(
            "ANALYZE"
            if connection.vendor != "mysql"
            else "ANALYZE TABLE locations_building, locations_street, locations_nameword, locations_wordkey"
        )


def chosen(options: argparse.Namespace, chance: random.Random) -> list[int]:
    """Ids of the buildings that are misspelled, each once."""
    from locations.models import Building

    ids = list(Building.objects.order_by("pk").values_list("pk", flat=True))
    return chance.sample(ids, min(options.sample, len(ids)))


def measure(options: argparse.Namespace) -> int:
    from bench.misspellings import KINDS
    from core.actor import ANONYMOUS
    from locations.models import Building
    from locations.selectors.suggestions import suggest

    chance = random.Random(SEED)
    kinds = [kind for kind in KINDS if options.only in kind]
    tried: dict[str, int] = defaultdict(int)
    times: dict[str, list[float]] = defaultdict(list)
    failures: list[tuple[str, str, str, str]] = []
    ids = chosen(options, chance)
    for start in range(0, len(ids), 500):
        rows = Building.objects.filter(pk__in=ids[start : start + 500]).order_by("pk")
        rows = rows.select_related("street", "city")
        for position, building in enumerate(rows, start=start):
            kind = kinds[position % len(kinds)]
            query = KINDS[kind](building, chance)
            began = time.perf_counter()
            found = [place.text for place in suggest(ANONYMOUS, query)][:FIRST]
            times[kind].append((time.perf_counter() - began) * 1000)
            tried[kind] += 1
            if building.address not in found:
                failures.append((kind, query, building.address, found[0] if found else "-"))
    return report(tried, times, failures, options.failures)


def report(
    tried: dict[str, int],
    times: dict[str, list[float]],
    failures: list[tuple[str, str, str, str]],
    path: Path | None,
) -> int:
    failed: dict[str, int] = defaultdict(int)
    for kind, *_ in failures:
        failed[kind] += 1
    missed = 0
    print(f"{'mistake':18}{'queries':>9}{'recall@5':>10}{'target':>8}{'p50 ms':>8}{'p99 ms':>8}")
    for kind, count in tried.items():
        recall = 1 - failed[kind] / count
        target = TARGETS.get(kind)
        missed += bool(target and recall < target)
        spent = sorted(times[kind])
        shown = f"{target:8.2f}" if target else " " * 8
        print(
            f"{kind:18}{count:9}{recall:10.4f}{shown}{statistics.median(spent):8.1f}"
            f"{spent[int(len(spent) * 0.99)]:8.1f}"
        )
    print(f"{'all':18}{sum(tried.values()):9}{1 - len(failures) / sum(tried.values()):10.4f}")
    for line in failures[:SHOWN_FAILURES]:
        print(" | ".join(line))
    if path:
        path.write_text("".join("\t".join(line) + "\n" for line in failures), encoding="utf-8")
    return 1 if missed else 0


def main() -> int:
    options = arguments()
    os.environ.setdefault("DATABASE_URL", f"sqlite:///{ROOT / 'var' / 'recall.sqlite3'}")
    prepare_environment()
    import django

    django.setup()
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    fill(options)
    return measure(options)


if __name__ == "__main__":
    sys.exit(main())
