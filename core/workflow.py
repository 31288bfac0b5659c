"""States and transitions as data, and the one engine that runs them.

A workflow is a table: from, to, who may, what must be filled in, which deadline starts. The buttons
on the page, the API, the queue's deadlines and the diagram in the docs are all drawn from it.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.db import models, transaction
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from core import clock
from core.actor import Actor
from core.errors import Conflict, DomainError, Forbidden, NotVisible

Text = str | Promise


@dataclass(frozen=True, slots=True)
class State:
    name: str
    label: Text
    tone: str  # one of the tones of the status badge: neutral, info, wait, good, bad, stopped
    icon: str
    # The deadline: working hours from the moment of entering, or `until`, the field of the move
    # that names it (the end of a visit). Neither: the state has no deadline.
    hours: int | None = None
    until: str | None = None
    # The side that the deadline is for.
    awaits: str | None = None
    final: bool = False


@dataclass(frozen=True, slots=True)
class Transition:
    name: str
    label: Text  # the button, a verb
    sources: frozenset[str]
    # A state's name, or None where the row itself remembers it (resume).
    target: str | None
    sides: frozenset[str]
    event: str
    # Names of fields that must be filled in; the page asks for them in this order.
    requires: tuple[str, ...] = ()
    optional: tuple[str, ...] = ()
    style: str = "secondary"
    icon: str = "arrow-right"
    confirm: Text = ""
    # Names of cases, one of which a row must be; none: the move is for every row.
    cases: frozenset[str] = frozenset()

    def fits(self, cases: Iterable[str]) -> bool:
        """Whether the move is for a row that is these cases."""
        return not self.cases or bool(self.cases.intersection(cases))


@dataclass(frozen=True, slots=True)
class Workflow:
    """A table of states and transitions, checked when it is made."""

    name: str
    initial: str
    states: Mapping[str, State]
    transitions: Mapping[str, Transition]
    side_labels: Mapping[str, Text] = field(default_factory=dict)

    @classmethod
    def of(
        cls,
        name: str,
        initial: str,
        states: Iterable[State],
        transitions: Iterable[Transition],
        side_labels: Mapping[str, Text],
    ) -> "Workflow":
        by_name = {state.name: state for state in states}
        rows = list(transitions)
        table = {row.name: row for row in rows}
        if len(table) != len(rows):
            raise ValueError(f"{name}: two transitions share a name.")
        for row in rows:
            unknown = (row.sources | ({row.target} - {None})) - set(by_name)
            if unknown:
                raise ValueError(f"{name}.{row.name} names unknown states {unknown}.")
            if any(by_name[source].final for source in row.sources):
                raise ValueError(f"{name}.{row.name} leaves a final state.")
        return cls(name, initial, by_name, table, side_labels)

    def offered(
        self, state: str, sides: Iterable[str], cases: Iterable[str] = ()
    ) -> list[Transition]:
        """What someone standing on `sides` may do in `state`, in the table's order.

        `cases` are those of the row: of moves that are for some rows alone the others are left out.
        """
        standing = set(sides)
        return [
            row
            for row in self.transitions.values()
            if state in row.sources and standing & row.sides and row.fits(cases)
        ]


Apply = Callable[[Any, Transition, str, Mapping[str, Any]], None]


def run_transition(
    workflow: Workflow,
    found: models.QuerySet,
    name: str,
    *,
    actor: Actor,
    sides_of: Callable[[Actor, Any], Iterable[str]],
    apply: Apply,
    data: Mapping[str, Any],
    version: int | None = None,
    target_of: Callable[[Any, Transition], str] | None = None,
    cases_of: Callable[[Any], Iterable[str]] = lambda row: (),
) -> Any:
    """Moves one row by the transition `name`, under its lock, and returns it.

    `found` holds the row, where the actor may see it.
    `apply(row, transition, target, data)` sets what the move changes, saves the row and emits the
    event. `version` is what the actor last saw: when the row has changed since, nobody's work is
    overwritten. `cases_of(row)` says which cases of the table the row is. Raises NotVisible,
    Conflict (changed, or no longer possible), Forbidden (not this side's move), DomainError (not
    for such a row; with `field`: something required is missing).
    """
    transition_row = workflow.transitions.get(name)
    if transition_row is None:
        raise DomainError(_("There is no such action."))
    with transaction.atomic():
        row = found.select_for_update().first()
        if row is None:
            raise NotVisible(_("There is no such page, or it is not yours to see."))
        if version is not None and row.version != version:
            raise Conflict(
                _(
                    "Someone changed this while you were looking: it is now “%(state)s”. "
                    "Look again, and repeat if it is still needed."
                )
                % {"state": workflow.states[row.state].label}
            )
        if not transition_row.fits(cases_of(row)):
            raise DomainError(
                _("“%(action)s” is not for a request of this kind.")
                % {"action": transition_row.label}
            )
        if row.state not in transition_row.sources:
            raise Conflict(
                _("“%(action)s” is not possible any more: the state is now “%(state)s”.")
                % {"action": transition_row.label, "state": workflow.states[row.state].label}
            )
        if not set(sides_of(actor, row)) & transition_row.sides:
            raise Forbidden(_("Your side cannot do this with the request."))
        for required in transition_row.requires:
            if _is_blank(data.get(required)):
                raise DomainError(_("Fill this in."), field=required)
        target = transition_row.target
        if target is None:
            if target_of is None:
                raise TypeError(f"{workflow.name}.{name} needs target_of.")
            target = target_of(row, transition_row)
        accepted = {*transition_row.requires, *transition_row.optional}
        apply(row, transition_row, target, {key: data[key] for key in data if key in accepted})
    return row


def _is_blank(value: Any) -> bool:
    return value is None or (isinstance(value, str) and not value.strip())


_WHERE_IT_WAS = "WHERE_IT_WAS"


def mermaid(workflow: Workflow) -> str:
    """The table as a Mermaid state diagram, for the docs."""
    rows = workflow.transitions.values()
    lines = ["stateDiagram-v2", f"    [*] --> {workflow.initial}"]
    if any(row.target is None for row in rows):
        lines.append(f'    state "where it was" as {_WHERE_IT_WAS}')
    for row in rows:
        for source in workflow.states:
            if source in row.sources:
                lines.append(f"    {source} --> {row.target or _WHERE_IT_WAS}: {row.name}")
    lines += [f"    {state.name} --> [*]" for state in workflow.states.values() if state.final]
    return "\n".join(lines) + "\n"


def touched(row: Any) -> None:
    """Marks a versioned row as changed now."""
    row.version += 1
    row.updated_at = clock.now()
