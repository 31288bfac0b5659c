"""Looks a provider's statements over: zones that overlap, gaps between them, places outside.

Its cost is bounded: boxes of zones are compared by a tree (STRtree), outlines are made coarser
where they are very fine, and no more is kept than a person can mend.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import numpy as np
import shapely
from django.db import transaction
from django.utils import timezone
from shapely.geometry import Polygon

from core import clock
from core.actor import Actor
from core.jobs import enqueue_once, job
from locations.geojson import geometry_of
from locations.geometry import Shape, area_km2
from locations.models import (
    Building,
    BuildingCoverage,
    CoverageCheck,
    CoverageFinding,
    CoverageState,
    CoverageZone,
    FindingKind,
)
from locations.services.rights import provider_of
from users.models import Organization

ZONES_AT_MOST = 10_000
KEPT_OF_A_KIND = 500
PAIRS_AT_MOST = 20_000
PLACES_AT_MOST = 50_000
# Finer outlines are compared as they look from some ten metres.
_FINE = 2_000
_COARSE_DEGREES = 0.0001
_HEAVY = 1_000_000
# Neighbours drawn by hand meet within some metres: less is no finding.
_LEAST_KM2 = 0.0005
# A gap is ground that neighbours enclose, or a strip between them narrower than twice this.
_REACH_DEGREES = 0.0008
_LARGEST_GAP_KM2 = 5.0
_BATCH = 500
# Somebody who corrects zones saves many of them: one look is for all that is saved in this time.
_GATHERED = timedelta(minutes=1)

# Of a provider: (building, category) where it has connected or is asked to, newest first.
Places = Callable[[int], Iterable[tuple[int, int]]]
_places: list[Places] = []


def places_of_work(read: Places) -> Places:
    """Registers where providers work, as apps above know it; a name is registered once."""
    if read.__qualname__ not in {known.__qualname__ for known in _places}:
        _places.append(read)
    return read


def check_coverage(actor: Actor, provider: Organization | None = None) -> None:
    """Lets the worker look over what a provider states. Raises Forbidden, DomainError."""
    provider_id = provider_of(actor, provider).pk
    # Somebody waits for it: not for what `ask_check` puts off.
    enqueue_once(run_check, f"{provider_id} now", provider_id)


def ask_check(provider_id: int) -> None:
    """Lets the worker look soon: what is changed until then is looked over with it."""
    later = run_check.using(run_after=timezone.now() + _GATHERED)
    enqueue_once(later, str(provider_id), provider_id)


@job(queue="long")
def run_check(provider_id: int) -> int:
    """Finds everything anew and writes it in place of what was found before; returns how much."""
    started = clock.now()
    zones, is_partial = _read_zones(provider_id)
    work = _Work(provider_id, is_partial)
    by_category: dict[int, list[_Zone]] = defaultdict(list)
    for zone in zones:
        by_category[zone.row.category_id].append(zone)
    places = _places_by_category(provider_id)
    for category_id in sorted({*by_category, *places}):
        work.look(category_id, by_category[category_id], places.get(category_id, []))
    found = work.kept()
    done = CoverageCheck(
        provider_id=provider_id,
        checked_at=started,
        zones=len(zones),
        is_partial=work.is_partial,
    )
    _write(done, found)
    return len(found)


def _write(done: CoverageCheck, found: list[CoverageFinding]) -> None:
    """In place of what was found before, unless that was by a check that began later."""
    provider_id = done.provider_id
    first = CoverageCheck(provider_id=provider_id, checked_at=done.checked_at)
    CoverageCheck.objects.bulk_create([first], ignore_conflicts=True)
    with transaction.atomic():
        check = CoverageCheck.objects.select_for_update().get(pk=provider_id)
        if check.checked_at > done.checked_at:
            return
        CoverageFinding.objects.filter(provider=provider_id).delete()
        CoverageFinding.objects.bulk_create(found, batch_size=_BATCH)
        done.save(force_update=True)


@dataclass(frozen=True, slots=True)
class _Zone:
    """A zone without its outline as it is stored, and that as it is compared."""

    row: CoverageZone
    shape: Shape


def _read_zones(provider_id: int) -> tuple[list[_Zone], bool]:
    """Zones in force, the newest first, and whether there are more than can be looked over.

    Read one by one: outlines as they are stored take ten times the memory of shapes.
    """
    rows = CoverageZone.objects.in_force().filter(provider=provider_id, is_active=True)
    found: list[_Zone] = []
    corners = 0
    for row in rows.order_by("-stated_at", "pk")[: ZONES_AT_MOST + 1].iterator(chunk_size=50):
        shape = shapely.geometry.shape(row.geometry)
        # Very many corners in all: the rest as it looks from some thirty metres.
        shape = _comparable(shape, 3 * _COARSE_DEGREES if corners > _HEAVY else 0)
        corners += int(shapely.get_num_coordinates(shape))
        row.geometry = {}
        found.append(_Zone(row, shape))
    return found[:ZONES_AT_MOST], len(found) > ZONES_AT_MOST


@dataclass(slots=True)
class _Work:
    """One look over all; `found` by kind."""

    provider_id: int
    is_partial: bool = False
    found: dict[FindingKind, list[CoverageFinding]] = field(
        default_factory=lambda: defaultdict(list)
    )

    def look(
        self, category_id: int, zones: list[_Zone], places: list[tuple[int, float, float]]
    ) -> None:
        self._overlaps(category_id, zones)
        offering = [zone.shape for zone in zones if zone.row.state != CoverageState.NOT_AVAILABLE]
        self._gaps(category_id, offering)
        self._outside(category_id, offering, places)

    def kept(self) -> list[CoverageFinding]:
        """What a person can mend: of each kind the largest."""
        kept = []
        for rows in self.found.values():
            rows.sort(key=lambda row: -row.area_km2)
            self.is_partial = self.is_partial or len(rows) > KEPT_OF_A_KIND
            kept += rows[:KEPT_OF_A_KIND]
        return kept

    def _overlaps(self, category_id: int, zones: list[_Zone]) -> None:
        for one, other in self._pairs(zones):
            common = _ground(shapely.intersection(one.shape, other.shape))
            if common is None or area_km2(common) < _LEAST_KM2:
                continue
            earlier, later = sorted((one.row, other.row), key=lambda row: row.stated_at)
            kind = FindingKind.OVERLAP if _agree(earlier, later) else FindingKind.CONTRADICTION
            self._add(kind, category_id, common, zone=earlier, other=later)

    def _pairs(self, zones: list[_Zone]) -> Iterator[tuple[_Zone, _Zone]]:
        """Pairs of one technology whose outlines meet; a zone without one speaks for its own."""
        by_technology: dict[str, list[_Zone]] = defaultdict(list)
        for zone in zones:
            by_technology[zone.row.technology.casefold()].append(zone)
        left = PAIRS_AT_MOST
        for alike in by_technology.values():
            tree = shapely.STRtree([zone.shape for zone in alike])
            for first, zone in enumerate(alike):
                for second in tree.query(zone.shape, predicate="intersects"):
                    if second <= first:
                        continue
                    if left == 0:
                        self.is_partial = True
                        return
                    left -= 1
                    yield zone, alike[int(second)]

    def _gaps(self, category_id: int, shapes: Sequence[Shape]) -> None:
        """Ground between neighbours: closing the whole by a little fills it, the zones do not."""
        if len(shapes) < 2:
            return
        whole = shapely.union_all(shapes)
        own_holes = shapely.union_all([_holes(shape) for shape in shapes])
        reach = _REACH_DEGREES
        closed = whole.buffer(reach, join_style="mitre").buffer(-reach, join_style="mitre")
        between = shapely.union_all([_holes(whole), shapely.difference(closed, whole)])
        between = shapely.difference(between, own_holes)
        tree = shapely.STRtree(shapes)
        for part in shapely.get_parts(between):
            gap = _ground(part)
            if gap is None or not _LEAST_KM2 <= area_km2(gap) <= _LARGEST_GAP_KM2:
                continue
            # A corner filled in lies at one zone: between means at two.
            if len(tree.query(gap, predicate="dwithin", distance=1e-9)) > 1:
                self._add(FindingKind.GAP, category_id, gap)

    def _outside(
        self, category_id: int, shapes: list[Shape], places: list[tuple[int, float, float]]
    ) -> None:
        if not places or not shapes:
            return
        points = shapely.points([(longitude, latitude) for _pk, latitude, longitude in places])
        inside = set(shapely.STRtree(shapes).query(points, predicate="intersects")[0].tolist())
        for place, (building_id, latitude, longitude) in enumerate(places):
            if place in inside:
                continue
            self.found[FindingKind.OUTSIDE].append(
                CoverageFinding(
                    provider_id=self.provider_id,
                    kind=FindingKind.OUTSIDE,
                    category_id=category_id,
                    building_id=building_id,
                    latitude=latitude,
                    longitude=longitude,
                )
            )

    def _add(self, kind: FindingKind, category_id: int, ground: Shape, **zones: Any) -> None:
        place = ground.representative_point()
        self.found[kind].append(
            CoverageFinding(
                provider_id=self.provider_id,
                kind=kind,
                category_id=category_id,
                latitude=place.y,
                longitude=place.x,
                area_km2=area_km2(ground),
                geometry=geometry_of(shapely.simplify(ground, _COARSE_DEGREES / 4)),
                **zones,
            )
        )


def _agree(one: CoverageZone, other: CoverageZone) -> bool:
    said = ("state", "max_speed", "planned_from")
    return all(getattr(one, name) == getattr(other, name) for name in said)


def _comparable(shape: Shape, tolerance: float) -> Shape:
    fine = shapely.get_num_coordinates(shape) > _FINE
    tolerance = max(tolerance, _COARSE_DEGREES if fine else 0)
    if tolerance:
        coarse = _ground(shapely.make_valid(shapely.simplify(shape, tolerance)))
        shape = coarse or shape
    shapely.prepare(shape)
    return shape


def _ground(found: shapely.Geometry) -> Shape | None:
    """The polygons of a geometry; None where it has none."""
    parts = [part for part in shapely.get_parts(found) if isinstance(part, Polygon) and part.area]
    if not parts:
        return None
    whole: Shape = parts[0] if len(parts) == 1 else shapely.union_all(parts)
    return whole


def _holes(shape: Shape) -> shapely.Geometry:
    rings = [ring for part in shapely.get_parts(shape) for ring in getattr(part, "interiors", ())]
    return shapely.union_all([Polygon(ring) for ring in rings])


def _places_by_category(provider_id: int) -> dict[int, list[tuple[int, float, float]]]:
    """Buildings where the provider connects, by category: id, latitude, longitude."""
    wanted: dict[tuple[int, int], None] = {}
    stated = BuildingCoverage.objects.in_force().filter(
        provider=provider_id, state=CoverageState.AVAILABLE
    )
    pairs = stated.order_by("-pk").values_list("building_id", "category_id")
    for pair in pairs[:PLACES_AT_MOST]:
        wanted[pair] = None
    for read in _places:
        for pair in read(provider_id):
            if len(wanted) >= PLACES_AT_MOST:
                break
            wanted[pair] = None
    return _with_coordinates(list(wanted))


def _with_coordinates(
    pairs: list[tuple[int, int]],
) -> dict[int, list[tuple[int, float, float]]]:
    ids = np.unique([building for building, _category in pairs]).tolist()
    known: dict[int, tuple[float, float]] = {}
    for start in range(0, len(ids), _BATCH):
        rows = Building.objects.filter(pk__in=ids[start : start + _BATCH])
        for pk, latitude, longitude in rows.values_list("pk", "latitude", "longitude"):
            known[pk] = latitude, longitude
    found: dict[int, list[tuple[int, float, float]]] = defaultdict(list)
    for building_id, category_id in pairs:
        if building_id in known:
            found[category_id].append((building_id, *known[building_id]))
    return found
