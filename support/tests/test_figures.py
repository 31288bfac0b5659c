"""Figures of the desk against a plain model that counts in Python; periods, files, who sees."""

import csv
import io
import math
import random
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.core.cache import cache
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from openpyxl import load_workbook

from core import clock
from core.choices import OrganizationKind, StaffScope
from support.choices import OPEN_STATES, TicketState
from support.figures_period import Period, last_days
from support.models import Score, Ticket
from support.models.tickets import NEVER
from support.selectors.figures import AGES, comments, open_now, period_figures
from support.selectors.figures.period import rounded
from support.tests.factories import QueueFactory, TicketCategoryFactory, TicketFactory
from users.models import AccountManagement
from users.tests.factories import OrganizationFactory, UserFactory, make_actor, make_staff

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 27, 9, 30, tzinfo=UTC)
MOSCOW = ZoneInfo("Europe/Moscow")


@pytest.fixture(autouse=True)
def _present():
    cache.clear()
    with clock.set_to(NOW), timezone.override(MOSCOW):
        yield
    cache.clear()


def some_tickets(seed: int, count: int) -> list[Ticket]:
    """Tickets of the last 80 days as they might stand in the table, in all states."""
    chance = random.Random(seed)
    owner = OrganizationFactory(kind=OrganizationKind.PERSON)
    person = UserFactory()
    queues = QueueFactory.create_batch(2)
    categories = [None, *TicketCategoryFactory.create_batch(3, queue=queues[0])]
    agents = [None, *UserFactory.create_batch(3)]
    tickets = []
    for _number in range(count):
        created = NOW - timedelta(minutes=chance.randrange(80 * 24 * 60))
        state = chance.choice(list(TicketState))
        is_solved = state in (TicketState.SOLVED, TicketState.CLOSED) and chance.random() < 0.9
        solved = created + (NOW - created) * chance.random() if is_solved else None
        answered = is_solved or chance.random() < 0.5
        tickets.append(
            TicketFactory(
                owner=owner,
                requester=person,
                queue=chance.choice(queues),
                category=chance.choice(categories),
                assignee=chance.choice(agents),
                state=state,
                created_at=created,
                solved_at=solved,
                due_at=chance.choice([NEVER, NOW - timedelta(hours=1), NOW + timedelta(hours=1)]),
                first_answer_seconds=chance.randrange(1, 40) * 60 if answered else None,
                solution_seconds=chance.randrange(0, 90_000) if is_solved else None,
                first_kept=chance.choice([None, True, False]) if answered else None,
                solution_kept=chance.choice([None, True, False]) if is_solved else None,
                reopened=chance.choice([0, 0, 0, 1, 2]),
                score=chance.choice([None, 1, 3, 4, 5, 5]) if is_solved else None,
            )
        )
    return tickets


# --- the plain model --------------------------------------------------------------------------
def nearest_rank(values: list[int], percent: int) -> int | None:
    values = sorted(map(rounded, values))
    return values[math.ceil(percent * len(values) / 100) - 1] if values else None


def is_within(moment, period: Period) -> bool:
    return moment is not None and period.first <= moment.astimezone(MOSCOW).date() <= period.last


def model(tickets: list[Ticket], period: Period, fits=lambda row: True) -> dict:
    opened = [row for row in tickets if is_within(row.created_at, period) and fits(row)]
    solved = [row for row in tickets if is_within(row.solved_at, period) and fits(row)]
    first = [row.first_answer_seconds for row in opened if row.first_answer_seconds is not None]
    solution = [row.solution_seconds for row in solved if row.solution_seconds is not None]
    return {
        "opened": len(opened),
        "solved": len(solved),
        "reopened": sum(row.reopened > 0 for row in solved),
        "first": (nearest_rank(first, 50), nearest_rank(first, 90)),
        "solution": (nearest_rank(solution, 50), nearest_rank(solution, 90)),
        "first_promised": sum(row.first_kept is not None for row in opened),
        "first_kept": sum(row.first_kept is True for row in opened),
        "solution_promised": sum(row.solution_kept is not None for row in solved),
        "solution_kept": sum(row.solution_kept is True for row in solved),
        "scores": Counter(row.score for row in solved if row.score),
    }


def shown(group) -> dict:
    return {
        "opened": group.opened,
        "solved": group.solved,
        "reopened": group.reopened,
        "first": (group.first.median, group.first.most),
        "solution": (group.solution.median, group.solution.most),
        "first_promised": group.first_promised,
        "first_kept": group.first_kept,
        "solution_promised": group.solution_promised,
        "solution_kept": group.solution_kept,
        "scores": group.scores,
    }


@pytest.mark.parametrize("seed", [1, 2, 3])
@pytest.mark.parametrize("days", [1, 7, 30])
def test_figures_are_those_of_a_plain_model(seed, days):
    tickets = some_tickets(seed, 60)
    period = last_days(days)
    found = period_figures(make_staff(StaffScope.SUPPORT), period)
    assert shown(found.whole) == model(tickets, period)
    assert shown(found.before) == model(tickets, period.before)
    for group in found.agents:
        expected = model(tickets, period, lambda row, key=group.key: row.assignee_id == key)
        assert shown(group) == expected
    for group in found.categories:
        expected = model(tickets, period, lambda row, key=group.key: row.category_id == key)
        assert shown(group) == expected
    keys = {row.category_id for row in tickets if is_within(row.created_at, period)}
    assert keys <= {group.key for group in found.categories}
    for day, counts in found.days.items():
        one = model(tickets, Period(day, day))
        assert counts == (one["opened"], one["solved"])
    given = [row.score for row in tickets if is_within(row.solved_at, period) and row.score]
    mean = pytest.approx(sum(given) / len(given)) if given else None
    assert found.whole.mean_score == mean


@pytest.mark.parametrize("count", [1, 2, 3, 10, 11])
def test_percentiles_of_few_tickets(count):
    for number in range(count):
        TicketFactory(created_at=NOW, first_answer_seconds=number * 60)
    found = period_figures(make_staff(), last_days(7)).whole.first
    values = [number * 60 for number in range(count)]
    assert [rounded(seconds) for seconds in (0, 59, 7199, 7299, 36_000, 359_999, 400_000)] == [
        *(0, 0, 7140, 7200, 36_000, 358_200, 396_000)
    ]
    assert (found.median, found.most) == (nearest_rank(values, 50), nearest_rank(values, 90))


def test_an_empty_period_has_figures_of_nothing(sign_in):
    found = period_figures(make_staff(), Period(date(2026, 1, 1), date(2026, 1, 3)))
    assert shown(found.whole) == model([], last_days(7))
    assert found.whole.mean_score is found.whole.first_share is found.whole.reopened_share is None
    assert list(found.days.values()) == [(0, 0)] * 3
    assert (found.agents, found.categories) == ([], [])
    browser = sign_in(make_staff(StaffScope.SUPPORT))
    browser.cookies["django_language"] = "en"
    answer = browser.get(reverse("desk_figures"), {"since": "2026-01-01", "until": "2026-01-03"})
    assert "Nothing happened in this period." in answer.content.decode()


@pytest.mark.parametrize("seed", [4, 5])
def test_what_is_open_now_is_that_of_a_plain_model(seed):
    tickets = [row for row in some_tickets(seed, 60) if row.state in OPEN_STATES]
    found = open_now(make_staff(StaffScope.SUPPORT))
    bounds = [timedelta(0), *AGES, timedelta(days=10_000)]
    assert found.ages == [
        sum(bounds[place] <= NOW - row.created_at < bounds[place + 1] for row in tickets)
        for place in range(len(AGES) + 1)
    ]
    assert found.overdue == sum(row.due_at < NOW for row in tickets)
    assert found.unassigned == sum(row.assignee_id is None for row in tickets)
    by_queue = {backlog.queue: backlog.total for backlog in found.queues}
    for queue in {row.queue for row in tickets}:
        assert by_queue[queue.name] == sum(row.queue_id == queue.pk for row in tickets)


def test_what_was_merged_into_another_is_counted_nowhere():
    kept = TicketFactory(created_at=NOW - timedelta(hours=1))
    TicketFactory(created_at=NOW - timedelta(hours=1), merged_into=kept)
    assert period_figures(make_staff(), last_days(7)).whole.opened == 1
    assert open_now(make_staff()).total == 1


def test_a_day_is_a_day_of_the_reader():
    TicketFactory(created_at=datetime(2026, 11, 26, 22, 30, tzinfo=UTC))
    actor = make_staff()
    assert period_figures(actor, last_days(1)).whole.opened == 1
    with timezone.override(UTC):
        assert period_figures(actor, last_days(1)).whole.opened == 0


# --- the page ---------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "query",
    [
        {"days": "31"},
        {"days": "x"},
        {"since": "2026-11-01"},
        {"since": "2026-13-01", "until": "2026-12-01"},
        {"since": "2026-11-02", "until": "2026-11-01"},
        {"since": "2024-01-01", "until": "2026-01-01"},
        {"since": "0001-01-01", "until": "9999-12-31"},
        {"day": "7"},
        {"sort": "agent_nothing"},
        {"sort": "__class__"},
    ],
)
def test_what_is_not_understood_is_refused(query, sign_in):
    browser = sign_in(make_staff(StaffScope.SUPPORT))
    assert browser.get(reverse("desk_figures"), query).status_code == 400


def test_tables_are_ordered_by_any_column(sign_in):
    some_tickets(6, 40)
    browser = sign_in(make_staff(StaffScope.SUPPORT))
    rows = {}
    for sort in ("agent_name", "-agent_name", "agent_first", "-category_score", "category_opened"):
        answer = browser.get(reverse("desk_figures"), {"sort": sort, "days": "90"})
        assert answer.status_code == 200
        rows[sort] = answer.context["agents"]
    names = [row["name"] for row in rows["agent_name"]]
    assert names == sorted(names)
    assert [row["name"] for row in rows["-agent_name"]] == names[::-1]


def test_customers_and_editors_have_no_such_page(sign_in):
    for actor in (make_actor(OrganizationKind.PROVIDER), make_staff(StaffScope.CONTENT)):
        browser = sign_in(actor)
        assert browser.get(reverse("desk_figures")).status_code == 404
        assert browser.get(reverse("desk_figures_file", args=["agent", "csv"])).status_code == 404


def test_an_account_manager_counts_what_is_in_their_charge(sign_in):
    theirs, other = OrganizationFactory(), OrganizationFactory()
    manager = make_staff(StaffScope.ACCOUNT_MANAGER)
    AccountManagement.objects.create(user=manager.user, organization=theirs, created_at=NOW)
    for owner, subject in ((theirs, "Of ours"), (other, "Of others")):
        ticket = TicketFactory(owner=owner, created_at=NOW, solved_at=NOW, subject=subject, score=5)
        Score.objects.create(ticket=ticket, value=5, comment=subject, created_at=NOW)
    found = period_figures(manager, last_days(7))
    assert (found.whole.opened, found.whole.scored, open_now(manager).total) == (1, 1, 1)
    assert [row.subject for row in comments(manager, last_days(7))] == ["Of ours"]
    # What was counted for support is not kept for them.
    assert "Of others" in page(sign_in(make_staff(StaffScope.SUPPORT)))
    assert "Of others" not in page(sign_in(manager))


def page(browser) -> str:
    return browser.get(reverse("desk_figures")).content.decode()


def test_the_page_costs_the_same_however_many_tickets(sign_in):
    browser = sign_in(make_staff(StaffScope.SUPPORT))
    counts = []
    some_tickets(7, 20)
    for _round in range(2):
        cache.clear()
        page(browser)
        cache.clear()
        with CaptureQueriesContext(connection) as caught:
            page(browser)
        counts.append(len(caught))
        some_tickets(8, 12)
    assert counts[0] == counts[1]
    assert counts[0] <= 20


# --- files ------------------------------------------------------------------------------------
@pytest.mark.parametrize("table", ["days", "agent", "category", "queues"])
def test_tables_are_taken_away_as_they_are_shown(table, sign_in):
    some_tickets(9, 20)
    browser = sign_in(make_staff(StaffScope.SUPPORT))
    plain = browser.get(reverse("desk_figures_file", args=[table, "csv"]), {"days": "90"})
    rows = list(csv.reader(io.StringIO(plain.content.decode("utf-8-sig")), delimiter=";"))
    book = browser.get(reverse("desk_figures_file", args=[table, "xlsx"]), {"days": "90"})
    sheet = load_workbook(io.BytesIO(book.content)).active
    assert [[cell or "" for cell in row] for row in sheet.values] == rows
    assert plain["Content-Disposition"].startswith(f'attachment; filename="support-{table}-2026-')
    assert len(rows) > 2


def test_no_formula_is_live_in_a_file(sign_in):
    queue = QueueFactory()
    category = TicketCategoryFactory(name="=1+1", queue=queue)
    TicketFactory(category=category, created_at=NOW, queue=queue)
    browser = sign_in(make_staff(StaffScope.SUPPORT))
    answer = browser.get(reverse("desk_figures_file", args=["category", "csv"]))
    assert "'=1+1" in answer.content.decode("utf-8-sig")


@pytest.mark.parametrize("address", ["nothing.csv", "days.pdf", "days.html"])
def test_there_are_no_other_files(address, sign_in):
    browser = sign_in(make_staff(StaffScope.SUPPORT))
    assert browser.get(f"{reverse('desk_figures')}{address}").status_code == 404
