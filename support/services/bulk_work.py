"""Bulk actions on tickets that take longer than a page: an operation with a list of results.

What is to be done is in the operation's file (an answer may name people), how far it is in
`operation.data`, written in the transaction of each batch: whatever happens to the worker, nobody
is answered twice and no ticket is left out.
"""

import json
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

from django.core.files import File
from django.core.files.base import ContentFile
from django.db import transaction
from django.utils.dateparse import parse_date, parse_datetime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from core.actor import Actor
from core.choices import Via
from core.errors import DomainError
from core.models import Operation
from core.operations import Progress, operation, save_result, start_operation
from core.tables import write_xlsx
from support.models import Queue, Ticket
from support.services.bulk import (
    ANSWER,
    ASSIGN,
    AT_ONCE,
    BATCH,
    BULK_TRANSITIONS,
    FOUND_AT_MOST,
    MERGE,
    PRIORITY,
    QUEUE,
    TAGS,
    Outcome,
    Task,
    act_on_many,
    check_task,
)
from users.acting import starter_of
from users.models import CustomUser

KIND = "tickets.bulk"


@dataclass(frozen=True, slots=True)
class Results:
    """What an operation has done so far; `back` is the list from which it was started."""

    label: str
    back: str
    done: list[str]
    refused: list[Outcome]


@dataclass(frozen=True, slots=True)
class Begun:
    """Either what became of each ticket, or the operation that does it."""

    outcomes: Sequence[Outcome] = ()
    operation: Operation | None = None


def act_or_start(actor: Actor, task: Task, numbers: Sequence[str], back: str = "") -> Begun:
    """Does the task at once with a few tickets, or lets a worker do it with many.

    Raises Forbidden or DomainError at once.
    """
    if len(numbers) <= AT_ONCE:
        return Begun(outcomes=act_on_many(actor, task, numbers))
    return Begun(operation=start_bulk(actor, task, numbers, back))


def found_numbers(rows: Any) -> list[str]:
    """The numbers of all tickets of a filtered queryset.

    Raises DomainError when there are more than one action takes: what the person did not see is not
    acted on.
    """
    numbers = list(rows.order_by("-pk").values_list("number", flat=True)[: FOUND_AT_MOST + 1])
    if len(numbers) > FOUND_AT_MOST:
        raise DomainError(
            ngettext(
                "The filters find more than %(most)s ticket: narrow them.",
                "The filters find more than %(most)s tickets: narrow them.",
                FOUND_AT_MOST,
            )
            % {"most": FOUND_AT_MOST},
            field="selected",
        )
    return numbers


def start_bulk(actor: Actor, task: Task, numbers: Sequence[str], back: str = "") -> Operation:
    """Lets a worker do the task with these tickets. Raises Forbidden or DomainError at once."""
    check_task(actor, task)
    wanted = {
        "do": task.do,
        "data": {name: _plain(value) for name, value in task.data.items()},
        "user": task.user.pk if task.user else None,
        "queue": task.queue.pk if task.queue else None,
        "numbers": list(numbers),
        "back": back,
    }
    source = ContentFile(json.dumps(wanted, ensure_ascii=False).encode())
    return start_operation(actor, KIND, {"do": task.do}, source=source)


@operation(KIND, gettext_lazy("Bulk action on tickets"))
def act_in_bulk(row: Operation, progress: Progress) -> None:
    run_bulk(starter_of(row, Via.STAFF), row, progress)


def run_bulk(actor: Actor, operation: Operation, progress: Progress) -> None:
    """Does what is left of the work, BATCH tickets in a transaction."""
    wanted = _wanted(operation)
    numbers: list[str] = wanted["numbers"]
    task = _task(wanted)
    total = len(numbers)
    operation.data.setdefault("at", 0)
    operation.data.setdefault("refused", [])
    progress(operation.data["at"], total)
    while operation.data["at"] < total:
        if not _do_batch(actor, operation, task, numbers):
            # Another worker has taken the work over, believing this one dead.
            return
        progress(operation.data["at"], total)
    _finish(operation, numbers)


def results_of(operation: Operation) -> Results:
    """What was done and what was refused, in the order of the selection."""
    wanted = _wanted(operation)
    numbers: list[str] = wanted["numbers"]
    refused = [Outcome(*row) for row in operation.data.get("refused", [])]
    names = {row.number for row in refused}
    seen = numbers[: operation.data.get("at", 0)]
    return Results(
        label_of(wanted["do"]),
        wanted.get("back", ""),
        [number for number in seen if number not in names],
        refused,
    )


def label_of(do: str) -> str:
    """What the action is called on its button."""
    named = {
        ASSIGN: _("Assign"),
        PRIORITY: _("Set the priority"),
        QUEUE: _("Move to a queue"),
        TAGS: _("Change tags"),
        MERGE: _("Merge"),
        ANSWER: _("Answer all"),
    }
    if do in named:
        return named[do]
    transition = BULK_TRANSITIONS.get(do)
    return str(transition.label) if transition else do


def _do_batch(actor: Actor, operation: Operation, task: Task, numbers: list[str]) -> bool:
    """The next tickets and where the work stands, together or not at all."""
    at = operation.data["at"]
    with transaction.atomic():
        row = Operation.objects.select_for_update().get(pk=operation.pk)
        if row.data.get("at", 0) != at:
            return False
        outcomes = act_on_many(actor, task, numbers[at : at + BATCH])
        refused = [[row.number, str(row.refusal)] for row in outcomes if row.refusal]
        data = operation.data | {
            "at": at + len(outcomes),
            "refused": operation.data["refused"] + refused,
        }
        Operation.objects.filter(pk=operation.pk).update(data=data)
    operation.data = data
    return True


def _finish(operation: Operation, numbers: list[str]) -> None:
    results = results_of(operation)
    operation.summary = {
        "facts": [
            [_("Action"), results.label],
            [_("Done"), len(results.done)],
            [_("Left as they are"), len(results.refused)],
        ]
    }
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "results.xlsx"
        header = [_("Number"), _("Subject"), _("Result"), _("Reason")]
        write_xlsx(path, header, _lines(numbers, results))
        with path.open("rb") as made:
            save_result(operation, f"{_('results')}.xlsx", File(made))


def _lines(numbers: list[str], results: Results) -> Iterable[list[str]]:
    reasons = {row.number: str(row.refusal) for row in results.refused}
    # Those that were done: what is not the actor's to see is not told of here either.
    rows = Ticket.objects.filter(number__in=results.done)
    subjects = dict(rows.values_list("number", "subject"))
    for number in numbers:
        reason = reasons.get(number, "")
        done = _("left as it is") if reason else _("done")
        yield [number, subjects.get(number, ""), done, reason]


def _wanted(operation: Operation) -> dict[str, Any]:
    with operation.source.open("rb") as file:
        wanted: dict[str, Any] = json.load(file)
    return wanted


def _task(wanted: Mapping[str, Any]) -> Task:
    user = CustomUser.objects.get(pk=wanted["user"]) if wanted["user"] else None
    queue = Queue.objects.get(pk=wanted["queue"]) if wanted["queue"] else None
    data = {name: _typed(name, value) for name, value in wanted["data"].items()}
    return Task(wanted["do"], data, user, queue)


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date | datetime) else value


def _typed(name: str, value: Any) -> Any:
    if name == "held_until":
        return parse_datetime(value) if "T" in value else parse_date(value)
    return value
