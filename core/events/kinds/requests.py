"""Requests for connection."""

from django.utils.translation import gettext_lazy as _

from core.choices import PartyRole
from core.events.kinds.audiences import EITHER_SIDE, HOLDER, OWNER, PROVIDER, everyone, owner
from core.events.registry import EventKind

_MOVED = ("number", "from", "to", "transition")


def _moved(*fields: str) -> dict[PartyRole, frozenset[str]]:
    """A move of a request: what all see of it, and the note, which the two that work it read."""
    told = everyone(*_MOVED, *fields)
    return told | {side: told[side] | {"note"} for side in EITHER_SIDE}


KINDS = [
    EventKind("request.drafted", _("Draft created"), owner("number"), icon="file"),
    EventKind(
        "request.submitted", _("Request filed"), everyone(*_MOVED), frozenset({PROVIDER}), "send"
    ),
    EventKind("request.moved", _("Request moved on"), _moved(), EITHER_SIDE, "arrow-right"),
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
        EITHER_SIDE,
        "calendar",
    ),
    EventKind(
        "request.rejected",
        _("Request rejected"),
        everyone(*_MOVED, "reason"),
        frozenset({OWNER}),
        "circle-x",
    ),
    EventKind(
        "request.cancelled", _("Request cancelled"), everyone(*_MOVED, "reason"), EITHER_SIDE, "ban"
    ),
    EventKind(
        "request.held",
        _("Request put on hold"),
        # Whom it waits for, and why, may name people: that stands in the note.
        _moved("until"),
        EITHER_SIDE,
        "player-pause",
    ),
    EventKind(
        "request.resumed", _("Request resumed"), everyone(*_MOVED), EITHER_SIDE, "player-play"
    ),
    EventKind(
        "request.connected",
        _("Service connected"),
        everyone(*_MOVED),
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
        EITHER_SIDE,
        "clock-exclamation",
    ),
    EventKind(
        "note.added",
        _("Note added"),
        {OWNER: frozenset({"number", "note"}), PROVIDER: frozenset({"number", "note"})},
        EITHER_SIDE,
        "message",
    ),
    EventKind(
        "file.added",
        _("File added"),
        {OWNER: frozenset({"number", "file"}), PROVIDER: frozenset({"number", "file"})},
        icon="paperclip",
    ),
]
