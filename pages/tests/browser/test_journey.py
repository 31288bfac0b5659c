"""The main job as two people meet it in Chromium: from registering an agency to a connection.

The steps find things by the names of fields, by addresses and by the one primary action of a page:
the journey is the same in every language.
"""

import re

import pytest
from django.core import mail
from django.urls import reverse
from playwright.sync_api import expect

from core.actor import Actor
from core.choices import OrganizationKind
from locations.tests.factories import (
    BuildingCoverageFactory,
    BuildingFactory,
    CityFactory,
    StreetFactory,
)
from pages.tests.browser.visitor import Visitor, letters_to, member, move, open_bell, sign_in
from subscriptions.models import Commission, ConnectionRequest, Subscription
from subscriptions.tests.factories import PlanFactory
from users.tests.factories import PASSWORD

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

AGENT = "agent@agency.example"
TYPED = "казань чистопольская 12"


@pytest.fixture
def provider() -> Actor:
    """The operator of a provider that connects one house and sells one plan there."""
    actor = member(OrganizationKind.PROVIDER)
    street = StreetFactory(city=CityFactory(name="Казань"), name="Чистопольская")
    house = BuildingFactory(street=street, number="12")
    coverage = BuildingCoverageFactory(building=house, provider=actor.organization)
    PlanFactory(provider=actor.organization, category=coverage.category)
    return actor


# --- coming in --------------------------------------------------------------------------------
def register(agent: Visitor) -> None:
    agent.go(reverse("site_home"))
    agent.go(reverse("account_signup") + "?kind=agency")
    agent.fill(
        organization_name="Агентство «Новый адрес»",
        full_name="Анна Агентова",
        email=AGENT,
        password1=PASSWORD,
    )
    agent.page.locator("[name=consent]").check()
    agent.press_primary()


def confirm(agent: Visitor) -> None:
    """Opens the link of the only letter so far."""
    (letter,) = mail.outbox
    assert letter.to == [AGENT]
    link = re.search(r"https?://[^/\s]+(/\S+)", letter.body)
    assert link, letter.body
    agent.go(link[1])
    agent.press_primary()


# --- the agent --------------------------------------------------------------------------------
def file_request(agent: Visitor) -> str:
    """From the address field of the cabinet to a filed request; returns its number."""
    agent.page.locator("main [role=combobox]").press_sequentially(TYPED, delay=20)
    agent.follow(agent.page.locator("[role=option]").first)
    agent.page.locator("main [name=unit]").fill("47")
    agent.page.locator("main [type=checkbox][name=plan]").check()
    agent.press_primary()
    agent.fill(name="Пётр Клиентов", phone="8 912 345-67-89")
    agent.page.locator("[name=consent]").check()
    agent.press_primary()
    expect(agent.page).to_have_url(re.compile(re.escape(reverse("request_check", args=["x"])[:-2])))
    agent.press_primary()
    request = ConnectionRequest.objects.get()
    assert request.state == "SUBMITTED"
    agent.go(reverse("request_list"))
    expect(agent.page.get_by_role("link", name=request.number)).to_be_visible()
    return request.number


def see_it_connected(agent: Visitor, number: str) -> None:
    """The bell, the subscription that it leads to, the list of them, and the commission."""
    subscription, commission = Subscription.objects.get(), Commission.objects.get()
    page = reverse("subscription_detail", args=[subscription.number])
    agent.go(reverse("home"))
    open_bell(agent)
    agent.go(reverse("notification_list"))
    agent.go(reverse("request_detail", args=[number]))
    agent.follow(agent.page.locator(f"main a[href='{page}']"))
    agent.go(reverse("subscription_list"))
    expect(agent.page.locator(f"main a[href='{page}']")).to_be_visible()
    agent.go(reverse("commission_list"))
    expect(agent.page.get_by_role("link", name=number)).to_be_visible()
    assert commission.amount == 825


# --- the provider -----------------------------------------------------------------------------
def take_up(operator: Visitor, number: str) -> None:
    """Finds the request in the queue and brings it to its visit."""
    open_bell(operator)
    operator.go(reverse("request_list"))
    operator.follow(operator.page.get_by_role("link", name=number))
    move(operator, number, "start_check")
    move(operator, number, "approve")
    move(operator, number, "schedule", starts_at="10:00", ends_at="12:00")
    move(operator, number, "start_work")


def connect(operator: Visitor, number: str) -> None:
    move(operator, number, "connect")
    assert ConnectionRequest.objects.get().state == "CONNECTED"
    operator.go(reverse("home"))


def test_from_registration_to_a_connected_service(visit, provider, run_jobs):
    agent, operator = visit(), visit()

    register(agent)
    agent.leave()
    run_jobs()
    confirm(agent)
    sign_in(agent, AGENT)
    number = file_request(agent)
    agent.leave()
    run_jobs()
    assert letters_to(provider.user.email)

    sign_in(operator, provider.user.email)
    take_up(operator, number)
    connect(operator, number)
    operator.leave()
    mail.outbox.clear()
    run_jobs()
    assert letters_to(AGENT)

    see_it_connected(agent, number)
    assert agent.complaints + operator.complaints == []
