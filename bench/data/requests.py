"""Requests, their events, and the figures that they add up to."""

import itertools
import random
import uuid
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from django.db import connection, transaction

from bench.data.common import BATCH, NOW, SEED, insert
from bench.data.organizations import agencies, providers
from bench.shape import Shape, uneven
from core.choices import PartyRole, Via
from core.ids import luhn_check_digit
from core.models import Event, EventParty, Tally
from locations.models import Unit
from subscriptions.choices import RequestState
from subscriptions.models import Client, ConnectionRequest, Plan
from subscriptions.request_workflow import REQUEST_WORKFLOW
from subscriptions.services.figures import differences
from users.models import Membership

DAYS = 720
# Shares of states as a portal has them after two years: most requests are closed.
STATES = {
    RequestState.CONNECTED: 0.68,
    RequestState.CANCELLED: 0.145,
    RequestState.REJECTED: 0.10,
    RequestState.CHECKING: 0.02,
    RequestState.SCHEDULED: 0.02,
    RequestState.APPROVED: 0.012,
    RequestState.SUBMITTED: 0.006,
    RequestState.NEEDS_INFO: 0.006,
    RequestState.IN_PROGRESS: 0.006,
    RequestState.DRAFT: 0.005,
}
UNTOUCHED = {RequestState.DRAFT, RequestState.SUBMITTED, RequestState.CANCELLED}
UNAPPROVED = {RequestState.CHECKING, RequestState.NEEDS_INFO, RequestState.REJECTED}


def _number(serial: int) -> str:
    digits = f"{serial * 7_654_321 % 10_000_000:07d}"
    digits += luhn_check_digit(digits)
    return f"EC-{digits[:4]}-{digits[4:]}"


def make_requests(shape: Shape, chance: random.Random) -> None:
    """Requests of all agencies mixed in time, as they would have been filed."""
    owners = agencies()
    sizes = uneven(shape.requests, len(owners), shape.largest)
    order = [index for index, size in enumerate(sizes) for _ in range(size)]
    chance.shuffle(order)
    clients: dict[int, list[int]] = {}
    for pk, owner in Client.objects.values_list("pk", "owner_id").iterator():
        clients.setdefault(owner, []).append(pk)
    plans: dict[int, list[Plan]] = {}
    for plan in Plan.objects.order_by("pk"):
        plans.setdefault(plan.provider_id, []).append(plan)
    shares = uneven(shape.requests, len(plans), shape.largest)
    units = list(Unit.objects.order_by("pk").values_list("pk", "building_id", "building__city_id"))
    people = dict(Membership.objects.values_list("organization_id", "user_id"))

    def rows() -> Iterator[ConnectionRequest]:
        drawn = iter(chance.choices(list(plans), weights=shares, k=len(order)))
        states = iter(chance.choices(list(STATES), weights=list(STATES.values()), k=len(order)))
        for serial, index in enumerate(order):
            owner = owners[index]
            plan = chance.choice(plans[next(drawn)])
            unit, building, city = units[chance.randrange(len(units))]
            filed = NOW - timedelta(days=DAYS) + timedelta(days=DAYS) * serial / len(order)
            yield _request(
                chance, serial, next(states), filed, plan,
                owner_id=owner.pk, created_by_id=people[owner.pk],
                client_id=chance.choice(clients[owner.pk]) if clients.get(owner.pk) else None,
                unit_id=unit, building_id=building, city_id=city,
            )  # fmt: skip

    insert(ConnectionRequest, rows())


def _request(
    chance: random.Random,
    serial: int,
    state: str,
    filed: datetime,
    plan: Plan,
    **rest: Any,
) -> ConnectionRequest:
    final = REQUEST_WORKFLOW.states[state].final
    draft = state == RequestState.DRAFT
    return ConnectionRequest(
        number=_number(serial),
        state=state,
        provider_id=plan.provider_id,
        plan=plan,
        category_id=plan.category_id,
        price=plan.price,
        connection_fee=plan.connection_fee,
        commission_rule=plan.commission_rule,
        commission_value=plan.commission_value,
        due_at=None if final or draft else NOW + timedelta(hours=chance.randint(-40, 60)),
        state_since=filed,
        submitted_at=None if draft else filed,
        checked_at=None if state in UNTOUCHED else filed,
        approved_at=None if state in UNTOUCHED | UNAPPROVED else filed,
        closed_at=filed + timedelta(days=4) if final else None,
        created_at=filed,
        updated_at=filed,
        **rest,
    )


def make_events() -> None:
    """One event for each filed request, and its parties; the largest agency's have six."""
    busiest = agencies()[0].pk
    fields = ("pk", "number", "owner_id", "provider_id", "submitted_at")
    filed = ConnectionRequest.objects.exclude(state=RequestState.DRAFT).order_by("pk")
    batch = uuid.UUID(int=SEED)
    position = 0
    rows = filed.values_list(*fields).iterator(chunk_size=BATCH)
    while chunk := list(itertools.islice(rows, BATCH)):
        events, parties = [], []
        for pk, number, owner, provider, at in chunk:
            for turn in range(6 if owner == busiest else 1):
                position += 1
                events.append(
                    Event(
                        pk=position,
                        kind="request.moved" if turn else "request.submitted",
                        subject_type="subscriptions.connectionrequest",
                        subject_id=pk,
                        actor_organization_id=owner,
                        via=Via.WEB,
                        data={"number": number, "from": "DRAFT", "to": "SUBMITTED"},
                        created_at=at,
                        batch=batch,
                        position=position,
                    )
                )
                parties += [
                    EventParty(event_id=position, organization_id=owner, role=PartyRole.OWNER),
                    EventParty(
                        event_id=position, organization_id=provider, role=PartyRole.PROVIDER
                    ),
                ]
        with transaction.atomic():
            Event.objects.bulk_create(events)
            EventParty.objects.bulk_create(parties, batch_size=BATCH * 2)
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT setval(pg_get_serial_sequence('core_event', 'id'), (SELECT MAX(id) FROM core_event))"
            )


def make_figures() -> None:
    """What the rows say, as one old row for each figure, and thirty days of the largest agency's."""
    missing = differences()
    old = (NOW - timedelta(days=40)).date()
    insert(
        Tally,
        (
            Tally(
                organization_id=found.organization_id,
                figure=found.figure,
                day=old,
                amount=found.counted - found.kept,
            )
            for found in missing
        ),
    )
    measured = {agencies()[0].pk, providers()[0].pk}
    insert(
        Tally,
        (
            Tally(
                organization_id=found.organization_id,
                figure=found.figure,
                day=old + timedelta(days=day),
                amount=1,
            )
            for found in missing
            if found.organization_id in measured
            for day in range(10, 40)
        ),
    )
