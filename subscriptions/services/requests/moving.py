"""Moves a request by one transition of the table: the row, its visit, its outcome, the event."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

from core import clock
from core.actor import Actor
from core.choices import Role
from core.events import emit
from core.workflow import Transition, run_transition, touched
from locations.services import show_building
from subscriptions import figures
from subscriptions.choices import AppointmentState, RejectReason, RequestKind, RequestState, Side
from subscriptions.models import ConnectionRequest, RequestNote
from subscriptions.request_workflow import FINAL_STATES, REQUEST_WORKFLOW, cases_of, sides_of
from subscriptions.selectors.clients.invitations import holder_of
from subscriptions.services.attribution import request_ended, request_filed
from subscriptions.services.in_force.outcomes import complete_change
from subscriptions.services.parties import count, know_parties, parties_of
from subscriptions.services.requests.checklist import check_done, give_checklist
from subscriptions.services.requests.clocks import enter_state, is_client_side, leave_state
from subscriptions.services.requests.input import clean_move
from subscriptions.services.requests.needed import check_needed
from subscriptions.services.requests.terms import check_filing, copy_terms
from subscriptions.services.subscriptions import accrue_commission, start_subscription
from subscriptions.services.times import record_times
from subscriptions.services.visits import book, close_visits, follow_deadline
from subscriptions.waiting import whom

# Fields of a move that its event repeats, and under which name.
_TOLD = {"starts_at": "starts_at", "ends_at": "ends_at", "reason": "reason", "held_until": "until"}


_OUTCOMES: dict[str, str] = {
    RequestState.CONNECTED: figures.REQUESTS_CONNECTED,
    RequestState.REJECTED: figures.REQUESTS_REJECTED,
}


@dataclass(slots=True)
class Move:
    """One move being made: the locked row and what the actor gave with it, checked."""

    actor: Actor
    request: ConnectionRequest
    transition: Transition
    source: str
    target: str
    data: dict[str, Any]
    now: datetime = field(default_factory=clock.now)
    # Figures that this move adds to, see `subscriptions.figures`.
    counted: dict[str, int] = field(default_factory=dict)
    # Given to a crew, so that who moves it does not keep it.
    handed_over: bool = False


def move_request(
    actor: Actor,
    number: str,
    transition: str,
    data: Mapping[str, Any] | None = None,
    version: int | None = None,
) -> ConnectionRequest:
    """Moves the request `number` by a transition of REQUEST_WORKFLOW and returns it as it is now.

    `data` holds what the transition requires or may have: `starts_at` and `ends_at` (aware
    datetimes), `slot` (the key of a slot, whose times count), `held_until` (date), `reason`
    (RejectReason or CancelReason), `reason_text`, `awaited`, `note`; other keys are ignored.
    `version` is what the actor saw. Sets the deadline, visits, times and assignee, counts figures,
    and at CONNECTED starts the subscription and accrues the commission; the event is written with
    all of it, or nothing is. Raises NotVisible,
    Forbidden, Conflict (someone was faster) or DomainError with `field`.
    """
    return run_transition(
        REQUEST_WORKFLOW,
        ConnectionRequest.objects.visible_to(actor).filter(number=number),
        transition,
        actor=actor,
        sides_of=sides_of,
        apply=partial(_apply, actor),
        data=data or {},
        version=version,
        target_of=lambda request, row: request.held_from,
        cases_of=cases_of,
    )


def _apply(
    actor: Actor,
    request: ConnectionRequest,
    transition: Transition,
    target: str,
    data: Mapping[str, Any],
) -> None:
    before = dict(vars(request))
    know_parties(request, actor.organization)
    zone = ZoneInfo(request.provider.time_zone)
    cleaned = clean_move(transition.name, data, zone)
    move = Move(actor, request, transition, request.state, target, cleaned)
    check_needed(request, transition.name)
    leave_state(
        request, transition.name, target, move.now, by_client=is_client_side(actor, request)
    )
    _DOES.get(transition.name, _nothing_more)(move)
    _enter_state(move)
    _save_changes(request, before)
    count(request, _figures(move))
    _tell(move, _write_note(move))
    if transition.name == "submit":
        # The provider comes to know of the address, which may not be public yet.
        show_building(request.building_id, request.provider)
        if request.target_unit is not None:
            show_building(request.target_unit.building_id, request.provider)
        request_filed(actor, request)
    request_ended(actor, request)
    if target == RequestState.CONNECTED:
        _bring_about(actor, request)


def _bring_about(actor: Actor, request: ConnectionRequest) -> None:
    """What the request was for."""
    if request.kind != RequestKind.CONNECT:
        complete_change(actor, request)
        return
    start_subscription(actor, request)
    accrue_commission(actor, request)
    record_times(request)


def _figures(move: Move) -> dict[str, int]:
    """Changes are work, but no connections: the figures of those are about CONNECT alone."""
    if move.request.kind == RequestKind.CONNECT:
        return move.counted
    return {name: count for name, count in move.counted.items() if name == figures.IN_WORK}


def _save_changes(request: ConnectionRequest, before: Mapping[str, Any]) -> None:
    """Writes the columns that differ from `before`: of fifty a move changes five."""
    columns = [field.attname for field in request._meta.concrete_fields]
    request.save(update_fields=[name for name in columns if getattr(request, name) != before[name]])


def _enter_state(move: Move) -> None:
    request = move.request
    request.state = move.target
    request.state_since = move.now
    enter_state(request, move.transition.name, move.source, move.target, move.data, move.now)
    follow_deadline(request)
    if move.target in FINAL_STATES:
        _close(move)
    if _takes_over(move):
        request.assignee = move.actor.user
    touched(request)


def _close(move: Move) -> None:
    move.request.closed_at = move.now
    if move.request.submitted_at is not None:
        move.counted[figures.IN_WORK] = -1
    if move.target in _OUTCOMES:
        move.counted[_OUTCOMES[move.target]] = 1


def _takes_over(move: Move) -> bool:
    """A provider's MEMBER who acts on what is nobody's takes it; a MANAGER helps without taking."""
    actor, request = move.actor, move.request
    return (
        not move.handed_over
        and request.assignee_id is None
        and actor.role == Role.MEMBER
        and actor.organization_id == request.provider_id
    )


def _nothing_more(move: Move) -> None:
    """The move changes the state alone."""


def _submit(move: Move) -> None:
    check_filing(move.request)
    copy_terms(move.request)
    if move.request.holder_id is None:
        # A client who has taken over their subscriptions reads what is filed for them.
        move.request.holder_id = holder_of(move.request.client_id)
    move.request.submitted_at = move.now
    move.counted |= {figures.REQUESTS_SUBMITTED: 1, figures.IN_WORK: 1}


def _start_check(move: Move) -> None:
    move.request.checked_at = move.now
    give_checklist(move.request)
    move.counted[figures.REQUESTS_CHECKED] = 1


def _approve(move: Move) -> None:
    if move.request.approved_at is None:
        move.request.approved_at = move.now
        move.request.approval_waited = move.request.waited_minutes
        move.counted[figures.REQUESTS_APPROVED] = 1


def _schedule(move: Move) -> None:
    visit = book(move.request, move.data)
    move.data |= {"starts_at": visit.starts_at, "ends_at": visit.ends_at}
    if visit.team_id is not None:
        # The crew works it from here on: whoever of them begins takes it.
        move.request.assignee, move.handed_over = None, True


def _cancel_visit(move: Move) -> None:
    close_visits(move.request, AppointmentState.CANCELLED)


def _connect(move: Move) -> None:
    check_done(move.request)
    close_visits(move.request, AppointmentState.DONE)


def _complete_remotely(move: Move) -> None:
    """Nobody comes: a time that was held, or agreed upon, is given back."""
    check_done(move.request)
    close_visits(move.request, AppointmentState.CANCELLED)


def _hold(move: Move) -> None:
    request = move.request
    request.held_from = move.source
    request.held_until = move.data["held_until"]
    request.awaited_kind = move.data["awaited_kind"]
    request.awaited = move.data.get("awaited", "")
    request.reason_text = move.data["reason_text"]
    request.held_by = move.actor.user
    agent = move.actor.organization_id == request.owner_id
    request.held_side = Side.AGENT if agent else Side.PROVIDER


def _release(move: Move) -> None:
    request = move.request
    request.held_from, request.held_until, request.awaited = "", None, ""
    request.awaited_kind, request.held_by, request.held_side = "", None, ""
    request.reason_text = ""


def _give_up(move: Move) -> None:
    """Rejected or cancelled: the visit will not take place."""
    _release(move)
    move.request.reason = move.data["reason"]
    move.request.reason_text = move.data.get("reason_text", "")
    close_visits(move.request, AppointmentState.CANCELLED)


def _reject_on_site(move: Move) -> None:
    """The visit took place, and found that it cannot be done."""
    move.data["reason"] = RejectReason.IMPOSSIBLE_ON_SITE.value
    move.request.reason = move.data["reason"]
    move.request.reason_text = move.data["reason_text"]
    close_visits(move.request, AppointmentState.DONE)


_DOES: dict[str, Callable[[Move], None]] = {
    "submit": _submit,
    "start_check": _start_check,
    "approve": _approve,
    "schedule": _schedule,
    "reschedule": _schedule,
    "cancel_visit": _cancel_visit,
    "connect": _connect,
    "complete": _connect,
    "complete_remotely": _complete_remotely,
    "hold": _hold,
    "resume": _release,
    "reject": _give_up,
    "reject_on_site": _reject_on_site,
    "cancel": _give_up,
}


def _write_note(move: Move) -> int | None:
    """The words that came with the move, as a note: words may name people, events may not."""
    text = move.data.get("note", "")
    if move.transition.name == "hold":
        text = f"{whom(move.request)}: {move.data['reason_text']}"
    if not text:
        return None
    note = RequestNote.objects.create(
        request=move.request,
        author=move.actor.user,
        organization=move.actor.organization,
        text=text,
        created_at=move.now,
    )
    return note.pk


def _tell(move: Move, note_id: int | None) -> None:
    told: dict[str, Any] = {
        "number": move.request.number,
        "from": move.source,
        "to": move.target,
        "transition": move.transition.name,
    }
    for given, name in _TOLD.items():
        if given in move.data:
            value = move.data[given]
            told[name] = value.isoformat() if isinstance(value, date | datetime) else value
    if note_id is not None:
        told["note"] = note_id
    emit(move.actor, move.transition.event, move.request, parties_of(move.request), told)
