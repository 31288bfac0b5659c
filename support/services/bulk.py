"""The same done with several tickets: each by itself, one refusal stops none of the others.

Up to AT_ONCE while the person waits; more by an operation (`support.services.bulk_work`).
"""

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext as _

from core.actor import Actor
from core.errors import DomainError, NotVisible, Text
from core.gathering import gathered
from core.ids import normalize_number
from core.querysets import get_visible, locked_by_key
from core.workflow import Transition
from support.choices import DeskSide, Priority
from support.macros import rendered, unknown_variables
from support.models import Queue, Ticket
from support.models.tickets import NUMBER_PREFIX
from support.services.assignment import assign, check_takes
from support.services.desk_rows import check_works
from support.services.merging import merge_tickets
from support.services.moving import move_ticket
from support.services.sorting import sort_ticket
from support.services.tags import tag_ticket
from support.services.talking import answer
from support.services.words import clean_body
from support.ticket_workflow import TICKET_WORKFLOW
from users.models import CustomUser

# Selected by hand: pages of rows, shown in full. More is refused rather than cut.
SELECTED_AT_MOST = 200
# Found by a filter.
FOUND_AT_MOST = 1_000
# More than this is done by a worker.
AT_ONCE = 25
# Rows of one transaction: locked for a fraction of a second.
BATCH = 25

ASSIGN, PRIORITY, QUEUE, TAGS, MERGE, ANSWER = (
    "assign", "priority", "queue", "tags", "merge", "answer",
)  # fmt: skip
BULK_TRANSITIONS: dict[str, Transition] = {
    row.name: row
    for row in TICKET_WORKFLOW.transitions.values()
    if DeskSide.STAFF.value in row.sides
}


@dataclass(frozen=True, slots=True)
class Task:
    """What to do: a transition's name, or one of those above.

    `data` is that of the move; or `priority`; `add` and `remove` (names of tags); `target` (the
    number of the ticket to merge into) and `confirmed`; `body` and `then` (a transition made with
    the answer). `user` is whom to assign to, None for nobody.
    """

    do: str
    data: Mapping[str, Any] = field(default_factory=dict)
    user: CustomUser | None = None
    queue: Queue | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one ticket; `refusal` is empty when it was done."""

    number: str
    refusal: Text = ""


def bulk_tasks() -> set[str]:
    """All that can be asked for, by name; each ticket decides for itself."""
    return {ASSIGN, PRIORITY, QUEUE, TAGS, MERGE, ANSWER, *BULK_TRANSITIONS}


def check_task(actor: Actor, task: Task) -> None:
    """Raises Forbidden for who does not work the desk, DomainError when something is missing."""
    check_works(actor)
    if task.do not in bulk_tasks():
        raise DomainError(_("This cannot be done with several tickets at once."), field="do")
    _CHECKS.get(task.do, _check_move)(actor, task)


def check_selection(numbers: Sequence[str], most: int = SELECTED_AT_MOST) -> list[str]:
    """The numbers, each once. Raises DomainError when there are none, or more than `most`."""
    chosen = list(dict.fromkeys(numbers))
    if not chosen:
        raise DomainError(_("Select at least one ticket."), field="selected")
    if len(chosen) > most:
        raise DomainError(_("Select fewer tickets at once."), field="selected")
    return chosen


def act_on_many(actor: Actor, task: Task, numbers: Sequence[str]) -> list[Outcome]:
    """Does the task with each ticket, in one transaction; outcomes in the order of `numbers`.

    Every ticket is checked and written as it would be alone, by the same service; a refusal undoes
    what was done with that ticket. All of them are locked first, in the order of keys: two batches
    never wait for each other. Raises what `check_task` raises, before anything is done.
    """
    check_task(actor, task)
    act = _ACTS.get(task.do, _move)
    known = [number for number in numbers if normalize_number(NUMBER_PREFIX, number) == number]
    found = {number: Outcome(number, _no_such()) for number in numbers}
    with gathered() as gathering:
        others = [str(task.data["target"])] if task.do == MERGE else []
        rows = locked_by_key(Ticket.objects.filter(number__in=[*known, *others]))
        for number in [row.number for row in rows if row.number in found]:
            found[number] = _one(gathering.each(), actor, task, number, act)
    return list(found.values())


Act = Callable[[Actor, Task, Ticket], object]


def _one(
    each: AbstractContextManager[None], actor: Actor, task: Task, number: str, act: Act
) -> Outcome:
    try:
        with each:
            act(actor, task, get_visible(Ticket.objects, actor, number=number))
    except NotVisible:
        return Outcome(number, _no_such())
    except DomainError as refused:
        return Outcome(number, refused.message)
    return Outcome(number)


def _no_such() -> str:
    """What was typed is not repeated back in a sentence of its own making."""
    return _("There is no such ticket.")


# --- what is done with one --------------------------------------------------------------------
def _move(actor: Actor, task: Task, ticket: Ticket) -> None:
    move_ticket(actor, ticket.number, task.do, data=task.data)


def _tag(actor: Actor, task: Task, ticket: Ticket) -> None:
    tag_ticket(actor, ticket, add=task.data.get("add", ()), remove=task.data.get("remove", ()))


def _answer(actor: Actor, task: Task, ticket: Ticket) -> None:
    """Nothing is said to who would have to be told twice: a ticket that was merged."""
    if ticket.merged_into_id is not None:
        raise DomainError(_("This ticket was merged into another: write there."))
    body = rendered(str(task.data["body"]), actor, ticket)
    answer(actor, ticket, body, then=_then(ticket, str(task.data.get("then") or "")))


def _then(ticket: Ticket, name: str) -> str:
    """The move; none where the ticket is already what it leads to."""
    if not name or TICKET_WORKFLOW.transitions[name].target == ticket.state:
        return ""
    return name


def _merge(actor: Actor, task: Task, ticket: Ticket) -> None:
    target = get_visible(Ticket.objects, actor, number=task.data["target"])
    merge_tickets(actor, ticket, target, confirmed=bool(task.data.get("confirmed")))


_ACTS: dict[str, Act] = {
    ASSIGN: lambda actor, task, ticket: assign(actor, ticket, task.user),
    PRIORITY: lambda actor, task, ticket: sort_ticket(
        actor, ticket, priority=str(task.data["priority"])
    ),
    QUEUE: lambda actor, task, ticket: sort_ticket(actor, ticket, queue=task.queue),
    TAGS: _tag,
    MERGE: _merge,
    ANSWER: _answer,
}


# --- what must be filled in -------------------------------------------------------------------
def _check_move(actor: Actor, task: Task) -> None:
    transition = BULK_TRANSITIONS[task.do]
    for name in transition.requires:
        if not task.data.get(name):
            raise DomainError(_("Fill this in."), field=name)


def _check_priority(actor: Actor, task: Task) -> None:
    if task.data.get("priority") not in Priority.values:
        raise DomainError(_("Choose one of the list."), field="priority")


def _check_queue(actor: Actor, task: Task) -> None:
    if task.queue is None or not task.queue.is_active:
        raise DomainError(_("Choose a queue."), field="queue")


def _check_tags(actor: Actor, task: Task) -> None:
    if not task.data.get("add") and not task.data.get("remove"):
        raise DomainError(_("Name at least one tag."), field="tags")


def _check_merge(actor: Actor, task: Task) -> None:
    number = normalize_number(NUMBER_PREFIX, str(task.data.get("target", "")))
    if number is None or number != task.data.get("target"):
        raise DomainError(_("Give the number of the ticket that stays."), field="target")
    if not Ticket.objects.visible_to(actor).filter(number=number).exists():
        raise DomainError(_no_such(), field="target")


def _check_answer(actor: Actor, task: Task) -> None:
    body = clean_body(str(task.data.get("body", "")))
    unknown = unknown_variables(body)
    if unknown:
        raise DomainError(
            _("There is no variable “%(name)s”.") % {"name": unknown[0][:60]}, field="body"
        )
    then = task.data.get("then")
    if then and (then not in BULK_TRANSITIONS or BULK_TRANSITIONS[then].requires):
        raise DomainError(_("Choose one of the list."), field="then")


_CHECKS: dict[str, Callable[[Actor, Task], None]] = {
    ASSIGN: lambda actor, task: check_takes(task.user),
    PRIORITY: _check_priority,
    QUEUE: _check_queue,
    TAGS: _check_tags,
    MERGE: _check_merge,
    ANSWER: _check_answer,
}
