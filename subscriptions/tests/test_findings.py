"""What looks doubled or could cost less: found by a job, decided by people, never found twice."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from core import clock
from core.choices import OrganizationKind, Role
from core.errors import DomainError, Forbidden, NotVisible
from core.models import Notification
from core.tests.reading import seen
from locations.tests.factories import BuildingCoverageFactory, UnitFactory
from subscriptions.choices import ExitRule, FindingState, SubscriptionState
from subscriptions.models import Finding, Holding
from subscriptions.selectors.catalogue import Attribute, Category
from subscriptions.services.centre.findings import dismiss, look_through, not_worse, reopen
from subscriptions.tests.centre import company, held
from subscriptions.tests.factories import PlanFactory
from subscriptions.tests.test_centre_list import bound_member
from users.tests.factories import OrganizationFactory, make_actor

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 18, 9, tzinfo=UTC)


@pytest.fixture(autouse=True)
def november():
    with clock.set_to(NOW):
        yield


@pytest.fixture
def holder():
    return company()


@pytest.fixture
def offer():
    """A plan on sale in a building."""

    def make(building, price, speed=300, fee="0", **fields):
        provider = OrganizationFactory(kind=OrganizationKind.PROVIDER, verified_at=NOW)
        plan = PlanFactory(
            provider=provider,
            price=Decimal(price),
            connection_fee=Decimal(fee),
            attributes={"speed": speed},
            **fields,
        )
        BuildingCoverageFactory(provider=provider, category=plan.category, building=building)
        return plan

    return make


def own(holder, price="600", speed=300, unit=None, **fields):
    plan = PlanFactory(attributes={"speed": speed} if speed else {}, price=Decimal(price))
    return held(holder.organization, plan=plan, unit=unit, price=price, **fields)


def found(holder):
    look_through(holder.organization.pk)
    return list(Finding.objects.filter(owner=holder.organization, state=FindingState.OPEN))


def test_a_cheaper_plan_that_is_not_worse_is_found_with_the_saving(holder, offer):
    row = own(holder)
    better = offer(row.building, "450", fee="200")
    offer(row.building, "440", speed=100)  # slower
    offer(row.building, "600")  # no cheaper
    offer(UnitFactory().building, "1")  # elsewhere
    [one] = found(holder)
    assert (one.kind, one.subscription, one.plan) == ("OVERPRICED", row, better)
    assert (one.saving_month, one.once, one.saving_year) == (150, 200, 1600)
    holding = Holding.objects.get(pk=holder.organization.pk)
    assert (holding.findings, holding.saving) == (1, 1600)


def test_what_saves_most_in_a_year_is_told_alone(holder, offer):
    row = own(holder)
    offer(row.building, "400", fee="2000")
    best = offer(row.building, "450", speed=500)
    assert [one.plan for one in found(holder)] == [best]


def bound(holder, fee, **fields):
    terms = {"term_ends_on": date(2027, 11, 30), "exit_rule": ExitRule.FIXED}
    return own(holder, exit_value=Decimal(fee), **terms, **fields)


def test_what_leaving_costs_is_taken_off(holder, offer):
    row = bound(holder, 250)
    offer(row.building, "550")
    [one] = found(holder)
    assert (one.once, one.saving_year) == (250, 350)
    row.exit_value = Decimal(600)
    row.save()
    with clock.set_to(NOW + timedelta(hours=1)):
        assert found(holder) == []


def test_with_ones_own_provider_the_plan_is_changed_and_nothing_is_left(holder, offer):
    row = bound(holder, 5000)
    row.plan.change_fee = Decimal(90)
    row.plan.save()
    PlanFactory(
        provider=row.provider, category=row.category, price=Decimal(550),
        connection_fee=Decimal(700), attributes={"speed": 300},
    )  # fmt: skip
    said = {"provider": row.provider, "category": row.category, "building": row.building}
    BuildingCoverageFactory(**said)
    [one] = found(holder)
    assert (one.once, one.saving_year) == (90, 510)


def test_what_is_to_end_anyway_is_no_finding(holder, offer):
    first = own(holder, ends_on=date(2026, 12, 31))
    own(holder, unit=first.unit)
    offer(first.building, "650")
    assert found(holder) == []


def test_nothing_is_said_where_ones_own_speed_is_not_known(holder, offer):
    row = own(holder, speed=None)
    offer(row.building, "100")
    assert found(holder) == []


@pytest.mark.parametrize("state", [SubscriptionState.SUSPENDED, SubscriptionState.ENDED])
def test_what_does_not_run_is_not_compared(holder, offer, state):
    row = own(holder, state=state)
    offer(row.building, "100")
    assert found(holder) == []


def attribute(code, kind, required=False):
    return Attribute(code, kind, code, code, "", "", required)


SPEED = attribute("speed", "NUMBER", required=True)
HD = attribute("hd", "NUMBER")
ROUTER = attribute("router", "FLAG")
COLOUR = attribute("colour", "TEXT")


@pytest.mark.parametrize(
    ("offered", "had", "expected"),
    [
        ({"speed": 300}, {"speed": 300}, True),
        ({"speed": 299}, {"speed": 300}, False),
        ({}, {"speed": 300}, False),
        ({"speed": 300}, {}, False),
        ({"speed": 300}, {"speed": 300, "hd": 5}, False),
        ({"speed": 300, "hd": 5}, {"speed": 300, "hd": 5}, True),
        ({"speed": 300}, {"speed": 300, "router": True}, False),
        ({"speed": 300, "router": True}, {"speed": 300}, True),
        ({"speed": 300, "colour": "red"}, {"speed": 300, "colour": "blue"}, True),
    ],
)
def test_not_worse_means_every_figure_and_every_extra(offered, had, expected):
    category = Category(1, "tv", "ТВ", "TV", "tv", (SPEED, HD, ROUTER, COLOUR))
    assert not_worse(offered, had, category) is expected


def test_two_of_one_kind_at_one_unit_look_doubled(holder):
    first = own(holder, price="700")
    second = own(holder, price="500", unit=first.unit)
    own(holder)
    [one] = found(holder)
    assert (one.kind, one.subscription, one.other) == ("DOUBLED", second, first)
    assert (one.saving_month, one.saving_year) == (500, 6000)


def test_one_unit_spelled_in_two_ways_looks_doubled(holder):
    plan = PlanFactory()
    building = UnitFactory().building
    for number in ("оф. 12-А", "оф12а", "оф. 13"):
        held(holder.organization, plan=plan, unit=UnitFactory(building=building, number=number))
    assert len(found(holder)) == 1


def test_what_was_dismissed_stays_so_and_what_is_gone_is_closed(holder, offer):
    row = own(holder)
    plan = offer(row.building, "450")
    [one] = found(holder)
    with pytest.raises(DomainError) as refused:
        dismiss(holder, one, "  ")
    assert refused.value.field == "reason"
    dismiss(holder, one, "Нужен именно этот провайдер")
    assert found(holder) == []
    one.refresh_from_db()
    assert (one.state, one.decided_by) == ("DISMISSED", holder.user)
    reopen(holder, one)
    assert found(holder) == [one]
    plan.is_published = False
    plan.save()
    with clock.set_to(NOW + timedelta(days=1)):
        assert found(holder) == []
    one.refresh_from_db()
    assert one.state == "GONE"
    plan.is_published = True
    plan.save()
    with clock.set_to(NOW + timedelta(days=2)):
        assert found(holder) == [one]


def test_a_holder_is_told_when_there_is_more_than_before(holder, offer, run_jobs):
    row = own(holder)
    offer(row.building, "450")
    found(holder)
    found(holder)
    run_jobs()
    assert Notification.objects.filter(user=holder.user).count() == 1


def test_who_decides_and_who_sees(holder, offer, sign_in):
    here, there = own(holder), own(holder)
    for row in (here, there):
        offer(row.building, "450")
    look_through(holder.organization.pk)
    one, other = Finding.objects.order_by("subscription_id")
    member = bound_member(holder.organization, here.unit)
    page = sign_in(member).get("/subscriptions/findings/")
    assert [row.pk for row, *_rest in page.context["lines"]] == [one.pk]
    with pytest.raises(Forbidden):
        dismiss(member, one, "x")
    with pytest.raises(NotVisible):
        dismiss(company(), other, "x")
    viewer = make_actor(role=Role.VIEWER, organization=holder.organization)
    assert sign_in(viewer).post("/subscriptions/findings/look/").status_code == 403
    assert "1 800" not in seen(sign_in(member).get("/")).replace("\xa0", " ").replace("3 600", "")


def test_the_page_and_the_search_that_somebody_watches(holder, offer, sign_in, run_jobs):
    row = own(holder)
    plan = offer(row.building, "450")
    browser = sign_in(holder)
    started = browser.post("/subscriptions/findings/look/")
    run_jobs()
    assert browser.get(started.url).status_code == 200
    words = seen(browser.get("/subscriptions/findings/"))
    assert plan.name in words
    assert plan.name in seen(browser.get(f"/subscriptions/{row.number}/"))
    one = Finding.objects.get()
    browser.post(f"/subscriptions/findings/{one.public_id}/", {"reason": "так надо"})
    assert plan.name not in seen(browser.get("/subscriptions/findings/"))
    assert "так надо" in seen(browser.get("/subscriptions/findings/?state=dismissed"))


def test_a_search_that_was_killed_goes_on(holder, offer, monkeypatch):
    from core.operations import prepare_operation
    from subscriptions.services.centre import findings

    rows = [own(holder) for _ in range(3)]
    for row in rows:
        offer(row.building, "450")
    monkeypatch.setattr(findings, "BUILDINGS", 1)
    operation = prepare_operation(holder, findings.FIND)
    seen_at = []

    def die(done, total=None):
        seen_at.append(done)
        if len(seen_at) == 2:
            raise RuntimeError("killed")

    with pytest.raises(RuntimeError):
        findings.run_search(holder, operation, die)
    assert Finding.objects.count() == 2
    findings.run_search(holder, operation, lambda done, total=None: None)
    assert Finding.objects.filter(state="OPEN").count() == 3
