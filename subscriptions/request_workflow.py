"""The request's life: the one table of its states and transitions, and who stands on which side.

Buttons, the API, deadlines and docs/request-states.md are drawn from `REQUEST_WORKFLOW`; the moves
themselves are made by `subscriptions.services.requests.move_request`.
"""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from core.actor import Actor
from core.choices import Role, StaffScope
from core.workflow import State, Transition, Workflow
from subscriptions.choices import RequestKind, RequestState, Side
from subscriptions.models import ConnectionRequest
from subscriptions.models.requests import AGREED, shown_state

S = RequestState
AGENT, PROVIDER, STAFF = Side.AGENT, Side.PROVIDER, Side.STAFF


def _state(
    name: RequestState,
    tone: str,
    icon: str,
    *,
    hours: int | None = None,
    until: str | None = None,
    awaits: Side | None = None,
    final: bool = False,
) -> State:
    return State(
        name.value,
        name.label,
        tone,
        icon,
        hours=hours,
        until=until,
        awaits=awaits.value if awaits else None,
        final=final,
    )


_STATES = [
    _state(S.DRAFT, "neutral", "file"),
    # One working day to take the request up: an agent must see early that nobody looks.
    _state(S.SUBMITTED, "info", "send", hours=8, awaits=PROVIDER),
    _state(S.CHECKING, "info", "search", hours=16, awaits=PROVIDER),
    _state(S.NEEDS_INFO, "wait", "help-circle", hours=40, awaits=AGENT),
    _state(S.APPROVED, "info", "circle-check", hours=16, awaits=PROVIDER),
    _state(S.SCHEDULED, "info", "calendar", until="ends_at", awaits=PROVIDER),
    _state(S.IN_PROGRESS, "info", "tool", hours=8, awaits=PROVIDER),
    _state(S.ON_HOLD, "wait", "player-pause", until="held_until", awaits=PROVIDER),
    _state(S.CONNECTED, "good", "plug-connected", final=True),
    _state(S.REJECTED, "bad", "circle-x", final=True),
    _state(S.CANCELLED, "stopped", "ban", final=True),
]


def _move(
    name: str,
    label: str | Promise,
    sources: set[RequestState],
    target: RequestState | None,
    sides: set[Side],
    event: str,
    *,
    requires: tuple[str, ...] = (),
    optional: tuple[str, ...] = (),
    style: str = "secondary",
    icon: str = "arrow-right",
    confirm: str | Promise = "",
    cases: frozenset[str] = frozenset(),
) -> Transition:
    return Transition(
        name,
        label,
        frozenset(source.value for source in sources),
        target.value if target else None,
        frozenset(side.value for side in sides),
        event,
        requires,
        optional,
        style,
        icon,
        confirm,
        cases,
    )


# The cases of the table: what a request connects or changes, and whether somebody comes for it.
CONNECTS, CHANGES, REMOTE = "CONNECTS", "CHANGES", "REMOTE"
_VISIT = ("starts_at", "ends_at")
_WORKERS = {PROVIDER, STAFF}
_ALL_SIDES = {AGENT, PROVIDER, STAFF}
# What is taken up and not finished: it can be put on hold.
_TAKEN_UP = {S.CHECKING, S.NEEDS_INFO, S.APPROVED, S.SCHEDULED, S.IN_PROGRESS}

_TRANSITIONS = [
    _move(
        "submit",
        _("File"),
        {S.DRAFT},
        S.SUBMITTED,
        {AGENT, STAFF},
        "request.submitted",
        style="primary",
        icon="send",
    ),
    _move(
        "start_check",
        _("Take up"),
        {S.SUBMITTED},
        S.CHECKING,
        _WORKERS,
        "request.moved",
        style="primary",
        icon="search",
    ),
    _move(
        "approve",
        _("Approve"),
        {S.CHECKING},
        S.APPROVED,
        _WORKERS,
        "request.moved",
        optional=("note",),
        style="primary",
        icon="circle-check",
    ),
    _move(
        "answer_info",
        _("Answer"),
        {S.NEEDS_INFO},
        S.CHECKING,
        {AGENT, STAFF},
        "request.answered",
        requires=("note",),
        style="primary",
        icon="message-check",
    ),
    # Nobody has to come: a visit can be agreed upon all the same.
    _move(
        "complete_remotely",
        _("Mark as done"),
        {S.APPROVED},
        S.CONNECTED,
        _WORKERS,
        "request.completed",
        style="primary",
        icon="circle-check",
        confirm=_("The subscription changes as it was asked for. This cannot be undone."),
        cases=frozenset({REMOTE}),
    ),
    _move(
        "schedule",
        _("Schedule a visit"),
        {S.APPROVED},
        S.SCHEDULED,
        _WORKERS,
        "request.scheduled",
        requires=_VISIT,
        optional=("slot", "note"),
        style="primary",
        icon="calendar",
    ),
    _move(
        "start_work",
        _("Start work"),
        {S.SCHEDULED},
        S.IN_PROGRESS,
        _WORKERS,
        "request.moved",
        style="primary",
        icon="tool",
    ),
    _move(
        "connect",
        _("Mark as connected"),
        {S.IN_PROGRESS},
        S.CONNECTED,
        _WORKERS,
        "request.connected",
        style="primary",
        icon="plug-connected",
        confirm=_("The subscription starts now. This cannot be undone."),
        cases=frozenset({CONNECTS}),
    ),
    _move(
        "complete",
        _("Mark as done"),
        {S.IN_PROGRESS},
        S.CONNECTED,
        _WORKERS,
        "request.completed",
        style="primary",
        icon="circle-check",
        confirm=_("The subscription changes as it was asked for. This cannot be undone."),
        cases=frozenset({CHANGES}),
    ),
    _move(
        "resume",
        _("Resume"),
        {S.ON_HOLD},
        None,
        _ALL_SIDES,
        "request.resumed",
        style="primary",
        icon="player-play",
    ),
    _move(
        "reschedule",
        _("Move the visit"),
        {S.SCHEDULED},
        S.SCHEDULED,
        _WORKERS,
        "request.scheduled",
        requires=_VISIT,
        optional=("slot", "note"),
        icon="calendar-time",
    ),
    _move(
        "cancel_visit",
        _("Cancel the visit"),
        {S.SCHEDULED},
        S.APPROVED,
        _ALL_SIDES,
        "request.moved",
        optional=("note",),
        icon="calendar-off",
    ),
    _move(
        "ask_info",
        _("Ask for information"),
        {S.CHECKING, S.APPROVED},
        S.NEEDS_INFO,
        _WORKERS,
        "request.needs_info",
        requires=("note",),
        icon="help-circle",
    ),
    _move(
        "hold",
        _("Put on hold"),
        _TAKEN_UP,
        S.ON_HOLD,
        _ALL_SIDES,
        "request.held",
        requires=("held_until", "awaited_kind", "reason_text"),
        optional=("awaited",),
        icon="player-pause",
    ),
    _move(
        "reject",
        _("Reject"),
        {S.CHECKING, S.APPROVED},
        S.REJECTED,
        _WORKERS,
        "request.rejected",
        requires=("reason",),
        optional=("reason_text",),
        style="danger",
        icon="circle-x",
    ),
    # Found out at the place: the reason is known, the agent must be told in words what is wrong.
    _move(
        "reject_on_site",
        _("Impossible on site"),
        {S.SCHEDULED, S.IN_PROGRESS},
        S.REJECTED,
        _WORKERS,
        "request.rejected",
        requires=("reason_text",),
        style="danger",
        icon="circle-x",
    ),
    _move(
        "cancel",
        _("Cancel the request"),
        {S.DRAFT, S.SUBMITTED, S.ON_HOLD, *_TAKEN_UP},
        S.CANCELLED,
        {AGENT, STAFF},
        "request.cancelled",
        requires=("reason",),
        optional=("reason_text",),
        style="danger",
        icon="ban",
    ),
]

REQUEST_WORKFLOW = Workflow.of(
    "request", S.DRAFT.value, _STATES, _TRANSITIONS, {side.value: side.label for side in Side}
)

_CONNECTION = frozenset({CONNECTS})
_WITH_VISIT = frozenset({CHANGES})
_WITHOUT_VISIT = frozenset({CHANGES, REMOTE})

# The last state is named by the effect of the request.
EFFECTS: dict[RequestKind, str | Promise] = {
    RequestKind.CONNECT: S.CONNECTED.label,
    RequestKind.CHANGE_PLAN: _("Plan changed"),
    RequestKind.RELOCATE: _("Moved"),
    RequestKind.SUSPEND: _("Suspended"),
    RequestKind.RESUME: _("Resumed"),
    RequestKind.DISCONNECT: _("Disconnected"),
}
# Confirmed by the provider, and the day is still ahead.
AGREED_LABEL = _("Agreed for a day")

FINAL_STATES = frozenset(state.name for state in _STATES if state.final)
# Filed and not finished: what is in work.
OPEN_STATES = frozenset(state.name for state in _STATES if not state.final) - {S.DRAFT.value}


def sides_of(actor: Actor, request: ConnectionRequest) -> set[Side]:
    """The sides on which the actor may act on this request, by kind of organization and role.

    VIEWERs act on none. MANAGERs and OWNERs act on every request of their organization; a MEMBER of
    the agent side on what they filed, a MEMBER of the provider on what is assigned to them or to
    nobody (acting on it assigns it). A holder that did not file only reads. Staff: administrators
    and the portal itself; an account manager for the organization they act for, so also for a
    provider that is not on the portal yet, whose requests staff work.
    """
    sides: set[Side] = set()
    if _acts_as_staff(actor, request):
        sides.add(STAFF)
    if actor.organization is None or not actor.has_role(Role.MEMBER):
        return sides
    manages = actor.has_role(Role.MANAGER)
    filed_by_actor = actor.user_id is not None and request.created_by_id == actor.user_id
    if request.owner_id == actor.organization_id and (manages or filed_by_actor):
        sides.add(AGENT)
    if (
        request.provider_id == actor.organization_id
        and actor.organization.is_working_provider
        and (manages or request.assignee_id in (None, actor.user_id))
    ):
        sides.add(PROVIDER)
    return sides


def _acts_as_staff(actor: Actor, request: ConnectionRequest) -> bool:
    if actor.system or actor.is_admin:
        return True
    # With a role they are there as a member of the organization, and may what the role may.
    if actor.staff != StaffScope.ACCOUNT_MANAGER or actor.role is not None:
        return False
    return actor.organization_id in (request.owner_id, request.provider_id)


def offered_to(actor: Actor, request: ConnectionRequest) -> list[Transition]:
    """What the actor may do with the request now, in the order of the table (buttons, API)."""
    return REQUEST_WORKFLOW.offered(request.state, sides_of(actor, request), cases_of(request))


def state_label(request: ConnectionRequest) -> str | Promise:
    """The state in words: the last one by its effect, as badges show it."""
    shown = shown_state(request)
    if shown == AGREED:
        return AGREED_LABEL
    if request.state == S.CONNECTED:
        return EFFECTS[RequestKind(request.kind)]
    return REQUEST_WORKFLOW.states[shown].label


def cases_of(request: ConnectionRequest) -> frozenset[str]:
    """The cases of the table that a request (or a row with `kind` and `needs_visit`) is."""
    if request.kind == RequestKind.CONNECT:
        return _CONNECTION
    return _WITH_VISIT if request.needs_visit else _WITHOUT_VISIT
