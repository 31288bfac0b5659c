"""Clients brought in a file and taken away in one."""

import csv
import io
from datetime import timedelta

import openpyxl
import pytest
from django.core.files.base import ContentFile
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone

from core.choices import Role
from core.models import Event, Operation
from core.operations import start_operation
from subscriptions.choices import ClientKind
from subscriptions.models import Client
from subscriptions.selectors.clients import search_clients
from subscriptions.services.clients import create_client, importing, tag_client, withdraw_consent
from users.models import Membership
from users.tests.factories import make_actor

pytestmark = pytest.mark.django_db

IMPORT = reverse("client_import")
HEADER = "ФИО;Телефон;Почта;Метки;Согласие"
MAPPING = ["name", "phone", "email", "tags", "consent"]


@pytest.fixture
def agent():
    return make_actor()


def table(*lines, header=HEADER):
    return "\n".join([header, *lines]).encode()


def start(actor, content, **data):
    wanted = {"ending": "csv", "mapping": MAPPING, "existing": "leave"} | data
    return start_operation(actor, "clients.import", wanted, source=ContentFile(content))


def counts(operation):
    operation.refresh_from_db()
    return operation.data["counts"]


def refused(operation):
    """The rows of the file to correct, its header first."""
    operation.refresh_from_db()
    with operation.result.open("rb") as file:
        return list(csv.reader(io.StringIO(file.read().decode("utf-8-sig")), delimiter=";"))


# --- the way through the pages ----------------------------------------------------------------
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1251"])
@pytest.mark.parametrize("delimiter", [";", ",", "\t"])
def test_a_file_is_looked_at_mapped_and_brought_in(agent, sign_in, run_jobs, encoding, delimiter):
    create_client(agent, name="Знакомая", phone="+79120000002", kind=ClientKind.PERSON)
    content = table(
        "Иванова Анна;8 912 000-00-01;anna@example.com;vip;да",
        "Петров Пётр;89120000002;;;",
        "Без телефона;;;;",
    ).replace(b";", delimiter.encode())
    browser = sign_in(agent)
    upload = SimpleUploadedFile("clients.csv", content.decode().encode(encoding))
    checked = browser.post(IMPORT, {"file": upload})["Location"]
    shown = browser.get(checked)
    assert [line.fate for line in shown.context["lines"]] == ["new", "known", "bad"]
    assert Client.objects.count() == 1
    fields = {f"column_{index}": name for index, name in enumerate(MAPPING)}
    started = browser.post(checked, fields | {"existing": "leave", "start": "1"})
    operation = Operation.objects.get()
    assert started["Location"] == reverse("operation_detail", args=[operation.public_id])
    # Pressed twice, and opened again afterwards.
    browser.post(checked, fields | {"existing": "leave", "start": "1"})
    run_jobs()
    assert browser.get(checked)["Location"] == started["Location"]
    assert counts(operation) == {"created": 1, "updated": 0, "unchanged": 1}
    made = Client.objects.get(name="Иванова Анна")
    assert (made.owner, made.created_by) == (agent.organization, agent.user)
    assert made.has_consent
    assert [tag.name for tag in made.tags.all()] == ["vip"]
    assert search_clients(agent, "0000001") == [made]
    assert Event.objects.filter(kind="client.created", via="IMPORT").count() == 1
    assert Event.objects.get(kind="clients.imported").data == {"created": 1, "updated": 0}
    assert len(refused(operation)) == 2


def test_columns_are_mapped_by_hand_and_wrong_mappings_refused(agent, sign_in):
    browser = sign_in(agent)
    content = table("Анна;89123456789", header="Кто;Куда звонить")
    checked = browser.post(IMPORT, {"file": SimpleUploadedFile("a.csv", content)})["Location"]
    start_ = {"existing": "leave", "start": "1"}
    for first, second in [("", ""), ("name", ""), ("name", "name"), ("name", "owner")]:
        answer = browser.post(checked, {"column_0": first, "column_1": second} | start_)
        assert answer.status_code == 422
    look = {"column_0": "name", "column_1": "phone", "existing": "fill", "look": "1"}
    assert browser.post(checked, look)["Location"] == checked
    assert [line.fate for line in browser.get(checked).context["lines"]] == ["new"]


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.csv", b""),
        ("a.csv", b"\n\n"),
        ("a.exe", b"name;phone"),
        ("a.csv", b"<html><script>"),
        ("a.xlsx", b"PK\x03\x04 no archive"),
        ("a.xlsx", b"name;phone"),
        ("a.csv", b"\x00\x01\x02"),
    ],
)
def test_what_is_no_table_is_refused_beside_the_field(agent, sign_in, name, content):
    answer = sign_in(agent).post(IMPORT, {"file": SimpleUploadedFile(name, content)})
    assert answer.status_code == 422
    assert answer.context["form"].errors["file"]
    assert not Operation.objects.exists()


def test_the_import_of_another_is_not_there(agent, sign_in):
    browser = sign_in(agent)
    upload = SimpleUploadedFile("a.csv", table("Анна;89123456789;;;"))
    checked = browser.post(IMPORT, {"file": upload})["Location"]
    colleague = make_actor(organization=agent.organization)
    for other in (colleague, make_actor()):
        assert sign_in(other).get(checked).status_code == 404
    viewer = make_actor(role=Role.VIEWER, organization=agent.organization)
    assert sign_in(viewer).get(IMPORT).status_code == 403


def test_examples_can_be_brought_in_as_they_are(agent, sign_in):
    browser = sign_in(agent)
    for ending in ("csv", "xlsx"):
        example = browser.get(reverse("client_import_template", args=[ending])).content
        upload = SimpleUploadedFile(f"clients.{ending}", example)
        shown = browser.get(browser.post(IMPORT, {"file": upload})["Location"])
        assert {line.fate for line in shown.context["lines"]} == {"new"}


# --- rows -------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("line", "column"),
    [
        (";89123456789;;;", "ФИО"),
        ("Анна;;;;", "Телефон"),
        ("Анна;позвонить жене;;;", "Телефон"),
        ("Анна;89123456789;не почта;;", "Почта"),
        (f"{'Я' * 201};89123456789;;;", "ФИО"),
        (f"Анна;89123456789;;{'я' * 41};", "Метки"),
        ("Анна;89123456789;;;когда-то", "Согласие"),
        ("Анна;89123456789;;;01.01.2999", "Согласие"),
        ("Анна;89123456789", ""),
        ('"Анна;89123456789;;;', ""),
        (f"{'Я' * 6000};89123456789;;;", ""),
    ],
)
def test_a_bad_row_is_named_by_line_and_column_and_stops_no_other(agent, run_jobs, line, column):
    operation = start(agent, table("Первая;89120000001;;;", line, "Третья;89120000003;;;"))
    run_jobs()
    assert counts(operation)["created"] == 2
    header, row = refused(operation)
    assert header[:5] == HEADER.split(";")
    assert row[5:7] == ["3", column]
    assert row[7]


def test_refused_rows_corrected_are_brought_in_again(agent, sign_in, run_jobs):
    operation = start(agent, table("=HYPERLINK(1);8912;;;", "+Анна;;;;"))
    run_jobs()
    with_reasons = refused(operation)
    assert with_reasons[1][0] == "'=HYPERLINK(1)"
    for number, row in enumerate(with_reasons[1:]):
        row[1] = f"8912000000{number}"
    text = "\n".join(";".join(row) for row in with_reasons)
    browser = sign_in(agent)
    upload = SimpleUploadedFile("again.csv", text.encode("utf-8-sig"))
    checked = browser.post(IMPORT, {"file": upload})["Location"]
    mapping = browser.get(checked).context["form"]
    fields = {field.html_name: field.value() or "" for field in mapping.columns}
    browser.post(checked, fields | {"existing": "leave", "start": "1"})
    run_jobs()
    names = set(Client.objects.values_list("name", flat=True))
    assert names == {"=HYPERLINK(1)", "+Анна"}


def test_known_clients_are_left_or_filled_in_as_asked(agent, run_jobs):
    known = create_client(
        agent, name="Анна", phone="+79123456789", kind=ClientKind.PERSON, email="own@example.com"
    )
    gone = create_client(
        agent, name="Олег", phone="+79123456780", kind=ClientKind.PERSON, consent=True
    )
    withdraw_consent(agent, gone)
    rows = table(
        "Анна П.;89123456789;other@example.com;vip;да",
        "Анна П.;89123456789;;лето;",
        "Олег;89123456780;o@example.com;;да",
    )
    assert start(agent, rows) and run_jobs()
    known.refresh_from_db()
    assert (known.version, known.has_consent) == (1, False)
    operation = start(agent, rows, existing="fill")
    run_jobs()
    known.refresh_from_db(), gone.refresh_from_db()
    assert counts(operation) == {"created": 0, "updated": 3, "unchanged": 0}
    assert (known.name, known.email, known.has_consent) == ("Анна", "own@example.com", True)
    assert {tag.name for tag in known.tags.all()} == {"vip", "лето"}
    # What the client has taken back no file gives again.
    assert (gone.email, gone.has_consent) == ("o@example.com", False)


def test_clients_of_others_with_the_same_phone_are_no_obstacle(agent, run_jobs):
    create_client(make_actor(), name="Чужая", phone="+79123456789", kind=ClientKind.PERSON)
    operation = start(agent, table("Анна;89123456789;;;"), existing="fill")
    run_jobs()
    assert counts(operation)["created"] == 1


def test_a_right_taken_away_before_the_worker_came_is_gone(agent, run_jobs):
    operation = start(agent, table("Анна;89123456789;;;"))
    Membership.objects.update(is_active=False)
    run_jobs()
    operation.refresh_from_db()
    assert operation.state == Operation.State.FAILED
    assert not Client.objects.exists()


def test_killed_halfway_it_goes_on_and_writes_nothing_twice(agent, run_jobs, monkeypatch):
    lines = [f"Клиент {n};+7912{n:07d};;;" for n in range(1200)]
    lines[10] = "Плохая;;;;"
    operation = start(agent, table(*lines))
    write, calls = importing._write_batch, []

    def killed(*arguments):
        if len(calls) == 1:
            calls.append("killed")
            raise OSError("the worker was killed")
        calls.append("written")
        write(*arguments)

    monkeypatch.setattr(importing, "_write_batch", killed)
    run_jobs()
    assert Client.objects.count() == 499
    run_jobs(later=True)
    assert calls == ["written", "killed", "written", "written"]
    assert Client.objects.count() == 1199
    assert counts(operation)["created"] == 1199
    assert Event.objects.filter(kind="client.created").count() == 1199
    assert Event.objects.filter(kind="clients.imported").count() == 1
    assert [row[5] for row in refused(operation)[1:]] == ["12"]


def test_two_workers_with_one_import_write_a_batch_once(agent, run_jobs):
    operation = start(agent, table("Анна;89123456789;;;"))
    stale = Operation.objects.get(pk=operation.pk)
    run_jobs()
    stale.data |= {"line": 0, "counts": {"created": 0, "updated": 0, "unchanged": 0}}
    with pytest.raises(importing.TemporaryFailure):
        importing._write_batch(agent, stale, [], 2)
    assert Client.objects.count() == 1


# --- taken away -------------------------------------------------------------------------------
def export(actor, browser, run_jobs, ending, query=""):
    answer = browser.post(reverse("client_export"), {"format": ending, "query": query})
    run_jobs()
    operation = Operation.objects.latest("pk")
    assert answer["Location"] == reverse("operation_detail", args=[operation.public_id])
    assert operation.state == Operation.State.DONE
    with operation.result.open("rb") as file:
        content = file.read()
    if ending == "csv":
        return list(csv.reader(io.StringIO(content.decode("utf-8-sig")), delimiter=";"))
    sheet = openpyxl.load_workbook(io.BytesIO(content)).active
    assert {cell.data_type for row in sheet.iter_rows() for cell in row} <= {"s", "n"}
    return [[cell or "" for cell in row] for row in sheet.iter_rows(values_only=True)]


@pytest.mark.parametrize("ending", ["csv", "xlsx"])
def test_an_export_has_the_filtered_rows_and_nothing_that_runs(agent, sign_in, run_jobs, ending):
    bad = ["=1+1", "+cmd|calc", "-2", "@SUM(1)", "\t=1", "＝1+1"]
    for number, text in enumerate(bad):
        Client.objects.create(
            owner=agent.organization,
            name=text,
            phone=f"+7912000000{number}",
            comment=text,
            created_at=timezone.now(),
            updated_at=timezone.now() - timedelta(days=1),
        )
    tag_client(agent, Client.objects.first(), "vip")
    create_client(agent, name="ООО", phone="+79270001122", kind=ClientKind.COMPANY)
    create_client(make_actor(), name="Чужая", phone="+79270001122", kind=ClientKind.PERSON)
    browser = sign_in(agent)
    header, *rows = export(agent, browser, run_jobs, ending, "kind=PERSON")
    assert len(rows) == len(bad)
    assert len(header) == len(rows[0]) == 8
    for row in rows:
        assert row[0].startswith("'")
        assert "912 000-00-0" in row[1]
        if ending == "csv":
            assert not any(cell.lstrip().startswith(("=", "+", "-", "@")) for cell in row)
    assert len(export(agent, browser, run_jobs, ending, "tag=vip")) == 2
    assert Event.objects.filter(kind="clients.exported").latest("pk").data == {"count": 1}


def test_what_is_taken_away_can_be_brought_back(agent, sign_in, run_jobs):
    client = create_client(
        agent, name="-Анна", phone="+79123456789", kind=ClientKind.COMPANY, consent=True
    )
    tag_client(agent, client, "vip")
    rows = export(agent, sign_in(agent), run_jobs, "csv")
    text = "\n".join(";".join(row) for row in rows)
    other = make_actor()
    browser = sign_in(other)
    upload = SimpleUploadedFile("a.csv", text.encode())
    checked = browser.post(IMPORT, {"file": upload})["Location"]
    fields = {
        field.html_name: field.value() or ""
        for field in browser.get(checked).context["form"].columns
    }
    browser.post(checked, fields | {"existing": "leave", "start": "1"})
    run_jobs()
    made = Client.objects.visible_to(other).get()
    assert (made.name, made.phone, made.kind) == (client.name, client.phone, client.kind)
    assert (
        made.consent_at.date() == timezone.localtime(client.consent_at).date() or made.has_consent
    )
    assert [tag.name for tag in made.tags.all()] == ["vip"]


def test_the_search_of_an_export_stands_in_no_column(agent, sign_in, run_jobs):
    create_client(agent, name="Иванова Анна", phone="+79123456789", kind=ClientKind.PERSON)
    assert len(export(agent, sign_in(agent), run_jobs, "csv", "q=Иванова")) == 2
    operation = Operation.objects.get()
    assert "Иванова" not in f"{operation.data} {operation.summary}"


@pytest.mark.parametrize(
    "posted",
    [
        {"format": "pdf"},
        {"format": "csv", "query": "colour=red"},
        {"format": "csv", "query": "tag=x"},
    ],
)
def test_an_export_of_nonsense_is_refused(agent, sign_in, posted):
    assert sign_in(agent).post(reverse("client_export"), posted).status_code == 400
    assert not Operation.objects.exists()
