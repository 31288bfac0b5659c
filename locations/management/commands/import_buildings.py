"""Loads buildings: `manage.py import_buildings path/to/buildings.xlsx`."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from core.actor import system_actor
from core.choices import Via
from locations.management.commands._imports import ImportCommand
from locations.services.imports import Outcome, import_buildings


class Command(ImportCommand):
    help = (
        "Creates and updates buildings from CSV or XLSX (docs/imports.md). Rows that cannot be "
        "taken go to a file beside it, with line, column and reason, to be corrected and loaded "
        "again."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        super().add_arguments(parser)
        parser.add_argument(
            "--refused", type=Path, help="where refused rows go (default: NAME.refused.csv beside)"
        )
        parser.add_argument(
            "--add-doubtful",
            action="store_true",
            help="add buildings that stand where another stands, instead of refusing them",
        )

    def run(self, path: Path, options: dict[str, Any]) -> Outcome:
        refused = options["refused"] or path.with_name(f"{path.stem}.refused.csv")
        outcome = import_buildings(
            system_actor(via=Via.IMPORT),
            path,
            refused_path=refused,
            progress=self.show,
            adds_doubtful=options["add_doubtful"],
        )
        if outcome.refused:
            self.stderr.write(f"\nRefused rows are in {refused}")
        return outcome
