"""Leads, rules and disputes as pages."""

from html import unescape

import pytest
from django.core.cache import caches
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from core.choices import OrganizationKind, Role, StaffScope
from core.events.emit import beat
from locations.tests.factories import CityFactory, RegionFactory, UnitFactory
from subscriptions.choices import DisputeState, LeadState, RequestState
from subscriptions.models import AttributionDispute, LeadRule
from subscriptions.services.leads import pass_lead, take_lead
from subscriptions.tests.factories import (
    ClientFactory,
    LeadRuleFactory,
    PlanFactory,
    make_lead,
    offered_lead,
    request_in,
)
from users.tests.factories import make_actor, make_staff

pytestmark = pytest.mark.django_db
LIST = "/leads/"


@pytest.fixture
def agent():
    return make_actor(OrganizationKind.AGENCY, Role.MEMBER)


def text(response) -> str:
    return unescape(response.content.decode())


def page_of(lead, act: str = "detail") -> str:
    return reverse(f"lead_{act}", args=[lead.public_id])


def queries_of(browser, url) -> int:
    caches["local"].clear()
    with CaptureQueriesContext(connection) as captured:
        assert browser.get(url).status_code == 200
    return len(captured)


# --- the list ---------------------------------------------------------------------------------
@pytest.mark.parametrize("tab", ["", "taken", "all"])
def test_a_list_costs_the_same_queries_for_one_row_and_for_three(sign_in, agent, tab):
    def make():
        lead = offered_lead(agent.organization)
        if tab == "taken":
            take_lead(agent, lead)

    browser, url = sign_in(agent), f"{LIST}?tab={tab}"
    make()
    one = queries_of(browser, url)
    make()
    make()
    assert queries_of(browser, url) == one <= 10
    assert len(browser.get(url).context["lines"]) == 3


def test_each_tab_shows_its_own(sign_in, agent):
    waiting, taken = offered_lead(agent.organization), offered_lead(agent.organization)
    take_lead(agent, taken)
    browser = sign_in(agent)
    for tab, shown in (("", [waiting]), ("taken", [taken]), ("all", [taken, waiting])):
        lines = browser.get(LIST, {"tab": tab}).context["lines"]
        assert [line["url"] for line in lines] == [page_of(lead) for lead in shown]


@pytest.mark.parametrize("query", [{"tab": "x"}, {"q": "1"}, {"size": "x"}, {"after": "broken"}])
def test_an_address_that_the_list_does_not_understand_is_refused(sign_in, agent, query):
    assert sign_in(agent).get(LIST, query).status_code == 400


def test_the_list_refreshes_itself_cheaply(sign_in, agent):
    browser = sign_in(agent)
    poll = {"tab": "", "fragment": "list"}
    tag = browser.get(LIST, poll)["ETag"]
    assert browser.get(LIST, poll, headers={"if-none-match": tag}).status_code == 304
    lead = offered_lead(agent.organization)
    beat([agent.organization_id])
    answer = browser.get(LIST, poll, headers={"if-none-match": tag})
    assert answer.status_code == 200
    assert page_of(lead) in text(answer)
    assert "<html" not in text(answer)


def test_the_home_shows_what_waits_also_to_a_new_agency(sign_in, agent):
    browser = sign_in(agent)
    assert "panel-leads" not in text(browser.get(reverse("home")))
    lead = offered_lead(agent.organization)
    html = text(browser.get(reverse("home")))
    assert "panel-leads" in html
    assert page_of(lead) in html
    assert str(lead.phone) not in html


# --- one lead ---------------------------------------------------------------------------------
def test_who_it_is_is_shown_to_who_takes_the_lead(sign_in, agent):
    lead = offered_lead(agent.organization, email="maria@example.com", unit_number="4711-Я")
    secrets = [lead.name, lead.email, "4711-Я", lead.phone.as_e164]
    browser = sign_in(agent)
    for page in (LIST, page_of(lead)):
        html = text(browser.get(page))
        assert lead.building.address in html
        assert not [secret for secret in secrets if secret in html]
    browser.post(page_of(lead, "take"))
    html = text(browser.get(page_of(lead)))
    assert not [secret for secret in secrets if secret not in html]


def test_an_address_typed_by_hand_is_shown_as_its_city(sign_in, agent):
    city = CityFactory(name="Казань")
    lead = offered_lead(agent.organization, city=city, address="Казань, Новая 1, кв. 4711-Я")
    browser = sign_in(agent)
    assert "4711-Я" not in text(browser.get(LIST)) + text(browser.get(page_of(lead)))
    browser.post(page_of(lead, "take"))
    assert "4711-Я" in text(browser.get(page_of(lead)))


def test_taking_leads_on_to_the_plans(sign_in, agent):
    lead = offered_lead(agent.organization)
    answer = sign_in(agent).post(page_of(lead, "take"))
    page = reverse("availability_building", args=[lead.building.public_id])
    assert answer.url == f"{page}?unit=47"


def test_a_known_phone_asks_who_is_who(sign_in, agent):
    known = ClientFactory(owner=agent.organization, phone="+79123456789")
    lead = offered_lead(agent.organization, phone="+79123456789")
    browser = sign_in(agent)
    assert browser.post(page_of(lead, "take")).url == page_of(lead)
    html = text(browser.get(page_of(lead)))
    assert known.name in html
    assert page_of(lead, "client") in html
    browser.post(page_of(lead, "client"))
    lead.refresh_from_db()
    assert lead.client != known
    assert page_of(lead, "client") not in text(browser.get(page_of(lead)))


def test_the_second_to_take_is_told_politely(sign_in, agent):
    lead = offered_lead(agent.organization)
    take_lead(make_actor(organization=agent.organization), lead)
    answer = sign_in(agent).post(page_of(lead, "take"))
    assert answer.status_code == 409
    assert "error-message" in text(answer)


def test_passing_on_asks_why_and_then_the_lead_is_gone(sign_in, agent):
    lead = offered_lead(agent.organization)
    LeadRuleFactory()
    browser = sign_in(agent)
    refused = browser.post(page_of(lead, "pass"), {"reason": ""})
    assert refused.status_code == 422
    assert refused.context["pass_form"].errors["reason"]
    assert browser.post(page_of(lead, "pass"), {"reason": "Далеко"}).url == LIST
    gone = browser.get(page_of(lead))
    stranger = sign_in(make_actor()).get(page_of(lead))
    assert gone.status_code == stranger.status_code == 404
    # Who had it is told what became of it; to others it never was.
    message = gone.context["message"]
    assert message != stranger.context["message"]
    for act in ("take", "pass", "close", "client"):
        assert browser.post(page_of(lead, act), {"reason": "x"}).status_code == 404


def test_closing_asks_how_it_ended(sign_in, agent):
    lead = offered_lead(agent.organization)
    take_lead(agent, lead)
    browser = sign_in(agent)
    assert browser.post(page_of(lead, "close"), {"note": ""}).status_code == 422
    browser.post(page_of(lead, "close"), {"note": "Передумала"})
    lead.refresh_from_db()
    assert lead.state == LeadState.CLOSED
    assert "Передумала" in text(browser.get(page_of(lead)))


def test_a_viewer_reads_and_has_no_buttons(sign_in, agent):
    lead = offered_lead(agent.organization)
    viewer = sign_in(make_actor(role=Role.VIEWER, organization=agent.organization))
    html = text(viewer.get(page_of(lead)))
    assert page_of(lead, "take") not in html
    assert viewer.post(page_of(lead, "take")).status_code == 403


def test_the_notification_of_a_lead_passed_on_says_what_became_of_it(sign_in, agent, run_jobs):
    lead = offered_lead(agent.organization)
    run_jobs()
    pass_lead(agent, lead, "Далеко")
    browser = sign_in(agent)
    told = agent.user.notifications.get()
    opened = browser.get(reverse("notification_open", args=[told.pk]), follow=True)
    assert opened.status_code == 404


# --- rules ------------------------------------------------------------------------------------
def test_a_manager_adds_changes_pauses_and_deletes_rules(sign_in):
    manager = make_actor()
    browser = sign_in(manager)
    city = CityFactory(name="Казань")
    rules = reverse("lead_rules")
    wrong = browser.post(rules, {"city": "Нигде", "daily_limit": "7"})
    assert wrong.status_code == 422
    assert "city" in wrong.context["form"].errors
    assert 'value="7"' in text(wrong)
    assert browser.post(rules, {"city": "казань", "daily_limit": "7"}).status_code == 302
    rule = LeadRule.objects.get()
    assert (rule.city, rule.daily_limit, rule.agency) == (city, 7, manager.organization)
    again = browser.post(rules, {"city": "Казань"})
    assert again.status_code == 422
    edit, act = reverse("lead_rule_edit", args=[rule.pk]), reverse("lead_rule_act", args=[rule.pk])
    assert 'value="Казань"' in text(browser.get(edit))
    region = RegionFactory()
    browser.post(edit, {"city": "", "region": region.pk, "weight": "99", "agency": "1"})
    rule.refresh_from_db()
    assert (rule.city, rule.region, rule.weight) == (None, region, 10)
    browser.post(act, {"do": "pause"})
    rule.refresh_from_db()
    assert not rule.is_active
    assert browser.post(act, {"do": "explode"}).status_code == 400
    browser.post(act, {"do": "delete"})
    assert not LeadRule.objects.exists()


def test_rules_cost_the_same_queries_for_one_and_for_three(sign_in):
    manager = make_actor()
    browser, url = sign_in(manager), reverse("lead_rules")
    LeadRuleFactory(agency=manager.organization, city=CityFactory())
    one = queries_of(browser, url)
    for _ in range(2):
        LeadRuleFactory(agency=manager.organization, city=CityFactory())
    assert queries_of(browser, url) == one


def test_cities_are_suggested_by_the_beginning_of_a_name(sign_in):
    CityFactory(name="Казань")
    CityFactory(name="Калуга")
    browser, url = sign_in(make_actor()), reverse("lead_rule_cities")
    html = text(browser.get(url, {"q": "каз"}))
    assert "Казань" in html
    assert "Калуга" not in html
    assert browser.get(url, {"q": "\x00"}).status_code == 200


def test_an_agency_that_gets_no_leads_is_told_why(sign_in):
    manager = make_actor()
    browser = sign_in(manager)
    assert browser.get(LIST).context["notice"]
    LeadRuleFactory(agency=manager.organization)
    assert not browser.get(LIST).context["notice"]
    manager.organization.verified_at = None
    manager.organization.save()
    assert browser.get(LIST).context["notice"]


def test_an_administrator_without_an_organization_meets_no_error(sign_in):
    browser = sign_in(make_staff())
    offered_lead(make_actor().organization)
    assert browser.get(f"{LIST}?tab=all").status_code == 200
    assert browser.get(reverse("lead_rules")).status_code == 200
    assert browser.post(reverse("lead_rules"), {"city": ""}).status_code == 403


# --- disputes ---------------------------------------------------------------------------------
def dispute() -> AttributionDispute:
    place = {"unit": UnitFactory(), "plan": PlanFactory()}
    for _ in range(2):
        request_in(RequestState.SUBMITTED, **place)
    return AttributionDispute.objects.latest("pk")


def test_the_queue_of_disputes_costs_the_same_for_one_and_for_three(sign_in):
    browser, url = sign_in(make_staff()), reverse("staff_disputes")
    dispute()
    one = queries_of(browser, url)
    dispute()
    dispute()
    assert queries_of(browser, url) == one
    assert browser.get(url, {"state": "x"}).status_code == 400


@pytest.mark.parametrize("scope", [StaffScope.SUPPORT, StaffScope.ACCOUNT_MANAGER])
def test_disputes_are_for_administrators_alone(sign_in, scope):
    found = dispute()
    browser = sign_in(make_staff(scope))
    assert browser.get(reverse("staff_disputes")).status_code == 404
    assert browser.get(reverse("staff_dispute", args=[found.public_id])).status_code == 404


def test_an_administrator_sees_both_sides_and_decides(sign_in):
    found = dispute()
    browser, url = sign_in(make_staff()), reverse("staff_dispute", args=[found.public_id])
    html = text(browser.get(url))
    for side in (found.claimant, found.attribution.agency):
        assert side.name in html
    assert found.request.client.name in html
    assert found.attribution.client.name in html
    assert browser.post(url, {"do": "uphold", "decision": ""}).status_code == 422
    assert browser.post(url, {"do": "x", "decision": "Да"}).status_code == 400
    assert browser.post(url, {"do": "uphold", "decision": "Да"}).status_code == 302
    found.refresh_from_db()
    assert found.state == DisputeState.UPHELD
    assert browser.post(url, {"do": "dismiss", "decision": "Нет"}).status_code == 409
    listed = browser.get(reverse("staff_disputes"), {"state": "decided"})
    assert found.public_id in text(listed)


def test_the_claimant_sees_the_dispute_at_the_request_and_not_the_other_agency(sign_in):
    found = dispute()
    claimant = make_actor(organization=found.claimant)
    html = text(sign_in(claimant).get(reverse("request_detail", args=[found.request.number])))
    assert "state-wait" in html
    assert found.attribution.agency.name not in html
    assert found.attribution.client.name not in html


def test_staff_see_what_waits_for_them_on_their_home(sign_in):
    dispute()
    html = text(sign_in(make_staff()).get(reverse("home")))
    assert reverse("staff_disputes") in html


def test_staff_let_held_leads_through_in_the_admin(sign_in, settings):
    settings.STAFF_MFA_REQUIRED = False
    rule = LeadRuleFactory()
    held, offered = make_lead(held_as="LINKS"), offered_lead(rule.agency)
    browser = sign_in(make_staff())
    answer = browser.post(
        reverse("admin:subscriptions_lead_changelist"),
        {"action": "route", "_selected_action": [held.pk, offered.pk]},
    )
    assert answer.status_code == 302
    held.refresh_from_db()
    assert (held.state, held.agency) == (LeadState.OFFERED, rule.agency)


def test_staff_give_an_agency_a_rule_in_the_admin(sign_in, settings):
    settings.STAFF_MFA_REQUIRED = False
    agency = make_actor().organization
    browser = sign_in(make_staff())
    answer = browser.post(
        reverse("admin:subscriptions_leadrule_add"),
        {"agency": agency.pk, "weight": "20", "is_active": "on"},
    )
    assert answer.status_code == 302
    assert LeadRule.objects.get().weight == 20
