"""The pages on which a provider keeps its plans."""

from decimal import Decimal

import pytest
from django.urls import reverse

from core.choices import OrganizationKind, Role
from locations.models import ServiceCategory
from locations.tests.factories import CityFactory, RegionFactory
from subscriptions.models import Plan
from subscriptions.services.plans import change_plan
from subscriptions.tests.factories import PlanFactory
from users.tests.factories import OrganizationFactory, make_actor

pytestmark = pytest.mark.django_db

PROVIDER = OrganizationKind.PROVIDER
LIST, NEW = reverse("plan_list"), reverse("plan_new")


@pytest.fixture
def manager():
    return make_actor(PROVIDER)


def internet():
    return ServiceCategory.objects.get(code="internet")


def edit_url(plan):
    return reverse("plan_edit", args=[plan.public_id])


def typed(**fields):
    return {
        "name": "Старт 300",
        "attribute_speed": "300",
        "attribute_router": "on",
        "technology": "GPON",
        "price": "550,50",
        "connection_fee": "0",
        "term_months": "0",
        "days_min": "2",
        "days_max": "3",
        "commission_rule": "FIXED",
        "commission_value": "825",
        "valid_from": "2026-01-01",
        "valid_to": "",
        "is_published": "on",
        "cities_text": "",
    } | fields


@pytest.mark.parametrize("kind", OrganizationKind.values)
def test_providers_alone_keep_plans(sign_in, kind):
    expected = 200 if kind == PROVIDER else 404
    browser = sign_in(make_actor(kind))
    assert browser.get(LIST).status_code == expected
    assert browser.get(NEW).status_code == expected


def test_the_category_is_chosen_first_and_brings_its_attributes(sign_in, manager):
    browser = sign_in(manager)
    chooser = browser.get(NEW).content.decode()
    for category in ServiceCategory.objects.filter(is_active=True):
        assert f"?category={category.code}" in chooser
    fields = browser.get(NEW, {"category": "internet"}).context["form"].fields
    assert fields["attribute_speed"].required
    assert fields["attribute_speed"].label == "Скорость, Мбит/с"
    assert "attribute_channels" not in fields
    assert browser.get(NEW, {"category": "unknown"}).status_code == 404


def test_a_plan_is_created_and_on_offer(sign_in, manager):
    city = CityFactory(name="Казань")
    response = sign_in(manager).post(
        f"{NEW}?category=internet", typed(cities_text="казань\n\nКазань")
    )
    assert response.status_code == 302
    plan = Plan.objects.get()
    assert (plan.provider, plan.category, plan.price) == (
        manager.organization, internet(), Decimal("550.50")
    )  # fmt: skip
    assert plan.attributes == {"speed": 300, "router": True, "static_ip": False}
    assert (plan.everywhere, list(plan.cities.all())) == (False, [city])
    assert list(Plan.objects.offered()) == [plan]


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"name": ""}, "name"),
        ({"attribute_speed": ""}, "attribute_speed"),
        ({"attribute_speed": "fast"}, "attribute_speed"),
        ({"price": "-1"}, "price"),
        ({"days_min": "9"}, "days_max"),
        ({"valid_to": "2025-12-31"}, "valid_to"),
        ({"commission_value": "0"}, "commission_value"),
        ({"cities_text": "Атлантида"}, "cities_text"),
        ({"cities_text": "Киров"}, "cities_text"),
    ],
)
def test_errors_stand_beside_their_fields_and_nothing_typed_is_lost(sign_in, manager, wrong, field):
    for number in range(2):
        CityFactory(name="Киров", region=RegionFactory(), qualifier=f"Регион {number}")
    sent = typed(technology="Особая-7", **wrong)
    response = sign_in(manager).post(f"{NEW}?category=internet", sent)
    assert response.status_code == 200
    assert list(response.context["form"].errors) == [field]
    html = response.content.decode()
    assert 'value="Особая-7"' in html
    assert 'value="550,50"' in html or field == "price"
    assert not Plan.objects.exists()


def test_a_city_among_namesakes_is_named_with_what_tells_it_apart(sign_in, manager):
    CityFactory(name="Киров", qualifier="Калужская обл")
    meant = CityFactory(name="Киров", qualifier="Кировская обл")
    sign_in(manager).post(f"{NEW}?category=internet", typed(cities_text="Киров (Кировская обл)"))
    assert list(Plan.objects.get().cities.all()) == [meant]


def test_fields_that_are_not_offered_cannot_be_set(sign_in, manager):
    other = OrganizationFactory(kind=PROVIDER)
    extra = {"provider": other.pk, "category": 99, "public_id": "HACKED", "version": 9}
    sign_in(manager).post(f"{NEW}?category=internet", typed(**extra))
    plan = Plan.objects.get()
    assert (plan.provider, plan.category, plan.version) == (manager.organization, internet(), 1)
    assert plan.public_id != "HACKED"


def test_a_plan_is_changed_from_what_it_is(sign_in, manager):
    city = CityFactory(name="Казань")
    plan = PlanFactory(provider=manager.organization, category=internet(), attributes={"speed": 99})
    plan.cities.add(city)
    browser = sign_in(manager)
    form = browser.get(edit_url(plan)).context["form"]
    assert (form.initial["attribute_speed"], form.initial["cities_text"]) == (99, "Казань")
    assert browser.post(edit_url(plan), typed(version=1, price="600")).status_code == 302
    plan.refresh_from_db()
    assert (plan.price, plan.name, plan.version, plan.everywhere) == (600, "Старт 300", 2, True)


def test_a_change_on_an_old_version_is_refused_and_what_is_typed_kept(sign_in, manager):
    plan = PlanFactory(provider=manager.organization, category=internet())
    change_plan(manager, plan, version=1, price=Decimal(700))
    response = sign_in(manager).post(edit_url(plan), typed(version=1, name="Моё имя"))
    assert response.status_code == 409
    html = response.content.decode()
    assert 'value="Моё имя"' in html
    assert 'name="version" value="2"' in html
    plan.refresh_from_db()
    assert plan.price == 700


def test_members_read_and_managers_change(sign_in, manager):
    plan = PlanFactory(provider=manager.organization)
    member = sign_in(make_actor(role=Role.MEMBER, organization=manager.organization))
    html = member.get(LIST).content.decode()
    assert plan.name in html
    assert edit_url(plan) not in html
    for url in (NEW, edit_url(plan)):
        assert member.get(url).status_code == 403
    assert member.post(edit_url(plan), typed(version=1)).status_code == 403


def test_plans_of_other_providers_do_not_exist(sign_in, manager):
    theirs = PlanFactory(name="Чужой тариф")
    browser = sign_in(manager)
    assert "Чужой тариф" not in browser.get(LIST).content.decode()
    assert browser.get(edit_url(theirs)).status_code == 404
    assert browser.post(edit_url(theirs), typed(version=1)).status_code == 404


def test_a_provider_that_is_not_verified_is_told_so_and_publishes_nothing(sign_in):
    actor = make_actor(organization=OrganizationFactory(kind=PROVIDER, verified_at=None))
    browser = sign_in(actor)
    html = browser.get(LIST).content.decode()
    assert "message-info" in html
    assert NEW not in html
    assert browser.post(f"{NEW}?category=internet", typed()).status_code == 403


def test_the_list_is_filtered_and_refuses_what_it_does_not_know(sign_in, manager):
    PlanFactory(provider=manager.organization, name="Видимый")
    PlanFactory(provider=manager.organization, name="Спрятан", is_published=False)
    browser = sign_in(manager)
    on_sale = browser.get(LIST, {"offered": "yes"}).content.decode()
    assert ("Видимый" in on_sale, "Спрятан" in on_sale) == (True, False)
    hidden = browser.get(LIST, {"offered": "no", "category": "internet"}).content.decode()
    assert ("Видимый" in hidden, "Спрятан" in hidden) == (False, True)
    assert browser.get(LIST, {"category": "magic"}).status_code == 400
    assert browser.get(LIST, {"provider": "1"}).status_code == 400


@pytest.mark.parametrize("rows", [1, 3])
def test_pages_take_as_few_queries_with_one_row_as_with_three(
    sign_in, manager, rows, django_assert_max_num_queries
):
    plans = [PlanFactory(provider=manager.organization) for _n in range(rows)]
    browser = sign_in(manager)
    for url in (LIST, edit_url(plans[0]), f"{NEW}?category=internet"):
        browser.get(url)
        with django_assert_max_num_queries(8):
            browser.get(url)
