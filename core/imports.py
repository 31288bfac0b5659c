"""What imports of files by people have in common: an example, a look first, a record at the end."""

import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import islice
from pathlib import Path

from django.db import transaction
from django.http import HttpResponse
from django.utils.translation import gettext as _

from core.actor import Actor
from core.errors import NotVisible
from core.folding import fold
from core.models import Operation
from core.querysets import get_visible
from core.tables import Cells, open_table, write_csv, write_xlsx

_WRITERS = {"csv": write_csv, "xlsx": write_xlsx}
CONTENT_TYPES = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


def example_file(
    name: str, ending: str, header: Sequence[str], rows: Iterable[Sequence[str]]
) -> HttpResponse:
    """A table to download and fill in; `ending` is "csv" or "xlsx"."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / name
        _WRITERS[ending](path, list(header), rows)
        content = path.read_bytes()
    response = HttpResponse(content, content_type=CONTENT_TYPES[ending])
    response["Content-Disposition"] = f'attachment; filename="{name}.{ending}"'
    return response


def own_operation(actor: Actor, kind: str, public_id: str) -> Operation:
    """The actor's own work of this kind; NotVisible where it is another's or of another kind."""
    row: Operation = get_visible(
        Operation.objects,  # type: ignore[arg-type]
        actor,
        public_id=public_id,
    )
    if row.kind != kind:
        raise NotVisible(_("There is no such page, or it is not yours to see."))
    return row


def beginning(prepared: Operation, count: int) -> tuple[list[str], list[Cells]]:
    """The heading and the first `count` rows of a file that waits for its owner's look."""
    with prepared.source.open("rb") as file:
        table = open_table(file, prepared.data["ending"])
        return table.header, list(islice(table.rows, count))


def batches(rows: Iterator[Cells], size: int) -> Iterator[list[Cells]]:
    """The rows of a table, up to `size` at a time."""
    while batch := list(islice(rows, size)):
        yield batch


def recognised(header: Sequence[str], known: Mapping[str, Sequence[str]]) -> list[str]:
    """For each column the field that its heading means, "" for none; each field once.

    `known`: field to the headings by which it goes, however they are written.
    """
    fields: dict[str, str] = {}
    for field, words in known.items():
        for word in words:
            fields.setdefault(fold(word), field)
    found: list[str] = []
    for heading in header:
        field = fields.get(fold(heading), "")
        found.append("" if field in found else field)
    return found


def error_headings() -> tuple[str, str, str]:
    """Headings beside a row that was refused; files with them are understood again."""
    return (_("Line"), _("Column"), _("What is wrong"))


def record_once(operation: Operation, record: Callable[[], object]) -> None:
    """Calls `record` with the end of the work, once however often the end is reached."""
    with transaction.atomic():
        stored = Operation.objects.select_for_update().get(pk=operation.pk)
        if stored.data.get("told"):
            return
        stored.data = operation.data | {"told": True}
        stored.save(update_fields=["data"])
        record()
    operation.data = stored.data
