"""Lists of buildings: brought in a file with a look at it first; taken away in the same layout."""

import csv
import io
import time
from datetime import date, datetime, timedelta

import openpyxl
import pytest
from django.core.files.base import ContentFile
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone, translation

from core.choices import OrganizationKind, Role
from core.models import Event, Operation
from core.operations import start_operation
from core.tests.reading import seen
from locations.models import BuildingCoverage, CoverageRecord, CoverageState
from locations.selectors import gazetteer
from locations.selectors.addressed import Sought, find_buildings
from locations.services import state_building_coverage
from locations.services.lists import importing
from locations.tests.factories import (
    BuildingCoverageFactory,
    BuildingFactory,
    CityFactory,
    ServiceCategoryFactory,
    StreetFactory,
)
from users.models import Membership
from users.tests.factories import make_actor

pytestmark = pytest.mark.django_db

PROVIDER = OrganizationKind.PROVIDER
HEADER = "Адрес;Услуга;Технология;Скорость, Мбит/с;Состояние;Планируется с;Заявлено;Действует до"
FIAS = "0c5b2444-70a0-4932-980c-b4dc0d3f02b5"


@pytest.fixture
def manager():
    actor = make_actor(PROVIDER, Role.MANAGER)
    actor.user.language = "en"
    actor.user.save()
    return actor


@pytest.fixture
def kazan():
    ServiceCategoryFactory()
    city = CityFactory(name="Казань")
    gazetteer.forget()
    yield city
    gazetteer.forget()


@pytest.fixture
def street(kazan):
    return StreetFactory(city=kazan, name="Лесная")


def table(*lines, header=HEADER):
    return "\n".join([header, *lines]).encode()


def start(actor, content):
    data = {"ending": "csv", "provider": actor.organization.pk}
    return start_operation(actor, "coverage.import", data, source=ContentFile(content))


def result_of(operation):
    operation.refresh_from_db()
    with operation.result.open("rb") as file:
        return list(csv.reader(io.StringIO(file.read().decode("utf-8-sig")), delimiter=";"))


def counts(operation):
    operation.refresh_from_db()
    return operation.data["counts"]


def said(row):
    return (row.technology, row.max_speed, row.state, row.planned_from)


# --- the way through the pages ----------------------------------------------------------------
def test_a_list_is_looked_at_and_brought_in(manager, sign_in, run_jobs, street):
    first, second, _third = (BuildingFactory(street=street, number=n) for n in ("1", "2", "3"))
    by_id = BuildingFactory(street=street, number="4", fias_id=FIAS)
    known = BuildingCoverageFactory(building=second, provider=manager.organization)
    content = table(
        "Казань, ул. Лесная, д. 1;;Интернет;GPON;1000;Доступно;;;31.12.2099",
        "г Казань лесная 2;;internet;;;survey;;;",
        f";{FIAS.upper()};Internet;;;Планируется;01.06.2099;;",
        "Казань, Лесная 99;;internet;;;;;;",
        "Казань, Лесная 3;;steam;;;;;;",
        header=HEADER.replace("Адрес;", "Адрес;Код ФИАС;"),
    )
    browser = sign_in(manager)
    upload = SimpleUploadedFile("buildings.csv", content)
    checked = browser.post(reverse("coverage_list_import"), {"file": upload})["Location"]
    shown = browser.get(checked)
    assert [line.fate for line in shown.context["lines"]] == ["new", "change", "new", "bad", "bad"]
    assert BuildingCoverage.objects.count() == 1
    begun = browser.post(checked)
    browser.post(checked)
    run_jobs()
    assert browser.get(checked)["Location"] == begun["Location"]
    operation = Operation.objects.get()
    assert operation.state == Operation.State.DONE
    assert counts(operation) == {"created": 2, "updated": 1, "unchanged": 0}
    rows = {row.building_id: row for row in BuildingCoverage.objects.all()}
    assert said(rows[first.pk]) == ("GPON", 1000, "AVAILABLE", None)
    assert said(rows[second.pk]) == ("", None, "SURVEY", None)
    assert said(rows[by_id.pk]) == ("", None, "PLANNED", date(2099, 6, 1))
    assert (rows[second.pk].pk, rows[second.pk].version) == (known.pk, 2)
    last = timezone.make_aware(datetime(2100, 1, 1))
    assert rows[first.pk].expires_at == last
    bad = result_of(operation)
    assert [row[-3:] for row in bad[1:]] == [
        ["5", "Адрес", "There is no such building."],
        ["6", "Услуга", "There is no such service."],
    ]
    told = Event.objects.filter(kind="coverage.changed").values_list("data__state", flat=True)
    assert sorted(told) == ["AVAILABLE", "PLANNED", "SURVEY"]
    assert Event.objects.get(kind="coverage.imported").data == {"created": 2, "updated": 1}
    assert CoverageRecord.objects.count() == 3


def test_the_corrected_file_can_be_brought_again(manager, run_jobs, street):
    BuildingFactory(street=street, number="1")
    operation = start(manager, table("Казань, Лесная 7;internet;;;;;;"))
    run_jobs()
    rows = result_of(operation)
    rows[1][0] = "Казань, Лесная 1"
    again = start(manager, "\n".join(";".join(row) for row in rows).encode())
    run_jobs()
    assert counts(again)["created"] == 1


@pytest.mark.parametrize(
    ("line", "column", "reason"),
    [
        (";internet;;;;;;", "Адрес", "Say which building."),
        ("Лесная 1;internet;;;;;;", "Адрес", "Begin the address with its city."),
        ("Казань, Лесная 1;;;;;;;", "Услуга", "There is no such service."),
        ("Казань, Лесная 1;internet;;fast;;;;", "Скорость, Мбит/с", "Give a speed"),
        ("Казань, Лесная 1;internet;;0;;;;", "Скорость, Мбит/с", "Give a speed"),
        ("Казань, Лесная 1;internet;;;sold;;;", "Состояние", "Write one of"),
        ("Казань, Лесная 1;internet;;;planned;;;", "Планируется с", "from which date"),
        ("Казань, Лесная 1;internet;;;planned;soon;;", "Планируется с", "Write the day"),
        ("Казань, Лесная 1;internet;;;;;01.01.2999;", "Заявлено", "Write the day"),
        ("Казань, Лесная 1;internet;;;;;01.01.2099;", "Заявлено", "yet to come"),
        ("Казань, Лесная 1;internet;;;;;;01.01.2020", "Действует до", "has passed"),
        (f"Казань, Лесная 1;internet;{'x' * 31};;;;;", "Технология", "longer than 30"),
        ("Казань, Лесная 1;internet;a\x7fb;;;;;", "Технология", "cannot be shown"),
    ],
)
def test_what_is_wrong_in_a_row_is_named(manager, run_jobs, street, line, column, reason):
    BuildingFactory(street=street, number="1")
    operation = start(manager, table(line))
    run_jobs()
    row = result_of(operation)[1]
    assert row[-3:-1] == ["2", column]
    assert reason in row[-1]
    assert not BuildingCoverage.objects.exists()


def test_a_file_without_its_columns_is_refused_at_once(manager, sign_in, kazan):
    for header in ("Дом;Услуга", "Адрес;Скорость"):
        upload = SimpleUploadedFile("x.csv", f"{header}\na;b\n".encode())
        answer = sign_in(manager).post(reverse("coverage_list_import"), {"file": upload})
        assert answer.status_code == 422
        assert "file" in answer.context["form"].errors
    assert not Operation.objects.exists()


def test_columns_that_are_not_known_are_named(manager, sign_in, street):
    upload = SimpleUploadedFile("x.csv", "Адрес;Услуга;Этажей\nКазань, Лесная 1;tv;5\n".encode())
    checked = sign_in(manager).post(reverse("coverage_list_import"), {"file": upload})["Location"]
    assert sign_in(manager).get(checked).context["ignored"] == "Этажей"


def test_what_is_newer_stays_and_what_is_the_same_is_left(manager, run_jobs, street):
    building = BuildingFactory(street=street, number="1")
    internet = ServiceCategoryFactory()
    state_building_coverage(manager, building=building, category=internet, state="SURVEY")
    older = start(manager, table("Казань, Лесная 1;internet;;;AVAILABLE;;01.02.2020;"))
    run_jobs()
    assert counts(older) == {"created": 0, "updated": 0, "unchanged": 1}
    same = start(manager, table("Казань, Лесная 1;internet;;;SURVEY;;;"))
    run_jobs()
    assert counts(same) == {"created": 0, "updated": 0, "unchanged": 1}
    assert said(BuildingCoverage.objects.get()) == ("", None, "SURVEY", None)


def test_the_same_said_again_answers_for_what_was_contradicted(manager, run_jobs, street):
    building = BuildingFactory(street=street, number="1")
    own = {"building": building, "provider": manager.organization}
    BuildingCoverageFactory(**own, contradicted_at=timezone.now())
    start(manager, table("Казань, Лесная 1;internet;;;;;;"))
    run_jobs()
    row = BuildingCoverage.objects.get()
    assert (row.contradicted_at, row.version) == (None, 2)


def test_of_two_rows_about_one_thing_the_later_counts(manager, run_jobs, street):
    BuildingFactory(street=street, number="1")
    lines = ["Казань, Лесная 1;internet;;100;;;;", "Казань, Лесная 1;internet;;200;;;;"]
    operation = start(manager, table(*lines))
    run_jobs()
    assert counts(operation) == {"created": 1, "updated": 0, "unchanged": 1}
    assert BuildingCoverage.objects.get().max_speed == 200


def test_a_technology_is_one_in_any_case_of_its_letters(manager, run_jobs, street):
    building = BuildingFactory(street=street, number="1")
    BuildingCoverageFactory(
        building=building, provider=manager.organization, technology="GPON", max_speed=1
    )
    lines = ["Казань, Лесная 1;Интернет;gpon;200;;;;", "Казань, Лесная 1;Интернет;Gpon;300;;;;"]
    operation = start(manager, table(*lines))
    run_jobs()
    assert counts(operation) == {"created": 0, "updated": 1, "unchanged": 1}
    row = BuildingCoverage.objects.get()
    assert (row.technology, row.max_speed) == ("GPON", 300)


def test_who_may_no_longer_do_it_changes_nothing(manager, run_jobs, street):
    BuildingFactory(street=street, number="1")
    operation = start(manager, table("Казань, Лесная 1;internet;;;;;;"))
    Membership.objects.filter(user=manager.user).update(role=Role.MEMBER)
    run_jobs()
    operation.refresh_from_db()
    assert operation.state == Operation.State.FAILED
    assert not BuildingCoverage.objects.exists()


def test_a_provider_named_by_a_forged_id_is_not_stated_for(manager, run_jobs, street):
    rival = make_actor(PROVIDER, Role.MANAGER)
    BuildingFactory(street=street, number="1")
    data = {"ending": "csv", "provider": rival.organization.pk}
    source = ContentFile(table("Казань, Лесная 1;internet;;;;;;"))
    operation = start_operation(manager, "coverage.import", data, source=source)
    run_jobs()
    operation.refresh_from_db()
    assert operation.state == Operation.State.FAILED
    assert not BuildingCoverage.objects.exists()


def test_killed_halfway_it_goes_on_and_writes_nothing_twice(manager, run_jobs, street, monkeypatch):
    for number in range(1, 1101):
        BuildingFactory(street=street, number=str(number))
    lines = [f"Казань, Лесная {n};internet;;;;;;" for n in range(1, 1101)]
    lines[9] = "Казань, Лесная 5000;internet;;;;;;"
    operation = start(manager, table(*lines))
    write, calls = importing._Work._write_batch, []

    def killed(*arguments):
        if len(calls) == 1:
            calls.append("killed")
            raise OSError("the worker was killed")
        calls.append("written")
        write(*arguments)

    monkeypatch.setattr(importing._Work, "_write_batch", killed)
    run_jobs()
    assert BuildingCoverage.objects.count() == 499
    run_jobs(later=True)
    assert calls == ["written", "killed", "written", "written"]
    assert BuildingCoverage.objects.count() == 1099
    assert counts(operation)["created"] == 1099
    assert CoverageRecord.objects.count() == 1099
    assert [row[-3] for row in result_of(operation)[1:]] == ["11"]


# --- addresses --------------------------------------------------------------------------------
def found(actor, *addresses):
    rows = find_buildings(actor, [Sought("", address) for address in addresses])
    return [getattr(row, "number", None) or str(row) for row in rows]


def test_addresses_are_understood_in_any_spelling(manager, street):
    BuildingFactory(street=street, number="12 к2")
    spellings = [
        "Казань, ул Лесная, д 12 к2", "казань лесная 12/2", "ул. Лесная, 12 корп. 2, г. Казань",
        "Казань, Лесная 12к2, кв. 5",
    ]  # fmt: skip
    assert found(manager, *spellings) == ["12 к2"] * 4


def test_streets_of_one_name_are_told_apart_by_their_type(manager, street, kazan):
    BuildingFactory(street=street, number="1")
    other = BuildingFactory(street=StreetFactory(city=kazan, name="Лесная", type="пер"), number="1")
    right, either = find_buildings(
        manager, [Sought("", "Казань, пер. Лесная, 1"), Sought("", "Казань, Лесная 1")]
    )
    assert right == other
    with translation.override("en"):
        assert "Several buildings are called so" in str(either)


def test_a_building_that_another_organization_added_is_not_found(manager, street):
    BuildingFactory(street=street, number="1", status="PENDING", added_by=make_actor().organization)
    with translation.override("en"):
        assert found(manager, "Казань, Лесная 1") == ["There is no such building."]


def test_addresses_of_a_batch_cost_one_query(manager, street, django_assert_num_queries):
    for number in range(1, 60):
        BuildingFactory(street=street, number=str(number))
    found(manager, "Казань, Лесная 1")
    with django_assert_num_queries(1):
        assert len(found(manager, *[f"Казань, Лесная {n}" for n in range(1, 60)])) == 59


# --- taken away -------------------------------------------------------------------------------
def export(browser, run_jobs, ending, query=""):
    browser.post(reverse("coverage_list_export"), {"format": ending, "query": query})
    run_jobs()
    operation = Operation.objects.latest("pk")
    assert operation.state == Operation.State.DONE
    with operation.result.open("rb") as file:
        return file.read()


@pytest.mark.parametrize("ending", ["csv", "xlsx"])
def test_an_exported_list_comes_back_as_it_was(manager, sign_in, run_jobs, street, ending):
    own = {"provider": manager.organization}
    for number, fields in enumerate(
        [
            {"technology": "GPON", "max_speed": 500, "source": "=cmd|' /C calc'!A0"},
            {"state": CoverageState.PLANNED, "planned_from": date(2099, 2, 3)},
            {"state": CoverageState.SURVEY, "stated_at": timezone.now() - timedelta(days=40)},
            {"expires_at": timezone.make_aware(datetime(2098, 5, 6))},
        ]
    ):
        building = BuildingFactory(street=street, number=str(number + 1))
        BuildingCoverageFactory(**own, building=building, **fields)
    BuildingCoverageFactory(building=BuildingFactory(street=street, number="99"))
    kept = ("building_id", "category_id", "technology", "max_speed", "state", "planned_from",
            "expires_at", "source")  # fmt: skip
    before = list(
        BuildingCoverage.objects.visible_to(manager).order_by("building_id").values(*kept)
    )
    content = export(sign_in(manager), run_jobs, ending)
    for emptied in (False, True):
        if emptied:
            BuildingCoverage.objects.visible_to(manager).delete()
        data = {"ending": ending, "provider": manager.organization.pk}
        again = start_operation(manager, "coverage.import", data, source=ContentFile(content))
        run_jobs()
        whole = {"created": 4, "unchanged": 0} if emptied else {"created": 0, "unchanged": 4}
        assert counts(again) == {"updated": 0} | whole
        rows = BuildingCoverage.objects.visible_to(manager).order_by("building_id").values(*kept)
        assert list(rows) == before


def test_an_export_holds_own_statements_that_the_filter_leaves(manager, sign_in, run_jobs, street):
    for number, state in (("1", "AVAILABLE"), ("2", "SURVEY")):
        building = BuildingFactory(street=street, number=number)
        BuildingCoverageFactory(building=building, provider=manager.organization, state=state)
        BuildingCoverageFactory(building=building, state=state)
    content = export(sign_in(manager), run_jobs, "xlsx", "state=SURVEY")
    rows = list(openpyxl.load_workbook(io.BytesIO(content)).active.iter_rows(values_only=True))
    assert [row[1] for row in rows[1:]] == ["Казань, ул Лесная, д 2"]
    answer = sign_in(manager).post(
        reverse("coverage_list_export"), {"format": "csv", "query": "nothing=1"}
    )
    assert answer.status_code == 400


@pytest.mark.parametrize("ending", ["csv", "xlsx"])
def test_the_example_can_be_brought_in(manager, sign_in, kazan, ending):
    answer = sign_in(manager).get(reverse("coverage_list_template", args=[ending]))
    upload = SimpleUploadedFile(f"buildings.{ending}", answer.content)
    checked = sign_in(manager).post(reverse("coverage_list_import"), {"file": upload})
    page = sign_in(manager).get(checked["Location"])
    assert [line.said for line in page.context["lines"]] == [
        "Address: There is no such building."
    ] * 2


@pytest.mark.parametrize("role", [Role.MEMBER, Role.VIEWER])
def test_who_only_reads_brings_nothing(manager, sign_in, role):
    reader = make_actor(role=role, organization=manager.organization)
    assert sign_in(reader).get(reverse("coverage_list_import")).status_code == 403
    assert "Import a list" not in seen(sign_in(reader).get(reverse("coverage_buildings")))


def test_a_list_of_ten_thousand_rows_is_read_within_seconds(manager, street):
    """Bad rows all: what reading and looking for buildings costs."""
    from core.tables import Cells
    from locations.services.lists.rows import RowReader

    reader = RowReader(["Адрес", "Услуга"])
    rows = [Cells(n, [f"Казань, Лесная {n}", "internet"]) for n in range(10_000)]
    started = time.monotonic()
    for first in range(0, 10_000, 500):
        importing.place_rows(manager, rows[first : first + 500], reader)
    assert time.monotonic() - started < 20
