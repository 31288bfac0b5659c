"""The requests that a filter finds, in the chosen columns, as a file to take away."""

import json
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from django.core.files.base import ContentFile
from django.db.models import QuerySet
from django.http import QueryDict
from django.urls import reverse
from django.utils.translation import gettext as _

from core.actor import Actor
from core.choices import PartyRole, Role
from core.errors import DomainError, Forbidden
from core.events import emit
from core.imports import record_once
from core.models import Operation
from core.operations import Progress, save_dated, start_operation
from core.tables import write_csv, write_xlsx
from subscriptions.filters import RequestFilter
from subscriptions.request_columns import RequestColumn, chosen_columns, fields_of, table_for
from subscriptions.selectors.requests import rows_by_id

KIND = "requests.export"
FORMATS = {"csv": write_csv, "xlsx": write_xlsx}
# So many rows are read at a time: two queries, and one for each column that reads more.
SLICE = 1_024


def may_export(actor: Actor) -> bool:
    """MEMBERs and above; staff, who have a right to look, take nothing away in bulk but admins."""
    return actor.user is not None and (actor.has_role(Role.MEMBER) or actor.is_admin)


def start_export(actor: Actor, query: str, columns: Sequence[str], ending: str) -> Operation:
    """Lets a worker write the file. Raises Forbidden, or DomainError for filters and format.

    The filter may hold a name, so it stands in a file that goes with the operation.
    """
    if not may_export(actor):
        raise Forbidden(_("You cannot take requests away here."))
    if ending not in FORMATS:
        raise DomainError(_("Choose CSV or XLSX."), field="format")
    RequestFilter(QueryDict(query), actor=actor).check()
    wanted = ContentFile(json.dumps({"query": query, "columns": list(columns)}).encode())
    return start_operation(actor, KIND, {"format": ending}, source=wanted)


def run_export(actor: Actor, operation: Operation, progress: Progress) -> None:
    """Writes the file, newest requests first; begun anew after a killed worker."""
    if not may_export(actor):
        raise Forbidden(_("You cannot take requests away here."))
    with operation.source.open("rb") as file:
        wanted = json.load(file)
    rows = RequestFilter(QueryDict(wanted["query"]), actor=actor).qs
    columns = chosen_columns(actor, wanted["columns"])
    total = rows.count()
    ending = operation.data["format"]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"requests.{ending}"
        header = [str(column.label) for column in columns]
        count = FORMATS[ending](path, header, _lines(actor, rows, columns, total, progress))
        operation.summary = {
            "facts": [[_("Requests"), count]],
            "back": reverse("request_list"),
        }
        save_dated(operation, _("requests %(day)s"), path)
    record_once(operation, lambda: _tell(actor, count))


def _lines(
    actor: Actor,
    rows: QuerySet,
    columns: Sequence[RequestColumn],
    total: int,
    progress: Progress,
) -> Iterator[list[str]]:
    """Slice by slice by id: whoever files meanwhile does not wait, and nothing comes twice."""
    fields = fields_of(columns)
    done, last = 0, None
    while True:
        part = rows if last is None else rows.filter(pk__lt=last)
        ids = list(part.order_by("-pk").values_list("pk", flat=True)[:SLICE])
        if not ids:
            return
        found = rows_by_id(fields, ids)
        table = table_for(actor, columns, found)
        for row in found:
            yield [str(column.text(row, table)) for column in columns]
        last = ids[-1]
        done += len(ids)
        progress(done, max(total, done))


def _tell(actor: Actor, count: int) -> None:
    """Who took data away is on record."""
    if actor.organization is not None:
        parties = {PartyRole.OWNER: actor.organization}
        emit(actor, "requests.exported", actor.organization, parties, {"count": count})
