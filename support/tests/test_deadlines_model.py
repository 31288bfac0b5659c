"""The clocks of tickets against a plain model, over random lives of theirs."""

from datetime import timedelta
from unittest.mock import patch

from hypothesis import given, settings
from hypothesis import strategies as st

from core import clock
from support.choices import Priority, TicketState
from support.models import Ticket
from support.models.tickets import NEVER
from support.services import deadlines
from support.tests.plain_clocks import DESKS, ENDED, STANDS, STARTS, Days, Plain, days_from
from support.ticket_clocks import Promise

S = TicketState
LENGTH = 40 * 24 * 60
ANSWERS = st.none() | st.integers(1, 24).map(lambda count: count * 10)
SOLUTIONS = st.none() | st.integers(1, 18).map(lambda count: count * 40)
PROMISES = st.fixed_dictionaries(
    {name: st.tuples(ANSWERS, ANSWERS, SOLUTIONS) for name in Priority.values}
)
# Often such that a time runs out exactly where something happens.
GAPS = st.one_of(
    st.integers(0, 40).map(lambda count: count * 10),
    st.integers(0, 500),
    st.integers(600, 3000),
)
ACTS = st.one_of(
    st.tuples(st.just("customer"), st.booleans()),
    st.tuples(st.just("staff"), st.sampled_from([None, S.PENDING, S.SOLVED, S.ON_HOLD])),
    st.tuples(st.just("move"), st.sampled_from([S.OPEN, S.PENDING, S.ON_HOLD, S.SOLVED, S.CLOSED])),
    st.tuples(st.just("priority"), st.sampled_from(Priority.values)),
    st.tuples(st.just("queue"), st.sampled_from(sorted(DESKS))),
    st.tuples(st.just("sound"), st.none()),
    st.tuples(st.just("sound"), st.none()),
)


def promised(promises, ticket: Ticket) -> Promise:
    lengths = promises[ticket.priority]
    return Promise(*(None if it is None else timedelta(minutes=it) for it in lengths))


class Both:
    """The ticket and its model, which live through the same."""

    def __init__(self, days: Days, promises, priority: str, desk: int, opened: int) -> None:
        self.days, self.promises = days, promises
        self.ticket = Ticket(queue_id=desk, priority=priority)
        self.ticket.created_at = self.ticket.awaits_since = days.at(opened)
        self.plain = Plain(days, desk, promises[priority], opened)
        self._at(opened, deadlines.begin)

    def live(self, gap: int, what: str, how) -> None:
        minute = self.plain.now + gap
        self.plain.pass_until(minute)
        getattr(self, f"_{what}")(minute, how)
        self.plain.forget_what_lies_ahead()

    def _at(self, minute: int, act) -> None:
        with clock.set_to(self.days.at(minute)):
            act(self.ticket)

    def _enter(self, minute: int, state: str) -> None:
        former = self.ticket.state
        if state == former or (former == S.CLOSED and state != S.OPEN):
            return
        if former == S.SOLVED and state not in (S.OPEN, S.CLOSED):
            return
        self.ticket.state = state
        self._at(minute, lambda ticket: deadlines.state_changed(ticket, former))
        self.plain.enter(state)

    def _customer(self, minute: int, moves_first: bool) -> None:
        """Whether the state changes before the words are counted, or after it, is the same."""
        wakes = self.ticket.state in STANDS | {S.ON_HOLD}
        if wakes and moves_first:
            self._enter(minute, S.OPEN)
        self._at(minute, deadlines.customer_wrote)
        self.plain.customer_wrote()
        if wakes and not moves_first:
            self.plain.forget_what_lies_ahead()
            self._enter(minute, S.OPEN)

    def _staff(self, minute: int, then: str | None) -> None:
        if self.ticket.state in ENDED:
            return
        self._at(minute, deadlines.staff_answered)
        self.plain.staff_answered()
        self.plain.forget_what_lies_ahead()
        self._enter(minute, then or S.OPEN)

    def _move(self, minute: int, state: str) -> None:
        self._enter(minute, state)

    def _priority(self, minute: int, priority: str) -> None:
        self.ticket.priority = priority
        self.plain.promise = self.promises[priority]
        self._at(minute, deadlines.retimed)

    def _queue(self, minute: int, desk: int) -> None:
        self.ticket.queue_id = self.plain.desk = desk
        self._at(minute, deadlines.retimed)

    def _sound(self, minute: int, _nothing: None) -> None:
        said = []
        self._at(minute, lambda ticket: said.extend(deadlines.sound(ticket)))
        self.plain.forget_what_lies_ahead()
        assert sorted((kind.value, step) for kind, step in said) == sorted(self.plain.sound())

    def assert_same(self) -> None:
        ticket, plain = self.ticket, self.plain
        due = {
            kind: self.days.at(plain.end_of(minutes, start, stopping=stopping))
            for kind, (start, minutes, stopping) in plain.terms().items()
        }
        expected = {
            "first_due_at": due.get("FIRST"),
            "next_due_at": due.get("NEXT"),
            "solution_due_at": due.get("SOLUTION"),
            "due_at": min(due.values(), default=NEVER),
            "awaits_since": self._moment(plain.awaits),
            "solution_left": plain.left(),
            "first_answer_seconds": plain.first_seconds,
            "solution_seconds": plain.solution_seconds,
            "alarm_at": self._moment(plain.alarm()),
            "alarm_level": plain.level(),
        }
        assert {name: getattr(ticket, name) for name in expected} == expected

    def _moment(self, minute: int | None):
        return None if minute is None else self.days.at(minute)


@settings(max_examples=300, deadline=None)
@given(
    start=st.sampled_from(STARTS),
    promises=PROMISES,
    priority=st.sampled_from(Priority.values),
    desk=st.sampled_from(sorted(DESKS)),
    opened=st.integers(0, 120).map(lambda count: count * 10),
    life=st.lists(st.tuples(GAPS, ACTS), min_size=1, max_size=9),
)
def test_a_ticket_lives_as_the_model_says(start, promises, priority, desk, opened, life):
    days = days_from(start, LENGTH)
    with (
        patch.object(deadlines, "promise_for", lambda ticket: promised(promises, ticket)),
        patch.object(deadlines, "calendar_for", lambda ticket: DESKS[ticket.queue_id]),
    ):
        both = Both(days, promises, priority, desk, opened)
        both.assert_same()
        for gap, (what, how) in life:
            both.live(gap, what, how)
            both.assert_same()
