"""Keeps the counts that the map shows in step with buildings.

Every count is taken anew from what it counts, never added to: done twice it is the same, and what
was missed is mended by `mend_counts`.
"""

from collections.abc import Collection, Iterable, Iterator
from itertools import islice
from typing import Any

import h3.api.basic_int as h3
from django.db import connection, transaction
from django.db.models import Count, F, QuerySet, Sum

from locations.cells import COUNTED, key_of, mask_of, range_of
from locations.geometry import CELL_RESOLUTION
from locations.models import Building, BuildingCount
from locations.selectors.map_layers import weighted
from locations.viewport import in_ranges

_FIELDS = ["count", "latitude", "longitude"]
_SLICE, _BATCH = 200, 1_000
_Counted = dict[int, tuple[int, float, float]]


def recount(cells: Iterable[int]) -> None:
    """Counts anew what holds these cells of buildings that came, went, moved or were verified.

    Within the caller's transaction, after its change. Writers of one place wait for each other, so
    that none leaves a count without the other's building.
    """
    keys: Collection[int] = {int(cell) for cell in cells}
    with transaction.atomic():
        for finer, resolution in zip((CELL_RESOLUTION, *COUNTED), COUNTED, strict=False):
            keys = sorted({key_of(key, resolution) for key in keys})
            for part in _slices(keys):
                _write(resolution, finer, part)


def mend_counts() -> int:
    """Compares all counts with what they count; returns how many had to be mended."""
    mended = 0
    for finer, resolution in zip((CELL_RESOLUTION, *COUNTED), COUNTED, strict=False):
        for base in sorted(h3.get_res0_cells()):
            missing, wrong = _faults(resolution, finer, base)
            # Whoever counts a place at this moment knows it better: theirs stays.
            BuildingCount.objects.bulk_create(missing, ignore_conflicts=True, batch_size=_BATCH)
            for part in _slices(wrong):
                with transaction.atomic():
                    _write(resolution, finer, part)
            mended += len(missing) + len(wrong)
    return mended


def _slices(keys: Iterable[int]) -> Iterator[list[int]]:
    remaining = iter(keys)
    while part := list(islice(remaining, _SLICE)):
        yield part


def _faults(resolution: int, finer: int, base: int) -> tuple[list[BuildingCount], list[int]]:
    """Of a base cell: counts that are not there, and keys of those that are not what is there."""
    whole = [range_of(key_of(h3.cell_to_center_child(base, CELL_RESOLUTION), 0), 0)]
    true = _counted(resolution, finer, whole)
    rows = BuildingCount.objects.filter(in_ranges(whole), resolution=resolution)
    kept = {cell: tuple(values) for cell, *values in rows.values_list("cell", *_FIELDS).iterator()}
    missing = [_row(resolution, key, *true[key]) for key in sorted(true.keys() - kept.keys())]
    return missing, sorted(key for key in kept if not _same(true.get(key), kept[key]))


def _same(one: Any, other: Any) -> bool:
    if one is None:
        return False
    return one[0] == other[0] and all(abs(a - b) < 1e-7 for a, b in zip(one, other, strict=True))


def _write(resolution: int, finer: int, keys: Collection[int]) -> None:
    rows = BuildingCount.objects.filter(resolution=resolution, cell__in=keys)
    known = set(rows.values_list("cell", flat=True))
    # Rows to wait at, also for a place where nothing was counted yet.
    BuildingCount.objects.bulk_create(
        [_row(resolution, key) for key in sorted(set(keys) - known)], ignore_conflicts=True
    )
    list(rows.select_for_update().order_by("cell").values_list("pk", flat=True))
    counted = _counted(resolution, finer, [range_of(key, resolution) for key in keys])
    BuildingCount.objects.bulk_create(
        [_row(resolution, key, *values) for key, values in sorted(counted.items())],
        update_conflicts=True,
        update_fields=_FIELDS,
        # MariaDB finds the key by itself, and will not be told.
        unique_fields=None if connection.vendor == "mysql" else ["resolution", "cell"],
    )
    rows.exclude(cell__in=list(counted)).delete()


def _row(
    resolution: int, key: int, count: int = 0, latitude: float = 0.0, longitude: float = 0.0
) -> BuildingCount:
    return BuildingCount(
        resolution=resolution, cell=key, count=count, latitude=latitude, longitude=longitude
    )


def _counted(resolution: int, finer: int, ranges: Iterable[tuple[int, int]]) -> _Counted:
    """What stands in the ranges, by key: count, mean latitude, mean longitude."""
    rows: QuerySet[Any]
    if finer == CELL_RESOLUTION:
        rows = Building.objects.filter(in_ranges(ranges), status=Building.Status.VERIFIED)
        found = dict(_summed(rows, resolution, Count("pk"), Sum("latitude"), Sum("longitude")))
    else:
        rows = BuildingCount.objects.filter(in_ranges(ranges), resolution=finer, count__gt=0)
        found = dict(_summed(rows, resolution, Sum("count"), *weighted()))
    return found


def _summed(
    rows: QuerySet[Any], resolution: int, count: Any, latitude: Any, longitude: Any
) -> Iterator[tuple[int, tuple[int, float, float]]]:
    keyed = rows.order_by().values(key=F("cell").bitor(mask_of(resolution)))
    summed = keyed.annotate(n=count, lat=latitude, lon=longitude)
    for key, n, lat, lon in summed.values_list("key", "n", "lat", "lon").iterator():
        yield int(key), (int(n), lat / n, lon / n)
