"""`make bench`: fills the database of DATABASE_URL, loads every page, prints ratios to the floor.

`--scale 0.01` tries it out on a hundredth of the data; `--only WORD` measures pages whose name has
the word. Figures that are compared with the targets are read on PostgreSQL at full scale.
"""

import argparse
import gzip
import os
import statistics
import sys
from pathlib import Path

# Names of `bench.shape.Shape`'s ways to be made.
SHAPES = {"requests": "", "places": "places", "tickets": "desk"}
ROOT = Path(__file__).resolve().parent.parent


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make bench ARGS=…", description=__doc__)
    parser.add_argument("--scale", type=float, default=1.0)
    parser.add_argument(
        "--shape", choices=sorted(SHAPES), default="requests", help="what there is most of"
    )
    parser.add_argument("--seconds", type=float, default=4.0, help="length of one run")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--only", default="", help="a word of the page's name")
    parser.add_argument("--fill-only", action="store_true")
    return parser.parse_args()


def prepare_environment() -> None:
    """As in production, with a database of its own by default."""
    os.environ["DEBUG"] = "false"
    os.environ.setdefault("DATABASE_URL", f"sqlite:///{ROOT / 'var' / 'bench.sqlite3'}")
    os.environ.setdefault("SECRET_KEY", "bench-0123456789-abcdefghijklmnopqrstuvwxyz-0123456789")
    os.environ.setdefault("SECRETS_KEYS", "YmVuY2gta2V5LWJlbmNoLWtleS1iZW5jaC1rZXktMDE=")
    os.environ.setdefault("ALLOWED_HOSTS", "127.0.0.1,localhost")
    os.environ.setdefault("SITE_URL", "http://127.0.0.1")
    os.environ.setdefault("EMAIL_URL", "dummymail://")
    os.environ.setdefault("LOG_LEVEL", "ERROR")
    # The administrator of the benchmark has no telephone.
    os.environ.setdefault("STAFF_MFA_REQUIRED", "false")
    os.environ["DJANGO_SETTINGS_MODULE"] = "Estconnect.settings"


def count_queries(page: "object") -> tuple[int, int, int]:
    """Queries, bytes and compressed bytes of one answer."""
    from django.db import connection
    from django.test import Client as Browser
    from django.test.utils import CaptureQueriesContext

    browser = Browser(SERVER_NAME="127.0.0.1")
    name, _, value = page.cookie.partition("=")
    browser.cookies[name] = value
    headers = page.headers_now()
    browser.get(page.path, headers=headers)  # warms what is cached per process
    with CaptureQueriesContext(
        connection,
    ) as queries:
        body = browser.get(page.path, headers=headers).content
    return len(queries), len(body), len(gzip.compress(body, 6))


def measure(options: argparse.Namespace) -> int:
    from bench import load
    from bench.desk_pages import desk_pages
    from bench.pages import floor_page, pages
    from bench.servers import serve

    floor = floor_page()
    measured = desk_pages() if options.shape == "tickets" else pages()
    wanted = [page for page in measured if options.only in page.name]
    missed = 0
    print(
        f"{'page':34}{'req/s':>8}{'p50 ms':>8}{'p99 ms':>8}{'queries':>9}{'kB':>7}{'gz kB':>7}{'ratio':>8}{'target':>8}"
    )
    with (
        serve("bench.floor.wsgi:application") as at_floor,
        serve("Estconnect.wsgi:application") as at,
    ):
        for page in wanted:
            ratios, samples, floors = [], [], []
            for _ in range(options.rounds):
                below = load.run(
                    at_floor + floor.path, {"Cookie": floor.cookie}, options.seconds / 2
                )
                headers = {"Cookie": page.cookie, **page.headers_now()}
                sample = load.run(at + page.path, headers, options.seconds, page.connections)
                if sample.errors or below.errors:
                    raise SystemExit(f"{page.name}: {sample.errors} answers were errors.")
                samples.append(sample)
                floors.append(below.rate)
                ratios.append(sample.rate / below.rate)
            ratio = statistics.median(ratios)
            queries, size, compressed = count_queries(page)
            p50 = statistics.median(s.p50 for s in samples)
            met = p50 <= page.limit if page.limit else ratio >= page.target
            verdict = "" if met else "  missed"
            missed += bool(verdict)
            target = f"{page.limit:6.0f}ms" if page.limit else f"{page.target:8.2f}"
            print(
                f"{page.name:34}{statistics.median(s.rate for s in samples):8.0f}"
                f"{p50:8.1f}"
                f"{statistics.median(s.p99 for s in samples):8.1f}"
                f"{queries:9}{size / 1000:7.1f}{compressed / 1000:7.1f}{ratio:8.2f}{target}{verdict}",
                flush=True,
            )
            floor_rate = statistics.median(floors)
        if wanted:
            print(
                f"floor page: {floor_rate:.0f} req/s; {len(wanted) - missed} of {len(wanted)} targets met"
            )
    return 0


def main() -> int:
    options = arguments()
    prepare_environment()
    import django

    django.setup()
    from django.core.management import call_command
    from django.db import connection

    from bench.data import ensure
    from bench.shape import Shape

    call_command("migrate", verbosity=0)
    print(
        f"{connection.vendor}, {os.cpu_count()} processors; filling …", file=sys.stderr, flush=True
    )
    made = SHAPES[options.shape]
    shape = getattr(Shape, made)() if made else Shape()
    ensure(shape.scaled(options.scale) if options.scale != 1 else shape)
    return 0 if options.fill_only else measure(options)


if __name__ == "__main__":
    sys.exit(main())
