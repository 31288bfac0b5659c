"""Limits of use: looked at after each change, told once in a month."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from core import clock
from core.choices import OrganizationKind, Role
from core.errors import DomainError, Forbidden, NotVisible
from core.models import Event, Notification
from core.tests.concurrency import together
from subscriptions.models import UsageAlert, UsageLimit
from subscriptions.services.usage import (
    UsageRow,
    record_usage,
    remove_limit,
    set_limit,
    set_readings_day,
)
from subscriptions.services.usage.checking import check_limits_of
from subscriptions.services.usage.reminding import check_unread, remind_of_readings
from subscriptions.tests.usage import category, meter_of, read, subscription_of
from users.tests.factories import make_actor

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 18, 9, tzinfo=UTC)


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


def tell(actor, subscription, first, last, amount):
    row = UsageRow(subscription.number, first, last, Decimal(amount))
    assert record_usage(actor, [row]).faults == []


def told(kind="usage.limit_passed"):
    return Notification.objects.filter(event__kind=kind).count()


def months(operator, subscription, *amounts):
    """From January on."""
    for number, amount in enumerate(amounts, start=1):
        last = date(2026, number + 1, 1).toordinal() - 1
        tell(operator, subscription, date(2026, number, 1), date.fromordinal(last), amount)


def test_an_amount_passed_is_told_once_a_month(holder, operator, subscription, run_jobs):
    set_limit(holder, "AMOUNT", Decimal(100), subscription=subscription, unit="KWH")
    tell(operator, subscription, date(2026, 11, 1), date(2026, 11, 4), "90")
    run_jobs()
    assert told() == 0  # four days are too few for a forecast
    tell(operator, subscription, date(2026, 11, 5), date(2026, 11, 10), "1")
    run_jobs()
    alert = UsageAlert.objects.get()
    assert (alert.is_forecast, alert.amount, alert.allowed) == (True, Decimal(273), Decimal(100))
    assert told() == 1
    tell(operator, subscription, date(2026, 11, 11), date(2026, 11, 12), "20")
    run_jobs()
    alert.refresh_from_db()
    assert (alert.is_forecast, alert.amount) == (False, Decimal(111))
    assert told() == 1
    event = Event.objects.get(kind="usage.limit_passed")
    assert event.data == {
        "number": subscription.number, "alert": alert.pk, "limit": "AMOUNT", "month": "2026-11-01",
    }  # fmt: skip
    assert [row.user for row in Notification.objects.filter(event=event)] == [holder.user]


def test_the_last_month_is_looked_at_and_older_ones_are_not(
    holder, operator, subscription, run_jobs
):
    set_limit(holder, "AMOUNT", Decimal(100), subscription=subscription, unit="KWH")
    tell(operator, subscription, date(2026, 9, 1), date(2026, 9, 30), "500")
    run_jobs()
    assert told() == 0
    tell(operator, subscription, date(2026, 10, 1), date(2026, 10, 31), "101")
    run_jobs()
    assert UsageAlert.objects.get().month == date(2026, 10, 1)


def test_what_the_plan_includes_is_the_limit_unless_another_is_set(holder, operator, run_jobs):
    internet = subscription_of(holder, operator, "internet", attributes={"included_gb": 30})
    tell(operator, internet, date(2026, 10, 1), date(2026, 10, 31), "31")
    run_jobs()
    assert UsageAlert.objects.get().allowed == 30
    UsageAlert.objects.all().delete()
    set_limit(holder, "AMOUNT", Decimal(40), subscription=internet, unit="GB")
    run_jobs()
    assert not UsageAlert.objects.exists()


def test_the_limit_of_a_subscription_goes_before_that_of_its_service(
    holder, operator, subscription, run_jobs
):
    set_limit(holder, "AMOUNT", Decimal(10), category=category("electricity"), unit="KWH")
    set_limit(holder, "AMOUNT", Decimal(100), subscription=subscription, unit="KWH")
    other = subscription_of(holder, operator)
    for row in (subscription, other):
        tell(operator, row, date(2026, 10, 1), date(2026, 10, 31), "50")
    run_jobs()
    assert UsageAlert.objects.get().subscription == other


def test_a_sudden_rise_is_told(holder, operator, subscription, run_jobs):
    set_limit(holder, "RISE", 50, subscription=subscription)
    months(operator, subscription, 100, 100, 100, 100, 100, 100, 100, 100, 100, 149)
    run_jobs()
    assert told() == 0
    tell(operator, subscription, date(2026, 10, 1), date(2026, 10, 31), "151")
    run_jobs()
    assert UsageAlert.objects.get().kind == "RISE"


def test_no_reading_by_a_day_is_told(holder, subscription, run_jobs):
    meter = meter_of(holder, subscription)
    set_limit(holder, "NO_READING", 18, subscription=subscription)
    assert check_unread() == 0
    with clock.set_to(datetime(2026, 11, 18, 20, 59, tzinfo=UTC)):
        assert check_unread() == 0
    # The nineteenth has begun in Moscow.
    with clock.set_to(datetime(2026, 11, 18, 21, 1, tzinfo=UTC)):
        assert check_unread() == 1
        assert check_unread() == 0
    run_jobs()
    assert told() == 1
    read(holder, meter, date(2026, 11, 18), "200")
    UsageAlert.objects.all().delete()
    with clock.set_to(datetime(2026, 11, 20, tzinfo=UTC)):
        assert check_unread() == 0


def test_holders_are_reminded_once_before_the_day_and_once_after(holder, subscription, run_jobs):
    meter_of(holder, subscription)
    set_readings_day(holder, 22)
    days = {18: 0, 19: 1, 20: 0, 22: 0, 23: 1, 24: 0}
    for day, expected in days.items():
        with clock.set_to(datetime(2026, 11, day, 9, tzinfo=UTC)):
            assert remind_of_readings() == expected, day
    with clock.set_to(datetime(2026, 12, 19, 9, tzinfo=UTC)):
        assert remind_of_readings() == 1
    run_jobs()
    assert told("usage.readings_due") == 2
    assert told("usage.readings_missing") == 1


def test_who_has_read_everything_is_not_reminded(holder, subscription):
    meter = meter_of(holder, subscription)
    set_readings_day(holder, 20)
    read(holder, meter, date(2026, 11, 3), "120")
    assert remind_of_readings() == 0


@pytest.mark.parametrize(
    ("kind", "value", "unit", "field"),
    [
        ("AMOUNT", Decimal(-1), "KWH", "value"),
        ("AMOUNT", Decimal("NaN"), "KWH", "value"),
        ("AMOUNT", Decimal(5), "GB", "unit"),
        ("RISE", Decimal("1.5"), "", "value"),
        ("RISE", 0, "", "value"),
        ("NO_READING", 29, "", "value"),
        ("OTHER", 5, "", "value"),
    ],
)
def test_limits_that_cannot_be(holder, subscription, kind, value, unit, field):
    with pytest.raises(DomainError) as error:
        set_limit(holder, kind, value, subscription=subscription, unit=unit)
    assert error.value.field == field


def test_who_sets_limits(holder, operator, subscription):
    limit = set_limit(holder, "NO_READING", 20, subscription=subscription)
    for actor in (
        operator,
        make_actor(organization=subscription.owner),
        make_actor(organization=holder.organization, role=Role.MEMBER),
    ):
        with pytest.raises(Forbidden):
            set_limit(actor, "NO_READING", 10, subscription=subscription)
        with pytest.raises(Forbidden):
            set_readings_day(actor, 10)
    stranger = make_actor(OrganizationKind.COMPANY)
    with pytest.raises(NotVisible):
        set_limit(stranger, "NO_READING", 10, subscription=subscription)
    remove_limit(stranger, limit)
    assert UsageLimit.objects.filter(pk=limit.pk).exists()
    remove_limit(holder, limit)
    remove_limit(holder, limit)
    assert not UsageLimit.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_of_many_workers_one_tells(holder, operator, subscription):
    set_limit(holder, "AMOUNT", Decimal(1), subscription=subscription, unit="KWH")
    tell(operator, subscription, date(2026, 10, 1), date(2026, 10, 31), "50")
    outcomes = together([lambda: check_limits_of([subscription.pk])] * 6)
    assert sorted(outcomes) == [0, 0, 0, 0, 0, 1]
    assert Event.objects.filter(kind="usage.limit_passed").count() == 1
