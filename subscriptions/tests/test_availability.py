"""What can be connected in a building: coverage joined with plans on offer."""

from datetime import date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from django.utils import translation

from core import clock
from core.actor import ANONYMOUS
from core.choices import OrganizationKind
from locations.models import CoverageState, ServiceCategory
from locations.tests.factories import (
    BuildingCoverageFactory,
    BuildingFactory,
    CityFactory,
    CoverageZoneFactory,
)
from subscriptions.selectors.availability import answer
from subscriptions.tests.factories import PlanFactory
from users.tests.factories import OrganizationFactory, make_actor, make_staff

pytestmark = pytest.mark.django_db

PROVIDER = OrganizationKind.PROVIDER
AVAILABLE, PLANNED = CoverageState.AVAILABLE, CoverageState.PLANNED
SURVEY, NOT_AVAILABLE = CoverageState.SURVEY, CoverageState.NOT_AVAILABLE


@pytest.fixture
def agent():
    return make_actor()


@pytest.fixture
def building():
    return BuildingFactory()


def internet_of(building, actor=ANONYMOUS):
    found = answer(building, actor=actor)
    return next(row for row in found.categories if row.category.code == "internet")


def offer(building, *, stated=None, plan=None):
    """A provider with a statement about the building and a plan; returns the plan."""
    made = PlanFactory(**(plan or {}))
    BuildingCoverageFactory(
        building=building, provider=made.provider, category=made.category, **(stated or {})
    )
    return made


def names(row):
    return [option.name for option in row.options]


def test_every_category_answers_in_the_catalogues_order_also_with_nothing(building):
    offer(building)
    found = answer(building, actor=ANONYMOUS)
    in_order = ServiceCategory.objects.filter(is_active=True).order_by("position", "code")
    assert [row.category.code for row in found.categories] == [row.code for row in in_order]
    assert [len(row.options) for row in found.categories][:2] == [1, 0]


def test_available_comes_first_and_then_the_price(building):
    offer(building, plan={"name": "dear", "price": Decimal(900)})
    offer(building, plan={"name": "cheap", "price": Decimal(300)})
    offer(building, plan={"name": "survey", "price": Decimal(1)}, stated={"state": SURVEY})
    planned = {"state": PLANNED, "planned_from": date(2027, 3, 1)}
    offer(building, plan={"name": "planned", "price": Decimal(1)}, stated=planned)
    row = internet_of(building)
    assert names(row) == ["cheap", "dear", "planned", "survey"]
    assert [option.can_be_filed for option in row.options] == [True, True, False, True]
    assert row.options[2].planned_from == date(2027, 3, 1)


def test_a_line_says_what_it_stands_on(building):
    stated_at = datetime(2026, 11, 12, 9, tzinfo=ZoneInfo("UTC"))
    until = stated_at + timedelta(days=50)
    provider = OrganizationFactory(kind=PROVIDER)
    CoverageZoneFactory(provider=provider, name="Центр", stated_at=stated_at, expires_at=until)
    PlanFactory(provider=provider)
    offer(building, stated={"stated_at": stated_at}, plan={"price": Decimal(1)})
    with translation.override("en"), clock.set_to(stated_at + timedelta(days=1)):
        row = internet_of(building)
    assert [option.explanation for option in row.options] == [
        "building connected, stated 12.11.2026",
        "zone “Центр”, stated 12.11.2026, valid until 01.01.2027",
    ]


def test_only_plans_on_sale_today_are_offered(building):
    today = clock.today()
    day = timedelta(days=1)
    for name, fields in {
        "unpublished": {"is_published": False},
        "not yet": {"valid_from": today + day},
        "no more": {"valid_to": today - day},
        "today": {"valid_from": today, "valid_to": today},
    }.items():
        offer(building, plan={"name": name, **fields})
    assert names(internet_of(building)) == ["today"]


def test_plans_of_providers_that_do_not_work_are_not_offered(building):
    for fields in ({"verified_at": None}, {"is_active": False}, {"is_sandbox": True}):
        offer(building, plan={"provider": OrganizationFactory(kind=PROVIDER, **fields)})
    assert (internet_of(building).options, internet_of(building).remarks) == ((), ())


def test_a_sandbox_is_offered_simulated_providers_alone(building):
    offer(building, plan={"name": "real"})
    sandbox = OrganizationFactory(kind=PROVIDER, is_sandbox=True)
    offer(building, plan={"name": "simulated", "provider": sandbox})
    actor = make_actor(organization=OrganizationFactory(is_sandbox=True))
    assert names(internet_of(building, actor)) == ["simulated"]


def test_a_plan_is_sold_in_its_cities_alone(building):
    here, elsewhere = offer(building, plan={"name": "here"}), offer(building)
    here.everywhere = elsewhere.everywhere = False
    here.save()
    elsewhere.save()
    here.cities.set([building.city, CityFactory()])
    elsewhere.cities.set([CityFactory()])
    assert names(internet_of(building)) == ["here"]


@pytest.mark.parametrize(
    ("plan", "stated", "offered"),
    [
        ("GPON", "gpon", True),
        ("GPON", "FTTB", False),
        ("GPON", "", True),
        ("", "FTTB", True),
    ],
)
def test_a_plan_needs_a_line_of_its_technology(building, plan, stated, offered):
    offer(building, plan={"technology": plan}, stated={"technology": stated})
    assert bool(internet_of(building).options) is offered


@pytest.mark.parametrize(("speed", "offered"), [(100, True), (101, False)])
def test_a_plan_is_no_faster_than_the_line(building, speed, offered):
    offer(building, plan={"attributes": {"speed": speed}}, stated={"max_speed": 100})
    assert bool(internet_of(building).options) is offered


def test_a_statement_of_the_plans_own_technology_speaks_for_it(building):
    plan = offer(building, plan={"technology": "GPON"}, stated={"technology": ""})
    BuildingCoverageFactory(
        building=building, provider=plan.provider, technology="GPON", state=SURVEY
    )
    assert [option.state for option in internet_of(building).options] == [SURVEY]


def test_what_is_refused_or_has_no_plan_is_said_in_a_remark(building):
    refusing = offer(building, stated={"state": NOT_AVAILABLE}).provider
    silent = OrganizationFactory(kind=PROVIDER)
    BuildingCoverageFactory(building=building, provider=silent)
    row = internet_of(building)
    assert row.options == ()
    assert [(one.provider, one.state) for one in row.remarks] == [
        (silent.name, AVAILABLE),
        (refusing.name, NOT_AVAILABLE),
    ]


def test_attributes_are_written_with_their_units(building):
    offer(building, plan={"attributes": {"speed": 1000, "router": True, "static_ip": False}})
    with translation.override("en"):
        option = internet_of(building).options[0]
        assert option.main == "1,000\N{NO-BREAK SPACE}Mbit/s"
        assert option.details == "Router included"
        assert option.attributes == (
            ("Speed", option.main), ("Router included", "yes"), ("Static IP", "no")
        )  # fmt: skip


def test_only_agencies_are_told_the_commission(building):
    offer(building, plan={"commission_value": Decimal("825.00")})
    told = {
        kind: internet_of(building, make_actor(kind)).options[0].commission
        for kind in OrganizationKind
    }
    assert told.pop(OrganizationKind.AGENCY) == Decimal("825.00")
    assert set(told.values()) == {None}
    assert internet_of(building).options[0].commission is None
    assert internet_of(building, make_staff()).options[0].commission is None


@pytest.mark.parametrize("plans", [1, 3])
def test_the_answer_takes_four_queries_at_most(
    building, agent, plans, django_assert_max_num_queries
):
    for _n in range(plans):
        offer(building)
        zone = CoverageZoneFactory()
        PlanFactory(provider=zone.provider)
    BuildingCoverageFactory(building=building, state=NOT_AVAILABLE)
    answer(building, actor=agent)
    with django_assert_max_num_queries(4):
        found = internet_of(building, agent)
    assert len(found.options) == plans * 2
