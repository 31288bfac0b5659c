"""Support and editors of the site write the knowledge base in Django admin too."""

from django.contrib.auth.management import create_permissions
from django.db import migrations

WRITE = [
    f"{act}_{model}" for act in ("view", "add", "change") for model in ("article", "articlecategory")
]
GRANTS = {
    "Поддержка": [*WRITE, "view_articlevote"],
    "Редакторы сайта": [*WRITE, "delete_article", "delete_articlecategory", "view_articlevote"],
}


def grant(apps, schema_editor):
    config = apps.get_app_config("support")
    real = getattr(config, "models_module", None)
    # Django makes permissions after all migrations; they are wanted now.
    config.models_module = True
    create_permissions(config, apps=apps, verbosity=0)
    config.models_module = real
    permissions = apps.get_model("auth", "Permission").objects
    for name, codenames in GRANTS.items():
        group = apps.get_model("auth", "Group").objects.filter(name=name).first()
        if group is not None:
            wanted = permissions.filter(
                content_type__app_label="support", codename__in=codenames
            )
            group.permissions.add(*wanted)


class Migration(migrations.Migration):
    dependencies = [
        ("support", "0005_data_staff_reads"),
        ("users", "0003_groups"),
    ]

    operations = [migrations.RunPython(grant, migrations.RunPython.noop)]
