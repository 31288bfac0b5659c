"""Account managers read what their organizations keep beside subscriptions, and announce."""

from django.contrib.auth.management import create_permissions
from django.db import migrations

GROUP = "Аккаунт-менеджеры (КАМ)"
MODELS = [
    "costcentre", "subscriptiontag", "subscriptionfile", "finding", "pricechange", "priceline",
    "spend",
]  # fmt: skip


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
        wanted = permissions.filter(
            content_type__app_label="subscriptions",
            codename__in=[f"view_{name}" for name in MODELS],
        )
        group.permissions.add(*wanted)


class Migration(migrations.Migration):
    dependencies = [
        ("subscriptions", "0021_centre"),
        ("users", "0003_groups"),
    ]

    operations = [migrations.RunPython(grant, migrations.RunPython.noop)]
