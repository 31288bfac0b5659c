"""Clients from a file: 500 rows to a transaction, nothing twice, bad rows in a file to correct.

How far it got is written with the rows themselves: after a killed worker the work goes on with the
row after the last that was written. Bad rows are found anew then, since what is wrong in a row
depends on the row alone.
"""

import tempfile
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext as _
from phonenumber_field.phonenumber import PhoneNumber

from core.actor import Actor
from core.choices import PartyRole
from core.errors import Forbidden
from core.events import Draft, emit, emit_many
from core.imports import batches, error_headings, record_once
from core.jobs import TemporaryFailure
from core.models import Operation
from core.operations import Progress, save_result
from core.tables import BATCH, Cells, Fault, Refused, RowError, Table, open_table
from core.workflow import touched
from subscriptions.client_terms import terms_of
from subscriptions.models import Client, ClientTag, ClientTerm
from subscriptions.rights import keeps_clients
from subscriptions.services.clients.import_rows import (
    ImportedClient,
    check_mapping,
    read_row,
)
from subscriptions.services.clients.portfolio import may_change_client
from subscriptions.services.clients.tags import tag_named

LEAVE, FILL = "leave", "fill"
_TAGS = Client.tags.through


def run_import(actor: Actor, operation: Operation, progress: Progress) -> None:
    """Does what `operation.data` says: `ending` of the file, `mapping` of its columns, `existing`.

    `existing`: LEAVE clients with a phone that is known as they are, or FILL what is empty of them.
    Raises Forbidden, DomainError for a file that cannot be read.
    """
    if not keeps_clients(actor):
        raise Forbidden(_("You cannot add clients here."))
    data = operation.data
    check_mapping(data["mapping"])
    data.setdefault("line", 0)
    data.setdefault("counts", {"created": 0, "updated": 0, "unchanged": 0})
    with tempfile.TemporaryDirectory() as folder, operation.source.open("rb") as file:
        table = open_table(file, data["ending"])
        path = Path(folder) / "refused.csv"
        bad = _read_and_write(actor, operation, table, path, progress)
        if bad:
            save_result(operation, _("clients to correct.csv"), path.read_bytes())
    _finish(actor, operation)


def _read_and_write(
    actor: Actor, operation: Operation, table: Table, path: Path, progress: Progress
) -> int:
    """Batch by batch; bad rows go to the file at `path`. Returns how many there were."""
    data, lines, bad = operation.data, 0, 0
    refused = Refused(path, table.header, error_columns=error_headings(), for_people=True)
    with closing(refused):
        for rows in batches(table.rows, BATCH):
            sound, faults = _read_batch(rows, data["mapping"], table.header)
            for fault, cells in faults:
                refused.write_cells(fault, cells)
            if rows[-1].line > data["line"]:
                _write_batch(actor, operation, sound, rows[-1].line)
            lines += len(rows)
            bad += len(faults)
            operation.summary = _summary(data["counts"], lines, bad)
            progress(lines, None)
    return bad


def _read_batch(
    rows: Sequence[Cells], mapping: Sequence[str], header: Sequence[str]
) -> tuple[list[ImportedClient], list[tuple[Fault, list[str]]]]:
    sound, faults = [], []
    for row in rows:
        try:
            sound.append(read_row(row, mapping, header))
        except RowError as error:
            faults.append((Fault(row.line, error.column, error.reason), row.cells))
    return sound, faults


def _write_batch(
    actor: Actor, operation: Operation, rows: list[ImportedClient], last_line: int
) -> None:
    """Clients and how far the work got, in one transaction.

    A worker that was thought dead and another that took the work over cannot both write a batch.
    """
    data = operation.data
    with transaction.atomic():
        stored = Operation.objects.select_for_update().get(pk=operation.pk)
        if stored.data.get("line", 0) != data["line"]:
            raise TemporaryFailure("another worker goes on with this import")
        # Rows of this batch that were written before it was cut anew.
        rows = [row for row in rows if row.line > data["line"]]
        counts = _write(actor, rows, fills=data.get("existing") == FILL)
        written = {name: data["counts"][name] + number for name, number in counts.items()}
        stored.data = {**data, "line": last_line, "counts": written}
        stored.save(update_fields=["data"])
    data.update(stored.data)


def _write(actor: Actor, rows: list[ImportedClient], *, fills: bool) -> dict[str, int]:
    phones = {row.client.phone for row in rows}
    known: dict[PhoneNumber, Client] = {}
    stored = Client.objects.visible_to(actor).filter(phone__in=phones)
    for client in stored.select_for_update().order_by("-pk"):
        known[client.phone] = client
    tags = _tags_of(actor, rows, known, fills)
    new: dict[PhoneNumber, Client] = {}
    links: list[tuple[Client, str]] = []
    updated = unchanged = 0
    for row in rows:
        phone = row.client.phone
        if phone in known:
            client = known[phone]
            if fills and may_change_client(actor, client) and _fill(actor, client, row, tags):
                updated += 1
            else:
                unchanged += 1
        elif phone in new:
            unchanged += 1
        else:
            row.client.owner = actor.organization
            row.client.created_by = actor.user
            row.client.consent_at = row.consent_at
            new[phone] = row.client
            links += [(row.client, name) for name in row.tags]
    _insert(actor, list(new.values()), links, tags)
    return {"created": len(new), "updated": updated, "unchanged": unchanged}


def _insert(
    actor: Actor,
    clients: list[Client],
    links: list[tuple[Client, str]],
    tags: dict[str, ClientTag],
) -> None:
    Client.objects.bulk_create(clients)
    ClientTerm.objects.bulk_create(
        ClientTerm(client=client, owner_id=client.owner_id, term=term)
        for client in clients
        for term in sorted(terms_of(client.name, str(client.phone)))
    )
    _TAGS.objects.bulk_create(
        (_TAGS(client=client, clienttag=tags[name]) for client, name in links),
        ignore_conflicts=True,
    )
    parties = {PartyRole.OWNER: actor.organization}
    emit_many(actor, [Draft("client.created", client, parties) for client in clients])


def _fill(actor: Actor, client: Client, row: ImportedClient, tags: dict[str, ClientTag]) -> bool:
    """Fills what is empty of a client that is there; a consent withdrawn stays withdrawn."""
    changed = []
    for name in ("email", "comment"):
        if not getattr(client, name) and getattr(row.client, name):
            setattr(client, name, getattr(row.client, name))
            changed.append(name)
    if row.consent_at and client.consent_at is None:
        client.consent_at = row.consent_at
        changed.append("consent")
    have = set(client.tags.values_list("pk", flat=True))
    more = {tags[name].pk for name in row.tags} - have
    if more:
        _TAGS.objects.bulk_create(_TAGS(client=client, clienttag_id=pk) for pk in sorted(more))
        changed.append("tags")
    if not changed:
        return False
    touched(client)
    client.save()
    parties = {PartyRole.OWNER: actor.organization}
    emit(actor, "client.changed", client, parties, {"fields": changed})
    return True


def _tags_of(
    actor: Actor, rows: list[ImportedClient], known: dict[PhoneNumber, Client], fills: bool
) -> dict[str, ClientTag]:
    """The tags that rows name, made where they are new; by the names as they are written."""
    wanted = {name for row in rows if fills or row.client.phone not in known for name in row.tags}
    return {name: tag_named(actor, name) for name in sorted(wanted)}


def _summary(counts: dict[str, int], lines: int, bad: int) -> dict[str, object]:
    facts = [
        [_("Rows read"), lines],
        [_("Clients added"), counts["created"]],
        [_("Clients filled in"), counts["updated"]],
        [_("Known already, left as they are"), counts["unchanged"]],
        [_("Rows to correct"), bad],
    ]
    return {"facts": facts, "back": reverse("client_list")}


def _finish(actor: Actor, operation: Operation) -> None:
    told = {name: operation.data["counts"][name] for name in ("created", "updated")}
    organization = actor.organization
    parties = {PartyRole.OWNER: organization}
    record_once(operation, lambda: emit(actor, "clients.imported", organization, parties, told))
