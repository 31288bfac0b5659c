"""Use brought in a file and taken away in one."""

import csv
import io
from datetime import UTC, date, datetime
from decimal import Decimal

import openpyxl
import pytest
from django.core.files.base import ContentFile
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from core import clock
from core.choices import OrganizationKind, Role
from core.models import Event, Operation
from core.operations import start_operation
from subscriptions.models import MeterReading, Subscription, UsageMonth, UsageRecord
from subscriptions.services.usage import importing
from subscriptions.services.usage.import_rows import FIELDS, recognised
from subscriptions.tests.usage import meter_of, read, subscription_of
from users.models import Membership
from users.tests.factories import make_actor

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 18, 9, tzinfo=UTC)
IMPORT = reverse("usage_import")
HEADER = "Лицевой счёт;Месяц;Расход;Ед. изм."
MAPPING = ["subscription", "month", "amount", "unit"]


@pytest.fixture(autouse=True)
def in_november():
    with clock.set_to(NOW):
        yield


@pytest.fixture
def holder():
    return make_actor(OrganizationKind.COMPANY)


@pytest.fixture
def operator():
    return make_actor(OrganizationKind.PROVIDER)


@pytest.fixture
def subscription(holder, operator):
    found = subscription_of(holder, operator)
    Subscription.objects.filter(pk=found.pk).update(account_number="40817")
    return found


def table(*lines, header=HEADER):
    return "\n".join([header, *lines]).encode()


def start(actor, content, mapping=MAPPING):
    return start_operation(
        actor, "usage.import", {"ending": "csv", "mapping": list(mapping)},
        source=ContentFile(content),
    )  # fmt: skip


def counts(operation):
    operation.refresh_from_db()
    assert operation.state == Operation.State.DONE, operation.error
    return operation.data["counts"]


def refused(operation):
    operation.refresh_from_db()
    with operation.result.open("rb") as file:
        return list(csv.reader(io.StringIO(file.read().decode("utf-8-sig")), delimiter=";"))


# --- the way through the pages ----------------------------------------------------------------
@pytest.mark.parametrize("encoding", ["utf-8-sig", "cp1251"])
def test_a_file_is_looked_at_and_brought_in(sign_in, operator, subscription, run_jobs, encoding):
    browser = sign_in(operator)
    content = table("40817;10.2026;1 245,5;кВт·ч", "нет такого;10.2026;1;", "40817;13.2026;1;")
    upload = SimpleUploadedFile("usage.csv", content.decode().encode(encoding))
    checked = browser.post(IMPORT, {"file": upload})["Location"]
    lines = browser.get(checked).context["lines"]
    assert [line.number for line in lines] == [subscription.number, "", ""]
    assert [bool(line.reason) for line in lines] == [False, True, True]
    assert not UsageRecord.objects.exists()
    fields = {f"column_{index}": name for index, name in enumerate(MAPPING)}
    for _ in range(2):
        started = browser.post(checked, fields | {"start": "1"})
    operation = Operation.objects.get()
    assert started["Location"] == reverse("operation_detail", args=[operation.public_id])
    run_jobs()
    assert counts(operation) == {"created": 1, "updated": 0, "unchanged": 0}
    record = UsageRecord.objects.get()
    assert (record.amount, record.source) == (Decimal("1245.5"), "IMPORT")
    assert [(row[4], row[5]) for row in refused(operation)[1:]] == [
        ("3", "Лицевой счёт"), ("4", "Месяц"),
    ]  # fmt: skip
    assert Event.objects.get(kind="usage.imported").data == {"created": 1, "updated": 0}
    # The file again, and what was refused, changes nothing twice.
    again = start(operator, content)
    run_jobs()
    assert counts(again) == {"created": 0, "updated": 0, "unchanged": 1}


def test_readings_are_brought_in_a_file(holder, operator, subscription, run_jobs):
    meter_of(holder, subscription)
    header = "Договор;Дата;Показание;Счётчик"
    mapping = recognised(header.split(";"))
    assert mapping == ["subscription", "day", "reading", "serial"]
    lines = [
        f"{subscription.number};01.02.2026;162;00123456",
        f"{subscription.number};2026-03-01;200;001 234 56",
        f"{subscription.number};01.03.2026;201;",
        f"{subscription.number};15.02.2026;500;",
        f"{subscription.number};01.04.2026;90;",
        f"{subscription.number};01.04.2026;240;other",
        f"{subscription.number};01.12.2026;240;",
        f"{subscription.number};01.04.2026;9999999;",
        f"{subscription.number};01.04.2026;много;",
    ]
    operation = start(operator, table(*lines, header=header), mapping)
    run_jobs()
    assert counts(operation) == {"created": 2, "updated": 0, "unchanged": 0}
    assert [(row[4], row[5]) for row in refused(operation)[1:]] == [
        ("4", "Показание"), ("5", "Показание"), ("6", "Показание"), ("7", "Счётчик"),
        ("8", "Дата"), ("9", "Показание"), ("10", "Показание"),
    ]  # fmt: skip
    months = UsageMonth.objects.filter(subscription=subscription).order_by("month")
    assert [row.amount for row in months] == [Decimal(62), Decimal(38)]


def test_a_holders_unusual_readings_of_a_file_wait(holder, operator, subscription, run_jobs):
    meter = meter_of(holder, subscription)
    for month in range(2, 6):
        read(holder, meter, date(2026, month, 1), str(month * 100))
    mapping = ["subscription", "day", "reading"]
    line = f"{subscription.number};01.06.2026;5000"
    start(holder, table(line, header="a;b;c"), mapping)
    run_jobs()
    made = MeterReading.objects.get(day=date(2026, 6, 1))
    assert (made.state, bool(made.reason)) == ("DOUBTFUL", True)


def test_killed_halfway_it_goes_on_and_writes_nothing_twice(
    operator, holder, run_jobs, monkeypatch
):
    rows = [subscription_of(holder, operator) for _ in range(6)]
    monkeypatch.setattr(importing, "BATCH", 2)
    lines = [f"{row.number};10.2026;{n};" for n, row in enumerate(rows)]
    # Refused by what is stored, in a batch that is written before the worker dies.
    lines.insert(1, f"{rows[0].number};01.10.2026;99;")
    lines.insert(2, "nobody;10.2026;1;")
    operation = start(operator, table(*lines))
    write, calls = importing._write_batch, []

    def killed(*arguments):
        if len(calls) == 2:
            calls.append("killed")
            raise OSError("the worker was killed")
        calls.append("written")
        return write(*arguments)

    monkeypatch.setattr(importing, "_write_batch", killed)
    run_jobs()
    assert 0 < UsageRecord.objects.count() < 6
    run_jobs(later=True)
    assert counts(operation) == {"created": 6, "updated": 1, "unchanged": 0}
    assert UsageRecord.objects.count() == 6
    assert Event.objects.filter(kind="usage.imported").count() == 1
    assert [row[4] for row in refused(operation)[1:]] == ["4"]


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.csv", b""),
        ("a.exe", b"number;month"),
        ("a.csv", b"<html><script>"),
        ("a.xlsx", b"PK\x03\x04 no archive"),
        ("a.csv", b"\x00\x01\x02"),
    ],
)
def test_what_is_no_table_is_refused_beside_the_field(sign_in, operator, name, content):
    answer = sign_in(operator).post(IMPORT, {"file": SimpleUploadedFile(name, content)})
    assert answer.status_code == 422
    assert answer.context["form"].errors["file"]
    assert not Operation.objects.exists()


@pytest.mark.parametrize(
    ("line", "column"),
    [
        (";10.2026;1;", "Лицевой счёт"),
        ("40817;;1;", "Месяц"),
        ("40817;осень;1;", "Месяц"),
        ("40817;12.2026;1;", "Месяц"),
        ("40817;10.2026;;", "Расход"),
        ("40817;10.2026;-1;", "Расход"),
        ("40817;10.2026;1e999999999;", "Расход"),
        ("40817;10.2026;nan;", "Расход"),
        ("40817;10.2026;=1+1;", "Расход"),
        ("40817;10.2026;1;парсек", "Ед. изм."),
        ("40817;10.2026;1;ГБ", "Ед. изм."),
        ("40817;10.2026", ""),
        (f"{'9' * 6000};10.2026;1;", "Лицевой счёт"),
        (f"{'Я' * 6000};10.2026;1;", ""),
    ],
)
def test_a_bad_row_is_named_by_line_and_column(operator, subscription, run_jobs, line, column):
    operation = start(operator, table("40817;09.2026;1;", line, "40817;август 2026;3;"))
    run_jobs()
    assert counts(operation)["created"] == 2
    _header, row = refused(operation)
    assert (row[4], row[5]) == ("3", column)
    assert row[6]


def test_who_brings_files(sign_in, holder, operator, subscription, run_jobs):
    for kind in (OrganizationKind.AGENCY, OrganizationKind.BUILDER):
        assert sign_in(make_actor(kind)).get(IMPORT).status_code == 404
    viewer = make_actor(organization=holder.organization, role=Role.VIEWER)
    assert sign_in(viewer).get(IMPORT).status_code == 403
    operation = start(operator, table("40817;10.2026;1;"))
    Membership.objects.filter(user=operator.user).update(is_active=False)
    run_jobs()
    operation.refresh_from_db()
    assert operation.state == Operation.State.FAILED
    assert not UsageRecord.objects.exists()


@pytest.mark.parametrize("ending", ["csv", "xlsx"])
def test_an_example_is_understood(sign_in, operator, ending):
    browser = sign_in(operator)
    example = browser.get(reverse("usage_import_template", args=[ending])).content
    upload = SimpleUploadedFile(f"usage.{ending}", example)
    shown = browser.get(browser.post(IMPORT, {"file": upload})["Location"])
    assert shown.context["problem"] == ""
    assert [field.value() for field in shown.context["form"].columns] == list(FIELDS)
    assert len(shown.context["lines"]) == 3
    assert browser.get(reverse("usage_import_template", args=["pdf"])).status_code == 404


# --- taken away -------------------------------------------------------------------------------
@pytest.mark.parametrize("ending", ["csv", "xlsx"])
def test_a_year_is_taken_away_and_can_be_brought_back(
    sign_in, holder, operator, subscription, run_jobs, ending
):
    Subscription.objects.filter(pk=subscription.pk).update(contract_number="=1+1")
    start(operator, table("40817;10.2026;12,5;", "40817;09.2024;3;"))
    run_jobs()
    browser = sign_in(holder)
    browser.post(reverse("usage_export"), {"format": ending, "query": "category=electricity"})
    run_jobs()
    made = Operation.objects.get(kind="usage.export")
    assert made.state == Operation.State.DONE, made.error
    with made.result.open("rb") as file:
        content = file.read()
    if ending == "csv":
        rows = list(csv.reader(io.StringIO(content.decode("utf-8-sig")), delimiter=";"))
    else:
        sheet = openpyxl.load_workbook(io.BytesIO(content)).active
        rows = [[cell or "" for cell in row] for row in sheet.iter_rows(values_only=True)]
    header, row = rows
    assert row[:3] == [subscription.number, "10.2026", "12,5"]
    assert row[8] == "'=1+1"
    assert recognised(header)[:4] == ["subscription", "month", "amount", "unit"]
    assert Event.objects.get(kind="usage.exported").data == {"count": 1}
    wrong = browser.post(reverse("usage_export"), {"format": ending, "query": "owner=1"})
    assert wrong.status_code == 400
