"""The request's life, walked at random and compared with a plain model of what PRODUCT.md says."""

from contextlib import ExitStack
from datetime import UTC, datetime, timedelta

import pytest
from django.db import transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from core import clock
from core.actor import Actor
from core.choices import OrganizationKind, Role
from core.errors import Conflict, DomainError, Forbidden, NotVisible
from core.models import Event, Tally
from subscriptions.models import Appointment, Commission, ConnectionRequest, Subscription
from subscriptions.services.figures import differences
from subscriptions.services.requests import move_request, tell_overdue
from subscriptions.tests.factories import PlanFactory, RequestFactory, move_data
from users.tests.factories import make_actor, make_staff

# Written out by hand, not taken from the table that it checks: transition → (from, to, by whom).
BACK = "where it was"
WORKERS, AGENTS, ALL = {"operator", "staff"}, {"agent", "staff"}, {"agent", "operator", "staff"}
OPEN = {
    "SUBMITTED",
    "CHECKING",
    "NEEDS_INFO",
    "APPROVED",
    "SCHEDULED",
    "IN_PROGRESS",
    "ON_HOLD",
}
FINAL = {"CONNECTED", "REJECTED", "CANCELLED"}
MOVES = {
    "submit": ({"DRAFT"}, "SUBMITTED", AGENTS),
    "start_check": ({"SUBMITTED"}, "CHECKING", WORKERS),
    "approve": ({"CHECKING"}, "APPROVED", WORKERS),
    "ask_info": ({"CHECKING", "APPROVED"}, "NEEDS_INFO", WORKERS),
    "answer_info": ({"NEEDS_INFO"}, "CHECKING", AGENTS),
    "schedule": ({"APPROVED"}, "SCHEDULED", WORKERS),
    "reschedule": ({"SCHEDULED"}, "SCHEDULED", WORKERS),
    "cancel_visit": ({"SCHEDULED"}, "APPROVED", ALL),
    "start_work": ({"SCHEDULED"}, "IN_PROGRESS", WORKERS),
    "connect": ({"IN_PROGRESS"}, "CONNECTED", WORKERS),
    "hold": (OPEN - {"SUBMITTED", "ON_HOLD"}, "ON_HOLD", ALL),
    "resume": ({"ON_HOLD"}, BACK, ALL),
    "reject": ({"CHECKING", "APPROVED"}, "REJECTED", WORKERS),
    "reject_on_site": ({"SCHEDULED", "IN_PROGRESS"}, "REJECTED", WORKERS),
    "cancel": (OPEN | {"DRAFT"}, "CANCELLED", AGENTS),
}
REQUIRED = {
    "ask_info": "note",
    "answer_info": "note",
    "schedule": "ends_at",
    "reschedule": "starts_at",
    "hold": "awaited_kind",
    "reject": "reason",
    "reject_on_site": "reason_text",
    "cancel": "reason",
}
WITH_VISIT = {"SCHEDULED", "IN_PROGRESS"}
PEOPLE = ["agent", "operator", "staff", "viewer", "stranger"]


class Life(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.stack = ExitStack()
        self.stack.enter_context(transaction.atomic())
        self.time = datetime(2026, 11, 16, 7, tzinfo=UTC)
        agent = make_actor(OrganizationKind.AGENCY)
        operator = make_actor(OrganizationKind.PROVIDER)
        self.people: dict[str, Actor] = {
            "agent": agent,
            "operator": operator,
            "staff": make_staff(),
            "viewer": make_actor(role=Role.VIEWER, organization=agent.organization),
            "stranger": make_actor(OrganizationKind.AGENCY),
        }
        self.request = RequestFactory(
            owner=agent.organization, plan=PlanFactory(provider=operator.organization)
        )
        # The model: what the request must be.
        self.state, self.held = "DRAFT", ""
        self.version = self.request.version
        self.filed, self.moves, self.told, self.told_now = False, 0, 0, False

    def teardown(self) -> None:
        transaction.set_rollback(True)
        self.stack.close()

    def attempt(self, who: str, name: str, data: dict, version: int | None = None) -> type | None:
        """The class of the refusal, or None when the move was made."""
        with clock.set_to(self.time):
            try:
                move_request(self.people[who], self.request.number, name, data, version)
            except DomainError as refusal:
                return type(refusal)
        return None

    def given(self, name: str) -> dict:
        with clock.set_to(self.time):
            return move_data(name)

    def expected(self, who: str, name: str) -> type | None:
        sources, _target, sides = MOVES[name]
        if who == "stranger" or (who == "operator" and not self.filed):
            return NotVisible
        if self.state not in sources:
            return Conflict
        return None if who in sides else Forbidden

    @rule(who=st.sampled_from(PEOPLE), name=st.sampled_from(sorted(MOVES)))
    def try_anything(self, who: str, name: str) -> None:
        expected = self.expected(who, name)
        assert self.attempt(who, name, self.given(name)) is expected
        if expected is None:
            self.follow(name)

    @rule(choice=st.integers(0, 99), who=st.sampled_from(["agent", "operator", "staff"]))
    def do_something_possible(self, choice: int, who: str) -> None:
        """Chance alone rarely finds the way through: walk it too."""
        possible = [name for name in sorted(MOVES) if self.expected(who, name) is None]
        # Giving up ends the story: do so less often than chance would.
        going_on = [name for name in possible if MOVES[name][1] not in FINAL - {"CONNECTED"}]
        names = going_on if going_on and choice % 5 else possible
        if names:
            name = names[choice % len(names)]
            assert self.attempt(who, name, self.given(name), self.version) is None
            self.follow(name)

    @rule(name=st.sampled_from(sorted(REQUIRED)))
    def leave_something_out(self, name: str) -> None:
        data = self.given(name) | {REQUIRED[name]: ""}
        expected = self.expected("staff", name) or DomainError
        assert self.attempt("staff", name, data) is expected

    @rule(name=st.sampled_from(sorted(MOVES)), back=st.integers(1, 3))
    def act_on_what_was_seen_before(self, name: str, back: int) -> None:
        assert self.attempt("staff", name, self.given(name), self.version - back) is Conflict

    @rule(hours=st.integers(1, 24 * 12))
    def let_time_pass(self, hours: int) -> None:
        self.time += timedelta(hours=hours)
        due_at = ConnectionRequest.objects.get(pk=self.request.pk).due_at
        missed = due_at is not None and due_at < self.time and not self.told_now
        with clock.set_to(self.time):
            assert tell_overdue() == int(missed)
        self.told += missed
        self.told_now = self.told_now or missed

    def follow(self, name: str) -> None:
        """Moves the model."""
        before, target = self.state, MOVES[name][1]
        self.state = self.held if target == BACK else target
        self.held = before if name == "hold" else ""
        self.filed = self.filed or name == "submit"
        self.version += 1
        self.moves += 1
        self.told_now = False

    @invariant()
    def the_row_is_what_the_model_says(self) -> None:
        row = ConnectionRequest.objects.get(pk=self.request.pk)
        assert (row.state, row.version, row.held_from) == (self.state, self.version, self.held)
        assert (row.due_at is not None) == (self.state in OPEN)
        assert (row.closed_at is not None) == (self.state in FINAL)
        assert (row.submitted_at is not None) == self.filed
        assert (row.held_until is not None) == (self.state == "ON_HOLD") == bool(row.awaited)
        assert bool(row.reason) == (self.state in {"REJECTED", "CANCELLED"})

    @invariant()
    def what_comes_out_comes_out_once(self) -> None:
        connected = int(self.state == "CONNECTED")
        assert Subscription.objects.filter(origin=self.request).count() == connected
        assert Commission.objects.filter(request=self.request).count() == connected

    @invariant()
    def there_is_one_event_for_each_move(self) -> None:
        events = Event.objects.filter(
            subject_type="subscriptions.connectionrequest", subject_id=self.request.pk
        )
        overdue = events.filter(kind="request.overdue").count()
        assert (events.count() - overdue, overdue) == (self.moves, self.told)

    @invariant()
    def a_visit_is_ahead_exactly_while_one_is_agreed_upon(self) -> None:
        live = Appointment.objects.filter(request=self.request, state="CONFIRMED").count()
        assert live == int((self.held or self.state) in WITH_VISIT)

    @invariant()
    def figures_are_what_the_rows_say(self) -> None:
        parties = [self.request.owner_id, self.request.provider_id]
        assert differences(parties) == []
        in_work = Tally.objects.filter(organization_id__in=parties, figure="requests_in_work")
        assert sum(row.amount for row in in_work) == 2 * int(self.state in OPEN)


@pytest.mark.django_db
def test_whatever_happens_a_request_lives_by_the_table():
    run_state_machine_as_test(
        Life,
        settings=settings(
            max_examples=20,
            stateful_step_count=25,
            deadline=None,
            suppress_health_check=[HealthCheck.too_slow],
        ),
    )
