"""What the migration of terms gives to subscriptions of before."""

from datetime import UTC, date, datetime
from importlib import import_module

import pytest
from django.apps import apps

from subscriptions.models import Subscription, SubscriptionPrice
from subscriptions.tests.centre import company, held
from subscriptions.tests.factories import PlanFactory

pytestmark = pytest.mark.django_db
fill = import_module("subscriptions.migrations.0009_data_subscription_terms").fill


def of_before(plan, unit=None, **fields):
    row = held(company().organization, plan=plan, unit=unit, **fields)
    SubscriptionPrice.objects.filter(subscription=row).delete()
    return row


@pytest.fixture
def plan():
    plan = PlanFactory()
    plan.category.one_per_unit = True
    plan.category.save()
    plan.provider.time_zone = "Asia/Vladivostok"
    plan.provider.save()
    return plan


def test_days_are_those_of_the_provider(plan):
    row = of_before(plan, ended_at=datetime(2026, 3, 31, 20, tzinfo=UTC))
    Subscription.objects.update(started_at=datetime(2026, 1, 1, 20, tzinfo=UTC))
    fill(apps, None)
    [price] = row.prices.all()
    assert (price.starts_on, price.ends_on) == (date(2026, 1, 2), date(2026, 4, 1))
    fill(apps, None)
    assert row.prices.count() == 1


def test_of_two_in_force_the_first_has_the_key(plan):
    first = of_before(plan)
    second, third = of_before(plan, unit=first.unit), of_before(plan)
    fill(apps, None)
    fill(apps, None)
    keys = dict(Subscription.objects.values_list("pk", "in_force_key"))
    assert keys == {
        first.pk: f"{first.unit_id}:{plan.category_id}",
        second.pk: None,
        third.pk: f"{third.unit_id}:{plan.category_id}",
    }
