"""The row under whose lock events get their feed positions.

Made before the first event: on MariaDB, transactions that make it at once may deadlock.
"""

from django.db import migrations


def create(apps, schema_editor):
    apps.get_model("core", "FeedCounter").objects.get_or_create(pk=1)


def remove(apps, schema_editor):
    apps.get_model("core", "FeedCounter").objects.filter(pk=1).delete()


class Migration(migrations.Migration):
    dependencies = [("core", "0003_cache_table")]
    operations = [migrations.RunPython(create, remove)]
