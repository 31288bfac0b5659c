"""Which watches come true by what was stated, and telling of each once.

A zone's watches are found by its box and the exact polygon, a building's by its id; whether the
building now *can* be connected is asked of the same answer that everybody gets, so that what
overrides a zone there counts. What changes without an event (a statement that ran out, a provider
verified, a statement withdrawn) is found by the sweep.
"""

from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np
import shapely
from django.db import transaction
from django.db.models import Exists, F, OuterRef, QuerySet, prefetch_related_objects

from core.actor import system_actor
from core.choices import PartyRole
from core.events import Draft, emit_many
from core.jobs import enqueue_many
from locations.geometry import Shape, shape_of
from locations.models import Building, BuildingCoverage, CoverageState, CoverageZone
from locations.selectors.coverage_many import Spot, batched, statements_at_many
from subscriptions.choices import WatchState
from subscriptions.models import AvailabilityWatch
from subscriptions.services.watches.watching import CLOSED_FIELDS, close
from users.models import Organization

BATCH = 500
_LOOKED_AT = 2000
# Building, category, and whether of the sandbox → the provider that made it available.
Available = dict[tuple[int, int, bool], int]


def match_zone(zone_id: int) -> int:
    """Tells of the watches that came true within the zone; how many. Safe to run twice."""
    zone = CoverageZone.objects.filter(pk=zone_id).first()
    if zone is None:
        return 0
    shape = shape_of(zone.geometry)
    waiting = _in_box(AvailabilityWatch.objects.waiting().filter(category=zone.category_id), shape)
    return _settle(_within(shape, waiting))


def match_building(building_id: int) -> int:
    """Tells of the watches of a building that came true; how many. Safe to run twice."""
    return _settle(_ids(AvailabilityWatch.objects.waiting().filter(building=building_id)))


def match_provider(provider_id: int) -> int:
    """Tells of the watches at buildings that a provider states one by one, as after a file with
    thousands of them; how many came true. Safe to run twice."""
    stated = BuildingCoverage.objects.filter(
        building=OuterRef("building"),
        provider=provider_id,
        category=OuterRef("category"),
        state=CoverageState.AVAILABLE,
    )
    return _settle(_ids(AvailabilityWatch.objects.waiting().filter(Exists(stated))))


def sweep() -> int:
    """Looks at all that wait: for what changes without anybody saying so. How many came true."""
    _follow_buildings()
    return _settle(_ids(AvailabilityWatch.objects.waiting()))


def _follow_buildings() -> None:
    """Where a building was moved by a correction or an import, zones find its watches anew."""
    there = {"latitude": F("building__latitude"), "longitude": F("building__longitude")}
    for rows in _pages(AvailabilityWatch.objects.waiting().exclude(**there)):
        moved = AvailabilityWatch.objects.filter(pk__in=[row[0] for row in rows])
        watches = list(moved.select_related("building"))
        for one in watches:
            one.latitude, one.longitude = one.building.latitude, one.building.longitude
        AvailabilityWatch.objects.bulk_update(watches, list(there), batch_size=BATCH)


def _within(shape: Shape, waiting: QuerySet) -> Iterator[int]:
    for rows in _pages(waiting, "latitude", "longitude"):
        longitudes = np.array([row[2] for row in rows])
        within = shapely.intersects_xy(shape, longitudes, np.array([row[1] for row in rows]))
        yield from (row[0] for row, inside in zip(rows, within, strict=True) if inside)


def _ids(waiting: QuerySet) -> Iterator[int]:
    return (row[0] for rows in _pages(waiting) for row in rows)


def _in_box(rows: QuerySet, shape: Shape) -> QuerySet:
    west, south, east, north = shape.bounds
    rows = rows.filter(latitude__gte=south, latitude__lte=north)
    if west <= -180 or east >= 180:
        # One meridian with two names.
        return rows
    return rows.filter(longitude__gte=west, longitude__lte=east)


def _pages(rows: QuerySet, *columns: str) -> Iterator[list[tuple[Any, ...]]]:
    """Ids and columns, page by page: each is read when the one before is done with."""
    last = 0
    while True:
        page = list(
            rows.filter(pk__gt=last).order_by("pk").values_list("pk", *columns)[:_LOOKED_AT]
        )
        if not page:
            return
        yield page
        last = page[-1][0]


def _settle(ids: Iterable[int]) -> int:
    """Of these watches, those whose building can be connected now come true.

    A list is told of when all have been looked at: once, with the whole count.
    """
    told = 0
    lists: dict[int | None, dict[int, int]] = {}
    for batch in batched(ids, BATCH):
        found = _providers_by_list(batch)
        told += _come_true(found.pop(None, {}))
        for list_id, providers in found.items():
            lists.setdefault(list_id, {}).update(providers)
    return told + sum(_come_true(providers) for providers in lists.values())


def _providers_by_list(ids: list[int]) -> dict[int | None, dict[int, int]]:
    """Who made which of these watches true, by watch, by list (None for those of no list)."""
    rows = AvailabilityWatch.objects.filter(pk__in=ids).values_list(
        "pk", "building_id", "category_id", "owner__is_sandbox", "list_id"
    )
    watches = list(rows)
    available = _available({row[1] for row in watches})
    found: dict[int | None, dict[int, int]] = {}
    for pk, building, category, sandbox, list_id in watches:
        provider = available.get((building, category, bool(sandbox)))
        if provider is not None:
            found.setdefault(list_id, {})[pk] = provider
    return found


def _available(buildings: Iterable[int]) -> Available:
    rows = Building.objects.filter(pk__in=buildings).order_by("cell")
    spots = [Spot(*row) for row in rows.values_list("pk", "cell", "latitude", "longitude")]
    said = [
        (spot.pk, one)
        for spot, statements in statements_at_many(spots)
        for one in statements
        if one.state == CoverageState.AVAILABLE
    ]
    providers = {one.provider_id for _pk, one in said}
    sandboxes = dict(Organization.objects.filter(pk__in=providers).values_list("pk", "is_sandbox"))
    found: Available = {}
    for pk, one in said:
        found.setdefault((pk, one.category_id, sandboxes[one.provider_id]), one.provider_id)
    return found


@transaction.atomic
def _come_true(providers: dict[int, int]) -> int:
    """Ends watches that still wait, and tells: an organization by an event, a visitor by a letter.

    `providers` are by the id of the watch. Those of one list are told of together.
    """
    from subscriptions.jobs import send_watch_letter

    rows = AvailabilityWatch.objects.select_for_update().filter(state=WatchState.WAITING)
    watches = [
        row
        for batch in batched(sorted(providers), BATCH)
        for row in rows.filter(pk__in=batch).order_by("pk")
    ]
    # Read apart: no database locks what is joined, and MariaDB cannot be told not to.
    prefetch_related_objects(watches, "owner", "category", "list")
    for one in watches:
        close(one, WatchState.TOLD, providers[one.pk])
    AvailabilityWatch.objects.bulk_update(watches, CLOSED_FIELDS, batch_size=BATCH)
    emit_many(system_actor(), list(drafts("came_true", watches)))
    enqueue_many(send_watch_letter, [(one.pk, "told") for one in watches if one.email])
    return len(watches)


def drafts(what: str, watches: Iterable[AvailabilityWatch]) -> Iterator[Draft]:
    """Events `watch.<what>`, and one `watch_list.<what>` with a count for each list."""
    lists: dict[Any, list[AvailabilityWatch]] = {}
    for one in watches:
        if one.list is not None:
            lists.setdefault(one.list, []).append(one)
        elif one.owner is not None:
            told = {"category": one.category.code}
            yield Draft(f"watch.{what}", one, {PartyRole.OWNER: one.owner}, told)
    for row, members in lists.items():
        first = members[0]
        told_of: dict[str, Any] = {"category": first.category.code, "count": len(members)}
        yield Draft(f"watch_list.{what}", row, {PartyRole.OWNER: first.owner}, told_of)
