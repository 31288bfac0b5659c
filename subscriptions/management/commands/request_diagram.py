"""Draws docs/request-states.md from the table of the request's life."""

from collections.abc import Iterable
from typing import Any

from django.core.management.base import BaseCommand
from django.utils import translation

from core.workflow import State, Transition, mermaid
from subscriptions.choices import RequestKind, Side
from subscriptions.request_workflow import (
    AGREED_LABEL,
    CHANGES,
    CONNECTS,
    EFFECTS,
    REMOTE,
    REQUEST_WORKFLOW,
)

INTRODUCTION = """\
# The request's life

Drawn from `subscriptions/request_workflow.py` by
`manage.py request_diagram > docs/request-states.md`; a test fails when the two differ.
"""

DEADLINES = """\
Hours are working hours of the provider's calendar: its time zone, its opening hours, the holidays
and transferred days of Russia unless it works on them; a provider can set others than those here
(docs/deadlines.md). A deadline begins anew with every move, but a clock that a question or a hold
stopped goes on with the time that was left. A request that resumes to a visit whose slot has passed
has the hours of APPROVED to agree upon another. A missed deadline is told of once.
"""

SIDES = """\
Agent: the organization that filed; a member acts on what they filed, managers and owners on
everything. Provider: a member acts on what is assigned to them or to nobody, and acting on what is
nobody's takes it; managers and owners act on everything and assign. Staff: administrators; an
account manager for the organizations they look after, so also for a provider that is not on the
portal yet. Viewers and a holder that did not file only read. A hold may be ended by either side: it
always shows until when and for whom the request waits.

Every move writes one event. CONNECTED starts the subscription and accrues the agency's commission,
or makes the change that was asked for, in the same transaction, once.
"""

EFFECTS_TOLD = """\
A change whose day is ahead is shown as “%s” until then (docs/changes.md).
"""

CASES = {
    CONNECTS: "connections",
    CHANGES: "changes of a subscription",
    REMOTE: "changes that need no visit",
}


class Command(BaseCommand):
    help = "Prints the states and transitions of requests as a page with a Mermaid diagram."

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(document(), ending="")


def document() -> str:
    """The page docs/request-states.md, in English whatever the language around."""
    states, moves = REQUEST_WORKFLOW.states.values(), REQUEST_WORKFLOW.transitions.values()
    with translation.override("en"):
        parts = [
            INTRODUCTION,
            f"```mermaid\n{mermaid(REQUEST_WORKFLOW)}```\n",
            "## States and deadlines\n",
            _table(["State", "Shown as", "Deadline", "Waits for"], map(_state_row, states)),
            DEADLINES,
            "## Transitions\n",
            _table(
                [
                    "Transition",
                    "Button",
                    "From",
                    "To",
                    *_side_labels(),
                    "Required",
                    "May be added",
                    "For",
                ],
                map(_transition_row, moves),
            ),
            SIDES,
            "## The last state, named by its effect\n",
            _table(["Kind", "Shown as", "`CONNECTED` is shown as"], map(_effect_row, EFFECTS)),
            EFFECTS_TOLD % AGREED_LABEL,
        ]
    return "\n".join(parts)


def _side_labels() -> list[str]:
    return [str(side.label) for side in Side]


def _state_row(state: State) -> list[str]:
    if state.hours is not None:
        deadline = f"{state.hours} h"
    else:
        deadline = f"`{state.until}`" if state.until else "–"
    return [f"`{state.name}`", str(state.label), deadline, _waits_for(state)]


def _waits_for(state: State) -> str:
    return str(Side(state.awaits).label) if state.awaits else "–"


def _transition_row(row: Transition) -> list[str]:
    sources = [f"`{name}`" for name in REQUEST_WORKFLOW.states if name in row.sources]
    return [
        f"`{row.name}`",
        str(row.label),
        ", ".join(sources),
        f"`{row.target}`" if row.target else "where it was",
        *("yes" if side in row.sides else "" for side in Side),
        _names(row.requires),
        _names(row.optional),
        ", ".join(CASES[name] for name in sorted(row.cases)) or "all",
    ]


def _effect_row(kind: RequestKind) -> list[str]:
    return [f"`{kind.value}`", str(kind.label), str(EFFECTS[kind])]


def _names(fields: tuple[str, ...]) -> str:
    return ", ".join(f"`{name}`" for name in fields)


def _table(head: list[str], rows: Iterable[list[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "".join(f"| {' | '.join(cells)} |\n" for cells in lines)
