"""What the import commands share: the path, progress, and the summary."""

from argparse import ArgumentParser
from collections.abc import Callable
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from core.actor import system_actor
from core.choices import Via
from core.errors import DomainError
from locations.services.imports import Outcome

Import = Callable[..., Outcome]


class ImportCommand(BaseCommand):
    """Runs `load(actor, path, progress=…)` and says what came of it."""

    load: Import

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("path", type=Path, help="the file")

    def handle(self, *args: Any, **options: Any) -> None:
        path = options["path"]
        if not path.is_file():
            raise CommandError(f"There is no file {path}.")
        try:
            outcome = self.run(path, options)
        except DomainError as error:
            raise CommandError(str(error.message)) from error
        self.stdout.write("")
        for fault in outcome.faults:
            place = f"line {fault.line}" + (f", {fault.column}" if fault.column else "")
            self.stderr.write(f"{place}: {fault.reason}")
        if outcome.refused > len(outcome.faults):
            self.stderr.write(f"… and {outcome.refused - len(outcome.faults)} more")
        self.stdout.write(
            f"{outcome.created} created, {outcome.updated} updated, "
            f"{outcome.unchanged} unchanged, {outcome.refused} refused"
        )

    def run(self, path: Path, options: dict[str, Any]) -> Outcome:
        return type(self).load(system_actor(via=Via.IMPORT), path, progress=self.show)

    def show(self, lines: int) -> None:
        # One line that counts up in a terminal; in a log every batch has its own.
        end = "" if self.stdout.isatty() else "\n"
        start = "\r" if self.stdout.isatty() else ""
        self.stdout.write(f"{start}{lines} lines read", ending=end)
        self.stdout.flush()
