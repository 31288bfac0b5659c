"""The catalogue of events: all that can happen, and what each side is told of it.

This list is the webhook catalogue too. A name is `noun.verb_in_past`; its meaning never changes.
"""

from django.utils.translation import gettext_lazy as _

from core.choices import PartyRole
from core.events.registry import EventKind

OWNER, PROVIDER, HOLDER = PartyRole.OWNER, PartyRole.PROVIDER, PartyRole.HOLDER


def _all(*fields: str) -> dict[PartyRole, frozenset[str]]:
    return dict.fromkeys(PartyRole, frozenset(fields))


def _owner(*fields: str) -> dict[PartyRole, frozenset[str]]:
    return {OWNER: frozenset(fields)}


_MOVED = ("number", "from", "to", "transition")
_EITHER_SIDE = frozenset({OWNER, PROVIDER})


def _moved(*fields: str) -> dict[PartyRole, frozenset[str]]:
    """A move of a request: what all see of it, and the note, which the two that work it read."""
    told = _all(*_MOVED, *fields)
    return told | {side: told[side] | {"note"} for side in _EITHER_SIDE}


_KINDS = [
    # people
    EventKind(
        "organization.registered", _("Organization registered"), _owner("kind"), icon="building"
    ),
    EventKind("organization.verified", _("Organization verified"), _owner(), icon="shield-check"),
    EventKind("membership.added", _("Member joined"), _owner("role"), icon="user-plus"),
    EventKind("membership.changed", _("Role changed"), _owner("role"), icon="user-edit"),
    EventKind("membership.removed", _("Member removed"), _owner("role"), icon="user-minus"),
    EventKind(
        "account_manager.assigned", _("Account manager assigned"), _owner(), icon="user-check"
    ),
    EventKind("account_manager.dismissed", _("Account manager left"), _owner(), icon="user-minus"),
    # places
    EventKind("building.added", _("Building added"), _owner(), icon="building"),
    EventKind(
        "coverage.changed", _("Coverage changed"), {PROVIDER: frozenset({"state"})}, icon="map"
    ),
    # catalogue
    EventKind("plan.created", _("Plan created"), {PROVIDER: frozenset()}, icon="tag"),
    EventKind("plan.changed", _("Plan changed"), {PROVIDER: frozenset({"fields"})}, icon="tag"),
    # clients
    EventKind("client.created", _("Client added"), _owner(), icon="user-plus"),
    EventKind("client.changed", _("Client changed"), _owner("fields"), icon="user-edit"),
    # requests
    EventKind("request.drafted", _("Draft created"), _owner("number"), icon="file"),
    EventKind(
        "request.submitted", _("Request filed"), _all(*_MOVED), frozenset({PROVIDER}), "send"
    ),
    EventKind("request.moved", _("Request moved on"), _moved(), _EITHER_SIDE, "arrow-right"),
    EventKind(
        "request.needs_info",
        _("More information asked"),
        _moved(),
        frozenset({OWNER}),
        "help-circle",
    ),
    EventKind(
        "request.answered",
        _("Question answered"),
        _moved(),
        frozenset({PROVIDER}),
        "message-check",
    ),
    EventKind(
        "request.scheduled",
        _("Visit scheduled"),
        _moved("starts_at", "ends_at"),
        _EITHER_SIDE,
        "calendar",
    ),
    EventKind(
        "request.rejected",
        _("Request rejected"),
        _all(*_MOVED, "reason"),
        frozenset({OWNER}),
        "circle-x",
    ),
    EventKind(
        "request.cancelled", _("Request cancelled"), _all(*_MOVED, "reason"), _EITHER_SIDE, "ban"
    ),
    EventKind(
        "request.held",
        _("Request put on hold"),
        # Whom it waits for, and why, may name people: that stands in the note.
        _moved("until"),
        _EITHER_SIDE,
        "player-pause",
    ),
    EventKind("request.resumed", _("Request resumed"), _all(*_MOVED), _EITHER_SIDE, "player-play"),
    EventKind(
        "request.connected",
        _("Service connected"),
        _all(*_MOVED),
        frozenset({OWNER, HOLDER}),
        "plug-connected",
    ),
    EventKind(
        "request.assigned",
        _("Request assigned"),
        {OWNER: frozenset({"number"}), PROVIDER: frozenset({"number", "assignee"})},
        icon="user-check",
    ),
    EventKind(
        "request.overdue",
        _("Deadline missed"),
        {OWNER: frozenset({"number", "state"}), PROVIDER: frozenset({"number", "state"})},
        # Of the two the one that missed it, see `subscriptions.selectors.recipients`.
        _EITHER_SIDE,
        "clock-exclamation",
    ),
    EventKind(
        "note.added",
        _("Note added"),
        {OWNER: frozenset({"number", "note"}), PROVIDER: frozenset({"number", "note"})},
        _EITHER_SIDE,
        "message",
    ),
    EventKind(
        "file.added",
        _("File added"),
        {OWNER: frozenset({"number", "file"}), PROVIDER: frozenset({"number", "file"})},
        icon="paperclip",
    ),
    # what comes out of a request
    EventKind(
        "subscription.started",
        _("Subscription started"),
        _all("number"),
        frozenset({OWNER, HOLDER}),
        "plug-connected",
    ),
    EventKind(
        "commission.accrued",
        _("Commission accrued"),
        {
            OWNER: frozenset({"number", "amount", "currency"}),
            PROVIDER: frozenset({"number", "amount", "currency"}),
        },
        frozenset({OWNER}),
        "coins",
    ),
]

CATALOGUE = {declared.name: declared for declared in _KINDS}
