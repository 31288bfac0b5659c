"""The foot of the public site leads to the knowledge base."""

from django.db import migrations

TARGET = "help_home"


def add_link(apps, schema_editor):
    items = apps.get_model("pages", "MenuItem").objects
    if items.filter(target__in=[TARGET, "/help/"]).exists():
        return
    last = items.filter(placement="FOOTER").order_by("-position").first()
    items.create(
        placement="FOOTER",
        title_ru="Помощь",
        title_en="Help",
        target=TARGET,
        position=last.position + 1 if last else 0,
    )


def remove_link(apps, schema_editor):
    apps.get_model("pages", "MenuItem").objects.filter(target=TARGET).delete()


class Migration(migrations.Migration):
    dependencies = [("pages", "0003_public_places")]

    operations = [migrations.RunPython(add_link, remove_link)]
