"""Long work with places: buildings from a file."""

from django.utils.translation import gettext_lazy as _

from core.choices import Via
from core.models import Operation
from core.operations import Progress, operation
from locations.services.imports.buildings import run_import
from users.acting import starter_of

IMPORT = "buildings.import"


@operation(IMPORT, _("Import of addresses"))
def import_addresses(row: Operation, progress: Progress) -> None:
    run_import(starter_of(row, Via.IMPORT), row, progress)
