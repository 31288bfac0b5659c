"""Commissions to the full: sums equal to their rows, filters, files, statements; told to few."""

import csv
import io
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from django.core.cache import caches
from django.db import connection
from django.test.utils import CaptureQueriesContext

from core import clock
from core.choices import OrganizationKind, Role
from core.models import Operation
from core.tests.reading import seen
from locations.tests.factories import ServiceCategoryFactory
from subscriptions.choices import RequestState
from subscriptions.commission_filters import within_month
from subscriptions.figures import COMMISSION
from subscriptions.models import Commission
from subscriptions.selectors.commissions import breakdown
from subscriptions.selectors.subscriptions import commission_by_month
from subscriptions.services import commission_files
from subscriptions.services.parties import count
from subscriptions.tests.factories import PlanFactory, request_in
from users.tests.factories import make_actor

S = RequestState
NOW = datetime(2026, 11, 18, 9, tzinfo=UTC)
pytestmark = pytest.mark.django_db


@pytest.fixture
def agent():
    return make_actor(OrganizationKind.AGENCY, Role.MANAGER)


@pytest.fixture
def operator():
    return make_actor(OrganizationKind.PROVIDER, Role.MANAGER)


@pytest.fixture
def connect(agent, operator):
    def _connect(value="825.00", at=NOW, **fields):
        plan = fields.pop("plan", None) or PlanFactory(
            provider=operator.organization, commission_value=value
        )
        with clock.set_to(at):
            return request_in(S.CONNECTED, **{"owner": agent.organization, "plan": plan} | fields)

    return _connect


def take_back(request, at=NOW):
    """The reversal that an early end writes."""
    accrual = Commission.objects.get(request=request)
    with clock.set_to(at):
        Commission.objects.create(
            kind=Commission.Kind.REVERSAL,
            request=request,
            owner=accrual.owner,
            provider=accrual.provider,
            amount=-accrual.amount,
            currency=accrual.currency,
            rule=accrual.rule,
            value=accrual.value,
            accrued_at=at,
        )
        count(request, {COMMISSION: -accrual.amount})


def at_now(browser, url):
    caches["local"].clear()
    with clock.set_to(NOW):
        return browser.get(url)


def numbers(page) -> list[str]:
    return [row.request__number for row, _service in page.context["lines"]]


# --- sums ---------------------------------------------------------------------------------------


def test_sums_of_months_are_those_of_rows_and_of_parts(agent, operator, connect):
    tv = ServiceCategoryFactory(code="tv")
    connect("100.10")
    connect("20.05", at=NOW - timedelta(days=35))
    connect("7", plan=PlanFactory(category=tv, commission_value=7))
    take_back(connect("300"))
    take_back(connect("11", at=NOW - timedelta(days=35)))
    with clock.set_to(NOW):
        for actor in (agent, operator):
            rows = Commission.objects.visible_to(actor)
            for month in commission_by_month(actor):
                of_month = rows.filter(within_month(month.first))
                found = breakdown(actor, of_month)
                plain = sum((row.amount for row in of_month), Decimal(0))
                assert month.amount == found.total.net == plain
                for parts in (
                    [part.sums for part in found.counterparties],
                    found.categories.values(),
                    found.agents.values(),
                    found.cells.values(),
                ):
                    assert sum((sums.net for sums in parts), Decimal(0)) == plain
                    assert sum(sums.count for sums in parts) == found.total.count == len(of_month)


def test_the_page_shows_what_was_accrued_and_taken_back(sign_in, agent, connect):
    connect("500")
    take_back(connect("300"))
    page = at_now(sign_in(agent), "/commissions/")
    sums = page.context["sums"]
    assert (sums.accrued, sums.reversed, sums.net) == (800, -300, 500)
    assert page.context["total"]["amount"] == 500
    assert len(page.context["lines"]) == 3
    assert "−300" in seen(page)


# --- filters ------------------------------------------------------------------------------------


def test_commissions_are_found_by_each_filter(sign_in, agent, operator, connect):
    tv = ServiceCategoryFactory(code="tv")
    colleague = make_actor(role=Role.MEMBER, organization=agent.organization)
    mine = connect(created_by=colleague.user)
    other = connect(plan=PlanFactory(category=tv, commission_value=5), created_by=agent.user)
    old = connect(at=NOW - timedelta(days=60))
    gone = connect()
    take_back(gone)
    browser = sign_in(agent)
    for query, expected in (
        ("month=2026-11", {mine.number, other.number, gone.number}),
        ("category=tv", {other.number}),
        (f"provider={other.provider.public_id}", {other.number}),
        ("kind=REVERSAL", {gone.number}),
        (f"agent={colleague.user.public_id}", {mine.number}),
        (f"number={old.number}", {old.number}),
        (f"number={old.number.replace('-', ' ').lower()}", {old.number}),
        (f"month=2026-11&category=tv&agent={agent.user.public_id}", {other.number}),
    ):
        assert set(numbers(at_now(browser, f"/commissions/?{query}"))) == expected, query
    for query in ("number=12", "kind=GIFT", "agency=1", "agent=nobody", "category=x\x00", "x=1"):
        assert at_now(browser, f"/commissions/?{query}").status_code == 400, query
    provider = sign_in(operator)
    page = at_now(provider, f"/commissions/?agency={agent.organization.public_id}")
    assert set(numbers(page)) == {mine.number, old.number, gone.number}
    # Who filed is the agency's own affair.
    assert at_now(provider, f"/commissions/?agent={agent.user.public_id}").status_code == 400


def test_a_figure_leads_to_its_rows(sign_in, agent, connect):
    connect("100")
    connect("30", plan=PlanFactory(category=ServiceCategoryFactory(code="tv"), commission_value=30))
    browser = sign_in(agent)
    page = at_now(browser, "/commissions/")
    assert len(page.context["parts"]) == 3
    for _caption, bars in page.context["parts"]:
        for bar in bars:
            if bar.url:
                shown = at_now(browser, f"/commissions/{bar.url}")
                rows = [row.amount for row, _service in shown.context["lines"]]
                assert sum(rows) == bar.value


def test_the_price_does_not_grow_with_rows(sign_in, agent, operator, connect):
    connect()
    for url in ("/commissions/", "/commissions/statement/?month=2026-11"):
        costs = []
        for actor in (agent, operator):
            browser = sign_in(actor)
            for _round in (1, 2):
                caches["local"].clear()
                with CaptureQueriesContext(connection) as captured, clock.set_to(NOW):
                    assert browser.get(url).status_code == 200
                costs.append(len(captured))
                connect()
        assert costs[0] == costs[1]
        assert costs[2] == costs[3]
        assert max(costs) <= 12


# --- files and statements -----------------------------------------------------------------------


def test_a_file_has_the_rows_of_the_filter(sign_in, agent, operator, connect):
    first = connect("100.50")
    connect("7", at=NOW - timedelta(days=60))
    take_back(first)
    data = {"format": "csv", "query": "month=2026-11"}
    with clock.set_to(NOW):
        answer = sign_in(agent).post("/commissions/export/", data)
    assert answer["Content-Disposition"] == 'attachment; filename="commissions.csv"'
    head, *rows = csv.reader(io.StringIO(answer.content.decode("utf-8-sig")), delimiter=";")
    assert [row[2] for row in rows] == [first.number] * 2
    # A sum below zero is text to a spreadsheet, as all that begins with a sign.
    assert [row[-2].lstrip("'") for row in rows] == ["100,50", "-100,50"]
    with clock.set_to(NOW):
        other = sign_in(operator).post("/commissions/export/", data)
    assert len(other.content.decode("utf-8-sig").splitlines()[0].split(";")) == len(head) - 1
    with clock.set_to(NOW):
        book = sign_in(agent).post("/commissions/export/", data | {"format": "xlsx"})
    assert book.content[:2] == b"PK"


def test_a_file_runs_no_formulas(sign_in, agent, connect):
    connect(plan=PlanFactory(name="=HYPERLINK(1)", commission_value=5))
    with clock.set_to(NOW):
        answer = sign_in(agent).post("/commissions/export/", {"format": "csv"})
    lines = io.StringIO(answer.content.decode("utf-8-sig"))
    assert "'=HYPERLINK(1)" in [cell for row in csv.reader(lines, delimiter=";") for cell in row]


def test_many_rows_are_written_by_a_worker(sign_in, agent, connect, run_jobs, monkeypatch):
    monkeypatch.setattr(commission_files, "AT_ONCE", 1)
    monkeypatch.setattr(commission_files, "_SLICE", 1)
    connect()
    connect()
    answer = sign_in(agent).post("/commissions/export/", {"format": "csv", "query": ""})
    assert answer.status_code == 302
    run_jobs()
    done = Operation.objects.get()
    assert done.state == Operation.State.DONE
    with done.result.open("rb") as file:
        assert len(file.read().decode("utf-8-sig").splitlines()) == 3


@pytest.mark.parametrize("data", [{"format": "exe"}, {"format": "csv", "query": "owner=1"}])
def test_a_file_that_makes_no_sense_is_refused(sign_in, agent, data):
    assert sign_in(agent).post("/commissions/export/", data).status_code == 400


def test_a_statement_has_every_row_and_its_sums(sign_in, agent, operator, connect):
    made = [connect("100"), connect("20.50")]
    take_back(made[0])
    for actor, party in ((agent, operator), (operator, agent)):
        page = at_now(sign_in(actor), "/commissions/statement/?month=2026-11")
        words = seen(page)
        assert page.context["total"].net == Decimal("20.50")
        assert all(request.number in words for request in made)
        assert party.organization.name in words
    empty = at_now(sign_in(agent), "/commissions/statement/?month=2025-01")
    assert empty.status_code == 200
    assert empty.context["groups"] == []
    assert at_now(sign_in(agent), "/commissions/statement/?month=x").status_code == 400


@pytest.mark.parametrize(
    "kind", [OrganizationKind.BUILDER, OrganizationKind.COMPANY, OrganizationKind.PERSON]
)
def test_others_never_see_any(sign_in, connect, kind):
    actor = make_actor(kind, Role.OWNER)
    fields = {} if kind == OrganizationKind.BUILDER else {"holder": actor.organization}
    request = connect("4321", **fields)
    browser = sign_in(actor)
    for url in ("/commissions/", "/commissions/statement/"):
        assert browser.get(url).status_code == 404
    assert browser.post("/commissions/export/", {"format": "csv"}).status_code == 404
    assert "4 321" not in seen(browser.get("/requests/")).replace(request.number, "")


def test_another_agencys_commissions_are_not_there(sign_in, agent, connect):
    request = connect()
    stranger = make_actor(OrganizationKind.AGENCY, Role.OWNER)
    browser = sign_in(stranger)
    assert numbers(at_now(browser, f"/commissions/?number={request.number}")) == []
    assert at_now(browser, f"/commissions/?agent={agent.user.public_id}").status_code == 400
