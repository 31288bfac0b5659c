"""What subscriptions of before have: their city, the price they began with, one key in force."""

from django.db import migrations
from django.db.models import F, OuterRef, Subquery

BATCH = 500


def fill(apps, schema_editor):
    subscription = apps.get_model("subscriptions", "Subscription")
    price = apps.get_model("subscriptions", "SubscriptionPrice")
    building = apps.get_model("locations", "Building")
    last = 0
    while rows := list(
        subscription.objects.filter(pk__gt=last)
        .select_related("building", "category")
        .order_by("pk")[:BATCH]
    ):
        last = rows[-1].pk
        ids = [row.pk for row in rows]
        subscription.objects.filter(pk__in=ids).update(
            city_id=Subquery(building.objects.filter(pk=OuterRef("building_id")).values("city_id")[:1]),
            updated_at=F("started_at"),
        )
        has_one = set(
            price.objects.filter(subscription__in=ids).values_list("subscription_id", flat=True)
        )
        price.objects.bulk_create(
            price(
                subscription_id=row.pk,
                plan_id=row.plan_id,
                price=row.price,
                currency=row.currency,
                starts_on=row.started_at.date(),
                ends_on=max(row.ended_at.date(), row.started_at.date()) if row.ended_at else None,
                reason="STARTED",
            )
            for row in rows
            if row.pk not in has_one
        )
        for row in rows:
            if row.ended_at is not None or not row.category.one_per_unit:
                continue
            key = f"{row.unit_id}:{row.category_id}"
            # Of two in force at once the first keeps it: nothing forbade them until now.
            if not subscription.objects.filter(in_force_key=key).exists():
                subscription.objects.filter(pk=row.pk).update(in_force_key=key)


class Migration(migrations.Migration):
    dependencies = [("subscriptions", "0008_subscription_terms")]

    operations = [migrations.RunPython(fill, migrations.RunPython.noop, elidable=False)]
