"""Subscriptions in force and changes of them, for tests."""

from typing import Any
from uuid import uuid4

from core.actor import Actor, system_actor
from core.choices import OrganizationKind
from locations.models import BuildingCoverage
from locations.tests.factories import BuildingCoverageFactory, UnitFactory
from subscriptions.choices import RequestState
from subscriptions.models import ConnectionRequest, Plan, Subscription
from subscriptions.services.changes import draft_change, file_change
from subscriptions.services.requests import move_request
from subscriptions.tests.factories import PlanFactory, move, request_in
from users.tests.factories import make_actor

# What is still to be done to a change that is filed.
TO_BE_DONE = ("start_check", "approve", "complete_remotely")
BY_A_VISIT = ("start_check", "approve", "schedule", "start_work", "complete")


def cover(plan: Plan, building: Any) -> None:
    """States that the plan's provider connects its service in the building."""
    said = {"building": building, "provider": plan.provider, "category": plan.category}
    if not BuildingCoverage.objects.filter(**said).exists():
        BuildingCoverageFactory(**said)


def in_force(owner: Any, plan: Plan | None = None, **fields: Any) -> Subscription:
    """A subscription that came of a request of `owner`, where its provider's plans are offered."""
    plan = plan or PlanFactory()
    own = owner.kind in {OrganizationKind.COMPANY, OrganizationKind.PERSON}
    if own:
        fields = {"client": None, "holder": owner, **fields}
    request = request_in(RequestState.CONNECTED, owner=owner, plan=plan, **fields)
    cover(plan, request.building)
    return Subscription.objects.get(origin=request)


def sibling(plan: Plan, **fields: Any) -> Plan:
    """Another plan of the same provider and service."""
    return PlanFactory(provider=plan.provider, category=plan.category, **fields)


def elsewhere(plan: Plan) -> Any:
    """A unit of another house, where the plan is offered."""
    unit = UnitFactory()
    cover(plan, unit.building)
    return unit


def drafted(actor: Actor, subscription: Subscription, kind: str, **wanted: Any) -> Any:
    return draft_change(actor, subscription, kind, **{"form_token": uuid4(), **wanted})


def filed(actor: Actor, subscription: Subscription, kind: str, **wanted: Any) -> Any:
    return file_change(actor, drafted(actor, subscription, kind, **wanted))


def done(request: ConnectionRequest, actor: Actor | None = None) -> ConnectionRequest:
    """The change completed by its provider."""
    return move(request, *(BY_A_VISIT if request.needs_visit else TO_BE_DONE), actor=actor)


def ready(request: ConnectionRequest) -> ConnectionRequest:
    """The change one step before it is completed."""
    return move(request, *(BY_A_VISIT if request.needs_visit else TO_BE_DONE)[:-1])


def complete(actor: Actor, request: ConnectionRequest) -> ConnectionRequest:
    name = "complete" if request.needs_visit else "complete_remotely"
    return move_request(actor or system_actor(), request.number, name)


def operator_of(subscription: Subscription, **fields: Any) -> Actor:
    return make_actor(organization=subscription.provider, **fields)
