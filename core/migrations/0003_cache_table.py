"""The table of the shared cache, for where CACHE_URL names no other."""

from django.core.management import call_command
from django.db import migrations

TABLE = "core_cache"


def create(apps, schema_editor):
    # Named outright: it is there too when the cache is moved into the database later.
    call_command("createcachetable", TABLE, database=schema_editor.connection.alias, verbosity=0)


def drop(apps, schema_editor):
    name = schema_editor.quote_name(TABLE)
    if TABLE in schema_editor.connection.introspection.table_names():
        schema_editor.execute(f"DROP TABLE {name}")


class Migration(migrations.Migration):
    # MariaDB commits with every CREATE TABLE.
    atomic = False
    dependencies = [("core", "0002_initial")]
    operations = [migrations.RunPython(create, drop)]
