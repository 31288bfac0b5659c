"""Long work with coverage: lists of buildings brought and taken away."""

from django.utils.translation import gettext_lazy

from core.choices import Via
from core.models import Operation
from core.operations import Progress, operation
from locations.services.lists.exporting import run_list_export
from locations.services.lists.importing import run_list_import
from users.acting import starter_of

LIST_IMPORT, LIST_EXPORT = "coverage.import", "coverage.export"


@operation(LIST_IMPORT, gettext_lazy("Import of buildings' coverage"))
def import_list(row: Operation, progress: Progress) -> None:
    run_list_import(starter_of(row, Via.IMPORT), row, progress)


@operation(LIST_EXPORT, gettext_lazy("Export of buildings' coverage"))
def export_list(row: Operation, progress: Progress) -> None:
    run_list_export(starter_of(row, Via.WEB), row, progress)
