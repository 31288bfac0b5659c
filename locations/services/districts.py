"""Districts of cities: imported from GeoJSON, and found for the buildings that lie in them."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.db import transaction
from django.utils.translation import gettext as _

from core import events
from core.actor import Actor
from core.jobs import enqueue_once
from locations.fields import alike
from locations.geojson import OutlinesError, geometry_of, read_outlines
from locations.geometry import cells_of
from locations.models import Building, City, District, DistrictCell
from locations.selectors.districts import districts_of
from locations.services.rights import require_keeper
from locations.services.zones import name_outlines

_BATCH = 500


@dataclass(frozen=True, slots=True)
class ImportedDistricts:
    created: int
    replaced: int
    removed: int


def import_districts(
    actor: Actor, *, city: City, content: bytes, remove_others: bool = False
) -> ImportedDistricts:
    """Saves every outline of a GeoJSON file as a district of the city, by its name.

    A district of that name is replaced, so a file may be imported again; `remove_others` takes away
    those that the file does not name. All or nothing; buildings learn their district by a job right
    after. Raises Forbidden, and OutlinesError with every reason.
    """
    require_keeper(actor)
    outlines = read_outlines(content)
    if not all(outline.name for outline in outlines):
        raise OutlinesError([_("Every district needs a name: properties.name of its feature.")])
    named = name_outlines(outlines, "")
    # Computed before the transaction: other writers do not wait for geometry.
    cells = {name: cells_of(outline.shape) for name, outline in named.items()}
    with transaction.atomic():
        locked = City.objects.select_for_update().get(pk=city.pk)
        known = {alike(row.name): row for row in District.objects.filter(city=locked)}
        for name, outline in named.items():
            row = known.get(alike(name)) or District(city=locked, name=name, version=0)
            _write(row, geometry_of(outline.shape), cells[name])
        told = {alike(name) for name in named}
        others = [row for name, row in known.items() if name not in told and remove_others]
        for row in others:
            row.delete()
        events.emit(actor, "districts.changed", locked, {})
        enqueue_filling(locked.pk)
    replaced = len(told & known.keys())
    return ImportedDistricts(len(named) - replaced, replaced, len(others))


def _write(
    district: District, geometry: dict[str, object], cells: tuple[list[int], list[int]]
) -> None:
    if district.pk and district.geometry == geometry:
        return
    district.geometry = geometry
    district.version += 1
    district.save()
    DistrictCell.objects.filter(district=district).delete()
    inside, border = cells
    rows = [
        *(DistrictCell(district=district, cell=cell, is_border=False) for cell in inside),
        *(DistrictCell(district=district, cell=cell, is_border=True) for cell in border),
    ]
    DistrictCell.objects.bulk_create(rows, batch_size=_BATCH)


def enqueue_filling(city_id: int) -> None:
    """Lets a worker find the districts of a city's buildings: after an import of either."""
    from locations.jobs import fill_districts

    enqueue_once(fill_districts, str(city_id), city_id)


def fill_city(city_id: int) -> int:
    """Finds the district of every building of a city anew; how many were changed.

    In batches of 500 by primary key, each a transaction of its own: safe to run twice, and to be
    stopped anywhere.
    """
    changed, after = 0, 0
    while batch := _next(city_id, after):
        changed += _fill(batch)
        after = batch[-1].pk
    return changed


def _next(city_id: int, after: int) -> list[Building]:
    rows = Building.objects.filter(city_id=city_id, pk__gt=after).order_by("pk")
    fields = ("pk", "city_id", "cell", "latitude", "longitude", "district_id")
    return list(rows.only(*fields)[:_BATCH])


def _fill(batch: Iterable[Building]) -> int:
    rows = list(batch)
    wanted: dict[int | None, list[int]] = {}
    for building, district in zip(rows, districts_of(rows), strict=True):
        if building.district_id != district:
            wanted.setdefault(district, []).append(building.pk)
    with transaction.atomic():
        for district, ids in sorted(wanted.items(), key=lambda one: one[0] or 0):
            Building.objects.filter(pk__in=ids).update(district_id=district)
    return sum(map(len, wanted.values()))
