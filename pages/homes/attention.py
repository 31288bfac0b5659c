"""What needs whoever filed it: questions, fresh refusals, and what the provider is late with."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Q, QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _

from core import clock
from core.actor import Actor
from pages.homes.requests import COUNT_CAP, ROWS_SHOWN, Button, RequestRow, read_rows
from subscriptions.choices import RequestState
from subscriptions.filters import REFUSED_DAYS, due_days
from subscriptions.models import ConnectionRequest
from subscriptions.rights import may_file
from subscriptions.selectors.requests import at_risk

# The day of a refusal is in no index, so fresh ones are looked for among the newest refused
# requests: hardly one lives until so many later ones are refused.
REFUSED_WINDOW = 300


@dataclass(frozen=True, slots=True)
class Attention:
    """`waiting`: what the list filtered by `group=attention` has; `overdue`: by `group=overdue`."""

    waiting: int
    overdue: int
    at_risk: int  # due today, warned of, not late yet
    rows: list[RequestRow]


def attention_of(actor: Actor) -> Attention:
    """Counts (up to COUNT_CAP) and the most urgent rows: questions, then refusals, then lateness.

    Four queries at most, each over a bounded range of an index.
    """
    now = clock.now()
    filed = ConnectionRequest.objects.visible_to(actor).filter(owner_id=actor.organization_id)
    asked = _ids(filed.filter(state=RequestState.NEEDS_INFO).order_by("-id"))
    overdue, at_risk = _late_and_near(actor, filed, now)
    refused = _freshly_refused(filed, now - timedelta(days=REFUSED_DAYS))
    urgent = list(dict.fromkeys([*asked, *refused, *overdue]))[:ROWS_SHOWN]
    rows = [_with_way_out(actor, row) for row in read_rows(actor, urgent)]
    return Attention(len(asked) + len(refused), len(overdue), at_risk, rows)


def _late_and_near(
    actor: Actor, filed: QuerySet[ConnectionRequest], now: datetime
) -> tuple[list[int], int]:
    """Ids of what is late, and how many are at risk today; one read of a range of the index."""
    until = due_days(now)["today"][1]
    rows = filed.filter(Q(due_at__lt=now) | Q(warned_at__isnull=False), due_at__lt=until)
    found = list(rows.order_by("due_at", "id").values_list("pk", "due_at")[: COUNT_CAP + 1])
    late = [pk for pk, due_at in found if due_at is not None and due_at < now]
    is_cut = len(found) > COUNT_CAP
    return late, at_risk(actor) if is_cut else len(found) - len(late)


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
    url = reverse("availability_building", args=[row.building])
    return replace(row, button=Button(_("Another provider"), url))
