"""Plans, clients and requests for tests."""

from datetime import timedelta
from decimal import Decimal
from itertools import count
from typing import Any
from uuid import uuid4

import factory
from django.utils import timezone

from core import clock
from core.actor import Actor, system_actor
from core.choices import OrganizationKind
from locations.tests.factories import BuildingFactory, ServiceCategoryFactory, UnitFactory
from subscriptions.choices import CancelReason, CommissionRule, RejectReason, RequestState
from subscriptions.models import (
    AvailabilityWatch,
    Client,
    ConnectionRequest,
    Lead,
    LeadRule,
    Plan,
)
from subscriptions.services.leads import Wish, offer_lead, submit_lead
from subscriptions.services.requests import move_request
from users.tests.factories import OrganizationFactory


class PlanFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Plan

    provider = factory.SubFactory(OrganizationFactory, kind=OrganizationKind.PROVIDER)
    category = factory.SubFactory(ServiceCategoryFactory)
    name = factory.Sequence(lambda n: f"Plan {n}")
    price = Decimal("550.00")
    connection_fee = Decimal("100.00")
    commission_rule = CommissionRule.FIXED
    commission_value = Decimal("825.00")
    created_at = factory.LazyFunction(timezone.now)
    updated_at = factory.LazyFunction(timezone.now)


class ClientFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Client

    owner = factory.SubFactory(OrganizationFactory)
    name = factory.Sequence(lambda n: f"Клиент {n}")
    phone = factory.Sequence(lambda n: f"+7912{n:07d}")
    search_key = factory.LazyAttribute(lambda client: client.name.lower())
    consent_at = factory.LazyFunction(timezone.now)
    created_at = factory.LazyFunction(timezone.now)
    updated_at = factory.LazyFunction(timezone.now)


class RequestFactory(factory.django.DjangoModelFactory):
    """A draft; tests bring it to other states through the services."""

    class Meta:
        model = ConnectionRequest

    owner = factory.SubFactory(OrganizationFactory)
    plan = factory.SubFactory(PlanFactory)
    provider = factory.SelfAttribute("plan.provider")
    category = factory.SelfAttribute("plan.category")
    client = factory.SubFactory(ClientFactory, owner=factory.SelfAttribute("..owner"))
    unit = factory.SubFactory(UnitFactory)
    building = factory.SelfAttribute("unit.building")
    city = factory.SelfAttribute("unit.building.city")
    price = factory.SelfAttribute("plan.price")
    connection_fee = factory.SelfAttribute("plan.connection_fee")
    commission_rule = factory.SelfAttribute("plan.commission_rule")
    commission_value = factory.SelfAttribute("plan.commission_value")
    state_since = factory.LazyFunction(timezone.now)
    created_at = factory.LazyFunction(timezone.now)
    updated_at = factory.LazyFunction(timezone.now)


class AvailabilityWatchFactory(factory.django.DjangoModelFactory):
    """One that waits; tests that mind how it began use the services."""

    class Meta:
        model = AvailabilityWatch

    owner = factory.SubFactory(OrganizationFactory)
    building = factory.SubFactory(BuildingFactory)
    category = factory.SubFactory(ServiceCategoryFactory)
    latitude = factory.SelfAttribute("building.latitude")
    longitude = factory.SelfAttribute("building.longitude")
    created_at = factory.LazyFunction(timezone.now)
    expires_at = factory.LazyFunction(lambda: timezone.now() + timedelta(days=365))


# The shortest way from a draft to each state.
_WORKED = ["submit", "start_check", "approve", "schedule", "start_work", "connect"]
WAYS: dict[str, list[str]] = {
    RequestState.DRAFT: [],
    RequestState.SUBMITTED: _WORKED[:1],
    RequestState.CHECKING: _WORKED[:2],
    RequestState.APPROVED: _WORKED[:3],
    RequestState.SCHEDULED: _WORKED[:4],
    RequestState.IN_PROGRESS: _WORKED[:5],
    RequestState.CONNECTED: _WORKED,
    RequestState.NEEDS_INFO: [*_WORKED[:2], "ask_info"],
    RequestState.ON_HOLD: [*_WORKED[:2], "hold"],
    RequestState.REJECTED: [*_WORKED[:2], "reject"],
    RequestState.CANCELLED: ["submit", "cancel"],
}


def move_data(transition: str) -> dict[str, Any]:
    """Something right to fill in for any transition."""
    starts_at = clock.now() + timedelta(days=2)
    return {
        "note": "Which entrance is it?",
        "starts_at": starts_at,
        "ends_at": starts_at + timedelta(hours=2),
        "held_until": clock.today() + timedelta(days=10),
        "awaited_kind": "OTHER",
        "awaited": "Management company",
        "reason_text": "No key to the attic",
        "reason": CancelReason.CLIENT_REFUSED.value
        if transition == "cancel"
        else RejectReason.NO_PORT.value,
    }


def move(request: ConnectionRequest, *transitions: str, actor: Actor | None = None) -> Any:
    """Moves a request through the services, by the portal itself unless an actor is given."""
    for transition in transitions:
        request = move_request(
            actor or system_actor(), request.number, transition, move_data(transition)
        )
    return request


def request_in(state: str, **fields: Any) -> ConnectionRequest:
    """A request that came to `state` through the services."""
    return move(RequestFactory(**fields), *WAYS[state])


_PHONES = count(1)


class LeadRuleFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = LeadRule

    agency = factory.SubFactory(OrganizationFactory)
    created_at = factory.LazyFunction(timezone.now)


def make_lead(**fields: Any) -> Lead:
    """A lead as a visitor leaves it, through the service; offered to nobody yet.

    `fields` are those of `Wish`, and `held_as`. By default a known building and one category.
    """
    if "building" not in fields and "address" not in fields:
        fields["building"] = BuildingFactory()
    wish = {
        "name": "Мария Посетителева",
        "phone": f"+7903{next(_PHONES):07d}",
        "categories": [ServiceCategoryFactory().pk],
        "unit_number": "47",
    }
    held_as = fields.pop("held_as", "")
    return submit_lead(Wish(**wish | fields), form_token=uuid4(), held_as=held_as)


def offered_lead(agency: Any, **fields: Any) -> Lead:
    """A lead that waits for `agency`, which has a rule for everything."""
    if not LeadRule.objects.filter(agency=agency, is_active=True).exists():
        LeadRuleFactory(agency=agency)
    lead = make_lead(**fields)
    offer = offer_lead(lead.pk)
    if offer is None or offer.agency_id != agency.pk:
        raise AssertionError("the lead was offered to another agency")
    lead.refresh_from_db()
    return lead
