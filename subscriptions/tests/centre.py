"""Services held by a company, for tests of the centre."""

from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from django.utils import timezone

from core import clock
from core.choices import OrganizationKind
from core.ids import new_number
from locations.tests.factories import UnitFactory
from subscriptions.choices import PriceReason
from subscriptions.models import Subscription, SubscriptionPrice
from subscriptions.tests.factories import PlanFactory
from users.tests.factories import make_actor


def held(
    holder: Any,
    *,
    plan: Any = None,
    unit: Any = None,
    price: Any = "500",
    since: date | None = None,
    owner: Any = None,
    **fields: Any,
) -> Subscription:
    """A service in force, with its price, as the services leave it; without a request behind it."""
    plan = plan or PlanFactory(price=Decimal(price))
    unit = unit or UnitFactory()
    since = since or clock.today() - timedelta(days=400)
    row = Subscription.objects.create(
        number=new_number("ES"),
        owner=owner or holder,
        holder=holder,
        provider=plan.provider,
        unit=unit,
        building=unit.building,
        city=unit.building.city,
        category=plan.category,
        plan=plan,
        price=Decimal(price),
        started_at=datetime.combine(since, time(12), ZoneInfo("Europe/Moscow")),
        updated_at=timezone.now(),
        **fields,
    )
    SubscriptionPrice.objects.create(
        subscription=row,
        plan=plan,
        price=row.price,
        starts_on=since,
        reason=PriceReason.STARTED,
    )
    return row


def company(**fields: Any) -> Any:
    return make_actor(OrganizationKind.COMPANY, **fields)
