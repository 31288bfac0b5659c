"""A million requests, inserted in bulk: the same every time, uneven as real portfolios are."""

import itertools
import math
import random
import sys
import time
import uuid
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.core.management import CommandError
from django.db import connection, models, transaction

from bench.shape import Shape, uneven
from core.choices import OrganizationKind, PartyRole, Role, Via
from core.ids import luhn_check_digit
from core.models import Event, EventParty, Pulse, Tally
from locations.addresses import fold
from locations.models import Building, City, CoverageZone, Region, ServiceCategory, Street, Unit
from locations.services.zones import index_zones
from subscriptions.choices import RequestState
from subscriptions.client_terms import terms_of
from subscriptions.models import Client, ClientTerm, ConnectionRequest, Plan
from subscriptions.request_workflow import REQUEST_WORKFLOW
from subscriptions.services.figures import differences
from users.models import CustomUser, Membership, Organization

SEED = 20261122
BATCH = 2_000
NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
DAYS = 720
STREETS_PER_CITY = 60
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
SYLLABLES = [
    "ба",
    "ве",
    "го",
    "ди",
    "жа",
    "зе",
    "ки",
    "ло",
    "ми",
    "но",
    "пе",
    "ри",
    "са",
    "те",
    "фо",
    "хи",
    "ча",
    "ша",
]
FIRST = [
    "Иванова",
    "Петров",
    "Сидорова",
    "Кузнецов",
    "Смирнова",
    "Попов",
    "Ахметова",
    "Гарипов",
    "Волкова",
    "Зайцев",
]
LAST = ["Анна", "Пётр", "Мария", "Олег", "Елена", "Рустам", "Алия", "Артём", "Ольга", "Фёдор"]


def ensure(shape: Shape) -> None:
    """Fills an empty database; leaves one that this benchmark filled with the same shape alone.

    Raises CommandError for a database that holds anything else: figures would mean nothing, and
    nobody's data is to be touched.
    """
    have = Organization.objects.count()
    if have == 0:
        _fill(shape)
    elif not (
        Organization.objects.filter(name="Bench agency 1").exists()
        and have == shape.agencies + shape.providers
    ):
        raise CommandError(
            "DATABASE_URL names a database with other data in it; the benchmark needs an empty one."
        )


def _fill(shape: Shape) -> None:
    chance = random.Random(SEED)
    steps = [
        ("organizations", lambda: _organizations(shape)),
        ("places", lambda: _places(shape, chance)),
        ("zones and plans", lambda: _offers(shape, chance)),
        ("clients", lambda: _clients(shape, chance)),
        ("requests", lambda: _requests(shape, chance)),
        ("events", lambda: _events(shape)),
        ("figures", _figures),
    ]
    for name, step in steps:
        began = time.monotonic()
        step()
        print(f"  {name}: {time.monotonic() - began:.0f} s", file=sys.stderr, flush=True)
    with connection.cursor() as cursor:
        if connection.vendor == "mysql":
            tables = ", ".join(model._meta.db_table for model in (ConnectionRequest, Building))
            cursor.execute(f"ANALYZE TABLE {tables}")
        else:
            cursor.execute("VACUUM ANALYZE" if connection.vendor == "postgresql" else "ANALYZE")


def insert(model: type[models.Model], rows: Iterable[models.Model]) -> None:
    """Inserts in batches, each its own transaction."""
    for batch in (
        itertools.batched(rows, BATCH) if hasattr(itertools, "batched") else _batched(rows)
    ):
        with transaction.atomic():
            model._default_manager.bulk_create(batch)


def _batched(rows: Iterable[Any]) -> Iterator[list[Any]]:
    iterator = iter(rows)
    while batch := list(itertools.islice(iterator, BATCH)):
        yield batch


# --- who --------------------------------------------------------------------------------------


def _organizations(shape: Shape) -> None:
    def rows() -> Iterator[Organization]:
        for kind, count, word in (
            (OrganizationKind.AGENCY, shape.agencies, "agency"),
            (OrganizationKind.PROVIDER, shape.providers, "provider"),
        ):
            for number in range(1, count + 1):
                yield Organization(
                    kind=kind, name=f"Bench {word} {number}", created_at=NOW, verified_at=NOW
                )

    insert(Organization, rows())
    organizations = list(Organization.objects.order_by("pk"))
    insert(Pulse, (Pulse(organization=organization) for organization in organizations))
    insert(
        CustomUser,
        (
            CustomUser(
                email=f"bench{organization.pk}@estconnect.example",
                full_name=f"Bench {organization.pk}",
                password="!",  # noqa: S106
            )
            for organization in organizations
        ),
    )
    users = list(CustomUser.objects.order_by("pk"))
    insert(
        Membership,
        (
            Membership(user=user, organization=organization, role=Role.MANAGER, created_at=NOW)
            for user, organization in zip(users, organizations, strict=True)
        ),
    )


def agencies() -> list[Organization]:
    return list(Organization.objects.filter(kind=OrganizationKind.AGENCY).order_by("pk"))


def providers() -> list[Organization]:
    return list(Organization.objects.filter(kind=OrganizationKind.PROVIDER).order_by("pk"))


# --- where ------------------------------------------------------------------------------------


def _name(chance: random.Random) -> str:
    return "".join(chance.choices(SYLLABLES, k=chance.randint(3, 5))).capitalize()


def _places(shape: Shape, chance: random.Random) -> None:
    region = Region.objects.create(
        fias_id="bench", name="Bench", type="обл", full_name="Bench", time_zone="Europe/Moscow"
    )
    cities = []
    for number in range(shape.cities):
        name = f"{_name(chance)}ск"
        cities.append(
            City(
                region=region,
                fias_id=f"bench-{number}",
                name=name,
                type="г",
                latitude=50 + number // 20 * 0.5,
                longitude=35 + number % 20 * 0.8,
                population=1_000_000 // (number + 1),
                time_zone="Europe/Moscow",
            )
        )
        cities[-1].set_derived()
    insert(City, cities)
    cities = list(City.objects.order_by("pk"))
    insert(Street, _streets(cities, chance))
    streets: dict[int, list[Street]] = {}
    for street in Street.objects.select_related("city").order_by("pk"):
        streets.setdefault(street.city_id, []).append(street)
    insert(Building, _buildings(shape, cities, streets, chance))
    insert(
        Unit,
        (
            Unit(building_id=pk, number="1")
            for pk in Building.objects.order_by("pk").values_list("pk", flat=True)
        ),
    )


def _streets(cities: list[City], chance: random.Random) -> Iterator[Street]:
    for city in cities:
        names = {_name(chance) + "ая" for _ in range(STREETS_PER_CITY)}
        for name in sorted(names):
            street = Street(city=city, name=name)
            street.set_derived()
            yield street


def _buildings(
    shape: Shape,
    cities: list[City],
    streets: dict[int, list[Street]],
    chance: random.Random,
) -> Iterator[Building]:
    for number in range(shape.buildings):
        city = cities[number % len(cities)]
        on = streets[city.pk]
        street = on[number // len(cities) % len(on)]
        house = str(number // len(cities) // len(on) + 1)
        latitude = city.latitude + chance.uniform(-0.08, 0.08)
        longitude = city.longitude + chance.uniform(-0.12, 0.12)
        building = Building(
            city=city,
            street=street,
            number=house,
            latitude=latitude,
            longitude=longitude,
            created_at=NOW,
        )
        building.set_derived()
        yield building


# --- what is offered --------------------------------------------------------------------------


def _ring(latitude: float, longitude: float, radius: float, corners: int) -> list[list[float]]:
    ring = [
        [
            longitude + radius * 1.6 * math.cos(2 * math.pi * corner / corners),
            latitude + radius * math.sin(2 * math.pi * corner / corners),
        ]
        for corner in range(corners)
    ]
    return [*ring, ring[0]]


def _offers(shape: Shape, chance: random.Random) -> None:
    categories = list(ServiceCategory.objects.order_by("position")[:4])
    cities = list(City.objects.order_by("pk"))
    offering = providers()
    insert(
        CoverageZone,
        (
            CoverageZone(
                provider=offering[number % len(offering)],
                category=categories[number % len(categories)],
                name=f"Zone {number}",
                technology="FTTB",
                stated_at=NOW - timedelta(days=number % 300),
                geometry={
                    "type": "Polygon",
                    "coordinates": [
                        _ring(
                            cities[number % len(cities)].latitude + chance.uniform(-0.06, 0.06),
                            cities[number % len(cities)].longitude + chance.uniform(-0.1, 0.1),
                            chance.uniform(0.01, 0.03),
                            chance.randint(12, 80),
                        )
                    ],
                },
            )
            for number in range(shape.zones)
        ),
    )
    index_zones(CoverageZone.objects.order_by("pk"))
    insert(
        Plan,
        (
            Plan(
                provider=provider,
                category=category,
                name=f"Plan {number}",
                attributes={"speed": 100 * number},
                price=Decimal(300 + 50 * number),
                commission_rule="FIXED",
                commission_value=Decimal(500),
                created_at=NOW,
                updated_at=NOW,
            )
            for provider in offering
            for category in categories
            for number in range(1, 3)
        ),
    )


# --- for whom ---------------------------------------------------------------------------------


def _clients(shape: Shape, chance: random.Random) -> None:
    owners = agencies()
    sizes = uneven(shape.clients, len(owners), shape.largest // 5)

    def rows() -> Iterator[Client]:
        number = 0
        for owner, size in zip(owners, sizes, strict=True):
            for _ in range(size):
                number += 1
                name = f"{chance.choice(FIRST)} {chance.choice(LAST)} {number}"
                yield Client(
                    owner=owner,
                    name=name,
                    phone=f"+79{number:09d}",
                    search_key=fold(name),
                    created_at=NOW,
                    updated_at=NOW,
                )

    insert(Client, rows())
    insert(
        ClientTerm,
        (
            ClientTerm(owner_id=owner, client_id=pk, term=term)
            for pk, owner, name, phone in Client.objects.order_by("pk")
            .values_list("pk", "owner_id", "name", "phone")
            .iterator()
            for term in terms_of(name, str(phone))
        ),
    )


# --- requests ---------------------------------------------------------------------------------


def _number(serial: int) -> str:
    digits = f"{serial * 7_654_321 % 10_000_000:07d}"
    digits += luhn_check_digit(digits)
    return f"EC-{digits[:4]}-{digits[4:]}"


def _requests(shape: Shape, chance: random.Random) -> None:
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


def _events(shape: Shape) -> None:
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


def _figures() -> None:
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
