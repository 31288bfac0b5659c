"""The list of the centre: filters, order, sums, what each side may ask and see."""

from datetime import date, datetime, timedelta
from decimal import Decimal

import pytest
from django.core.cache import caches
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from core import clock
from core.choices import OrganizationKind, Role
from core.tests.reading import seen
from locations.tests.factories import UnitFactory
from subscriptions.choices import SubscriptionState
from subscriptions.models import CostCentre, Subscription, SubscriptionTag
from subscriptions.models.teams import TeamPlace
from subscriptions.selectors.centre import rows as centre_rows
from subscriptions.services import spend
from subscriptions.tests.centre import company, held
from subscriptions.tests.factories import PlanFactory
from users.acting import actor_for
from users.models import CustomUser, Membership
from users.tests.factories import TeamFactory, make_actor

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 18, 9, tzinfo=timezone.get_fixed_timezone(0))
URL = "/subscriptions/"


@pytest.fixture(autouse=True)
def november():
    caches["local"].clear()
    with clock.set_to(NOW):
        yield
    caches["local"].clear()


@pytest.fixture
def holder():
    return company()


def numbers(browser, query=""):
    return [row.number for row in browser.get(f"{URL}?{query}").context["page"].rows]


def cost(browser, url):
    caches["local"].clear()
    with CaptureQueriesContext(connection) as captured:
        assert browser.get(url).status_code == 200
    return len(captured)


def bound_member(owner, unit):
    """A member of a team that works at the unit's building, as a request would find them."""
    team = TeamFactory(organization=owner)
    TeamPlace.objects.create(team=team, building=unit.building)
    made = make_actor(role=Role.MEMBER, organization=owner)
    Membership.objects.filter(user=made.user).update(team=team)
    return actor_for(CustomUser.objects.get(pk=made.user.pk))


@pytest.mark.parametrize(
    "url",
    [
        URL,
        f"{URL}?view=places",
        f"{URL}?view=services",
        f"{URL}map/",
        f"{URL}spend/",
        f"{URL}spend/rows/",
        f"{URL}tags/",
        f"{URL}findings/",
    ],
)
def test_pages_cost_the_same_for_one_service_and_for_three(sign_in, holder, url):
    def add():
        row = held(holder.organization, price="500")
        tag = SubscriptionTag.objects.create(
            owner=holder.organization, name=f"tag {row.pk}", search_key=f"tag {row.pk}"
        )
        tag.subscriptions.add(row)
        spend.refresh(holder.organization.pk)

    add()
    browser = sign_in(holder)
    one = cost(browser, url)
    add()
    add()
    three = cost(browser, url)
    assert three == one
    assert one <= 12


def test_the_page_of_one_costs_little(sign_in, holder):
    row = held(holder.organization)
    assert cost(sign_in(holder), f"{URL}{row.number}/") <= 14


def test_a_holder_filters_by_what_is_its_own(sign_in, holder):
    owner = holder.organization
    centre = CostCentre.objects.create(owner=owner, name="Офис")
    one = held(owner, price="300", contract_number="У-77", cost_centre=centre)
    two = held(owner, price="900", account_number="5566", term_ends_on=date(2026, 12, 1))
    gone = held(owner, state=SubscriptionState.ENDED, ends_on=date(2026, 11, 1), ended_at=NOW)
    ending = held(owner, price="700", ends_on=date(2026, 11, 20), plan=PlanFactory(name="Ёлка 500"))
    tag = SubscriptionTag.objects.create(owner=owner, name="важное", search_key="важное")
    tag.subscriptions.add(two)
    held(company().organization, contract_number="У-77", term_ends_on=date(2026, 12, 1))
    browser = sign_in(holder)
    for query, expected in (
        ("q=У-7", [one]),
        ("q=566", []),
        ("q=5566", [two]),
        ("q=Ёлка", [ending]),
        (f"q={one.building.search_key}", [one]),
        (f"city={two.city.public_id}", [two]),
        (f"building={two.building.public_id}", [two]),
        (f"provider={two.provider.public_id}", [two]),
        ("cost_from=600&cost_to=800", [ending]),
        (f"tag={tag.pk}", [two]),
        (f"centre={centre.pk}", [one]),
        ("centre=none", [ending, gone, two]),
        ("term_within=30", [two]),
        ("ends_within=7", [ending]),
        ("state=ENDED", [gone]),
    ):
        assert set(numbers(browser, query)) == {row.number for row in expected}, query


@pytest.mark.parametrize(
    "query",
    [
        "owner=1",
        "city=nowhere",
        "city=%00",
        "building=ABCDEFGHJKLM",
        "cost_from=-1",
        "cost_from=NaN",
        "cost_from=x",
        "tag=1",
        "centre=99",
        "term_within=8",
        "sort=price",
        "view=all",
        "price_change=ABCDEFGHJKLM",
        "after=broken",
        "state=ENDED&state=ACTIVE",
    ],
)
def test_what_is_not_understood_is_refused(sign_in, holder, query):
    held(holder.organization)
    assert sign_in(holder).get(f"{URL}?{query}").status_code == 400


def test_another_tenants_tag_and_cost_centre_are_no_filters(sign_in, holder):
    other = company().organization
    tag = SubscriptionTag.objects.create(owner=other, name="x", search_key="x")
    centre = CostCentre.objects.create(owner=other, name="x", search_key="x")
    browser = sign_in(holder)
    for query in (f"tag={tag.pk}", f"centre={centre.pk}"):
        assert browser.get(f"{URL}?{query}").status_code == 400


def test_the_list_is_sorted_and_turned_page_by_page(sign_in, holder, monkeypatch):
    owner = holder.organization
    prices = ("300", "100", "200", "100")
    rows = [
        held(owner, price=price, term_ends_on=date(2027, 1, 1) + timedelta(days=index * 3 % 4))
        for index, price in enumerate(prices)
    ]
    without = held(owner, price="50")
    spend.refresh(owner.pk)
    monkeypatch.setattr("core.pagination.paginate.__defaults__", ("", 2))
    browser = sign_in(holder)

    def walked(sort):
        found, after = [], ""
        while True:
            page = browser.get(f"{URL}?sort={sort}&after={after}").context["page"]
            found += [row.number for row in page.rows]
            after = page.next_cursor
            if not after:
                return found

    everything = [*rows, without]
    by_price = sorted(everything, key=lambda row: (row.price, row.pk))
    assert walked("cost") == [row.number for row in by_price]
    assert walked("-cost") == [row.number for row in reversed(by_price)]
    by_term = sorted(rows, key=lambda row: (row.term_ends_on, row.pk))
    assert walked("term") == [row.number for row in by_term]
    places = Subscription.objects.filter(holder=owner).order_by("place_key", "pk")
    assert walked("place") == [row.number for row in places]
    assert all(row.place_key for row in places)


def test_places_sort_as_people_read_them(holder):
    building = UnitFactory().building
    units = [UnitFactory(building=building, number=number) for number in ("10", "2", "1а")]
    for unit in units:
        held(holder.organization, unit=unit)
    spend.refresh(holder.organization.pk)
    rows = Subscription.objects.order_by("place_key").values_list("unit__number", flat=True)
    assert list(rows) == ["1а", "2", "10"]


def test_sums_stand_above_the_list(sign_in, holder):
    owner = holder.organization
    held(owner, price="500")
    dear = held(owner, price="1000.50")
    held(owner, price="70", state=SubscriptionState.SUSPENDED)
    held(owner, price="80", state=SubscriptionState.ENDED, ended_at=NOW)
    held(company().organization, price="9000")
    browser = sign_in(holder)
    totals = browser.get(URL).context["totals"]
    assert (totals.count, totals.monthly) == (3, Decimal("1570.50"))
    totals = browser.get(f"{URL}?cost_from=600").context["totals"]
    assert (totals.count, totals.monthly) == (1, Decimal("1000.50"))
    assert dear.number in seen(browser.get(f"{URL}?cost_from=600"))


def test_sums_of_many_are_read_and_not_added_up(sign_in, holder, monkeypatch):
    owner = holder.organization
    rows = [held(owner, price=price) for price in ("500", "300", "20")]
    monkeypatch.setattr(centre_rows, "SUMMED", 2)
    browser = sign_in(holder)
    assert browser.get(URL).context["totals"].monthly is None
    spend.refresh(owner.pk)
    for query, expected in (
        ("", (3, Decimal(820))),
        (f"city={rows[0].city.public_id}", (1, Decimal(500))),
        (f"provider={rows[1].provider.public_id}", (1, Decimal(300))),
        ("category=internet", (3, Decimal(820))),
        ("centre=none", (3, Decimal(820))),
        ("cost_from=200", (2, Decimal(800))),
        ("cost_from=1", (2, None)),
    ):
        totals = browser.get(f"{URL}?{query}").context["totals"]
        assert (totals.count, totals.monthly) == expected, query
    with CaptureQueriesContext(connection) as captured:
        browser.get(URL)
    assert not [one["sql"] for one in captured if "SUM(" in one["sql"] or "COUNT(" in one["sql"]]


def test_sums_by_place_lead_to_buildings_and_rows(sign_in, holder):
    owner = holder.organization
    row = held(owner, price="500")
    held(owner, price="70", unit=UnitFactory(building=row.building))
    held(owner, price="900")
    browser = sign_in(holder)
    groups = browser.get(f"{URL}?view=places").context["groups"]
    assert [group.value for group in groups] == [Decimal(900), Decimal(570)]
    inside = browser.get(f"{URL}{groups[1].url}").context["groups"]
    assert [group.value for group in inside] == [Decimal(570)]
    assert len(browser.get(f"{URL}{inside[0].url}").context["page"].rows) == 2
    by_service = browser.get(f"{URL}?view=services").context["groups"]
    assert [group.value for group in by_service] == [Decimal(1470)]


def test_who_filed_neither_sees_nor_asks_for_cost_once_it_is_handed_over(sign_in, holder):
    agent = make_actor(OrganizationKind.AGENCY)
    mine = {"owner": agent.organization}
    row = held(
        holder.organization,
        price="4321",
        contract_number="СЕКРЕТ-1",
        account_number="998877",
        term_ends_on=date(2026, 12, 1),
        **mine,
    )
    browser = sign_in(agent)
    for url in (URL, f"{URL}{row.number}/", f"{URL}map/", f"{URL}?term_within=30"):
        words = seen(browser.get(url))
        for secret in ("4 321", "СЕКРЕТ-1", "998877"):
            assert secret not in words.replace("\xa0", " "), (url, secret)
    assert numbers(browser) == [row.number]
    assert numbers(browser, "term_within=30") == []
    assert numbers(browser, "q=СЕКРЕТ") == []
    for query in ("cost_from=1", "sort=cost", "ends_within=7", "view=places", "centre=none"):
        assert browser.get(f"{URL}?{query}").status_code == 400, query
    for path in ("spend/", "findings/", "spend/rows/"):
        assert browser.get(f"{URL}{path}").status_code == 404


def test_a_members_places_bound_what_they_see_everywhere(sign_in, holder, run_jobs):
    owner = holder.organization
    here, there = held(owner, price="500"), held(owner, price="3100")
    spend.refresh(owner.pk)
    browser = sign_in(bound_member(owner, here.unit))
    assert numbers(browser) == [here.number]
    assert browser.get(URL).context["totals"].monthly == Decimal(500)
    groups = browser.get(f"{URL}?view=places").context["groups"]
    assert [group.value for group in groups] == [Decimal(500)]
    page = browser.get(f"{URL}spend/")
    assert page.context["total"] == Decimal(500)
    assert [row.value for row in page.context["parts"]] == [Decimal(500)]
    rows = browser.get(f"{URL}spend/rows/").context["lines"]
    assert [charged.row.number for charged, *_rest in rows] == [here.number]
    beside = browser.get(f"{URL}map/").context["lines"]
    assert [row.number for row, *_rest in beside] == [here.number]
    layer = browser.get(f"{URL}map/places/?bbox=-180,-85,180,85&zoom=3").json()
    assert sum(one["properties"]["count"] for one in layer["features"]) == 1
    table = browser.get(f"{URL}spend/table.csv?by=building").content.decode()
    assert here.building.address in table
    assert there.building.address not in table
    for path in (f"{there.number}/", f"{there.number}/note/"):
        answer = browser.get(f"{URL}{path}")
        assert answer.status_code in (404, 405)
    assert (
        browser.post(f"{URL}{there.number}/note/", {"text": "x", "version": 0}).status_code == 404
    )
    home = seen(browser.get("/")).replace("\xa0", " ")
    assert "3 600" not in home
    assert "3 100" not in home


def test_the_layer_of_the_map_follows_the_filters(sign_in, holder):
    owner = holder.organization
    held(owner, price="100")
    held(owner, price="900")
    held(owner, price="900", state=SubscriptionState.ENDED, ended_at=NOW)
    held(company().organization)
    browser = sign_in(holder)

    def count(query):
        url = f"{URL}map/places/?bbox=-180,-85,180,85&zoom=3&{query}"
        return sum(one["properties"]["count"] for one in browser.get(url).json()["features"])

    assert count("") == 2
    assert count("cost_from=500") == 1
    assert count("state=ENDED") == 1
    assert browser.get(f"{URL}map/places/?cost_from=5").status_code == 400
    assert browser.get(f"{URL}map/places/?bbox=1,2,3&zoom=3").status_code == 400


def test_an_empty_centre_offers_to_bring_what_there_is(sign_in, holder):
    assert f"{URL}import/" in sign_in(holder).get(URL).content.decode()
