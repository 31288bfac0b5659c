"""Bulk actions that take longer than a page: an operation with progress and a list of results.

What is to be done is in the operation's file (notes and filters may name people), how far it is in
`operation.data`, written in the transaction of each batch: whatever happens to the worker, no
request is moved twice and none is left out.
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
from django.http import QueryDict
from django.urls import reverse
from django.utils.dateparse import parse_date, parse_datetime
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from core.actor import Actor
from core.errors import DomainError, Forbidden
from core.models import Operation
from core.operations import Progress, save_result, start_operation
from core.tables import write_xlsx
from subscriptions.filters import RequestFilter
from subscriptions.models import ConnectionRequest
from subscriptions.request_workflow import REQUEST_WORKFLOW
from subscriptions.services.bulk import (
    ASSIGN,
    BATCH,
    BY_RULE,
    FOUND_AT_MOST,
    NOTE,
    Outcome,
    Task,
    act_on_many,
    check_task,
    may_act_in_bulk,
)
from users.models import CustomUser

KIND = "requests.bulk"


@dataclass(frozen=True, slots=True)
class Results:
    """What an operation has done so far; `back` is the list from which it was started."""

    label: str
    back: str
    done: list[str]
    refused: list[Outcome]


def found_numbers(actor: Actor, text: str) -> list[str]:
    """The numbers of all requests that the filters in the query string `text` find.

    Raises DomainError for a filter that is not understood, and when more are found than one action
    takes: what the person did not see is not acted on.
    """
    filterset = RequestFilter(QueryDict(text), actor=actor)
    rows = filterset.qs.order_by("-pk").values_list("number", flat=True)
    numbers = list(rows[: FOUND_AT_MOST + 1])
    if len(numbers) > FOUND_AT_MOST:
        raise DomainError(
            ngettext(
                "The filters find more than %(most)s request: narrow them.",
                "The filters find more than %(most)s requests: narrow them.",
                FOUND_AT_MOST,
            )
            % {"most": FOUND_AT_MOST},
            field="selected",
        )
    return numbers


def start_bulk(actor: Actor, task: Task, numbers: Sequence[str], back: str) -> Operation:
    """Lets a worker do the task with these requests. Raises Forbidden or DomainError at once."""
    if not may_act_in_bulk(actor):
        raise Forbidden(_("You cannot work requests here."))
    check_task(actor, task)
    wanted = {
        "do": task.do,
        "data": {name: _plain(value) for name, value in task.data.items()},
        "user": task.user.pk if task.user else None,
        "numbers": list(numbers),
        "back": back,
    }
    source = ContentFile(json.dumps(wanted, ensure_ascii=False).encode())
    return start_operation(actor, KIND, {"do": task.do}, source=source)


def run_bulk(actor: Actor, operation: Operation, progress: Progress) -> None:
    """Does what is left of the work, BATCH requests in a transaction."""
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
    named = {ASSIGN: _("Assign"), NOTE: _("Add a note"), BY_RULE: _("Assign by the rules")}
    if do in named:
        return named[do]
    transition = REQUEST_WORKFLOW.transitions.get(do)
    return str(transition.label) if transition else do


def _do_batch(actor: Actor, operation: Operation, task: Task, numbers: list[str]) -> bool:
    """The next requests and where the work stands, together or not at all."""
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
        ],
        "back": reverse("request_bulk_results", args=[operation.public_id]),
        "back_label": _("See what was done"),
    }
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "results.xlsx"
        header = [_("Number"), _("Address"), _("Result"), _("Reason")]
        write_xlsx(path, header, _lines(numbers, results))
        with path.open("rb") as made:
            save_result(operation, f"{_('results')}.xlsx", File(made))


def _lines(numbers: list[str], results: Results) -> Iterable[list[str]]:
    reasons = {row.number: str(row.refusal) for row in results.refused}
    # Those that were done: what is not the actor's to see is not told of here either.
    rows = ConnectionRequest.objects.filter(number__in=results.done)
    places = dict(rows.values_list("number", "building__address"))
    for number in numbers:
        reason = reasons.get(number, "")
        yield [number, places.get(number, ""), _("left as it is") if reason else _("done"), reason]


def _wanted(operation: Operation) -> dict[str, Any]:
    with operation.source.open("rb") as file:
        wanted: dict[str, Any] = json.load(file)
    return wanted


def _task(wanted: Mapping[str, Any]) -> Task:
    user = CustomUser.objects.get(pk=wanted["user"]) if wanted["user"] else None
    data = {name: _typed(name, value) for name, value in wanted["data"].items()}
    return Task(wanted["do"], data, user)


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date | datetime) else value


def _typed(name: str, value: Any) -> Any:
    if name == "held_until":
        return parse_date(value)
    if name in {"starts_at", "ends_at"}:
        return parse_datetime(value)
    return value
