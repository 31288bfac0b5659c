"""How many small jobs a second the worker does: `python -m bench.jobs` on DATABASE_URL.

Enqueues jobs, starts `manage.py worker --processes N`, and counts from the first job's start to the
last one's end, so that the start of Python is not measured. A small job reads one row by its key
and writes one; an empty one does nothing. Target: 120 small jobs a second on PostgreSQL with two
processes.
"""

import argparse
import os
import statistics
import subprocess
import sys
import time

from bench.__main__ import ROOT, prepare_environment

prepare_environment()


def setup() -> None:
    import django
    from django.apps import apps

    if not apps.ready:
        django.setup()


setup()

from core.jobs import enqueue_many, job  # noqa: E402  (Django must be set up before)
from core.models import FeedCounter, Job  # noqa: E402

QUEUE = "long"
FIRST_ROW = 1_000_000


@job(queue=QUEUE)
def empty(number: int) -> None:
    """Only what the queue itself costs."""


@job(queue=QUEUE)
def small(number: int) -> None:
    row = FeedCounter.objects.get(pk=FIRST_ROW + number % 100)
    FeedCounter.objects.filter(pk=row.pk).update(last=row.last + 1)


def prepare_rows() -> None:
    rows = [FeedCounter(pk=FIRST_ROW + number) for number in range(100)]
    FeedCounter.objects.bulk_create(rows, ignore_conflicts=True)


def clear() -> None:
    Job.objects.filter(task__startswith="bench.jobs.").delete()
    FeedCounter.objects.filter(pk__gte=FIRST_ROW).delete()


def measure(task: "object", count: int, processes: int) -> float:
    """Jobs a second; raises RuntimeError when one of them did not succeed."""
    clear()
    prepare_rows()
    enqueue_many(task, [(number,) for number in range(count)])
    mine = Job.objects.filter(task__startswith="bench.jobs.")
    worker = subprocess.Popen(
        [sys.executable, "manage.py", "worker", f"--queues={QUEUE}", f"--processes={processes}"],
        cwd=ROOT,
        env=dict(os.environ),
    )
    try:
        while mine.filter(finished_at=None).exists():
            if worker.poll() is not None:
                raise RuntimeError(f"The worker ended with {worker.returncode}.")
            time.sleep(0.3)
    finally:
        worker.terminate()
        worker.wait(timeout=30)
    if mine.exclude(state=Job.State.SUCCESSFUL).exists():
        raise RuntimeError("Not every job succeeded.")
    first = mine.order_by("started_at").values_list("started_at", flat=True)[0]
    last = mine.order_by("-finished_at").values_list("finished_at", flat=True)[0]
    return count / (last - first).total_seconds()


def enqueue_rate(count: int) -> float:
    """Single enqueues a second, as services make them, each with a commit."""
    begin = time.perf_counter()
    for number in range(count):
        empty.enqueue(number)
    return count / (time.perf_counter() - begin)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--jobs", type=int, default=2000)
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    from django.core.management import call_command
    from django.db import connection

    call_command("migrate", verbosity=0)
    try:
        print(f"{connection.vendor}, {options.processes} processes, {options.jobs} jobs")
        for task in (empty, small):
            rates = [measure(task, options.jobs, options.processes) for _ in range(options.rounds)]
            print(
                f"{task.name:>8}: {statistics.median(rates):6.0f} jobs/s "
                f"({', '.join(f'{rate:.0f}' for rate in rates)})"
            )
        print(f" enqueue: {enqueue_rate(500):6.0f} a second")
    finally:
        clear()
    return 0


if __name__ == "__main__":
    # The jobs must be known by their module's name, not as __main__.
    from bench.jobs import main as main_by_name

    sys.exit(main_by_name())
