"""Many requests from a file: what is told of each row before, and that each is filed once."""

import csv
import io
from functools import partial

import openpyxl
import pytest
from django.core.files.base import ContentFile
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from core.choices import OrganizationKind, Role
from core.errors import Conflict, DomainError, Forbidden
from core.models import Event, Operation
from core.operations import start_operation
from core.tables import open_table
from core.tests.concurrency import together
from locations.models import Building
from locations.tests.factories import (
    BuildingCoverageFactory,
    BuildingFactory,
    CityFactory,
    RegionFactory,
    ServiceCategoryFactory,
    StreetFactory,
    UnitFactory,
)
from subscriptions.choices import RequestState
from subscriptions.models import (
    Client,
    ConnectionRequest,
    FiledAnyway,
    Plan,
    RequestBundle,
    RequestNote,
)
from subscriptions.selectors import address_list
from subscriptions.services.filing_many import checking, filing
from subscriptions.services.filing_many.filing import DRAFT, FILE, start_filing
from subscriptions.services.filing_many.rows import RowReader
from subscriptions.tests.factories import ClientFactory, PlanFactory, request_in
from users.tests.factories import OrganizationFactory, make_actor

pytestmark = pytest.mark.django_db
MANY = reverse("request_many")
HEADER = "Адрес;Квартира;Клиент;Телефон;Тариф;Провайдер;Комментарий;Согласие"


@pytest.fixture
def agent():
    return make_actor(OrganizationKind.AGENCY, Role.MEMBER)


@pytest.fixture
def house():
    region = RegionFactory(name="Татарстан", full_name="Республика Татарстан", type="Респ")
    city = CityFactory(name="Казань", region=region)
    return BuildingFactory(street=StreetFactory(city=city, name="Чистопольская"), number="12")


def offer(building, **fields):
    plan = PlanFactory(**fields)
    BuildingCoverageFactory(building=building, provider=plan.provider, category=plan.category)
    return plan


@pytest.fixture
def plan(house):
    return offer(house, name="Старт 300")


def line(flat="1", **cells):
    values = {
        "address": "Казань, Чистопольская, д 12",
        "flat": flat,
        "name": f"Клиент {flat}",
        "phone": f"+7912{int(flat) if flat.isdecimal() else 0:07d}",
        "plan": "Старт 300",
        "provider": "",
        "comment": "",
        "consent": "да",
    }
    return ";".join((values | cells).values())


def checked(actor, run_jobs, *lines, header=HEADER):
    content = "\n".join([header, *lines]).encode()
    row = start_operation(
        actor, "requests.check_many", {"ending": "csv"}, source=ContentFile(content)
    )
    run_jobs()
    row.refresh_from_db()
    assert row.state == Operation.State.DONE, row.error
    return row


def filed(actor, row, run_jobs, mode=FILE, takes=False, reason="", **run):
    started = start_filing(actor, row, mode=mode, takes_doubtful=takes, reason=reason)
    run_jobs(**run)
    started.refresh_from_db()
    return started


def counts(row):
    return tuple(row.data["counts"][fate] for fate in ("good", "doubtful", "bad"))


def reasons(row, fate):
    return [one["reason"] for one in row.data["shown"][fate]]


def refused(row):
    with row.result.open("rb") as file:
        return list(csv.reader(io.StringIO(file.read().decode("utf-8-sig")), delimiter=";"))


def listed(row):
    with row.result.open("rb") as file:
        sheet = openpyxl.load_workbook(io.BytesIO(file.read())).active
        return [[cell or "" for cell in line] for line in sheet.iter_rows(values_only=True)]


# --- what a file may hold -----------------------------------------------------------------------
@pytest.mark.parametrize(
    "header",
    [
        "Адрес;Клиент;Телефон;Тариф",
        "address,name,phone,plan",
        "Город\tУлица\tДом\tКв\tФИО\tТел\tТарифный план",
        "ФИАС;Квартира;ФИО;Мобильный;Тариф;Оператор",
    ],
)
def test_headers_are_recognised_in_two_languages(header):
    delimiter = max(";,\t", key=header.count)
    names = header.split(delimiter)
    reader = RowReader(names, with_clients=True)
    assert reader.heading("plan") in names
    assert reader.heading("phone") in names


@pytest.mark.parametrize(
    "header",
    ["Адрес;Клиент;Телефон", "Клиент;Телефон;Тариф", "Адрес;Телефон;Тариф", "Адрес;Клиент;Тариф"],
)
def test_a_file_without_a_column_it_needs_is_refused_at_once(header):
    with pytest.raises(DomainError) as error:
        RowReader(header.split(";"), with_clients=True)
    assert error.value.field == "file"


def test_who_files_for_itself_names_no_clients(house, plan, run_jobs):
    actor = make_actor(OrganizationKind.COMPANY, Role.OWNER)
    row = checked(actor, run_jobs, "Казань, Чистопольская 12, кв 5;Старт 300", header="Адрес;Тариф")
    assert counts(row) == (1, 0, 0)
    filed(actor, row, run_jobs)
    request = ConnectionRequest.objects.get()
    assert (request.holder, request.client, request.unit.number) == (
        actor.organization, None, "5"
    )  # fmt: skip


# --- what is told of a row ----------------------------------------------------------------------
@pytest.mark.parametrize(
    ("cells", "column"),
    [
        ({"address": ""}, "Адрес"),
        ({"address": "Казань, Несуществующая, д 999"}, "Адрес"),
        ({"address": "55.79, 49.12"}, "Адрес"),
        ({"flat": ""}, "Квартира"),
        ({"flat": "Я" * 30}, "Квартира"),
        ({"name": ""}, "Клиент"),
        ({"name": "А\x07нна"}, "Клиент"),
        ({"phone": "112"}, "Телефон"),
        ({"phone": ""}, "Телефон"),
        ({"plan": ""}, "Тариф"),
        ({"plan": "Выдуманный"}, "Тариф"),
        ({"provider": "Не тот"}, "Тариф"),
        ({"comment": "x" * 1001}, "Комментарий"),
        ({"consent": ""}, "Согласие"),
        ({"consent": "может быть"}, "Согласие"),
    ],
)
def test_a_bad_row_says_where_and_why(agent, house, plan, run_jobs, cells, column):
    row = checked(agent, run_jobs, line("2"), line(**{"flat": "1"} | cells))
    assert counts(row) == (1, 0, 1)
    [shown] = row.data["shown"]["bad"]
    assert (shown["line"], shown["column"]) == (3, column)
    assert shown["reason"]
    header, bad = refused(row)
    assert (bad[-3], bad[-2]) == ("3", column)
    assert header[:8] == HEADER.split(";")
    assert not RequestBundle.objects.exists()


def test_a_plan_is_named_by_its_id_or_with_its_provider(agent, house, plan, run_jobs):
    other = offer(house, name="Старт 300")
    row = checked(
        agent,
        run_jobs,
        line("1"),
        line("2", provider=other.provider.name),
        line("3", plan=plan.public_id.lower()),
    )
    assert counts(row) == (2, 0, 1)
    assert plan.provider.name in reasons(row, "bad")[0]
    filed(agent, row, run_jobs)
    assert {(one.unit.number, one.plan) for one in ConnectionRequest.objects.all()} == {
        ("2", other), ("3", plan)
    }  # fmt: skip


def test_a_house_is_named_by_its_fias_id(agent, house, plan, run_jobs):
    fias = "c2c3a2ab-8d4c-4d5a-9c53-0a4e0f1f2a3b"
    Building.objects.filter(pk=house.pk).update(fias_id=fias)
    header = "ФИАС;Кв;Клиент;Телефон;Тариф;Согласие"
    row = checked(
        agent,
        run_jobs,
        f"{fias.upper()};1;Анна;89123456789;Старт 300;да",
        f"{fias[:-1]}c;1;Анна;89123456789;Старт 300;да",
        "abc;1;Анна;89123456789;Старт 300;да",
        header=header,
    )
    # Without a column of flats the number is asked for: FIAS alone names a house.
    assert [one["column"] for one in row.data["shown"]["bad"]][-1] == "ФИАС"


def test_what_the_actor_may_not_see_does_not_exist(agent, plan, house, run_jobs):
    Building.objects.filter(pk=house.pk).update(
        status="PENDING", added_by=OrganizationFactory(), verified_key=None
    )
    assert counts(checked(agent, run_jobs, line())) == (0, 0, 1)


def test_a_known_phone_is_that_client_and_another_name_is_doubtful(agent, house, plan, run_jobs):
    ClientFactory(owner=agent.organization, name="Клиент 1", phone="+79120000001")
    ClientFactory(owner=agent.organization, name="Совсем Другой", phone="+79120000002")
    ClientFactory(name="Чужой", phone="+79120000003")
    row = checked(agent, run_jobs, line("1"), line("2"), line("3"))
    assert counts(row) == (2, 1, 0)
    assert "Совсем Другой" in reasons(row, "doubtful")[0]
    assert "Чужой" not in str(row.data)
    filed(agent, row, run_jobs, takes=True)
    assert Client.objects.filter(owner=agent.organization).count() == 3
    assert ConnectionRequest.objects.filter(state=RequestState.SUBMITTED).count() == 3


def test_an_address_that_was_guessed_is_doubtful(agent, house, plan, run_jobs, monkeypatch):
    def misspelled(actor, texts):
        [found] = address_list.houses_named(actor, ["Казань, Чистопольская, д 12"]).values()
        return [address_list.Understood(text, "", found[0], guessed=True) for text in texts]

    monkeypatch.setattr("subscriptions.services.filing_many.judging.understand", misspelled)
    row = checked(agent, run_jobs, line("1", address="Казань, Чистапольская 12"))
    assert counts(row) == (0, 1, 0)
    assert "Чистопольская" in reasons(row, "doubtful")[0]
    assert filed(agent, row, run_jobs).state == Operation.State.DONE
    assert not ConnectionRequest.objects.exists()


def test_a_consent_withdrawn_is_not_given_again_by_a_file(agent, house, plan, run_jobs):
    client = ClientFactory(owner=agent.organization, name="Клиент 1", phone="+79120000001")
    Client.objects.filter(pk=client.pk).update(consent_withdrawn_at=client.consent_at)
    assert counts(checked(agent, run_jobs, line("1"))) == (0, 0, 1)


def test_what_is_in_work_is_doubtful_and_what_a_unit_has_once_is_refused(
    agent, house, plan, run_jobs
):
    power = offer(
        house, name="Свет", category=ServiceCategoryFactory(code="power", one_per_unit=True)
    )
    unit = UnitFactory(building=house, number="1")
    there = request_in(RequestState.CHECKING, owner=agent.organization, plan=plan, unit=unit)
    request_in(RequestState.CONNECTED, plan=power, unit=unit)
    row = checked(
        agent,
        run_jobs,
        line("1"),
        line("1", plan="Свет"),
        line("2", plan="Свет"),
        line("2", plan="Свет"),
    )
    assert counts(row) == (1, 1, 2)
    assert there.number in reasons(row, "doubtful")[0]


# --- filing -------------------------------------------------------------------------------------
def test_rows_become_requests_with_a_list_of_their_numbers(agent, house, plan, run_jobs):
    row = checked(agent, run_jobs, line("1", comment="=cmd()"), line("2"), line("x" * 30))
    done = filed(agent, row, run_jobs)
    assert done.state == Operation.State.DONE
    requests = list(ConnectionRequest.objects.order_by("pk"))
    assert [(one.unit.number, one.state, one.client.name) for one in requests] == [
        ("1", RequestState.SUBMITTED, "Клиент 1"),
        ("2", RequestState.SUBMITTED, "Клиент 2"),
    ]
    assert requests[0].comment == "=cmd()"
    header, *rows = listed(done)
    assert header[:8] == HEADER.split(";")
    assert [one[8] for one in rows] == [requests[0].number, requests[1].number, ""]
    assert rows[0][6] == "'=cmd()"
    assert rows[2][9]
    assert Event.objects.get(kind="requests.filed_many").data == {"filed": 2, "drafted": 0}
    assert Event.objects.filter(kind="request.submitted", via="IMPORT").count() == 2


def test_only_drafts_where_that_is_wanted(agent, house, plan, run_jobs):
    done = filed(agent, checked(agent, run_jobs, line("1")), run_jobs, mode=DRAFT)
    request = ConnectionRequest.objects.get()
    assert request.state == RequestState.DRAFT
    assert listed(done)[1][8] == request.number
    assert done.summary["back"] == reverse("request_drafts")


def test_doubtful_rows_are_left_out_or_taken_with_a_reason(agent, house, plan, run_jobs):
    unit = UnitFactory(building=house, number="1")
    request_in(RequestState.CHECKING, owner=agent.organization, plan=plan, unit=unit)
    row = checked(agent, run_jobs, line("1"), line("2"), line("2"), line("2"))
    assert counts(row) == (1, 3, 0)
    with pytest.raises(DomainError) as error:
        start_filing(agent, row, mode=FILE, takes_doubtful=True, reason=" ")
    assert error.value.field == "reason"
    left = filed(agent, row, run_jobs)
    assert [bool(one[8]) for one in listed(left)[1:]] == [False, True, False, False]
    again = checked(agent, run_jobs, line("3"), line("3"), line("3"))
    taken = filed(agent, again, run_jobs, takes=True, reason="Три линии")
    assert [bool(one[8]) for one in listed(taken)[1:]] == [True, True, True]
    assert FiledAnyway.objects.count() == 2
    assert set(RequestNote.objects.values_list("text", flat=True)) == {"Три линии"}


def test_a_duplicate_that_appeared_after_the_look_is_left_out(agent, house, plan, run_jobs):
    row = checked(agent, run_jobs, line("1"))
    unit = UnitFactory(building=house, number="1")
    there = request_in(RequestState.CHECKING, owner=agent.organization, plan=plan, unit=unit)
    done = filed(agent, row, run_jobs, takes=True, reason="Вторая линия")
    assert listed(done)[1][8] == ""
    assert there.number in listed(done)[1][9]


def test_a_plan_gone_after_the_look_refuses_its_row_alone(agent, house, plan, run_jobs):
    other = offer(house, name="Старт 100", category=ServiceCategoryFactory(code="tv"))
    row = checked(agent, run_jobs, line("1"), line("2", plan="Старт 100"))
    Plan.objects.filter(pk=plan.pk).update(is_published=False)
    filed(agent, row, run_jobs)
    assert ConnectionRequest.objects.get().plan == other


def test_killed_halfway_it_goes_on_and_files_nothing_twice(
    agent, house, plan, run_jobs, monkeypatch
):
    row = checked(agent, run_jobs, *[line(str(n)) for n in (*range(1, 8), 1)])
    assert counts(row) == (7, 1, 0)
    submit, calls = filing.submit_request, []

    def killed(*arguments):
        calls.append(1)
        if len(calls) == 4:
            raise OSError("the worker was killed")
        return submit(*arguments)

    monkeypatch.setattr(filing, "submit_request", killed)
    started = filed(agent, row, run_jobs, takes=True, reason="Две")
    assert started.state != Operation.State.DONE
    assert ConnectionRequest.objects.count() == 3
    run_jobs(later=True)
    started.refresh_from_db()
    assert started.state == Operation.State.DONE
    requests = ConnectionRequest.objects.filter(state=RequestState.SUBMITTED)
    assert requests.count() == 8
    assert {one[8] for one in listed(started)[1:]} == set(requests.values_list("number", flat=True))
    assert Client.objects.filter(owner=agent.organization).count() == 7
    assert Event.objects.filter(kind="request.submitted").count() == 8
    assert Event.objects.filter(kind="requests.filed_many").count() == 1


def test_begun_twice_it_is_filed_once_and_not_before_the_look(agent, house, plan, run_jobs):
    content = "\n".join([HEADER, line("1")]).encode()
    waiting = start_operation(
        agent, "requests.check_many", {"ending": "csv"}, source=ContentFile(content)
    )
    with pytest.raises((Conflict, KeyError)):
        start_filing(agent, waiting, mode=FILE, takes_doubtful=False, reason="")
    run_jobs()
    waiting.refresh_from_db()
    first = start_filing(agent, waiting, mode=FILE, takes_doubtful=False, reason="")
    assert start_filing(agent, waiting, mode=DRAFT, takes_doubtful=False, reason="") == first
    run_jobs()
    assert ConnectionRequest.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_two_workers_with_one_file_file_each_row_once():
    actor = make_actor()
    city = CityFactory(name="Казань")
    place = BuildingFactory(street=StreetFactory(city=city, name="Чистопольская"), number="12")
    offer(place, name="Старт 300")
    content = "\n".join([HEADER, *(line(str(n)) for n in range(1, 6))]).encode()
    data = {"ending": "csv", "mode": FILE, "doubts": {}, "reason": "", "total": 5}
    row = start_operation(actor, "requests.file_many", data, source=ContentFile(content))

    def work():
        filing.run_filing(actor, Operation.objects.get(pk=row.pk), lambda done, total=None: None)

    outcomes = together([partial(work)] * 2)
    assert [one for one in outcomes if one is not None] == []
    assert ConnectionRequest.objects.filter(state=RequestState.SUBMITTED).count() == 5
    assert Event.objects.filter(kind="requests.filed_many").count() == 1


def test_a_longer_file_is_refused(agent, house, plan, run_jobs, monkeypatch):
    monkeypatch.setattr(checking, "ROWS_AT_MOST", 2)
    content = "\n".join([HEADER, *(line(str(n)) for n in range(3))]).encode()
    row = start_operation(
        agent, "requests.check_many", {"ending": "csv"}, source=ContentFile(content)
    )
    run_jobs()
    row.refresh_from_db()
    assert row.state == Operation.State.FAILED
    assert "2" in row.error


# --- the pages ----------------------------------------------------------------------------------
def test_from_the_page_to_filed_requests(
    sign_in, agent, house, plan, run_jobs, django_assert_max_num_queries
):
    browser = sign_in(agent)
    assert browser.get(MANY).status_code == 200
    content = "\n".join([HEADER, line("1"), line("2"), line("1"), line("4", phone="1")])
    upload = SimpleUploadedFile("Заявки.csv", content.encode("cp1251"))
    look = browser.post(MANY, {"file": upload})
    operation = Operation.objects.get()
    assert look.url == reverse("request_many_check", args=[operation.public_id])
    assert "data-poll" in browser.get(look.url).content.decode()
    run_jobs()
    with django_assert_max_num_queries(12):
        page = browser.get(look.url)
    html = page.content.decode()
    assert [group["count"] for group in page.context["groups"]] == [1, 1, 2]
    assert "Клиент 2" in html
    file = browser.get(reverse("operation_result", args=[operation.public_id]))
    assert "requests to correct" in file["Content-Disposition"] or "csv" in str(file.headers)
    # Read, not closed: closing an answer closes the connection behind it.
    assert b"".join(file.streaming_content)
    refused = browser.post(look.url, {"mode": "file", "doubtful": "take", "reason": ""})
    assert refused.status_code == 422
    assert browser.post(look.url, {"mode": "explode", "doubtful": "skip"}).status_code == 422
    started = browser.post(look.url, {"mode": "file", "doubtful": "skip"})
    assert started.status_code == 302
    run_jobs()
    assert ConnectionRequest.objects.count() == 2
    assert browser.get(started.url).status_code == 200
    # Seen again, the look leads to the work.
    assert browser.get(look.url).url == started.url
    assert browser.post(look.url, {"mode": "file", "doubtful": "skip"}).url == started.url


@pytest.mark.parametrize("ending", ["csv", "xlsx"])
def test_the_example_is_understood(sign_in, agent, ending):
    for actor in (agent, make_actor(OrganizationKind.COMPANY, Role.OWNER)):
        url = reverse("request_many_template", args=[ending])
        table = open_table(io.BytesIO(sign_in(actor).get(url).content), ending)
        reader = checking.reader_of(actor, table)
        for row in table.rows:
            read = reader.read(row)
            assert read.address
            assert read.unit
            assert read.plan


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.csv", b""),
        ("a.csv", b"\x00\x01\x02"),
        ("a.csv", b"<html><script>"),
        ("a.csv", "Адрес;Тариф\n".encode()),
        ("a.xlsx", b"PK\x03\x04 not a spreadsheet"),
        ("a.exe", HEADER.encode()),
    ],
)
def test_what_is_no_table_of_requests_is_refused_beside_the_field(sign_in, agent, name, content):
    page = sign_in(agent).post(MANY, {"file": SimpleUploadedFile(name, content)})
    assert page.status_code == 422
    assert page.context["form"].errors["file"]
    assert not Operation.objects.exists()


def test_the_file_is_its_owners(sign_in, agent, house, plan, run_jobs):
    row = checked(agent, run_jobs, line("1"))
    url = reverse("request_many_check", args=[row.public_id])
    for other in (
        make_actor(role=Role.OWNER, organization=agent.organization),
        make_actor(),
    ):
        assert sign_in(other).get(url).status_code == 404
        assert sign_in(other).post(url, {"mode": "file"}).status_code == 404
    viewer = make_actor(role=Role.VIEWER)
    assert sign_in(viewer).get(MANY).status_code == 403
    with pytest.raises(Forbidden):
        start_filing(viewer, row, mode=FILE, takes_doubtful=False, reason="")
    assert not ConnectionRequest.objects.exists()
