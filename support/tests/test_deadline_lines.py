"""What pages say of deadlines, how lists ask for them, and the account manager's figure."""

from datetime import timedelta

import pytest
from django.db import connection
from django.http import QueryDict
from django.test.utils import CaptureQueriesContext

from core import clock
from core.attention import recount
from core.choices import OrganizationKind, StaffScope
from core.models import Attention, Pulse
from support.choices import Priority, TicketState
from support.filters import TicketFilter
from support.models import Ticket
from support.selectors.deadline_lines import deadline_lines
from support.services.alarms import sound_alarms
from support.services.deadlines import customer_wrote, staff_answered
from support.tests.deadlines import HOUR, MINUTE, MONDAY, at, move, opened, promise, then
from users.tests.factories import OrganizationFactory, UserFactory, make_actor, make_staff

S = TicketState
pytestmark = pytest.mark.django_db


@pytest.fixture
def agent():
    return make_staff(StaffScope.SUPPORT)


def lines(actor, ticket, moment):
    with clock.set_to(moment):
        return [
            (line.kind.value, line.how, line.due_at, [str(note) for note in line.notes])
            for line in deadline_lines(actor, ticket)
        ]


def test_what_runs_is_said_the_nearest_first_and_whom_it_waits_for(agent):
    promise(first=60, solution=480)
    ticket = opened(assignee=UserFactory(full_name="Anna Smirnova"))
    assert lines(agent, ticket, MONDAY + 2 * HOUR) == [
        ("FIRST", "late", MONDAY + HOUR, ["waits for Anna Smirnova"]),
        ("SOLUTION", "runs", at("2026-11-17 10:00"), ["waits for Anna Smirnova"]),
    ]


def test_what_is_nobodys_waits_in_its_queue_and_says_what_was_told(agent):
    promise(first=60, solution=None)
    ticket = opened()
    where = f"nobody's, in the queue “{ticket.queue.name}”"
    said = []
    for minute in (1, 50, 70):
        moment = MONDAY + minute * MINUTE
        with clock.set_to(moment):
            sound_alarms()
        ticket = Ticket.objects.select_related("queue", "assignee").get(pk=ticket.pk)
        said.append(lines(agent, ticket, moment)[0][3])
    assert said == [[where], [where, "a warning was sent"], [where, "was passed on"]]


def test_a_customer_reads_no_names_of_the_desk():
    promise(first=60, solution=None)
    ticket = opened(assignee=UserFactory(full_name="Anna Smirnova"))
    customer = make_actor(organization=ticket.owner)
    assert lines(customer, ticket, MONDAY) == [("FIRST", "runs", MONDAY + HOUR, [])]


def test_a_clock_that_stands_says_why_and_what_is_left(agent):
    promise(first=60, solution=480)
    ticket = then(opened(), MONDAY + 30 * MINUTE, staff_answered)
    move(ticket, MONDAY + 30 * MINUTE, S.PENDING)
    first, standing = lines(agent, ticket, MONDAY + HOUR)[::-1]
    assert first == ("FIRST", "kept", None, ["in time", "after 30 min"])
    note = "stands still while the customer is awaited: 7 h 30 min left"
    assert standing == ("SOLUTION", "stands", None, [note])


def test_a_missed_solution_that_stands_says_so(agent):
    promise(first=None, solution=60)
    ticket = move(opened(), MONDAY + 2 * HOUR, S.PENDING)
    ((_kind, _how, _due, notes),) = lines(agent, ticket, MONDAY + 3 * HOUR)
    assert notes == ["stands still while the customer is awaited; it was missed before"]


def test_what_is_over_was_in_time_or_late(agent):
    promise(first=60, solution=480)
    ticket = then(opened(), MONDAY + 90 * MINUTE, staff_answered)
    move(ticket, MONDAY + 2 * HOUR, S.SOLVED)
    assert lines(agent, ticket, MONDAY + 3 * HOUR) == [
        ("FIRST", "broken", None, ["late by 30 min", "after 1 h 30 min"]),
        ("SOLUTION", "kept", None, ["in time", "after 2 h"]),
    ]


def test_what_was_late_is_late_whatever_is_promised_since(agent):
    promise(first=60, solution=None)
    promise(first=600, solution=None, priority=Priority.LOW)
    ticket = then(opened(), MONDAY + 90 * MINUTE, staff_answered)
    ticket.priority = Priority.LOW
    ((_kind, how, _due, notes),) = lines(agent, ticket, MONDAY + 2 * HOUR)
    assert (how, notes) == ("broken", ["late", "after 1 h 30 min"])


def test_where_nothing_was_promised_it_is_said_how_long_it_took(agent):
    ticket = then(opened(), MONDAY + 90 * MINUTE, staff_answered)
    assert lines(agent, ticket, MONDAY + 2 * HOUR) == [
        ("FIRST", "kept", None, ["after 1 h 30 min"])
    ]


def test_the_lines_of_a_page_cost_no_query(agent):
    promise()
    ticket = Ticket.objects.select_related("queue", "assignee").get(pk=opened().pk)
    deadline_lines(agent, ticket)
    with CaptureQueriesContext(connection) as queries:
        deadline_lines(agent, ticket)
    assert len(queries) == 0


# --- lists --------------------------------------------------------------------------------------


def found(actor, due) -> list[int]:
    return sorted(
        TicketFilter(QueryDict(f"due={due}"), actor=actor).qs.values_list("pk", flat=True)
    )


def test_lists_are_asked_for_what_is_late_due_today_or_awaits_an_answer(agent):
    promise(first=60, following=None, solution=480)
    late = opened(MONDAY - 72 * HOUR)
    answered = then(opened(MONDAY - 4 * HOUR), MONDAY - 3 * HOUR, staff_answered)
    fresh = opened(MONDAY)
    solved = move(opened(MONDAY), MONDAY, S.SOLVED)
    with clock.set_to(MONDAY):
        assert found(agent, "overdue") == [late.pk]
        assert found(agent, "today") == sorted([answered.pk, fresh.pk])
        assert found(agent, "awaiting") == sorted([late.pk, fresh.pk])
    then(answered, MONDAY, customer_wrote)
    then(solved, MONDAY, customer_wrote)
    move(solved, MONDAY, S.OPEN)
    assert len(found(agent, "awaiting")) == 4


# --- the account manager ------------------------------------------------------------------------


def test_late_tickets_of_an_organization_are_counted():
    promise(first=60, solution=None)
    agency, other = (OrganizationFactory(kind=OrganizationKind.AGENCY) for _ in range(2))
    Pulse.objects.get_or_create(organization=agency)
    Pulse.objects.get_or_create(organization=other)
    for _ in range(2):
        opened(owner=agency)
    then(opened(owner=agency), MONDAY + MINUTE, staff_answered)
    opened(MONDAY + 2 * HOUR, owner=other)
    with clock.set_to(MONDAY + 2 * HOUR + timedelta(seconds=1)):
        recount([agency.pk, other.pk])
    rows = dict(Attention.objects.values_list("organization_id", "figures"))
    assert rows[agency.pk]["tickets_overdue"] == 2
    assert "tickets_overdue" not in rows[other.pk]
