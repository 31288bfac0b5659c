"""Subscriptions with meters, for tests of use."""

from datetime import date
from decimal import Decimal
from typing import Any

from core.choices import OrganizationKind
from locations.models import ServiceCategory
from locations.tests.factories import ServiceCategoryFactory
from subscriptions.choices import RequestState
from subscriptions.models import Meter, Subscription
from subscriptions.services.usage import NewMeter, NewReading, add_meter, enter_reading
from subscriptions.tests.factories import PlanFactory, request_in
from users.tests.factories import make_actor


def category(code: str) -> ServiceCategory:
    once = code in ("electricity", "gas", "water", "heating")
    found: ServiceCategory = ServiceCategoryFactory(code=code, one_per_unit=once)
    return found


def subscription_of(
    holder: Any = None,
    provider: Any = None,
    code: str = "electricity",
    agency: Any = None,
    **fields: Any,
) -> Subscription:
    """In force; by default of a new company, handed over by a new agency."""
    provider = provider or make_actor(OrganizationKind.PROVIDER)
    agency = agency or make_actor(OrganizationKind.AGENCY)
    plan = PlanFactory(
        provider=provider.organization,
        category=category(code),
        attributes=fields.pop("attributes", {}),
    )
    request = request_in(
        RequestState.CONNECTED,
        owner=agency.organization,
        holder=holder.organization if holder else None,
        plan=plan,
        **fields,
    )
    found: Subscription = Subscription.objects.select_related(
        "owner", "provider", "holder", "category", "city", "plan"
    ).get(origin=request)
    return found


def meter_of(actor: Any, subscription: Subscription, first: str = "100", **fields: Any) -> Meter:
    """A meter that showed `first` on the first of January 2026."""
    figures = fields.pop("figures", {"ALL": Decimal(first)})
    new = {
        "unit": "KWH",
        "serial": "00123456",
        "installed_on": date(2026, 1, 1),
        "figures": figures,
    }
    return add_meter(actor, subscription, NewMeter(**(new | fields)))


def read(actor: Any, meter: Meter, day: date, value: str, **fields: Any) -> Any:
    """One figure of a meter with one register."""
    new = NewReading(day=day, figures={"ALL": Decimal(value)}, **fields)
    return enter_reading(actor, meter, new)[0]
