"""A file of addresses answered row by row."""

import io

import openpyxl
import pytest
import xlsxwriter
from django.core.files.base import ContentFile
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.actor import ANONYMOUS
from core.choices import OrganizationKind, Role
from core.errors import DomainError
from core.models import Operation
from core.operations import start_operation
from locations.models import Building, CoverageState
from locations.selectors.coverage import statements_at
from locations.selectors.coverage_many import Spot, statements_at_many
from locations.tests.factories import (
    BuildingCoverageFactory,
    BuildingFactory,
    CityFactory,
    CoverageZoneFactory,
    RegionFactory,
    ServiceCategoryFactory,
    StreetFactory,
    square,
)
from subscriptions.models import AvailabilityWatch
from subscriptions.selectors.address_list import answers_at, understand
from subscriptions.selectors.availability import answer
from subscriptions.selectors.typed_address import read_address
from subscriptions.services.address_list import heads_of
from subscriptions.tests.factories import PlanFactory
from users.tests.factories import OrganizationFactory, make_actor

pytestmark = pytest.mark.django_db
LIST = reverse("availability_list")


@pytest.fixture
def agent():
    return make_actor()


@pytest.fixture
def kazan():
    region = RegionFactory(name="Татарстан", full_name="Республика Татарстан", type="Респ")
    return CityFactory(name="Казань", region=region)


@pytest.fixture
def house(kazan):
    return BuildingFactory(street=StreetFactory(city=kazan, name="Чистопольская"), number="12")


def answered(actor, run_jobs, *lines, header="Адрес", **data):
    content = "\n".join([header, *lines]).encode()
    row = start_operation(
        actor, "availability.list", {"ending": "csv"} | data, source=ContentFile(content)
    )
    run_jobs()
    row.refresh_from_db()
    return row


def rows_of(operation):
    with operation.result.open("rb") as file:
        sheet = openpyxl.load_workbook(io.BytesIO(file.read())).active
        return [[cell or "" for cell in row] for row in sheet.iter_rows(values_only=True)]


def understood(actor, text):
    (one,) = understand(actor, [text])
    return one


# --- understood ----------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "text",
    [
        "Казань, ул Чистопольская, д 12",
        "казань чистопольская 12",
        "Чистопольская 12 Казань",
        "г. Казань, улица Чистопольская, дом 12",
        "Республика Татарстан, г Казань, ул Чистопольская, 12",
        "420000, Россия, Татарстан, Казань, Чистопольская, д. 12",
        "Чистопольская, 12",
    ],
)
def test_an_address_is_understood_however_it_is_written(agent, house, text):
    assert understood(agent, text).house.pk == house.pk


def test_the_flat_is_kept(agent, house):
    one = understood(agent, "Казань, Чистопольская 12, кв. 47")
    assert (one.house.pk, one.unit) == (house.pk, "47")


def test_a_city_of_another_region_is_not_taken_for_it(agent, house):
    assert understood(agent, "Саратовская обл, Казань, Чистопольская, 12").house is None


def test_two_that_are_called_alike_are_named_and_not_guessed(agent, house, kazan):
    BuildingFactory(
        street=StreetFactory(city=kazan, name="Чистопольская", type="пр-кт"), number="12"
    )
    one = understood(agent, "Казань, Чистопольская 12")
    assert one.house is None
    assert house.address in one.problem
    assert "пр-кт Чистопольская" in one.problem
    # Written out it is clear.
    assert understood(agent, "Казань, ул Чистопольская 12").house.pk == house.pk


def test_without_a_city_houses_of_several_cities_are_named(agent, house):
    other = BuildingFactory(street=StreetFactory(name="Чистопольская"), number="12")
    one = understood(agent, "Чистопольская 12")
    assert one.house is None
    assert {house.address, other.address} <= set(one.problem.partition(": ")[2].split("; "))


def test_what_is_not_found_says_what_it_may_mean(agent, house):
    one = understood(agent, "Казань, Чистопольская")
    assert one.house is None
    assert house.address in one.problem
    assert understood(agent, "Нигде 5").problem
    assert understood(agent, "").problem


def test_a_private_building_is_understood_by_its_own_organization_alone(agent, house):
    Building.objects.filter(pk=house.pk).update(
        status="PENDING", verified_key=None, added_by=agent.organization
    )
    text = "Казань, Чистопольская 12"
    assert understood(agent, text).house.pk == house.pk
    for other in (make_actor(), ANONYMOUS):
        one = understood(other, text)
        assert one.house is None
        assert house.address not in one.problem


@pytest.mark.parametrize(
    "text",
    ["Казань Чистопольская 12", "Чистопольская 12 кв 5", "Казань", "12", "Чистопольская", "—"],
)
def test_the_list_understands_what_the_page_does(agent, house, text):
    page = read_address(agent, text).building
    one = understood(agent, text).house
    assert (one.public_id if one else None) == (page.public_id if page else None)


def test_a_point_is_answered_by_its_zones(agent, house):
    zone = CoverageZoneFactory()
    PlanFactory(provider=zone.provider, everywhere=False).cities.add(house.city)
    one = understood(agent, "55.7944, 49.1115")
    (found,) = answers_at(agent, [one.house])
    assert found["internet"].state == CoverageState.AVAILABLE
    assert understood(agent, "95.0, 49.1").problem


# --- answered ---------------------------------------------------------------------------
def test_many_are_answered_as_one_is(agent, kazan):
    """The batch of coverage and of answers against the answer of the page, building by building."""
    tv, street = ServiceCategoryFactory(code="tv"), StreetFactory(city=kazan, name="Баумана")
    buildings = [BuildingFactory(street=street, latitude=55.79 + step / 200) for step in range(6)]
    for latitude, half in [(55.79, 0.011), (55.80, 0.006), (55.81, 0.02)]:
        zone = CoverageZoneFactory(geometry=square(latitude, 49.1115, half), technology="GPON")
        PlanFactory(provider=zone.provider, technology="GPON")
        CoverageZoneFactory(
            provider=zone.provider, category=tv, geometry=square(latitude, 49.1115, half / 2)
        )
    for building in buildings[::2]:
        stated = BuildingCoverageFactory(building=building, state=CoverageState.SURVEY)
        PlanFactory(provider=stated.provider, everywhere=False).cities.add(kazan)
        BuildingCoverageFactory(
            building=building, provider=zone.provider, state=CoverageState.NOT_AVAILABLE
        )
    spots = [Spot(one.pk, one.cell, one.latitude, one.longitude) for one in buildings]
    many = [said for _spot, said in statements_at_many(spots)]
    assert many == [statements_at(building) for building in buildings]
    houses = [understood(agent, building.address).house for building in buildings]
    for building, found in zip(buildings, answers_at(agent, houses), strict=True):
        page = answer(building, actor=agent)
        for row in page.categories:
            summary = found[row.category.code]
            offering = [one for one in row.remarks if one.state != CoverageState.NOT_AVAILABLE]
            names = {one.provider for one in (*row.options, *offering)}
            assert set(summary.providers) == names
            prices = [one.price for one in row.options if one.can_be_filed]
            assert summary.price == min(prices, default=None)
            lines = [*row.options, *row.remarks]
            assert bool(summary.state) == bool(lines)


def test_the_file_that_comes_back_says_all_of_it(agent, house, run_jobs):
    plan = PlanFactory(name="Старт")
    BuildingCoverageFactory(building=house, provider=plan.provider, technology="GPON")
    operation = answered(
        agent, run_jobs, "7;Казань, Чистопольская 12, кв 47", "8;Нигде 5", header="№;Адрес",
        categories=["internet"],
    )  # fmt: skip
    assert operation.state == Operation.State.DONE, operation.error
    header, good, bad = rows_of(operation)
    assert header[:2] == ["№", "Адрес"]
    assert good[0] == "7"
    assert good[2:4] == [house.address, "47"]
    assert good[5] == str(CoverageState.AVAILABLE.label)
    assert good[7:10] == [plan.provider.name, "GPON", "550.00"]
    assert "дом подключён" in good[10]
    assert bad[2] == ""
    assert bad[4]
    assert [figure for _label, figure in operation.summary["facts"]] == [2, 1, 1, 1]


def test_a_planned_date_stands_beside_its_state(agent, house, run_jobs):
    BuildingCoverageFactory(building=house, state="PLANNED", planned_from="2030-02-01")
    operation = answered(agent, run_jobs, "Казань, Чистопольская 12", categories=["internet"])
    assert rows_of(operation)[1][4:6] == [str(CoverageState.PLANNED.label), "01.02.2030"]


def test_nothing_in_the_file_runs(agent, house, run_jobs):
    provider = OrganizationFactory(kind=OrganizationKind.PROVIDER, name="=HYPERLINK(1)")
    BuildingCoverageFactory(building=house, provider=provider)
    operation = answered(
        agent, run_jobs, "=1+1;Казань, Чистопольская 12", "@x;+1+A1", header="-note;Адрес"
    )
    with operation.result.open("rb") as file:
        sheet = openpyxl.load_workbook(io.BytesIO(file.read())).active
    cells = [cell for row in sheet.iter_rows() for cell in row if cell.value]
    assert {cell.data_type for cell in cells} == {"s"}
    assert not [cell.value for cell in cells if cell.value.startswith(("=", "+", "-", "@"))]


def test_commissions_and_the_sandbox_are_in_no_list(agent, house, run_jobs):
    sandbox = OrganizationFactory(kind=OrganizationKind.PROVIDER, is_sandbox=True, name="Песочница")
    BuildingCoverageFactory(building=house, provider=sandbox)
    PlanFactory(provider=sandbox)
    operation = answered(agent, run_jobs, "Казань, Чистопольская 12")
    assert "Песочница" not in str(rows_of(operation))


def test_a_worker_killed_halfway_begins_anew_and_the_file_is_whole(
    agent, house, run_jobs, monkeypatch
):
    from subscriptions.services import address_list

    real, calls = address_list.write_xlsx, []

    def killed(*arguments):
        calls.append(1)
        if len(calls) == 1:
            raise OSError("killed")
        return real(*arguments)

    monkeypatch.setattr(address_list, "write_xlsx", killed)
    operation = answered(agent, run_jobs, "Казань, Чистопольская 12")
    run_jobs(later=True)
    operation.refresh_from_db()
    assert operation.state == Operation.State.DONE
    assert len(rows_of(operation)) == 2


@pytest.mark.parametrize("rows", [1, 60])
def test_many_rows_cost_no_more_queries_than_few(agent, kazan, rows, django_assert_max_num_queries):
    street = StreetFactory(city=kazan, name="Чистопольская")
    for number in range(rows):
        BuildingFactory(street=street, number=str(number + 1))
    zone = CoverageZoneFactory()
    PlanFactory(provider=zone.provider)
    texts = [f"Казань, Чистопольская {number + 1}" for number in range(rows)]
    with django_assert_max_num_queries(10):
        found = understand(agent, texts)
        houses = [one.house for one in found]
        assert len(list(answers_at(agent, houses))) == rows


# --- files ------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("header", "cells", "text"),
    [
        (["Адрес"], ["Казань, Чистопольская 12"], "Казань, Чистопольская 12"),
        (["№", " АДРЕС "], ["1", "Казань 1"], "Казань 1"),
        (["Город", "Улица", "Дом"], ["Казань", "Чистопольская", "12"], "Казань, Чистопольская, 12"),
        (["House", "City"], ["5", "Aktau"], "Aktau, 5"),
        (["Где"], ["Казань 1"], "Казань 1"),
    ],
)
def test_columns_are_known_by_their_headings(header, cells, text):
    assert heads_of(header).read(cells) == text


@pytest.mark.parametrize("header", [["А", "Б"], ["Город", "Улица"], ["Дом", "Этаж"]])
def test_a_file_without_addresses_says_how_to_name_them(header):
    with pytest.raises(DomainError) as refused:
        heads_of(header)
    assert refused.value.field == "file"


def upload(name, content):
    return SimpleUploadedFile(name, content)


def test_a_list_is_brought_and_taken_away_through_the_pages(sign_in, agent, house, run_jobs):
    browser = sign_in(agent)
    assert browser.get(LIST).status_code == 200
    file = upload("list.csv", "Адрес\nКазань, Чистопольская 12\n".encode())
    page = browser.post(LIST, {"file": file, "categories": ["internet"]}).url
    assert "data-poll" in browser.get(page).content.decode()
    run_jobs()
    html = browser.get(page).content.decode()
    operation = Operation.objects.get()
    assert reverse("operation_result", args=[operation.public_id]) in html
    wait = reverse("watch_list_new", args=[operation.public_id])
    assert wait in html
    for _press in range(2):
        assert browser.post(wait, {"category": "internet"}).url == reverse("watches")
    assert AvailabilityWatch.objects.get().building == house
    for stranger in (sign_in(make_actor()), sign_in(make_actor(organization=agent.organization))):
        assert stranger.get(page).status_code == 404
        assert stranger.post(wait, {"category": "internet"}).status_code == 404


def test_a_reader_answers_lists_and_waits_for_nothing(sign_in, agent, house, run_jobs):
    looking = make_actor(role=Role.VIEWER, organization=agent.organization)
    operation = answered(looking, run_jobs, "Казань, Чистопольская 12")
    browser = sign_in(looking)
    page = reverse("availability_list_result", args=[operation.public_id])
    assert "watch" not in browser.get(page).content.decode()
    wait = reverse("watch_list_new", args=[operation.public_id])
    assert browser.post(wait, {"category": "internet"}).status_code == 403


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("list.csv", b""),
        ("list.csv", "А;Б\n1;2\n".encode()),
        ("list.txt", "Адрес\nКазань\n".encode()),
        ("list.xlsx", b"PK\x03\x04 no archive"),
        ("list.csv", b"\x00\x01\x02"),
    ],
)
def test_what_is_no_list_is_refused_beside_the_field(sign_in, agent, name, content):
    answer = sign_in(agent).post(LIST, {"file": upload(name, content)})
    assert answer.status_code == 422
    assert answer.context["form"].errors["file"]
    assert not Operation.objects.exists()


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_a_million_rows_are_refused_soon(agent, run_jobs, kind, tmp_path):
    if kind == "csv":
        content = "Адрес\n".encode() + "Казань, Чистопольская 12\n".encode() * 1_000_000
    else:
        path = tmp_path / "long.xlsx"
        with xlsxwriter.Workbook(str(path), {"constant_memory": True}) as book:
            sheet = book.add_worksheet()
            sheet.write_string(0, 0, "Адрес")
            for number in range(1, 30_000):
                sheet.write_string(number, 0, "Казань 1")
        content = path.read_bytes()
    row = start_operation(agent, "availability.list", {"ending": kind}, source=ContentFile(content))
    run_jobs()
    row.refresh_from_db()
    assert row.state == Operation.State.FAILED
    assert "10000" in row.error.replace("\N{NO-BREAK SPACE}", "")


@settings(max_examples=60, suppress_health_check=list(HealthCheck), deadline=None)
@given(texts=st.lists(st.text(max_size=60), max_size=5))
def test_any_text_is_understood_or_has_a_reason(texts):
    for one in understand(ANONYMOUS, [text.replace("\x00", "") for text in texts]):
        assert (one.house is None) == bool(one.problem)
