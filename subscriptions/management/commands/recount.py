"""Compares the figures of homes with the rows they count, and mends what differs."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from subscriptions.services.figures import Difference, differences, mend


class Command(BaseCommand):
    help = "Compares tallies with counts of rows; --repair adds what is missing, dated today."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--repair", action="store_true", help="Add the differences.")

    def handle(self, *args: Any, **options: Any) -> None:
        found = differences()
        for difference in found:
            self.stdout.write(_line(difference))
        if not found:
            self.stdout.write(self.style.SUCCESS("Every figure is what the rows say."))
        elif options["repair"]:
            self.stdout.write(self.style.SUCCESS(f"Mended {mend(found)} of {len(found)}."))
        else:
            self.stdout.write(f"{len(found)} figures differ; --repair adds the differences.")


def _line(difference: Difference) -> str:
    return (
        f"organization {difference.organization_id}, {difference.figure}: "
        f"{difference.kept} kept, {difference.counted} counted"
    )
