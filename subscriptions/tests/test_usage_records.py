"""Figures of use that somebody tells, and the months that come of them."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from core import clock
from core.actor import system_actor
from core.choices import OrganizationKind, Role, Via
from core.errors import Forbidden
from core.models import Event
from core.tests.concurrency import together
from subscriptions.models import Subscription, UsageMonth, UsageRecord
from subscriptions.services.usage import UsageRow, record_usage
from subscriptions.tests.usage import meter_of, read, subscription_of
from users.tests.factories import make_actor

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 18, 9, tzinfo=UTC)
OCT = (date(2026, 10, 1), date(2026, 10, 31))


@pytest.fixture(autouse=True)
def in_november():
    with clock.set_to(NOW):
        yield


@pytest.fixture
def holder():
    return make_actor(OrganizationKind.COMPANY)


@pytest.fixture
def operator():
    return make_actor(OrganizationKind.PROVIDER)


@pytest.fixture
def subscription(holder, operator):
    return subscription_of(holder, operator)


def october(subscription, amount, **fields):
    return UsageRow(subscription.number, *OCT, Decimal(amount), **fields)


def faults(done):
    return [(fault.index, fault.field) for fault in done.faults]


def amount_of(subscription, month=10):
    row = UsageMonth.objects.filter(subscription=subscription, month=date(2026, month, 1)).first()
    return row and row.amount


def test_a_batch_told_again_changes_nothing(operator, subscription):
    rows = [october(subscription, "120.5")]
    done = record_usage(operator, rows)
    assert (done.created, done.updated, done.unchanged, done.faults) == (1, 0, 0, [])
    again = record_usage(operator, rows)
    assert (again.created, again.updated, again.unchanged) == (0, 0, 1)
    changed = record_usage(operator, [october(subscription, "121")])
    assert (changed.created, changed.updated) == (0, 1)
    assert UsageRecord.objects.get().amount == 121
    assert amount_of(subscription) == 121
    told = Event.objects.filter(kind="usage.recorded").order_by("pk")
    assert [event.data for event in told] == [
        {"created": 1, "updated": 0}, {"created": 0, "updated": 1},
    ]  # fmt: skip


def test_subscriptions_are_meant_by_number_contract_or_account(operator, holder, subscription):
    other = subscription_of(holder, operator)
    ended = subscription_of(holder, operator)
    foreign = subscription_of(holder)
    Subscription.objects.filter(pk=subscription.pk).update(contract_number="Д-12/26")
    Subscription.objects.filter(pk__in=[other.pk, ended.pk]).update(account_number="40817")
    Subscription.objects.filter(pk=ended.pk).update(state="ENDED")
    Subscription.objects.filter(pk=foreign.pk).update(contract_number="foreign")
    names = [subscription.number.replace("-", " ").lower(), "Д-12/26", "40817"]
    rows = [UsageRow(name, date(2026, 10, 1 + n), date(2026, 10, 1 + n), Decimal(1))
            for n, name in enumerate(names)]  # fmt: skip
    assert record_usage(operator, rows).faults == []
    assert UsageRecord.objects.filter(subscription=subscription).count() == 2
    assert UsageRecord.objects.filter(subscription=other).count() == 1
    for name in ("foreign", foreign.number, "", "nobody", "x" * 500):
        row = UsageRow(name, *OCT, Decimal(1))
        assert faults(record_usage(operator, [row])) == [(0, "subscription")]
    Subscription.objects.filter(pk=subscription.pk).update(account_number="40817")
    row = UsageRow("40817", *OCT, Decimal(1))
    assert faults(record_usage(operator, [row])) == [(0, "subscription")]


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"starts_on": date(2026, 10, 2), "ends_on": date(2026, 10, 1)}, "ends_on"),
        ({"ends_on": date(2026, 11, 19)}, "ends_on"),
        ({"starts_on": date(1999, 1, 1)}, "starts_on"),
        ({"starts_on": date(2025, 10, 1)}, "ends_on"),
        ({"amount": Decimal(-1)}, "amount"),
        ({"amount": Decimal("NaN")}, "amount"),
        ({"amount": Decimal("1e20")}, "amount"),
        ({"unit": "GB"}, "unit"),
        ({"unit": "x"}, "unit"),
        ({"zone": "EVENING"}, "zone"),
    ],
)
def test_what_is_wrong_with_a_row_stops_no_other(operator, subscription, fields, field):
    whole = {"starts_on": OCT[0], "ends_on": OCT[1], "amount": Decimal(1)} | fields
    sound = UsageRow(subscription.number, date(2026, 9, 1), date(2026, 9, 30), Decimal(2))
    done = record_usage(operator, [UsageRow(subscription.number, **whole), sound])
    assert faults(done) == [(0, field)]
    assert done.created == 1


def test_periods_do_not_overlap(operator, subscription):
    record_usage(operator, [october(subscription, 10)])
    rows = [
        UsageRow(subscription.number, date(2026, 10, 15), date(2026, 11, 15), Decimal(1)),
        UsageRow(subscription.number, date(2026, 11, 1), date(2026, 11, 15), Decimal(1)),
        UsageRow(subscription.number, date(2026, 11, 15), date(2026, 11, 16), Decimal(1)),
        UsageRow(subscription.number, date(2026, 10, 3), date(2026, 10, 4), Decimal(1), zone="DAY"),
    ]
    done = record_usage(operator, rows)
    assert faults(done) == [(0, "starts_on"), (2, "starts_on"), (3, "starts_on")]
    # Registers of one meter stand beside each other.
    apart = [october(subscription, 1, zone="DAY"), october(subscription, 2, zone="NIGHT")]
    other = subscription_of(None, operator)
    apart = [UsageRow(other.number, *OCT, row.amount, zone=row.zone) for row in apart]
    assert record_usage(operator, apart).created == 2
    assert amount_of(other) == 3


def test_two_rows_of_one_period_in_a_batch_leave_the_later(operator, subscription):
    rows = [october(subscription, 10), october(subscription, 12), october(subscription, 12)]
    done = record_usage(operator, rows)
    assert (done.created, done.updated, done.unchanged) == (1, 1, 1)
    assert UsageRecord.objects.get().amount == 12


def test_the_providers_figure_stands_against_its_customers(holder, operator, subscription):
    row = UsageRow(subscription.number, date(2026, 10, 5), date(2026, 10, 9), Decimal(7))
    assert record_usage(holder, [row, october(subscription, 10)]).created == 1
    assert amount_of(subscription) == 7
    # The provider's takes the place of all that the customer told of these days.
    assert record_usage(operator, [october(subscription, 31)]).created == 1
    assert UsageRecord.objects.get().amount == 31
    assert amount_of(subscription) == 31
    for amount in (10, 30):
        assert faults(record_usage(holder, [october(subscription, amount)])) == [(0, "amount")]
    assert record_usage(holder, [october(subscription, 31)]).unchanged == 1


def test_figures_that_are_told_count_instead_of_readings(holder, operator, subscription):
    meter = meter_of(holder, subscription)
    read(holder, meter, date(2026, 11, 1), "404")
    assert amount_of(subscription) == Decimal(31)
    record_usage(operator, [october(subscription, 40)])
    assert amount_of(subscription) == 40
    assert amount_of(subscription, 9) == Decimal(30)


def test_who_records_use(holder, operator, subscription):
    rows = [october(subscription, 1)]
    viewer = make_actor(organization=holder.organization, role=Role.VIEWER)
    for actor in (viewer, system_actor()):
        with pytest.raises(Forbidden):
            record_usage(actor, rows)
    for actor in (make_actor(organization=subscription.owner),
                  *(make_actor(kind) for kind in OrganizationKind)):  # fmt: skip
        assert faults(record_usage(actor, rows)) == [(0, "subscription")]
    member = make_actor(organization=holder.organization, role=Role.MEMBER)
    assert record_usage(member.through(Via.API), rows).created == 1
    assert UsageRecord.objects.get().source == "API"


def test_a_batch_costs_the_same_for_one_row_and_for_many(holder, operator, subscription):
    def cost(rows):
        with CaptureQueriesContext(connection) as captured:
            assert record_usage(operator, rows).faults == []
        return len(captured)

    one = cost([october(subscription, 1)])
    others = [subscription_of(holder, operator) for _ in range(4)]
    assert cost([october(row, n) for n, row in enumerate(others)]) == one


@pytest.mark.django_db(transaction=True)
def test_one_figure_told_by_many_at_once_is_written_once(operator, subscription):
    def tell():
        return record_usage(operator, [october(subscription, 5)])

    outcomes = together([tell] * 8)
    assert [one for one in outcomes if isinstance(one, Exception)] == []
    assert sum(one.created for one in outcomes) == 1
    assert sum(one.unchanged for one in outcomes) == 7
    assert amount_of(subscription) == 5
