"""Account managers read the use of their organizations' services; plans say what they include."""

from django.contrib.auth.management import create_permissions
from django.db import migrations

GROUP = "Аккаунт-менеджеры (КАМ)"
CODENAMES = ["view_meter", "view_meterreading", "view_usagerecord", "view_usagealert"]
# category, code, Russian name, its unit, English name, its unit: an amount a month.
INCLUDED = [
    ("internet", "included_gb", "Включённый трафик", "ГБ/мес", "Included traffic", "GB/month"),
]


def grant(apps, schema_editor):
    config = apps.get_app_config("subscriptions")
    real = getattr(config, "models_module", None)
    # Django makes permissions after all migrations; they are wanted now.
    config.models_module = True
    create_permissions(config, apps=apps, verbosity=0)
    config.models_module = real
    group = apps.get_model("auth", "Group").objects.filter(name=GROUP).first()
    if group is not None:
        permissions = apps.get_model("auth", "Permission").objects
        wanted = permissions.filter(content_type__app_label="subscriptions", codename__in=CODENAMES)
        group.permissions.add(*wanted)


def add_attributes(apps, schema_editor):
    categories = apps.get_model("locations", "ServiceCategory").objects.in_bulk(field_name="code")
    attribute = apps.get_model("subscriptions", "CategoryAttribute")
    for category_code, code, name_ru, unit_ru, name_en, unit_en in INCLUDED:
        if category_code not in categories:
            continue
        attribute.objects.get_or_create(
            category=categories[category_code],
            code=code,
            defaults={
                "kind": "NUMBER",
                "name_ru": name_ru,
                "unit_ru": unit_ru,
                "name_en": name_en,
                "unit_en": unit_en,
                "position": 50,
            },
        )


def remove_attributes(apps, schema_editor):
    attribute = apps.get_model("subscriptions", "CategoryAttribute")
    for category_code, code, *_names in INCLUDED:
        attribute.objects.filter(category__code=category_code, code=code).delete()


class Migration(migrations.Migration):
    dependencies = [
        ("subscriptions", "0023_usage"),
        ("users", "0003_groups"),
    ]

    operations = [
        migrations.RunPython(grant, migrations.RunPython.noop),
        migrations.RunPython(add_attributes, remove_attributes),
    ]
