"""Long work with coverage: lists of buildings brought and taken away."""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.actor import Actor
from core.choices import Via
from core.errors import Forbidden
from core.models import Operation
from core.operations import Progress, operation
from locations.services.lists.exporting import run_list_export
from locations.services.lists.importing import run_list_import
from users.acting import NONE, actor_for

LIST_IMPORT, LIST_EXPORT = "coverage.import", "coverage.export"


@operation(LIST_IMPORT, gettext_lazy("Import of buildings' coverage"))
def import_list(row: Operation, progress: Progress) -> None:
    run_list_import(_starter(row, Via.IMPORT), row, progress)


@operation(LIST_EXPORT, gettext_lazy("Export of buildings' coverage"))
def export_list(row: Operation, progress: Progress) -> None:
    run_list_export(_starter(row, Via.WEB), row, progress)


def _starter(row: Operation, via: Via) -> Actor:
    """Who started the work, with the rights they have now: what was taken away is gone."""
    wanted = row.organization.public_id if row.organization else NONE
    actor = actor_for(row.user, wanted, via)
    if not row.user.is_active or actor.organization_id != row.organization_id:
        raise Forbidden(_("You no longer belong to this organization."))
    return actor
