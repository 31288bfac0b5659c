"""The tickets that a filter finds, in the chosen columns, as a file to take away.

Columns of the list and nothing else: neither what was said nor what the staff noted stands in it.
"""

import json
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from django.core.files.base import ContentFile
from django.db.models import QuerySet
from django.http import QueryDict
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.actor import Actor
from core.choices import Via
from core.errors import DomainError, Forbidden
from core.models import Operation
from core.operations import Progress, operation, save_dated, start_operation
from core.tables import write_csv, write_xlsx
from support.desk_table import TicketColumn, chosen_columns, fields_of, rows_by_id, table_for
from support.filters import TicketFilter
from support.ticket_workflow import works_the_desk
from users.acting import starter_of

KIND = "tickets.export"
FORMATS = {"csv": write_csv, "xlsx": write_xlsx}
# So many rows are read at a time: two queries, and one for each column that reads more.
SLICE = 1_024


def start_export(actor: Actor, query: str, columns: Sequence[str], ending: str) -> Operation:
    """Lets a worker write the file. Raises Forbidden, or DomainError for filters and format.

    The filter may hold a name, so it stands in a file that goes with the operation.
    """
    if not works_the_desk(actor):
        raise Forbidden(_("Only support takes lists of tickets away."))
    if ending not in FORMATS:
        raise DomainError(_("Choose CSV or XLSX."), field="format")
    TicketFilter(QueryDict(query), actor=actor).check()
    wanted = ContentFile(json.dumps({"query": query, "columns": list(columns)}).encode())
    return start_operation(actor, KIND, {"format": ending}, source=wanted)


@operation(KIND, gettext_lazy("Download of tickets"))
def export_tickets(row: Operation, progress: Progress) -> None:
    run_export(starter_of(row, Via.STAFF), row, progress)


def run_export(actor: Actor, row: Operation, progress: Progress) -> None:
    """Writes the file, newest tickets first; begun anew after a killed worker."""
    if not works_the_desk(actor):
        raise Forbidden(_("Only support takes lists of tickets away."))
    with row.source.open("rb") as file:
        wanted = json.load(file)
    rows = TicketFilter(QueryDict(wanted["query"]), actor=actor).qs
    columns = chosen_columns(wanted["columns"])
    ending = row.data["format"]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"tickets.{ending}"
        header = [_("Number"), *(str(one.label) for one in columns if one.name != "number")]
        count = FORMATS[ending](path, header, _lines(actor, rows, columns, progress))
        row.summary = {"facts": [[_("Tickets"), count]], "back": reverse("desk_list")}
        save_dated(row, _("tickets %(day)s"), path)


def _lines(
    actor: Actor, rows: QuerySet, columns: Sequence[TicketColumn], progress: Progress
) -> Iterator[list[str]]:
    """Slice by slice by id: nobody waits meanwhile, and nothing comes twice."""
    fields, total = fields_of(columns), rows.count()
    done, last = 0, None
    while True:
        part = rows if last is None else rows.filter(pk__lt=last)
        ids = list(part.order_by("-pk").values_list("pk", flat=True)[:SLICE])
        if not ids:
            return
        found = rows_by_id(fields, ids)
        table = table_for(actor, columns, found)
        for row in found:
            cells = (one.text(row, table) for one in columns if one.name != "number")
            yield [row.number, *(str(cell) for cell in cells)]
        last = ids[-1]
        done += len(ids)
        progress(done, max(total, done))
