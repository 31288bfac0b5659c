"""Long work: clients, requests and subscriptions brought in files and taken away, lists of
addresses answered, many requests moved, prices announced, services looked through."""

from django.utils.translation import gettext_lazy as _

from core.choices import Via
from core.models import Operation
from core.operations import Progress, operation
from subscriptions.services.address_list import run_list
from subscriptions.services.bulk_work import KIND as BULK
from subscriptions.services.bulk_work import run_bulk
from subscriptions.services.centre import exporting as subscriptions_out
from subscriptions.services.centre import findings
from subscriptions.services.centre import importing as subscriptions_in
from subscriptions.services.clients.exporting import run_export
from subscriptions.services.clients.importing import run_import
from subscriptions.services.commission_files import run_commission_export
from subscriptions.services.filing_many.checking import run_check
from subscriptions.services.filing_many.filing import MANY, run_filing
from subscriptions.services.price_changes import ANNOUNCE, run_announcement
from subscriptions.services.requests import exporting
from subscriptions.services.usage import exporting as usage_out
from subscriptions.services.usage import importing as usage_in
from users.acting import starter_of

IMPORT, EXPORT = "clients.import", "clients.export"
LIST = "availability.list"
COMMISSIONS = "commissions.export"
CHECK = "requests.check_many"
SUBSCRIPTIONS_IMPORT, SUBSCRIPTIONS_EXPORT = "subscriptions.import", "subscriptions.export"
FIND = findings.FIND
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


@operation(SUBSCRIPTIONS_IMPORT, _("Import of subscriptions"))
def import_subscriptions(row: Operation, progress: Progress) -> None:
    subscriptions_in.run_import(starter_of(row, Via.IMPORT), row, progress)


@operation(SUBSCRIPTIONS_EXPORT, _("Export of subscriptions"))
def export_subscriptions(row: Operation, progress: Progress) -> None:
    subscriptions_out.run_export(starter_of(row, Via.WEB), row, progress)


@operation(FIND, _("Search for what could cost less"))
def find_savings(row: Operation, progress: Progress) -> None:
    findings.run_search(starter_of(row, Via.WEB), row, progress)


@operation(ANNOUNCE, _("Announcement of a new price"))
def announce_price(row: Operation, progress: Progress) -> None:
    run_announcement(starter_of(row, Via.WEB), row, progress)


@operation(USAGE_IMPORT, _("Import of use"))
def import_usage(row: Operation, progress: Progress) -> None:
    usage_in.run_import(starter_of(row, Via.IMPORT), row, progress)


@operation(USAGE_EXPORT, _("Export of use"))
def export_usage(row: Operation, progress: Progress) -> None:
    usage_out.run_export(starter_of(row, Via.WEB), row, progress)
