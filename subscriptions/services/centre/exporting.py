"""Subscriptions, or what a filter leaves of them, as a file to take away."""

import tempfile
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

from django.db.models import QuerySet
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from core.actor import Actor
from core.choices import PartyRole
from core.events import emit
from core.imports import record_once
from core.models import Operation
from core.operations import Progress, save_dated
from core.tables import write_csv, write_xlsx
from subscriptions.centre_filters import CentreFilter
from subscriptions.choices import SubscriptionState
from subscriptions.models import CostCentre, Subscription
from subscriptions.selectors.centre.choices import service_names
from subscriptions.selectors.centre.rows import tags_of
from subscriptions.selectors.subscriptions import knows_cost

_SLICE = 1_000
FORMATS = {"csv": write_csv, "xlsx": write_xlsx}
_COLUMNS = (
    "id",
    "number",
    "state",
    "price",
    "currency",
    "category_id",
    "plan__name",
    "provider__name",
    "building__address",
    "unit__number",
    "contract_number",
    "account_number",
    "started_at",
    "term_ends_on",
    "renew_months",
    "ends_on",
    "cost_centre_id",
    "owner_id",
    "holder_id",
)


def run_export(actor: Actor, operation: Operation, progress: Progress) -> None:
    """Writes the subscriptions that the filter in `operation.source` leaves, in `data["format"]`.

    Begun anew after a killed worker. What the actor is not to know of the cost is left empty.
    Raises DomainError for a filter.
    """
    with operation.source.open("rb") as file:
        filterset = CentreFilter.of_text(file.read().decode(), actor=actor)
    rows = filterset.qs
    total = rows.count()
    ending = operation.data["format"]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"subscriptions.{ending}"
        count = FORMATS[ending](path, headings(), _lines(actor, rows, total, progress))
        operation.summary = {
            "facts": [[_("Subscriptions"), count]],
            "back": reverse("subscription_list"),
        }
        save_dated(operation, _("subscriptions %(day)s"), path)
    record_once(operation, lambda: _tell(actor, count))


def _tell(actor: Actor, count: int) -> None:
    """Who took data away is on record."""
    if actor.organization is not None:
        parties = {PartyRole.OWNER: actor.organization}
        emit(actor, "subscriptions.exported", actor.organization, parties, {"count": count})


def headings() -> list[str]:
    return [
        _("Number"),
        _("Service"),
        _("Plan"),
        _("Provider"),
        _("Address"),
        _("Unit"),
        _("State"),
        _("A month"),
        _("Currency"),
        _("Contract"),
        _("Personal account"),
        _("In force since"),
        _("Term until"),
        _("Renewed by, months"),
        _("Ends on"),
        _("Cost centre"),
        _("Tags"),
    ]


def _lines(
    actor: Actor, rows: QuerySet[Subscription], total: int, progress: Progress
) -> Iterator[list[str]]:
    services = {pk: name for pk, (_code, name) in service_names(actor).items()}
    centres = dict(CostCentre.objects.visible_to(actor).values_list("pk", "name"))
    last = done = 0
    lean = rows.order_by("pk").values_list(*_COLUMNS, named=True)
    while part := list(lean.filter(pk__gt=last)[:_SLICE]):
        tags = tags_of(actor, [row.id for row in part])
        for row in part:
            words = ", ".join(tags.get(row.id, ()))
            yield _cells(actor, row, services, centres.get(row.cost_centre_id, ""), words)
        last = part[-1].id
        done += len(part)
        progress(done, max(total, done))


def _cells(actor: Actor, row: Any, services: dict[int, str], centre: str, tags: str) -> list[str]:
    knows = knows_cost(actor, row)
    return [
        row.number,
        services.get(row.category_id, ""),
        row.plan__name,
        row.provider__name,
        row.building__address,
        row.unit__number,
        str(SubscriptionState(row.state).label),
        str(row.price) if knows else "",
        row.currency if knows else "",
        row.contract_number if knows else "",
        row.account_number if knows else "",
        _day(timezone.localtime(row.started_at).date()),
        _day(row.term_ends_on) if knows else "",
        str(row.renew_months or "") if knows else "",
        _day(row.ends_on),
        centre,
        tags,
    ]


def _day(day: date | None) -> str:
    return f"{day:%d.%m.%Y}" if day else ""
