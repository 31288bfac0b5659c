"""Long work with clients: bringing them in a file, and taking them away."""

from django.utils.translation import gettext_lazy as _

from core.choices import Via
from core.models import Operation
from core.operations import Progress, operation
from subscriptions.services.clients.exporting import run_export
from subscriptions.services.clients.importing import run_import
from users.acting import starter_of

IMPORT, EXPORT = "clients.import", "clients.export"


@operation(IMPORT, _("Import of clients"))
def import_clients(row: Operation, progress: Progress) -> None:
    run_import(starter_of(row, Via.IMPORT), row, progress)


@operation(EXPORT, _("Export of clients"))
def export_clients(row: Operation, progress: Progress) -> None:
    run_export(starter_of(row, Via.WEB), row, progress)
