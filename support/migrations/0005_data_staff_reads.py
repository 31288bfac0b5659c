"""Support and account managers read the desk in Django admin; notes and letters support alone."""

from django.contrib.auth.management import create_permissions
from django.db import migrations

TICKETS = [
    "ticket", "ticketmessage", "messagefile", "observer", "ticketlink", "ticketrelation", "score",
]  # fmt: skip
OF_THE_DESK = ["internalnote", "notefile", "outgoingmail", "incomingmail", "mailbox"]
GRANTS = {
    "Поддержка": [*TICKETS, *OF_THE_DESK],
    "Аккаунт-менеджеры (КАМ)": TICKETS,
}


def grant(apps, schema_editor=None):
    _make_permissions(apps)
    permissions = apps.get_model("auth", "Permission").objects
    for name, models in GRANTS.items():
        group = apps.get_model("auth", "Group").objects.filter(name=name).first()
        if group is not None:
            codenames = [f"view_{model}" for model in models]
            wanted = permissions.filter(content_type__app_label="support", codename__in=codenames)
            group.permissions.add(*wanted)


def _make_permissions(apps):
    """Django makes them after all migrations; they are wanted now."""
    config = apps.get_app_config("support")
    real = getattr(config, "models_module", None)
    config.models_module = True
    create_permissions(config, apps=apps, verbosity=0)
    config.models_module = real


class Migration(migrations.Migration):
    dependencies = [
        ("support", "0004_deadlines"),
        ("users", "0003_groups"),
        ("auth", "0012_alter_user_first_name_max_length"),
        ("contenttypes", "0002_remove_content_type_name"),
    ]
    operations = [migrations.RunPython(grant, migrations.RunPython.noop)]
