"""Support reads how the desk is set up in Django admin, and keeps its macros and tags."""

from django.contrib.auth.management import create_permissions
from django.db import migrations

SET_UP = [
    "queue", "queuemember", "ticketcategory", "categoryfield", "deskrule", "deskcalendar",
    "deskday", "servicelevel", "macro", "tag",
]  # fmt: skip
KEPT = ["macro", "tag"]
GROUP = "Поддержка"
CODENAMES = [
    *(f"view_{model}" for model in SET_UP),
    *(f"{act}_{model}" for act in ("add", "change") for model in KEPT),
]


def grant(apps, schema_editor=None):
    _make_permissions(apps)
    group = apps.get_model("auth", "Group").objects.filter(name=GROUP).first()
    if group is not None:
        group.permissions.add(*_permissions(apps))


def take_back(apps, schema_editor=None):
    group = apps.get_model("auth", "Group").objects.filter(name=GROUP).first()
    if group is not None:
        group.permissions.remove(*_permissions(apps))


def _permissions(apps):
    permissions = apps.get_model("auth", "Permission").objects
    return permissions.filter(content_type__app_label="support", codename__in=CODENAMES)


def _make_permissions(apps):
    """Django makes them after all migrations; they are wanted now."""
    config = apps.get_app_config("support")
    real = getattr(config, "models_module", None)
    config.models_module = True
    create_permissions(config, apps=apps, verbosity=0)
    config.models_module = real


class Migration(migrations.Migration):
    dependencies = [
        ("support", "0010_data_desk"),
        ("users", "0003_groups"),
        ("auth", "0012_alter_user_first_name_max_length"),
        ("contenttypes", "0002_remove_content_type_name"),
    ]
    operations = [migrations.RunPython(grant, take_back)]
