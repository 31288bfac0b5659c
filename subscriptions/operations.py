"""Long work: clients brought in a file and taken away, lists of addresses answered."""

from django.utils.translation import gettext_lazy as _

from core.choices import Via
from core.models import Operation
from core.operations import Progress, operation
from subscriptions.services.address_list import run_list
from subscriptions.services.clients.exporting import run_export
from subscriptions.services.clients.importing import run_import
from subscriptions.services.usage import exporting, importing
from users.acting import starter_of

IMPORT, EXPORT = "clients.import", "clients.export"
LIST = "availability.list"
USAGE_IMPORT, USAGE_EXPORT = "usage.import", "usage.export"


@operation(IMPORT, _("Import of clients"))
def import_clients(row: Operation, progress: Progress) -> None:
    run_import(starter_of(row, Via.IMPORT), row, progress)


@operation(EXPORT, _("Export of clients"))
def export_clients(row: Operation, progress: Progress) -> None:
    run_export(starter_of(row, Via.WEB), row, progress)


@operation(LIST, _("Availability of a list of addresses"))
def answer_list(row: Operation, progress: Progress) -> None:
    run_list(starter_of(row, Via.WEB), row, progress)


@operation(USAGE_IMPORT, _("Import of use"))
def import_usage(row: Operation, progress: Progress) -> None:
    importing.run_import(starter_of(row, Via.IMPORT), row, progress)


@operation(USAGE_EXPORT, _("Export of use"))
def export_usage(row: Operation, progress: Progress) -> None:
    exporting.run_export(starter_of(row, Via.WEB), row, progress)
