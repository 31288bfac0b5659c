"""Figures for home pages: amounts added with the change itself, read back as sums.

Writers only insert, so they never wait for each other; `fold_tallies` keeps the table small.
"""

from collections import defaultdict
from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.db.models import Count, Sum

from core.gathering import gathering_now
from core.jobs import job, schedule
from core.models import Tally

Amount = tuple[int, str, Decimal | int, date]

# So many rows are folded in one transaction: short enough that writers on SQLite hardly wait.
FOLD_ROWS = 500
ZERO = Decimal(0)


def add(organization_id: int, figure: str, amount: Decimal | int, day: date) -> None:
    """Adds `amount` (it may be negative) to a figure on a day, in the caller's transaction."""
    add_many([(organization_id, figure, amount, day)])


def add_many(amounts: Iterable[Amount]) -> None:
    """Adds many (organization id, figure, amount, day) with one statement, as `add` does one.

    Within `core.gathering.gathered` at its end, those of one figure and day as one.
    """
    gathering = gathering_now()
    if gathering is None:
        _insert(amounts)
    else:
        gathering.keep(_insert_sums, amounts)


def _insert(amounts: Iterable[Amount]) -> None:
    Tally.objects.bulk_create(
        Tally(organization_id=organization_id, figure=figure, amount=amount, day=day)
        for organization_id, figure, amount, day in amounts
    )


def _insert_sums(amounts: list[Amount]) -> None:
    sums: dict[tuple[int, str, date], Decimal | int] = defaultdict(int)
    for organization_id, figure, amount, day in amounts:
        sums[organization_id, figure, day] += amount
    _insert((pk, figure, total, day) for (pk, figure, day), total in sums.items() if total)


def read(
    organization_id: int, figures: Iterable[str], since: date | None = None
) -> dict[str, Decimal]:
    """The sums of `figures`, from the day `since` on or of all time; 0 where nothing was added."""
    wanted = list(figures)
    rows = Tally.objects.filter(organization_id=organization_id, figure__in=wanted)
    if since is not None:
        rows = rows.filter(day__gte=since)
    sums = dict(rows.order_by().values_list("figure").annotate(Sum("amount")))
    return {figure: sums.get(figure, ZERO) for figure in wanted}


def daily(organization_id: int, figure: str, since: date) -> dict[date, Decimal]:
    """The sum of each day from `since` on, oldest first; days without a change are left out."""
    rows = Tally.objects.filter(organization_id=organization_id, figure=figure, day__gte=since)
    return dict(rows.order_by("day").values_list("day").annotate(Sum("amount")))


@schedule("23 * * * *")
@job(retries=2)
def fold_tallies() -> int:
    """Adds together the rows of one organization, figure and day; how many rows went."""
    groups = (
        Tally.objects.order_by()
        .values("organization_id", "figure", "day")
        .annotate(rows=Count("pk"))
        .filter(rows__gt=1)
    )
    gone = 0
    for organization_id, figure, day in groups.values_list("organization_id", "figure", "day"):
        group = {"organization_id": organization_id, "figure": figure, "day": day}
        while folded := _fold(group):
            gone += folded
    return gone


def _fold(group: dict[str, Any]) -> int:
    """Replaces some rows of a group by their sum; 0 when one is left.

    Exactly the rows that were read are deleted, so what others add meanwhile stays; rows that
    another fold has taken are no longer there to be locked, and are not counted twice.
    """
    with transaction.atomic():
        rows = list(Tally.objects.select_for_update().filter(**group).order_by("pk")[:FOLD_ROWS])
        if len(rows) < 2:
            return 0
        Tally.objects.filter(pk__in=[row.pk for row in rows]).delete()
        Tally.objects.create(**group, amount=sum((row.amount for row in rows), ZERO))
    return len(rows) - 1
