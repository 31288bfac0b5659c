"""What needs whoever filed it: questions, fresh refusals, and what the provider is late with."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from core import clock
from core.actor import Actor
from core.prepared_rows import PreparedRows
from pages.homes.requests import COUNT_CAP, ROWS_SHOWN, Button, RequestRow, read_rows
from subscriptions.choices import RequestKind, RequestState
from subscriptions.filters import REFUSED_DAYS, due_days
from subscriptions.models import ConnectionRequest
from subscriptions.models.teams import works_at_places
from subscriptions.rights import may_file
from subscriptions.selectors.begun import other_provider_url
from subscriptions.selectors.requests import at_risk as count_at_risk

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
    # Other requests that the page shows, read together with these.
    beside: list[RequestRow] = field(default_factory=list)


def attention_of(actor: Actor, beside: Sequence[int] = ()) -> Attention:
    """Counts (up to COUNT_CAP) and the most urgent rows: questions, then refusals, then lateness.

    Four queries at most, each over a bounded range of an index; `beside` are ids of other requests
    that the actor sees, to be read with them.
    """
    now = clock.now()
    asked = [pk for pk, *_ in _read(actor, _asked)]
    overdue, at_risk = _late_and_near(actor, now)
    since = now - timedelta(days=REFUSED_DAYS)
    refused = [pk for pk, closed_at in _read(actor, _refused) if closed_at and closed_at >= since]
    urgent = list(dict.fromkeys([*asked, *refused, *overdue]))[:ROWS_SHOWN]
    read = read_rows(actor, list(dict.fromkeys([*urgent, *beside])))
    by_id = {row.pk: row for row in read}
    return Attention(
        len(asked) + len(refused),
        len(overdue),
        at_risk,
        [_with_way_out(actor, by_id[pk]) for pk in urgent if pk in by_id],
        [by_id[pk] for pk in beside if pk in by_id],
    )


def _late_and_near(actor: Actor, now: datetime) -> tuple[list[int], int]:
    """Ids of what is late, and how many are at risk today; one read of a range of the index."""
    found = _read(actor, _pressing, now=now, until=due_days(now)["today"][1])
    late = [pk for pk, due_at in found if due_at is not None and due_at < now]
    is_cut = len(found) > COUNT_CAP
    return late, count_at_risk(actor) if is_cut else len(found) - len(late)


Rows = QuerySet[ConnectionRequest, Any]


def _asked(filed: Rows) -> Rows:
    rows = filed.filter(state=RequestState.NEEDS_INFO).order_by("-id")
    return rows.values_list("pk")[: COUNT_CAP + 1]


def _pressing(filed: Rows, now: datetime, until: datetime) -> Rows:
    rows = filed.filter(Q(due_at__lt=now) | Q(warned_at__isnull=False), due_at__lt=until)
    return rows.order_by("due_at", "id").values_list("pk", "due_at")[: COUNT_CAP + 1]


def _refused(filed: Rows) -> Rows:
    rows = filed.filter(state=RequestState.REJECTED).order_by("-id")
    return rows.values_list("pk", "closed_at")[:REFUSED_WINDOW]


def _filed(owner: int) -> Rows:
    return ConnectionRequest.objects.filter(owner_id=owner)


# By SQL that is worked out once, for those who see all that their organization has filed.
_PREPARED = {
    _asked: PreparedRows(lambda owner: _asked(_filed(owner))),
    _pressing: PreparedRows(lambda owner, now, until: _pressing(_filed(owner), now, until)),
    _refused: PreparedRows(lambda owner: _refused(_filed(owner))),
}


def _read(actor: Actor, part: Callable[..., Rows], **arguments: Any) -> list[Any]:
    """A part of what the actor's organization has filed, as far as the actor sees it."""
    if works_at_places(actor):
        seen = ConnectionRequest.objects.visible_to(actor)
        return list(part(seen.filter(owner_id=actor.organization_id), **arguments))
    return _PREPARED[part].fetch(owner=actor.organization_id, **arguments)


def _with_way_out(actor: Actor, row: RequestRow) -> RequestRow:
    """After a refusal to connect the next step is another provider at the same address."""
    connects = row.kind == RequestKind.CONNECT
    if row.state != RequestState.REJECTED or not connects or not may_file(actor):
        return row
    url = other_provider_url(row.building, row.unit, row.category, row.number)
    return replace(row, button=Button(_("Another provider"), url))
