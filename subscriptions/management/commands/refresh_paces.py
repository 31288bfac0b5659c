"""Counts anew how long providers take; measures what was connected before it was measured."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from subscriptions.services.pace import refresh_paces
from subscriptions.services.times import measure_past
from users.models import Organization


class Command(BaseCommand):
    help = "Counts promised against actual times anew, of all providers or of one."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--provider", help="The public id of one provider.")
        parser.add_argument(
            "--measure",
            action="store_true",
            help="First measure requests that were connected in the last year without being "
            "measured, by what their rows say.",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        ids: list[int] | None = None
        if options["provider"]:
            found = Organization.objects.filter(public_id=options["provider"])
            ids = list(found.values_list("pk", flat=True))
            if not ids:
                raise CommandError(f"There is no organization {options['provider']}.")
        if options["measure"]:
            self.stdout.write(f"Measured {measure_past(ids)} requests.")
        self.stdout.write(self.style.SUCCESS(f"Counted {refresh_paces(ids)} providers anew."))
