"""Zones of coverage: saved with their cells, imported from GeoJSON, retired and restored."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, Unpack

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from core import clock, events
from core.actor import Actor
from core.choices import PartyRole
from core.errors import DomainError
from core.querysets import get_visible
from locations.fields import alike
from locations.geojson import Outline, OutlinesError, geometry_of, read_outlines, read_shape
from locations.geometry import cells_of
from locations.models import CoverageAction, CoverageZone, ServiceCategory, ZoneCell
from locations.services.history import check_version, record
from locations.services.rights import provider_of, require_provider_of
from locations.services.zone_drawings import draw_zones
from locations.terms import Terms, TermsGiven, terms_of
from locations.zone_files import said_in
from users.models import Organization

_BATCH = 500


@dataclass(frozen=True, slots=True)
class ImportedZones:
    """How many zones a file added and replaced; `notes`: what was done to outlines, by name."""

    created: int
    replaced: int
    notes: dict[str, tuple[str, ...]] = field(default_factory=dict)


def save_zone(
    actor: Actor,
    *,
    name: str,
    category: ServiceCategory,
    geometry: dict[str, Any] | None = None,
    zone: CoverageZone | None = None,
    provider: Organization | None = None,
    version: int | None = None,
    **terms: Unpack[TermsGiven],
) -> CoverageZone:
    """Creates a zone, or changes `zone` (without `geometry` its outline stays).

    `geometry`: GeoJSON Polygon or MultiPolygon; `terms`: see `Terms`; `version`: the one that the
    actor has seen. Raises Forbidden, DomainError with `field`, and Conflict with the other's change
    where the zone has changed since.
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
    return _write(actor, provider, zone.pk if zone else None, fields, cells, version)


def revise_zone(actor: Actor, zone: CoverageZone, changes: Mapping[str, Any]) -> CoverageZone:
    """Changes some of what a zone says; without changes it is confirmed as of now.

    Raises Forbidden, DomainError with `field`; NotVisible for one that is gone.
    """
    provider = require_provider_of(actor, zone)
    current = get_visible(CoverageZone.objects.defer("geometry"), actor, pk=zone.pk)
    # Checked before the lock, and anew by it through the version.
    fields = Terms(**{**terms_of(current), **changes}).fields()
    return _write(actor, provider, current.pk, fields, None, current.version)


def import_zones(
    actor: Actor,
    *,
    content: bytes,
    category: ServiceCategory,
    name: str = "",
    latitude_first: bool = False,
    provider: Organization | None = None,
    **terms: Unpack[TermsGiven],
) -> ImportedZones:
    """Saves every outline of a GeoJSON file as a zone with these terms.

    What a feature says of itself (`locations.zone_files`: files that were exported do) goes before
    them. A feature without a name is called `name` and its number. A zone of the same category,
    technology and name is replaced, so a file may be imported again. Raises OutlinesError (nothing
    is saved), Forbidden, DomainError.
    """
    provider = provider_of(actor, provider)
    named = name_outlines(read_outlines(content, latitude_first=latitude_first), name)
    wanted = _wanted(named, {"category": category, "terms": terms})
    known = _known(provider, wanted)
    for zone_name, fields in wanted.items():
        outline = named[zone_name]
        geometry = {"name": zone_name, "geometry": geometry_of(outline.shape)}
        cells = cells_of(outline.shape)
        zone_id = known.get(_key(fields["category"].pk, fields["technology"], zone_name))
        _write(actor, provider, zone_id, fields | geometry, cells)
    return ImportedZones(
        created=len(named) - len(known),
        replaced=len(known),
        notes={zone_name: outline.notes for zone_name, outline in named.items() if outline.notes},
    )


def _wanted(named: Mapping[str, Outline], given: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """The fields of each zone but its outline. Raises OutlinesError for terms that cannot be."""
    categories = {row.code: row for row in ServiceCategory.objects.filter(is_active=True)}
    # What was given for the whole file is told beside its field.
    Terms(**given["terms"])
    found, reasons = {}, []
    for zone_name, outline in named.items():
        try:
            said = said_in(outline.properties, categories)
            found[zone_name] = {
                "category": said.category or given["category"],
                **Terms(**{**given["terms"], **said.terms}).fields(),
                "is_active": said.is_active,
            }
        except DomainError as error:
            reasons.append(f"«{zone_name}»: {error.message}")
    if reasons:
        raise OutlinesError(reasons)
    return found


def _known(
    provider: Organization, wanted: Mapping[str, Mapping[str, Any]]
) -> dict[tuple[int, str, str], int]:
    """Ids of zones that are there already, by `_key`; of two the one that is spelled as wanted."""
    spelled = {(row["category"].pk, row["technology"], name) for name, row in wanted.items()}
    keys = {_key(*one) for one in spelled}
    rows = CoverageZone.objects.filter(provider=provider)
    stored = list(rows.values_list("category_id", "technology", "name", "pk"))
    stored.sort(key=lambda row: row[:3] in spelled)
    found = {_key(*row[:3]): row[3] for row in stored}
    return {key: pk for key, pk in found.items() if key in keys}


def _key(category_id: int, technology: str, name: str) -> tuple[int, str, str]:
    return (category_id, alike(technology), alike(name))


def name_outlines(outlines: list[Outline], name: str) -> dict[str, Outline]:
    """Outlines by the names their zones get. Raises OutlinesError for a name given twice."""
    named: dict[str, Outline] = {}
    taken: set[str] = set()
    twice: list[str] = []
    default = name.strip() or _("Zone")
    for number, outline in enumerate(outlines, start=1):
        zone_name = outline.name or (f"{default} {number}" if len(outlines) > 1 else default)
        if alike(zone_name) in taken:
            twice.append(
                _("Feature %(number)s: the name “%(name)s” is taken by another.")
                % {"number": number, "name": zone_name}
            )
        taken.add(alike(zone_name))
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
    version: int | None = None,
) -> CoverageZone:
    try:
        with transaction.atomic():
            zone = _locked(zone_id) if zone_id else CoverageZone(provider=provider, version=0)
            check_version(actor, zone, version if zone_id else None)
            action = _action(zone, fields)
            for name, value in fields.items():
                setattr(zone, name, value)
            if "geometry" in fields:
                zone.set_outline(fields["geometry"])
            zone.stated_at = clock.now()
            zone.contradicted_at = None
            zone.version += 1
            zone.save()
            if cells is not None:
                ZoneCell.objects.filter(zone=zone).delete()
                ZoneCell.objects.bulk_create(_cells(zone.pk, *cells), batch_size=_BATCH)
                draw_zones([zone])
            record(actor, [zone], action, outline=cells is not None)
            _tell(actor, zone)
    except IntegrityError as error:
        raise DomainError(
            _("There is already a zone of this name, category and technology."), field="name"
        ) from error
    return zone


def _action(zone: CoverageZone, fields: Mapping[str, Any]) -> CoverageAction:
    if zone.pk is None:
        return CoverageAction.STATED
    same = all(getattr(zone, name) == value for name, value in fields.items())
    return CoverageAction.CONFIRMED if same else CoverageAction.CHANGED


def _set_active(actor: Actor, zone: CoverageZone, active: bool) -> CoverageZone:
    require_provider_of(actor, zone)
    with transaction.atomic():
        row = _locked(zone.pk)
        if row.is_active == active:
            return row
        row.is_active = active
        row.version += 1
        row.contradicted_at = None
        if active:
            row.stated_at = clock.now()
        row.save(update_fields=["is_active", "version", "stated_at", "contradicted_at"])
        record(actor, [row], CoverageAction.RESTORED if active else CoverageAction.RETIRED)
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
