"""“Tell me when it appears”: begun, cancelled, confirmed, come true, run out."""

from subscriptions.services.watches.lists import cancel_list, watch_list
from subscriptions.services.watches.matching import (
    match_building,
    match_provider,
    match_zone,
    sweep,
)
from subscriptions.services.watches.upkeep import expire_watches, forget_visitors
from subscriptions.services.watches.visitors import ask_as_visitor, confirm, stop
from subscriptions.services.watches.watching import cancel_watch, may_cancel, watch

__all__ = [
    "ask_as_visitor",
    "cancel_list",
    "cancel_watch",
    "confirm",
    "expire_watches",
    "forget_visitors",
    "match_building",
    "match_provider",
    "match_zone",
    "may_cancel",
    "stop",
    "sweep",
    "watch",
    "watch_list",
]
