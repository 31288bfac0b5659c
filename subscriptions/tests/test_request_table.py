"""The table itself, and the page of the docs that is drawn from it."""

from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import call_command

from core.choices import PartyRole
from core.events import kinds
from core.workflow import State, Transition, Workflow
from subscriptions.choices import RequestState, Side
from subscriptions.request_workflow import (
    CHANGES,
    CONNECTS,
    FINAL_STATES,
    OPEN_STATES,
    REMOTE,
    REQUEST_WORKFLOW,
)

PAGE = Path(settings.BASE_DIR) / "docs" / "request-states.md"


def test_the_page_in_the_docs_is_what_the_table_says(capsys):
    call_command("request_diagram")
    assert capsys.readouterr().out == PAGE.read_text(encoding="utf-8"), (
        "Draw it again: manage.py request_diagram > docs/request-states.md"
    )


def test_the_table_has_every_state_and_no_other():
    assert list(REQUEST_WORKFLOW.states) == RequestState.values
    assert OPEN_STATES | FINAL_STATES | {RequestState.DRAFT} == set(RequestState.values)


def test_every_open_state_can_be_left_and_has_a_deadline_for_someone():
    for name in OPEN_STATES:
        state = REQUEST_WORKFLOW.states[name]
        for cases in ({CONNECTS}, {CHANGES}, {CHANGES, REMOTE}):
            assert REQUEST_WORKFLOW.offered(name, list(Side), cases)
        assert (state.hours is None) != (state.until is None)
        assert state.awaits in Side.values


def test_every_move_writes_an_event_that_both_sides_see():
    for row in REQUEST_WORKFLOW.transitions.values():
        declared = kinds()[row.event]
        assert {PartyRole.OWNER, PartyRole.PROVIDER} <= set(declared.audiences)
        if "note" in (*row.requires, *row.optional):
            assert "note" in declared.audiences[PartyRole.PROVIDER]


def _workflow(*transitions: Transition) -> Workflow:
    states = [State("A", "a", "info", "x"), State("Z", "z", "good", "x", final=True)]
    return Workflow.of("test", "A", states, transitions, {})


def _transition(name: str, source: str, target: str) -> Transition:
    return Transition(name, name, frozenset({source}), target, frozenset({"S"}), "request.moved")


@pytest.mark.parametrize(
    ("rows", "complaint"),
    [
        ([_transition("go", "A", "B")], "unknown states"),
        ([_transition("go", "Z", "A")], "leaves a final state"),
        ([_transition("go", "A", "Z"), _transition("go", "A", "A")], "share a name"),
    ],
)
def test_a_table_that_makes_no_sense_is_refused_when_it_is_made(rows, complaint):
    with pytest.raises(ValueError, match=complaint):
        _workflow(*rows)
