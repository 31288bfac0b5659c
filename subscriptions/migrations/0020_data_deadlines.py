"""Account managers read the deadlines of their providers; open requests know what was promised."""

from django.contrib.auth.management import create_permissions
from django.db import migrations
from django.db.models import OuterRef, Subquery

GROUP = "Аккаунт-менеджеры (КАМ)"
CODENAMES = [
    "view_deadlinerule",
    "view_deadlinepolicy",
    "view_requesttimes",
    "view_providerpace",
]
SLICE = 10_000


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
            content_type__app_label="subscriptions", codename__in=CODENAMES
        )
        group.permissions.add(*wanted)


def promise(apps, schema_editor):
    """Of what is still open: what is closed has no times, and is not counted."""
    requests = apps.get_model("subscriptions", "ConnectionRequest").objects
    plans = apps.get_model("subscriptions", "Plan").objects
    promised = Subquery(plans.filter(pk=OuterRef("plan_id")).values("days_max")[:1])
    last = 0
    while True:
        open_ones = requests.filter(
            pk__gt=last, submitted_at__isnull=False, closed_at__isnull=True
        )
        part = list(open_ones.order_by("pk").values_list("pk", flat=True)[:SLICE])
        if not part:
            return
        for start in range(0, len(part), 500):
            requests.filter(pk__in=part[start : start + 500]).update(promised_days=promised)
        last = part[-1]


class Migration(migrations.Migration):
    dependencies = [
        ("subscriptions", "0019_deadlines"),
        ("users", "0003_groups"),
    ]

    operations = [
        migrations.RunPython(grant, migrations.RunPython.noop),
        migrations.RunPython(promise, migrations.RunPython.noop),
    ]
