"""Long work: clients and requests brought in files, clients taken away, addresses answered."""

from django.utils.translation import gettext_lazy as _

from core.choices import Via
from core.models import Operation
from core.operations import Progress, operation
from subscriptions.services.address_list import run_list
from subscriptions.services.bulk_work import KIND as BULK
from subscriptions.services.bulk_work import run_bulk
from subscriptions.services.clients.exporting import run_export
from subscriptions.services.clients.importing import run_import
from subscriptions.services.commission_files import run_commission_export
from subscriptions.services.filing_many.checking import run_check
from subscriptions.services.filing_many.filing import MANY, run_filing
from subscriptions.services.requests import exporting
from users.acting import starter_of

IMPORT, EXPORT = "clients.import", "clients.export"
LIST = "availability.list"
COMMISSIONS = "commissions.export"
CHECK = "requests.check_many"


@operation(IMPORT, _("Import of clients"))
def import_clients(row: Operation, progress: Progress) -> None:
    run_import(starter_of(row, Via.IMPORT), row, progress)


@operation(EXPORT, _("Export of clients"))
def export_clients(row: Operation, progress: Progress) -> None:
    run_export(starter_of(row, Via.WEB), row, progress)


@operation(LIST, _("Availability of a list of addresses"))
def answer_list(row: Operation, progress: Progress) -> None:
    run_list(starter_of(row, Via.WEB), row, progress)


@operation(COMMISSIONS, _("Export of commissions"))
def export_commissions(row: Operation, progress: Progress) -> None:
    run_commission_export(starter_of(row, Via.WEB), row, progress)


@operation(CHECK, _("Look at a file of requests"))
def check_requests(row: Operation, progress: Progress) -> None:
    run_check(starter_of(row, Via.IMPORT), row, progress)


@operation(MANY, _("Filing of requests from a file"))
def file_requests(row: Operation, progress: Progress) -> None:
    run_filing(starter_of(row, Via.IMPORT), row, progress)


@operation(BULK, _("Bulk action on requests"))
def act_in_bulk(row: Operation, progress: Progress) -> None:
    run_bulk(starter_of(row, Via.WEB), row, progress)


@operation(exporting.KIND, _("Export of requests"))
def export_requests(row: Operation, progress: Progress) -> None:
    exporting.run_export(starter_of(row, Via.WEB), row, progress)
