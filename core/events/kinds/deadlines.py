"""Deadlines of requests: before they are missed, and when it was not mended."""

from django.utils.translation import gettext_lazy as _

from core.events.kinds.audiences import EITHER_SIDE, PROVIDER
from core.events.registry import EventKind

_SIDES = ("number", "state", "side")


def _told(*fields: str) -> dict:
    return {side: frozenset({*_SIDES, *fields}) for side in EITHER_SIDE}


KINDS = [
    EventKind(
        "request.due_soon",
        _("Deadline is near"),
        _told(),
        # Of the two the one that has to act, see `subscriptions.selectors.recipients`.
        EITHER_SIDE,
        "clock-exclamation",
    ),
    EventKind("request.hold_ending", _("Hold ends today"), _told(), EITHER_SIDE, "player-play"),
    EventKind(
        "request.escalated",
        _("Missed deadline passed on"),
        # To whom is a role: names of people stay on their side.
        _told("level"),
        EITHER_SIDE,
        "arrow-up-circle",
    ),
    EventKind(
        "deadlines.changed",
        _("Deadlines changed"),
        {PROVIDER: frozenset({"category", "states"})},
        icon="clock-cog",
    ),
]
