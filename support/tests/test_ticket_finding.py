"""Tickets in the search over everything."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from core.finding import Asked, find_everything, page_of_number
from support.finding import tickets
from support.tests.people import account_manager, around, customer, desk_worker, opened

pytestmark = pytest.mark.django_db


@pytest.fixture
def owner():
    return customer()


@pytest.fixture
def ticket(owner):
    return opened(owner, "Нет интернета в офисе")


def found(actor, text) -> list[str]:
    return [
        hit.lead
        for group in find_everything(actor, text, 5)
        if group.finder.name == "tickets"
        for hit in group.hits
    ]


def test_a_number_leads_to_the_ticket_of_whoever_sees_it(owner, ticket):
    led = {name for name, actor in around(owner).items() if page_of_number(actor, ticket.number)}
    assert led == {
        "member", "colleague", "viewer", "guest by leave", "support", "administrator",
        "account manager",
    }  # fmt: skip
    cyrillic = ticket.number.replace("ET", "ЕТ")
    assert page_of_number(owner, cyrillic) == f"/support/{ticket.number}/"
    assert page_of_number(owner, ticket.number[3:]) == f"/support/{ticket.number}/"


@pytest.mark.parametrize("text", ["интерн", "офис нет", "ИНТЕРНЕТА"])
def test_words_of_the_subject_find_it(owner, ticket, text):
    opened(owner, "Другое")
    assert found(owner, text) == [ticket.number]
    assert found(desk_worker(), text) == [ticket.number]
    assert found(customer(), text) == []
    assert found(account_manager(), text) == []
    assert found(account_manager(owner.organization), text) == [ticket.number]


def test_staff_find_it_by_who_asked(owner, ticket):
    opened(customer())
    staff = desk_worker()
    assert found(staff, owner.user.email) == [ticket.number]
    assert found(staff, owner.user.full_name) == [ticket.number]


def test_what_is_shown_tells_staff_whose_it_is(owner, ticket):
    (hit,) = tickets(Asked(desk_worker(), "интернета", 5))
    assert owner.organization.name in hit.note
    (own,) = tickets(Asked(owner, "интернета", 5))
    assert owner.organization.name not in own.note
    assert own.text == ticket.subject


def test_it_takes_two_queries_at_most(owner, ticket):
    for _ in range(3):
        opened(owner, "Нет интернета")
    for actor in (owner, desk_worker()):
        for text in ("интернета нет", "ET-12", owner.user.email):
            with CaptureQueriesContext(connection) as captured:
                tickets(Asked(actor, text, 5))
            assert len(captured) <= 2
