"""New prices for subscribers: announced, reminded of, applied on their day, withdrawn before."""

from datetime import UTC, date, datetime
from decimal import Decimal
from uuid import uuid4

import pytest

from core import clock
from core.choices import OrganizationKind, PartyRole, Role
from core.errors import Conflict, DomainError, Forbidden, NotVisible
from core.models import Event, EventParty, Notification
from core.tests.reading import seen
from subscriptions.choices import PriceReason, SubscriptionState
from subscriptions.models import PriceChange, PriceLine, Spend
from subscriptions.services import price_changes
from subscriptions.services.changes.due import resume_due
from subscriptions.services.price_changes import announce, apply_due, remind, withdraw
from subscriptions.services.prices import set_price
from subscriptions.tests.centre import company, held
from subscriptions.tests.factories import PlanFactory
from users.tests.factories import make_actor

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 18, 9, tzinfo=UTC)
DAY = date(2026, 12, 16)


@pytest.fixture(autouse=True)
def november():
    with clock.set_to(NOW):
        yield


@pytest.fixture
def manager():
    return make_actor(OrganizationKind.PROVIDER, Role.MANAGER)


@pytest.fixture
def plan(manager):
    return PlanFactory(provider=manager.organization, price=Decimal(550), name="Старт 300")


@pytest.fixture
def holder():
    return company()


def tell(manager, plan, run_jobs, price="650", day=DAY, **fields):
    change, _operation = announce(
        manager, plan, price=Decimal(price), starts_on=day, form_token=uuid4(), **fields
    )
    run_jobs()
    change.refresh_from_db()
    return change


def test_holders_are_told_once_and_pay_from_the_day(manager, plan, holder, run_jobs):
    rows = [held(holder.organization, plan=plan, price="500") for _ in range(3)]
    other = held(company().organization, plan=plan)
    elsewhere = held(holder.organization)
    change = tell(manager, plan, run_jobs)
    assert (change.state, change.count) == ("ANNOUNCED", 4)
    told = EventParty.objects.filter(event__kind="price_change.announced")
    by_side = {(party.organization_id, party.role): party.event.data["count"] for party in told}
    assert by_side == {
        (holder.organization.pk, PartyRole.HOLDER): 3,
        (other.holder_id, PartyRole.HOLDER): 1,
        (manager.organization.pk, PartyRole.PROVIDER): 4,
    }
    assert Notification.objects.filter(user=holder.user).count() == 1
    # Nothing is dearer before the day, and the plan costs new clients what it did.
    with clock.set_to(datetime(2026, 12, 15, 20, tzinfo=UTC)):
        assert apply_due() == 0
    with clock.set_to(datetime(2026, 12, 15, 22, tzinfo=UTC)):
        assert apply_due() == 4  # past midnight in Moscow
        assert apply_due() == 0
    for row in rows:
        row.refresh_from_db()
        assert row.price == Decimal(650)
        assert list(row.prices.values_list("starts_on", "ends_on", "price")) == [
            (row.prices.first().starts_on, date(2026, 12, 15), Decimal(500)),
            (DAY, None, Decimal(650)),
        ]
    elsewhere.refresh_from_db()
    plan.refresh_from_db()
    assert (elsewhere.price, plan.price) == (Decimal(500), Decimal(550))
    change.refresh_from_db()
    assert (change.state, change.applied) == ("APPLIED", 4)


def test_what_is_announced_is_foreseen_and_shown(manager, plan, holder, sign_in, run_jobs):
    row = held(holder.organization, plan=plan, price="500", since=date(2026, 1, 1))
    change = tell(manager, plan, run_jobs, price="750")
    kept = dict(
        Spend.objects.filter(owner=holder.organization, by="TOTAL").values_list("month", "amount")
    )
    assert kept[date(2026, 12, 1)] == Decimal("241.94") + Decimal("387.10")
    assert kept[date(2027, 1, 1)] == Decimal(750)
    browser = sign_in(holder)
    words = seen(browser.get(f"/subscriptions/{row.number}/")).replace("\xa0", " ")
    assert "750 ₽" in words
    listed = browser.get(f"/subscriptions/?price_change={change.public_id}")
    assert [one.number for one in listed.context["page"].rows] == [row.number]
    stranger = sign_in(company())
    assert stranger.get(f"/subscriptions/?price_change={change.public_id}").status_code == 400
    withdraw(manager, change)
    run_jobs()
    kept = Spend.objects.get(owner=holder.organization, by="TOTAL", month=date(2027, 1, 1))
    assert kept.amount == Decimal(500)
    assert EventParty.objects.filter(
        event__kind="price_change.withdrawn", organization=holder.organization
    ).exists()
    with clock.set_to(datetime(2026, 12, 20, tzinfo=UTC)):
        assert apply_due() == 0


def test_what_ended_or_changed_meanwhile_is_left_out(manager, plan, holder, run_jobs):
    stays, gone, moved, newer = (held(holder.organization, plan=plan) for _ in range(4))
    tell(manager, plan, run_jobs)
    gone.state = SubscriptionState.ENDED
    gone.save()
    set_price(
        moved,
        price=Decimal(900),
        starts_on=date(2026, 12, 1),
        reason=PriceReason.PLAN_CHANGED,
        plan=PlanFactory(provider=manager.organization),
    )
    set_price(
        newer,
        price=Decimal(700),
        starts_on=date(2026, 12, 17),
        reason=PriceReason.PRICE_CHANGED,
    )
    with clock.set_to(datetime(2026, 12, 17, 9, tzinfo=UTC)):
        assert apply_due() == 1
    states = dict(PriceLine.objects.values_list("subscription_id", "state"))
    assert states.pop(stays.pk) == "APPLIED"
    assert set(states.values()) == {"SKIPPED"}


def test_what_is_suspended_on_the_day_resumes_at_the_new_price(manager, plan, holder, run_jobs):
    row = held(holder.organization, plan=plan, price="500", since=date(2026, 1, 1))
    set_price(row, price=Decimal(50), starts_on=NOW.date(), reason=PriceReason.SUSPENDED)
    row.state, row.resume_price = SubscriptionState.SUSPENDED, Decimal(500)
    row.suspended_until = date(2026, 12, 25)
    row.save()
    change = tell(manager, plan, run_jobs)
    expected = Decimal("40.32") + Decimal("125.81")  # 25 of 31 days at 50, 6 at 650
    own = Spend.objects.filter(owner=holder.organization, by="TOTAL")
    assert own.get(month=date(2026, 12, 1)).amount == expected
    with clock.set_to(datetime(2026, 12, 16, 9, tzinfo=UTC)):
        assert apply_due() == 1
        run_jobs()
    row.refresh_from_db()
    assert (row.price, row.resume_price, row.state) == (50, 650, SubscriptionState.SUSPENDED)
    assert own.get(month=date(2026, 12, 1)).amount == expected
    change.refresh_from_db()
    assert (change.state, change.applied) == ("APPLIED", 1)
    with clock.set_to(datetime(2026, 12, 26, 9, tzinfo=UTC)):
        assert resume_due() == 1
    row.refresh_from_db()
    assert (row.price, row.resume_price) == (650, None)


def test_a_killed_worker_goes_on_with_the_rest(manager, plan, holder, run_jobs, monkeypatch):
    rows = [held(holder.organization, plan=plan) for _ in range(5)]
    change = tell(manager, plan, run_jobs)
    monkeypatch.setattr(price_changes, "BATCH", 2)
    set_one = price_changes.set_price
    calls = []

    def die(row, **fields):
        calls.append(row.pk)
        if len(calls) == 4:
            raise RuntimeError("killed")
        return set_one(row, **fields)

    monkeypatch.setattr(price_changes, "set_price", die)
    with clock.set_to(datetime(2026, 12, 17, 9, tzinfo=UTC)):
        with pytest.raises(RuntimeError):
            apply_due()
        monkeypatch.setattr(price_changes, "set_price", set_one)
        assert apply_due() == 3
    for row in rows:
        assert row.prices.count() == 2
    change.refresh_from_db()
    assert change.applied == 5
    assert Event.objects.filter(kind="price_change.applied").count() == 2


def test_an_announcement_that_is_killed_is_told_once(manager, plan, holder, run_jobs):
    held(holder.organization, plan=plan)
    _change, operation = announce(
        manager, plan, price=Decimal(650), starts_on=DAY, form_token=uuid4()
    )
    for _ in range(2):
        price_changes.run_announcement(manager, operation, lambda done, total=None: None)
    run_jobs()
    assert PriceLine.objects.count() == 1
    assert Event.objects.filter(kind="price_change.announced").count() == 2


def test_one_is_reminded_a_week_before(manager, plan, holder, run_jobs):
    held(holder.organization, plan=plan)
    tell(manager, plan, run_jobs)
    soon = tell(
        manager,
        plan_held(manager, holder),
        run_jobs,
        day=date(2026, 11, 20),
    )
    with clock.set_to(datetime(2026, 12, 8, 9, tzinfo=UTC)):
        assert remind() == 0
    with clock.set_to(datetime(2026, 12, 10, 9, tzinfo=UTC)):
        assert remind() == 1
        assert remind() == 0
    told = Event.objects.filter(kind="price_change.reminded")
    assert [event.subject_id for event in told] != [soon.pk]
    assert told.count() == 1


def plan_held(manager, holder):
    plan = PlanFactory(provider=manager.organization)
    held(holder.organization, plan=plan)
    return plan


def test_chosen_subscriptions_alone(manager, plan, holder, run_jobs):
    one, two = held(holder.organization, plan=plan), held(holder.organization, plan=plan)
    foreign = held(holder.organization)
    with pytest.raises(DomainError) as refused:
        tell(manager, plan, run_jobs, numbers=[one.number, foreign.number])
    assert refused.value.field == "numbers"
    assert foreign.number in str(refused.value)
    change = tell(manager, plan, run_jobs, numbers=[one.number])
    assert change.count == 1
    # Another for the whole plan may stand beside it.
    assert tell(manager, plan, run_jobs, price="640").count == 2
    assert two.price_lines.count() == 1


def test_it_is_announced_once(manager, plan, holder, run_jobs):
    held(holder.organization, plan=plan)
    token = uuid4()
    first, _operation = announce(manager, plan, price=Decimal(650), starts_on=DAY, form_token=token)
    again, nothing = announce(manager, plan, price=Decimal(650), starts_on=DAY, form_token=token)
    assert (again, nothing) == (first, None)
    with pytest.raises(Conflict):
        announce(manager, plan, price=Decimal(660), starts_on=DAY, form_token=uuid4())
    assert PriceChange.objects.count() == 1


@pytest.mark.parametrize(
    ("price", "day", "field"),
    [
        ("-1", DAY, "price"),
        ("650", date(2026, 11, 18), "starts_on"),
        ("650", date(2026, 11, 1), "starts_on"),
        ("650", date(2029, 11, 1), "starts_on"),
    ],
)
def test_what_cannot_be_is_refused(manager, plan, holder, price, day, field):
    held(holder.organization, plan=plan)
    with pytest.raises(DomainError) as refused:
        announce(manager, plan, price=Decimal(price), starts_on=day, form_token=uuid4())
    assert refused.value.field == field


def test_only_managers_of_the_provider(manager, plan, holder, run_jobs):
    held(holder.organization, plan=plan)
    change = tell(manager, plan, run_jobs)
    member = make_actor(role=Role.MEMBER, organization=manager.organization)
    rival = make_actor(OrganizationKind.PROVIDER, Role.OWNER)
    fields = {"price": Decimal(1), "starts_on": DAY, "form_token": uuid4()}
    with pytest.raises(Forbidden):
        announce(member, plan, **fields)
    with pytest.raises(NotVisible):
        announce(rival, plan, **fields)
    with pytest.raises(Forbidden):
        withdraw(member, change)
    with pytest.raises(NotVisible):
        withdraw(rival, change)
    with clock.set_to(datetime(2026, 12, 16, 9, tzinfo=UTC)), pytest.raises(Conflict):
        withdraw(manager, change)


def test_the_page_shows_whom_it_concerns_before_it_is_announced(
    manager, plan, holder, sign_in, run_jobs
):
    held(holder.organization, plan=plan, price="500")
    held(holder.organization, plan=plan, price="800")
    browser = sign_in(manager)
    url = f"/subscriptions/prices/plan/{plan.public_id}/"
    data = {"price": "650,50", "starts_on": DAY.isoformat(), "form_token": str(uuid4())}
    looked = browser.post(url, data)
    assert looked.context["preview"] == {
        "count": 2,
        "dearer": 1,
        "cheaper": 1,
        "price": Decimal("650.50"),
        "starts_on": DAY,
        "missing": 0,
    }
    assert not PriceChange.objects.exists()
    assert browser.post(url, data | {"start": "1"}).status_code == 302
    run_jobs()
    change = PriceChange.objects.get()
    assert change.price == Decimal("650.50")
    assert browser.get(f"/subscriptions/prices/{change.public_id}/").status_code == 200
    again = browser.post(url, data | {"start": "1"})
    assert again.url == f"/subscriptions/prices/{change.public_id}/"
    assert browser.post(f"/subscriptions/prices/{change.public_id}/withdraw/").status_code == 302
    change.refresh_from_db()
    assert change.state == "WITHDRAWN"


def test_lists_cost_the_same_for_one_and_three(manager, holder, sign_in, run_jobs):
    from django.core.cache import caches
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    def cost():
        caches["local"].clear()
        with CaptureQueriesContext(connection) as captured:
            assert sign_in(manager).get("/subscriptions/prices/").status_code == 200
        return len(captured)

    tell(manager, plan_held(manager, holder), run_jobs)
    cost()
    one = cost()
    for _ in range(2):
        tell(manager, plan_held(manager, holder), run_jobs)
    assert cost() == one
