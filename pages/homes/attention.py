"""What needs whoever filed it: questions, fresh refusals, and what the provider is late with."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from core import clock
from core.actor import Actor
from pages.homes.requests import COUNT_CAP, ROWS_SHOWN, Button, RequestRow, read_rows
from subscriptions.choices import RequestState
from subscriptions.filters import REFUSED_DAYS
from subscriptions.models import ConnectionRequest
from subscriptions.rights import may_file
from subscriptions.selectors.begun import other_provider_url

# The day of a refusal is in no index, so fresh ones are looked for among the newest refused
# requests: hardly one lives until so many later ones are refused.
REFUSED_WINDOW = 300


@dataclass(frozen=True, slots=True)
class Attention:
    """`waiting`: what the list filtered by `group=attention` has; `overdue`: by `group=overdue`."""

    waiting: int
    overdue: int
    rows: list[RequestRow]


def attention_of(actor: Actor) -> Attention:
    """Counts (up to COUNT_CAP) and the most urgent rows: questions, then refusals, then lateness.

    Four queries at most, each over a bounded range of an index.
    """
    now = clock.now()
    filed = ConnectionRequest.objects.visible_to(actor).filter(owner_id=actor.organization_id)
    asked = _ids(filed.filter(state=RequestState.NEEDS_INFO).order_by("-id"))
    overdue = _ids(filed.filter(due_at__lt=now).order_by("due_at", "id"))
    refused = _freshly_refused(filed, now - timedelta(days=REFUSED_DAYS))
    urgent = list(dict.fromkeys([*asked, *refused, *overdue]))[:ROWS_SHOWN]
    rows = [_with_way_out(actor, row) for row in read_rows(actor, urgent)]
    return Attention(len(asked) + len(refused), len(overdue), rows)


def _ids(rows: QuerySet[ConnectionRequest]) -> list[int]:
    return list(rows.values_list("pk", flat=True)[: COUNT_CAP + 1])


def _freshly_refused(filed: QuerySet[ConnectionRequest], since: datetime) -> list[int]:
    rows: Any = filed.filter(state=RequestState.REJECTED).order_by("-id")
    newest = rows.values_list("pk", "closed_at")[:REFUSED_WINDOW]
    return [pk for pk, closed_at in newest if closed_at and closed_at >= since]


def _with_way_out(actor: Actor, row: RequestRow) -> RequestRow:
    """After a refusal the next step is another provider at the same address."""
    if row.state != RequestState.REJECTED or not may_file(actor):
        return row
    url = other_provider_url(row.building, row.unit, row.category, row.number)
    return replace(row, button=Button(_("Another provider"), url))
