"""The list of requests as a file: the chosen columns, nothing that runs, and on record."""

import csv
import io

import openpyxl
import pytest

from core.choices import OrganizationKind, Role
from core.models import Event, Operation
from core.saved_views import choose_columns
from subscriptions.choices import RequestState
from subscriptions.request_panels import REQUESTS
from subscriptions.services.requests import exporting
from subscriptions.tests.factories import ClientFactory, request_in
from users.tests.factories import make_actor

pytestmark = pytest.mark.django_db
URL = "/requests/export/"
S = RequestState


@pytest.fixture
def agent():
    return make_actor(OrganizationKind.AGENCY)


def lines():
    operation = Operation.objects.latest("pk")
    with operation.result.open("rb") as file:
        content = file.read()
    if operation.result_name.endswith("csv"):
        return list(csv.reader(io.StringIO(content.decode("utf-8-sig")), delimiter=";"))
    return [list(row) for row in openpyxl.load_workbook(io.BytesIO(content)).active.values]


@pytest.mark.parametrize("ending", ["csv", "xlsx"])
def test_what_the_filters_find_is_written_in_the_chosen_columns(
    sign_in, run_jobs, agent, monkeypatch, ending
):
    monkeypatch.setattr(exporting, "SLICE", 2)
    client = ClientFactory(owner=agent.organization, name="=HYPERLINK(1)")
    wanted = [
        request_in(S.CHECKING, owner=agent.organization, client=client).number for _ in range(5)
    ][::-1]
    request_in(S.APPROVED, owner=agent.organization)
    request_in(S.CHECKING)
    choose_columns(agent, REQUESTS, ["client", "number", "state"])
    browser = sign_in(agent)
    started = browser.post(URL, {"query": "state=CHECKING", "format": ending})
    operation = Operation.objects.get()
    assert started["Location"] == f"/operations/{operation.public_id}/"
    # Filters may hold a name: they stand in a file that goes with the operation.
    assert "CHECKING" not in str(operation.data)
    run_jobs()
    found = lines()
    assert [row[1] for row in found[1:]] == wanted
    # Nothing in a cell is run by the program that opens it.
    assert {row[0] for row in found[1:]} == {"'=HYPERLINK(1)"}
    event = Event.objects.get(kind="requests.exported")
    assert (event.data, event.actor_user_id) == ({"count": 5}, agent.user.pk)


def test_a_file_written_twice_is_on_record_once(run_jobs, agent):
    request_in(S.CHECKING, owner=agent.organization)
    operation = exporting.start_export(agent, "", ["number"], "csv")
    for _ in range(2):
        exporting.run_export(agent, operation, lambda done, total=None: None)
    assert Event.objects.filter(kind="requests.exported").count() == 1
    assert len(lines()) == 2


@pytest.mark.parametrize(
    "form", [{"format": "pdf"}, {"format": ""}, {"format": "csv", "query": "owner=1"}]
)
def test_what_is_not_understood_begins_nothing(sign_in, agent, form):
    assert sign_in(agent).post(URL, form).status_code == 400
    assert not Operation.objects.exists()


def test_a_viewer_takes_nothing_away(sign_in, agent):
    viewer = make_actor(organization=agent.organization, role=Role.VIEWER)
    assert sign_in(viewer).post(URL, {"format": "csv"}).status_code == 403
    content = sign_in(viewer).get("/requests/").content.decode()
    assert URL not in content


def test_a_column_that_is_not_the_readers_is_not_in_the_file(run_jobs):
    operator = make_actor(OrganizationKind.PROVIDER)
    request_in(S.CHECKING, plan__provider=operator.organization)
    exporting.start_export(operator, "", ["number", "commission"], "csv")
    run_jobs()
    assert len(lines()[0]) == 1
