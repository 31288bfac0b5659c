"""Use taken away in a file: a row for each subscription, unit and month."""

import tempfile
from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path
from typing import Any

from django.db.models import QuerySet
from django.http import QueryDict
from django.urls import reverse
from django.utils.translation import gettext as _

from core.actor import Actor
from core.choices import PartyRole
from core.errors import Forbidden
from core.events import emit
from core.imports import record_once
from core.models import Operation
from core.months import months_on
from core.operations import Progress, save_dated
from core.tables import write_csv, write_xlsx
from subscriptions.models import UsageMonth
from subscriptions.usage_filters import UsageFilter
from subscriptions.usage_rights import HOLDING_KINDS
from subscriptions.usage_text import sign

FORMATS = {"csv": write_csv, "xlsx": write_xlsx}
MONTHS_EXPORTED = 12
_SLICE = 1_000
_COLUMNS = (
    "pk",
    "month",
    "unit",
    "amount",
    "days",
    "subscription__number",
    "subscription__contract_number",
    "subscription__account_number",
    "subscription__building__address",
    "subscription__unit__number",
    "subscription__provider__name",
    "subscription__category_id",
)


def run_export(actor: Actor, operation: Operation, progress: Progress) -> None:
    """Writes twelve months up to the one of the filters in `operation.data["query"]`.

    Begun anew after a killed worker. Raises Forbidden, DomainError for a filter.
    """
    if actor.kind not in HOLDING_KINDS:
        raise Forbidden(_("You cannot take use away here."))
    filterset = UsageFilter(QueryDict(operation.data["query"]), actor=actor)
    last = filterset.month_shown
    rows = filterset.qs.filter(month__lte=last, month__gt=months_on(last, -MONTHS_EXPORTED))
    names = {row.pk: row.name for row in filterset.categories.values()}
    ending = operation.data["format"]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"usage.{ending}"
        count = FORMATS[ending](path, headings(), _lines(rows, names, progress))
        operation.summary = {"facts": [[_("Rows"), count]], "back": reverse("usage")}
        save_dated(operation, _("use %(day)s"), path)
    parties = {PartyRole.OWNER: actor.organization}
    record_once(
        operation,
        lambda: emit(actor, "usage.exported", actor.organization, parties, {"count": count}),
    )


def headings() -> list[str]:
    """The first four are those of the import, so that a file can be brought back."""
    return [
        _("Number"),
        _("Month"),
        _("Used"),
        _("Unit of measure"),
        _("Days known"),
        _("Service"),
        _("Provider"),
        _("Address"),
        _("Contract"),
        _("Personal account"),
    ]


def _lines(
    rows: QuerySet[UsageMonth], names: dict[int, str], progress: Progress
) -> Iterator[Sequence[str]]:
    """Slice by slice in the order of ids: whoever records use meanwhile does not wait."""
    total, last, done = rows.count(), 0, 0
    while True:
        found = rows.filter(pk__gt=last).order_by("pk").values_list(*_COLUMNS, named=True)
        part = list(found[:_SLICE])
        if not part:
            return
        for row in part:
            yield _cells(row, names)
        last = part[-1].pk
        done += len(part)
        progress(done, max(total, done))


def _cells(row: Any, names: dict[int, str]) -> list[str]:
    month: date = row.month
    unit = row.subscription__unit__number
    address = row.subscription__building__address
    return [
        row.subscription__number,
        f"{month:%m.%Y}",
        f"{row.amount.normalize():f}".replace(".", ","),
        sign(row.unit),
        str(row.days),
        names.get(row.subscription__category_id, ""),
        row.subscription__provider__name,
        f"{address}, {unit}" if unit else address,
        row.subscription__contract_number,
        row.subscription__account_number,
    ]
