"""The address search and the answer's page, for visitors and for everyone who signs in."""

from decimal import Decimal
from urllib.parse import quote

import pytest
from django.test import Client as Browser
from django.urls import reverse

from core.choices import OrganizationKind, Role
from locations.models import Building, CoverageState
from locations.tests.factories import (
    BuildingCoverageFactory,
    BuildingFactory,
    CityFactory,
    CoverageZoneFactory,
    ServiceCategoryFactory,
    StreetFactory,
)
from subscriptions.tests.factories import PlanFactory
from users.tests.factories import OrganizationFactory, make_actor

pytestmark = pytest.mark.django_db

COMMISSION = Decimal("8317.00")
SHOWN_COMMISSION = "8\N{NO-BREAK SPACE}317"


@pytest.fixture
def building():
    city = CityFactory(name="Казань", search_key="казань")
    street = StreetFactory(city=city, name="Чистопольская", search_key="чистопольская")
    return BuildingFactory(street=street, number="12", entrances=5, units_count=180)


def offer(building, **fields):
    plan = PlanFactory(**({"commission_value": COMMISSION} | fields))
    BuildingCoverageFactory(building=building, provider=plan.provider, category=plan.category)
    return plan


def page_of(building, **query):
    return reverse("availability_building", args=[building.public_id], query=query or None)


def compare_page(building, *plans):
    return reverse("availability_compare", args=[building.public_id], query={"plan": plans})


def text(response):
    assert response.status_code == 200
    return response.content.decode()


@pytest.mark.parametrize(
    "typed",
    ["Казань, ул Чистопольская, д 12", "казань чистопольская 12", "Чистопольская 12 Казань"],
)
def test_one_exact_address_opens_its_building(building, typed):
    response = Browser().get(reverse("availability"), {"q": typed})
    assert (response.status_code, response.url) == (302, page_of(building))


def test_a_flat_in_the_address_is_kept(building):
    response = Browser().get(reverse("availability"), {"q": "Казань Чистопольская 12, кв. 47"})
    assert response.url == page_of(building, unit="47")


def test_several_houses_are_listed_to_choose_from(building):
    other = BuildingFactory(street=building.street, number="120")
    html = text(Browser().get(reverse("availability"), {"q": "Казань Чистопольская"}))
    assert page_of(building) in html
    assert page_of(other) in html


def test_a_house_that_only_begins_alike_is_not_opened_unasked(building):
    html = text(Browser().get(reverse("availability"), {"q": "Казань Чистопольская 1"}))
    assert page_of(building) in html


def test_an_unknown_address_says_what_to_do():
    html = text(Browser().get(reverse("availability"), {"q": "Нигде 5"}))
    assert "nothing-title" in html
    assert "Нигде 5" in html


def test_a_visitor_sees_plans_and_may_tick_them_and_sees_no_commission(building):
    plan = offer(building)
    html = text(Browser().get(page_of(building)))
    assert plan.name in html
    assert plan.provider.name in html
    assert f'value="{plan.public_id}"' in html
    assert reverse("account_signup") in html
    assert SHOWN_COMMISSION not in html


@pytest.mark.parametrize("kind", OrganizationKind.values)
def test_agencies_alone_see_what_they_earn(sign_in, building, kind):
    plan = offer(building)
    browser = sign_in(make_actor(kind))
    html = text(browser.get(page_of(building, plan=plan.public_id)))
    html += text(browser.get(compare_page(building, plan.public_id, offer(building).public_id)))
    assert plan.name in html
    assert (SHOWN_COMMISSION in html) is (kind == OrganizationKind.AGENCY)


@pytest.mark.parametrize(
    ("kind", "role", "files"),
    [
        (OrganizationKind.AGENCY, Role.MEMBER, True),
        (OrganizationKind.BUILDER, Role.MEMBER, True),
        (OrganizationKind.COMPANY, Role.OWNER, True),
        (OrganizationKind.PERSON, Role.OWNER, True),
        (OrganizationKind.AGENCY, Role.VIEWER, False),
        (OrganizationKind.PROVIDER, Role.OWNER, False),
    ],
)
def test_who_may_not_file_sees_no_control_to_file(sign_in, building, kind, role, files):
    plan = offer(building)
    html = text(sign_in(make_actor(kind, role)).get(page_of(building)))
    assert (f'value="{plan.public_id}"' in html) is files
    assert (reverse("request_new") in html) is files


def test_a_building_that_an_agency_added_is_there_for_it_alone(sign_in, building):
    actor = make_actor()
    Building.objects.filter(pk=building.pk).update(
        status=Building.Status.PENDING, verified_key=None, added_by=actor.organization
    )
    for browser, status in [
        (sign_in(actor), 200), (sign_in(make_actor()), 404), (Browser(), 404)
    ]:  # fmt: skip
        assert browser.get(page_of(building)).status_code == status
        fragment = reverse("availability_answer", args=[building.public_id])
        assert browser.get(fragment).status_code == status


def test_categories_are_counted_and_one_is_open(building):
    tv = ServiceCategoryFactory(code="tv")
    internet_plan, tv_plan = offer(building), offer(building, category=tv)
    html = text(Browser().get(page_of(building)))
    assert internet_plan.name in html
    assert tv_plan.name not in html
    opened = text(Browser().get(page_of(building, category="tv")))
    assert tv_plan.name in opened
    assert internet_plan.name not in opened


def test_what_is_ticked_in_another_category_is_kept_and_summed_up(building):
    tv = ServiceCategoryFactory(code="tv")
    internet_plan = offer(building, price=Decimal(550))
    tv_plan = offer(building, category=tv, price=Decimal("600.50"))
    chosen = [internet_plan.public_id, tv_plan.public_id]
    html = text(Browser().get(page_of(building, category="tv", plan=chosen)))
    assert f'type="hidden" name="plan" value="{internet_plan.public_id}"' in html
    assert "<b data-chosen>2</b>" in html
    assert "<b data-monthly>1\N{NO-BREAK SPACE}150,50\N{NO-BREAK SPACE}₽</b>" in html
    assert "<b data-once>200\N{NO-BREAK SPACE}₽</b>" in html


def test_plans_are_compared_with_their_differences_marked(building):
    fast = offer(building, attributes={"speed": 1000}, name="Fast")
    slow = offer(building, attributes={"speed": 100}, name="Slow")
    response = Browser().get(compare_page(building, fast.public_id, slow.public_id))
    rows = {row.label: row.differs for row in response.context["choice"].comparison}
    assert rows["Скорость"] is True
    assert list(rows.values()).count(False) >= 3
    html = text(response)
    assert html.count('class="is-different"') == list(rows.values()).count(True)
    # What is the same in all is folded away.
    folded = html.partition("comparison-alike")[2].partition("</details>")[0]
    assert folded.count("<dt>") == list(rows.values()).count(False)


def test_four_plans_are_compared_at_most_and_one_can_be_left_out(building):
    plans = [offer(building, price=Decimal(100 * n)).public_id for n in range(1, 6)]
    response = Browser().get(compare_page(building, *plans))
    assert [one.plan for one in response.context["choice"].compared] == plans[:4]
    (_option, others) = response.context["removals"][1]
    fewer = Browser().get(compare_page(building) + "?" + others)
    assert [one.plan for one in fewer.context["choice"].compared] == [
        plans[0], *plans[2:]
    ]  # fmt: skip


def test_one_plan_is_nothing_to_compare(building):
    html = text(Browser().get(compare_page(building, offer(building).public_id)))
    assert "nothing-title" in html


@pytest.mark.parametrize(
    ("sort", "order"),
    [
        ("", ["cheap", "fast", "bound"]),
        ("price", ["cheap", "fast", "bound"]),
        ("main", ["fast", "bound", "cheap"]),
        ("fee", ["bound", "cheap", "fast"]),
        ("term", ["cheap", "fast", "bound"]),
        ("nonsense", ["cheap", "fast", "bound"]),
    ],
)
def test_plans_are_put_in_the_order_asked_for(building, sort, order):
    provider = OrganizationFactory(kind=OrganizationKind.PROVIDER, name="Один")
    for name, price, speed, fee, term in [
        ("cheap", 300, 50, 100, 0),
        ("fast", 500, 1000, 200, 6),
        ("bound", 700, 300, 0, 12),
    ]:
        attributes = {"speed": speed}
        offer(
            building,
            provider=provider if name == "cheap" else OrganizationFactory(kind="PROVIDER"),
            name=name,
            price=Decimal(price),
            connection_fee=Decimal(fee),
            term_months=term,
            attributes=attributes,
        )
    choice = Browser().get(page_of(building, sort=sort)).context["choice"]
    assert [one.name for one in choice.open.options] == order
    assert ("sort=" in choice.query) is (sort not in ("", "nonsense"))


def test_the_order_and_the_category_are_kept_in_the_form(building):
    tv = ServiceCategoryFactory(code="tv")
    for _n in range(2):
        offer(building, category=tv)
    offer(building)
    html = text(Browser().get(page_of(building, category="tv", sort="fee")))
    assert '<input type="hidden" name="category" value="tv">' in html
    assert '<input type="hidden" name="sort" value="fee">' in html
    assert 'value="tv" aria-current="true"' in html


def test_a_plan_that_is_not_offered_here_is_never_ticked(building):
    offer(building)
    foreign = PlanFactory()
    survey = PlanFactory()
    planned = {"state": CoverageState.PLANNED, "planned_from": "2030-01-01"}
    BuildingCoverageFactory(building=building, provider=survey.provider, **planned)
    response = Browser().get(
        page_of(building, plan=[foreign.public_id, survey.public_id, "x" * 99])
    )
    assert response.context["choice"].chosen == []


def test_the_fragment_is_the_answer_and_moves_the_address_bar(building):
    plan = offer(building)
    fragment = reverse("availability_answer", args=[building.public_id])
    response = Browser().get(
        fragment, {"category": "internet", "unit": "47", "plan": plan.public_id, "building": "x"}
    )
    html = text(response)
    assert plan.name in html
    assert "<html" not in html
    expected = page_of(building, unit="47", category="internet", plan=plan.public_id)
    assert response["HX-Push-Url"] == expected


@pytest.mark.parametrize("odd", ["\x00", "%", "Ж", "x" * 300])
def test_odd_ids_are_not_found_and_odd_parameters_not_heeded(building, odd):
    plan = offer(building)
    browser = Browser()
    assert browser.get(f"/availability/{quote(odd)}/").status_code == 404
    assert browser.get(reverse("availability"), {"q": odd}).status_code == 200
    html = text(browser.get(page_of(building), {"plan": odd, "unit": odd, "category": odd}))
    assert plan.name in html


def test_an_empty_category_says_so_and_remarks_say_who_refused(building):
    refused = BuildingCoverageFactory(
        building=building,
        state=CoverageState.NOT_AVAILABLE,
        provider=OrganizationFactory(kind=OrganizationKind.PROVIDER),
    )
    html = text(Browser().get(page_of(building)))
    assert "nothing-title" in html
    assert refused.provider.name in html


@pytest.mark.parametrize("plans", [1, 3])
def test_the_page_takes_as_few_queries_with_one_row_as_with_three(
    sign_in, building, plans, django_assert_max_num_queries
):
    for _n in range(plans):
        offer(building)
        PlanFactory(provider=CoverageZoneFactory().provider)
    browser = sign_in(make_actor())
    browser.get(page_of(building))
    with django_assert_max_num_queries(9):
        browser.get(page_of(building))
    with django_assert_max_num_queries(7):
        browser.get(reverse("availability_answer", args=[building.public_id]))
