"""Acting on many requests: at once, by an operation, after a kill, and by many people together."""

from functools import partial

import openpyxl
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from core.choices import OrganizationKind, Role
from core.gathering import gathered
from core.models import Event, Operation
from core.tests.concurrency import together
from subscriptions.choices import RequestState
from subscriptions.models import ConnectionRequest, RequestNote
from subscriptions.services import bulk, bulk_work
from subscriptions.services.bulk import Task, act_on_many
from subscriptions.services.bulk_work import found_numbers, run_bulk, start_bulk
from subscriptions.services.figures import differences
from subscriptions.services.requests import move_request
from subscriptions.tests.factories import move_data, request_in
from users.tests.factories import make_actor

pytestmark = pytest.mark.django_db
S = RequestState
URL = "/requests/bulk/"


@pytest.fixture
def agent():
    return make_actor(OrganizationKind.AGENCY)


@pytest.fixture
def operator():
    return make_actor(OrganizationKind.PROVIDER)


@pytest.fixture
def make(agent, operator):
    def _make(state=S.CHECKING, **fields):
        return request_in(
            state, owner=agent.organization, plan__provider=operator.organization, **fields
        )

    return _make


def states():
    return sorted(ConnectionRequest.objects.values_list("state", flat=True))


def quiet(done, total=None):
    """Progress that nobody watches."""


# --- the same as one by one ---------------------------------------------------------------------
@pytest.mark.parametrize("transition", ["approve", "hold", "reject", "ask_info"])
def test_what_is_written_for_many_is_what_is_written_for_one(operator, make, transition):
    alone, others = make(), [make(), make()]
    newest = Event.objects.latest("pk").pk
    data = move_data(transition)
    move_request(operator, alone.number, transition, data)
    outcomes = act_on_many(operator, Task(transition, data), [row.number for row in others])
    assert [(row.number, row.refusal) for row in outcomes] == [(row.number, "") for row in others]
    written = [
        (event.kind, {**event.data, "number": "", "note": ""}, event.actor_user_id,
         sorted(event.parties.values_list("organization", "role")))
        for event in Event.objects.filter(pk__gt=newest)
    ]  # fmt: skip
    assert len(written) == 3
    assert written[1:] == [written[0]] * 2
    rows = ConnectionRequest.objects.filter(pk__in=[alone.pk, *(row.pk for row in others)])
    assert len(set(rows.values_list("state", "version", "reason", "held_until", "assignee"))) == 1
    assert differences() == []


def test_a_refusal_takes_with_it_what_its_request_wrote_and_nothing_else(operator, make):
    good, late, foreign = make(), make(S.CONNECTED), request_in(S.CHECKING)
    newest = Event.objects.latest("pk").pk
    numbers = [foreign.number, good.number, "EC-0000-0000", late.number, "\x00"]
    outcomes = act_on_many(operator, Task("approve"), numbers)
    assert [bool(row.refusal) for row in outcomes] == [True, False, True, True, True]
    assert [row.number for row in outcomes] == numbers
    (event,) = Event.objects.filter(pk__gt=newest)
    assert event.subject_id == good.pk
    assert differences() == []


def test_what_a_change_gave_before_it_failed_is_not_written():
    kept, written = [], []
    with gathered() as gathering:
        for number in (1, 2, 3):
            try:
                with gathering.each():
                    gathering.keep(written.extend, [number])
                    if number == 2:
                        raise ValueError(number)
            except ValueError:
                kept.append(number)
        assert written == []
    assert (kept, written) == ([2], [1, 3])


def test_a_batch_reads_and_writes_together_what_its_moves_share(operator, make):
    numbers = [make().number for _ in range(6)]

    def queries(count):
        part = [numbers.pop() for _ in range(count)]
        with CaptureQueriesContext(connection) as captured:
            act_on_many(operator, Task("approve"), part)
        return len(captured)

    two, four = queries(2), queries(4)
    # A savepoint and its release, the row that is locked, the row that is written, and the time
    # of a visit that is held until its deadline.
    assert (four - two) / 2 <= 5


# --- which requests -----------------------------------------------------------------------------
def test_all_that_the_filters_find_is_asked_for_first_and_then_done(sign_in, operator, make):
    wanted, other = [make(S.SUBMITTED), make(S.SUBMITTED)], make()
    browser = sign_in(operator)
    form = {"do": "start_check", "all": "1", "query": "state=SUBMITTED", "selected": other.number}
    asked = browser.post(URL, form)
    assert (asked.status_code, asked.context["count"]) == (200, 2)
    assert states() == [S.CHECKING, S.SUBMITTED, S.SUBMITTED]
    done = browser.post(URL, form | {"sure": "2"})
    assert {row.number for row in done.context["done"]} == {row.number for row in wanted}
    assert states() == [S.CHECKING] * 3


def test_when_the_filters_find_another_number_it_is_asked_again(sign_in, operator, make):
    make(S.SUBMITTED)
    form = {"do": "start_check", "all": "1", "query": "state=SUBMITTED", "sure": "2"}
    asked = sign_in(operator).post(URL, form)
    assert asked.context["has_changed"]
    assert states() == [S.SUBMITTED]


@pytest.mark.parametrize("query", ["stat=SUBMITTED", "state=EVERY", "owner=1", "due=never"])
def test_a_filter_that_is_not_understood_acts_on_nothing(sign_in, operator, make, query):
    make(S.SUBMITTED)
    form = {"do": "start_check", "all": "1", "query": query, "sure": "1"}
    assert sign_in(operator).post(URL, form).status_code == 400
    assert states() == [S.SUBMITTED]


def test_more_than_one_action_takes_is_refused(operator, make, monkeypatch):
    for _ in range(3):
        make()
    monkeypatch.setattr(bulk_work, "FOUND_AT_MOST", 2)
    with pytest.raises(Exception, match="2"):
        found_numbers(operator, "")
    monkeypatch.setattr(bulk_work, "FOUND_AT_MOST", 3)
    assert len(found_numbers(operator, "")) == 3


def test_agents_cancel_and_answer_many_at_once(sign_in, agent, make):
    asked, filed = make(S.NEEDS_INFO), make(S.SUBMITTED)
    browser = sign_in(agent)
    answer = {"do": "answer_info", "selected": [asked.number], "sure": "1", "note": "Подъезд 2"}
    assert [row.number for row in browser.post(URL, answer).context["done"]] == [asked.number]
    cancel = {
        "do": "cancel", "selected": [asked.number, filed.number], "sure": "2",
        "reason": "CLIENT_REFUSED",
    }  # fmt: skip
    assert len(browser.post(URL, cancel).context["done"]) == 2
    assert states() == [S.CANCELLED] * 2


def test_a_note_is_added_to_each(sign_in, operator, make):
    numbers = [make().number, make().number]
    form = {"do": "note", "selected": numbers, "sure": "2", "note": "Работы с 10:00"}
    sign_in(operator).post(URL, form)
    assert list(RequestNote.objects.values_list("text", flat=True)) == ["Работы с 10:00"] * 2


# --- by an operation ----------------------------------------------------------------------------
@pytest.fixture
def many(make, monkeypatch):
    """Five requests, of which one cannot be approved; two at once, two in a batch."""
    monkeypatch.setattr("subscriptions.views.request_bulk.AT_ONCE", 2)
    monkeypatch.setattr(bulk_work, "BATCH", 2)
    rows = [make(), make(), make(S.CONNECTED), make(), make()]
    return [row.number for row in rows]


def test_many_are_done_by_a_worker_with_a_list_to_take_away(sign_in, run_jobs, operator, many):
    browser = sign_in(operator)
    started = browser.post(URL, {"do": "approve", "selected": many, "back": "/requests/?due=today"})
    operation = Operation.objects.get()
    assert started["Location"] == f"/operations/{operation.public_id}/"
    assert S.APPROVED not in states()
    run_jobs()
    operation.refresh_from_db()
    assert (operation.state, operation.done, operation.total) == ("DONE", 5, 5)
    page = browser.get(operation.summary["back"])
    assert [row.number for row in page.context["done"]] == [*many[:2], *many[3:]]
    assert [row.number for row in page.context["refused"]] == [many[2]]
    assert page.context["back"] == "/requests/?due=today"
    with operation.result.open("rb") as file:
        lines = list(openpyxl.load_workbook(file).active.values)
    assert [line[0] for line in lines[1:]] == many
    assert [bool(line[3]) for line in lines[1:]] == [False, False, True, False, False]
    assert states() == [S.APPROVED] * 4 + [S.CONNECTED]
    # Nobody else's to see, not even a colleague's.
    colleague = make_actor(organization=operator.organization)
    assert sign_in(colleague).get(operation.summary["back"]).status_code == 404


def test_what_was_filled_in_is_the_same_for_the_worker(run_jobs, operator, many):
    data = move_data("hold")
    start_bulk(operator, Task("hold", data), many, "/requests/")
    run_jobs()
    held = ConnectionRequest.objects.filter(state=S.ON_HOLD)
    assert held.count() == 4
    assert set(held.values_list("held_until", "awaited")) == {(data["held_until"], data["awaited"])}
    # Words stand in a file that goes with the operation, not in its row.
    assert data["reason_text"] not in str(Operation.objects.values_list("data", "summary")[0])


def test_after_a_kill_each_request_is_moved_once(operator, many, monkeypatch):
    operation = start_bulk(operator, Task("approve"), many, "/requests/")
    newest = Event.objects.latest("pk").pk
    calls = []

    def killed(actor, task, numbers):
        calls.append(numbers)
        outcomes = act_on_many(actor, task, numbers)
        if len(calls) == 2:
            # In the middle of the second batch, which the database has not committed.
            raise KeyboardInterrupt
        return outcomes

    monkeypatch.setattr(bulk_work, "act_on_many", killed)
    with pytest.raises(KeyboardInterrupt):
        run_bulk(operator, operation, quiet)
    monkeypatch.setattr(bulk_work, "act_on_many", act_on_many)
    again = Operation.objects.get(pk=operation.pk)
    assert again.data["at"] == 2
    run_bulk(operator, again, quiet)
    assert states() == [S.APPROVED] * 4 + [S.CONNECTED]
    moved = Event.objects.filter(pk__gt=newest, kind="request.moved")
    assert sorted(moved.values_list("subject_id", flat=True)) == sorted(
        ConnectionRequest.objects.filter(state=S.APPROVED).values_list("pk", flat=True)
    )
    assert [row[0] for row in Operation.objects.get(pk=operation.pk).data["refused"]] == [many[2]]
    assert differences() == []


def test_a_worker_that_was_believed_dead_stops(operator, many):
    operation = start_bulk(operator, Task("approve"), many, "/requests/")
    old = Operation.objects.get(pk=operation.pk)
    old.data |= {"at": 0, "refused": []}
    run_bulk(operator, Operation.objects.get(pk=operation.pk), quiet)
    events = Event.objects.count()
    run_bulk(operator, old, quiet)
    assert Event.objects.count() == events


def test_whose_right_was_taken_away_moves_nothing(run_jobs, operator, many):
    start_bulk(operator, Task("approve"), many, "/requests/")
    operator.user.memberships.update(role=Role.VIEWER)
    run_jobs()
    assert S.APPROVED not in states()


# --- at the same moment -------------------------------------------------------------------------
@pytest.mark.django_db(transaction=True)
def test_of_twenty_who_move_the_same_ten_each_request_is_moved_by_one():
    first = request_in(S.SUBMITTED)
    rows = [first] + [request_in(S.SUBMITTED, owner=first.owner, plan=first.plan) for _ in range(9)]
    people = [make_actor(role=Role.MEMBER, organization=first.provider) for _ in range(20)]
    numbers = [row.number for row in rows]
    newest = Event.objects.latest("pk").pk
    outcomes = together(
        [
            # From both ends: whoever locks in the order that was asked for waits for the other.
            partial(act_on_many, actor, Task("start_check"), numbers if turn % 2 else numbers[::-1])
            for turn, actor in enumerate(people)
        ]
    )
    assert all(isinstance(outcome, list) for outcome in outcomes), outcomes
    done = [row.number for outcome in outcomes for row in outcome if not row.refusal]
    assert sorted(done) == sorted(numbers)
    moved = Event.objects.filter(pk__gt=newest, kind="request.moved")
    assert moved.count() == len(numbers)
    assert states() == [S.CHECKING] * 10
    assert differences() == []


def test_a_page_of_rows_is_selected_at_most(sign_in, operator):
    many = [f"EC-0000-{number:04d}" for number in range(bulk.SELECTED_AT_MOST + 1)]
    response = sign_in(operator).post(URL, {"selected": many, "do": "approve"})
    assert response.status_code == 400
