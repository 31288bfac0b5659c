"""What the cities, streets and houses of the benchmark are called: as real ones, from word lists."""

import csv
import math
import random
import tomllib
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
WORDS: dict[str, Any] = tomllib.loads((HERE / "street_words.toml").read_text(encoding="utf-8"))
# The register of cities of github.com/hflabs, where it lies beside the project.
REGISTERS = [above / "shared" / "data" / "geo" / "city.csv" for above in HERE.parents[1:4]]
STREETS_OF_THE_LARGEST = 1_200
STREETS_OF_THE_SMALLEST = 30
# Of a hundred streets: as everywhere, after people, after things, after places, and of no kind.
KINDS = {"common": 30, "surnames": 22, "adjectives": 22, "local": 16, "invented": 10}
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
MASCULINE = {"пер", "пр-кт", "проезд", "б-р"}


def words(kind: str) -> list[str]:
    return [word.replace("_", " ") for word in WORDS[kind].split()]


def names_of_cities(count: int, chance: random.Random) -> list[str]:
    """Names of `count` cities, the largest first; invented where the real ones do not suffice."""
    names = real_cities()[:count]
    while len(names) < count:
        names.append(f"{invented(chance)}ск")
    return names


@lru_cache(maxsize=1)
def real_cities() -> list[str]:
    register = next((path for path in REGISTERS if path.is_file()), None)
    return list(dict.fromkeys(_registered(register) if register else words("cities")))


def _registered(path: Path) -> list[str]:
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    rows.sort(key=lambda row: -int(row["population"] or 0))
    return [row["city"] or row["region"] for row in rows if not row["settlement"]]


def names_of_streets(position: int, chance: random.Random) -> Iterator[tuple[str, str]]:
    """Type and name of the streets of the city at `position` by size, some of them twice."""
    count = max(STREETS_OF_THE_SMALLEST, round(STREETS_OF_THE_LARGEST / math.sqrt(position + 1)))
    types, common = WORDS["types"], words("common")
    lists = {"surnames": words("surnames"), "adjectives": words("adjectives")}
    cities = real_cities()
    for number in range(count):
        kind = chance.choices(list(KINDS), list(KINDS.values()))[0]
        type_ = chance.choices(list(types), list(types.values()))[0]
        if kind == "common":
            name = common[number % len(common)]
        elif kind == "invented":
            name = f"{invented(chance)}{chance.choice(['ая', 'ская', 'ова', 'ина'])}"
        elif kind == "local":
            name = _after(chance.choice(cities), chance)
        else:
            name = chance.choice(lists[kind])
        yield type_, _of_gender(name, type_)


def _after(city: str, chance: random.Random) -> str:
    stem = city.split()[-1].split("-")[0].rstrip("аеёиоуыьюяй").removesuffix("ск")
    return f"{stem}{chance.choice(WORDS['local'])}"


def _of_gender(name: str, type_: str) -> str:
    if type_ in MASCULINE and name.endswith("ая"):
        return name.removesuffix("ая") + ("ий" if name.endswith("ская") else "ый")
    return name


def invented(chance: random.Random) -> str:
    return "".join(chance.choices(SYLLABLES, k=chance.randint(3, 5))).capitalize()


def house_number(position: int) -> str:
    """The number of the house at `position` (from 1) of a street; some have letters and blocks."""
    if position % 7 == 0:
        return f"{position}а"
    if position % 9 == 0:
        return f"{position} корп 2"
    return f"{position}/3" if position % 11 == 0 else str(position)
