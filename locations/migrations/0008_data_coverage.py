"""The box around each zone's outline, what statements say now as the first of their records, and
who of the staff may read these."""

from django.contrib.auth.management import create_permissions
from django.db import migrations

BATCH = 500
# A statement with outlines: MariaDB takes 16 MB unless it was told otherwise.
OUTLINES = 20
SAID = (
    "provider_id",
    "version",
    "category_id",
    "technology",
    "max_speed",
    "state",
    "planned_from",
    "source",
    "expires_at",
)


def in_batches(rows):
    last = 0
    while batch := list(rows.filter(pk__gt=last).order_by("pk")[:BATCH]):
        yield batch
        last = batch[-1].pk


def points(coordinates):
    if isinstance(coordinates[0], (int, float)):
        yield coordinates
        return
    for part in coordinates:
        yield from points(part)


def begin(apps, schema_editor):
    zones = apps.get_model("locations", "CoverageZone").objects
    statements = apps.get_model("locations", "BuildingCoverage").objects
    records = apps.get_model("locations", "CoverageRecord")
    for batch in in_batches(zones):
        for zone in batch:
            corners = list(points(zone.geometry["coordinates"]))
            zone.west, zone.east = min(x for x, *_ in corners), max(x for x, *_ in corners)
            zone.south, zone.north = min(p[1] for p in corners), max(p[1] for p in corners)
        zones.bulk_update(batch, ["west", "south", "east", "north"])
        keep(records, batch, zone=True)
    for batch in in_batches(statements):
        keep(records, batch, zone=False)


def keep(records, batch, *, zone):
    """Once, also when the migration is run again after it was stopped halfway."""
    column = "zone_id" if zone else "building_id"
    ids = {row.pk if zone else row.building_id for row in batch}
    there = records.objects.filter(**{f"{column}__in": ids})
    known = set(there.values_list(column, "provider_id", "category_id", "technology"))
    new = [
        records(
            **{name: getattr(row, name) for name in SAID},
            **({"zone_id": row.pk, "name": row.name} if zone else {"building_id": row.building_id}),
            action="STATED",
            geometry=row.geometry if zone else None,
            via="SYSTEM",
            at=row.stated_at,
        )
        for row in batch
        if (row.pk if zone else row.building_id, row.provider_id, row.category_id, row.technology)
        not in known
    ]
    records.objects.bulk_create(new, batch_size=OUTLINES if zone else BATCH)


def let_managers_read(apps, schema_editor):
    """Whoever of the staff reads zones reads what they said before (users.0003_groups)."""
    config = apps.get_app_config("locations")
    real = getattr(config, "models_module", None)
    # Django makes permissions after all migrations; this one is wanted now.
    config.models_module = True
    create_permissions(config, apps=apps, verbosity=0)
    config.models_module = real
    permissions = apps.get_model("auth", "Permission").objects
    wanted = permissions.filter(
        content_type__app_label="locations", codename="view_coveragerecord"
    )
    groups = apps.get_model("auth", "Group").objects
    for group in groups.filter(permissions__codename="view_coveragezone").distinct():
        group.permissions.add(*wanted)


class Migration(migrations.Migration):
    dependencies = [('locations', '0007_coverage'), ("users", "0003_groups")]

    operations = [
        migrations.RunPython(begin, migrations.RunPython.noop),
        migrations.RunPython(let_managers_read, migrations.RunPython.noop),
    ]
