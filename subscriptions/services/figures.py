"""Counting figures again from rows, for when they are doubted."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from django.db import transaction
from django.db.models import Count, Q, QuerySet, Sum

from core import clock, tallies
from core.models import Tally
from subscriptions.choices import RequestKind, RequestState
from subscriptions.figures import (
    COMMISSION,
    FIGURES,
    IN_WORK,
    REQUESTS_APPROVED,
    REQUESTS_CHECKED,
    REQUESTS_CONNECTED,
    REQUESTS_REJECTED,
    REQUESTS_SUBMITTED,
)
from subscriptions.models import Commission, ConnectionRequest
from subscriptions.request_workflow import OPEN_STATES
from users.models import Organization

Key = tuple[int, str]  # organization, figure
PARTIES = ("owner_id", "provider_id")

# Changes of what is in force are work, but no connections.
_CONNECTIONS = Q(kind=RequestKind.CONNECT)
# What each figure of requests counts.
COUNTED: dict[str, Q] = {
    REQUESTS_SUBMITTED: _CONNECTIONS & Q(submitted_at__isnull=False),
    REQUESTS_CHECKED: _CONNECTIONS & Q(checked_at__isnull=False),
    REQUESTS_APPROVED: _CONNECTIONS & Q(approved_at__isnull=False),
    REQUESTS_CONNECTED: _CONNECTIONS & Q(state=RequestState.CONNECTED),
    REQUESTS_REJECTED: _CONNECTIONS & Q(state=RequestState.REJECTED),
    IN_WORK: Q(state__in=OPEN_STATES),
}


@dataclass(frozen=True, slots=True)
class Difference:
    """A figure that is not what the rows say."""

    organization_id: int
    figure: str
    kept: Decimal
    counted: Decimal


def differences(organization_ids: Iterable[int] | None = None) -> list[Difference]:
    """Figures whose sum over all days differs from the count of rows, of all organizations or some.

    Reads every request: for commands, not for pages. What changes meanwhile may look like a
    difference; `mend` asks again under a lock.
    """
    scope = Q() if organization_ids is None else Q(organization_id__in=list(organization_ids))
    kept = _kept(Tally.objects.filter(scope, figure__in=FIGURES))
    counted = _counted(organization_ids)
    zero = Decimal(0)
    return [
        Difference(*key, kept.get(key, zero), counted.get(key, zero))
        for key in sorted(kept.keys() | counted.keys())
        if kept.get(key, zero) != counted.get(key, zero)
    ]


def mend(found: Iterable[Difference]) -> int:
    """Adds what is missing to today; returns how many figures were mended.

    Each organization is counted again with its row locked: a move that adds to its figures refers
    to that row, so it is either committed before or waits until the figures are mended.
    """
    mended = 0
    for organization_id in sorted({difference.organization_id for difference in found}):
        with transaction.atomic():
            Organization.objects.select_for_update().get(pk=organization_id)
            for difference in differences([organization_id]):
                tallies.add(
                    organization_id,
                    difference.figure,
                    difference.counted - difference.kept,
                    clock.today(),
                )
                mended += 1
    return mended


def _kept(rows: QuerySet[Tally]) -> dict[Key, Decimal]:
    sums = rows.values_list("organization_id", "figure").annotate(Sum("amount"))
    return {(organization_id, figure): _exact(total) for organization_id, figure, total in sums}


def _counted(organization_ids: Iterable[int] | None) -> dict[Key, Decimal]:
    found: dict[Key, Decimal] = defaultdict(Decimal)
    some = None if organization_ids is None else list(organization_ids)
    for party in PARTIES:
        scope = Q() if some is None else Q(**{f"{party}__in": some})
        counts = {name: Count("pk", filter=rule) for name, rule in COUNTED.items()}
        for row in ConnectionRequest.objects.filter(scope).values(party).annotate(**counts):
            for figure in COUNTED:
                found[row[party], figure] += row[figure]
        sums = Commission.objects.filter(scope).values_list(party).annotate(Sum("amount"))
        for organization_id, total in sums:
            found[organization_id, COMMISSION] += _exact(total)
    return found


def _exact(total: Decimal) -> Decimal:
    """SQLite adds as floating point: back to kopecks."""
    return total.quantize(Decimal("0.01"))
