"""Reads of requests: the rows of lists, the provider's queue, how full it is."""

from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache
from typing import Any

from django.core.cache import caches
from django.db.models import Count, Q, QuerySet
from django.utils.timezone import get_current_timezone_name
from django.utils.translation import gettext as _

from core import clock
from core.actor import Actor
from core.choices import OrganizationKind
from core.errors import DomainError
from core.pagination import Page, paginate
from core.polling import pulse_of
from core.prepared_rows import NamedRows, padded
from subscriptions.filters import RequestFilter, due_days
from subscriptions.models import ConnectionRequest

# Orders of the list by what stands in the address. By deadline or time of filing: only what has
# one, since a row without it has no place there (and a cursor none to continue from).
ORDERS: dict[str, tuple[str, ...]] = {
    "-created": ("-id",),
    "created": ("id",),
    "-filed": ("-submitted_at", "-id"),
    "filed": ("submitted_at", "id"),
    "due": ("due_at", "id"),
    "-due": ("-due_at", "-id"),
}


def check_sort(asked: str) -> None:
    """Raises DomainError for an order that the list does not have; "" is the usual one."""
    if asked and asked not in ORDERS:
        raise DomainError(_("This list cannot be ordered by “%(sort)s”.") % {"sort": asked})


# Beyond this nobody needs the figure: "more than 10 000" is said instead.
COUNT_CAP = 10_000
_COUNTS_KEPT_SECONDS = 60

# What every row is read with: what it is called, where it stands, whose it is.
BASE = (
    "id",
    "number",
    "kind",
    "apply_on",
    "needs_visit",
    "version",
    "state",
    "owner_id",
    "provider_id",
    "created_by_id",
    "assignee_id",
    "category_id",
)


@lru_cache(maxsize=256)
def _reader(fields: tuple[str, ...]) -> NamedRows:
    """One for every choice of columns that people have made; the SQL is worked out once."""
    return NamedRows(fields, lambda ids: ConnectionRequest.objects.filter(pk__in=ids))


def rows_by_id(fields: tuple[str, ...], ids: list[int]) -> list[Any]:
    """Lean rows (named tuples of `fields`) in the order of `ids`, which the caller may see."""
    by_id = {row.id: row for row in _reader(fields).fetch(ids=padded(ids))}
    return [by_id[pk] for pk in ids if pk in by_id]


def request_rows(
    found: RequestFilter, fields: tuple[str, ...], sort: str, cursor: str = "", size: int = 25
) -> Page:
    """A page of lean rows (named tuples of `fields`, BASE among them) of what the filter finds.

    `sort` is a key of ORDERS. Raises DomainError for a filter or a cursor that is not understood.
    Two queries: which rows, from the table of requests alone, then what is shown of them. Joined in
    one, a list that must be sorted would fetch the names of thousands to show those of 25.
    """
    order = ORDERS[sort]
    keys = [name.lstrip("-") for name in order]
    rows = found.qs.filter(**{f"{name}__isnull": False for name in keys if name != "id"})
    page = paginate(rows.values_list(*keys, named=True), order, cursor, size)
    return replace(page, rows=rows_by_id(fields, [row.id for row in page.rows]))


def queue(actor: Actor) -> QuerySet[ConnectionRequest]:
    """What is open, the nearest deadline first."""
    rows = ConnectionRequest.objects.visible_to(actor)
    return rows.filter(due_at__isnull=False).order_by("due_at", "id")


@dataclass(frozen=True, slots=True)
class QueueCounts:
    """How many requests are due when; `COUNT_CAP + 1` stands for more than that."""

    overdue: int
    today: int
    tomorrow: int
    all: int


def queue_counts(actor: Actor) -> QueueCounts:
    """The figures on the queue's tabs, counted anew when something happened or a minute passed."""
    now = clock.now()
    if actor.organization is None:
        return _count_queue(actor, now)
    version = pulse_of(actor.organization)
    key = f"queue:{actor.organization_id}:{version}:{now:%Y%m%d%H%M}:{get_current_timezone_name()}"
    counts: QueueCounts = caches["local"].get_or_set(  # type: ignore[assignment]
        key, lambda: _count_queue(actor, now), _COUNTS_KEPT_SECONDS
    )
    return counts


def at_risk(actor: Actor) -> int:
    """How many deadlines of the reader's day were warned of and are not missed yet; as far as
    COUNT_CAP."""
    start, end = due_days(clock.now())["today"]
    rows = _with_deadline(actor).filter(due_at__gte=start, due_at__lt=end, warned_at__isnull=False)
    return rows.order_by("due_at").values("due_at")[: COUNT_CAP + 1].count()


def _count_queue(actor: Actor, now: datetime) -> QueueCounts:
    """One read of an index range, bounded by the cap.

    Where the queue is longer than the cap, a tab is counted by itself, bounded as well.
    """
    conditions = {"overdue": Q(due_at__lt=now)} | {
        name: Q(due_at__gte=start, due_at__lt=end) for name, (start, end) in due_days(now).items()
    }
    rows = _with_deadline(actor).order_by("due_at")
    counts: dict[str, Any] = rows.values("due_at")[: COUNT_CAP + 1].aggregate(
        all=Count("due_at"),
        **{name: Count("due_at", filter=rule) for name, rule in conditions.items()},
    )
    if counts["all"] > COUNT_CAP:
        counts |= {
            name: rows.filter(rule).values("due_at")[: COUNT_CAP + 1].count()
            for name, rule in conditions.items()
        }
    return QueueCounts(**counts)


def _with_deadline(actor: Actor) -> QuerySet[ConnectionRequest]:
    """Open requests by the columns of one index.

    `visible_to` would look into every row whether it was filed; what has a deadline has been (a
    constraint of the table says so).
    """
    if actor.kind == OrganizationKind.PROVIDER:
        rows = ConnectionRequest.objects.filter(provider_id=actor.organization_id)
    else:
        rows = ConnectionRequest.objects.visible_to(actor)
    return rows.filter(due_at__isnull=False)
