"""Addresses brought in a file on the page: looked at, begun, gone on with, corrected."""

import csv
import io
from datetime import timedelta

import openpyxl
import pytest
from django.core.files.base import ContentFile
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from django.urls import reverse
from django.utils import timezone, translation

from core.choices import OrganizationKind, Role, StaffScope
from core.models import Event, Job, Operation
from core.operations import start_operation
from core.tables import write_xlsx
from core.tests.later import wait_until
from core.tests.reading import seen
from core.tests.test_tables import with_part
from locations.models import Building, UnplacedHouse
from locations.services.imports import buildings
from locations.tests.factories import BuildingFactory, CityFactory, StreetFactory
from users.tests.factories import make_actor, make_staff

pytestmark = pytest.mark.django_db

IMPORT = reverse("building_import")
HEADER = "Город;Улица;Дом;Широта;Долгота;Код ФИАС"
FIAS = "00000001-0000-4000-8000-000000000000"


@pytest.fixture
def kazan(db):
    return CityFactory(name="Казань")


@pytest.fixture
def builder():
    return make_actor(OrganizationKind.BUILDER)


def line(number, place=None, *, street="Чистопольская", fias=""):
    """Houses some hundred metres from each other, or at the same place."""
    steps = int("".join(filter(str.isdecimal, str(number)))) if place is None else place
    return f"Казань;{street};{number};{55 + steps / 500:.4f};49,1;{fias}"


def table(*lines, header=HEADER):
    return "\n".join([header, *lines]).encode()


def upload(browser, content, name="addresses.csv"):
    return browser.post(IMPORT, {"file": SimpleUploadedFile(name, content)})


def start(actor, content, **data):
    return start_operation(
        actor, "buildings.import", {"ending": "csv"} | data, source=ContentFile(content)
    )


def facts(operation):
    operation.refresh_from_db()
    return [figure for _label, figure in operation.summary["facts"]]


def to_correct(operation):
    with operation.result.open("rb") as file:
        return list(csv.reader(io.StringIO(file.read().decode("utf-8-sig")), delimiter=";"))


# --- the way through the pages ----------------------------------------------------------------
def test_a_file_is_looked_at_and_brought_in_as_verified_by_an_administrator(
    kazan, sign_in, run_jobs
):
    street = StreetFactory(city=kazan, name="Чистопольская")
    known = BuildingFactory(street=street, number="7", latitude=55.014, longitude=49.1)
    content = table(line(1), line("7", fias=FIAS), line("8", 7), line("9") + ";more", line("19"))
    browser = sign_in(make_staff(StaffScope.ADMIN))
    checked = upload(browser, content)["Location"]
    shown = browser.get(checked)
    fates = [row.fate for row in shown.context["lines"]]
    assert fates == ["new", "changed", "doubtful", "bad", "new"]
    assert shown.context["preview"].counts == {
        "new": 2, "changed": 1, "known": 0, "doubtful": 1, "bad": 1,
    }  # fmt: skip
    assert "Казань, ул Чистопольская, д 1" in seen(shown)
    assert Building.objects.count() == 1

    started = browser.post(checked, {"doubtful": "leave"})
    operation = Operation.objects.get()
    assert started["Location"] == reverse("operation_detail", args=[operation.public_id])
    browser.post(checked, {"doubtful": "add"})
    run_jobs()
    assert facts(operation) == [5, 2, 1, 0, 1, 1]
    told = Event.objects.get(kind="buildings.imported")
    assert (told.data, told.via) == ({"created": 2, "updated": 1}, "STAFF")
    known.refresh_from_db()
    assert (known.fias_id, Building.objects.get(number="1").status) == (FIAS, "VERIFIED")
    rows = to_correct(operation)
    assert rows[0] == [*HEADER.split(";"), "Строка", "Столбец", "Что не так"]
    assert [row[6] for row in rows[1:]] == ["4", "5"]

    # The file that came back, corrected and brought again: doubts are others, after all.
    with operation.result.open("rb") as file:
        corrected = file.read()
    again = upload(browser, corrected)["Location"]
    assert [row.fate for row in browser.get(again).context["lines"]] == ["doubtful", "new"]
    browser.post(again, {"doubtful": "add"})
    run_jobs()
    assert facts(Operation.objects.order_by("pk").last()) == [2, 2, 0, 0, 0, 0]
    assert Building.objects.filter(number="8").exists()


def test_a_builders_addresses_await_verification(kazan, sign_in, builder, run_jobs):
    browser = sign_in(builder)
    checked = upload(browser, table(line(1)))["Location"]
    browser.post(checked, {"doubtful": "leave"})
    run_jobs()
    made = Building.objects.get()
    assert (made.status, made.added_by) == ("PENDING", builder.organization)
    told = Event.objects.get(kind="buildings.imported")
    assert (told.data, told.via) == ({"created": 1, "updated": 0}, "IMPORT")


def test_nobody_makes_verified_addresses_by_saying_so(kazan, builder, run_jobs):
    operation = start(builder, table(line(1)), keeps=True)
    run_jobs()
    assert facts(operation)[1] == 1
    assert Building.objects.get().status == "PENDING"


def test_a_right_taken_away_while_the_file_waits_is_gone(kazan, builder, run_jobs):
    operation = start(builder, table(line(1)))
    builder.user.memberships.update(role=Role.VIEWER)
    run_jobs()
    operation.refresh_from_db()
    assert operation.state == Operation.State.FAILED
    assert not Building.objects.exists()


def test_a_file_with_a_choice_that_is_none_is_not_begun(kazan, sign_in, builder):
    browser = sign_in(builder)
    checked = upload(browser, table(line(1)))["Location"]
    assert browser.post(checked, {"doubtful": "merge"}).status_code == 422
    assert not Job.objects.exists()


def test_the_import_of_another_is_not_there(kazan, sign_in, builder):
    checked = upload(sign_in(builder), table(line(1)))["Location"]
    colleague = make_actor(OrganizationKind.BUILDER, organization=builder.organization)
    for other in (colleague, make_actor(OrganizationKind.BUILDER)):
        assert sign_in(other).get(checked).status_code == 404


def test_an_organization_that_awaits_verification_is_told_so(kazan, sign_in, builder):
    type(builder.organization).objects.update(verified_at=None)
    browser = sign_in(builder)
    page = browser.get(IMPORT)
    assert page.status_code == 200
    assert '<input type="file"' not in page.content.decode()
    assert upload(browser, table(line(1))).status_code == 403


def test_houses_that_wait_for_coordinates_are_told_to_administrators_alone(kazan, sign_in, builder):
    UnplacedHouse.objects.create(
        fias_id=FIAS, city=kazan, number="1", address_key="|1", created_at=timezone.now()
    )
    with translation.override("ru"):
        told = "Дома госреестра без координат: 1."
        assert told in seen(sign_in(make_staff(StaffScope.ADMIN)).get(IMPORT))
        assert told not in seen(sign_in(builder).get(IMPORT))


@pytest.mark.parametrize("ending", ["csv", "xlsx"])
def test_examples_can_be_brought_in_as_they_are(kazan, sign_in, builder, ending):
    browser = sign_in(builder)
    example = browser.get(reverse("building_import_template", args=[ending]))
    assert f"addresses.{ending}" in example["Content-Disposition"]
    checked = upload(browser, example.content, f"a.{ending}")["Location"]
    assert [row.fate for row in browser.get(checked).context["lines"]] == ["new", "new"]


def test_a_spreadsheet_is_brought_in_with_its_numbers(kazan, sign_in, builder, run_jobs):
    made = io.BytesIO()
    book = openpyxl.Workbook()
    book.active.append(["Город", "Улица", "Дом", "Широта", "Долгота", "Индекс", "Этажей"])
    book.active.append(["Казань", "Чистопольская", 12, 55.81, 49.1, 420066, 9])
    book.save(made)
    browser = sign_in(builder)
    checked = upload(browser, made.getvalue(), "a.xlsx")["Location"]
    browser.post(checked, {"doubtful": "leave"})
    run_jobs()
    building = Building.objects.get()
    assert (building.number, building.postal_code, building.floors) == ("12", "420066", 9)


def test_the_command_takes_spreadsheets(kazan, tmp_path):
    path = tmp_path / "a.xlsx"
    write_xlsx(path, HEADER.split(";"), [line(1).split(";"), line(2).split(";")])
    said = io.StringIO()
    call_command("import_buildings", path, stdout=said)
    assert "2 created, 0 updated, 0 unchanged, 0 refused" in said.getvalue()
    call_command("import_buildings", path, stdout=said)
    assert "0 created, 0 updated, 2 unchanged, 0 refused" in said.getvalue()


def test_the_command_adds_doubtful_rows_where_that_is_wanted(kazan, tmp_path):
    path = tmp_path / "a.csv"
    path.write_bytes(table(line(1), line(3, 1)))
    call_command("import_buildings", path, stdout=io.StringIO(), stderr=io.StringIO())
    assert Building.objects.count() == 1
    call_command("import_buildings", path, "--add-doubtful", stdout=io.StringIO())
    assert Building.objects.count() == 2


def test_a_look_costs_the_same_for_one_row_and_for_many(
    kazan, sign_in, builder, django_assert_max_num_queries
):
    browser = sign_in(builder)
    for count in (1, 60):
        content = table(*(line(number) for number in range(1, count + 1)))
        checked = upload(browser, content)["Location"]
        with django_assert_max_num_queries(12):
            browser.get(checked)


# --- what is no table -------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.csv", b""),
        ("a.csv", b"\n\n"),
        ("a.csv", "Город;Дом\nКазань;1".encode()),
        ("a.csv", table(header=HEADER + ";Чужое")),
        ("a.csv", table(header=HEADER + ";дом")),
        ("a.exe", table()),
        ("a.csv", b"<html><script>"),
        ("a.xlsx", b"PK\x03\x04 no archive"),
        ("a.xlsx", table()),
        ("a.xml", b"<x/>"),
    ],
)
def test_what_is_no_table_of_addresses_is_refused_beside_the_field(sign_in, builder, name, content):
    answer = upload(sign_in(builder), content, name)
    assert answer.status_code == 422
    assert answer.context["form"].errors["file"]
    assert not Operation.objects.exists()


@pytest.mark.parametrize("megabytes", [90, 200])
def test_a_spreadsheet_that_is_a_bomb_is_refused_by_page_and_command(
    sign_in, builder, tmp_path, megabytes
):
    bomb = with_part(
        "xl/worksheets/sheet1.xml", (b"0" * 1024 * 1024 for _ in range(megabytes))
    ).getvalue()
    assert upload(sign_in(builder), bomb, "a.xlsx").status_code == 422
    path = tmp_path / "a.xlsx"
    path.write_bytes(bomb)
    with pytest.raises(CommandError):
        call_command("import_buildings", path)


# --- killed halfway ---------------------------------------------------------------------------
def test_an_import_that_broke_goes_on_where_it_stood(kazan, builder, run_jobs, monkeypatch):
    lines = [line(number) for number in range(1, 1_200)] + [line("1", 5_000, street="!!")]
    operation = start(builder, table(*lines))
    store, batches = buildings.Batch.store, []

    def break_at_the_second(batch):
        batches.append(len(batch._new))
        if len(batches) == 2:
            raise OSError("the worker was killed")
        store(batch)

    monkeypatch.setattr(buildings.Batch, "store", break_at_the_second)
    run_jobs()
    assert Building.objects.count() == 500
    run_jobs(later=True)
    assert batches == [500, 500, 500, 199]
    assert facts(operation) == [1_200, 1_199, 0, 0, 0, 1]
    assert len(to_correct(operation)) == 2


@pytest.mark.django_db(transaction=True)
def test_a_worker_killed_halfway_is_followed_by_one_that_goes_on(start_worker):
    CityFactory(name="Казань")
    actor = make_staff(StaffScope.ADMIN)
    lines = [line(number) for number in range(1, 12_001)] + [line("99999", 1), "Казань;;;;;"]
    operation = start(actor, table(*lines), keeps=True)
    first = start_worker("--queues=long", JOB_LEASE_SECONDS="2")
    wait_until(Building.objects.exists)
    first.kill()
    first.wait()
    halfway = Building.objects.count()
    assert 0 < halfway < 12_000
    start_worker("--queues=long", JOB_LEASE_SECONDS="2")
    rows = Operation.objects.filter(pk=operation.pk)
    wait_until(lambda: rows.get().state == Operation.State.DONE, seconds=90)
    assert Building.objects.count() == 12_000
    assert facts(operation) == [12_002, 12_000, 0, 0, 1, 1]
    assert Job.objects.get(task="core.operations.run_operation").attempts == 2
    assert Event.objects.filter(kind="buildings.imported").count() == 1
    assert len(to_correct(operation)) == 3


def test_two_workers_never_write_the_same_rows(kazan, builder, run_jobs, monkeypatch):
    operation = start(builder, table(line(1)))
    save = buildings._save

    def overtaken(actor, houses, terms, keep):
        Operation.objects.update(data={"ending": "csv", "line": 2})
        return save(actor, houses, terms, keep)

    monkeypatch.setattr(buildings, "_save", overtaken)
    run_jobs()
    operation.refresh_from_db()
    assert operation.state == Operation.State.RUNNING
    assert not Building.objects.exists()
    assert Job.objects.get().due_at > timezone.now() + timedelta(seconds=5)
