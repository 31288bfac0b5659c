"""Loads the articles that the portal brings with it."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from core.actor import system_actor
from support.services.help_loading import load_help


class Command(BaseCommand):
    help = "Writes and publishes the help articles that are not there yet; others stay as they are."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--update",
            action="store_true",
            help="give articles that are there the text of the files",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        loaded = load_help(system_actor(), update=options["update"])
        self.stdout.write(
            f"Articles: {loaded.new} written, {loaded.changed} written anew, "
            f"{loaded.left} left as they are."
        )
