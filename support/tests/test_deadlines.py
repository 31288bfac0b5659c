"""Deadlines of tickets: what is promised to whom, what runs and what stands, rule by rule."""

from datetime import date

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext

from core import clock
from core.choices import OrganizationKind
from support.choices import Priority, TicketState
from support.desk_hours import read_spans, validate_week
from support.models import DeskDay
from support.models.tickets import NEVER
from support.selectors.service_levels import forget_promises
from support.services import deadlines
from support.services.deadlines import customer_wrote, retimed, staff_answered
from support.tests.deadlines import HOUR, MINUTE, MONDAY, at, move, opened, promise, then
from support.tests.factories import CalendarFactory, QueueFactory
from users.tests.factories import OrganizationFactory

S = TicketState
pytestmark = pytest.mark.django_db


# --- what is promised ---------------------------------------------------------------------------


def test_nothing_is_due_where_nothing_is_promised():
    ticket = opened()
    assert (ticket.first_due_at, ticket.solution_due_at, ticket.due_at) == (None, None, NEVER)
    assert ticket.alarm_at is None
    assert ticket.awaits_since == MONDAY


def test_an_opened_ticket_is_due_in_working_time_with_lunch():
    promise(first=60, solution=480)
    ticket = opened(at("2026-11-16 12:30"))
    # Half an hour before lunch, half an hour after it; eight hours end on Tuesday.
    assert ticket.first_due_at == at("2026-11-16 14:30")
    assert ticket.solution_due_at == at("2026-11-17 12:30")
    assert ticket.next_due_at is None
    assert ticket.due_at == ticket.first_due_at


def test_the_narrowest_level_says_it_all():
    agency = OrganizationFactory(kind=OrganizationKind.AGENCY)
    promise(first=60, solution=480)
    promise(first=30, solution=None, kind=OrganizationKind.AGENCY)
    promise(first=10, solution=240, organization=agency)
    person = opened()
    other = opened(owner=OrganizationFactory(kind=OrganizationKind.AGENCY))
    own = opened(owner=agency)
    stranger = opened(owner=None, requester=None)
    assert [row.first_due_at - MONDAY for row in (person, other, own, stranger)] == [
        60 * MINUTE,
        30 * MINUTE,
        10 * MINUTE,
        60 * MINUTE,
    ]
    # The level of the kind leaves the solution open: that of all does not fill it.
    assert other.solution_due_at is None


def test_levels_are_of_a_priority():
    promise(first=60)
    promise(first=15, priority=Priority.URGENT)
    assert opened(priority=Priority.URGENT).first_due_at == MONDAY + 15 * MINUTE
    assert opened(priority=Priority.LOW).first_due_at is None


# --- when the desk works ------------------------------------------------------------------------


def test_special_days_stand_over_the_week_and_over_holidays():
    promise(first=60, solution=None)
    calendar = CalendarFactory()
    queue = QueueFactory(calendar=calendar)
    DeskDay.objects.create(calendar=calendar, day=date(2026, 11, 16), spans=[])
    DeskDay.objects.create(calendar=calendar, day=date(2027, 1, 1), spans=[["12:00", "13:00"]])
    forget_promises()
    assert opened(queue=queue).first_due_at == at("2026-11-17 10:00")
    assert opened(at("2026-12-31 19:00"), queue=queue).first_due_at == at("2027-01-01 13:00")


def test_round_the_clock_neither_night_nor_holiday_counts():
    promise(first=60, solution=2 * 24 * 60)
    calendar = CalendarFactory(week=[[["00:00", "24:00"]]] * 7, keeps_holidays=False)
    ticket = opened(at("2026-12-31 23:30"), queue=QueueFactory(calendar=calendar))
    assert ticket.first_due_at == at("2027-01-01 00:30")
    assert ticket.solution_due_at == at("2027-01-02 23:30")


def test_holidays_are_days_off_of_a_desk_that_keeps_them():
    promise(first=60)
    always = [[["00:00", "24:00"]]] * 7
    ticket = opened(
        at("2026-12-31 23:30"), queue=QueueFactory(calendar=CalendarFactory(week=always))
    )
    # 31 December 2026 is a day off that was moved; the holidays end with the tenth of January,
    # of which the ninth and the tenth are a weekend that this desk works.
    assert ticket.first_due_at == at("2027-01-09 01:00")


def test_a_desk_that_never_works_promises_nothing():
    promise()
    ticket = opened(queue=QueueFactory(calendar=CalendarFactory(week=[[]] * 7)))
    assert (ticket.first_due_at, ticket.due_at, ticket.alarm_at) == (None, NEVER, None)
    then(ticket, MONDAY + HOUR, staff_answered)
    assert ticket.first_answer_seconds == 0


def test_a_calendar_made_a_moment_ago_is_known():
    promise()
    opened()
    later = opened(queue=QueueFactory(calendar=CalendarFactory(time_zone="Asia/Yekaterinburg")))
    assert later.first_due_at is not None


@pytest.mark.parametrize(
    "spans",
    [
        None,
        "09:00",
        [["09:00"]],
        [["9:00", "13:00"]],
        [["13:00", "09:00"]],
        [["09:00", "24:30"]],
        [["09:00", "13:00"], ["12:00", "18:00"]],
        [["14:00", "18:00"], ["09:00", "13:00"]],
        [[540, 780]],
        [["09:00", "09:00"]],
    ],
)
def test_hours_that_are_none_are_refused(spans):
    with pytest.raises(ValidationError):
        read_spans(spans)
    with pytest.raises(ValidationError):
        validate_week([spans] * 7)


def test_a_week_has_seven_days():
    with pytest.raises(ValidationError):
        validate_week([[]] * 6)


# --- answers ------------------------------------------------------------------------------------


def test_the_first_answer_is_measured_and_ends_its_clock():
    promise()
    ticket = then(opened(), at("2026-11-16 14:20"), staff_answered)
    # 10:00 to 13:00 and 14:00 to 14:20.
    assert ticket.first_answer_seconds == 200 * 60
    assert ticket.first_answered_at == at("2026-11-16 14:20")
    assert (ticket.first_due_at, ticket.next_due_at, ticket.awaits_since) == (None, None, None)
    assert ticket.due_at == ticket.solution_due_at


def test_the_next_answer_runs_from_the_first_unanswered_words():
    promise()
    ticket = then(opened(), MONDAY + HOUR, staff_answered)
    then(ticket, at("2026-11-16 15:00"), customer_wrote)
    then(ticket, at("2026-11-16 16:00"), customer_wrote)
    assert ticket.awaits_since == at("2026-11-16 15:00")
    assert ticket.next_due_at == at("2026-11-16 17:00")
    then(ticket, at("2026-11-16 17:30"), staff_answered)
    assert (ticket.next_due_at, ticket.awaits_since) == (None, None)
    assert ticket.first_answer_seconds == 60 * 60


def test_before_the_first_answer_more_words_change_nothing():
    promise()
    ticket = opened()
    due = ticket.due_at
    then(ticket, MONDAY + 10 * MINUTE, customer_wrote)
    assert (ticket.awaits_since, ticket.next_due_at, ticket.due_at) == (MONDAY, None, due)


def test_a_ticket_in_which_nobody_waits_has_no_answer_due():
    """One split off from another, where the staff spoke last."""
    promise()
    ticket = opened(awaits_since=None)
    assert (ticket.first_due_at, ticket.awaits_since) == (None, None)
    then(ticket, MONDAY + MINUTE, staff_answered)
    assert ticket.first_answer_seconds is None
    then(ticket, MONDAY + HOUR, customer_wrote)
    assert ticket.first_due_at == MONDAY + 2 * HOUR


# --- the solution -------------------------------------------------------------------------------


def test_the_clock_of_the_solution_stands_while_the_customer_is_awaited():
    promise(solution=480)
    ticket = move(opened(), at("2026-11-16 12:00"), S.PENDING)
    assert (ticket.solution_due_at, ticket.solution_left) == (None, 360 * 60)
    move(ticket, at("2026-11-18 09:00"), S.OPEN)
    assert (ticket.solution_due_at, ticket.solution_left) == (at("2026-11-18 16:00"), None)


def test_a_time_that_runs_out_as_the_question_is_asked_is_due_then():
    promise(solution=60)
    ticket = move(opened(), MONDAY + HOUR, S.PENDING)
    move(ticket, MONDAY + 3 * HOUR, S.OPEN)
    assert ticket.solution_due_at == MONDAY + HOUR


def test_on_hold_it_goes_on():
    promise(solution=480)
    ticket = opened()
    due = ticket.solution_due_at
    assert move(ticket, MONDAY + HOUR, S.ON_HOLD).solution_due_at == due
    assert move(ticket, MONDAY + 2 * HOUR, S.OPEN).solution_due_at == due


def test_answers_are_waited_for_while_the_solution_stands():
    promise()
    ticket = then(opened(), MONDAY + HOUR, staff_answered)
    move(ticket, MONDAY + HOUR, S.PENDING)
    then(ticket, MONDAY + 2 * HOUR, customer_wrote)
    assert ticket.due_at == ticket.next_due_at == at("2026-11-16 15:00")


def test_a_solved_ticket_waits_for_nothing_and_knows_what_it_took():
    promise(solution=480)
    ticket = then(opened(), MONDAY + HOUR, staff_answered)
    move(ticket, at("2026-11-16 11:00"), S.PENDING)
    then(ticket, at("2026-11-16 15:00"), customer_wrote)
    move(ticket, at("2026-11-16 15:00"), S.OPEN)
    move(ticket, at("2026-11-16 16:30"), S.SOLVED)
    # An hour before the question, an hour and a half after the answer.
    assert ticket.solution_seconds == 150 * 60
    assert (ticket.due_at, ticket.alarm_at, ticket.awaits_since) == (NEVER, None, None)
    assert ticket.solution_left == 330 * 60
    move(ticket, at("2026-11-20 16:30"), S.CLOSED)
    assert ticket.solution_seconds == 150 * 60


def test_the_time_before_solving_out_of_a_question_is_not_the_desks():
    promise()
    ticket = move(opened(), MONDAY + HOUR, S.PENDING)
    move(ticket, MONDAY + 3 * HOUR, S.SOLVED)
    assert ticket.solution_seconds == 60 * 60


def test_a_ticket_that_was_merged_away_was_not_solved():
    other = opened()
    ticket = opened(merged_into=other)
    assert move(ticket, MONDAY + HOUR, S.CLOSED).solution_seconds is None


def test_a_reopened_ticket_has_the_rest_of_its_time():
    promise(solution=480)
    ticket = move(opened(), at("2026-11-16 12:00"), S.SOLVED)
    move(ticket, at("2026-11-18 09:00"), S.OPEN)
    assert ticket.solution_due_at == at("2026-11-18 16:00")
    assert ticket.solution_seconds is None


def test_a_reopened_ticket_has_a_quarter_at_least():
    promise(solution=480)
    ticket = move(opened(), at("2026-11-16 18:00"), S.SOLVED)
    assert ticket.solution_left == 60 * 60
    move(ticket, at("2026-11-18 09:00"), S.OPEN)
    assert ticket.solution_due_at == at("2026-11-18 11:00")
    # A question stops that time as well.
    move(ticket, at("2026-11-18 10:00"), S.PENDING)
    assert ticket.solution_left == 60 * 60
    move(ticket, at("2026-11-18 14:00"), S.OPEN)
    assert ticket.solution_due_at == at("2026-11-18 15:00")


def test_one_reopened_unanswered_waits_for_its_first_answer_anew():
    promise(first=60)
    ticket = move(opened(), MONDAY + 2 * HOUR, S.SOLVED)
    move(ticket, at("2026-11-18 09:00"), S.OPEN)
    assert ticket.first_due_at == at("2026-11-18 10:00")
    assert ticket.awaits_since == at("2026-11-18 09:00")
    then(ticket, at("2026-11-18 09:30"), staff_answered)
    assert ticket.first_answer_seconds == 30 * 60


def test_what_is_late_stays_late_after_a_question():
    promise(solution=60)
    ticket = move(opened(), MONDAY + 2 * HOUR, S.PENDING)
    assert ticket.solution_left == 0
    move(ticket, at("2026-11-18 09:00"), S.OPEN)
    assert ticket.solution_due_at == MONDAY + HOUR


# --- counted anew -------------------------------------------------------------------------------


def test_another_priority_counts_from_the_opening_without_what_stood_still():
    promise(solution=480)
    promise(first=30, following=None, solution=240, priority=Priority.HIGH)
    ticket = move(opened(), at("2026-11-16 11:00"), S.PENDING)
    ticket.priority = Priority.HIGH
    then(ticket, at("2026-11-16 12:00"), retimed)
    assert ticket.solution_left == 180 * 60
    assert ticket.first_due_at == MONDAY + 30 * MINUTE
    move(ticket, at("2026-11-16 15:00"), S.OPEN)
    assert ticket.solution_due_at == at("2026-11-16 18:00")


def test_another_queue_counts_by_its_calendar():
    promise(solution=480)
    ticket = move(opened(), at("2026-11-16 11:00"), S.PENDING)
    move(ticket, at("2026-11-16 15:00"), S.OPEN)
    always = CalendarFactory(week=[[["00:00", "24:00"]]] * 7, keeps_holidays=False)
    ticket.queue = QueueFactory(calendar=always)
    then(ticket, at("2026-11-16 16:00"), retimed)
    # An hour was over at 11, seven more from 15 on.
    assert ticket.solution_due_at == at("2026-11-16 22:00")


def test_another_customer_counts_by_their_level():
    company = OrganizationFactory(kind=OrganizationKind.COMPANY)
    promise(solution=480)
    promise(solution=120, organization=company)
    ticket = opened()
    ticket.owner = company
    assert then(ticket, MONDAY + HOUR, retimed).solution_due_at == MONDAY + 2 * HOUR


# --- what it costs ------------------------------------------------------------------------------


def test_an_opening_costs_two_queries_at_most_and_none_soon_after():
    promise()
    ticket = opened()
    forget_promises()
    with (
        CaptureQueriesContext(
            connection,
        ) as cold,
        clock.set_to(MONDAY),
    ):
        deadlines.begin(ticket)
    with CaptureQueriesContext(connection) as warm, clock.set_to(MONDAY):
        deadlines.customer_wrote(ticket)
        deadlines.staff_answered(ticket)
        deadlines.retimed(ticket)
    assert (len(cold), len(warm)) == (2, 0)


def test_a_locked_row_reads_neither_queue_nor_owner():
    promise()
    pk = opened().pk
    ticket = type(opened()).objects.get(pk=pk)
    deadlines.retimed(ticket)
    other = type(ticket).objects.get(pk=pk)
    with CaptureQueriesContext(connection) as queries:
        deadlines.retimed(other)
    assert len(queries) == 0
