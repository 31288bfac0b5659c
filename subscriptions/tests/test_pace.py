"""Promised against actual times: the rollup against a plain count, and where it is shown."""

import random
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from statistics import median_low

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core import clock
from core.choices import OrganizationKind, Role, StaffScope
from core.tests.reading import seen
from locations.tests.factories import BuildingCoverageFactory, CityFactory
from subscriptions.choices import RequestState
from subscriptions.models import ConnectionRequest, ProviderPace, RequestTimes
from subscriptions.selectors.availability import answer
from subscriptions.selectors.pace import LEAST_SAMPLE, Pace, paces_in
from subscriptions.services import pace as pace_module
from subscriptions.services.pace import percentile, refresh_pace, refresh_paces
from subscriptions.tests.factories import PlanFactory, RequestFactory, request_in
from users.models import AccountManagement
from users.tests.factories import OrganizationFactory, make_actor, make_staff

S = RequestState
NOW = datetime(2026, 11, 18, 9, tzinfo=UTC)
TODAY = date(2026, 11, 18)
pytestmark = pytest.mark.django_db


@pytest.fixture
def provider():
    return OrganizationFactory(kind=OrganizationKind.PROVIDER)


@pytest.fixture
def plan(provider):
    return PlanFactory(provider=provider)


def times(plan, days, *, promised=5, on=TODAY, city=None, check=90) -> RequestTimes:
    """A measured request, without its life."""
    request = RequestFactory(plan=plan)
    return RequestTimes.objects.create(
        request=request,
        provider=plan.provider,
        category=plan.category,
        city=city or request.city,
        connected_on=on,
        check_minutes=check,
        approve_minutes=check * 2,
        connect_minutes=days * 540,
        connect_days=days,
        promised_days=promised,
    )


def whole(provider) -> ProviderPace:
    return ProviderPace.objects.get(provider=provider, category=None, city=None, month=None)


@given(values=st.lists(st.integers(0, 40), min_size=1), share=st.integers(1, 100))
@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_a_percentile_is_the_value_of_its_rank(values, share):
    ordered = sorted(values)
    rank = -(-len(ordered) * share // 100)
    assert percentile(Counter(values), share) == ordered[rank - 1]
    assert percentile(Counter(values), 50) == median_low(values)


def test_nothing_has_no_percentile():
    assert percentile(Counter(), 50) is None


def test_a_rollup_is_what_its_rows_come_to(provider, plan, monkeypatch):
    monkeypatch.setattr(pace_module, "SLICE", 3)
    chance = random.Random(16)
    city = CityFactory(name="Тверь")
    other = PlanFactory(provider=provider, category=plan.category)
    made = [
        times(
            chance.choice([plan, other]),
            chance.randint(1, 9),
            on=TODAY - timedelta(days=chance.choice([0, 0, 3, 40, 89, 91, 200])),
            city=chance.choice([city, None]),
            check=chance.randint(1, 900),
        )
        for _ in range(25)
    ]
    with clock.set_to(NOW):
        refresh_pace(provider)
    recent = [row for row in made if row.connected_on > TODAY - timedelta(days=90)]
    found = whole(provider)
    assert found.sample == len(recent)
    assert found.kept == sum(row.connect_days <= row.promised_days for row in recent)
    assert found.connect_median == median_low([row.connect_days for row in recent])
    assert found.check_median == median_low([-(-row.check_minutes // 60) for row in recent])
    in_city = ProviderPace.objects.get(city=city)
    assert in_city.sample == sum(row.city_id == city.pk for row in recent)
    months = ProviderPace.objects.filter(month__isnull=False, category=None)
    in_year = Counter(row.connected_on.replace(day=1) for row in made)
    assert {row.month: row.sample for row in months} == in_year


def test_a_rollup_made_twice_is_the_same(provider, plan):
    times(plan, 3)
    with clock.set_to(NOW):
        assert refresh_paces() == 1
        once = list(ProviderPace.objects.order_by("pk").values("category", "city", "sample"))
        refresh_paces()
    again = list(ProviderPace.objects.order_by("pk").values("category", "city", "sample"))
    assert again == once


def test_figures_that_have_grown_old_go(provider, plan):
    times(plan, 3)
    with clock.set_to(NOW):
        refresh_paces()
    with clock.set_to(NOW + timedelta(days=500)):
        refresh_paces()
    assert not ProviderPace.objects.exists()


def test_connections_are_measured_and_others_are_not(provider, plan):
    request_in(S.CONNECTED, plan=plan)
    request_in(S.REJECTED, plan=plan)
    request_in(S.IN_PROGRESS, plan=plan)
    assert RequestTimes.objects.count() == 1


def test_a_sandbox_has_figures_of_its_own():
    real, toy = (
        PlanFactory(provider=OrganizationFactory(kind=OrganizationKind.PROVIDER, is_sandbox=box))
        for box in (False, True)
    )
    times(real, 2)
    times(toy, 9)
    refresh_paces()
    with clock.set_to(NOW):
        refresh_paces()
    assert (whole(real.provider).connect_median, whole(toy.provider).connect_median) == (2, 9)


def test_the_command_measures_what_was_connected_before(provider, plan, capsys):
    request = request_in(S.CONNECTED, plan=plan)
    RequestTimes.objects.all().delete()
    ConnectionRequest.objects.update(promised_days=None)
    call_command("refresh_paces", "--measure", "--provider", provider.public_id)
    assert "Measured 1 requests" in capsys.readouterr().out
    measured = RequestTimes.objects.get(request=request)
    assert measured.promised_days == plan.days_max
    call_command("refresh_paces", "--measure")
    assert "Measured 0 requests" in capsys.readouterr().out
    with pytest.raises(CommandError):
        call_command("refresh_paces", "--provider", "NOBODY")


# --- where it is shown --------------------------------------------------------------------------


@pytest.fixture
def house(plan):
    return BuildingCoverageFactory(provider=plan.provider, category=plan.category).building


def many(plan, count=LEAST_SAMPLE, **fields):
    with clock.set_to(NOW):
        for number in range(count):
            times(plan, 3 if number else 9, **fields)
        refresh_paces()


def test_a_few_connections_are_no_pace(plan, house):
    many(plan, LEAST_SAMPLE - 1)
    assert paces_in(0) == {}


def test_an_answer_says_how_long_it_takes_in_fact(sign_in, plan, house):
    many(plan)
    agent = make_actor(OrganizationKind.AGENCY)
    (option,) = answer(house, actor=agent).options()
    assert option.pace == Pace(LEAST_SAMPLE, LEAST_SAMPLE - 1, 3, 3)
    assert option.pace.percent == 90
    words = seen(sign_in(agent).get(f"/availability/{house.public_id}/"))
    assert " ".join(option.pace.words.split()) in words


def test_a_city_of_its_own_goes_before_all_cities(plan, house):
    many(plan, 2 * LEAST_SAMPLE)
    with clock.set_to(NOW):
        for _ in range(LEAST_SAMPLE):
            times(plan, 7, city=house.city)
        refresh_paces()
    key = (plan.provider_id, plan.category_id)
    assert paces_in(house.city_id)[key].days == 7
    assert paces_in(0)[key].days == 3


def test_an_answer_reads_paces_once_in_minutes(plan, house):
    agent = make_actor(OrganizationKind.AGENCY)
    many(plan)
    answer(house, actor=agent)
    with CaptureQueriesContext(connection) as captured:
        answer(house, actor=agent)
    assert not [query for query in captured if "providerpace" in query["sql"]]


def test_plans_are_sorted_by_what_providers_do(sign_in, house, plan):
    slow = PlanFactory(category=plan.category, price=1)
    BuildingCoverageFactory(provider=slow.provider, category=slow.category, building=house)
    unknown = PlanFactory(category=plan.category, price=2)
    BuildingCoverageFactory(provider=unknown.provider, category=unknown.category, building=house)
    with clock.set_to(NOW):
        for _ in range(LEAST_SAMPLE):
            times(slow, 8)
    many(plan)
    page = sign_in(make_actor()).get(f"/availability/{house.public_id}/?sort=pace")
    choice = page.context["choice"]
    assert [one.plan_id for one in choice.open.options] == [plan.pk, slow.pk, unknown.pk]
    assert "pace" in dict(choice.sortings)


def test_a_provider_sees_itself_against_its_promises(sign_in, plan):
    boss = make_actor(role=Role.OWNER, organization=plan.provider)
    request_in(S.CHECKING, plan=plan)
    many(plan)
    with clock.set_to(NOW):
        page = sign_in(boss).get("/", follow=True)
    (panel,) = [panel for panel in page.context["home"].panels if panel.name == "pace"]
    assert panel.context["rows"][0]["percent"] == 90
    assert [row.value for row in panel.context["months"]] == [90]
    rival = make_actor(OrganizationKind.PROVIDER, Role.OWNER)
    request_in(S.CHECKING, plan=PlanFactory(provider=rival.organization))
    page = sign_in(rival).get("/", follow=True)
    assert "pace" not in [panel.name for panel in page.context["home"].panels]


def test_an_account_manager_sees_the_providers_in_charge_alone(sign_in, plan):
    many(plan)
    staff, other = make_staff(StaffScope.ACCOUNT_MANAGER), make_staff(StaffScope.ACCOUNT_MANAGER)
    AccountManagement.objects.create(
        user=staff.user, organization=plan.provider, created_at=clock.now()
    )
    page = sign_in(staff).get("/", follow=True)
    (panel,) = [panel for panel in page.context["home"].panels if panel.name == "paces"]
    assert [row["provider"] for row in panel.context["rows"]] == [plan.provider.name]
    page = sign_in(other).get("/", follow=True)
    assert "paces" not in [panel.name for panel in page.context["home"].panels]
