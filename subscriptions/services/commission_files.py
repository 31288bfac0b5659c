"""Commissions to take away: at once where they are few, else as an operation."""

import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.core.files import File
from django.db.models import QuerySet
from django.http import QueryDict
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from core.actor import Actor
from core.choices import OrganizationKind
from core.errors import Forbidden
from core.models import Operation
from core.operations import Progress, save_result
from core.tables import write_csv, write_xlsx
from subscriptions.commission_filters import CommissionFilter
from subscriptions.models import Commission
from subscriptions.selectors.request_choices import request_choices
from subscriptions.selectors.subscriptions import has_commissions

FORMATS = {"csv": write_csv, "xlsx": write_xlsx}
AT_ONCE = 10_000
_SLICE = 1_000
_COLUMNS = (
    "pk",
    "accrued_at",
    "kind",
    "request__number",
    "owner__name",
    "provider__name",
    "request__category_id",
    "request__plan__name",
    "request__created_by__full_name",
    "amount",
    "currency",
)


def is_small(rows: QuerySet[Commission]) -> bool:
    """Whether the file is made while the reader waits."""
    return rows.order_by()[: AT_ONCE + 1].count() <= AT_ONCE


def commission_file(actor: Actor, rows: QuerySet[Commission], ending: str) -> bytes:
    """The rows as a CSV or XLSX file, oldest first."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"commissions.{ending}"
        FORMATS[ending](path, headings(actor), _lines(actor, rows))
        return path.read_bytes()


def run_commission_export(actor: Actor, operation: Operation, progress: Progress) -> None:
    """Writes what the filter in `data["query"]` leaves. Begun anew after a killed worker."""
    if not has_commissions(actor):
        raise Forbidden(_("Commissions are told to agencies and providers."))
    rows = CommissionFilter(QueryDict(operation.data["query"]), actor=actor).qs
    ending, total = operation.data["format"], rows.count()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"commissions.{ending}"
        lines = _lines(actor, rows, lambda done: progress(done, max(total, done)))
        count = FORMATS[ending](path, headings(actor), lines)
        operation.summary = {
            "facts": [[_("Commissions"), count]],
            "back": reverse("commission_list"),
        }
        with path.open("rb") as made:
            save_result(operation, f"{_('commissions')}.{ending}", File(made))


def headings(actor: Actor) -> list[str]:
    """Who filed is the agency's own affair: a provider has no such column."""
    return [
        _("Accrued"),
        _("Kind"),
        _("Request"),
        _("Agency"),
        _("Provider"),
        _("Service"),
        _("Plan"),
        *([_("Filed by")] if actor.kind == OrganizationKind.AGENCY else []),
        _("Amount"),
        _("Currency"),
    ]


def _lines(actor: Actor, rows: QuerySet[Commission], done: Any = None) -> Iterator[list[str]]:
    """Slice by slice in the order of ids."""
    services = {row.pk: row.name for row in request_choices(actor).categories.values()}
    shows_agent = actor.kind == OrganizationKind.AGENCY
    last = count = 0
    while True:
        part = rows.filter(pk__gt=last).order_by("pk").values_list(*_COLUMNS)[:_SLICE]
        read = list(part)
        if not read:
            return
        for pk, at, kind, number, owner, provider, category, plan, agent, amount, money in read:
            yield [
                f"{timezone.localtime(at):%d.%m.%Y %H:%M}",
                str(Commission.Kind(kind).label),
                number,
                owner,
                provider,
                services.get(category, ""),
                plan,
                *([agent or ""] if shows_agent else []),
                f"{amount:.2f}".replace(".", ","),
                money,
            ]
            last = pk
        count += len(read)
        if done is not None:
            done(count)
