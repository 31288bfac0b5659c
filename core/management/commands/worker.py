"""Runs jobs: `manage.py worker`."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from core.jobs.queue import queue_names
from core.jobs.runner import run_due
from core.jobs.supervisor import QueueSet, Supervisor, run_worker


class Command(BaseCommand):
    help = (
        "Runs background jobs until SIGTERM or Ctrl+C; a job that is running is finished first. "
        "By default one process for each queue: a slow receiver of mail delays nothing else."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        known = queue_names()
        parser.add_argument(
            "--queues",
            default=",".join(known),
            help=f"Queues, separated by commas, each with processes of its own; “a+b” lets one "
            f"process serve both. Known: {', '.join(known)}. Default: all.",
        )
        parser.add_argument(
            "--processes", type=int, default=1, help="Processes for each set of queues (1)."
        )
        parser.add_argument(
            "--drain", action="store_true", help="Runs what is due, one by one, and ends."
        )

    def handle(self, *args: Any, **options: Any) -> None:
        sets = queue_sets(options["queues"])
        if options["processes"] < 1:
            raise CommandError("--processes must be at least 1.")
        if options["drain"]:
            count = run_due([queue for queues in sets for queue in queues])
            self.stdout.write(f"{count} jobs run.")
            return
        wanted = sets * options["processes"]
        if len(wanted) == 1:
            run_worker(wanted[0])
        else:
            Supervisor(wanted).run()


def queue_sets(text: str) -> list[QueueSet]:
    """`"default,outgoing+long"` → [("default",), ("outgoing", "long")].

    Raises CommandError for an unknown queue.
    """
    sets = [tuple(part.split("+")) for part in text.replace(" ", "").split(",") if part]
    unknown = {queue for queues in sets for queue in queues} - set(queue_names())
    if unknown or not sets:
        raise CommandError(f"--queues names no known queue: {text!r}.")
    return sets
