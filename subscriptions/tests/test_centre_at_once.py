"""The same moment in the centre: nothing twice, one winner, sums that are right in the end."""

from datetime import timedelta
from decimal import Decimal
from functools import partial
from uuid import uuid4

import pytest

from core import clock
from core.choices import OrganizationKind, Role
from core.errors import Conflict, DomainError
from core.tests.concurrency import together
from locations.tests.factories import BuildingFactory, CityFactory, StreetFactory
from subscriptions.models import (
    Holding,
    Plan,
    PriceChange,
    Subscription,
    SubscriptionNote,
    SubscriptionTag,
)
from subscriptions.services import spend
from subscriptions.services.centre.adding import add_service
from subscriptions.services.centre.import_rows import FIELDS
from subscriptions.services.centre.records import change_terms, write_note
from subscriptions.services.centre.sorting import put_tag
from subscriptions.services.price_changes import announce, apply_due
from subscriptions.tests.centre import company, held
from subscriptions.tests.factories import PlanFactory
from users.tests.factories import OrganizationFactory, make_actor

pytestmark = pytest.mark.django_db(transaction=True)
AT_ONCE = 8


def test_one_service_written_down_by_many_is_one():
    holder = company()
    BuildingFactory(
        street=StreetFactory(city=CityFactory(name="Казань"), name="Чистопольская"), number="12"
    )
    OrganizationFactory(kind=OrganizationKind.PROVIDER, name="Уфанет", verified_at=clock.now())
    cells = dict.fromkeys(FIELDS, "") | {
        "address": "Казань, Чистопольская, 12",
        "unit": "47",
        "category": "internet",
        "provider": "Уфанет",
        "plan": "Свой",
        "price": "550",
    }
    held(holder.organization)  # the category is there
    outcomes = together([partial(add_service, holder, dict(cells)) for _ in range(AT_ONCE)])
    made = [one for one in outcomes if isinstance(one, Subscription)]
    refused = [one for one in outcomes if isinstance(one, DomainError)]
    assert (len(made), len(refused)) == (1, AT_ONCE - 1), outcomes
    assert Plan.objects.filter(private_to=holder.organization).count() == 1


def test_terms_and_notes_have_one_winner():
    holder = company()
    row = held(holder.organization)
    outcomes = together(
        [
            partial(change_terms, holder, row, version=1, terms={"contract_number": str(number)})
            for number in range(AT_ONCE)
        ]
    )
    assert sum(isinstance(one, Conflict) for one in outcomes) == AT_ONCE - 1, outcomes
    outcomes = together(
        [partial(write_note, holder, row, text=str(number), version=0) for number in range(AT_ONCE)]
    )
    assert sum(isinstance(one, Conflict) for one in outcomes) == AT_ONCE - 1, outcomes
    assert SubscriptionNote.objects.count() == 1


def test_one_tag_is_made_and_put_once():
    holder = company()
    row = held(holder.organization)
    outcomes = together([partial(put_tag, holder, [row.number], "важное") for _ in range(AT_ONCE)])
    assert sorted(outcomes) == [0] * (AT_ONCE - 1) + [1]
    assert SubscriptionTag.objects.count() == 1


def test_a_price_is_announced_and_applied_once():
    manager = make_actor(OrganizationKind.PROVIDER, Role.MANAGER)
    plan = PlanFactory(provider=manager.organization)
    rows = [held(company().organization, plan=plan) for _ in range(3)]
    day = clock.today() + timedelta(days=20)
    outcomes = together(
        [
            partial(announce, manager, plan, price=Decimal(700), starts_on=day, form_token=uuid4())
            for _ in range(AT_ONCE)
        ]
    )
    assert sum(isinstance(one, Conflict) for one in outcomes) == AT_ONCE - 1, outcomes
    change = PriceChange.objects.get()
    change.lines.model.objects.bulk_create(
        [change.lines.model(change=change, subscription=row) for row in rows]
    )
    PriceChange.objects.update(state="ANNOUNCED")

    def on_the_day():
        with clock.set_to(clock.now() + timedelta(days=21)):
            return apply_due()

    applied = together([on_the_day for _ in range(4)])
    assert sum(applied) == 3, applied
    for row in rows:
        assert row.prices.count() == 2


def test_counts_at_once_end_in_the_last():
    owner = company().organization
    held(owner, price="100")
    outcomes = together([partial(spend.refresh, owner.pk) for _ in range(AT_ONCE)])
    assert True in outcomes, outcomes
    assert all(isinstance(one, bool) for one in outcomes), outcomes
    assert Holding.objects.get(pk=owner.pk).monthly == 100
    assert spend.differences(owner.pk) == []
