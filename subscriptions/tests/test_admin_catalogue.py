"""Plans, attributes and clients in Django admin."""

from decimal import Decimal

import pytest
from django.urls import reverse

from core.choices import OrganizationKind, StaffScope, Via
from core.models import Event
from locations.models import ServiceCategory
from subscriptions.choices import ClientKind
from subscriptions.models import CategoryAttribute, Plan
from subscriptions.services.clients import create_client
from subscriptions.tests.factories import PlanFactory
from users.models import AccountManagement
from users.tests.factories import OrganizationFactory, make_actor, make_staff

pytestmark = pytest.mark.django_db

PLANS, CLIENTS = (reverse(f"admin:subscriptions_{name}_changelist") for name in ("plan", "client"))


@pytest.fixture
def admin(sign_in):
    return sign_in(make_staff())


def change_url(row):
    return reverse(f"admin:subscriptions_{row._meta.model_name}_change", args=[row.pk])


def typed(**fields):
    return {
        "name": "Старт 300",
        "price": "550",
        "connection_fee": "0",
        "term_months": "0",
        "days_min": "1",
        "days_max": "5",
        "commission_rule": "FIXED",
        "commission_value": "825",
        "is_published": "on",
        "attributes": '{"speed": 300}',
    } | fields


def test_staff_create_a_plan_through_the_service(admin):
    provider = OrganizationFactory(kind=OrganizationKind.PROVIDER, is_claimed=False)
    category = ServiceCategory.objects.get(code="internet")
    response = admin.post(
        reverse("admin:subscriptions_plan_add"),
        typed(provider=provider.pk, category=category.pk),
    )
    assert response.status_code == 302
    plan = Plan.objects.get()
    assert (plan.provider, plan.attributes["speed"], plan.everywhere) == (provider, 300, True)
    event = Event.objects.get(kind="plan.created")
    assert event.via == Via.ADMIN


def test_a_change_is_made_by_the_service(admin):
    category = ServiceCategory.objects.get(code="internet")
    plan = PlanFactory(category=category)
    assert admin.get(change_url(plan)).status_code == 200
    response = admin.post(change_url(plan), typed(price="600"))
    assert response.status_code == 302
    plan.refresh_from_db()
    assert (plan.price, plan.version) == (Decimal(600), 2)
    assert "price" in Event.objects.get(kind="plan.changed").data["fields"]


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"attributes": "{}"}, "attributes"),
        ({"attributes": '{"speed": "fast"}'}, "attributes"),
        ({"commission_value": "0"}, "commission_value"),
        ({"days_max": "0"}, "days_max"),
    ],
)
def test_what_the_service_would_refuse_is_said_in_the_form(admin, wrong, field):
    plan = PlanFactory(category=ServiceCategory.objects.get(code="internet"))
    response = admin.post(change_url(plan), typed(**wrong))
    assert response.status_code == 200
    assert field in response.context["adminform"].form.errors or field == "days_max"
    plan.refresh_from_db()
    assert plan.version == 1


def test_plans_are_found_in_any_letter_case_and_by_provider(admin):
    plan = PlanFactory(name="Старт 300")
    PlanFactory(name="Финиш")
    for text in ("СТАРТ", plan.provider.name, plan.public_id):
        html = admin.get(PLANS, {"q": text}).content.decode()
        assert change_url(plan) in html
        assert "Финиш" not in html


def test_plans_and_clients_are_not_deleted_and_clients_not_changed(admin):
    plan, client = PlanFactory(), create_client(
        make_actor(), name="Иванова Анна", phone="+79123456789", kind=ClientKind.PERSON
    )  # fmt: skip
    for row in (plan, client):
        url = reverse(f"admin:subscriptions_{row._meta.model_name}_delete", args=[row.pk])
        assert admin.post(url, {"post": "yes"}).status_code == 403
    assert admin.get(change_url(client)).status_code == 200
    assert admin.post(change_url(client), {"name": "Чужая"}).status_code == 403


def test_clients_are_found_by_any_word_and_by_the_phone(admin):
    client = create_client(
        make_actor(), name="Иванова Анна", phone="+79123456789", kind=ClientKind.PERSON
    )
    for text in ("анна", "8912", "6789"):
        assert change_url(client) in admin.get(CLIENTS, {"q": text}).content.decode()
    assert change_url(client) not in admin.get(CLIENTS, {"q": "олег"}).content.decode()


def test_an_account_manager_reads_what_is_in_their_charge(sign_in):
    mine, theirs = make_actor(), make_actor()
    kam = make_staff(StaffScope.ACCOUNT_MANAGER)
    AccountManagement.objects.create(
        user=kam.user, organization=mine.organization, created_at=mine.organization.created_at
    )
    for actor, name in ((mine, "Моя Клиентка"), (theirs, "Чужая Клиентка")):
        create_client(actor, name=name, phone="+79123456789", kind=ClientKind.PERSON)
    html = sign_in(kam).get(CLIENTS).content.decode()
    assert "Моя Клиентка" in html
    assert "Чужая Клиентка" not in html


def test_the_code_of_an_attribute_stays(admin):
    attribute = CategoryAttribute.objects.get(category__code="internet", code="speed")
    response = admin.post(
        change_url(attribute),
        {"code": "pace", "name_ru": "Темп", "name_en": "Pace", "position": "10"},
    )
    assert response.status_code == 302
    attribute.refresh_from_db()
    assert (attribute.code, attribute.name_ru) == ("speed", "Темп")
