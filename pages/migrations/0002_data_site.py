"""The pages, menus and settings that a new site begins with."""

from django.db import migrations

from pages.starter import create_site


def create(apps, schema_editor):
    models = [apps.get_model("pages", name) for name in ("SiteSettings", "SitePage", "MenuItem")]
    create_site(*(model.objects for model in models))


def remove(apps, schema_editor):
    """Going back drops the tables next; texts that staff wrote are not deleted one by one."""


class Migration(migrations.Migration):
    dependencies = [("pages", "0001_initial")]
    operations = [migrations.RunPython(create, remove)]
