"""Services held by a company, for tests of the centre."""

from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from django.core.files.base import ContentFile
from django.utils import timezone

from core import clock
from core.choices import OrganizationKind
from core.ids import new_number
from locations.tests.factories import UnitFactory
from subscriptions.choices import PriceReason
from subscriptions.models import (
    CostCentre,
    Finding,
    Subscription,
    SubscriptionFile,
    SubscriptionNote,
    SubscriptionPrice,
    SubscriptionTag,
)
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


def services_of(user: Any, own: Any, word: str, content: bytes) -> None:
    """A service of a private person with `word` wherever it can be written, for the canary."""
    now = clock.now()
    row = held(own, contract_number=word, account_number=word)
    SubscriptionNote.objects.create(subscription=row, owner=own, text=word, updated_at=now)
    SubscriptionTag.objects.create(owner=own, name=word).subscriptions.add(row)
    CostCentre.objects.create(owner=own, name=word)
    Finding.objects.create(
        owner=own,
        kind="OVERPRICED",
        subscription=row,
        plan=row.plan,
        saving_month=1,
        once=0,
        saving_year=12,
        key="canary",
        reason=word,
        decided_by=user,
        found_at=now,
    )
    paper = SubscriptionFile(
        subscription=row,
        kind="CONTRACT",
        name=f"{word}.pdf",
        size=9,
        uploaded_by=user,
        organization=own,
        created_at=now,
    )
    paper.file.save(f"{word}.pdf", ContentFile(content))
    plan = row.plan
    plan.private_to, plan.name = own, word
    plan.save()
