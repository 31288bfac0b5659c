"""Plans: what a provider's manager may set, and what is refused."""

from datetime import date
from decimal import Decimal

import pytest

from core.choices import OrganizationKind, Role
from core.errors import Conflict, DomainError, Forbidden
from core.models import Event
from locations.tests.factories import CityFactory, ServiceCategoryFactory
from subscriptions.choices import CommissionRule
from subscriptions.models import CategoryAttribute, Plan
from subscriptions.services.plans import change_plan, create_plan
from users.tests.factories import OrganizationFactory, make_actor

pytestmark = pytest.mark.django_db

PROVIDER = OrganizationKind.PROVIDER


@pytest.fixture
def category():
    """A category with one attribute of each kind."""
    made = ServiceCategoryFactory(code="test-net", name_ru="Сеть", name_en="Net")
    for code, kind, required in [
        ("speed", "NUMBER", True),
        ("cpe", "TEXT", False),
        ("ip", "FLAG", False),
    ]:
        CategoryAttribute.objects.create(
            category=made, code=code, kind=kind, is_required=required, name_ru=code, name_en=code
        )
    return made


def create(actor, category, **fields):
    values = {
        "attributes": {"speed": 300},
        "name": "Старт 300",
        "price": Decimal(550),
        "commission_rule": CommissionRule.FIXED,
        "commission_value": Decimal(825),
    }
    return create_plan(actor, category=category, **(values | fields))


def test_a_manager_of_a_working_provider_creates_a_plan(category):
    actor = make_actor(PROVIDER)
    plan = create(actor, category, attributes={"speed": "300,5", "cpe": " Роутер  AX ", "ip": "on"})
    assert (plan.provider, plan.everywhere) == (actor.organization, True)
    assert plan.attributes == {"speed": 300.5, "cpe": "Роутер AX", "ip": True}
    assert list(Plan.objects.offered()) == [plan]
    assert Event.objects.get().kind == "plan.created"


@pytest.mark.parametrize(
    ("kind", "role"),
    [
        (PROVIDER, Role.MEMBER),
        (PROVIDER, Role.VIEWER),
        (OrganizationKind.AGENCY, Role.OWNER),
        (OrganizationKind.PERSON, Role.OWNER),
    ],
)
def test_others_create_no_plans(category, kind, role):
    with pytest.raises(Forbidden):
        create(make_actor(kind, role), category)


def test_a_provider_that_is_not_verified_publishes_nothing(category):
    provider = OrganizationFactory(kind=PROVIDER, verified_at=None)
    with pytest.raises(Forbidden):
        create(make_actor(organization=provider), category)


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"attributes": {}}, "attribute_speed"),
        ({"attributes": {"speed": "fast"}}, "attribute_speed"),
        ({"attributes": {"speed": "NaN"}}, "attribute_speed"),
        ({"attributes": {"speed": "-1"}}, "attribute_speed"),
        ({"attributes": {"speed": "1e400"}}, "attribute_speed"),
        ({"attributes": {"speed": 1, "cpe": "Я" * 61}}, "attribute_cpe"),
        ({"attributes": {"speed": 1, "colour": "red"}}, "attribute_colour"),
        ({"name": " "}, "name"),
        ({"price": Decimal(-1)}, "price"),
        ({"price": "free"}, "price"),
        ({"days_min": 5, "days_max": 4}, "days_max"),
        ({"valid_from": date(2026, 2, 1), "valid_to": date(2026, 1, 31)}, "valid_to"),
        ({"commission_rule": "GENEROUS"}, "commission_rule"),
        ({"commission_value": Decimal(0)}, "commission_value"),
        (
            {"commission_rule": CommissionRule.FEE_SHARE, "commission_value": Decimal(101)},
            "commission_value",
        ),
        (
            {"commission_rule": CommissionRule.MONTHS, "commission_value": Decimal(25)},
            "commission_value",
        ),
    ],
)
def test_what_cannot_be_is_refused_beside_its_field(category, fields, field):
    with pytest.raises(DomainError) as refused:
        create(make_actor(PROVIDER), category, **fields)
    assert refused.value.field == field
    assert not Plan.objects.exists()


def test_no_commission_is_zero_whatever_was_typed(category):
    plan = create(make_actor(PROVIDER), category, commission_rule=CommissionRule.NONE)
    assert plan.commission_value == 0


def test_a_change_names_its_fields_and_keeps_the_rest(category):
    actor = make_actor(PROVIDER)
    plan = create(actor, category)
    city = CityFactory()
    change_plan(
        actor, plan, version=1, price=Decimal(600), attributes={"speed": 500}, cities=[city]
    )
    plan.refresh_from_db()
    assert (plan.price, plan.attributes["speed"], plan.everywhere) == (Decimal(600), 500, False)
    assert (plan.name, plan.version, list(plan.cities.all())) == ("Старт 300", 2, [city])
    assert Event.objects.get(kind="plan.changed").data == {
        "fields": ["price", "attributes", "cities"]
    }


def test_a_change_that_changes_nothing_tells_nobody(category):
    actor = make_actor(PROVIDER)
    plan = create(actor, category)
    change_plan(actor, plan, version=1, price="550", cities=[])
    assert Plan.objects.get().version == 1
    assert Event.objects.count() == 1


def test_a_change_based_on_an_old_version_is_refused(category):
    actor = make_actor(PROVIDER)
    plan = create(actor, category)
    change_plan(actor, plan, version=1, price=Decimal(600))
    with pytest.raises(Conflict):
        change_plan(actor, plan, version=1, price=Decimal(500))
    assert Plan.objects.get().price == 600


def test_another_provider_cannot_change_a_plan(category):
    plan = create(make_actor(PROVIDER), category)
    with pytest.raises(Forbidden):
        change_plan(make_actor(PROVIDER), plan, version=1, price=Decimal(1))


def test_fields_that_are_not_offered_cannot_be_set(category):
    actor = make_actor(PROVIDER)
    with pytest.raises(TypeError):
        change_plan(actor, create(actor, category), version=1, provider_id=7)
