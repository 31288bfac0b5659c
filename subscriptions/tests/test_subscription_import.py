"""Services that a holder has already: read from a file or typed, nothing twice, bad rows back."""

import csv
import io
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from django.core.files.base import ContentFile
from django.core.files.uploadedfile import SimpleUploadedFile

from core import clock
from core.choices import OrganizationKind, Role
from core.errors import DomainError
from core.models import Event, Operation
from core.operations import prepare_operation
from core.tests.reading import seen
from locations.tests.factories import BuildingFactory, CityFactory, StreetFactory, UnitFactory
from subscriptions.choices import RequestState
from subscriptions.models import Plan, Spend, Subscription, SubscriptionPrice
from subscriptions.services.centre import importing
from subscriptions.services.centre.adding import add_service
from subscriptions.services.centre.import_rows import FIELDS, recognised
from subscriptions.tests.centre import company, held
from subscriptions.tests.factories import PlanFactory, request_in
from users.tests.factories import OrganizationFactory, make_actor

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 18, 9, tzinfo=UTC)
HEADER = "Адрес;Кв;Услуга;Провайдер;Тариф;Цена;Действует с;Договор;Место затрат;Метки"


@pytest.fixture(autouse=True)
def november():
    with clock.set_to(NOW):
        yield


@pytest.fixture
def holder():
    return company()


@pytest.fixture
def building():
    street = StreetFactory(city=CityFactory(name="Казань"), name="Чистопольская")
    return BuildingFactory(street=street, number="12")


@pytest.fixture
def provider():
    return OrganizationFactory(
        kind=OrganizationKind.PROVIDER, name="Уфанет", inn="7707083893", verified_at=NOW
    )


@pytest.fixture
def tv(provider):
    return PlanFactory(provider=provider, name="Старт 300", attributes={"speed": 300})


def read_result(operation):
    with operation.result.open("rb") as file:
        return file.read()


def cells(**fields):
    row = dict.fromkeys(FIELDS, "")
    row |= {
        "address": "Казань, Чистопольская, 12",
        "unit": "47",
        "category": "internet",
        "provider": "уфанет",
        "price": "550",
    }
    return row | fields


def bring(browser, rows, run_jobs, header=HEADER):
    text = "\n".join([header, *rows])
    upload = SimpleUploadedFile("мои.csv", text.encode())
    looked = browser.post("/subscriptions/import/", {"file": upload})
    assert looked.status_code == 302, seen(looked)
    check = browser.get(looked.url)
    browser.post(looked.url)
    run_jobs()
    return check, Operation.objects.order_by("-pk").first()


def row(**fields):
    names = ("address", "unit", "category", "provider", "plan", "price", "started_on", "contract",
             "centre", "tags")  # fmt: skip
    return ";".join(cells(**fields)[name] for name in names)


def test_a_file_is_looked_at_and_then_brought(holder, building, provider, tv, sign_in, run_jobs):
    browser = sign_in(holder)
    check, done = bring(
        browser,
        [
            row(plan="старт 300", contract="У-1", started_on="01.03.2026", tags="важное, офис"),
            row(unit="48", provider="7707083893", plan="Наш особый", price="1 250,50 ₽",
                centre="Склад"),
            row(address="Казань, Нигде, 1"),
            row(unit="49", provider="Неведомый"),
            row(unit="50", category="телепорт"),
            row(unit="51", price="много"),
            row(unit="52", started_on="18.11.2027"),
            row(unit=""),
        ],
        run_jobs,
    )  # fmt: skip
    fates = [fate.name for _line, _cells, fate in check.context["lines"]]
    assert fates == ["new", "new", "bad", "bad", "bad", "bad", "bad", "new"]
    assert done.state == "DONE"
    first, second = Subscription.objects.order_by("pk")
    assert (first.holder, first.owner, first.origin, first.in_force_key) == (
        holder.organization,
        holder.organization,
        None,
        None,
    )
    assert (first.plan, first.contract_number, first.unit.number) == (tv, "У-1", "47")
    assert sorted(first.tags.values_list("name", flat=True)) == ["важное", "офис"]
    own = second.plan
    assert (own.name, own.private_to, own.is_published) == (
        "Наш особый",
        holder.organization,
        False,
    )
    assert (second.price, second.cost_centre.name) == (Decimal("1250.50"), "Склад")
    price = SubscriptionPrice.objects.get(subscription=first)
    assert (price.starts_on, price.ends_on, price.price) == (date(2026, 3, 1), None, Decimal(550))
    assert Spend.objects.get(
        owner=holder.organization, by="TOTAL", month=date(2026, 10, 1)
    ).amount == Decimal(550)
    assert [figure for _label, figure in done.summary["facts"]] == [8, 2, 0, 6]
    refused = list(csv.reader(io.StringIO(read_result(done).decode("utf-8-sig")), delimiter=";"))
    assert [line[-3] for line in refused[1:]] == ["4", "5", "6", "7", "8", "9"]


def test_what_is_known_is_left_as_it_is(holder, building, provider, sign_in, run_jobs):
    browser = sign_in(holder)
    rows = [row(contract="У-1"), row(unit="48")]
    bring(browser, rows, run_jobs)
    again = [row(contract="У-1", unit="99", price="1"), row(unit="48", price="1"), row(unit="47")]
    check, _done = bring(browser, again, run_jobs)
    assert [fate.name for _line, _cells, fate in check.context["lines"]] == ["known"] * 3
    assert Subscription.objects.count() == 2
    assert set(Subscription.objects.values_list("price", flat=True)) == {Decimal(550)}


def test_a_worker_that_was_killed_goes_on(holder, building, provider, monkeypatch):
    monkeypatch.setattr(importing, "BATCH", 2)
    lines = [row(unit=str(number)) for number in range(1, 6)] + [row(unit="")]
    operation = prepare_operation(
        holder,
        "subscriptions.import",
        {"ending": "csv", "mapping": recognised(HEADER.split(";"))},
        source=ContentFile("\n".join([HEADER, *lines]).encode()),
    )
    calls = []

    def die(done, total=None):
        calls.append(done)
        if len(calls) == 2:
            raise RuntimeError("killed")

    with pytest.raises(RuntimeError):
        importing.run_import(holder, operation, die)
    assert Subscription.objects.count() == 4
    operation = Operation.objects.get(pk=operation.pk)
    importing.run_import(holder, operation, lambda done, total=None: None)
    importing.run_import(holder, operation, lambda done, total=None: None)
    assert Subscription.objects.count() == 5
    assert operation.data["counts"] == {"created": 5, "known": 0}
    assert Event.objects.filter(kind="subscriptions.imported").count() == 1
    # What only writing found wrong comes back after the second run as well.
    assert b"7" in read_result(operation)


def test_a_service_that_was_written_down_keeps_nobody_from_connecting(holder, building, provider):
    made = add_service(holder, cells())
    made.category.one_per_unit = True
    made.category.save()
    plan = PlanFactory(category=made.category)
    connected = request_in(RequestState.CONNECTED, plan=plan, unit=made.unit)
    assert connected.outcome.in_force_key


def test_a_private_plan_is_nobody_elses(holder, building, provider, sign_in):
    made = add_service(holder, cells(plan="Тайный тариф", figure="200"))
    assert made.plan.attributes == {"speed": 200}
    add_service(holder, cells(plan="тайный  тариф", figure="200", unit="48"))
    assert Plan.objects.filter(private_to=holder.organization).count() == 1
    operator = make_actor(role=Role.OWNER, organization=provider)
    assert made.plan not in Plan.objects.visible_to(operator)
    assert made.plan not in Plan.objects.offered()
    assert "Тайный тариф" not in seen(sign_in(operator).get("/plans/"))
    # The service itself is its provider's too.
    assert made.number in seen(sign_in(operator).get("/subscriptions/"))


def test_a_sandbox_provider_is_not_known(holder, building):
    OrganizationFactory(
        kind=OrganizationKind.PROVIDER, name="Песок", verified_at=NOW, is_sandbox=True
    )
    with pytest.raises(DomainError) as refused:
        add_service(holder, cells(provider="Песок"))
    assert refused.value.field == "provider"


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("address", "Казань, Нигде, 1"),
        ("category", ""),
        ("provider", ""),
        ("price", "NaN"),
        ("price", "-5"),
        ("price", "1e30"),
        ("price", "1.005"),
        ("started_on", "вчера"),
        ("started_on", "01.01.1800"),
        ("term_until", "01.01.2020"),
        ("renew", "3"),
        ("renew", "x"),
        ("figure", "быстро"),
        ("contract", "x" * 61),
        ("plan", "a\x00b"),
        ("unit", "x" * 300),
    ],
)
def test_what_is_wrong_is_said_beside_its_field(holder, building, provider, field, value):
    with pytest.raises(DomainError) as refused:
        add_service(holder, cells(**{field: value}))
    assert refused.value.field in (field, "term_until")
    assert not Subscription.objects.exists()


def test_one_is_added_by_hand(holder, building, provider, sign_in, run_jobs):
    browser = sign_in(holder)
    data = {
        "address": "Казань, Чистопольская, 12",
        "unit": "47",
        "category": "internet",
        "provider": "Уфанет",
        "plan": "Старт",
        "price": "550,50",
        "started_on": "2026-03-01",
        "tags": "важное",
    }
    bad = browser.post("/subscriptions/new/", data | {"provider": "Неведомый"})
    assert bad.status_code == 422
    assert "Чистопольская" in bad.content.decode()
    answer = browser.post("/subscriptions/new/", data)
    made = Subscription.objects.get()
    assert answer.url == f"/subscriptions/{made.number}/"
    assert made.price == Decimal("550.50")
    again = browser.post("/subscriptions/new/", data)
    assert again.status_code == 422
    assert made.number in again.content.decode()
    assert Subscription.objects.count() == 1


def test_only_managers_of_holders_bring_services(holder, sign_in):
    member = make_actor(role=Role.MEMBER, organization=holder.organization)
    agent = make_actor(OrganizationKind.AGENCY)
    for path in ("import/", "new/", "import/template.csv"):
        assert sign_in(member).get(f"/subscriptions/{path}").status_code == 403
        assert sign_in(agent).get(f"/subscriptions/{path}").status_code == 404


def test_a_file_without_what_is_required_is_refused_at_once(holder, sign_in):
    upload = SimpleUploadedFile("x.csv", "Адрес;Цена\nКазань;1\n".encode())
    answer = sign_in(holder).post("/subscriptions/import/", {"file": upload})
    assert answer.status_code == 422
    assert not Operation.objects.exists()


def test_the_example_is_understood(holder, sign_in):
    for ending in ("csv", "xlsx"):
        assert sign_in(holder).get(f"/subscriptions/import/template.{ending}").status_code == 200
    assert recognised([str(label) for label in FIELDS.values()]) == list(FIELDS)


def test_what_is_taken_away_runs_no_formula(holder, building, provider, sign_in, run_jobs):
    add_service(holder, cells(plan="=1+1", contract="+7", tags="@x"))
    browser = sign_in(holder)
    browser.post("/subscriptions/export/", {"format": "csv", "query": ""})
    run_jobs()
    done = Operation.objects.get(kind="subscriptions.export")
    text = read_result(done).decode("utf-8-sig")
    assert "'=1+1" in text
    assert "'+7" in text
    assert "'@x" in text
    narrowed = browser.post("/subscriptions/export/", {"format": "csv", "query": "owner=1"})
    assert narrowed.status_code == 400


def test_an_export_tells_who_filed_no_cost(holder, sign_in, run_jobs):
    agent = make_actor(OrganizationKind.AGENCY)
    held(
        holder.organization,
        owner=agent.organization,
        price="4321",
        contract_number="СЕКРЕТ",
        unit=UnitFactory(),
    )
    sign_in(agent).post("/subscriptions/export/", {"format": "csv", "query": ""})
    run_jobs()
    text = read_result(Operation.objects.get(kind="subscriptions.export")).decode("utf-8-sig")
    assert "ES-" in text
    assert "4321" not in text
    assert "СЕКРЕТ" not in text
