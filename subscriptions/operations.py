"""Long work: clients and subscriptions brought in a file and taken away, lists of addresses
answered, prices announced, services looked through."""

from django.utils.translation import gettext_lazy as _

from core.choices import Via
from core.models import Operation
from core.operations import Progress, operation
from subscriptions.services.address_list import run_list
from subscriptions.services.centre import exporting, findings, importing
from subscriptions.services.clients.exporting import run_export
from subscriptions.services.clients.importing import run_import
from subscriptions.services.price_changes import ANNOUNCE, run_announcement
from users.acting import starter_of

IMPORT, EXPORT = "clients.import", "clients.export"
LIST = "availability.list"
SUBSCRIPTIONS_IMPORT, SUBSCRIPTIONS_EXPORT = "subscriptions.import", "subscriptions.export"
FIND = findings.FIND


@operation(IMPORT, _("Import of clients"))
def import_clients(row: Operation, progress: Progress) -> None:
    run_import(starter_of(row, Via.IMPORT), row, progress)


@operation(EXPORT, _("Export of clients"))
def export_clients(row: Operation, progress: Progress) -> None:
    run_export(starter_of(row, Via.WEB), row, progress)


@operation(LIST, _("Availability of a list of addresses"))
def answer_list(row: Operation, progress: Progress) -> None:
    run_list(starter_of(row, Via.WEB), row, progress)


@operation(SUBSCRIPTIONS_IMPORT, _("Import of subscriptions"))
def import_subscriptions(row: Operation, progress: Progress) -> None:
    importing.run_import(starter_of(row, Via.IMPORT), row, progress)


@operation(SUBSCRIPTIONS_EXPORT, _("Export of subscriptions"))
def export_subscriptions(row: Operation, progress: Progress) -> None:
    exporting.run_export(starter_of(row, Via.WEB), row, progress)


@operation(FIND, _("Search for what could cost less"))
def find_savings(row: Operation, progress: Progress) -> None:
    findings.run_search(starter_of(row, Via.WEB), row, progress)


@operation(ANNOUNCE, _("Announcement of a new price"))
def announce_price(row: Operation, progress: Progress) -> None:
    run_announcement(starter_of(row, Via.WEB), row, progress)
