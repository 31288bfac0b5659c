"""The same done with several requests: each by itself, one refusal stops none of the others.

Up to AT_ONCE while the person waits; more by an operation (`subscriptions.services.bulk_work`).
"""

import re
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext as _

from core.actor import Actor
from core.choices import OrganizationKind, Role
from core.errors import DomainError, NotVisible, Text
from core.gathering import gathered
from core.querysets import get_visible
from core.workflow import Transition
from subscriptions.choices import Side
from subscriptions.models import ConnectionRequest
from subscriptions.models.requests import NUMBER_PREFIX
from subscriptions.request_workflow import REQUEST_WORKFLOW
from subscriptions.services.requests import add_note, assign_request, move_request
from subscriptions.services.requests.rules import assign_by_rule
from users.models import CustomUser

# Selected by hand: pages of rows, shown in full. More is refused rather than cut.
SELECTED_AT_MOST = 200
# Found by a filter.
FOUND_AT_MOST = 1_000
# More than this is done by a worker.
AT_ONCE = 25
# Rows of one transaction: locked for a fraction of a second.
BATCH = 50

_NUMBER = re.compile(rf"{NUMBER_PREFIX}-\d{{4}}-\d{{4}}", re.ASCII)

ASSIGN, NOTE, BY_RULE = "assign", "note", "by_rule"


def _agrees_on_a_time(transition: Transition) -> bool:
    return "starts_at" in transition.requires


# A visit is agreed upon with one client.
BULK_TRANSITIONS = {
    row.name: row for row in REQUEST_WORKFLOW.transitions.values() if not _agrees_on_a_time(row)
}


@dataclass(frozen=True, slots=True)
class Task:
    """What to do: a transition, ASSIGN, NOTE or BY_RULE; `data` is that of the move or the note.

    `user` is whom to assign to, None for nobody.
    """

    do: str
    data: Mapping[str, Any] = field(default_factory=dict)
    user: CustomUser | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one request; `refusal` is empty when it was done."""

    number: str
    refusal: Text = ""


def is_number(text: str) -> bool:
    """Whether `text` can be a number: what cannot is not asked of a database (PostgreSQL refuses a
    NUL).
    """
    return _NUMBER.fullmatch(text) is not None


def bulk_moves(actor: Actor) -> list[Transition]:
    """The transitions that the actor's side has and that can be made with several requests."""
    sides = {Side.STAFF.value} if actor.is_admin or actor.system else set()
    if actor.kind is not None:
        is_provider = actor.kind == OrganizationKind.PROVIDER
        sides.add(Side.PROVIDER.value if is_provider else Side.AGENT.value)
    return [row for row in BULK_TRANSITIONS.values() if row.sides & sides]


def bulk_tasks(actor: Actor) -> set[str]:
    """All that the actor may ask for, by name; each request decides for itself."""
    gives_out = actor.kind in {OrganizationKind.PROVIDER, None}
    return {NOTE, *(row.name for row in bulk_moves(actor)), *([ASSIGN, BY_RULE] * gives_out)}


def may_act_in_bulk(actor: Actor) -> bool:
    """MEMBERs of every kind of organization, and staff."""
    return actor.has_role(Role.MEMBER) or actor.is_staff or actor.system


def check_task(actor: Actor, task: Task) -> None:
    """Raises DomainError when this cannot be done with several requests, or is not filled in."""
    if task.do not in bulk_tasks(actor):
        raise DomainError(_("This cannot be done with several requests at once."), field="do")
    if task.do == NOTE and not str(task.data.get("note", "")).strip():
        raise DomainError(_("Write something first."), field="note")


def check_selection(numbers: Sequence[str], most: int = SELECTED_AT_MOST) -> list[str]:
    """The numbers, each once. Raises DomainError when there are none, or more than `most`."""
    chosen = list(dict.fromkeys(numbers))
    if not chosen:
        raise DomainError(_("Select at least one request."), field="selected")
    if len(chosen) > most:
        raise DomainError(_("Select fewer requests at once."), field="selected")
    return chosen


def act_on_many(actor: Actor, task: Task, numbers: Sequence[str]) -> list[Outcome]:
    """Does the task with each request, in one transaction; outcomes in the order of `numbers`.

    Every request is checked, locked and written as it would be alone, by the same service; a
    refusal undoes what was done with that request. Events and figures are written together at the
    end, and organizations and calendars read once, which makes a move several times cheaper.
    Raises DomainError for a task that `check_task` refuses, before anything is done.
    """
    check_task(actor, task)
    act = _act(actor, task)
    # In the order of ids, as everyone locks requests: two batches never wait for each other.
    known = [number for number in numbers if is_number(number)]
    pks = dict(
        ConnectionRequest.objects.filter(number__in=known)
        .order_by("pk")
        .values_list("number", "pk")
    )
    found = {number: Outcome(number, _no_such()) for number in numbers}
    # A move is one transaction by itself: a savepoint around it would only cost.
    savepoint = task.do not in BULK_TRANSITIONS
    with gathered() as gathering:
        for number in pks:
            each = gathering.each(savepoint=savepoint)
            found[number] = _one(each, number, act)
    return list(found.values())


def _act(actor: Actor, task: Task) -> Callable[[str], object]:
    def found(number: str) -> ConnectionRequest:
        row: ConnectionRequest = get_visible(ConnectionRequest.objects, actor, number=number)
        return row

    acts: dict[str, Callable[[str], object]] = {
        ASSIGN: lambda number: assign_request(actor, found(number), task.user),
        NOTE: lambda number: add_note(actor, found(number), str(task.data["note"])),
        BY_RULE: lambda number: assign_by_rule(actor, found(number)),
    }
    return acts.get(task.do) or (lambda number: move_request(actor, number, task.do, task.data))


def _one(each: AbstractContextManager[None], number: str, act: Callable[[str], object]) -> Outcome:
    try:
        with each:
            act(number)
    except NotVisible:
        return Outcome(number, _no_such())
    except DomainError as refused:
        return Outcome(number, refused.message)
    return Outcome(number)


def _no_such() -> str:
    """What was typed is not repeated back in a sentence of its own making."""
    return _("There is no such request.")
