"""A wish left on the public page becomes a filed request: a visitor, and an agent who takes it.

The steps find things as those of test_journey do: the journey is the same in every language.
"""

import re

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from core.actor import Actor
from core.choices import Role
from locations.tests.factories import (
    BuildingCoverageFactory,
    BuildingFactory,
    CityFactory,
    StreetFactory,
)
from pages.tests.browser.visitor import Visitor, letters_to, member, open_bell, sign_in
from subscriptions.choices import LeadState, RequestState
from subscriptions.models import Client, ConnectionRequest, Lead
from subscriptions.services.leads.screening import LEAST_SECONDS
from subscriptions.tests.factories import LeadRuleFactory, PlanFactory

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

TYPED = "казань чистопольская 12"
NAME, PHONE = "Мария Посетителева", "8 912 345-67-89"


@pytest.fixture
def agent() -> Actor:
    """An agent of a new agency that wants leads of Kazan, where one plan can be connected."""
    actor = member(role=Role.MEMBER)
    city = CityFactory(name="Казань")
    house = BuildingFactory(street=StreetFactory(city=city, name="Чистопольская"), number="12")
    plan = PlanFactory()
    BuildingCoverageFactory(building=house, provider=plan.provider, category=plan.category)
    LeadRuleFactory(agency=actor.organization, city=city)
    return actor


def leave_a_wish(visitor: Visitor) -> None:
    """From the first page of the site to the word of thanks."""
    visitor.go(reverse("site_home"))
    visitor.page.locator("main [role=combobox]").press_sequentially(TYPED, delay=20)
    visitor.follow(visitor.page.locator("[role=option]").first)
    visitor.page.locator("main [name=unit]").fill("47")
    visitor.page.locator("main [type=checkbox][name=plan]").check()
    visitor.press_primary()
    expect(visitor.page.locator("main [name=unit_number]")).to_have_value("47")
    # Without the consent nothing is sent, and nothing of what was typed is lost.
    visitor.fill(name=NAME, phone=PHONE)
    visitor.page.wait_for_timeout(LEAST_SECONDS * 1000)
    visitor.press_primary()
    assert not Lead.objects.exists()
    # Chromium tells its console of every refusal.
    assert "422" in visitor.complaints.pop()
    expect(visitor.page.locator("main [name=phone]")).to_have_value(PHONE)
    visitor.page.locator("main [name=consent]").check()
    visitor.press_primary()
    expect(visitor.page).to_have_url(re.compile(reverse("lead_thanks") + "$"))


def take(visitor: Visitor, lead: Lead) -> None:
    """The bell and the home both show the lead; who it is comes with taking it."""
    open_bell(visitor)
    visitor.go(reverse("home"))
    page = reverse("lead_detail", args=[lead.public_id])
    visitor.follow(visitor.page.locator(f"main .row-lead a[href='{page}']"))
    expect(visitor.page.locator("main")).not_to_contain_text(NAME)
    visitor.press_primary()
    expect(visitor.page.locator("main")).to_contain_text(NAME)


def test_from_a_wish_on_the_site_to_a_filed_request(visit, agent, run_jobs):
    guest, colleague = visit(), visit()

    leave_a_wish(guest)
    guest.leave()
    run_jobs()
    lead = Lead.objects.get()
    assert (lead.state, lead.agency) == (LeadState.OFFERED, agent.organization)
    assert letters_to(agent.user.email)

    sign_in(colleague, agent.user.email)
    take(colleague, lead)
    # The drafts of what the visitor chose: the wizard's last page.
    expect(colleague.page).to_have_url(re.compile(reverse("request_check", args=["x"])[:-2]))
    colleague.press_primary()
    request, client = ConnectionRequest.objects.get(), Client.objects.get()
    assert (request.state, request.client) == (RequestState.SUBMITTED, client)
    assert (client.name, str(client.phone)) == (NAME, "+79123456789")
    lead.refresh_from_db()
    assert (lead.state, lead.bundle) == (LeadState.CLOSED, request.bundle)
    colleague.go(f"{reverse('lead_list')}?tab=all")
    colleague.go(reverse("lead_detail", args=[lead.public_id]))
    expect(colleague.page.get_by_role("link", name=request.number)).to_be_visible()
    assert guest.complaints + colleague.complaints == []
