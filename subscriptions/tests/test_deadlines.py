"""Telling of missed deadlines, and counting figures again."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.core.management import call_command

from core import clock, tallies
from core.choices import OrganizationKind, PartyRole
from core.models import Event, EventParty, Tally
from subscriptions.choices import RequestState
from subscriptions.figures import COMMISSION, IN_WORK, REQUESTS_APPROVED, REQUESTS_SUBMITTED
from subscriptions.models import ConnectionRequest
from subscriptions.services.figures import differences
from subscriptions.services.requests import deadlines, tell_overdue
from subscriptions.tests.factories import PlanFactory, move, request_in
from users.tests.factories import OrganizationFactory

S = RequestState

pytestmark = pytest.mark.django_db


def overdue_events():
    return Event.objects.filter(kind="request.overdue")


def test_a_missed_deadline_is_told_of_once():
    request = request_in(S.SUBMITTED)
    assert tell_overdue() == 0
    with clock.set_to(request.due_at + timedelta(minutes=1)):
        assert tell_overdue() == 1
        assert tell_overdue() == 0
    event = overdue_events().get()
    assert event.data == {"number": request.number, "state": "SUBMITTED"}
    parties = EventParty.objects.filter(event=event).values_list("role", flat=True)
    assert set(parties) == {PartyRole.OWNER, PartyRole.PROVIDER}
    told = ConnectionRequest.objects.get(pk=request.pk)
    # Nobody's open page turns old because the portal noticed the time.
    assert told.version == request.version


def test_each_deadline_is_told_of_anew():
    request = request_in(S.SUBMITTED)
    with clock.set_to(request.due_at + timedelta(minutes=1)):
        tell_overdue()
        request = move(request, "start_check")
    with clock.set_to(request.due_at + timedelta(minutes=1)):
        assert tell_overdue() == 1
    assert overdue_events().count() == 2


def test_what_is_closed_or_a_draft_is_never_late():
    for state in (S.DRAFT, S.CONNECTED, S.REJECTED, S.CANCELLED):
        request_in(state)
    with clock.set_to(clock.now() + timedelta(days=90)):
        assert tell_overdue() == 0


def test_more_than_a_batch_is_told_of(monkeypatch):
    monkeypatch.setattr(deadlines, "OVERDUE_BATCH", 2)
    plan = PlanFactory()
    for _ in range(5):
        request_in(S.SUBMITTED, plan=plan)
    with clock.set_to(clock.now() + timedelta(days=30)):
        assert tell_overdue() == 5


def test_the_one_whose_state_moved_meanwhile_is_left_alone():
    request = request_in(S.SUBMITTED)
    old = request.due_at
    move(request, "start_check")
    assert not deadlines._tell_of(request.pk, old)
    assert not overdue_events().exists()


# --- figures ------------------------------------------------------------------------------------


def figures(organization) -> dict[str, Decimal]:
    sums: dict[str, Decimal] = {}
    for row in Tally.objects.filter(organization=organization):
        sums[row.figure] = sums.get(row.figure, Decimal(0)) + row.amount
    return sums


def test_figures_of_both_sides_follow_the_moves():
    plan = PlanFactory()
    owner = OrganizationFactory()
    request_in(S.CONNECTED, plan=plan, owner=owner)
    request_in(S.REJECTED, plan=plan, owner=owner)
    request_in(S.ON_HOLD, plan=plan, owner=owner)
    move(request_in(S.DRAFT, plan=plan, owner=owner), "cancel")
    for organization in (owner, plan.provider):
        assert figures(organization) == {
            "requests_submitted": 3,
            "requests_checked": 3,
            "requests_approved": 1,
            "requests_connected": 1,
            "requests_rejected": 1,
            "requests_in_work": 1,
            "commission": Decimal("825.00"),
        }


def test_an_approval_repeated_after_a_question_counts_once():
    request = request_in(S.APPROVED)
    move(request, "ask_info", "answer_info", "approve")
    assert figures(request.owner)[REQUESTS_APPROVED] == 1


def test_a_figure_is_kept_on_the_day_of_the_organization():
    east = OrganizationFactory(time_zone="Asia/Kamchatka")
    plan = PlanFactory()
    evening = clock.now().replace(hour=20, minute=0)
    with clock.set_to(evening):
        request_in(S.SUBMITTED, owner=east, plan=plan)
    kept = {
        organization: Tally.objects.get(organization=organization, figure=REQUESTS_SUBMITTED).day
        for organization in (east, plan.provider)
    }
    assert kept[east] - kept[plan.provider] == timedelta(days=1)


def test_a_recount_finds_and_mends_what_differs(capsys):
    request = request_in(S.CONNECTED)
    builder = request_in(S.CHECKING, owner=OrganizationFactory(kind=OrganizationKind.BUILDER))
    call_command("recount")
    assert "Every figure is what the rows say." in capsys.readouterr().out
    tallies.add(request.owner_id, COMMISSION, Decimal("0.01"), clock.today())
    Tally.objects.filter(organization=builder.owner, figure=IN_WORK).delete()
    call_command("recount")
    told = capsys.readouterr().out
    assert f"organization {request.owner_id}, commission: 825.01 kept, 825.00 counted" in told
    assert f"organization {builder.owner_id}, requests_in_work: 0 kept, 1 counted" in told
    assert len(differences()) == 2
    call_command("recount", "--repair")
    assert "Mended 2 of 2." in capsys.readouterr().out
    assert differences() == []
