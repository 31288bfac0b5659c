"""What subscriptions of before have: their city, the price they began with, one key in force."""

from zoneinfo import ZoneInfo

from django.db import migrations
from django.db.models import F, OuterRef, Subquery
from django.utils import timezone

BATCH = 500


def day_of(row, moment):
    """Days of a subscription are those of its provider."""
    return timezone.localtime(moment, ZoneInfo(row.provider.time_zone)).date()


def last_day_of(row):
    return max(day_of(row, row.ended_at), day_of(row, row.started_at)) if row.ended_at else None


def give_keys(subscription, rows):
    """Of two in force at once the first keeps the key: nothing forbade them until now."""
    wanted = {
        row: f"{row.unit_id}:{row.category_id}"
        for row in rows
        if row.ended_at is None and row.category.one_per_unit
    }
    held = subscription.objects.filter(in_force_key__in=set(wanted.values()))
    taken = set(held.values_list("in_force_key", flat=True))
    given = []
    for row, key in wanted.items():
        if key not in taken:
            taken.add(key)
            row.in_force_key = key
            given.append(row)
    subscription.objects.bulk_update(given, ["in_force_key"])


def fill(apps, schema_editor):
    subscription = apps.get_model("subscriptions", "Subscription")
    price = apps.get_model("subscriptions", "SubscriptionPrice")
    building = apps.get_model("locations", "Building")
    last = 0
    while rows := list(
        subscription.objects.filter(pk__gt=last)
        .select_related("category", "provider")
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
                starts_on=day_of(row, row.started_at),
                ends_on=last_day_of(row),
                reason="STARTED",
            )
            for row in rows
            if row.pk not in has_one
        )
        give_keys(subscription, rows)


class Migration(migrations.Migration):
    dependencies = [("subscriptions", "0008_subscription_terms")]

    operations = [migrations.RunPython(fill, migrations.RunPython.noop, elidable=False)]
