"""Lists what was given up, and tries it again: `manage.py failed`."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from core.failures import SORTS, failed, failures, retry_failed

SHOWN = 50


class Command(BaseCommand):
    help = "Lists the newest failed jobs and messages; with --retry tries them again."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--retry",
            nargs="+",
            metavar=("SORT", "ID"),
            help=f"{' or '.join(SORTS)}, then ids; without ids all of that sort.",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if options["retry"]:
            self._retry(*options["retry"])
            return
        lines = [
            f"{sort} {row.id}  {row.what}  {row.where}  {row.attempts} attempts  {row.error}"
            for sort in SORTS
            for row in failures(failed(sort).order_by("-id")[:SHOWN])
        ]
        self.stdout.write("\n".join(lines) or "Nothing has failed.")

    def _retry(self, sort: str, *ids: str) -> None:
        if sort not in SORTS or not all(text.isdecimal() for text in ids):
            raise CommandError(f"Say which: {' or '.join(SORTS)}, then ids.")
        chosen = [int(text) for text in ids] or list(failed(sort).values_list("pk", flat=True))
        self.stdout.write(f"{retry_failed(sort, chosen)} tried again.")
