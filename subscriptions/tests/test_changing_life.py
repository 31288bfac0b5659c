"""Subscriptions, changed at random by requests of every kind, and compared with what must hold.

What must hold is written out by hand: DOMAIN's rules about units, prices, commissions and states.
"""

from collections import Counter
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import partial
from itertools import pairwise
from uuid import uuid4

import pytest
from django.db import transaction
from django.db.models import Sum
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from core import clock
from core.actor import system_actor
from core.choices import OrganizationKind
from core.errors import DomainError
from locations.tests.factories import ServiceCategoryFactory, UnitFactory
from subscriptions.choices import ExitRule, RequestKind, RequestState, SubscriptionState
from subscriptions.models import Commission, ConnectionRequest, RequestBundle, Subscription
from subscriptions.request_workflow import OPEN_STATES, offered_to
from subscriptions.selectors.bundles import bundle_state
from subscriptions.services.bundles import cancel_others
from subscriptions.services.changes import close_changes_of, draft_change, file_change
from subscriptions.services.changes.due import make_due_changes
from subscriptions.services.figures import differences
from subscriptions.services.requests import create_bundle, move_request, submit_bundle
from subscriptions.tests.changing import cover
from subscriptions.tests.factories import ClientFactory, PlanFactory, move_data, request_in
from users.tests.factories import OrganizationFactory, make_actor

K = RequestKind
CHANGES = [K.CHANGE_PLAN, K.RELOCATE, K.SUSPEND, K.RESUME, K.DISCONNECT]
# What leads on; giving up is tried less often than chance would.
ONWARD = {
    "start_check", "approve", "complete_remotely", "schedule", "start_work", "connect",
    "complete", "answer_info",
}  # fmt: skip


class ChangingLife(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.stack = ExitStack()
        self.stack.enter_context(transaction.atomic())
        self.time = datetime(2026, 3, 2, 7, tzinfo=UTC)
        self.agent = make_actor(OrganizationKind.AGENCY)
        self.client = ClientFactory(owner=self.agent.organization)
        self.units = [UnitFactory() for _ in range(3)]
        once = ServiceCategoryFactory(code="gas", one_per_unit=True)
        often = ServiceCategoryFactory(code="internet")
        self.plans = []
        for category in (once, often):
            provider = OrganizationFactory(kind=OrganizationKind.PROVIDER)
            for price in (500, 700):
                plan = PlanFactory(
                    provider=provider,
                    category=category,
                    price=Decimal(price),
                    term_months=6,
                    exit_rule=ExitRule.REMAINING,
                    exit_value=Decimal(50),
                    suspension_price=Decimal(10),
                    exit_visit=price == 700,
                    clawback_days=30,
                )
                self.plans.append(plan)
                for unit in self.units:
                    cover(plan, unit.building)
        # Something is in force from the beginning: of each service, in different flats.
        with clock.set_to(self.time):
            for unit, plan in zip(self.units, (self.plans[0], self.plans[2]), strict=False):
                request_in(
                    RequestState.CONNECTED,
                    owner=self.agent.organization,
                    client=self.client,
                    plan=plan,
                    unit=unit,
                )

    def teardown(self) -> None:
        transaction.set_rollback(True)
        self.stack.close()

    def attempt(self, act):
        """What the service gave, or None where it refused in words."""
        with clock.set_to(self.time):
            try:
                with transaction.atomic():
                    return act()
            except DomainError:
                return None

    @rule(unit=st.integers(0, 2), first=st.integers(0, 1), second=st.integers(2, 3))
    def file_a_bundle(self, unit: int, first: int, second: int) -> None:
        place = self.units[unit]

        def file():
            bundle = create_bundle(
                self.agent,
                building=place.building,
                unit_number=place.number,
                plans=[self.plans[first], self.plans[second]],
                client=self.client,
                form_token=uuid4(),
            )
            submit_bundle(self.agent, bundle)

        self.attempt(file)

    @rule(
        which=st.integers(0, 99),
        kind=st.sampled_from(CHANGES),
        plan=st.integers(0, 3),
        unit=st.integers(0, 2),
        ahead=st.sampled_from([None, 0, 1, 5, 40]),
        lasts=st.integers(0, 20),
        finish=st.booleans(),
    )
    def ask_for_a_change(self, which, kind, plan, unit, ahead, lasts, finish) -> None:
        self.ask(which, kind, plan, unit, ahead, lasts, finish)

    def ask(self, which, kind, plan, unit, ahead, lasts, finish) -> None:
        rows = list(Subscription.objects.order_by("pk"))
        if not rows:
            return
        row = rows[which % len(rows)]
        today = self.time.date()
        day = None if ahead is None else today + timedelta(days=ahead)
        wanted = {
            "plan": self.plans[plan] if kind in (K.CHANGE_PLAN, K.RELOCATE) else None,
            "building": self.units[unit].building,
            "unit_number": self.units[unit].number,
            "effective_on": day,
            "until_on": (day or today) + timedelta(days=lasts),
        }
        if kind in (K.CHANGE_PLAN, K.RELOCATE):
            # Of the same service: others are refused, which tests of their own say.
            wanted["plan"] = [one for one in self.plans if one.category_id == row.category_id][
                plan % 2
            ]
        filed = self.attempt(
            lambda: file_change(
                self.agent, draft_change(self.agent, row, kind, form_token=uuid4(), **wanted)
            )
        )
        if filed and finish:
            self.finish(filed)

    @rule(which=st.integers(0, 99), kind=st.sampled_from(CHANGES), unit=st.integers(0, 2))
    def change_at_once(self, which, kind, unit) -> None:
        """Something in force, of what its state allows, done on the day."""
        rows = list(Subscription.objects.exclude(state=SubscriptionState.ENDED).order_by("pk"))
        if not rows:
            return
        index = which % len(rows)
        if rows[index].state == SubscriptionState.SUSPENDED and which % 3:
            kind = K.RESUME
        place = list(Subscription.objects.order_by("pk")).index(rows[index])
        self.ask(place, kind, which % 4, unit, 0, 10, True)

    @rule(which=st.integers(0, 99), choice=st.integers(0, 99))
    def move_something(self, which: int, choice: int) -> None:
        rows = list(ConnectionRequest.objects.filter(state__in=OPEN_STATES).order_by("pk"))
        if not rows:
            return
        row = rows[which % len(rows)]
        names = [move.name for move in offered_to(system_actor(), row)]
        onward = [name for name in names if name in ONWARD]
        names = onward if onward and choice % 6 else names
        name = names[choice % len(names)]
        self.attempt(partial(self.move, row, name))

    @rule(which=st.integers(0, 99))
    def finish_something(self, which: int) -> None:
        """Chance alone rarely comes to the end: go the straight way."""
        rows = list(ConnectionRequest.objects.filter(state__in=OPEN_STATES).order_by("pk"))
        if rows:
            self.finish(rows[which % len(rows)])

    def finish(self, request: ConnectionRequest) -> None:
        for _ in range(8):
            request.refresh_from_db()
            names = [move.name for move in offered_to(system_actor(), request)]
            name = next((one for one in names if one in ONWARD or one == "resume"), "")
            if not name or self.attempt(partial(self.move, request, name)) is None:
                break

    def move(self, request: ConnectionRequest, name: str) -> ConnectionRequest:
        return move_request(system_actor(), request.number, name, move_data(name))

    @rule(which=st.integers(0, 99))
    def cancel_a_bundle(self, which: int) -> None:
        bundles = list(RequestBundle.objects.order_by("pk"))
        if which % 4 or not bundles:
            return
        bundle = bundles[which % len(bundles)]
        row = bundle.requests.filter(state__in=OPEN_STATES).first()
        if row is None:
            return
        data = {"reason": "MISTAKE"}
        moved = self.attempt(lambda: move_request(self.agent, row.number, "cancel", data))
        if moved:
            with clock.set_to(self.time):
                cancel_others(self.agent, moved, data)
            assert not bundle.requests.filter(state__in=OPEN_STATES).exists()
            assert bundle_state(bundle.requests.all()) != "IN_WORK"

    @rule(days=st.integers(1, 45))
    def let_time_pass(self, days: int) -> None:
        self.time += timedelta(days=days)
        with clock.set_to(self.time):
            make_due_changes()
            assert make_due_changes() == 0
            for pk in Subscription.objects.filter(state="ENDED").values_list("pk", flat=True):
                close_changes_of(pk)

    # --- what must hold -------------------------------------------------------------------------

    @invariant()
    def a_unit_has_once_what_it_has_once(self) -> None:
        there = Subscription.objects.exclude(state=SubscriptionState.ENDED)
        places = there.filter(category__one_per_unit=True).values_list("unit_id", "category_id")
        assert all(count == 1 for count in Counter(places).values())

    @invariant()
    def the_key_is_there_exactly_while_in_force(self) -> None:
        for row in Subscription.objects.select_related("category"):
            in_force = row.state != SubscriptionState.ENDED
            wanted = f"{row.unit_id}:{row.category_id}"
            expected = wanted if in_force and row.category.one_per_unit else None
            assert row.in_force_key == expected
            assert (row.ended_at is None) == in_force
            assert (row.state == SubscriptionState.SUSPENDED) == (row.suspended_until is not None)
            assert (row.suspended_until is None) == (row.resume_price is None)

    @invariant()
    def prices_follow_each_other_and_the_last_is_open_while_in_force(self) -> None:
        for row in Subscription.objects.all():
            prices = list(row.prices.order_by("starts_on"))
            assert prices
            for before, after in pairwise(prices):
                assert before.ends_on == after.starts_on - timedelta(days=1)
            last = prices[-1]
            assert (last.ends_on is None) == (row.state != SubscriptionState.ENDED)
            assert (last.price, last.plan_id) == (row.price, row.plan_id)

    @invariant()
    def a_request_opens_one_subscription_at_most(self) -> None:
        opened = Subscription.objects.values_list("origin_id", flat=True)
        assert len(opened) == len(set(opened))
        opening = ConnectionRequest.objects.filter(
            kind__in=[K.CONNECT, K.RELOCATE], state=RequestState.CONNECTED
        )
        assert set(opening.values_list("pk", flat=True)) == set(opened)
        for row in Subscription.objects.filter(moved_from__isnull=False):
            assert row.moved_from.state == SubscriptionState.ENDED
            assert row.moved_from.category_id == row.category_id

    @invariant()
    def commissions_are_accruals_less_reversals(self) -> None:
        for request in ConnectionRequest.objects.filter(kind=K.CONNECT):
            rows = Commission.objects.filter(request=request)
            kinds = sorted(rows.values_list("kind", flat=True))
            connected = request.state == RequestState.CONNECTED
            assert kinds in (["ACCRUAL"], ["ACCRUAL", "REVERSAL"]) if connected else kinds == []
            if "REVERSAL" in kinds:
                assert rows.aggregate(sum=Sum("amount"))["sum"] == 0
        assert not Commission.objects.exclude(request__kind=K.CONNECT).exists()

    @invariant()
    def one_change_of_a_kind_is_unfinished(self) -> None:
        rows = ConnectionRequest.objects.filter(state__in=OPEN_STATES).exclude(kind=K.CONNECT)
        pairs = Counter(rows.values_list("subscription_id", "kind"))
        assert all(count == 1 for count in pairs.values())

    @invariant()
    def figures_are_what_the_rows_say(self) -> None:
        assert differences() == []


@pytest.mark.django_db
def test_whatever_is_asked_for_what_must_hold_holds():
    run_state_machine_as_test(
        ChangingLife,
        settings=settings(
            max_examples=12,
            stateful_step_count=25,
            deadline=None,
            suppress_health_check=[HealthCheck.too_slow],
        ),
    )
