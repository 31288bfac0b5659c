"""Long work: clients brought in a file and taken away, lists of addresses answered."""

from django.utils.translation import gettext_lazy as _

from core.actor import Actor
from core.choices import Via
from core.errors import Forbidden
from core.models import Operation
from core.operations import Progress, operation
from subscriptions.services.address_list import run_list
from subscriptions.services.clients.exporting import run_export
from subscriptions.services.clients.importing import run_import
from users.acting import actor_for

IMPORT, EXPORT = "clients.import", "clients.export"
LIST = "availability.list"


@operation(IMPORT, _("Import of clients"))
def import_clients(row: Operation, progress: Progress) -> None:
    run_import(_starter(row, Via.IMPORT), row, progress)


@operation(EXPORT, _("Export of clients"))
def export_clients(row: Operation, progress: Progress) -> None:
    run_export(_starter(row, Via.WEB), row, progress)


@operation(LIST, _("Availability of a list of addresses"))
def answer_list(row: Operation, progress: Progress) -> None:
    run_list(_starter(row, Via.WEB), row, progress)


def _starter(row: Operation, via: Via) -> Actor:
    """Who started the work, with the rights they have now: what was taken away is gone."""
    wanted = row.organization.public_id if row.organization else ""
    actor = actor_for(row.user, wanted, via)
    if not row.user.is_active or actor.organization_id != row.organization_id:
        raise Forbidden(_("You no longer belong to this organization."))
    return actor
