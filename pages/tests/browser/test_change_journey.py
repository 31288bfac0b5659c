"""A company changes the plan of a service, suspends it and ends it: each time it is told before
what that costs, files a request, and the provider carries it out.

The steps find things as those of test_journey do: the journey is the same in every language.
"""

import re
from datetime import timedelta
from decimal import Decimal

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from core.actor import Actor
from core.choices import OrganizationKind
from core.parts.text import money
from pages.tests.browser.visitor import Visitor, letters_to, member, move, open_bell, sign_in
from subscriptions.choices import ExitRule, RequestKind, RequestState, SubscriptionState
from subscriptions.models import ConnectionRequest, Plan, Subscription
from subscriptions.services.in_force.costs import today_at
from subscriptions.tests.changing import in_force, sibling
from subscriptions.tests.factories import PlanFactory

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
K = RequestKind

PRICE, NEW_PRICE, SUSPENDED = Decimal(500), Decimal(700), Decimal(90)
CHANGE_FEE, EXIT_FEE = Decimal(150), Decimal(1234)


@pytest.fixture
def operator() -> Actor:
    return member(OrganizationKind.PROVIDER)


@pytest.fixture
def company() -> Actor:
    return member(OrganizationKind.COMPANY)


@pytest.fixture
def service(operator, company) -> Subscription:
    """In force at 500 a month, for a term that costs something to leave."""
    costs = {
        "term_months": 12,
        "exit_rule": ExitRule.FIXED,
        "exit_value": EXIT_FEE,
        "change_fee": CHANGE_FEE,
        "suspension_price": SUSPENDED,
    }
    plan = PlanFactory(provider=operator.organization, name="Старт 100", price=PRICE, **costs)
    sibling(plan, name="Скорость 300", price=NEW_PRICE, **costs)
    return in_force(company.organization, plan)


@pytest.fixture
def faster(service) -> Plan:
    return Plan.objects.get(name="Скорость 300")


def ask(holder: Visitor, service: Subscription, slug: str) -> None:
    """From the list of what the company has to the page that asks for the change."""
    page = reverse("subscription_detail", args=[service.number])
    holder.go(reverse("subscription_list"))
    holder.follow(holder.page.locator(f"main a[href='{page}']"))
    address = reverse("subscription_change", args=[service.number, slug])
    holder.follow(holder.page.locator(f"main a[href='{address}']"))


def check(holder: Visitor, kind: K) -> ConnectionRequest:
    """To the page that says what it costs; until it is sent off nobody else sees the draft."""
    holder.press_primary()
    draft = ConnectionRequest.objects.get(kind=kind)
    expect(holder.page).to_have_url(re.compile(reverse("change_check", args=[draft.number]) + "$"))
    assert draft.state == RequestState.DRAFT
    return draft


def file(holder: Visitor, request: ConnectionRequest) -> None:
    holder.press_primary()
    expect(holder.page).to_have_url(
        re.compile(reverse("request_detail", args=[request.number]) + "$")
    )
    request.refresh_from_db()
    assert request.state == RequestState.SUBMITTED
    holder.leave()


def says(visitor: Visitor, *amounts: Decimal) -> None:
    for amount in amounts:
        expect(visitor.page.locator("main")).to_contain_text(money(amount))


# --- what the company asks for ----------------------------------------------------------------
def ask_for_another_plan(holder: Visitor, service: Subscription, faster: Plan) -> ConnectionRequest:
    ask(holder, service, "plan")
    says(holder, PRICE, NEW_PRICE, CHANGE_FEE)
    holder.page.locator(f"main [name=plan][value='{faster.public_id}']").check()
    request = check(holder, K.CHANGE_PLAN)
    says(holder, NEW_PRICE, NEW_PRICE - PRICE, CHANGE_FEE)
    file(holder, request)
    assert (request.price, request.connection_fee) == (NEW_PRICE, CHANGE_FEE)
    return request


def ask_for_a_pause(holder: Visitor, service: Subscription) -> ConnectionRequest:
    ask(holder, service, "suspend")
    says(holder, SUSPENDED)
    first = today_at(service)
    last = first + timedelta(days=30)
    holder.fill(effective_on=first.isoformat(), until_on=last.isoformat())
    request = check(holder, K.SUSPEND)
    says(holder, SUSPENDED)
    file(holder, request)
    assert (request.price, request.effective_on, request.until_on) == (SUSPENDED, first, last)
    return request


def ask_for_the_end(holder: Visitor, service: Subscription) -> ConnectionRequest:
    """At once, within the term: what that costs stands beside the choice, and on the check page."""
    ask(holder, service, "end")
    holder.page.locator("main [name=when][value=now]").check()
    says(holder, EXIT_FEE)
    request = check(holder, K.DISCONNECT)
    says(holder, EXIT_FEE)
    file(holder, request)
    assert request.exit_fee == EXIT_FEE
    return request


# --- what the provider does -------------------------------------------------------------------
def carry_out(worker: Visitor, request: ConnectionRequest) -> None:
    """Told of under the bell, found in the queue, done without a visit."""
    worker.go(reverse("request_list"))
    open_bell(worker)
    worker.follow(worker.page.get_by_role("link", name=request.number, exact=True))
    move(worker, request.number, "start_check")
    move(worker, request.number, "approve")
    move(worker, request.number, "complete_remotely")
    worker.leave()
    request.refresh_from_db()
    assert request.state == RequestState.CONNECTED


def see(holder: Visitor, service: Subscription, request: ConnectionRequest, *texts: str) -> None:
    """The bell tells of it; the service's page shows what is so now, and which request made it."""
    holder.go(reverse("subscription_detail", args=[service.number]))
    open_bell(holder)
    for text in texts:
        expect(holder.page.locator("main")).to_contain_text(text)
    address = reverse("request_detail", args=[request.number])
    expect(holder.page.locator(f"main a[href='{address}']")).to_be_visible()
    holder.leave()


def test_a_company_changes_suspends_and_ends(visit, service, faster, company, operator, run_jobs):
    holder, worker = visit(), visit()
    sign_in(holder, company.user.email)
    sign_in(worker, operator.user.email)

    def done(request: ConnectionRequest, *texts: str) -> None:
        run_jobs()
        carry_out(worker, request)
        run_jobs()
        service.refresh_from_db()
        see(holder, service, request, *texts)

    worker.leave()
    done(ask_for_another_plan(holder, service, faster), faster.name, money(NEW_PRICE))
    assert (service.plan, service.price) == (faster, NEW_PRICE)
    assert service.state == SubscriptionState.ACTIVE

    done(ask_for_a_pause(holder, service), str(SubscriptionState.SUSPENDED.label))
    assert service.state == SubscriptionState.SUSPENDED
    assert service.suspended_until == today_at(service) + timedelta(days=30)

    done(ask_for_the_end(holder, service), str(SubscriptionState.ENDED.label))
    assert service.state == SubscriptionState.ENDED
    assert service.ended_at is not None
    assert letters_to(operator.user.email)
    assert holder.complaints + worker.complaints == []
