"""Long work: clients brought in a file and taken away, lists of addresses answered."""

from django.utils.translation import gettext_lazy as _

from core.choices import Via
from core.models import Operation
from core.operations import Progress, operation
from subscriptions.services.address_list import run_list
from subscriptions.services.bulk_work import KIND as BULK
from subscriptions.services.bulk_work import run_bulk
from subscriptions.services.clients.exporting import run_export
from subscriptions.services.clients.importing import run_import
from subscriptions.services.requests import exporting
from users.acting import starter_of

IMPORT, EXPORT = "clients.import", "clients.export"
LIST = "availability.list"


@operation(IMPORT, _("Import of clients"))
def import_clients(row: Operation, progress: Progress) -> None:
    run_import(starter_of(row, Via.IMPORT), row, progress)


@operation(EXPORT, _("Export of clients"))
def export_clients(row: Operation, progress: Progress) -> None:
    run_export(starter_of(row, Via.WEB), row, progress)


@operation(LIST, _("Availability of a list of addresses"))
def answer_list(row: Operation, progress: Progress) -> None:
    run_list(starter_of(row, Via.WEB), row, progress)


@operation(BULK, _("Bulk action on requests"))
def act_in_bulk(row: Operation, progress: Progress) -> None:
    run_bulk(starter_of(row, Via.WEB), row, progress)


@operation(exporting.KIND, _("Export of requests"))
def export_requests(row: Operation, progress: Progress) -> None:
    exporting.run_export(starter_of(row, Via.WEB), row, progress)
