"""Loads districts of a city: `manage.py import_districts PATH --city "Kazan"`."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from core.actor import system_actor
from core.choices import Via
from core.errors import DomainError
from locations.geojson import MAX_BYTES, OutlinesError
from locations.selectors.gazetteer import city_named
from locations.services import import_districts


class Command(BaseCommand):
    help = (
        "Creates and replaces the districts of a city from GeoJSON (docs/places.md); a worker then "
        "finds the district of each building."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("path", type=Path, help="GeoJSON; properties.name names a district")
        parser.add_argument("--city", required=True, help="its name, with the region if need be")
        parser.add_argument(
            "--remove-others", action="store_true", help="take away those that the file lacks"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        path = options["path"]
        if not path.is_file():
            raise CommandError(f"There is no file {path}.")
        with path.open("rb") as file:
            # A byte more than is taken, so that what is larger is told so.
            content = file.read(MAX_BYTES + 1)
        try:
            city = city_named(options["city"])
            if city is None:
                raise CommandError(f"There is no city called {options['city']}.")
            done = import_districts(
                system_actor(via=Via.IMPORT),
                city=city,
                content=content,
                remove_others=options["remove_others"],
            )
        except OutlinesError as error:
            raise CommandError("\n".join(error.reasons)) from error
        except DomainError as error:
            raise CommandError(str(error.message)) from error
        self.stdout.write(
            f"{city}: {done.created} created, {done.replaced} replaced, {done.removed} removed"
        )
