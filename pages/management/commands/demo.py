"""Fills an empty database with demo data, or names its accounts."""

import gc
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from pages.demo.build import build
from pages.demo.people import ACCOUNTS, PASSWORD, email_of
from pages.services import refresh_public_places
from users.models import CustomUser, Organization

BAR = 30


class Command(BaseCommand):
    help = "Fills an empty database with 90 days of demo work; the accounts' password is public."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--if-empty", action="store_true", help="do nothing where there is data already"
        )
        parser.add_argument(
            "--accounts", action="store_true", help="print the demo accounts that are here"
        )
        parser.add_argument(
            "--data",
            type=Path,
            default=settings.BASE_DIR.parent / "shared" / "data" / "geo",
            help="folder of region.csv and city.csv; without it, six cities of our own list",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if options["accounts"]:
            self._print_accounts()
            return
        if Organization.objects.exists() or CustomUser.objects.exists():
            if options["if_empty"]:
                return
            raise CommandError("There is data here already; demo data goes into an empty database.")
        data = options["data"]
        # Hundreds of thousands of short-lived rows: looking through them for cycles costs a tenth.
        gc.set_threshold(200_000, 20, 20)
        build(data if (data / "city.csv").exists() else None, self._show)
        # The worker does it at night; a new site has its cities at once.
        refresh_public_places()
        self.stdout.write("")

    def _show(self, what: str, done: int, total: int) -> None:
        share = min(done / total, 1)
        bar = "#" * round(BAR * share)
        end = "\n" if done >= total else "\r"
        self.stdout.write(f"demo: {what:10} [{bar:{BAR}}] {share:4.0%}", ending=end)
        self.stdout.flush()

    def _print_accounts(self) -> None:
        emails = [email_of(account) for account in ACCOUNTS]
        here = set(CustomUser.objects.filter(email__in=emails).values_list("email", flat=True))
        if not here:
            self.stdout.write("No demo accounts here.")
            return
        self.stdout.write(f"Demo accounts, password {PASSWORD}:")
        for email in emails:
            if email in here:
                self.stdout.write(f"  {email}")
