"""Loads a region of the state address register: `manage.py import_gar gar_xml.zip --region 16`."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from core.actor import system_actor
from core.choices import Via
from core.errors import DomainError
from locations.services.imports.gar import FIGURES, import_gar


class Command(BaseCommand):
    help = (
        "Loads streets and houses of a region from the state address register (GAR XML, "
        "docs/imports.md), from a folder or straight from its archive. Killed, it goes on when "
        "called again with the same arguments."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("path", type=Path, help="the folder, or the ZIP archive")
        parser.add_argument("--region", required=True, help="the region's code, as 16")
        parser.add_argument(
            "--refused", type=Path, help="where bad rows are named (default: gar-NN.refused.csv)"
        )
        parser.add_argument("--work", type=Path, help="the folder of the scratch file")

    def handle(self, *args: Any, **options: Any) -> None:
        path, region = options["path"], options["region"]
        if not path.exists():
            raise CommandError(f"There is no file or folder {path}.")
        refused = options["refused"] or Path(f"gar-{region}.refused.csv")
        try:
            outcome = import_gar(
                system_actor(via=Via.IMPORT),
                path,
                region,
                refused_path=refused,
                work_folder=options["work"],
                watch=self.show,
            )
        except DomainError as error:
            raise CommandError(str(error.message)) from error
        self.stdout.write("")
        for name in FIGURES:
            self.stdout.write(f"{name.replace('_', ' ')}: {outcome.figures.get(name, 0)}")
        self.stdout.write(f"bad rows: {outcome.faults}")
        if outcome.faults:
            self.stderr.write(f"Bad rows are named in {refused}")

    def show(self, stage: str, rows: int) -> None:
        start, end = ("\r", "") if self.stdout.isatty() else ("", "\n")
        self.stdout.write(f"{start}{stage}: {rows} rows", ending=end)
        self.stdout.flush()
