"""What needs whoever filed it: questions, fresh refusals, and what the provider is late with."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db.models import (
    BigIntegerField,
    Case,
    F,
    IntegerField,
    QuerySet,
    Subquery,
    TextField,
    When,
)
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
from users.models import Organization

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

    Two queries, the first over bounded ranges of indexes; `beside` are ids of other requests that
    the actor sees, to be read with them.
    """
    found = _found(actor, clock.now())
    urgent = list(dict.fromkeys([*found.asked, *found.refused, *found.late]))
    by_id = {row.pk: row for row in read_rows(actor, list(dict.fromkeys([*urgent, *beside])))}
    late = set(found.late).difference(found.asked, found.refused)
    rows = [by_id[pk] for pk in urgent if pk in by_id]
    # What was missed first comes first; the others stand before it, in their order.
    rows.sort(key=lambda row: row.due_at if row.pk in late and row.due_at else _FIRST)
    return Attention(
        found.waiting,
        found.overdue,
        found.at_risk,
        [_with_way_out(actor, row) for row in rows[:ROWS_SHOWN]],
        [by_id[pk] for pk in beside if pk in by_id],
    )


@dataclass(frozen=True, slots=True)
class _Found:
    """How many there are of each, and the ids of those to be shown."""

    waiting: int
    overdue: int
    at_risk: int
    asked: list[int]
    refused: list[int]
    late: list[int]


def _found(actor: Actor, now: datetime) -> _Found:
    owner = actor.organization_id or 0
    times: dict[str, Any] = {
        "now": now,
        "since": now - timedelta(days=REFUSED_DAYS),
        "until": due_days(now)["today"][1],
    }
    if works_at_places(actor):
        seen = ConnectionRequest.objects.visible_to(actor).filter(owner_id=owner)
        rows = list(_looked_up(seen, owner, **times))
    else:
        rows = _PREPARED.fetch(owner=owner, **times)
    asked, overdue, at_risk, *listed = rows[0]
    questions, refusals, late = ([int(pk) for pk in text.split(",") if pk] for text in listed)
    return _Found(
        asked + len(refusals),
        overdue,
        at_risk,
        sorted(questions, reverse=True),
        sorted(refusals, reverse=True)[:ROWS_SHOWN],
        late,
    )


Rows = QuerySet[ConnectionRequest, Any]


class _Counted(Subquery):
    """How many rows a bounded query finds, counted where they lie and not one by one here."""

    template = "(SELECT COUNT(*) FROM (%(subquery)s) counted)"
    output_field = IntegerField()


class _Listed(Subquery):
    """A column of a bounded query as a text, "3,7,9", in no order; "" where it has nothing."""

    _LIST = "(SELECT COALESCE({joined}, '') FROM (%(subquery)s) listed)"
    template = _LIST.format(joined="GROUP_CONCAT(listed.%(column)s)")
    on_postgresql = _LIST.format(joined="STRING_AGG(listed.%(column)s::text, ',')")
    output_field = TextField()

    def as_postgresql(self, compiler: Any, connection: Any, **context: Any) -> Any:
        return self.as_sql(compiler, connection, template=self.on_postgresql, **context)


def _looked_up(
    filed: Rows, owner: int, now: datetime, since: datetime, until: datetime
) -> QuerySet[Organization, Any]:
    """One row: questions, what is late, what is near and was warned of; then ids to be shown."""
    asked = filed.filter(state=RequestState.NEEDS_INFO).order_by("-id")
    late = filed.filter(due_at__lt=now).order_by("due_at", "id")
    near = filed.filter(due_at__gte=now, due_at__lt=until, warned_at__isnull=False)
    refused = filed.filter(state=RequestState.REJECTED).order_by("-id")
    fresh = Case(When(closed_at__gte=since, then=F("pk")), output_field=BigIntegerField())
    counted = COUNT_CAP + 1
    return Organization.objects.filter(pk=owner).values_list(
        _Counted(asked.order_by().values("pk")[:counted]),
        _Counted(late.order_by().values("pk")[:counted]),
        _Counted(near.order_by().values("pk")[:counted]),
        _Listed(asked.values("id")[:ROWS_SHOWN], column="id"),
        # What is not fresh is NULL, and is not listed.
        _Listed(refused.annotate(fresh=fresh).values("fresh")[:REFUSED_WINDOW], column="fresh"),
        _Listed(late.values("id")[:ROWS_SHOWN], column="id"),
    )


# By SQL that is worked out once, for those who see all that their organization has filed.
_PREPARED = PreparedRows(
    lambda owner, **times: _looked_up(
        ConnectionRequest.objects.filter(owner_id=owner), owner, **times
    )
)
# Before any deadline.
_FIRST = datetime.min.replace(tzinfo=UTC)


def _with_way_out(actor: Actor, row: RequestRow) -> RequestRow:
    """After a refusal to connect the next step is another provider at the same address."""
    connects = row.kind == RequestKind.CONNECT
    if row.state != RequestState.REJECTED or not connects or not may_file(actor):
        return row
    url = other_provider_url(row.building, row.unit, row.category, row.number)
    return replace(row, button=Button(_("Another provider"), url))
