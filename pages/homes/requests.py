"""Requests as homes show them: a few lean rows, found by ranges of an index."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _

from core.actor import Actor
from core.errors import Text
from core.prepared_rows import NamedRows, padded
from subscriptions.choices import CancelReason, RejectReason
from subscriptions.models import ConnectionRequest
from subscriptions.models.requests import shown_state
from subscriptions.request_workflow import offered_to
from subscriptions.selectors.request_page import plan_in_words

ROWS_SHOWN = 8
# A figure on a home is counted so far and no further.
COUNT_CAP = 1_000

_COLUMNS = (
    "id",
    "number",
    "kind",
    "state",
    "apply_on",
    "needs_visit",
    "owner_id",
    "provider_id",
    "created_by_id",
    "assignee_id",
    "due_at",
    "closed_at",
    "reason",
    "plan__name",
    "provider__name",
    "client__name",
    "building__address",
    "building__public_id",
    "unit__number",
    "category__code",
)
_ROWS = NamedRows(_COLUMNS, lambda ids: ConnectionRequest.objects.filter(pk__in=ids))
_REASONS: dict[str, Text] = {
    reason.value: reason.label for reasons in (CancelReason, RejectReason) for reason in reasons
}


@dataclass(frozen=True, slots=True)
class Button:
    """The next step of a row."""

    label: Text
    url: str


@dataclass(frozen=True, slots=True)
class RequestRow:
    pk: int
    number: str
    url: str
    kind: str
    state: str
    plan: str
    provider: str
    client: str
    place: str
    due_at: datetime | None
    closed_at: datetime | None
    reason: Text
    # Public id of the building, number of the unit, code of the category.
    building: str
    unit: str
    category: str
    button: Button


def read_rows(actor: Actor, ids: Sequence[int]) -> list[RequestRow]:
    """The requests that were found for the actor, in the order of `ids`; one query."""
    found = {row.id: row for row in _ROWS.fetch(ids=padded(list(ids)))}
    return [_row(actor, found[pk]) for pk in ids if pk in found]


def first_rows(
    actor: Actor, rows: QuerySet[ConnectionRequest], count: int = ROWS_SHOWN
) -> list[RequestRow]:
    """The first of `rows`: which they are, then what is shown of them; two queries."""
    return read_rows(actor, list(rows.values_list("pk", flat=True)[:count]))


def newest_ids(actor: Actor) -> list[int]:
    """Which requests were filed last that the actor sees."""
    rows = ConnectionRequest.objects.visible_to(actor).order_by("-id")
    return list(rows.values_list("pk", flat=True)[:ROWS_SHOWN])


def capped(count: int) -> str:
    """A count as a home writes it: "1000+" when it was not counted further."""
    return f"{COUNT_CAP}+" if count > COUNT_CAP else str(count)


def _row(actor: Actor, row: Any) -> RequestRow:
    url = reverse("request_detail", args=[row.number])
    return RequestRow(
        pk=row.id,
        number=row.number,
        url=url,
        kind=row.kind,
        state=shown_state(row),
        plan=plan_in_words(row.kind, row.plan__name),
        provider=row.provider__name,
        client=row.client__name or "",
        place=place_of(row.building__address, row.unit__number),
        due_at=row.due_at,
        closed_at=row.closed_at,
        reason=_REASONS.get(row.reason, ""),
        building=row.building__public_id,
        unit=row.unit__number,
        category=row.category__code,
        button=Button(_next_step(actor, row) or _("Open"), url),
    )


def _next_step(actor: Actor, row: Any) -> Text:
    """What moves the request on, where it is the actor's turn; "" where it is not."""
    steps = (step.label for step in offered_to(actor, row) if step.style == "primary")
    return next(steps, "")


def place_of(building: str, unit: str) -> str:
    if not unit:
        return building
    return _("%(building)s, unit %(unit)s") % {"building": building, "unit": unit}
