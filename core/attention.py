"""What needs attention at organizations: counted by apps, weighed here, read by staff.

An app names a figure in its `panels.py`:

    @attention("overdue", _("Overdue"), weight=100, order=10, page="request_list",
               query="group=overdue")
    def overdue(organizations: Organizations, now: datetime) -> Mapping[int, int]: ...

A job counts the organizations that changed since they were counted (their pulse tells), all of them
every hour: what becomes late by itself changes nothing. A page of staff reads one small table.
"""

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import F, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce

from core import clock
from core.choices import OrganizationKind
from core.errors import Text
from core.jobs import job, schedule
from core.models import Attention, EventParty, Pulse

BATCH = 200
STALE = timedelta(hours=1)
# Nothing has happened for so long: somebody should ask why.
INACTIVE = timedelta(days=30)
INACTIVE_WEIGHT = 1
# A figure counts no further: more than this is simply much.
MOST = 1_000

# Ids of organizations by their kind, which decides in which column they stand.
Organizations = Mapping[OrganizationKind, Collection[int]]
Count = Callable[[Organizations, datetime], Mapping[int, int]]


@dataclass(frozen=True, slots=True)
class Figure:
    """One thing that is counted. `weight` is what one of it adds to the urgency.

    `page` and `query` are where it is listed, for who acts for the organization.
    """

    name: str
    label: Text
    weight: int
    order: int
    page: str
    query: str
    count: Count


_figures: dict[str, Figure] = {}


def attention(
    name: str, label: Text, *, weight: int, order: int, page: str, query: str = ""
) -> Callable[[Count], Count]:
    """Registers a count; it reads by indexes, for at most BATCH organizations at a time."""

    def register(count: Count) -> Count:
        _figures[name] = Figure(name, label, weight, order, page, query, count)
        return count

    return register


def figures() -> list[Figure]:
    """All figures, in order."""
    return sorted(_figures.values(), key=lambda figure: figure.order)


def of_kinds(organizations: Organizations, *kinds: OrganizationKind) -> list[int]:
    """The ids of organizations of these kinds."""
    return [pk for kind in kinds for pk in organizations.get(kind, ())]


@schedule("* * * * *")
@job()
def recount_attention() -> int:
    """Counts what changed, and what was counted an hour ago; returns how many organizations."""
    known = Q(
        organization__attention__pulse=F("version"),
        organization__attention__counted_at__gt=clock.now() - STALE,
    )
    return _recount(Q(organization__is_active=True) & ~known)


def recount(organization_ids: Collection[int]) -> int:
    """Counts these organizations now; returns how many there are."""
    return _recount(Q(organization_id__in=organization_ids))


def _recount(wanted: Q) -> int:
    # The versions are read before anything is counted: a change meanwhile is counted next time.
    rows = list(Pulse.objects.filter(wanted).values_list("organization_id", "version"))
    for batch in _batches(rows):
        _save(_counted(dict(batch)))
    return len(rows)


def _counted(versions: Mapping[int, int]) -> list[Attention]:
    """The rows of these organizations, unsaved; `versions` of their pulses by id."""
    now = clock.now()
    kinds: dict[OrganizationKind, list[int]] = {}
    active: dict[int, datetime] = {}
    for pk, kind, active_at in _last_activity(versions):
        kinds.setdefault(OrganizationKind(kind), []).append(pk)
        active[pk] = active_at
    found: dict[int, dict[str, int]] = {pk: {} for pk in active}
    for figure in figures():
        for pk, count in figure.count(kinds, now).items():
            if count:
                found[pk][figure.name] = min(count, MOST)
    return [
        Attention(
            organization_id=pk,
            figures=counts,
            urgency=_urgency(counts) + INACTIVE_WEIGHT * (active[pk] < now - INACTIVE),
            active_at=active[pk],
            pulse=versions[pk],
            counted_at=now,
        )
        for pk, counts in found.items()
    ]


def _urgency(counts: Mapping[str, int]) -> int:
    return sum(_figures[name].weight * count for name, count in counts.items())


def _last_activity(organization_ids: Collection[int]) -> list[tuple[int, str, datetime]]:
    """Id, kind, and the time of the newest event: one look into an index for each."""
    newest = EventParty.objects.filter(organization_id=OuterRef("organization_id"))
    rows = Pulse.objects.filter(organization_id__in=organization_ids).annotate(
        active_at=Coalesce(
            Subquery(newest.order_by("-event_id").values("event__created_at")[:1]),
            F("organization__created_at"),
        )
    )
    return list(rows.values_list("organization_id", "organization__kind", "active_at"))


def _save(rows: list[Attention]) -> None:
    columns = ["figures", "urgency", "active_at", "pulse", "counted_at"]
    kept = Attention.objects.filter(pk__in=[row.pk for row in rows])
    known = set(kept.values_list("pk", flat=True))
    Attention.objects.bulk_update([row for row in rows if row.pk in known], columns)
    fresh = [row for row in rows if row.pk not in known]
    Attention.objects.bulk_create(fresh, ignore_conflicts=True)


def _batches(rows: list[tuple[int, int]]) -> Iterator[list[tuple[int, int]]]:
    for start in range(0, len(rows), BATCH):
        yield rows[start : start + BATCH]
