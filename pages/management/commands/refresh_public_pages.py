"""Brings public pages of cities and providers up to date now; the worker does it at night."""

from typing import Any

from django.core.management.base import BaseCommand

from pages.services import refresh_public_places


class Command(BaseCommand):
    help = "Brings the public pages of cities and providers up to date."

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(f"cities shown: {refresh_public_places()}")
