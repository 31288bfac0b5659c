"""Zones of coverage: saved with their cells, imported from GeoJSON, retired and restored."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any, Unpack

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from core import clock, events
from core.actor import Actor
from core.choices import PartyRole
from core.errors import DomainError
from locations.geojson import Outline, OutlinesError, geometry_of, read_outlines, read_shape
from locations.geometry import cells_of
from locations.models import CoverageZone, ServiceCategory, ZoneCell
from locations.services.rights import provider_of, require_provider_of
from locations.services.zone_drawings import draw_zones
from locations.terms import Terms, TermsGiven
from users.models import Organization

_BATCH = 500


@dataclass(frozen=True, slots=True)
class ImportedZones:
    created: int
    replaced: int


def save_zone(
    actor: Actor,
    *,
    name: str,
    category: ServiceCategory,
    geometry: dict[str, Any] | None = None,
    zone: CoverageZone | None = None,
    provider: Organization | None = None,
    **terms: Unpack[TermsGiven],
) -> CoverageZone:
    """Creates a zone, or changes `zone` (without `geometry` its outline stays).

    `geometry`: GeoJSON Polygon or MultiPolygon; `terms`: see `Terms`. Raises Forbidden, and
    DomainError with `field`.
    """
    provider = require_provider_of(actor, zone) if zone else provider_of(actor, provider)
    if not name.strip():
        raise DomainError(_("Name the zone."), field="name")
    if geometry is None and zone is None:
        raise DomainError(_("Give the outline of the zone."), field="file")
    fields = {"name": name.strip(), "category": category, **Terms(**terms).fields()}
    cells = None
    if geometry is not None:
        shape = read_shape(geometry)
        fields["geometry"] = geometry_of(shape)
        # Computed before the transaction: other writers do not wait for geometry.
        cells = cells_of(shape)
    return _write(actor, provider, zone.pk if zone else None, fields, cells)


def import_zones(
    actor: Actor,
    *,
    content: bytes,
    category: ServiceCategory,
    name: str = "",
    provider: Organization | None = None,
    **terms: Unpack[TermsGiven],
) -> ImportedZones:
    """Saves every outline of a GeoJSON file as a zone with the same terms.

    A feature without a name is called `name` and its number. A zone of the same category,
    technology and name is replaced, so a file may be imported again. Raises OutlinesError (nothing
    is saved), Forbidden, DomainError.
    """
    provider = provider_of(actor, provider)
    named = name_outlines(read_outlines(content), name)
    fields = {"category": category, **Terms(**terms).fields()}
    known = dict(
        CoverageZone.objects.filter(
            provider=provider, category=category, technology=fields["technology"], name__in=named
        ).values_list("name", "pk")
    )
    for zone_name, outline in named.items():
        geometry = {"name": zone_name, "geometry": geometry_of(outline.shape), "is_active": True}
        cells = cells_of(outline.shape)
        _write(actor, provider, known.get(zone_name), fields | geometry, cells)
    return ImportedZones(created=len(named) - len(known), replaced=len(known))


def name_outlines(outlines: list[Outline], name: str) -> dict[str, Outline]:
    """Outlines by the names their zones get. Raises OutlinesError for a name given twice."""
    named: dict[str, Outline] = {}
    twice: list[str] = []
    default = name.strip() or _("Zone")
    for number, outline in enumerate(outlines, start=1):
        zone_name = outline.name or (f"{default} {number}" if len(outlines) > 1 else default)
        if zone_name in named:
            twice.append(
                _("Feature %(number)s: the name “%(name)s” is taken by another.")
                % {"number": number, "name": zone_name}
            )
        named[zone_name] = outline
    if twice:
        raise OutlinesError(twice)
    return named


def retire_zone(actor: Actor, zone: CoverageZone) -> CoverageZone:
    """Takes a zone out of all answers; its outline is kept, so that it can be restored."""
    return _set_active(actor, zone, False)


def restore_zone(actor: Actor, zone: CoverageZone) -> CoverageZone:
    """Puts a retired zone back into answers, as a statement of now."""
    return _set_active(actor, zone, True)


def index_zones(zones: Iterable[CoverageZone]) -> int:
    """Writes cells and drawings of zones anew from their outlines; returns how many cells."""
    written = 0
    for batch in _batches(zones, 50):
        cells = [cell for zone in batch for cell in _cells(zone.pk, *cells_of(zone.geometry))]
        with transaction.atomic():
            ZoneCell.objects.filter(zone__in=batch).delete()
            ZoneCell.objects.bulk_create(cells, batch_size=_BATCH)
            draw_zones(batch)
        written += len(cells)
    return written


def _write(
    actor: Actor,
    provider: Organization,
    zone_id: int | None,
    fields: dict[str, Any],
    cells: tuple[list[int], list[int]] | None,
) -> CoverageZone:
    try:
        with transaction.atomic():
            zone = _locked(zone_id) if zone_id else CoverageZone(provider=provider, version=0)
            for field, value in fields.items():
                setattr(zone, field, value)
            zone.stated_at = clock.now()
            zone.version += 1
            zone.save()
            if cells is not None:
                ZoneCell.objects.filter(zone=zone).delete()
                ZoneCell.objects.bulk_create(_cells(zone.pk, *cells), batch_size=_BATCH)
                draw_zones([zone])
            _tell(actor, zone)
    except IntegrityError as error:
        raise DomainError(
            _("There is already a zone of this name, category and technology."), field="name"
        ) from error
    return zone


def _set_active(actor: Actor, zone: CoverageZone, active: bool) -> CoverageZone:
    require_provider_of(actor, zone)
    with transaction.atomic():
        row = _locked(zone.pk)
        if row.is_active == active:
            return row
        row.is_active = active
        row.version += 1
        if active:
            row.stated_at = clock.now()
        row.save(update_fields=["is_active", "version", "stated_at"])
        _tell(actor, row)
    return row


def _locked(zone_id: int) -> CoverageZone:
    return CoverageZone.objects.select_for_update().select_related("provider").get(pk=zone_id)


def _cells(zone_id: int, inside: list[int], border: list[int]) -> list[ZoneCell]:
    return [
        *(ZoneCell(zone_id=zone_id, cell=cell, is_border=False) for cell in inside),
        *(ZoneCell(zone_id=zone_id, cell=cell, is_border=True) for cell in border),
    ]


def _tell(actor: Actor, zone: CoverageZone) -> None:
    events.emit(
        actor,
        "coverage.changed",
        zone,
        {PartyRole.PROVIDER: zone.provider},
        {"state": zone.state if zone.is_active else "RETIRED"},
    )


def _batches(rows: Iterable[CoverageZone], size: int) -> Iterator[list[CoverageZone]]:
    remaining = iter(rows)
    while batch := list(islice(remaining, size)):
        yield batch
