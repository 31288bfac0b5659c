"""From ticked plans to filed requests: the wizard's pages, end to end."""

import re
from decimal import Decimal
from uuid import uuid4

import pytest
from django.test import Client as Browser
from django.urls import reverse

from core.choices import OrganizationKind, Role
from core.models import Event
from locations.tests.factories import (
    BuildingCoverageFactory,
    BuildingFactory,
    ServiceCategoryFactory,
)
from subscriptions.choices import RequestState
from subscriptions.models import Client, ConnectionRequest, Plan, RequestBundle
from subscriptions.tests.factories import ClientFactory, PlanFactory
from users.tests.factories import make_actor

pytestmark = pytest.mark.django_db

HOLDERS = [OrganizationKind.COMPANY, OrganizationKind.PERSON]
COMMISSION = Decimal("8317.00")
SHOWN_COMMISSION = "8\N{NO-BREAK SPACE}317"


@pytest.fixture
def agent():
    return make_actor(role=Role.MEMBER)


@pytest.fixture
def building():
    return BuildingFactory()


def offer(building, **fields):
    plan = PlanFactory(**({"commission_value": COMMISSION} | fields))
    BuildingCoverageFactory(building=building, provider=plan.provider, category=plan.category)
    return plan


def new_url(building, *plans, unit="47"):
    query = {"building": building.public_id, "unit": unit, "plan": [p.public_id for p in plans]}
    return reverse("request_new", query=query)


def new_client(**fields):
    typed = {
        "client": "new",
        "name": "Иванова Анна",
        "phone": "8 912 345-67-89",
        "kind": "PERSON",
        "consent": "on",
        "unit_number": "47",
        "form_token": str(uuid4()),
    }
    return typed | fields


def check_url(bundle):
    return reverse("request_check", args=[bundle.public_id])


def test_an_agent_files_two_services_for_a_new_client(sign_in, agent, building):
    internet, tv = offer(building), offer(building, category=ServiceCategoryFactory(code="tv"))
    browser = sign_in(agent)
    page = browser.get(new_url(building, internet, tv))
    token = re.search(r'name="form_token" value="([^"]+)"', page.content.decode())[1]
    typed = new_client(form_token=token, preferred_visit="после 18:00", comment="Звонок сломан")
    response = browser.post(new_url(building, internet, tv), typed)
    bundle = RequestBundle.objects.get()
    assert (response.status_code, response.url) == (302, check_url(bundle))

    check = browser.get(response.url).content.decode()
    for shown in ["Иванова Анна", internet.name, tv.name, "после 18:00", "Звонок сломан", "47"]:
        assert shown in check
    assert "16\N{NO-BREAK SPACE}634" in check  # two commissions
    assert set(ConnectionRequest.objects.values_list("state", flat=True)) == {RequestState.DRAFT}

    filed = browser.post(response.url)
    assert filed.url == reverse("request_bundle", args=[bundle.public_id])
    assert browser.get(filed.url).status_code == 200
    client = Client.objects.get()
    assert (client.phone.as_e164, client.owner) == ("+79123456789", agent.organization)
    assert client.consent_at is not None
    for request in ConnectionRequest.objects.all():
        assert (request.state, request.client) == (RequestState.SUBMITTED, client)
        assert (request.unit.number, request.building) == ("47", building)


def test_one_request_leads_to_its_page(sign_in, agent, building):
    browser = sign_in(agent)
    client = ClientFactory(owner=agent.organization)
    plan = offer(building)
    drafted = browser.post(
        new_url(building, plan), new_client(client=client.public_id, name="", phone="")
    )
    filed = browser.post(drafted.url)
    request = ConnectionRequest.objects.get()
    assert filed.url == reverse("request_detail", args=[request.number])
    assert browser.get(filed.url).status_code == 200
    assert request.client == client
    assert Client.objects.count() == 1


@pytest.mark.parametrize("kind", HOLDERS)
def test_companies_and_persons_file_for_themselves(sign_in, building, kind):
    actor = make_actor(kind, Role.OWNER)
    browser, plan = sign_in(actor), offer(building)
    page = browser.get(new_url(building, plan)).content.decode()
    assert 'name="client"' not in page
    assert SHOWN_COMMISSION not in page
    drafted = browser.post(
        new_url(building, plan), {"unit_number": "47", "form_token": str(uuid4())}
    )
    check = browser.get(drafted.url).content.decode()
    assert plan.name in check
    assert SHOWN_COMMISSION not in check
    browser.post(drafted.url)
    request = ConnectionRequest.objects.get()
    assert (request.state, request.client, request.holder) == (
        RequestState.SUBMITTED, None, actor.organization
    )  # fmt: skip


def test_a_builder_files_and_is_shown_no_commission(sign_in, building):
    actor = make_actor(OrganizationKind.BUILDER)
    browser, plan = sign_in(actor), offer(building)
    page = browser.get(new_url(building, plan)).content.decode()
    drafted = browser.post(new_url(building, plan), new_client())
    for html in (page, browser.get(drafted.url).content.decode()):
        assert plan.name in html
        assert SHOWN_COMMISSION not in html


@pytest.mark.parametrize(
    ("typed", "field"),
    [
        ({"phone": "112"}, "phone"),
        ({"phone": ""}, "phone"),
        ({"name": " "}, "name"),
        ({"email": "anna@"}, "email"),
        ({"kind": "ALIEN"}, "kind"),
        ({"consent": ""}, "consent"),
        ({"unit_number": ""}, "unit_number"),
        ({"unit_number": "Я" * 21}, "unit_number"),
        ({"comment": "Я" * 1001}, "comment"),
        ({"preferred_visit": "Я" * 201}, "preferred_visit"),
        ({"client": ""}, "client"),
        ({"client": "ZZZZZZZZZZZZ"}, "client"),
        ({"client": "\x00"}, "client"),
        ({"form_token": "garbage"}, "form_token"),
    ],
)
def test_errors_stand_beside_their_fields_and_nothing_typed_is_lost(
    sign_in, agent, building, typed, field
):
    sent = new_client(comment="Код домофона 47К1234", preferred_visit="по субботам") | typed
    response = sign_in(agent).post(new_url(building, offer(building)), sent)
    assert response.status_code == 200
    assert list(response.context["form"].errors) == [field]
    html = response.content.decode()
    for name in ("name", "phone", "preferred_visit"):
        if sent[name].strip() and len(sent[name]) < 200:
            assert f'value="{sent[name]}"' in html
    if field != "comment":
        assert "Код домофона 47К1234" in html
    assert not Client.objects.exists()
    assert not ConnectionRequest.objects.exists()


def test_half_typed_fields_of_a_new_client_do_not_matter_when_one_is_picked(
    sign_in, agent, building
):
    client = ClientFactory(owner=agent.organization)
    typed = new_client(client=client.public_id, phone="8 9", email="anna@")
    response = sign_in(agent).post(new_url(building, offer(building)), typed)
    assert response.status_code == 302
    client.refresh_from_db()
    assert client.consent_at is not None


def test_a_client_of_another_agency_cannot_be_picked(sign_in, agent, building):
    theirs = ClientFactory(name="Чужая Клиентка")
    browser = sign_in(agent)
    url = new_url(building, offer(building))
    response = browser.post(url, new_client(client=theirs.public_id))
    assert list(response.context["form"].errors) == ["client"]
    found = browser.post(url, new_client(client=theirs.public_id, find="1", client_q="Чужая"))
    for html in (response.content.decode(), found.content.decode()):
        assert theirs.name not in html


def test_searching_the_portfolio_keeps_what_is_typed(sign_in, agent, building):
    from subscriptions.services.clients import create_client

    create_client(agent, name="Сидоров Олег", phone="+79270001122", kind="PERSON")
    create_client(agent, name="Петров Иван", phone="+79270001123", kind="PERSON")
    browser, url = sign_in(agent), new_url(building, offer(building))
    typed = new_client(name="Недо", phone="8 9", find="1", client_q="сид", comment="Код 12")
    html = browser.post(url, typed).content.decode()
    assert "Сидоров Олег" in html
    assert "Петров Иван" not in html
    for kept in ['value="Недо"', 'value="8 9"', "Код 12", typed["form_token"]]:
        assert kept in html
    assert "is-invalid" not in html
    fragment = browser.post(url, typed, headers={"HX-Request": "true"}).content.decode()
    assert "Сидоров Олег" in fragment
    assert "<html" not in fragment
    assert not ConnectionRequest.objects.exists()


def test_the_same_form_sent_twice_makes_one_bundle_and_one_client(sign_in, agent, building):
    browser, url, typed = sign_in(agent), new_url(building, offer(building)), new_client()
    first, second = browser.post(url, typed), browser.post(url, typed)
    assert first.url == second.url
    assert (RequestBundle.objects.count(), Client.objects.count()) == (1, 1)


def test_a_form_beaten_by_its_twin_leaves_no_client_behind(agent, building, monkeypatch):
    """What a parallel request sees: no bundle at first, and one when it comes to insert its own."""
    from subscriptions.services import drafting

    def send():
        return drafting.draft_filing(
            agent,
            building=building,
            unit_number="47",
            plans=[plan.public_id],
            client=drafting.NewClient("Иванова Анна", "+79123456789"),
            consent=True,
            form_token=token,
        )

    plan, token = offer(building), uuid4()
    bundle = send()
    monkeypatch.setattr(drafting, "bundle_made_by", lambda actor, form_token: None)
    assert send() == bundle
    assert Client.objects.count() == 1
    assert Event.objects.filter(kind="client.created").count() == 1


def test_filing_twice_files_once(sign_in, agent, building):
    browser = sign_in(agent)
    drafted = browser.post(new_url(building, offer(building)), new_client())
    first, second = browser.post(drafted.url), browser.post(drafted.url)
    assert first.url == second.url
    assert browser.get(drafted.url).url == first.url
    assert Event.objects.filter(kind="request.submitted").count() == 1


def test_drafts_stay_when_the_check_is_left(sign_in, agent, building):
    browser = sign_in(agent)
    drafted = browser.post(new_url(building, offer(building)), new_client())
    assert browser.get(drafted.url).status_code == 200
    assert ConnectionRequest.objects.get().state == RequestState.DRAFT
    assert browser.get(drafted.url).status_code == 200


def test_a_plan_gone_from_sale_before_the_form_sends_one_back_with_the_rest_ticked(
    sign_in, agent, building
):
    kept, gone = offer(building), offer(building, name="Старый тариф")
    Plan.objects.filter(pk=gone.pk).update(is_published=False)
    response = sign_in(agent).get(new_url(building, kept, gone), follow=True)
    url, _status = response.redirect_chain[-1]
    assert url.startswith(reverse("availability_building", args=[building.public_id]))
    assert kept.public_id in url
    assert gone.public_id not in url
    assert "Старый тариф" in response.content.decode()


def test_a_plan_gone_from_sale_while_the_form_is_filled_in_is_named(sign_in, agent, building):
    plan = offer(building, name="Старый тариф")
    browser = sign_in(agent)
    browser.get(new_url(building, plan))
    Plan.objects.filter(pk=plan.pk).update(is_published=False)
    response = browser.post(new_url(building, plan), new_client())
    html = response.content.decode()
    assert "Старый тариф" in html
    assert 'value="Иванова Анна"' in html
    assert not Client.objects.exists()


def test_a_plan_gone_from_sale_before_filing_is_named_and_nothing_is_filed(
    sign_in, agent, building
):
    kept = offer(building)
    gone = offer(building, name="Старый тариф", category=ServiceCategoryFactory(code="tv"))
    browser = sign_in(agent)
    drafted = browser.post(new_url(building, kept, gone), new_client())
    Plan.objects.filter(pk=gone.pk).update(is_published=False)
    for response in (browser.get(drafted.url), browser.post(drafted.url)):
        assert response.status_code == 200
        assert "Старый тариф" in response.context["problem"]
    assert not ConnectionRequest.objects.exclude(state=RequestState.DRAFT).exists()


def test_the_price_that_is_checked_is_the_one_that_is_filed(sign_in, agent, building):
    plan = offer(building, price=Decimal(550))
    browser = sign_in(agent)
    drafted = browser.post(new_url(building, plan), new_client())
    Plan.objects.filter(pk=plan.pk).update(price=Decimal(777))
    [total] = browser.get(drafted.url).context["totals"]
    assert total.monthly == 777
    browser.post(drafted.url)
    assert ConnectionRequest.objects.get().price == 777


def test_consent_can_be_given_on_the_check_page(sign_in, agent, building):
    browser = sign_in(agent)
    drafted = browser.post(new_url(building, offer(building)), new_client())
    Client.objects.update(consent_at=None)
    assert 'name="consent"' in browser.get(drafted.url).content.decode()
    refused = browser.post(drafted.url)
    assert refused.status_code == 200
    assert refused.context["problem"]
    assert browser.post(drafted.url, {"consent": "on"}).status_code == 302
    assert Client.objects.get().consent_at is not None


def test_nothing_ticked_sends_back_to_the_plans(sign_in, agent, building):
    response = sign_in(agent).get(new_url(building))
    assert response.url.startswith(reverse("availability_building", args=[building.public_id]))


def test_a_private_house_is_not_asked_for_a_flat(sign_in, agent):
    house = BuildingFactory(is_private_house=True)
    browser, plan = sign_in(agent), offer(house)
    assert "unit_number" not in browser.get(new_url(house, plan)).content.decode()
    browser.post(new_url(house, plan), new_client(unit_number=""))
    assert ConnectionRequest.objects.get().unit.number == ""


def test_bundles_of_others_do_not_exist(sign_in, agent, building):
    drafted = sign_in(agent).post(new_url(building, offer(building)), new_client())
    stranger = sign_in(make_actor())
    assert stranger.get(drafted.url).status_code == 404
    assert stranger.post(drafted.url).status_code == 404
    colleague = make_actor(role=Role.MEMBER, organization=agent.organization)
    assert sign_in(colleague).post(drafted.url).status_code == 403
    assert ConnectionRequest.objects.get().state == RequestState.DRAFT


@pytest.mark.parametrize(
    ("kind", "role", "status"),
    [
        (OrganizationKind.PROVIDER, Role.OWNER, 404),
        (OrganizationKind.AGENCY, Role.VIEWER, 403),
    ],
)
def test_who_may_not_file_finds_no_wizard(sign_in, building, kind, role, status):
    browser = sign_in(make_actor(kind, role))
    assert browser.get(new_url(building, offer(building))).status_code == status


def test_a_visitor_signs_in_and_comes_back_to_what_was_ticked(building):
    url = new_url(building, offer(building))
    response = Browser().get(url)
    assert response.status_code == 302
    assert response.url.startswith(reverse("account_login"))
    assert building.public_id in response.url


@pytest.mark.parametrize("rows", [1, 3])
def test_the_pages_take_as_few_queries_with_one_row_as_with_three(
    sign_in, agent, building, rows, django_assert_max_num_queries
):
    plans = [offer(building) for _n in range(rows)]
    for _n in range(rows):
        ClientFactory(owner=agent.organization)
    browser = sign_in(agent)
    url = new_url(building, *plans)
    browser.get(url)
    with django_assert_max_num_queries(12):
        browser.get(url)
    drafted = browser.post(url, new_client())
    with django_assert_max_num_queries(12):
        browser.get(drafted.url)
