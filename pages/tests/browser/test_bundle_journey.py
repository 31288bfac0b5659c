"""Three services of one flat are filed together; the time of a visit is held, agreed upon, and
moved by the client, who has no account, from the letter.

The steps find things as those of test_journey do: the journey is the same in every language.
"""

import re
from datetime import timedelta
from decimal import Decimal

import pytest
from django.conf import settings
from django.core import mail
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import Locator, expect

from core.actor import Actor
from core.choices import OrganizationKind, Via
from core.models import Event
from core.parts.text import money
from locations.tests.factories import (
    BuildingCoverageFactory,
    BuildingFactory,
    CityFactory,
    ServiceCategoryFactory,
    StreetFactory,
)
from pages.tests.browser.visitor import Visitor, letters_to, member, move, open_bell, sign_in
from subscriptions.choices import AppointmentState, RequestState
from subscriptions.models import Appointment, ConnectionRequest, Plan, RequestBundle, VisitSlot
from subscriptions.selectors.request_history import visit_in_words
from subscriptions.tests.factories import PlanFactory
from subscriptions.tests.visits import pattern_of
from users.tests.factories import OrganizationFactory

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

TYPED = "казань чистопольская 12"
NAME, PHONE, EMAIL = "Мария Жильцова", "8 912 345-67-89", "maria@client.example"


@pytest.fixture
def operator() -> Actor:
    """Of the provider that comes by slots, one visit in each."""
    actor = member(OrganizationKind.PROVIDER)
    pattern_of(actor.organization, capacity=1)
    return actor


@pytest.fixture
def plans(operator) -> list[Plan]:
    """Internet and television of one provider, the intercom of another that keeps no slots."""
    street = StreetFactory(city=CityFactory(name="Казань"), name="Чистопольская")
    house = BuildingFactory(street=street, number="12")
    other = OrganizationFactory(kind=OrganizationKind.PROVIDER)
    offered = [
        ("internet", operator.organization, "550.00", "100.00"),
        ("tv", operator.organization, "249.50", "0.00"),
        ("intercom", other, "60.00", "1500.00"),
    ]
    return [sold(house, *said) for said in offered]


def sold(house, code, provider, price, once) -> Plan:
    category = ServiceCategoryFactory(code=code)
    BuildingCoverageFactory(building=house, provider=provider, category=category)
    return PlanFactory(
        provider=provider,
        category=category,
        name=f"Тариф {code}",
        price=Decimal(price),
        connection_fee=Decimal(once),
        term_months=12,
    )


def of_plan(plan: Plan) -> ConnectionRequest:
    return ConnectionRequest.objects.get(plan=plan)


def visit_of(plan: Plan, state: AppointmentState) -> Appointment:
    return Appointment.objects.get(request__plan=plan, state=state)


def taken() -> dict:
    """By beginning, how many places are taken in the slots that were ever chosen."""
    return dict(VisitSlot.objects.values_list("starts_at", "taken"))


# --- the agent --------------------------------------------------------------------------------
def draft_all(agent: Visitor, plans: list[Plan]) -> None:
    """From the address field of the cabinet to the check page of three services."""
    agent.page.locator("main [role=combobox]").press_sequentially(TYPED, delay=20)
    agent.follow(agent.page.locator("[role=option]").first)
    agent.page.locator("main [name=unit]").fill("47")
    for plan in plans:
        agent.page.locator(f"main .category-tab[value={plan.category.code}]").click()
        agent.page.locator(f"main [type=checkbox][name=plan][value='{plan.public_id}']").check()
    # What was ticked under the other services is counted too.
    expect(agent.page.locator("main [data-monthly]")).to_have_text(money(Decimal("859.50")))
    agent.press_primary()
    agent.fill(name=NAME, phone=PHONE, email=EMAIL)
    agent.page.locator("[name=consent]").check()
    agent.press_primary()
    bundle = RequestBundle.objects.get()
    expect(agent.page).to_have_url(
        re.compile(reverse("request_check", args=[bundle.public_id]) + "$")
    )


def see_what_it_costs(agent: Visitor, plans: list[Plan]) -> None:
    """Each service at its price, and once what all of them come to."""
    lines = agent.page.locator("main .line")
    expect(lines).to_have_count(len(plans))
    for plan in plans:
        line = lines.filter(has_text=plan.name)
        expect(line).to_contain_text(money(plan.price))
        expect(line).to_contain_text(money(plan.connection_fee))
    (total,) = agent.page.locator("main .totals").all()
    said = [money(Decimal(amount)) for amount in ("859.50", "1600", "2475")]
    expect(total.locator("dd")).to_have_text(said)


def hold_a_time(agent: Visitor, plan: Plan) -> Appointment:
    """In place: the page with what is typed in it stays."""
    address = agent.page.url
    pick = agent.page.locator(f"#visit-{of_plan(plan).number}")
    pick.locator("summary").first.click()
    pick.locator("[type=radio]").first.check()
    pick.locator("button[hx-post]").last.click()
    expect(pick.locator(".visit-held b")).to_be_visible()
    agent.look()
    assert agent.page.url == address
    held = visit_of(plan, AppointmentState.HELD)
    assert taken() == {held.starts_at: 1}
    return held


def file_all(agent: Visitor) -> None:
    bundle = RequestBundle.objects.get()
    agent.press_primary()
    expect(agent.page).to_have_url(
        re.compile(reverse("request_bundle", args=[bundle.public_id]) + "$")
    )
    requests = ConnectionRequest.objects.filter(bundle=bundle)
    assert [request.state for request in requests] == [RequestState.SUBMITTED] * 3
    assert {request.client.email for request in requests} == {EMAIL}
    assert len({(request.unit_id, request.owner_id) for request in requests}) == 1
    assert sum(request.price for request in requests) == Decimal("859.50")
    for request in requests:
        expect(agent.page.get_by_role("link", name=request.number)).to_be_visible()


# --- the provider -----------------------------------------------------------------------------
def agree(operator: Visitor, plan: Plan, held: Appointment) -> None:
    """The held time stands first and is chosen: agreed upon as it is."""
    number = of_plan(plan).number
    open_bell(operator)
    operator.go(reverse("request_detail", args=[number]))
    move(operator, number, "start_check")
    move(operator, number, "approve")
    move(operator, number, "schedule")
    visit = visit_of(plan, AppointmentState.CONFIRMED)
    assert (visit.starts_at, visit.ends_at) == (held.starts_at, held.ends_at)
    assert taken() == {held.starts_at: 1}


# --- the client -------------------------------------------------------------------------------
def link_of_last_letter() -> str:
    letter = [letter for letter in mail.outbox if letter.to == [EMAIL]][-1]
    (path,) = re.findall(r"https?://[^/\s]+(/visit/\S+)", letter.body)
    return path


def other_times(client: Visitor) -> Locator:
    return client.page.locator("main [type=radio][name=slot]")


def move_visit(client: Visitor, link: str, plan: Plan) -> Appointment:
    """Without an account; the time that is left is free again, and the link is used up."""
    before = visit_of(plan, AppointmentState.CONFIRMED)
    client.go(link)
    expect(client.page.locator("main")).not_to_contain_text(NAME)
    other_times(client).nth(1).check()
    client.press_primary()
    expect(client.page.locator("main [role=status]")).to_be_visible()
    expect(other_times(client)).to_have_count(0)
    after = visit_of(plan, AppointmentState.CONFIRMED)
    assert after.starts_at > before.starts_at + timedelta(hours=1)
    assert taken() == {before.starts_at: 0, after.starts_at: 1}
    event = Event.objects.filter(kind="request.scheduled").latest("pk")
    assert (event.via, event.actor_user_id) == (Via.LINK, None)
    return after


def see_it_moved(visitor: Visitor, plan: Plan, visit: Appointment) -> None:
    visitor.go(reverse("request_detail", args=[of_plan(plan).number]))
    open_bell(visitor)
    standing = visitor.page.locator("main .standing-visit").first
    with timezone.override(settings.DEFAULT_VIEWER_TIME_ZONE):
        said = visit_in_words(visit.starts_at, visit.ends_at)
    expect(standing).to_contain_text(said)
    visitor.leave()


def test_a_bundle_is_filed_and_its_visit_moved_from_the_letter(visit, operator, plans, run_jobs):
    filing = member()
    agent, working, client = visit(), visit(), visit()

    sign_in(agent, filing.user.email)
    draft_all(agent, plans)
    see_what_it_costs(agent, plans)
    held = hold_a_time(agent, plans[0])
    file_all(agent)
    agent.leave()
    run_jobs()
    assert letters_to(operator.user.email)

    sign_in(working, operator.user.email)
    agree(working, plans[0], held)
    working.leave()
    run_jobs()
    first = link_of_last_letter()
    moved = move_visit(client, first, plans[0])
    client.leave()
    run_jobs()
    assert link_of_last_letter() != first

    see_it_moved(agent, plans[0], moved)
    see_it_moved(working, plans[0], moved)
    # What was not touched stays as it was filed.
    assert {of_plan(plan).state for plan in plans[1:]} == {RequestState.SUBMITTED}
    assert agent.complaints + working.complaints + client.complaints == []
