"""How the last state of a request is shown: by its effect (`ConnectionRequest.shown_state`)."""

from core.badges import Badge
from subscriptions.choices import RequestKind, RequestState
from subscriptions.models.requests import AGREED
from subscriptions.request_workflow import AGREED_LABEL, EFFECTS

_LOOKS = {
    RequestKind.CHANGE_PLAN: ("good", "switch-horizontal"),
    RequestKind.RELOCATE: ("good", "home-move"),
    RequestKind.SUSPEND: ("good", "player-pause"),
    RequestKind.RESUME: ("good", "player-play"),
    RequestKind.DISCONNECT: ("stopped", "plug-off"),
}
# Kinds of changes with the icon of each, in the order in which pages offer them.
ICONS = {kind: icon for kind, (_tone, icon) in _LOOKS.items()}
EFFECT_BADGES = {
    f"{RequestState.CONNECTED.value}.{kind.value}": Badge(EFFECTS[kind], tone, icon)
    for kind, (tone, icon) in _LOOKS.items()
} | {AGREED: Badge(AGREED_LABEL, "info", "calendar-check")}
