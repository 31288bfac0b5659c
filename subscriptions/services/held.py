"""Services that a holder has already, entered as they stand: no request brought them about."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal

from django.db import transaction
from django.utils.translation import gettext as _

from core import clock
from core.actor import Actor
from core.choices import PartyRole
from core.errors import Forbidden
from core.events import Draft, emit_many
from core.ids import new_number
from core.months import months_on
from locations.models import Unit
from subscriptions.choices import PriceReason
from subscriptions.models import Plan, Subscription, SubscriptionPrice
from subscriptions.models.subscriptions import NUMBER_PREFIX, force_key
from subscriptions.usage_rights import HOLDING_KINDS, works


@dataclass(frozen=True, slots=True)
class Held:
    """A service in force. `prices`: what it costs a month from which day on, oldest first; the
    first day is that on which it began."""

    unit: Unit
    plan: Plan
    prices: Sequence[tuple[date, Decimal]]
    contract: str = ""
    account: str = ""


def enter_held(actor: Actor, rows: Sequence[Held]) -> list[Subscription]:
    """Enters services of the actor's organization, in a few statements however many.

    What is in force at a unit already, in a category that it has once, is left out. Raises
    Forbidden where the actor holds no services itself.
    """
    if actor.kind not in HOLDING_KINDS or not works(actor):
        raise Forbidden(_("You cannot add subscriptions here."))
    with transaction.atomic():
        made = [(row, _subscription(actor, row)) for row in _new(rows)]
        Subscription.objects.bulk_create([one for _row, one in made], batch_size=500)
        prices = [price for row, one in made for price in _prices(row, one)]
        SubscriptionPrice.objects.bulk_create(prices, batch_size=500)
        emit_many(actor, [_started(one) for _row, one in made])
    return [one for _row, one in made]


def _new(rows: Sequence[Held]) -> list[Held]:
    keys = {id(row): force_key(row.unit.pk, row.plan.category) for row in rows}
    wanted = [key for key in keys.values() if key]
    taken = set(
        Subscription.objects.filter(in_force_key__in=wanted).values_list("in_force_key", flat=True)
    )
    found = []
    for row in rows:
        key = keys[id(row)]
        if key is None or key not in taken:
            found.append(row)
            taken.add(key)
    return found


def _subscription(actor: Actor, row: Held) -> Subscription:
    plan, building = row.plan, row.unit.building
    starts_on, price = row.prices[0][0], row.prices[-1][1]
    term = plan.term_months
    return Subscription(
        number=new_number(NUMBER_PREFIX),
        owner=actor.organization,
        holder=actor.organization,
        provider=plan.provider,
        unit=row.unit,
        building=building,
        city_id=building.city_id,
        category=plan.category,
        plan=plan,
        price=price,
        currency=plan.currency,
        contract_number=row.contract,
        account_number=row.account,
        started_at=datetime.combine(starts_on, time(9), UTC),
        updated_at=clock.now(),
        term_ends_on=months_on(starts_on, term) - timedelta(days=1) if term else None,
        in_force_key=force_key(row.unit.pk, plan.category),
    )


def _prices(row: Held, subscription: Subscription) -> list[SubscriptionPrice]:
    following = [day - timedelta(days=1) for day, _price in row.prices[1:]]
    return [
        SubscriptionPrice(
            subscription=subscription,
            plan=row.plan,
            price=price,
            currency=row.plan.currency,
            starts_on=day,
            ends_on=last,
            reason=PriceReason.PRICE_CHANGED if number else PriceReason.STARTED,
        )
        for number, ((day, price), last) in enumerate(
            zip(row.prices, [*following, None], strict=True)
        )
    ]


def _started(subscription: Subscription) -> Draft:
    parties = {PartyRole.OWNER: subscription.owner, PartyRole.PROVIDER: subscription.provider}
    return Draft("subscription.started", subscription, parties, {"number": subscription.number})
