"""Proves that what is kept of holders' costs is what the prices say, and counts it anew."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from subscriptions.services.spend import Difference, differences, holders, refresh


class Command(BaseCommand):
    help = "Compares kept costs with prices; --repair counts those that differ anew."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--repair", action="store_true", help="Count anew what differs.")

    def handle(self, *args: Any, **options: Any) -> None:
        wrong = 0
        for owner_id in holders():
            found = differences(owner_id)
            for difference in found:
                self.stdout.write(_line(difference))
            if found and options["repair"]:
                refresh(owner_id)
            wrong += len(found)
        if not wrong:
            self.stdout.write(self.style.SUCCESS("Every sum is what the prices say."))
        elif options["repair"]:
            self.stdout.write(self.style.SUCCESS(f"Counted anew: {wrong} sums differed."))
        else:
            self.stdout.write(f"{wrong} sums differ; --repair counts them anew.")


def _line(difference: Difference) -> str:
    when = f"{difference.month:%Y-%m}" if difference.month else "now"
    return (
        f"organization {difference.owner_id}, {when}, {difference.by} {difference.key}: "
        f"{difference.kept} kept, {difference.counted} counted"
    )
