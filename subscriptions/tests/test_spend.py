"""What services cost: the rule by days, and sums that are what the rows say."""

from calendar import monthrange
from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from io import StringIO
from uuid import uuid4

import pytest
from django.core.management import call_command
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core import clock
from core.months import months_on
from subscriptions.choices import CostBy, PriceReason, SubscriptionState
from subscriptions.cost_rule import FAR, Priced, cost_in_month, cut, followed
from subscriptions.models import (
    CostCentre,
    CostNow,
    Holding,
    PriceChange,
    PriceLine,
    Spend,
    Subscription,
    SubscriptionPrice,
)
from subscriptions.services import spend
from subscriptions.services.prices import set_price
from subscriptions.tests.centre import company, held
from subscriptions.tests.factories import PlanFactory

NOW = datetime(2026, 11, 18, 9, tzinfo=timezone.get_fixed_timezone(0))
NOVEMBER = date(2026, 11, 1)


@pytest.fixture(autouse=True)
def november():
    with clock.set_to(NOW):
        yield


def priced(price, starts_on, ends_on=FAR):
    return Priced(price, starts_on, ends_on)


# --- the rule -----------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("price", "first", "last", "month", "expected"),
    [
        (55_000, date(2026, 1, 1), FAR, NOVEMBER, 55_000),  # a whole month is the price
        (30_000, date(2026, 11, 16), FAR, NOVEMBER, 15_000),  # the 16th itself counts
        (30_000, date(2026, 1, 1), date(2026, 11, 1), NOVEMBER, 1_000),
        (10_000, date(2026, 2, 15), FAR, date(2026, 2, 1), 5_000),  # 14 of 28 days
        (100, date(2026, 11, 1), date(2026, 11, 1), NOVEMBER, 3),  # 3.33 kopecks
        (45, date(2026, 11, 1), date(2026, 11, 1), NOVEMBER, 2),  # 1.5: half a kopeck up
        (55_000, date(2026, 12, 1), FAR, NOVEMBER, 0),
        (55_000, date(2026, 1, 1), date(2026, 10, 31), NOVEMBER, 0),
    ],
)
def test_a_price_costs_its_days_of_the_month(price, first, last, month, expected):
    assert cost_in_month([priced(price, first, last)], month) == expected


days = st.dates(date(2025, 11, 1), date(2027, 3, 1))


def plainly(prices, first):
    """The rule said day by day in decimals: what each price costs in the month, rounded."""
    length = monthrange(first.year, first.month)[1]
    month = [first + timedelta(days=step) for step in range(length)]
    total = Decimal(0)
    for price in prices:
        count = sum(price.starts_on <= day <= price.ends_on for day in month)
        part = Decimal(price.kopecks) * count / length
        total += part.quantize(Decimal(1), ROUND_HALF_UP)
    return int(total)


@given(
    st.lists(st.tuples(st.integers(0, 10**9), days), min_size=1, max_size=5),
    st.integers(0, 12),
)
def test_the_rule_is_what_days_add_up_to(changes, months):
    prices = []
    for kopecks, starts_on in sorted(changes, key=lambda change: change[1]):
        prices = followed(prices, kopecks, starts_on)
    first = months_on(date(2025, 12, 1), months)
    assert cost_in_month(prices, first) == plainly(prices, first)
    ended = cut(prices, date(2026, 6, 10))
    assert cost_in_month(ended, first) == plainly(ended, first)
    assert cost_in_month(ended, date(2026, 7, 1)) == 0


# --- what is kept -------------------------------------------------------------------------------
services = st.lists(
    st.fixed_dictionaries(
        {
            "price": st.integers(0, 500_000),
            "since": st.integers(0, 700),
            "changes": st.lists(
                st.tuples(st.integers(1, 500), st.integers(0, 500_000)), max_size=3
            ),
            "lasts": st.none() | st.integers(0, 400),
            "category": st.integers(0, 2),
            "unit": st.integers(0, 2),
            "centre": st.integers(0, 2),
        }
    ),
    min_size=1,
    max_size=6,
)


@pytest.mark.django_db
class TestSums:
    @settings(
        max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
    )
    @given(services)
    def test_sums_are_what_the_rows_say_by_whatever_they_are_divided(self, places, made):
        owner, plans, units, centres = places
        Subscription.objects.filter(holder=owner).delete()
        rows = [self.make(owner, plans, units, centres, one) for one in made]
        spend.refresh(owner.pk)
        for first in spend.kept_months(date(2026, 11, 18)):
            expected = sum(plainly(prices_in(row), first) for row in rows)
            for by in CostBy.values:
                kept = Spend.objects.filter(owner=owner, month=first, by=by)
                assert sum(row.amount for row in kept) == Decimal(expected) / 100, (first, by)
        for index, plan in enumerate(plans):
            mine = [row for row in rows if row.plan_id == plan.pk]
            expected = sum(plainly(prices_in(row), NOVEMBER) for row in mine)
            kept = Spend.objects.filter(
                owner=owner, month=NOVEMBER, by=CostBy.CATEGORY, key=plan.category_id
            )
            assert sum(row.amount for row in kept) == Decimal(expected) / 100, index
        assert spend.differences(owner.pk) == []

    @pytest.fixture
    def places(self):
        from locations.models import ServiceCategory
        from locations.tests.factories import UnitFactory

        owner = company().organization
        kinds = [
            ServiceCategory.objects.get_or_create(
                code=code, defaults={"name_ru": code, "name_en": code}
            )[0]
            for code in ("internet", "tv", "gas")
        ]
        plans = [PlanFactory(category=kind) for kind in kinds]
        units = [UnitFactory() for _ in range(3)]
        centres = [None, *(CostCentre.objects.create(owner=owner, name=name) for name in "AB")]
        return owner, plans, units, centres

    @staticmethod
    def make(owner, plans, units, centres, one):
        since = date(2026, 12, 1) - timedelta(days=one["since"])
        row = held(
            owner,
            plan=plans[one["category"]],
            unit=units[one["unit"]],
            price=Decimal(one["price"]) / 100,
            since=since,
            cost_centre=centres[one["centre"]],
        )
        for later, kopecks in sorted(one["changes"]):
            set_price(
                row,
                price=Decimal(kopecks) / 100,
                starts_on=since + timedelta(days=later),
                reason=PriceReason.PRICE_CHANGED,
            )
        if one["lasts"] is not None:
            row.ends_on = since + timedelta(days=one["lasts"])
            row.save()
        return row

    def test_a_price_set_twice_on_a_day_counts_once(self):
        row = held(company().organization, since=date(2026, 1, 1))
        for price in ("600", "700"):
            set_price(
                row,
                price=Decimal(price),
                starts_on=NOVEMBER,
                reason=PriceReason.PRICE_CHANGED,
            )
        kept = list(row.prices.values_list("starts_on", "ends_on", "price"))
        assert kept == [
            (date(2026, 1, 1), date(2026, 10, 31), Decimal(500)),
            (NOVEMBER, None, Decimal(700)),
        ]
        row.refresh_from_db()
        assert (row.price, row.version) == (Decimal(700), 3)

    def test_a_price_before_the_last_is_refused(self):
        from core.errors import DomainError

        row = held(company().organization, since=NOVEMBER)
        with pytest.raises(DomainError) as refused:
            set_price(
                row,
                price=Decimal(1),
                starts_on=date(2026, 10, 31),
                reason=PriceReason.PRICE_CHANGED,
            )
        assert refused.value.field == "starts_on"

    def test_what_is_announced_and_what_ends_is_foreseen(self):
        owner = company().organization
        row = held(owner, price="300", since=date(2026, 1, 1), ends_on=date(2027, 1, 31))
        change = PriceChange.objects.create(
            provider=row.provider,
            plan=row.plan,
            price=Decimal(600),
            starts_on=date(2026, 12, 16),
            state="ANNOUNCED",
            form_token=uuid4(),
            created_at=NOW,
        )
        PriceLine.objects.create(change=change, subscription=row)
        spend.refresh(owner.pk)
        kept = dict(
            Spend.objects.filter(owner=owner, by="TOTAL", month__gte=NOVEMBER).values_list(
                "month", "amount"
            )
        )
        # 15 of 31 days at 300 and 16 at 600; February has none.
        assert kept == {
            NOVEMBER: Decimal(300),
            date(2026, 12, 1): Decimal("145.16") + Decimal("309.68"),
            date(2027, 1, 1): Decimal(600),
        }

    def test_a_suspension_is_foreseen_to_end(self):
        owner = company().organization
        row = held(owner, price="310", since=date(2026, 1, 1))
        set_price(row, price=Decimal(0), starts_on=NOVEMBER, reason=PriceReason.SUSPENDED)
        row.state, row.suspended_until = SubscriptionState.SUSPENDED, date(2026, 12, 21)
        row.save()
        spend.refresh(owner.pk)
        kept = dict(Spend.objects.filter(owner=owner, by="TOTAL").values_list("month", "amount"))
        assert kept[NOVEMBER] == 0
        assert kept[date(2026, 12, 1)] == Decimal(100)
        assert kept[date(2027, 1, 1)] == Decimal(310)
        assert Holding.objects.get(pk=owner.pk).monthly == 0

    def test_a_suspension_is_foreseen_to_end_at_the_price_kept_for_it(self):
        owner = company().organization
        row = held(owner, price="310", since=date(2026, 1, 1))
        set_price(row, price=Decimal(31), starts_on=NOVEMBER, reason=PriceReason.SUSPENDED)
        row.state, row.suspended_until = SubscriptionState.SUSPENDED, date(2026, 12, 21)
        row.resume_price = Decimal(620)
        row.save()
        spend.refresh(owner.pk)
        kept = dict(Spend.objects.filter(owner=owner, by="TOTAL").values_list("month", "amount"))
        # 21 of 31 days at 31, ten at 620.
        assert kept[date(2026, 12, 1)] == Decimal(221)
        assert kept[date(2027, 1, 1)] == Decimal(620)
        assert Holding.objects.get(pk=owner.pk).monthly == 31

    def test_costs_now_count_what_stands(self):
        owner = company().organization
        one, two = held(owner, price="100"), held(owner, price="50.50")
        held(owner, price="7", state=SubscriptionState.ENDED, ended_at=NOW)
        held(owner, price="9", state=SubscriptionState.SUSPENDED)
        spend.refresh(owner.pk)
        holding = Holding.objects.get(pk=owner.pk)
        assert (holding.count, holding.monthly) == (3, Decimal("159.50"))
        by_city = dict(CostNow.objects.filter(owner=owner, by="CITY").values_list("key", "monthly"))
        assert by_city[one.city_id] == Decimal(100)
        assert by_city[two.city_id] == Decimal("50.50")

    def test_many_buildings_are_told_by_the_dearest(self, monkeypatch):
        monkeypatch.setattr(spend, "BUILDINGS_KEPT", 2)
        owner = company().organization
        rows = [held(owner, price=price) for price in ("10", "40", "30", "20")]
        spend.refresh(owner.pk)
        kept = dict(
            Spend.objects.filter(owner=owner, by="BUILDING", month=NOVEMBER).values_list(
                "key", "amount"
            )
        )
        assert kept == {
            rows[1].building_id: Decimal(40),
            rows[2].building_id: Decimal(30),
            0: Decimal(30),
        }

    def test_an_older_count_does_not_overwrite_a_newer(self, monkeypatch):
        owner = company().organization
        held(owner, price="100")
        count = spend.count_costs

        def slowly(*arguments):
            counted = count(*arguments)
            monkeypatch.setattr(spend, "count_costs", count)
            held(owner, price="50")
            assert spend.refresh(owner.pk)
            return counted

        monkeypatch.setattr(spend, "count_costs", slowly)
        assert not spend.refresh(owner.pk)
        assert Holding.objects.get(pk=owner.pk).monthly == 150

    def test_the_command_proves_and_mends(self):
        owner = company().organization
        held(owner, price="100")
        spend.refresh(owner.pk)
        out = StringIO()
        call_command("recount_spend", stdout=out)
        assert "Every sum is what the prices say." in out.getvalue()
        SubscriptionPrice.objects.filter(subscription__holder=owner).update(price=Decimal(90))
        out = StringIO()
        call_command("recount_spend", "--repair", stdout=out)
        assert f"organization {owner.pk}, 2026-11, TOTAL 0: 100.00 kept, 90 counted" in (
            out.getvalue().replace("90.00", "90")
        )
        assert spend.differences(owner.pk) == []

    def test_a_change_is_counted_by_itself(self, run_jobs):
        from subscriptions.services.centre.records import set_own_price

        actor = company()
        row = held(actor.organization, price="100", since=date(2026, 1, 1))
        set_own_price(actor, row, version=1, price=Decimal(250), starts_on=NOVEMBER)
        run_jobs()
        kept = Spend.objects.get(owner=actor.organization, by="TOTAL", month=NOVEMBER)
        assert kept.amount == Decimal(250)


def prices_in(row):
    rows = SubscriptionPrice.objects.filter(subscription=row).order_by("starts_on")
    found = [Priced(int(one.price * 100), one.starts_on, one.ends_on or FAR) for one in rows]
    return cut(found, row.ends_on) if row.ends_on else found
