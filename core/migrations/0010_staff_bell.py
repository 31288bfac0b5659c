# Staff who act for no organization are told things, too.

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("core", "0009_staff_views"),
        ("users", "0004_opening_hours"),
    ]

    operations = [
        migrations.AlterField(
            model_name="notification",
            name="organization",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="+",
                to="users.organization",
            ),
        ),
    ]
