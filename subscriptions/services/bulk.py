"""The same done with several requests: each by itself, one refusal stops none of the others."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from core.actor import Actor
from core.errors import DomainError, NotVisible, Text
from core.querysets import get_visible
from subscriptions.models import ConnectionRequest
from subscriptions.request_workflow import REQUEST_WORKFLOW
from subscriptions.services.requests import assign_request, move_request
from users.models import CustomUser

# One page of rows, shown in full; more is refused rather than cut.
AT_MOST = 200
# Moves that ask for nothing and can be undone, or repeated.
BULK_MOVES = tuple(
    REQUEST_WORKFLOW.transitions[name]
    for name in ("start_check", "approve", "start_work", "resume", "cancel_visit")
)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one request; `refusal` is empty when it was done."""

    number: str
    refusal: Text = ""


def move_many(actor: Actor, numbers: Sequence[str], transition: str) -> list[Outcome]:
    """Moves each request by one of BULK_MOVES. Raises DomainError when asked for another move."""
    if transition not in {row.name for row in BULK_MOVES}:
        raise DomainError(_("This cannot be done with several requests at once."), field="do")
    return _each(numbers, lambda number: move_request(actor, number, transition))


def assign_many(actor: Actor, numbers: Sequence[str], user: CustomUser | None) -> list[Outcome]:
    """Gives each request to `user`, or (None) to nobody."""

    def assign(number: str) -> object:
        request = get_visible(ConnectionRequest.objects, actor, number=number)
        return assign_request(actor, request, user)

    return _each(numbers, assign)


def _each(numbers: Sequence[str], act: Callable[[str], object]) -> list[Outcome]:
    chosen = list(dict.fromkeys(numbers))
    if not chosen:
        raise DomainError(_("Select at least one request."), field="selected")
    if len(chosen) > AT_MOST:
        raise DomainError(_("Select fewer requests at once."), field="selected")
    return [_one(number, act) for number in chosen]


def _one(number: str, act: Callable[[str], object]) -> Outcome:
    try:
        act(number)
    except NotVisible:
        # What was typed is not repeated back in a sentence of its own making.
        return Outcome(number, _("There is no such request."))
    except DomainError as refused:
        return Outcome(number, refused.message)
    return Outcome(number)
