"""Companies, and the subscriptions that they and agencies' clients have: unevenly, as ever."""

import random
from collections.abc import Iterator
from datetime import timedelta

from bench.data.common import NOW, insert
from bench.data.organizations import add_members, companies
from bench.shape import Shape, uneven
from core.choices import OrganizationKind
from core.ids import luhn_check_digit
from subscriptions.choices import PriceReason, RequestState, SubscriptionState
from subscriptions.models import ConnectionRequest, Subscription, SubscriptionPrice
from users.models import Organization

# Half of what was connected belongs to companies, the rest to clients of agencies.
HELD = 0.5
ENDED = 0.08


def make_companies(shape: Shape) -> None:
    insert(
        Organization,
        (
            Organization(
                kind=OrganizationKind.COMPANY,
                name=f"Bench company {number}",
                created_at=NOW,
                verified_at=NOW,
            )
            for number in range(1, shape.companies + 1)
        ),
    )
    add_members(companies())


def make_subscriptions(shape: Shape, chance: random.Random) -> None:
    """Out of connected requests, the oldest first; what companies hold they file for themselves."""
    holders = companies()
    held = int(shape.subscriptions * HELD)
    sizes = uneven(held, len(holders), min(shape.largest_holding, held // 2))
    of_companies = [
        holder.pk for holder, size in zip(holders, sizes, strict=True) for _ in range(size)
    ]
    chance.shuffle(of_companies)
    connected = (
        ConnectionRequest.objects.filter(state=RequestState.CONNECTED)
        .order_by("pk")
        .values_list(
            "pk", "owner_id", "provider_id", "client_id", "unit_id", "building_id", "city_id",
            "category_id", "plan_id", "price", "submitted_at", named=True,
        )[: shape.subscriptions]
    )  # fmt: skip

    def rows() -> Iterator[Subscription]:
        for serial, row in enumerate(connected.iterator()):
            holder = of_companies[serial // 2] if serial % 2 and serial // 2 < held else None
            started = row.submitted_at + timedelta(days=4)
            ended = started + timedelta(days=60) if chance.random() < ENDED else None
            yield Subscription(
                number=_number(serial),
                state=SubscriptionState.ENDED if ended else SubscriptionState.ACTIVE,
                owner_id=holder or row.owner_id,
                holder_id=holder,
                client_id=None if holder else row.client_id,
                provider_id=row.provider_id,
                origin_id=row.pk,
                unit_id=row.unit_id,
                building_id=row.building_id,
                city_id=row.city_id,
                category_id=row.category_id,
                plan_id=row.plan_id,
                price=row.price,
                contract_number=f"Д-{serial:07d}",
                account_number=f"{serial * 7 + 100_000_000}",
                started_at=started,
                ended_at=ended,
                updated_at=started,
            )

    insert(Subscription, rows())
    insert(
        SubscriptionPrice,
        (
            SubscriptionPrice(
                subscription_id=row.pk,
                plan_id=row.plan_id,
                price=row.price,
                starts_on=row.started_at.date(),
                ends_on=row.ended_at.date() if row.ended_at else None,
                reason=PriceReason.STARTED,
            )
            for row in Subscription.objects.order_by("pk").iterator()
        ),
    )


def _number(serial: int) -> str:
    digits = f"{serial * 7_654_321 % 10_000_000:07d}"
    digits += luhn_check_digit(digits)
    return f"ES-{digits[:4]}-{digits[4:]}"
