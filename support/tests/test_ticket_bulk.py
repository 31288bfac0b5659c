"""The same done with several tickets, and outages answered at once."""

from datetime import date, timedelta

import pytest

from core import clock
from core.choices import StaffScope
from core.errors import DomainError, Forbidden
from core.models import Operation
from core.tests.concurrency import together
from locations.tests.factories import BuildingFactory
from support.choices import Priority, TicketState
from support.models import Ticket, TicketMessage
from support.selectors.outages import outage_at, outages
from support.services import bulk, bulk_work
from support.services.bulk import (
    ANSWER,
    ASSIGN,
    MERGE,
    PRIORITY,
    QUEUE,
    TAGS,
    Outcome,
    Task,
    act_on_many,
    bulk_tasks,
    check_selection,
)
from support.services.bulk_work import act_or_start, found_numbers, results_of, start_bulk
from support.services.outages import answer_outage
from support.tests.desk import (
    a_message,
    a_ticket_of,
    an_agent,
    an_owner,
    strangers_to_the_desk,
    told,
)
from support.tests.factories import QueueFactory, TicketCategoryFactory, TicketFactory
from users.tests.factories import OrganizationFactory

pytestmark = pytest.mark.django_db


def _numbers(tickets):
    return [ticket.number for ticket in tickets]


def _done(tickets):
    return [Outcome(number) for number in _numbers(tickets)]


# --- at once ----------------------------------------------------------------------------------
def test_each_thing_is_done_with_all():
    agent, colleague, queue = an_agent(), an_agent().user, QueueFactory()
    owner = an_owner()
    tickets = [a_ticket_of(owner) for _number in range(3)]
    target = a_ticket_of(owner)
    tasks = [
        Task(ASSIGN, user=colleague),
        Task(PRIORITY, {"priority": Priority.HIGH}),
        Task(QUEUE, queue=queue),
        Task(TAGS, {"add": ["storm"], "remove": []}),
        Task(ANSWER, {"body": "About {{ ticket.number }}", "then": "solve"}),
        Task("reopen"),
        Task("hold", {"held_for": "parts", "held_until": date.today() + timedelta(days=5)}),
        Task(MERGE, {"target": target.number}),
    ]
    for task in tasks:
        assert act_on_many(agent, task, _numbers(tickets)) == _done(tickets), task
    for ticket in tickets:
        ticket.refresh_from_db()
        assert (ticket.priority, ticket.queue, ticket.assignee) == ("HIGH", queue, colleague)
        assert (ticket.state, ticket.merged_into) == ("CLOSED", target)
    bodies = set(target.messages.values_list("body", flat=True))
    assert bodies == {f"About {ticket.number}" for ticket in tickets}
    assert len(told("ticket.answered")) == 3


def test_one_refusal_stops_none_of_the_others_and_leaves_nothing_of_its_own(monkeypatch):
    agent = an_agent()
    good, solved, last = TicketFactory(), TicketFactory(state=TicketState.CLOSED), TicketFactory()
    task = Task(ANSWER, {"body": "Words", "then": "await_customer"})
    numbers = [good.number, "ET-0000-0000", solved.number, "\x00", last.number]
    outcomes = act_on_many(agent, task, numbers)
    assert [row.number for row in outcomes] == numbers
    assert [bool(row.refusal) for row in outcomes] == [False, True, True, True, False]
    assert set(TicketMessage.objects.values_list("ticket", flat=True)) == {good.pk, last.pk}
    assert len(told("ticket.answered")) == 2


def test_a_move_that_is_made_already_is_no_hindrance_to_an_answer():
    ticket = TicketFactory(state=TicketState.PENDING)
    task = Task(ANSWER, {"body": "Words", "then": "await_customer"})
    assert act_on_many(an_agent(), task, [ticket.number]) == _done([ticket])
    assert ticket.messages.count() == 1


@pytest.mark.parametrize(
    ("task", "field"),
    [
        (Task("fly"), "do"),
        (Task(PRIORITY, {"priority": "MOST"}), "priority"),
        (Task(QUEUE), "queue"),
        (Task(TAGS), "tags"),
        (Task(ANSWER, {"body": " "}), "body"),
        (Task(ANSWER, {"body": "{{ secret }}"}), "body"),
        (Task(ANSWER, {"body": "x", "then": "hold"}), "then"),
        (Task(ANSWER, {"body": "x", "then": "fly"}), "then"),
        (Task(MERGE, {"target": "nothing"}), "target"),
        (Task(MERGE, {"target": "ET-0000-0000"}), "target"),
        (Task("hold"), "held_for"),
    ],
)
def test_what_is_not_filled_in_is_refused_before_anything_is_done(task, field):
    ticket = TicketFactory()
    with pytest.raises(DomainError) as refused:
        act_on_many(an_agent(), task, [ticket.number])
    assert refused.value.field == field
    assert Ticket.objects.get(pk=ticket.pk).version == ticket.version


def test_only_the_desk_acts_in_bulk():
    owner = an_owner()
    ticket = a_ticket_of(owner)
    tasks = [
        Task(ANSWER, {"body": "Words"}),
        Task(PRIORITY, {"priority": "HIGH"}),
        *(Task(name) for name in sorted(bulk_tasks())),
    ]
    for actor in strangers_to_the_desk(owner).values():
        for task in tasks:
            with pytest.raises(Forbidden):
                act_on_many(actor, task, [ticket.number])
            with pytest.raises(Forbidden):
                start_bulk(actor, task, [ticket.number])
    assert Ticket.objects.get().version == ticket.version


def test_a_selection_has_ends():
    assert check_selection(["a", "b", "a"]) == ["a", "b"]
    for numbers in ([], [str(number) for number in range(201)]):
        with pytest.raises(DomainError):
            check_selection(numbers)


def test_in_bulk_nothing_is_merged_across_customers():
    target, mine, theirs = (a_ticket_of(an_owner()) for _number in range(3))
    Ticket.objects.filter(pk=mine.pk).update(owner=target.owner, requester=target.requester)
    a_message(theirs)
    task = Task(MERGE, {"target": target.number, "confirmed": True})
    outcomes = act_on_many(an_agent(), task, _numbers([theirs, mine]))
    assert [bool(row.refusal) for row in outcomes] == [True, False]
    assert theirs.messages.count() == 1


@pytest.mark.django_db(transaction=True)
def test_two_batches_over_the_same_tickets_at_once_do_not_wait_for_each_other():
    agent, other = an_agent(), an_agent()
    owner = an_owner()
    tickets = [a_ticket_of(owner) for _number in range(6)]
    numbers = _numbers(tickets)
    outcomes = together(
        [
            lambda: act_on_many(agent, Task(ANSWER, {"body": "One"}), numbers),
            lambda: act_on_many(other, Task(ANSWER, {"body": "Two"}), numbers[::-1]),
            lambda: act_on_many(agent, Task(PRIORITY, {"priority": "HIGH"}), numbers[3:]),
            lambda: act_on_many(other, Task(MERGE, {"target": numbers[5]}), numbers[:5]),
            lambda: act_on_many(agent, Task(MERGE, {"target": numbers[0]}), numbers[1:]),
        ]
    )
    assert not [one for one in outcomes if isinstance(one, Exception)], outcomes
    assert Ticket.objects.filter(merged_into=None).count() >= 1
    assert TicketMessage.objects.filter(ticket__merged_into=None).count() == (
        TicketMessage.objects.count()
    )


# --- by a worker ------------------------------------------------------------------------------
def test_many_are_done_by_a_worker_with_a_list_of_results(run_jobs, monkeypatch):
    monkeypatch.setattr(bulk_work, "BATCH", 2)
    monkeypatch.setattr(bulk_work, "AT_ONCE", 2)
    agent = an_agent()
    tickets = [TicketFactory(subject=f"Subject {number}") for number in range(4)]
    closed = TicketFactory(state=TicketState.CLOSED)
    task = Task(ANSWER, {"body": "Words", "then": "await_customer"})
    numbers = _numbers([*tickets[:2], closed, *tickets[2:]])
    begun = act_or_start(agent, task, numbers, "/desk/?group=open")
    run_jobs()
    row = Operation.objects.get(pk=begun.operation.pk)
    assert (row.state, row.done, row.total) == ("DONE", 5, 5)
    results = results_of(row)
    assert (results.done, results.back) == (_numbers(tickets), "/desk/?group=open")
    assert [refused.number for refused in results.refused] == [closed.number]
    assert row.result_name.endswith(".xlsx")
    assert "Words" not in str(row.data) + str(row.summary)
    assert TicketMessage.objects.count() == 4


def test_a_worker_that_died_goes_on_and_answers_nobody_twice(run_jobs, monkeypatch):
    monkeypatch.setattr(bulk_work, "BATCH", 2)
    agent = an_agent()
    tickets = TicketFactory.create_batch(5)
    operation = start_bulk(agent, Task(ANSWER, {"body": "Words"}), _numbers(tickets))
    real, calls = bulk_work.act_on_many, []

    def dies(*args):
        calls.append(args)
        if len(calls) == 2:
            real(*args)
            raise RuntimeError("killed")
        return real(*args)

    monkeypatch.setattr(bulk_work, "act_on_many", dies)
    run_jobs(later=True)
    operation.refresh_from_db()
    assert operation.state == "DONE"
    per_ticket = [ticket.messages.count() for ticket in tickets]
    assert per_ticket == [1] * 5


def test_who_no_longer_works_the_desk_does_nothing_any_more(run_jobs):
    agent, ticket = an_agent(), TicketFactory()
    operation = start_bulk(agent, Task(PRIORITY, {"priority": "HIGH"}), [ticket.number])
    agent.user.staff_scope = StaffScope.CONTENT
    agent.user.save()
    run_jobs()
    operation.refresh_from_db()
    assert operation.state == "FAILED"
    assert Ticket.objects.get().priority == Priority.NORMAL


def test_what_a_person_did_not_see_is_not_acted_on(monkeypatch):
    monkeypatch.setattr(bulk_work, "FOUND_AT_MOST", 2)
    tickets = TicketFactory.create_batch(2)
    assert sorted(found_numbers(Ticket.objects.all())) == sorted(_numbers(tickets))
    TicketFactory()
    with pytest.raises(DomainError) as refused:
        found_numbers(Ticket.objects.all())
    assert refused.value.field == "selected"


def test_every_action_has_a_name():
    assert all(bulk_work.label_of(name) for name in bulk.bulk_tasks())


# --- outages ----------------------------------------------------------------------------------
@pytest.fixture
def outage():
    """A category that tells of outages."""
    return TicketCategoryFactory(is_outage=True)


def _reports(building, category, count=3, **fields):
    return TicketFactory.create_batch(count, building=building, category=category, **fields)


def test_several_tickets_of_one_building_are_an_outage(outage, django_assert_num_queries):
    building, other = BuildingFactory(), BuildingFactory()
    now = clock.now()
    _reports(building, outage, 2, created_at=now - timedelta(hours=1))
    [first] = _reports(building, outage, 1, created_at=now - timedelta(hours=23))
    _reports(other, outage, 4)
    agent = an_agent()
    with django_assert_num_queries(2):
        found = outages(agent)
    assert [(row.building, row.count) for row in found] == [(other, 4), (building, 3)]
    assert found[1].since == first.created_at
    assert outage_at(agent, building.pk) == found[1]
    assert outage_at(agent, BuildingFactory().pk) is None


@pytest.mark.parametrize(
    "other",
    [
        {"state": TicketState.SOLVED},
        {"state": TicketState.CLOSED},
        {"created_at": "old"},
        {"category": "other"},
        {"building": None},
        {"owner": "sandbox"},
    ],
)
def test_what_is_over_old_elsewhere_or_tried_out_is_none(outage, other):
    building = BuildingFactory()
    _reports(building, outage, 2)
    values = {
        "old": clock.now() - timedelta(hours=25),
        "other": TicketCategoryFactory(),
        "sandbox": OrganizationFactory(is_sandbox=True),
    }
    fields = {name: values.get(value, value) for name, value in other.items()}
    TicketFactory(**{"building": building, "category": outage, **fields})
    assert outages(an_agent()) == []
    _reports(building, outage, 1, owner=None, requester=None)
    assert [row.count for row in outages(an_agent())] == [3]


def test_customers_see_no_outage_of_others_tickets(outage):
    owner = an_owner()
    building = BuildingFactory()
    _reports(building, outage, 3, owner=owner.organization)
    for name, actor in strangers_to_the_desk(owner).items():
        assert len(outages(actor)) == (1 if name == "account manager" else 0), name


def test_all_who_reported_it_are_answered_at_once(outage):
    agent, building = an_agent(), BuildingFactory()
    tickets = _reports(building, outage)
    elsewhere = _reports(BuildingFactory(), outage)
    begun = answer_outage(agent, building, "It works again at {{ building }}.", "solve")
    assert begun.outcomes == _done(tickets)
    for ticket in tickets:
        assert ticket.messages.get().body == f"It works again at {building.address}."
    assert outages(agent)[0].building == elsewhere[0].building
    with pytest.raises(DomainError):
        answer_outage(agent, building, "Again")


def test_only_the_desk_answers_an_outage(outage):
    owner, building = an_owner(), BuildingFactory()
    _reports(building, outage, owner=owner.organization)
    for actor in strangers_to_the_desk(owner).values():
        with pytest.raises(Forbidden):
            answer_outage(actor, building, "Words")
    assert not TicketMessage.objects.exists()
