"""Lists and pages of subscriptions and commissions."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from django.core.cache import caches
from django.db import connection
from django.test.utils import CaptureQueriesContext

from core import clock
from core.choices import OrganizationKind
from core.tests.reading import seen
from subscriptions.choices import RequestState
from subscriptions.models import Commission, Subscription
from subscriptions.selectors.subscriptions import last_months, next_month
from subscriptions.tests.factories import PlanFactory, request_in
from users.tests.factories import make_actor, make_staff

pytestmark = pytest.mark.django_db
S = RequestState
NOW = datetime(2026, 11, 18, 9, tzinfo=UTC)


@pytest.fixture
def agent():
    return make_actor(OrganizationKind.AGENCY)


@pytest.fixture
def operator():
    return make_actor(OrganizationKind.PROVIDER)


@pytest.fixture
def holder():
    return make_actor(OrganizationKind.COMPANY)


@pytest.fixture
def connect(agent, operator, holder):
    def _connect(at=NOW, value="825.00", **fields):
        plan = PlanFactory(provider=operator.organization, commission_value=value)
        parties = {"owner": agent.organization, "holder": holder.organization, "plan": plan}
        with clock.set_to(at - timedelta(days=1)):
            return request_in(S.CONNECTED, **(parties | fields))

    return _connect


def cost(browser, url):
    caches["local"].clear()
    with CaptureQueriesContext(connection) as captured:
        assert browser.get(url).status_code == 200
    return len(captured)


def text(response):
    return response.content.decode()


@pytest.mark.parametrize("url", ["/subscriptions/", "/commissions/"])
def test_lists_cost_the_same_for_one_row_and_for_three(sign_in, agent, operator, connect, url):
    connect()
    browsers = [sign_in(agent), sign_in(operator)]
    one = [cost(browser, url) for browser in browsers]
    connect()
    connect()
    assert [cost(browser, url) for browser in browsers] == one
    assert max(one) <= 12
    assert len(browsers[0].get(url).context["lines"]) == 3


def test_each_kind_sees_its_own_subscriptions(sign_in, agent, operator, holder, connect):
    mine = connect().outcome
    foreign = request_in(S.CONNECTED).outcome
    for actor in (agent, operator, holder):
        content = text(sign_in(actor).get("/subscriptions/"))
        assert mine.number in content
        assert foreign.number not in content
        assert sign_in(actor).get(f"/subscriptions/{mine.number}/").status_code == 200
        assert sign_in(actor).get(f"/subscriptions/{foreign.number}/").status_code == 404
    admin = sign_in(make_staff())
    assert foreign.number in text(admin.get("/subscriptions/"))


def test_a_subscription_is_linked_to_its_request(sign_in, agent, connect):
    request = connect()
    page = sign_in(agent).get(f"/subscriptions/{request.outcome.number}/")
    assert f"/requests/{request.number}/" in text(page)
    assert f"/subscriptions/{request.outcome.number}/" in text(
        sign_in(agent).get(f"/requests/{request.number}/")
    )


def test_subscriptions_are_filtered_strictly(sign_in, agent, connect):
    first, second = connect().outcome, connect().outcome
    Subscription.objects.filter(pk=second.pk).update(state="ENDED")
    browser = sign_in(agent)
    for query, expected in (
        (f"q={first.number}", {first.number}),
        ("state=ENDED", {second.number}),
        ("category=internet", {first.number, second.number}),
        (f"provider={first.provider.public_id}", {first.number, second.number}),
    ):
        page = browser.get(f"/subscriptions/?{query}").context["page"]
        assert {row.number for row in page.rows} == expected, query
    assert browser.get("/subscriptions/?owner=1").status_code == 400
    assert browser.get("/subscriptions/?state=GONE").status_code == 400


def test_the_holder_is_told_no_commission_anywhere(sign_in, holder, connect):
    number = connect(value="4321").outcome.number
    browser = sign_in(holder)
    assert browser.get("/commissions/").status_code == 404
    for url in ("/subscriptions/", f"/subscriptions/{number}/"):
        words = seen(browser.get(url))
        assert number in words
        assert "4 321" not in words.replace(number, "")


def test_commissions_are_told_to_who_earns_and_who_owes(sign_in, agent, operator, connect):
    request = connect()
    request_in(S.CONNECTED)
    for actor in (agent, operator):
        lines = sign_in(actor).get("/commissions/").context["lines"]
        assert [row.request__number for row, _service in lines] == [request.number]
    assert sign_in(make_actor(OrganizationKind.BUILDER)).get("/commissions/").status_code == 404


def test_a_months_total_is_the_sum_of_its_rows(sign_in, agent, connect):
    for at, value in ((NOW, "100"), (NOW, "20.50"), (NOW - timedelta(days=40), "7")):
        accrued = connect(value=value)
        Commission.objects.filter(request=accrued).update(accrued_at=at)
    browser = sign_in(agent)
    with clock.set_to(NOW):
        page = browser.get("/commissions/")
        assert page.context["total"]["amount"] == Decimal("120.50")
        october = browser.get("/commissions/?month=2026-10")
    assert october.context["total"]["amount"] == Decimal(7)
    assert [row.amount for row, _service in october.context["lines"]] == [Decimal(7)]


def test_a_month_is_that_of_the_reader(sign_in, agent, connect):
    accrued = connect()
    # 0:30 on 1 November in Moscow.
    Commission.objects.filter(request=accrued).update(
        accrued_at=datetime(2026, 10, 31, 21, 30, tzinfo=UTC)
    )
    browser = sign_in(agent)
    with clock.set_to(NOW):
        assert len(browser.get("/commissions/?month=2026-11").context["lines"]) == 1
        assert len(browser.get("/commissions/?month=2026-10").context["lines"]) == 0


def test_the_chart_has_twelve_months_and_the_figures_of_connections(sign_in, agent, connect):
    connect(value="100")
    connect(value="11", at=NOW - timedelta(days=40))
    with clock.set_to(NOW):
        chart = sign_in(agent).get("/commissions/").context["chart"]
    assert [bar.value for bar in chart[:2]] == [Decimal(100), Decimal(11)]
    assert len(chart) == 12
    assert chart[0].url == "/commissions/?month=2026-11"


@pytest.mark.parametrize("query", ["month=2026-13", "month=x", "month=2026-1", "owner=1"])
def test_commissions_are_filtered_strictly(sign_in, agent, connect, query):
    connect()
    assert sign_in(agent).get(f"/commissions/?{query}").status_code == 400


def test_an_older_month_is_reached_by_its_address(sign_in, agent, connect):
    accrued = connect()
    Commission.objects.filter(request=accrued).update(accrued_at=datetime(2020, 2, 10, tzinfo=UTC))
    assert len(sign_in(agent).get("/commissions/?month=2020-02").context["lines"]) == 1


def test_more_commissions_are_shown_after_the_last(sign_in, agent, connect, monkeypatch):
    monkeypatch.setattr("core.pagination.paginate.__defaults__", ("", 2))
    made = {connect().number for _ in range(3)}
    browser = sign_in(agent)
    first = browser.get("/commissions/")
    second = browser.get(f"/commissions/?after={first.context['page'].next_cursor}")
    shown = [row.request__number for page in (first, second) for row, _ in page.context["lines"]]
    assert sorted(shown) == sorted(made)


def test_months_step_over_new_year():
    day = datetime(2026, 2, 17).date()
    assert [f"{first:%Y-%m}" for first in last_months(day, 4)] == [
        "2025-11", "2025-12", "2026-01", "2026-02",
    ]  # fmt: skip
    assert next_month(datetime(2026, 12, 1).date()) == datetime(2027, 1, 1).date()


def test_empty_lists_say_when_something_will_be_there(sign_in, agent):
    for url in ("/subscriptions/", "/commissions/"):
        assert "/requests/" in text(sign_in(agent).get(url))
