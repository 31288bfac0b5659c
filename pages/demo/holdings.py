"""What the demo company has beside what it filed: services from before, sorted and changing."""

import random
from datetime import timedelta
from decimal import Decimal
from uuid import UUID

from core import clock
from core.actor import Actor
from locations.models import Building
from pages.demo.places import Flats
from subscriptions.models import Plan, Subscription
from subscriptions.selectors.catalogue import categories
from subscriptions.services.centre.adding import add_services
from subscriptions.services.centre.findings import look_through
from subscriptions.services.centre.import_rows import Service
from subscriptions.services.centre.records import set_own_price
from subscriptions.services.price_changes import announce, run_announcement
from subscriptions.services.spend import refresh

BROUGHT = (14, 3)
CENTRES = ["Офисы", "Склады", "Магазины"]
TAGS = ["важное", "резерв", "пересмотреть"]
DEARER = 4


def keep_holdings(
    holders: list[Actor],
    operators: dict[int, list[Actor]],
    buildings: list[Building],
    flats: Flats,
    chance: random.Random,
) -> None:
    """Services that holders brought in a file, prices that rose, one that is announced."""
    plans = list(
        Plan.objects.filter(private_to=None, is_published=True, price__gt=0)
        .select_related("provider")
        .order_by("pk")
    )
    known = {category.pk: category for category in categories()}
    for actor, count in zip(holders, BROUGHT, strict=True):
        rows = [
            _service(chance.choice(plans), *flats.give_one_of(buildings), known, chance)
            for _ in range(count)
        ]
        made, _known = add_services(actor, rows)
        for row in made[:DEARER]:
            _dearer(actor, row, chance)
    _announce(holders[0], operators, chance)
    for actor in holders:
        refresh(actor.organization.pk)
        look_through(actor.organization.pk)


def _service(
    plan: Plan, building: Building, unit: str, known: dict, chance: random.Random
) -> Service:
    today = clock.today()
    started = today - timedelta(days=chance.randint(60, 900))
    return Service(
        line=0,
        building_id=building.pk,
        unit=unit,
        category=known[plan.category_id],
        provider_id=plan.provider_id,
        plan=plan.name,
        attributes=dict(plan.attributes),
        price=plan.price + chance.choice([0, 0, 50, 120]),
        started_on=started,
        contract=f"Д-{chance.randint(1000, 9999)}/{started:%y}",
        account=f"{chance.randrange(10**9):09d}",
        term_until=chance.choice([None, today + timedelta(days=chance.randint(5, 300))]),
        renew=0,
        centre=chance.choice(CENTRES),
        tags=(chance.choice(TAGS),),
    )


def _dearer(actor: Actor, row: Subscription, chance: random.Random) -> None:
    set_own_price(
        actor,
        row,
        version=row.version,
        price=row.price + chance.choice([30, 50, 90]),
        starts_on=clock.today() - timedelta(days=chance.randint(10, 50)),
    )


def _announce(holder: Actor, operators: dict[int, list[Actor]], chance: random.Random) -> None:
    """A new price for one of the plans that the company has."""
    own = Subscription.objects.visible_to(holder).filter(plan__private_to=None, state="ACTIVE")
    row = next((one for one in own.order_by("pk") if operators.get(one.provider_id)), None)
    if row is None:
        return
    manager = next(
        (one for one in operators[row.provider_id] if one.role in ("MANAGER", "OWNER")), None
    )
    if manager is None:
        return
    _change, started = announce(
        manager,
        row.plan,
        price=row.plan.price + Decimal(40),
        starts_on=clock.today() + timedelta(days=20),
        form_token=UUID(int=chance.getrandbits(128), version=4),
    )
    if started is not None:
        run_announcement(manager, started, _unwatched)


def _unwatched(done: int, total: int | None = None) -> None:
    """Progress that nobody looks at."""
