"""The public page and what a visitor leaves on it: kept once, screened, told nothing."""

from html import unescape
from unittest import mock
from uuid import uuid4

import pytest
from django.core.cache import cache
from django.test import Client as Browser
from django.urls import reverse

from core.choices import OrganizationKind
from core.errors import DomainError
from core.models import Event
from core.tests.concurrency import together
from core.tests.reading import seen
from locations.tests.factories import (
    BuildingCoverageFactory,
    BuildingFactory,
    CityFactory,
    RegionFactory,
    ServiceCategoryFactory,
    StreetFactory,
)
from subscriptions.choices import LeadHold, LeadState
from subscriptions.forms import leads as forms
from subscriptions.models import Lead
from subscriptions.services.leads import Wish, forget_spam, submit_lead
from subscriptions.services.leads.screening import HELD_FROM_ADDRESS, REFUSED_FROM_ADDRESS
from subscriptions.tests.factories import PlanFactory, make_lead
from users.tests.factories import make_actor

pytestmark = pytest.mark.django_db
PHONE = "+79123456789"


@pytest.fixture(autouse=True)
def _fresh_counts():
    cache.clear()


@pytest.fixture
def house():
    street = StreetFactory(city=CityFactory(name="Казань"), name="Чистопольская")
    return BuildingFactory(street=street, number="12")


@pytest.fixture
def plan(house):
    found = PlanFactory()
    BuildingCoverageFactory(building=house, provider=found.provider, category=found.category)
    return found


def text(response) -> str:
    return unescape(response.content.decode())


def wish_url(house=None, **query) -> str:
    if house is not None:
        query["building"] = house.public_id
    return reverse("lead_new", query=query)


def token(seconds: int = 60) -> str:
    """The token of a form that has been open for so long."""
    with mock.patch("django.core.signing.time.time", return_value=forms.time.time() - seconds):
        return forms.new_token()


def typed(**fields) -> dict:
    return {
        "name": "Мария Посетителева",
        "phone": "8 (912) 345-67-89",
        "unit_number": "47",
        "categories": ["internet"],
        "comment": "После шести",
        "consent": "on",
        "form_token": token(),
    } | fields


def send(url, sent_from="192.0.2.1", **fields):
    return Browser().post(url, typed(**fields), REMOTE_ADDR=sent_from)


# --- the pages --------------------------------------------------------------------------------
def test_a_typed_address_leads_to_its_building(house):
    answer = Browser().get(reverse("check"), {"q": "казань чистопольская 12 кв 47"})
    assert answer.url == reverse("availability_building", args=[house.public_id]) + "?unit=47"


def test_an_address_that_is_not_known_can_be_left_all_the_same():
    html = text(Browser().get(reverse("check"), {"q": "Дальнее, Лесная 5"}))
    assert reverse("lead_new") + "?address=" in html


def test_who_is_signed_in_checks_in_the_cabinet(sign_in):
    answer = sign_in(make_actor()).get(reverse("check"), {"q": "Казань"})
    assert answer.url.startswith(reverse("availability"))


def test_the_first_page_and_the_answer_lead_visitors_to_the_wish(house, plan):
    assert f'action="{reverse("check")}"' in text(Browser().get("/"))
    page = reverse("availability_building", args=[house.public_id])
    assert f'formaction="{reverse("lead_new")}"' in text(Browser().get(page))


def test_the_wish_shows_the_plans_chosen_and_no_commission(house, plan):
    page = Browser().get(wish_url(house, plan=plan.public_id, unit="47"))
    assert 'value="47"' in text(page)
    assert plan.name in seen(page)
    assert "825 ₽" not in seen(page)
    assert "750 ₽" not in seen(page)


def test_a_wish_is_kept_once_and_the_visitor_told_what_happens(house, plan):
    url = wish_url(house, plan=plan.public_id, **{"from": "advert"})
    fields = typed(categories=[])
    browser = Browser()
    for _ in range(2):
        answer = browser.post(url, fields)
        assert answer.url == reverse("lead_thanks")
    assert browser.get(answer.url).status_code == 200
    lead = Lead.objects.get()
    assert (lead.name, str(lead.phone)) == ("Мария Посетителева", PHONE)
    assert (lead.building, lead.city, lead.unit_number) == (house, house.city, "47")
    assert (lead.state, lead.held_as, lead.source) == (LeadState.NEW, "", "advert")
    assert lead.consent_version and lead.consent_at
    assert list(lead.plans.all()) == [plan]
    assert [category.pk for category in lead.categories.all()] == [plan.category_id]
    event = Event.objects.get(kind="lead.received")
    assert event.data == {}


def test_an_address_that_is_not_in_the_base_is_kept_with_its_city():
    city = CityFactory(name="Казань")
    ServiceCategoryFactory()
    answer = send(wish_url(), city="казань", address="Новая 1, кв. 2")
    assert answer.url == reverse("lead_thanks")
    lead = Lead.objects.get()
    assert (lead.city, lead.building, lead.address) == (city, None, "казань, Новая 1, кв. 2")


def test_a_name_of_several_cities_is_asked_about():
    for region in ("Московская обл", "Тверская обл"):
        CityFactory(name="Кировск", qualifier=region, region=RegionFactory(name=region))
    ServiceCategoryFactory()
    answer = send(wish_url(), city="Кировск", address="Новая 1")
    assert answer.status_code == 422
    assert "Тверская обл" in text(answer)
    assert send(wish_url(), city="Кировск (Тверская обл)", address="Новая 1").status_code == 302
    assert Lead.objects.get().city.qualifier == "Тверская обл"


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"name": ""}, "name"),
        ({"name": "…"}, None),
        ({"phone": "12"}, "phone"),
        ({"phone": ""}, "phone"),
        ({"email": "no"}, "email"),
        ({"categories": []}, "categories"),
        ({"categories": ["nothing"]}, "categories"),
        ({"consent": ""}, "consent"),
        ({"comment": "х" * 1001}, "comment"),
        ({"unit_number": "1" * 21}, "unit_number"),
        ({"form_token": "forged"}, None),
        ({"form_token": ""}, "form_token"),
    ],
)
def test_what_is_wrong_is_said_and_what_was_typed_stays(house, fields, field):
    ServiceCategoryFactory()
    answer = send(wish_url(house), **fields)
    assert answer.status_code == 422
    assert not Lead.objects.exists()
    form = answer.context["form"]
    if field:
        assert field in form.errors
    assert 'value="8 (912) 345-67-89"' in text(answer) or "phone" in fields


def test_a_form_that_was_refused_for_its_token_can_be_sent_again(house):
    ServiceCategoryFactory()
    refused = send(wish_url(house), form_token="forged")
    fresh = refused.context["form"].data["form_token"]
    with mock.patch("subscriptions.services.leads.screening.LEAST_SECONDS", -5):
        assert send(wish_url(house), form_token=fresh).status_code == 302


def test_fields_that_the_form_does_not_offer_change_nothing(house):
    agency = make_actor().organization
    ServiceCategoryFactory()
    send(
        wish_url(house),
        state="TAKEN", agency=agency.pk, client="1", held_as="LINKS", taken_at="2026-01-01",
    )  # fmt: skip
    lead = Lead.objects.get()
    assert (lead.state, lead.agency, lead.client, lead.held_as) == (LeadState.NEW, None, None, "")


def test_a_building_that_is_not_public_takes_no_wish(house):
    house.status = "PENDING"
    house.verified_key = None
    house.added_by = make_actor().organization
    house.save()
    assert Browser().get(wish_url(house)).status_code == 404
    assert send(wish_url(house)).status_code == 404


def test_plans_that_cannot_be_connected_are_left_out(house, plan):
    other = PlanFactory()
    url = wish_url(house, plan=other.public_id)
    assert send(url).status_code == 302
    assert not Lead.objects.get().plans.exists()


# --- spam -------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("fields", "held_as"),
    [
        ({"subject": "cheap"}, LeadHold.TRAP),
        ({"form_token": "now"}, LeadHold.HASTE),
        ({"comment": "See https://spam.example"}, LeadHold.LINKS),
        ({"comment": "see spam.example/x"}, LeadHold.LINKS),
        ({"name": "www.spam.example"}, LeadHold.LINKS),
        ({"comment": "Пишите на anna@mail.ru, дом 5/2"}, ""),
    ],
)
def test_spam_is_held_for_staff_and_answered_like_anyone(house, fields, held_as):
    ServiceCategoryFactory()
    if fields.get("form_token"):
        fields = {"form_token": token(seconds=0)}
    answer = send(wish_url(house), **fields)
    assert answer.url == reverse("lead_thanks")
    lead = Lead.objects.get()
    assert lead.held_as == held_as
    assert lead.state == (LeadState.SPAM if held_as else LeadState.NEW)


def test_many_from_one_address_are_held_and_far_too_many_refused(house):
    ServiceCategoryFactory()
    with mock.patch("subscriptions.services.leads.screening.REFUSED_FROM_ADDRESS", 12):
        answers = [
            send(wish_url(house), phone=f"+7912000{n:04d}", sent_from="192.0.2.9")
            for n in range(13)
        ]
    assert [answer.status_code for answer in answers] == [302] * 12 + [429]
    assert Lead.objects.filter(state=LeadState.NEW).count() == HELD_FROM_ADDRESS
    assert Lead.objects.filter(held_as=LeadHold.FLOOD).count() == 2
    assert "+79120000012" in text(answers[-1])
    assert send(wish_url(house), phone="+79130000000", sent_from="192.0.2.10").status_code == 302
    assert Lead.objects.get(phone="+79130000000").state == LeadState.NEW
    assert HELD_FROM_ADDRESS < REFUSED_FROM_ADDRESS


def test_addresses_of_one_ipv6_network_count_as_one(house):
    ServiceCategoryFactory()
    for number in range(HELD_FROM_ADDRESS + 1):
        send(
            wish_url(house),
            phone=f"+7912000{number:04d}",
            sent_from=f"2001:db8:1:2::{number + 1:x}",
        )
    assert Lead.objects.filter(held_as=LeadHold.FLOOD).count() == 1


def test_a_phone_that_asks_for_many_houses_is_held():
    for _ in range(6):
        send(wish_url(BuildingFactory()), categories=[ServiceCategoryFactory().code])
    assert list(Lead.objects.order_by("pk").values_list("held_as", flat=True)) == [
        *[""] * 5,
        LeadHold.FLOOD,
    ]


def test_held_leads_are_forgotten_in_time(house):
    held, kept = make_lead(held_as=LeadHold.LINKS), make_lead()
    assert forget_spam() == 0
    Lead.objects.update(created_at="2026-01-01T00:00Z")
    assert forget_spam() == 1
    assert list(Lead.objects.all()) == [kept]
    assert held.pk != kept.pk


# --- the same wish ----------------------------------------------------------------------------
def test_the_same_phone_and_house_within_a_day_is_one_lead(house, plan):
    first = make_lead(building=house, phone="8 912 345 67 89", comment="Утром", unit_number="")
    again = make_lead(
        building=house, phone=PHONE, comment="Или вечером", plans=[plan.pk], unit_number="5"
    )
    assert again.pk == first.pk
    lead = Lead.objects.get()
    assert lead.comment == "Утром\nИли вечером"
    assert lead.unit_number == "5"
    assert list(lead.plans.all()) == [plan]
    assert Event.objects.filter(kind="lead.repeated").count() == 1
    make_lead(phone=PHONE)
    make_lead(building=house, phone="+79120000000")
    assert Lead.objects.count() == 3


def test_after_a_day_it_is_a_new_wish(house):
    make_lead(building=house, phone=PHONE)
    Lead.objects.update(created_at="2026-01-01T00:00Z")
    make_lead(building=house, phone=PHONE)
    assert Lead.objects.count() == 2


def test_spam_does_not_join_what_an_agency_works(house):
    make_lead(building=house, phone=PHONE)
    make_lead(building=house, phone=PHONE, held_as=LeadHold.LINKS)
    assert sorted(Lead.objects.values_list("state", flat=True)) == ["NEW", "SPAM"]


@pytest.mark.parametrize(
    ("fields", "field"),
    [({"name": " - "}, "name"), ({"phone": "1"}, "phone"), ({"address": " , "}, "address")],
)
def test_the_service_refuses_what_says_nothing(fields, field):
    wish = {"name": "Мария", "phone": PHONE, "address": "Лесная 5"} | fields
    with pytest.raises(DomainError) as refused:
        submit_lead(Wish(**wish), form_token=uuid4())
    assert refused.value.field == field


@pytest.mark.django_db(transaction=True)
def test_sent_many_times_at_once_it_is_one_lead(shared_database):
    house, form_token = BuildingFactory(), uuid4()
    category = ServiceCategoryFactory()

    def leave(number: int):
        wish = Wish("Мария", PHONE, building=house, categories=[category.pk])
        return submit_lead(wish, form_token=form_token if number % 2 else uuid4()).pk

    outcomes = together([lambda number=number: leave(number) for number in range(8)])
    assert outcomes == [Lead.objects.get().pk] * 8
    assert Event.objects.filter(kind="lead.received").count() == 1


@pytest.mark.parametrize("kind", OrganizationKind.values)
def test_members_may_leave_a_wish_too(sign_in, house, kind):
    ServiceCategoryFactory()
    browser = sign_in(make_actor(kind))
    assert browser.get(wish_url(house)).status_code == 200
    assert browser.post(wish_url(house), typed()).status_code == 302
