"""Pages of changes: what is asked, what it costs said before, who is let in."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from django.core.cache import caches
from django.db import connection
from django.test.utils import CaptureQueriesContext

from core import clock
from core.choices import OrganizationKind, Role
from core.tests.reading import seen
from subscriptions.choices import BundleState, ExitRule, RequestKind, RequestState
from subscriptions.models import ConnectionRequest, Subscription
from subscriptions.selectors.bundles import bundle_state
from subscriptions.services.in_force.costs import today_at
from subscriptions.tests.changing import (
    done,
    drafted,
    elsewhere,
    filed,
    in_force,
    operator_of,
    sibling,
)
from subscriptions.tests.factories import PlanFactory, RequestFactory, move
from users.tests.factories import make_actor

pytestmark = pytest.mark.django_db
K, S = RequestKind, RequestState
START = datetime(2026, 3, 2, 9, tzinfo=UTC)


@pytest.fixture
def company():
    return make_actor(OrganizationKind.COMPANY)


@pytest.fixture
def plan():
    return PlanFactory(
        name="Start 100",
        price=Decimal("500.00"),
        term_months=12,
        exit_rule=ExitRule.FIXED,
        exit_value=Decimal("1234.00"),
        change_fee=Decimal("150.00"),
        relocation_fee=Decimal("300.00"),
        attributes={"speed": 100},
    )


@pytest.fixture
def service(company, plan):
    return in_force(company.organization, plan)


def page_of(service) -> str:
    return f"/subscriptions/{service.number}/"


def ask_url(service, slug) -> str:
    return f"{page_of(service)}change/{slug}/"


def typed(response, **data) -> dict:
    """What the form of a page sends, with `data` typed in."""
    form = response.context["form"]
    return {"form_token": form["form_token"].value(), "comment": "", **data}


def cost(browser, url) -> int:
    caches["local"].clear()
    with CaptureQueriesContext(connection) as captured:
        assert browser.get(url).status_code == 200
    return len(captured)


# --- the subscription's page --------------------------------------------------------------------


def test_what_can_be_asked_for_stands_on_the_page_of_who_may(sign_in, company, service):
    content = sign_in(company).get(page_of(service)).content.decode()
    for slug in ("plan", "move", "suspend", "end"):
        assert ask_url(service, slug) in content
    assert ask_url(service, "resume") not in content
    viewer = make_actor(role=Role.VIEWER, organization=company.organization)
    for other in (viewer, operator_of(service)):
        assert "/change/" not in sign_in(other).get(page_of(service)).content.decode()


def test_changes_are_shown_with_their_state_at_one_cost(sign_in, company, service, plan):
    browser = sign_in(company)
    first = filed(company, service, K.CHANGE_PLAN, plan=sibling(plan))
    one = cost(browser, page_of(service))
    done(first)
    for _ in range(2):
        done(filed(company, service, K.CHANGE_PLAN, plan=sibling(plan)))
    # Two of them are the site's menu and settings, which are kept in the process: else eleven.
    assert cost(browser, page_of(service)) == one <= 13
    content = seen(browser.get(page_of(service)))
    assert first.number in content
    assert "Тариф изменён" in content


# --- the whole way, once for each kind ----------------------------------------------------------


def test_a_plan_is_changed_in_two_pages(sign_in, company, service, plan):
    other = sibling(plan, name="Fast 300", price=Decimal("700.00"), attributes={"speed": 300})
    browser = sign_in(company)
    page = browser.get(ask_url(service, "plan"))
    content = seen(page)
    assert "Fast 300" in content
    assert "+200 ₽" in content
    assert "150 ₽" in content
    answer = browser.post(ask_url(service, "plan"), typed(page, plan=other.public_id))
    draft = ConnectionRequest.objects.get(kind=K.CHANGE_PLAN)
    assert answer.url == f"/requests/{draft.number}/check/"
    check = browser.get(answer.url)
    assert "Start 100" in seen(check)
    assert {line.label for line in check.context["differing"]} >= {"Тариф"}
    assert "700 ₽" in seen(check)
    filed_answer = browser.post(answer.url)
    assert filed_answer.url == f"/requests/{draft.number}/"
    draft.refresh_from_db()
    assert (draft.state, draft.price, draft.connection_fee) == (S.SUBMITTED, 700, 150)
    # Once filed, the check page leads to the request, where what changes is shown.
    assert browser.get(answer.url).url == filed_answer.url
    assert "Start 100 → Fast 300" in seen(browser.get(filed_answer.url))


def test_what_leaving_costs_is_said_beside_each_day(sign_in, company, service):
    browser = sign_in(company)
    page = browser.get(ask_url(service, "end"))
    assert "1 234 ₽" in seen(page)
    assert "бесплатно" in seen(page)
    answer = browser.post(ask_url(service, "end"), typed(page, when="term"))
    draft = ConnectionRequest.objects.get(kind=K.DISCONNECT)
    assert (draft.effective_on, draft.exit_fee) == (service.term_ends_on, 0)
    assert "бесплатно" in seen(browser.get(answer.url))


def test_a_day_is_asked_for_where_one_is_chosen(sign_in, company, service):
    browser = sign_in(company)
    page = browser.get(ask_url(service, "end"))
    answer = browser.post(ask_url(service, "end"), typed(page, when="day", comment="Переезд"))
    assert answer.status_code == 422
    assert "effective_on" in answer.context["form"].errors
    assert "Переезд" in answer.content.decode()
    day = today_at(service) + timedelta(days=3)
    answer = browser.post(ask_url(service, "end"), typed(page, when="day", effective_on=day))
    assert ConnectionRequest.objects.get(kind=K.DISCONNECT).effective_on == day


@pytest.mark.parametrize(
    ("first", "last", "field"),
    [("", "", "effective_on"), (-1, 3, "effective_on"), (3, 1, "until_on"), (1, 999, "until_on")],
)
def test_wrong_days_stand_beside_their_fields(sign_in, company, service, first, last, field):
    days = [today_at(service) + timedelta(days=n) if n != "" else "" for n in (first, last)]
    browser = sign_in(company)
    page = browser.get(ask_url(service, "suspend"))
    data = typed(page, effective_on=days[0], until_on=days[1])
    answer = browser.post(ask_url(service, "suspend"), data)
    assert answer.status_code == 422
    assert field in answer.context["form"].errors
    assert not ConnectionRequest.objects.filter(kind=K.SUSPEND).exists()


def test_a_suspension_and_its_end(sign_in, company, service):
    browser, today = sign_in(company), today_at(service)
    page = browser.get(ask_url(service, "suspend"))
    data = typed(page, effective_on=today, until_on=today + timedelta(days=9))
    answer = browser.post(ask_url(service, "suspend"), data)
    browser.post(answer.url)
    done(ConnectionRequest.objects.get(kind=K.SUSPEND))
    content = browser.get(page_of(service)).content.decode()
    assert ask_url(service, "resume") in content
    assert ask_url(service, "suspend") not in content
    answer = browser.post(
        ask_url(service, "resume"), typed(browser.get(ask_url(service, "resume")))
    )
    assert browser.post(answer.url).status_code == 302
    assert ConnectionRequest.objects.get(kind=K.RESUME).state == S.SUBMITTED


def test_a_move_asks_where_to_first(sign_in, company, service, plan):
    unit = elsewhere(plan)
    browser = sign_in(company)
    assert "suggest_url" in browser.get(ask_url(service, "move")).context
    assert browser.get(ask_url(service, "move"), {"q": "нет такого адреса"}).status_code == 200
    url = f"{ask_url(service, 'move')}?building={unit.building.public_id}"
    page = browser.get(url)
    assert "300 ₽" in seen(page)
    answer = browser.post(url, typed(page, plan=plan.public_id, unit_number=""))
    assert "unit_number" in answer.context["form"].errors
    answer = browser.post(url, typed(page, plan=plan.public_id, unit_number=unit.number))
    assert unit.building.address in seen(browser.get(answer.url))
    browser.post(answer.url)
    request = ConnectionRequest.objects.get(kind=K.RELOCATE)
    assert (request.target_unit, request.state) == (unit, S.SUBMITTED)


def test_where_nothing_is_offered_it_is_said(sign_in, company, service):
    browser = sign_in(company)
    assert browser.get(ask_url(service, "plan")).context["rows"] == []
    from locations.tests.factories import BuildingFactory

    bare = BuildingFactory()
    page = browser.get(f"{ask_url(service, 'move')}?building={bare.public_id}")
    assert page.context["rows"] == []


def test_one_form_sent_twice_makes_one_draft(sign_in, company, service):
    browser = sign_in(company)
    data = typed(browser.get(ask_url(service, "end")), when="now")
    first, second = (browser.post(ask_url(service, "end"), data).url for _ in range(2))
    assert first == second
    # And filed twice it is filed once.
    browser.post(first)
    assert browser.post(first).status_code == 302
    assert ConnectionRequest.objects.filter(kind=K.DISCONNECT).count() == 1


@pytest.mark.parametrize("wrong", ["\x00", "не день", "9999-99-99", "0001-01-01", "9" * 5000])
def test_rubbish_is_answered_in_words(sign_in, company, service, wrong):
    browser = sign_in(company)
    for slug, data in [
        ("end", {"when": "day", "effective_on": wrong}),
        ("end", {"when": wrong}),
        ("plan", {"plan": wrong}),
        ("suspend", {"effective_on": wrong, "until_on": wrong}),
    ]:
        page = browser.get(ask_url(service, slug))
        answer = browser.post(ask_url(service, slug), typed(page, **data))
        assert answer.status_code == 422, (slug, data)


def test_when_it_costs_something_else_the_new_figures_are_shown_first(
    sign_in, company, service, plan
):
    other = sibling(plan, price=Decimal("700.00"))
    draft = drafted(company, service, K.CHANGE_PLAN, plan=other)
    other.price = Decimal("810.00")
    other.save()
    browser = sign_in(company)
    answer = browser.post(f"/requests/{draft.number}/check/")
    assert answer.status_code == 409
    assert "810 ₽" in seen(answer)
    assert browser.post(f"/requests/{draft.number}/check/").status_code == 302


# --- who is let in ------------------------------------------------------------------------------


def test_who_may_not_ask_is_refused_and_strangers_see_nothing(sign_in, company, service):
    viewer = make_actor(role=Role.VIEWER, organization=company.organization)
    for actor, status in [
        (viewer, 403),
        (operator_of(service), 403),
        (make_actor(OrganizationKind.COMPANY), 404),
    ]:
        browser = sign_in(actor)
        assert browser.get(ask_url(service, "end")).status_code == status
        assert browser.post(ask_url(service, "end"), {"when": "now"}).status_code == status
    assert sign_in(company).get(ask_url(service, "nonsense")).status_code == 404


def test_a_draft_is_checked_and_filed_by_its_owner_alone(sign_in, company, service):
    draft = drafted(company, service, K.DISCONNECT)
    url = f"/requests/{draft.number}/check/"
    for actor in (operator_of(service), make_actor(OrganizationKind.COMPANY)):
        assert sign_in(actor).post(url).status_code == 404
    colleague = make_actor(role=Role.MEMBER, organization=company.organization)
    assert sign_in(colleague).post(url).status_code == 403
    draft.refresh_from_db()
    assert draft.state == S.DRAFT


def test_what_cannot_be_asked_for_now_leads_back(sign_in, company, service):
    filed(company, service, K.DISCONNECT)
    answer = sign_in(company).get(ask_url(service, "end"))
    assert answer.url == page_of(service)


def test_the_agency_is_told_that_its_commission_goes_back(sign_in, plan):
    plan.clawback_days = 90
    plan.save()
    agent = make_actor(OrganizationKind.AGENCY)
    service = in_force(agent.organization, plan)
    url = f"/requests/{drafted(agent, service, K.DISCONNECT).number}/check/"
    assert sign_in(agent).get(url).context["goes_back"] == Decimal("825.00")


# --- the provider's side ------------------------------------------------------------------------


def test_the_operator_completes_it_from_the_page(sign_in, company, service):
    request = move(filed(company, service, K.DISCONNECT), "start_check", "approve")
    browser = sign_in(operator_of(service))
    page = browser.get(f"/requests/{request.number}/")
    assert page.context["primary"].name == "complete_remotely"
    assert "1 234 ₽" in seen(page)
    move_url = f"/requests/{request.number}/move/complete_remotely/"
    assert browser.post(move_url, {"version": request.version}).status_code == 302
    assert "Отключена" in seen(browser.get(f"/requests/{request.number}/"))
    assert "Отключена" in seen(browser.get("/requests/?group=closed"))
    assert Subscription.objects.get(pk=service.pk).state == "ENDED"
    assert browser.get(f"/requests/{request.number}/move/connect/").status_code == 404


def test_requests_are_filtered_by_kind(sign_in, company, service):
    request = filed(company, service, K.DISCONNECT)
    content = sign_in(company).get("/requests/?kind=DISCONNECT").content.decode()
    assert request.number in content
    assert service.origin.number not in content


def test_the_request_page_costs_no_more_than_twelve(sign_in, company, service):
    request = filed(company, service, K.DISCONNECT)
    for actor in (company, operator_of(service)):
        assert cost(sign_in(actor), f"/requests/{request.number}/") <= 13


@pytest.mark.parametrize("slug", ["plan", "suspend", "end", "move"])
def test_the_form_pages_cost_little(sign_in, company, service, plan, slug):
    for _ in range(3):
        sibling(plan)
    assert cost(sign_in(company), ask_url(service, slug)) <= 12


# --- bundles ------------------------------------------------------------------------------------


def test_cancelling_one_offers_to_cancel_the_rest(sign_in):
    agent = make_actor(OrganizationKind.AGENCY)
    first = RequestFactory(owner=agent.organization, created_by=agent.user)
    from uuid import uuid4

    from subscriptions.models import RequestBundle

    bundle = RequestBundle.objects.create(
        owner=agent.organization, form_token=uuid4(), created_at=clock.now()
    )
    others = [RequestFactory(owner=agent.organization, bundle=bundle) for _ in range(3)]
    ConnectionRequest.objects.filter(pk=first.pk).update(bundle=bundle)
    others[0] = move(others[0], "submit")
    others[1] = move(others[1], "submit", "start_check", "reject")
    browser = sign_in(agent)
    url = f"/requests/{first.number}/move/cancel/"
    page = browser.get(url)
    assert others[0].number in page.content.decode()
    assert others[1].number not in seen(page)
    data = {"version": first.version, "seen": 0, "reason": "MISTAKE", "others": "on"}
    assert browser.post(url, data).status_code == 302
    states = {row.pk: row.state for row in bundle.requests.all()}
    assert [states[one.pk] for one in (first, *others)] == [
        S.CANCELLED,
        S.CANCELLED,
        S.REJECTED,
        S.CANCELLED,
    ]


@pytest.mark.parametrize(
    ("states", "expected"),
    [
        ([S.DRAFT, S.DRAFT], BundleState.DRAFT),
        ([S.CONNECTED, S.CHECKING], BundleState.IN_WORK),
        ([S.CONNECTED, S.CONNECTED], BundleState.DONE),
        ([S.CONNECTED, S.REJECTED], BundleState.PARTLY),
        ([S.CANCELLED, S.REJECTED], BundleState.NONE),
        ([S.CONNECTED, S.DRAFT], BundleState.DRAFT),
    ],
)
def test_the_state_of_a_bundle_follows_from_its_requests(states, expected):
    rows = [ConnectionRequest(state=state) for state in states]
    assert bundle_state(rows) == expected
