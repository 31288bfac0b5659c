"""Scores: on the ticket's page, and by the link of a letter without an account."""

from datetime import timedelta
from unittest import mock

import pytest
from django.core.cache import cache
from django.test import Client as Browser
from django.utils import timezone

from core.choices import OrganizationKind, PartyRole, Role, Via
from core.models import Event
from support.choices import TicketState
from support.models import Score, Ticket
from support.services.scoring import score_token
from support.tests.factories import TicketFactory
from support.views.customer import scoring
from users.tests.factories import UserFactory, make_actor

pytestmark = pytest.mark.django_db
S = TicketState


@pytest.fixture(autouse=True)
def _fresh_counts():
    cache.clear()


@pytest.fixture
def owner():
    return make_actor(OrganizationKind.PERSON, Role.OWNER)


@pytest.fixture
def ticket(owner):
    return TicketFactory(
        owner=owner.organization,
        requester=owner.user,
        assignee=UserFactory(is_staff=True),
        state=S.SOLVED,
    )


def link(ticket):
    return f"/support/score/{score_token(ticket)}/"


def text(response):
    return response.content.decode()


def test_a_score_is_given_on_the_page_and_told(sign_in, owner, ticket):
    browser = sign_in(owner)
    assert "How did we do?" in text(browser.get(f"/support/{ticket.number}/"))
    sent = {"value": "4", "comment": "Quick"}
    for _ in range(2):
        assert browser.post(f"/support/{ticket.number}/score/", sent).status_code == 302
    given = Score.objects.get()
    assert (given.value, given.comment, given.assignee) == (4, "Quick", ticket.assignee)
    ticket.refresh_from_db()
    assert ticket.score == 4
    event = Event.objects.get(kind="ticket.scored")
    assert event.data == {"number": ticket.number, "score": 4}
    assert event.parties.get().role == PartyRole.OWNER


def test_a_letter_needs_no_account_and_opening_it_changes_nothing(ticket):
    browser = Browser()
    page = browser.get(link(ticket), {"value": "5"})
    assert ticket.subject in text(page)
    assert page["Referrer-Policy"] == "same-origin"
    assert not Score.objects.exists()
    assert browser.post(link(ticket), {"value": "5"}).status_code == 302
    assert Score.objects.get().value == 5
    assert Event.objects.get(kind="ticket.scored").via == Via.LINK
    assert "Your score is noted" in text(browser.get(link(ticket)))


def test_it_is_changed_for_a_week_and_then_settled(sign_in, owner, ticket):
    browser = Browser()
    browser.post(link(ticket), {"value": "1", "comment": "Bad"})
    browser.post(link(ticket), {"value": "3"})
    assert (Score.objects.get().value, Score.objects.get().comment) == (3, "")
    Score.objects.update(created_at=timezone.now() - timedelta(days=8))
    assert browser.post(link(ticket), {"value": "5"}).status_code == 422
    assert (
        sign_in(owner).post(f"/support/{ticket.number}/score/", {"value": "5"}).status_code == 409
    )
    assert Score.objects.get().value == 3
    assert "star" in text(browser.get(link(ticket)))


@pytest.mark.parametrize("state", [S.NEW, S.OPEN, S.PENDING, S.ON_HOLD])
def test_what_is_in_work_is_not_scored(ticket, state):
    Ticket.objects.update(state=state)
    assert "in work again" in text(Browser().get(link(ticket)))
    assert Browser().post(link(ticket), {"value": "5"}).status_code == 422
    assert not Score.objects.exists()


@pytest.mark.parametrize("value", ["", "0", "6", "-1", "5.0", "²", "٣", "9" * 5000, "\x00"])
def test_only_five_scores_are_known(ticket, value):
    assert Browser().post(link(ticket), {"value": value}).status_code == 422
    assert not Score.objects.exists()


def test_an_endless_comment_is_refused(ticket):
    sent = {"value": "5", "comment": "x" * 100_000}
    assert Browser().post(link(ticket), sent).status_code == 422
    assert not Score.objects.exists()


def test_a_forged_link_leads_nowhere(ticket):
    other = TicketFactory(state=S.SOLVED)
    signature = score_token(ticket).rpartition(":")[2]
    for token in ("x", f"{other.number}:{signature}", f"{ticket.number}:", ticket.number):
        for method in ("get", "post"):
            response = getattr(Browser(), method)(f"/support/score/{token}/", {"value": "5"})
            assert response.status_code == 404
    assert not Score.objects.exists()


def test_signatures_are_not_tried_for_ever(ticket):
    with mock.patch.object(scoring, "OPENED_AT_MOST", 2):
        statuses = [Browser().get("/support/score/x/").status_code for _ in range(4)]
    assert statuses == [404, 404, 429, 429]


def test_a_merged_ticket_is_scored_as_what_it_became(ticket):
    other = TicketFactory(state=S.SOLVED, owner=ticket.owner)
    Ticket.objects.filter(pk=ticket.pk).update(state=S.CLOSED, merged_into=other)
    Browser().post(link(ticket), {"value": "5"})
    assert Score.objects.get().ticket == other
