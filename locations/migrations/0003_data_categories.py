"""The kinds of service that can be connected."""

from django.db import migrations

# code, Russian, English, Tabler icon, one contract per unit
CATEGORIES = [
    ("internet", "Интернет", "Internet", "wifi", False),
    ("tv", "ТВ", "TV", "device-tv", False),
    ("intercom", "Домофон", "Intercom", "door", False),
    ("cctv", "Видеонаблюдение", "CCTV", "device-cctv", False),
    ("electricity", "Электричество", "Electricity", "bolt", True),
    ("gas", "Газ", "Gas", "flame", True),
    ("water", "Вода", "Water", "droplet", True),
    ("heating", "Отопление", "Heating", "temperature", True),
]


def add_categories(apps, schema_editor):
    category = apps.get_model("locations", "ServiceCategory")
    for position, (code, name_ru, name_en, icon, one_per_unit) in enumerate(CATEGORIES, start=1):
        category.objects.get_or_create(
            code=code,
            defaults={
                "name_ru": name_ru,
                "name_en": name_en,
                "icon": icon,
                "position": position * 10,
                "one_per_unit": one_per_unit,
            },
        )


def remove_categories(apps, schema_editor):
    """Takes back what nobody uses yet; a category in use is somebody's data by now."""
    zones = apps.get_model("locations", "CoverageZone").objects
    buildings = apps.get_model("locations", "BuildingCoverage").objects
    for category in apps.get_model("locations", "ServiceCategory").objects.filter(
        code__in=[row[0] for row in CATEGORIES]
    ):
        used = zones.filter(category=category).exists() or buildings.filter(
            category=category
        ).exists()
        if not used:
            category.delete()


class Migration(migrations.Migration):
    dependencies = [("locations", "0002_initial")]
    operations = [migrations.RunPython(add_categories, remove_categories)]
