"""Counts buildings and draws zones for the map: `manage.py refresh_map`."""

from typing import Any

from django.core.management.base import BaseCommand

from locations.services.building_counts import mend_counts
from locations.services.zone_drawings import draw_missing


class Command(BaseCommand):
    help = (
        "Mends what the map shows: counts of buildings by cell, and drawings of zones. Services "
        "keep both, and a job does the same every night: needed after rows were written past them."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        counts, drawings = mend_counts(), draw_missing()
        self.stdout.write(f"{counts} counts mended, {drawings} zones drawn")
