"""Every subscription has its city by now."""

from django.db import migrations, models
import django.db.models.deletion


class Migration(migrations.Migration):
    dependencies = [("subscriptions", "0009_data_subscription_terms")]

    operations = [
        migrations.AlterField(
            model_name="subscription",
            name="city",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="locations.city"
            ),
        ),
        migrations.AlterField(
            model_name="subscription",
            name="updated_at",
            field=models.DateTimeField(verbose_name="changed"),
        ),
    ]
