"""Warnings before a deadline and escalations after it: each once, whatever happens to workers."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from core import clock
from core.jobs.schedules import schedules
from core.models import Event, EventParty
from core.tests.concurrency import together
from support.choices import Priority, TicketState
from support.jobs import sound_ticket_alarms
from support.models import Ticket
from support.models.tickets import NEVER
from support.selectors.service_levels import forget_promises
from support.services import alarms
from support.services.alarms import sound_alarms
from support.services.deadlines import customer_wrote, retimed, staff_answered
from support.tests.deadlines import HOUR, MINUTE, MONDAY, at, move, opened, promise, then

S = TicketState
DAY = timedelta(days=1)


def told() -> list[tuple[str, str, str]]:
    rows = Event.objects.filter(kind__in=["ticket.due_soon", "ticket.escalated"]).order_by("pk")
    return [
        (row.kind.removeprefix("ticket."), row.data["deadline"], row.data.get("level", ""))
        for row in rows
    ]


def sound_at(moment) -> int:
    with clock.set_to(moment):
        return sound_alarms()


def again(ticket) -> Ticket:
    return Ticket.objects.get(pk=ticket.pk)


# --- one after another --------------------------------------------------------------------------


@pytest.mark.django_db
def test_each_step_of_a_deadline_is_told_once():
    promise(first=60, solution=None)
    ticket = opened()
    # 48 of 60 minutes would be four fifths; 15 minutes before the end come first.
    assert ticket.alarm_at == MONDAY + 45 * MINUTE
    assert [sound_at(MONDAY + minute * MINUTE) for minute in (44, 45, 46)] == [0, 1, 0]
    assert again(ticket).alarm_at == MONDAY + 60 * MINUTE
    assert [sound_at(MONDAY + minute * MINUTE) for minute in (59, 60, 61)] == [0, 1, 0]
    assert again(ticket).alarm_level == 1
    assert [sound_at(MONDAY + minute * MINUTE) for minute in (119, 120, 121)] == [0, 1, 0]
    assert told() == [
        ("due_soon", "FIRST", ""),
        ("escalated", "FIRST", "1"),
        ("escalated", "FIRST", "2"),
    ]
    row = again(ticket)
    assert (row.alarm_at, row.alarm_level, row.version) == (None, 2, ticket.version)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("minutes", "warned_after"), [(20, 10), (30, 15), (60, 45), (75, 60), (100, 80), (180, 144)]
)
def test_a_warning_leaves_a_fifth_or_a_quarter_of_an_hour(minutes, warned_after):
    promise(first=minutes, solution=None)
    assert opened(at("2026-11-16 09:00")).alarm_at == at("2026-11-16 09:00") + warned_after * MINUTE


@pytest.mark.django_db
def test_deadlines_of_a_ticket_are_told_each_by_itself():
    promise(first=60, following=60, solution=120)
    ticket = opened()
    then(ticket, MONDAY + 50 * MINUTE, staff_answered)
    then(ticket, MONDAY + 55 * MINUTE, customer_wrote)
    for minute in range(51, 181):
        sound_at(MONDAY + minute * MINUTE)
    # The warning of the first answer came before it was given: no worker ran then, so it is none.
    assert told() == [
        ("due_soon", "SOLUTION", ""),
        ("due_soon", "NEXT", ""),
        ("escalated", "NEXT", "1"),
        ("escalated", "SOLUTION", "1"),
        ("escalated", "NEXT", "2"),
    ]


@pytest.mark.django_db
def test_after_a_time_without_workers_nobody_is_warned_of_what_is_late():
    promise(first=60, solution=None)
    opened()
    assert sound_at(MONDAY + DAY) == 2
    assert told() == [("escalated", "FIRST", "1"), ("escalated", "FIRST", "2")]


@pytest.mark.django_db
def test_the_next_words_of_a_customer_are_warned_of_anew():
    promise(first=None, following=60, solution=None)
    ticket = then(opened(), MONDAY, staff_answered)
    for day in range(2):
        then(ticket, MONDAY + day * DAY, customer_wrote)
        sound_at(MONDAY + day * DAY + 50 * MINUTE)
        ticket.refresh_from_db()
        then(ticket, MONDAY + day * DAY + 55 * MINUTE, staff_answered)
    assert told() == [("due_soon", "NEXT", "")] * 2


@pytest.mark.django_db
def test_a_clock_that_goes_on_warns_no_second_time():
    promise(first=None, solution=100)
    ticket = opened()
    sound_at(MONDAY + 90 * MINUTE)
    ticket.refresh_from_db()
    move(ticket, MONDAY + 95 * MINUTE, S.PENDING)
    assert ticket.alarm_at is None
    move(ticket, MONDAY + DAY, S.OPEN)
    assert sound_at(MONDAY + DAY + 4 * MINUTE) == 0
    assert sound_at(MONDAY + DAY + 5 * MINUTE) == 1
    assert told() == [("due_soon", "SOLUTION", ""), ("escalated", "SOLUTION", "1")]


@pytest.mark.django_db
def test_a_deadline_that_moves_on_is_warned_of_again():
    promise(first=60, solution=None)
    promise(first=240, solution=None, priority=Priority.LOW)
    ticket = opened()
    sound_at(MONDAY + 50 * MINUTE)
    ticket.refresh_from_db()
    ticket.priority = Priority.LOW
    then(ticket, MONDAY + 55 * MINUTE, retimed)
    # Four fifths of four hours, an hour of which is lunch.
    assert ticket.alarm_at == at("2026-11-16 14:12")
    sound_at(at("2026-11-16 14:15"))
    assert told() == [("due_soon", "FIRST", "")] * 2


@pytest.mark.django_db
def test_levels_changed_meanwhile_are_gone_by():
    level = promise(first=60, solution=None)
    ticket = opened()
    level.first_minutes = 600
    level.save()
    forget_promises()
    assert sound_at(MONDAY + 2 * HOUR) == 0
    row = again(ticket)
    assert row.first_due_at == at("2026-11-17 12:00")
    assert row.alarm_at > MONDAY + 2 * HOUR


@pytest.mark.django_db
def test_a_solved_ticket_is_not_told_of():
    promise()
    move(opened(), MONDAY + MINUTE, S.SOLVED)
    assert sound_at(MONDAY + 10 * DAY) == 0
    assert Ticket.objects.get().due_at == NEVER


@pytest.mark.django_db
def test_no_customer_hears_of_it():
    promise()
    opened()
    sound_at(MONDAY + DAY)
    assert told()
    assert not EventParty.objects.filter(event__kind__in=["ticket.due_soon", "ticket.escalated"])


# --- what may go wrong --------------------------------------------------------------------------


@pytest.mark.django_db
def test_a_worker_killed_before_its_commit_leaves_one_event(monkeypatch):
    promise(first=60, solution=None)
    opened()

    class Killed(BaseException):
        pass

    emit = alarms.emit

    def killed(*args, **kwargs):
        emit(*args, **kwargs)
        raise Killed

    monkeypatch.setattr(alarms, "emit", killed)
    with pytest.raises(Killed):
        sound_at(MONDAY + 50 * MINUTE)
    assert told() == []
    monkeypatch.setattr(alarms, "emit", emit)
    assert sound_at(MONDAY + 51 * MINUTE) == 1
    assert sound_at(MONDAY + 51 * MINUTE) == 0
    assert told() == [("due_soon", "FIRST", "")]


@pytest.mark.django_db
def test_a_ticket_that_fails_leaves_those_after_it_alone(monkeypatch):
    promise(first=60, solution=None)
    broken, fine = opened(), opened(MONDAY + MINUTE)
    sound = alarms.sound

    def failing(ticket):
        if ticket.pk == broken.pk:
            raise ValueError("no such calendar")
        return sound(ticket)

    monkeypatch.setattr(alarms, "sound", failing)
    with pytest.raises(RuntimeError, match="1 tickets"):
        sound_at(MONDAY + 50 * MINUTE)
    assert told() == [("due_soon", "FIRST", "")]
    assert again(broken).alarm_at == broken.alarm_at
    assert again(fine).alarm_at > fine.alarm_at


@pytest.mark.django_db
def test_batches_are_read_one_after_another(monkeypatch):
    monkeypatch.setattr(alarms, "BATCH", 2)
    promise(first=60, solution=None)
    # Of the same moment, and of later ones.
    for minute in (0, 0, 0, 1, 2):
        opened(MONDAY + minute * MINUTE)
    assert sound_at(MONDAY + 50 * MINUTE) == 5


@pytest.mark.django_db(transaction=True)
def test_four_workers_warn_once_of_each_ticket():
    promise(first=60, solution=None)
    tickets = [opened() for _ in range(6)]

    def work():
        return sound_at(MONDAY + 50 * MINUTE)

    assert sum(together([work] * 4)) == len(tickets)
    rows = Event.objects.filter(kind="ticket.due_soon").values_list("subject_id", flat=True)
    assert sorted(rows) == sorted(ticket.pk for ticket in tickets)


@pytest.mark.django_db(transaction=True)
def test_an_answer_and_a_warning_at_once_end_in_one_of_the_two_orders():
    promise(first=60, solution=None)
    ticket = opened()

    def answer():
        from django.db import transaction

        with transaction.atomic(), clock.set_to(MONDAY + 50 * MINUTE):
            row = Ticket.objects.select_for_update().get(pk=ticket.pk)
            staff_answered(row)
            row.save()

    answered, sounded = together([answer, lambda: sound_at(MONDAY + 50 * MINUTE)])
    assert answered is None
    assert sounded in (0, 1)
    row = again(ticket)
    assert (row.alarm_at, row.first_due_at, row.due_at) == (None, None, NEVER)
    assert len(told()) == sounded


# --- how often, and at what cost ----------------------------------------------------------------


def test_it_runs_every_minute():
    crons = {row.name: row.cron for row in schedules()}
    assert crons[sound_ticket_alarms.module_path] == "* * * * *"


@pytest.mark.django_db
def test_nothing_due_costs_one_query():
    promise()
    opened()
    with CaptureQueriesContext(connection) as queries:
        sound_at(MONDAY + MINUTE)
    assert len(queries) == 1


@pytest.mark.django_db
def test_an_alarm_costs_the_same_for_each_ticket():
    promise(first=60, solution=None)
    counts = []
    for day, count in ((0, 1), (1, 3)):
        tickets = [opened(MONDAY + day * DAY) for _ in range(count)]
        with CaptureQueriesContext(connection) as queries:
            assert sound_at(MONDAY + day * DAY + 50 * MINUTE) == count
        counts.append(len(queries))
        for ticket in tickets:
            ticket.refresh_from_db()
            move(ticket, MONDAY + day * DAY + HOUR, S.SOLVED)
    # Two reads of the batch, the map of the queues once, and for each: savepoint or transaction,
    # lock, row, event, its job.
    each = (counts[1] - counts[0] + 1) / 2
    assert each <= 8
