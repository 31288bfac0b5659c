"""The portfolio, or what a filter leaves of it, as a file to take away."""

import tempfile
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

from django.db.models import QuerySet
from django.http import QueryDict
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from core.actor import Actor
from core.choices import PartyRole
from core.errors import Forbidden
from core.events import emit
from core.imports import record_once
from core.models import Operation
from core.operations import Progress, save_dated
from core.parts.text import phone
from core.tables import write_csv, write_xlsx
from subscriptions.choices import ClientKind
from subscriptions.client_filters import ClientFilter
from subscriptions.models import Client
from subscriptions.rights import keeps_clients
from subscriptions.services.clients.import_rows import FIELDS

_SLICE = 1_000
_TAGS = Client.tags.through
FORMATS = {"csv": write_csv, "xlsx": write_xlsx}


def run_export(actor: Actor, operation: Operation, progress: Progress) -> None:
    """Writes the clients that the filter in `operation.source` leaves, in `data["format"]`.

    The filter may hold a name, so it stands in a file that goes with the operation, and not in a
    column. Begun anew after a killed worker. Raises Forbidden, DomainError for a filter.
    """
    if not keeps_clients(actor):
        raise Forbidden(_("You cannot take clients away here."))
    with operation.source.open("rb") as file:
        query = QueryDict(file.read().decode())
    filterset = ClientFilter(query, actor=actor)
    rows = filterset.qs
    total = rows.count()
    ending = operation.data["format"]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"clients.{ending}"
        count = FORMATS[ending](path, headings(), _lines(rows, total, progress))
        operation.summary = {
            "facts": [[_("Clients"), count]],
            "back": reverse("client_list"),
        }
        save_dated(operation, _("clients %(day)s"), path)
    parties = {PartyRole.OWNER: actor.organization}
    record_once(
        operation,
        lambda: emit(actor, "clients.exported", actor.organization, parties, {"count": count}),
    )


def headings() -> list[str]:
    """Those of the import, so that a file taken away can be brought back; and when each came."""
    return [*map(str, FIELDS.values()), _("Added")]


def _lines(rows: QuerySet[Client], total: int, progress: Progress) -> Iterator[list[str]]:
    """Slice by slice in the order of ids: whoever adds clients meanwhile does not wait."""
    last = done = 0
    while True:
        part = list(rows.filter(pk__gt=last).order_by("pk")[:_SLICE])
        if not part:
            return
        tags = _tags([client.pk for client in part])
        for client in part:
            yield _cells(client, tags[client.pk])
        last = part[-1].pk
        done += len(part)
        progress(done, max(total, done))


def _tags(pks: list[int]) -> dict[int, list[str]]:
    found: dict[int, list[str]] = defaultdict(list)
    links = _TAGS.objects.filter(client__in=pks).order_by("clienttag__search_key")
    for client_id, name in links.values_list("client_id", "clienttag__name"):
        found[client_id].append(name)
    return found


def _cells(client: Client, tags: list[str]) -> list[str]:
    consent = f"{timezone.localtime(client.consent_at):%d.%m.%Y}" if client.has_consent else _("no")
    return [
        client.name,
        phone(client.phone).replace("\xa0", " "),
        str(ClientKind(client.kind).label),
        client.email,
        client.comment,
        ", ".join(tags),
        consent,
        f"{timezone.localtime(client.created_at):%d.%m.%Y}",
    ]
