"""Regions and cities from the registers of https://github.com/hflabs (CC BY-SA 4.0)."""

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from django.db import models, transaction
from django.utils.translation import gettext as _

from core.actor import Actor
from core.tables import (
    Fault,
    Outcome,
    Progress,
    Row,
    RowError,
    read_batches,
    silent,
)
from locations.addresses import written_out
from locations.models import Building, City, Region, Street
from locations.selectors import gazetteer
from locations.services.imports.time_zones import time_zone_of
from locations.services.rights import require_keeper

_REGION_COLUMNS = ("name", "type", "name_with_type", "fias_id", "timezone")
_CITY_COLUMNS = ("region_type", "region", "fias_id", "timezone", "geo_lat", "geo_lon")
# The most particular name of a row is the city's: a settlement of a city district, a town that a
# register keeps as an area, a city that is a region of its own.
_CITY_LEVELS = ("settlement", "city", "area", "region")
_MOST_PEOPLE = 100_000_000
_SLICE = 5_000


def import_regions(actor: Actor, path: Path, *, progress: Progress = silent) -> Outcome:
    """Creates and updates regions from region.csv, by FIAS id. Raises Forbidden, DomainError."""
    require_keeper(actor)
    return _import(path, _REGION_COLUMNS, Region, _region, progress)


def import_cities(actor: Actor, path: Path, *, progress: Progress = silent) -> Outcome:
    """Creates and updates cities from city.csv, by FIAS id; regions come first.

    Cities of one name are told apart by their regions. Raises Forbidden, DomainError.
    """
    require_keeper(actor)
    regions = {(region.type, region.name): region for region in Region.objects.all()}
    outcome = _import(path, _CITY_COLUMNS, City, lambda row: _city(row, regions), progress)
    tell_cities_apart()
    rank_addresses()
    gazetteer.forget()
    return outcome


def _import(
    path: Path,
    columns: Iterable[str],
    model: type[models.Model],
    read: Callable[[Row], Region | City],
    progress: Progress,
) -> Outcome:
    outcome = Outcome()
    lines = 0
    for batch in read_batches(path, required=list(columns), strict=False):
        rows = {}
        for row in batch:
            try:
                row.check()
                made = read(row)
                rows[made.fias_id] = made
            except RowError as error:
                outcome.refuse(Fault(row.line, error.column, error.reason))
        _write(model, rows, outcome)
        lines += len(batch)
        progress(lines)
    return outcome


def _write(model: type[models.Model], rows: dict[str, Any], outcome: Outcome) -> None:
    """One transaction: what is new is created, what differs is updated."""
    fields = [
        field.attname
        for field in model._meta.concrete_fields
        if field.name not in {"id", "public_id", "fias_id", "qualifier"}
    ]
    with transaction.atomic():
        stored: Any = model._default_manager.filter(fias_id__in=list(rows))
        known = {row.fias_id: row for row in stored}
        changed = []
        for fias_id, existing in known.items():
            values = {name: getattr(rows[fias_id], name) for name in fields}
            if any(getattr(existing, name) != value for name, value in values.items()):
                for name, value in values.items():
                    setattr(existing, name, value)
                changed.append(existing)
        new = [row for fias_id, row in rows.items() if fias_id not in known]
        model._default_manager.bulk_create(new)
        if changed:
            model._default_manager.bulk_update(changed, fields)
    outcome.created += len(new)
    outcome.updated += len(changed)
    outcome.unchanged += len(known) - len(changed)


def _region(row: Row) -> Region:
    iso_code = row.text("iso_code", 10)
    return Region(
        fias_id=row.text("fias_id", 36, required=True),
        name=row.text("name", 100, required=True),
        type=row.text("type", 20, required=True),
        full_name=written_out(row.text("name_with_type", 120, required=True)),
        federal_district=row.text("federal_district", 60),
        iso_code=iso_code,
        kladr_id=row.text("kladr_id", 20),
        time_zone=_time_zone(row, iso_code),
    )


def _city(row: Row, regions: dict[tuple[str, str], Region]) -> City:
    region = regions.get((row.text("region_type", 20), row.text("region", 100, required=True)))
    if region is None:
        raise RowError("region", _("There is no such region: import regions first."))
    level = next((level for level in _CITY_LEVELS if row.text(level, 100)), "")
    city = City(
        region=region,
        fias_id=row.text("fias_id", 36, required=True),
        kladr_id=row.text("kladr_id", 20),
        name=row.text(level, 100),
        type=row.text(f"{level}_type", 20),
        latitude=row.number("geo_lat", -90, 90),
        longitude=row.number("geo_lon", -180, 180),
        population=row.count("population", _MOST_PEOPLE) or 0,
        time_zone=_time_zone(row, region.iso_code),
    )
    city.set_derived()
    return city


def _time_zone(row: Row, iso_code: str) -> str:
    try:
        return time_zone_of(row.text("timezone", 10, required=True), iso_code)
    except ValueError as error:
        raise RowError("timezone", _("No place in the country has this offset.")) from error


def tell_cities_apart() -> None:
    """Gives every city of a name that another has the name of its region beside it."""
    twice = (
        City.objects.order_by().values("search_key").annotate(n=models.Count("pk")).filter(n__gt=1)
    )
    keys = [row["search_key"] for row in twice]
    changed = []
    for city in City.objects.filter(search_key__in=keys).select_related("region"):
        if city.qualifier != city.region.full_name:
            city.qualifier = city.region.full_name
            changed.append(city)
    City.objects.bulk_update(changed, ["qualifier"])
    City.objects.exclude(search_key__in=keys).exclude(qualifier="").update(qualifier="")


def rank_addresses() -> None:
    """Brings streets and buildings of cities whose population has changed to their place."""
    population = dict(City.objects.order_by().values_list("pk", "population"))
    for model in (Street, Building):
        kept = model._default_manager.order_by().values_list("city_id", "city_rank").distinct()
        for city_id in {city_id for city_id, rank in kept if rank != -population[city_id]}:
            _rank(model, city_id, -population[city_id])


def _rank(model: type[models.Model], city_id: int, rank: int) -> None:
    """In slices, so that other writers do not wait for a large city."""
    stale = model._default_manager.filter(city_id=city_id).exclude(city_rank=rank)
    while ids := list(stale.order_by().values_list("pk", flat=True)[:_SLICE]):
        model._default_manager.filter(pk__in=ids).update(city_rank=rank)
